//! Returns: what customers send back, never more than was shipped to them, and what becomes of it; and goods that are
//! held and go to the vendor or to scrap.

use std::collections::BTreeMap;

use inventory::{
    Bucket, HoldReason, LocationCode, LocationKind, Lot, MovementKind, Name, NewTransfer, Party, Place,
    Reason, Sku,
};
use kernel::{Day, PositiveQuantity, Quantity, ReservationId};
use serde::{Deserialize, Serialize};

use super::fulfilment::place_of;
use super::spot::{default_location, location, lot_of, product};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{
    Asked, Declaration, Disposition, Kind, Moved, Part, Plan, Sheet, SheetLine, Step, StepRule, fault,
    numbered, parts_of_all, place_of_line,
};
use crate::words::words;
use crate::{Body, Fault, Floor, Head, Module, OperationsRefusal, RecordState, WorkKind};

words!(
    /// Where the goods of a return come from.
    ReturnSource {
        /// A customer sends them back.
        Customer = "customer",
        /// They stand here and are held: damaged, rejected, recalled.
        Stock = "stock",
    }
);

/// Goods that came back, or are sent away.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct CustomerReturn {
    /// Where they come from; none: from a customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ReturnSource>,
    /// What the customer, or the shop, calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Name>,
    /// Where they stand; none: the warehouse's first returns location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationCode>,
}

/// Goods of one line of a reservation that was shipped, or goods that are held here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct ReturnLine {
    /// The reservation that they were shipped for; of customers' returns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<ReservationId>,
    /// Its line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_line: Option<u32>,
    /// Where they are held; of goods that stand here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<LocationCode>,
    /// Why they are held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_reason: Option<HoldReason>,
    /// What.
    pub sku: Sku,
    /// Which lot or serial, where the product is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// How much is announced; 0 for what nobody announced.
    #[serde(default)]
    pub planned: Quantity,
    /// How much came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Quantity>,
    /// Why, as the customer says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Name>,
    /// How much came and waits for somebody to say what becomes of it. Nobody sets it.
    #[serde(default)]
    pub undisposed: Quantity,
}

impl ReturnLine {
    /// The line of a reservation that the goods were shipped for.
    fn shipped_for(&self) -> Option<(ReservationId, u32)> {
        self.reservation_id.zip(self.reservation_line)
    }
}

impl CustomerReturn {
    fn is_from_stock(&self) -> bool {
        self.source == Some(ReturnSource::Stock)
    }
}

impl SheetLine for ReturnLine {
    const ACTUALS: &'static [&'static str] = &["actual", "lot"];
    const SETTLED: &'static [&'static str] = &["actual", "lot"];
    const COMPUTED: &'static [&'static str] = &["undisposed"];

    fn sku(&self) -> Option<&Sku> {
        Some(&self.sku)
    }

    fn planned(&self) -> Quantity {
        self.planned
    }

    fn actual(&self) -> Option<Quantity> {
        self.actual
    }

    fn set_actual(&mut self, actual: Quantity) {
        self.actual = Some(actual);
    }

    fn lot(&self) -> Option<&Lot> {
        self.lot.as_ref()
    }

    fn take_lot(&mut self, lot: Lot, _: Option<Day>) {
        self.lot = Some(lot);
    }

    fn another(&self) -> Option<Self> {
        let none = Quantity::ZERO;
        Some(Self { planned: none, actual: None, lot: None, undisposed: none, ..self.clone() })
    }

    fn locations(&self) -> Vec<&LocationCode> {
        self.from.iter().collect()
    }

    fn reservation(&self) -> Option<ReservationId> {
        self.reservation_id
    }

    fn reservation_line(&self) -> Option<u32> {
        self.reservation_line
    }
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returns;

impl Kind for Returns {
    const DECLARATION: Declaration = Declaration {
        title: "Return",
        prefix: "RET",
        path: Path {
            states: &[RecordState::Open, RecordState::Receiving, RecordState::Posted, RecordState::Closed],
            posts_stock: true,
        },
        steps: &[
            StepRule::once(Step::Receive, RecordState::Receiving),
            StepRule::in_parts(Step::Dispose, RecordState::Receiving),
        ],
        work: WorkKind::Warehouse,
        approval_completes: false,
        has_lines: true,
        takes_blocked: true,
    };
    type Payload = CustomerReturn;
    type Line = ReturnLine;

