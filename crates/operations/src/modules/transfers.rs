//! Transfers: goods go from one place to another, in two steps with what is on the way in between, or directly.

use std::collections::{BTreeMap, BTreeSet};

use inventory::{
    BalanceKey, Bucket, HoldReason, Location, LocationCode, LocationKind, Lot, MovementKind, NewTransfer,
    Party, Place, Sku, StockRefusal, WarehouseCode,
};
use kernel::{LocationId, PositiveQuantity, Quantity, ReservationId, WarehouseId};
use reservations::{Fate, Handled, held_stock};
use serde::{Deserialize, Serialize};

use super::fulfilment::{follow, place_of};
use super::spot::{free_at, location, lot_of, product};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{
    Asked, Declaration, Kind, Moved, Part, Plan, Sheet, SheetLine, Step, StepRule, fault, is_false, numbered,
    parts_of_all, place_of_line,
};
use crate::{Fault, Floor, Head, OperationsRefusal, RecordState, WorkKind};

/// Goods that go elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct GoodsTransfer {
    /// The warehouse that they go to; none: the one that they are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_warehouse: Option<WarehouseCode>,
    /// Where they stand while they are on the way; none: the first transit location of the warehouse that they leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit: Option<LocationCode>,
    /// Whether they go in one step, inside one warehouse.
    #[serde(default)]
    pub direct: bool,
}

/// Goods of one product and lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct TransferLine {
    /// What.
    pub sku: Sku,
    /// Which lot, where the product is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// Where they stand.
    pub from: LocationCode,
    /// Where they go; none: the other warehouse's receiving location, or its default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<LocationCode>,
    /// Why they are held: then that is moved, and stays held. Of direct transfers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_reason: Option<HoldReason>,
    /// Whether what is promised there is moved, and stays promised: what nobody handles, the oldest orders first. Of direct
    /// transfers only, between places of one kind.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reserved: bool,
    /// How much is to go.
    pub planned: PositiveQuantity,
    /// How much left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Quantity>,
    /// How much is on the way. Nobody sets it.
    #[serde(default)]
    pub in_transit: Quantity,
    /// How much arrived, what was found later included. Nobody sets it.
    #[serde(default)]
    pub received: Quantity,
    /// How much went back. Nobody sets it.
    #[serde(default)]
    pub returned: Quantity,
    /// How much is lost. Nobody sets it.
    #[serde(default)]
    pub written_off: Quantity,
}

impl SheetLine for TransferLine {
    const ACTUALS: &'static [&'static str] = &["actual", "to"];
    const SETTLED: &'static [&'static str] = &["actual"];
    const COMPUTED: &'static [&'static str] = &["in_transit", "received", "returned", "written_off"];

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

    fn locations(&self) -> Vec<&LocationCode> {
        vec![&self.from]
    }

    fn goes_to(&self) -> Option<&LocationCode> {
        self.to.as_ref()
    }

    fn owed(&self) -> Quantity {
        self.in_transit
    }
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfers;

impl Kind for Transfers {
    const DECLARATION: Declaration = Declaration {
        title: "Transfer",
        prefix: "TRF",
        path: Path {
            states: &[
                RecordState::Open,
                RecordState::Approved,
                RecordState::InProgress,
                RecordState::Posted,
                RecordState::Closed,
            ],
            posts_stock: true,
        },
        steps: &[
            StepRule::once(Step::Post, RecordState::InProgress),
            StepRule::once(Step::Dispatch, RecordState::InProgress),
            StepRule { repeats: false, ..StepRule::in_parts(Step::Receive, RecordState::InProgress) },
            StepRule::in_parts(Step::Found, RecordState::InProgress),
            StepRule::in_parts(Step::ReturnToSource, RecordState::InProgress),
            StepRule::in_parts(Step::WriteOff, RecordState::InProgress),
        ],
        work: WorkKind::Warehouse,
        approval_completes: false,
        has_lines: true,
        takes_blocked: true,
    };
    type Payload = GoodsTransfer;
    type Line = TransferLine;

    fn places(payload: &GoodsTransfer) -> Vec<&LocationCode> {
        payload.transit.iter().collect()
    }

