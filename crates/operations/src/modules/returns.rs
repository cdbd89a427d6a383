//! Returns: what customers send back, never more than was shipped to them, and what becomes of it.

use std::collections::BTreeMap;

use inventory::{
    Bucket, HoldReason, LocationCode, LocationKind, Lot, MovementKind, Name, NewTransfer, Party, Place, Sku,
};
use kernel::{PositiveQuantity, Quantity, ReservationId};
use serde::{Deserialize, Serialize};

use super::fulfilment::place_of;
use super::spot::{default_location, location, lot_of, product};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{
    Asked, Declaration, Disposition, Kind, Moved, Part, Plan, Sheet, SheetLine, Step, StepRule, fault,
    numbered, parts_of_all, place_of_line,
};
use crate::{Body, Floor, Head, Module, OperationsRefusal, RecordState, WorkKind};

/// Goods that came back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct CustomerReturn {
    /// What the customer, or the shop, calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Name>,
    /// Where they stand; none: the warehouse's first returns location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationCode>,
}

/// Goods of one line of a reservation that was shipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct ReturnLine {
    /// The reservation that they were shipped for.
    pub reservation_id: ReservationId,
    /// Its line.
    pub reservation_line: u32,
    /// What.
    pub sku: Sku,
    /// Which lot or serial, where the product is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// How much is announced.
    pub planned: PositiveQuantity,
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

impl SheetLine for ReturnLine {
    const ACTUALS: &'static [&'static str] = &["actual", "lot"];
    const SETTLED: &'static [&'static str] = &["actual", "lot"];
    const COMPUTED: &'static [&'static str] = &["undisposed"];

    fn sku(&self) -> Option<&Sku> {
        Some(&self.sku)
    }

    fn planned(&self) -> Quantity {
        self.planned.get()
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

    fn reservation(&self) -> Option<ReservationId> {
        Some(self.reservation_id)
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
    };
    type Payload = CustomerReturn;
    type Line = ReturnLine;

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        let mut faults = Vec::new();
        for (line_no, line) in numbered(&sheet.lines) {
            let reservation = floor.reservations.get(line.reservation_id);
            let shipped = reservation.and_then(|found| {
                found.lines.iter().find(|row| row.line_no == line.reservation_line && row.sku == line.sku)
            });
            if shipped.is_none_or(|row| row.consumed.is_zero()) {
                faults.push(fault(line_no, "reservation_line", "is no line for this sku that was shipped"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
    }

    fn plan(
        sheet: &Sheet<Self>,
        head: &Head,
        asked: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
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
        dispose(sheet, head, (at, held), asked, floor)
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
        let of_line = (line.reservation_id, line.reservation_line);
        let now = sums.entry(of_line).or_insert_with(|| returned(line, head, floor));
        *now = now.saturating_add(line.actual.unwrap_or_default());
        let reservation = floor.reservations.get(line.reservation_id);
        let row =
            reservation.and_then(|found| found.lines.iter().find(|row| row.line_no == line.reservation_line));
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
fn returned(line: &ReturnLine, head: &Head, floor: &Floor<'_, '_>) -> Quantity {
    let mut sum = Quantity::ZERO;
    for record in floor.records.on_reservation(line.reservation_id, Module::Returns) {
        let Body::Returns(sheet) = &record.body else { continue };
        if record.head.id == head.id || record.head.posted(Step::Receive).is_none() {
            continue;
        }
        let same = sheet.lines.iter().filter(|other| {
            (other.reservation_id, other.reservation_line) == (line.reservation_id, line.reservation_line)
        });
        sum = same.fold(sum, |sum, other| sum.saturating_add(other.actual.unwrap_or_default()));
    }
    sum
}

/// Restock → available at a storage location; quarantine → held (qc); damaged → held (damaged); scrap, vendor → out.
fn dispose(
    sheet: &Sheet<Returns>,
    head: &Head,
    (at, held): (kernel::LocationId, Place),
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
        let to = match part.disposition {
            None => {
                faults.push(fault(part_no, "disposition", "is required: what becomes of it"));
                continue;
            }
            Some(Disposition::Restock) => Place::At(shelf(part, head, floor)?, Bucket::Available),
            Some(Disposition::Quarantine) => Place::At(at, Bucket::Held(HoldReason::Qc)),
            Some(Disposition::Damaged) => Place::At(at, Bucket::Held(HoldReason::Damaged)),
            Some(Disposition::Scrap) => Place::Outside(Party::Scrap),
            Some(Disposition::Vendor) => Place::Outside(Party::Vendor),
        };
        transfers.push(transfer(line, (part.line_no, quantity), (held, to), floor)?);
    }
    if !faults.is_empty() {
        return Err(OperationsRefusal::Invalid(faults));
    }
    let completes = left.iter().all(|left| left.is_zero());
    Ok(Plan { kind: MovementKind::Return, transfers, completes })
}

fn shelf(part: &Part, head: &Head, floor: &Floor<'_, '_>) -> Result<kernel::LocationId, OperationsRefusal> {
    Ok(match &part.to {
        Some(code) => location(code, head.warehouse, floor)?.id,
        None => default_location(head, floor)?.id,
    })
}