    fn places(payload: &CustomerReturn) -> Vec<&LocationCode> {
        payload.location.iter().collect()
    }

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        let from_stock = sheet.payload.is_from_stock();
        let mut faults = Vec::new();
        for (line_no, line) in numbered(&sheet.lines) {
            faults.extend(if from_stock {
                check_held(line_no, line)
            } else {
                check_customer(line_no, line, floor)
            });
        }
        if !faults.is_empty() {
            return Err(OperationsRefusal::Invalid(faults));
        }
        let is_begun = head.blocked_from.unwrap_or(head.state) == RecordState::Receiving;
        if from_stock && is_begun && !head.standing().has_posted {
            wait(sheet);
        }
        Ok(())
    }

    /// Goods that stand here wait at once for somebody to say what becomes of them.
    fn enter(
        sheet: &mut Sheet<Self>,
        head: &Head,
        to: RecordState,
        _: Option<&Reason>,
        _: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        if sheet.payload.is_from_stock() && (head.state, to) == (RecordState::Open, RecordState::Receiving) {
            wait(sheet);
        }
        Ok(())
    }

    fn plan(
        sheet: &Sheet<Self>,
        head: &Head,
        asked: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        if sheet.payload.is_from_stock() {
            if asked.step == Step::Receive {
                let steps = Self::DECLARATION.steps;
                return Err(OperationsRefusal::UnknownStep { step: Some(asked.step), steps });
            }
            return dispose(sheet, head, None, asked, floor);
        }
        let at = place_of(sheet.payload.location.as_ref(), LocationKind::Returns, head, floor)?;
        let held = Place::At(at, Bucket::Held(HoldReason::Returned));
        if asked.step == Step::Receive {
            check_shipped(sheet, head, floor)?;
            let mut transfers = Vec::new();
            for (line_no, line) in numbered(&sheet.lines) {
                let Some(quantity) = line.actual.and_then(Quantity::positive) else { continue };
                let ends = (Place::Outside(Party::Customer), held);
                transfers.push(transfer(line, (line_no, quantity), ends, floor)?);
            }
            return Ok(Plan { kind: MovementKind::Return, transfers, completes: false });
        }
        dispose(sheet, head, Some(at), asked, floor)
    }

    fn settle(
        sheet: &mut Sheet<Self>,
        _: &Head,
        moved: Moved<'_>,
        _: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        for (line_no, line) in (1_u32..).zip(&mut sheet.lines) {
            let quantity = moved.of_line(line_no, |_| true);
            let comes_in = (moved.step == Step::Receive) != moved.undone;
            line.undisposed = if comes_in {
                line.undisposed.saturating_add(quantity)
            } else {
                line.undisposed.saturating_sub(quantity)
            };
        }
        Ok(())
    }
}

/// What is planned, or was said to be there, waits.
fn wait(sheet: &mut Sheet<Returns>) {
    for line in &mut sheet.lines {
        line.undisposed = line.actual.unwrap_or(line.planned);
    }
}

fn check_customer(line_no: u32, line: &ReturnLine, floor: &Floor<'_, '_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let here = [("from", line.from.is_some()), ("hold_reason", line.hold_reason.is_some())];
    for (name, _) in here.into_iter().filter(|(_, said)| *said) {
        faults.push(fault(line_no, name, "is of goods that stand here: source stock"));
    }
    let Some((id, reservation_line)) = line.shipped_for() else {
        faults.push(fault(line_no, "reservation_line", "and reservation_id are required: what was shipped"));
        return faults;
    };
    let reservation = floor.reservations.get(id);
    let shipped = reservation.and_then(|found| {
        found.lines.iter().find(|row| row.line_no == reservation_line && row.sku == line.sku)
    });
    if shipped.is_none_or(|row| row.consumed.is_zero()) {
        faults.push(fault(line_no, "reservation_line", "is no line for this sku that was shipped"));
    }
    faults
}

fn check_held(line_no: u32, line: &ReturnLine) -> Vec<Fault> {
    let mut faults = Vec::new();
    if line.reservation_id.is_some() || line.reservation_line.is_some() {
        faults.push(fault(line_no, "reservation_id", "is of what customers send back"));
    }
    if line.from.is_none() {
        faults.push(fault(line_no, "from", "is required: where the goods are held"));
    }
    match line.hold_reason {
        None => faults.push(fault(line_no, "hold_reason", "is required: why the goods are held")),
        Some(HoldReason::InTransit) => {
            faults.push(fault(line_no, "hold_reason", "is in_transit: that is ended by the transfer"));
        }
        Some(HoldReason::Missing) => {
            faults.push(fault(line_no, "hold_reason", "is missing: that is ended by a count"));
        }
        Some(
            HoldReason::Putaway
            | HoldReason::Qc
            | HoldReason::Damaged
            | HoldReason::Returned
            | HoldReason::Expired
            | HoldReason::Recall,
        ) => {}
    }
    faults
}

fn transfer(
    line: &ReturnLine,
    (line_no, quantity): (u32, PositiveQuantity),
    (from, to): (Place, Place),
    floor: &Floor<'_, '_>,
) -> Result<NewTransfer, OperationsRefusal> {
    Ok(NewTransfer {
        product: product(&line.sku, floor)?.id,
        lot: lot_of(line.lot.as_ref()),
        quantity,
        from,
        to,
        record_line: Some(line_no),
        unit_cost: None,
    })
}