    fn usual_step(sheet: &Sheet<Self>) -> Option<Step> {
        sheet.payload.direct.then_some(Step::Post)
    }

    fn goal(payload: &GoodsTransfer) -> Option<WarehouseCode> {
        payload.to_warehouse.clone()
    }

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        let payload = &sheet.payload;
        let mut faults = Vec::new();
        let goal = goal(payload, head, floor);
        if payload.direct && goal.as_ref().is_ok_and(|goal| *goal != head.warehouse) {
            let why = "goes inside one warehouse only".to_owned();
            faults.push(Fault { pointer: "/payload/direct".to_owned(), why });
        }
        let Ok(goal) = goal else {
            let why = "is no warehouse in use".to_owned();
            return Err(OperationsRefusal::Invalid(vec![Fault {
                pointer: "/payload/to_warehouse".to_owned(),
                why,
            }]));
        };
        for (line_no, line) in numbered(&sheet.lines) {
            if line.hold_reason.is_some() && !payload.direct {
                faults.push(fault(line_no, "hold_reason", "is of direct transfers only"));
            }
            if payload.direct && line.to.as_ref() == Some(&line.from) {
                faults.push(fault(line_no, "to", "is where the goods stand already"));
            }
            if line.reserved && (!payload.direct || line.hold_reason.is_some()) {
                faults.push(fault(line_no, "reserved", "is of direct transfers only, and not held"));
            }
            let kind = |code| location(code, goal, floor).map(|location| location.kind);
            if line.reserved && line.to.as_ref().is_some_and(|to| kind(to).ok() != kind(&line.from).ok()) {
                faults.push(fault(
                    line_no,
                    "to",
                    "is a place of another kind: promised goods go there by a pick",
                ));
            }
            if payload.direct && line.to.is_none() {
                faults.push(fault(line_no, "to", "is required for a direct transfer"));
            }
            if line.to.as_ref().is_some_and(|code| location(code, goal, floor).is_err()) {
                faults.push(fault(line_no, "to", "is no location in use of the warehouse that it goes to"));
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
        if sheet.payload.direct != (asked.step == Step::Post) {
            return Err(OperationsRefusal::UnknownStep {
                step: Some(asked.step),
                steps: Self::DECLARATION.steps,
            });
        }
        match asked.step {
            Step::Post => directly(sheet, head, floor),
            Step::Dispatch => dispatch(sheet, head, floor),
            Step::Receive | Step::Found | Step::ReturnToSource | Step::WriteOff => {
                arrive(sheet, head, asked, floor)
            }
            Step::Inspect | Step::Dispose | Step::Unpick => {
                Err(OperationsRefusal::UnknownStep { step: Some(asked.step), steps: Self::DECLARATION.steps })
            }
        }
    }

    fn settle(
        sheet: &mut Sheet<Self>,
        _: &Head,
        moved: Moved<'_>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        if moved.step == Step::Post {
            return shift(moved.transfers, moved.undone, floor);
        }
        for (line_no, line) in (1_u32..).zip(&mut sheet.lines) {
            let quantity = moved.of_line(line_no, |_| true);
            let more = |sum: Quantity| moved.added(sum, line_no, |_| true);
            let less = |sum: Quantity| {
                if moved.undone { sum.saturating_add(quantity) } else { sum.saturating_sub(quantity) }
            };
            match moved.step {
                Step::Dispatch => line.in_transit = more(line.in_transit),
                Step::Receive | Step::Found => {
                    (line.in_transit, line.received) = (less(line.in_transit), more(line.received));
                }
                Step::ReturnToSource => {
                    (line.in_transit, line.returned) = (less(line.in_transit), more(line.returned));
                }
                Step::WriteOff => {
                    (line.in_transit, line.written_off) = (less(line.in_transit), more(line.written_off));
                }
                Step::Post | Step::Inspect | Step::Dispose | Step::Unpick => {}
            }
        }
        Ok(())
    }
}