/// Returned ≤ shipped, over all returns of a line.
fn check_shipped(
    sheet: &Sheet<Returns>,
    head: &Head,
    floor: &Floor<'_, '_>,
) -> Result<(), OperationsRefusal> {
    let mut sums: BTreeMap<(ReservationId, u32), Quantity> = BTreeMap::new();
    let mut faults = Vec::new();
    for (line_no, line) in numbered(&sheet.lines) {
        let Some(of_line) = line.shipped_for() else { continue };
        let now = sums.entry(of_line).or_insert_with(|| returned(of_line, head, floor));
        *now = now.saturating_add(line.actual.unwrap_or_default());
        let reservation = floor.reservations.get(of_line.0);
        let row = reservation.and_then(|found| found.lines.iter().find(|row| row.line_no == of_line.1));
        let shipped = row.map_or(Quantity::ZERO, |row| row.consumed);
        if *now > shipped {
            faults.push(fault(
                line_no,
                "actual",
                format!("is more than was shipped and not returned: {shipped} were"),
            ));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
}

/// What came back of a line by other returns.
fn returned(of_line: (ReservationId, u32), head: &Head, floor: &Floor<'_, '_>) -> Quantity {
    let mut sum = Quantity::ZERO;
    for record in floor.records.on_reservation(of_line.0, Module::Returns) {
        let Body::Returns(sheet) = &record.body else { continue };
        if record.head.id == head.id || record.head.posted(Step::Receive).is_none() {
            continue;
        }
        let same = sheet.lines.iter().filter(|other| other.shipped_for() == Some(of_line));
        sum = same.fold(sum, |sum, other| sum.saturating_add(other.actual.unwrap_or_default()));
    }
    sum
}

/// Restock → available at a storage location; quarantine → held (qc); damaged → held (damaged); scrap, vendor → out. What
/// came from customers waits at a returns location (`at`); what stands here goes to the vendor or to scrap only.
fn dispose(
    sheet: &Sheet<Returns>,
    head: &Head,
    at: Option<kernel::LocationId>,
    asked: Asked<'_>,
    floor: &Floor<'_, '_>,
) -> Result<Plan, OperationsRefusal> {
    let (mut transfers, mut faults) = (Vec::new(), Vec::new());
    let mut left: Vec<Quantity> = sheet.lines.iter().map(|line| line.undisposed).collect();
    for (part_no, part) in numbered(&parts_of_all(&sheet.lines, asked.parts, |line| line.undisposed)) {
        let place = place_of_line(part.line_no);
        let found = place.and_then(|place| Some((sheet.lines.get(place)?, left.get_mut(place)?)));
        let Some((line, left)) = found else {
            faults.push(fault(part_no, "line_no", "is no line of this record"));
            continue;
        };
        let Some(rest) = left.checked_sub(part.quantity) else {
            faults.push(fault(part_no, "quantity", format!("is more than waits: {left}")));
            continue;
        };
        *left = rest;
        let Some(quantity) = part.quantity.positive() else { continue };
        let to = match (part.disposition, at) {
            (None, _) => {
                faults.push(fault(part_no, "disposition", "is required: what becomes of it"));
                continue;
            }
            (Some(Disposition::Scrap | Disposition::Vendor), _) if part.to.is_some() => {
                faults.push(fault(part_no, "to", "is for what stays: this leaves"));
                continue;
            }
            (Some(Disposition::Scrap), _) => Place::Outside(Party::Scrap),
            (Some(Disposition::Vendor), _) => Place::Outside(Party::Vendor),
            (Some(Disposition::Restock), Some(_)) => Place::At(shelf(part, head, floor)?, Bucket::Available),
            (Some(Disposition::Quarantine), Some(at)) => {
                Place::At(stays(part, at, head, floor)?, Bucket::Held(HoldReason::Qc))
            }
            (Some(Disposition::Damaged), Some(at)) => {
                Place::At(stays(part, at, head, floor)?, Bucket::Held(HoldReason::Damaged))
            }
            (Some(Disposition::Restock | Disposition::Quarantine | Disposition::Damaged), None) => {
                let why = "is vendor or scrap for goods that stand here; to release them, make an adjustment";
                faults.push(fault(part_no, "disposition", why));
                continue;
            }
        };
        let from = match (at, &line.from, line.hold_reason) {
            (Some(at), _, _) => Place::At(at, Bucket::Held(HoldReason::Returned)),
            (None, Some(code), Some(reason)) => {
                Place::At(location(code, head.warehouse, floor)?.id, Bucket::Held(reason))
            }
            (None, _, _) => continue,
        };
        transfers.push(transfer(line, (part.line_no, quantity), (from, to), floor)?);
    }
    if !faults.is_empty() {
        return Err(OperationsRefusal::Invalid(faults));
    }
    let completes = left.iter().all(|left| left.is_zero());
    Ok(Plan { kind: MovementKind::Return, transfers, completes })
}

/// Where goods stay that are held: where they are, or the place that is named.
fn stays(
    part: &Part,
    at: kernel::LocationId,
    head: &Head,
    floor: &Floor<'_, '_>,
) -> Result<kernel::LocationId, OperationsRefusal> {
    match &part.to {
        Some(code) => Ok(location(code, head.warehouse, floor)?.id),
        None => Ok(at),
    }
}

fn shelf(part: &Part, head: &Head, floor: &Floor<'_, '_>) -> Result<kernel::LocationId, OperationsRefusal> {
    Ok(match &part.to {
        Some(code) => location(code, head.warehouse, floor)?.id,
        None => default_location(head, floor)?.id,
    })
}