/// The warehouse that the goods go to.
fn goal(payload: &GoodsTransfer, head: &Head, floor: &Floor<'_, '_>) -> Result<WarehouseId, StockRefusal> {
    let Some(code) = &payload.to_warehouse else { return Ok(head.warehouse) };
    let found = floor.stock.warehouse(Some(code)).filter(|warehouse| warehouse.active);
    found
        .map(|warehouse| warehouse.id)
        .ok_or_else(|| StockRefusal::UnknownWarehouse { code: Some(code.clone()) })
}

fn transfer(
    line: &TransferLine,
    (line_no, quantity): (u32, PositiveQuantity),
    (from, to): (Place, Place),
    floor: &Floor<'_, '_>,
) -> Result<NewTransfer, StockRefusal> {
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

/// Available to available, held to held for the same reason, or reserved to reserved.
fn directly(sheet: &Sheet<Transfers>, head: &Head, floor: &Floor<'_, '_>) -> Result<Plan, OperationsRefusal> {
    let mut transfers = Vec::new();
    let mut promised: BTreeMap<BalanceKey, Quantity> = BTreeMap::new();
    for (line_no, line) in numbered(&sheet.lines) {
        let (Some(quantity), Some(to)) = (line.actual.and_then(Quantity::positive), &line.to) else {
            continue;
        };
        let (from, to) = (location(&line.from, head.warehouse, floor)?, location(to, head.warehouse, floor)?);
        let both = |bucket| (Place::At(from.id, bucket), Place::At(to.id, bucket));
        let ends = match line.hold_reason {
            Some(reason) => both(Bucket::Held(reason)),
            None if line.reserved => {
                let key = key_of(line, from.id, floor)?;
                let free = promised_at(&key, floor)
                    .iter()
                    .fold(Quantity::ZERO, |sum, one| sum.saturating_add(one.2));
                let sum = promised.entry(key).or_default();
                *sum = sum.saturating_add(quantity.get());
                if free < *sum {
                    let why = format!("is more than is promised there and in nobody's hands: {free}");
                    return Err(OperationsRefusal::Invalid(vec![fault(line_no, "actual", why)]));
                }
                both(Bucket::Reserved)
            }
            None => (Place::At(from.id, Bucket::Available), free_at(to)),
        };
        transfers.push(transfer(line, (line_no, quantity), ends, floor)?);
    }
    Ok(Plan { kind: MovementKind::Transfer, transfers, completes: true })
}

fn key_of(
    line: &TransferLine,
    location: LocationId,
    floor: &Floor<'_, '_>,
) -> Result<BalanceKey, StockRefusal> {
    let product = product(&line.sku, floor)?.id;
    Ok(BalanceKey { product, location, lot: lot_of(line.lot.as_ref()) })
}

/// Who holds what at a place and nobody handles it: reservation, line and quantity, the oldest first.
fn promised_at(key: &BalanceKey, floor: &Floor<'_, '_>) -> Vec<(ReservationId, u32, Quantity)> {
    let Some(balance) = floor.stock.balance(key).id else { return Vec::new() };
    let mut found = Vec::new();
    for id in floor.reservations.holding(&BTreeSet::from([balance])) {
        let reservation = floor.reservations.get(id);
        let held = reservation.map(|found| held_stock(floor.stock, found)).unwrap_or_default();
        let here = held.into_iter().filter(|held| held.key == *key && !held.free.is_zero());
        found.extend(here.map(|held| (id, held.line_no, held.free)));
    }
    found
}

/// The reservations follow goods that were promised and moved.
fn shift(
    transfers: &[NewTransfer],
    undone: bool,
    floor: &mut Floor<'_, '_>,
) -> Result<(), OperationsRefusal> {
    for transfer in transfers {
        let mut handled = Vec::new();
        let ends = match (transfer.from, transfer.to) {
            (Place::At(from, Bucket::Reserved), Place::At(to, Bucket::Reserved)) if undone => (to, from),
            (Place::At(from, Bucket::Reserved), Place::At(to, Bucket::Reserved)) => (from, to),
            (Place::At(..) | Place::Outside(_), _) => continue,
        };
        let key = |location| BalanceKey { product: transfer.product, location, lot: transfer.lot.clone() };
        let mut rest = transfer.quantity.get();
        for (id, line_no, free) in promised_at(&key(ends.0), floor) {
            let quantity = free.min(rest);
            rest = rest.saturating_sub(quantity);
            let fate = Fate::Shifted { to: key(ends.1) };
            handled.push((id, Handled { line_no, from: key(ends.0), quantity, fate }));
        }
        if !rest.is_zero() {
            let why = "What was moved is not promised there any more.".to_owned();
            return Err(OperationsRefusal::Blocked { why, by: Vec::new() });
        }
        follow(handled, floor)?;
    }
    Ok(())
}

/// Available → transit held (in transit).
fn dispatch(sheet: &Sheet<Transfers>, head: &Head, floor: &Floor<'_, '_>) -> Result<Plan, OperationsRefusal> {
    let transit = place_of(sheet.payload.transit.as_ref(), LocationKind::Transit, head, floor)?;
    let mut transfers = Vec::new();
    for (line_no, line) in numbered(&sheet.lines) {
        let Some(quantity) = line.actual.and_then(Quantity::positive) else { continue };
        let from = Place::At(location(&line.from, head.warehouse, floor)?.id, Bucket::Available);
        let to = Place::At(transit, Bucket::Held(HoldReason::InTransit));
        transfers.push(transfer(line, (line_no, quantity), (from, to), floor)?);
    }
    Ok(Plan { kind: MovementKind::Transfer, transfers, completes: false })
}

/// Transit held (in transit) → where the goods go, back, or out of the books.
fn arrive(
    sheet: &Sheet<Transfers>,
    head: &Head,
    asked: Asked<'_>,
    floor: &Floor<'_, '_>,
) -> Result<Plan, OperationsRefusal> {
    let transit = place_of(sheet.payload.transit.as_ref(), LocationKind::Transit, head, floor)?;
    let (mut transfers, mut faults) = (Vec::new(), Vec::new());
    let mut seen = std::collections::BTreeSet::new();
    let mut left = sheet.lines.iter().fold(Quantity::ZERO, |sum, line| sum.saturating_add(line.in_transit));
    for (at, part) in numbered(&parts_of_all(&sheet.lines, asked.parts, |line| line.in_transit)) {
        let line = place_of_line(part.line_no).and_then(|place| sheet.lines.get(place));
        let Some(line) = line.filter(|_| seen.insert(part.line_no)) else {
            faults.push(fault(at, "line_no", "is no line of this record, or stands twice"));
            continue;
        };
        if part.quantity > line.in_transit {
            faults.push(fault(at, "quantity", format!("is more than is on the way: {}", line.in_transit)));
            continue;
        }
        let Some(quantity) = part.quantity.positive() else { continue };
        let to = match asked.step {
            Step::ReturnToSource => free_at(location(&line.from, head.warehouse, floor)?),
            Step::WriteOff => Place::Outside(Party::Adjustment),
            Step::Post
            | Step::Inspect
            | Step::Dispatch
            | Step::Receive
            | Step::Found
            | Step::Unpick
            | Step::Dispose => free_at(destination(line, part, sheet, head, floor)?),
        };
        left = left.saturating_sub(part.quantity);
        let from = Place::At(transit, Bucket::Held(HoldReason::InTransit));
        transfers.push(transfer(line, (part.line_no, quantity), (from, to), floor)?);
    }
    if !faults.is_empty() {
        return Err(OperationsRefusal::Invalid(faults));
    }
    Ok(Plan { kind: MovementKind::Transfer, transfers, completes: left.is_zero() })
}

/// Where goods of a line arrive.
fn destination<'f>(
    line: &TransferLine,
    part: &Part,
    sheet: &Sheet<Transfers>,
    head: &Head,
    floor: &'f Floor<'_, '_>,
) -> Result<&'f Location, OperationsRefusal> {
    let goal = goal(&sheet.payload, head, floor)?;
    if let Some(code) = part.to.as_ref().or(line.to.as_ref()) {
        return Ok(location(code, goal, floor)?);
    }
    let stock = &floor.stock;
    let found = stock.first_of_kind(goal, LocationKind::Receiving).or_else(|| {
        let warehouse = stock.warehouses().find(|warehouse| warehouse.id == goal)?;
        stock.location(warehouse.default_location?)
    });
    found.ok_or_else(|| StockRefusal::UnknownLocation { code: None }.into())
}
