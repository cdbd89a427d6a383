//! Pick tasks: promised goods are taken from their shelves.

use inventory::{
    Bucket, HoldReason, LocationCode, LocationKind, MovementKind, NewTransfer, Place, Reason, Tracking,
};
use kernel::{PositiveQuantity, Quantity, ReservationId};
use reservations::{Fate, Handled, held_stock, withdraw_lot};
use serde::{Deserialize, Serialize};

use super::fulfilment::{Goods, GoodsLine, check_goods, follow, moved_goods, place_of, reserved_to};
use super::spot::{free_at, location};
use super::{CountLine, CycleCount};
use crate::chain::next_of;
use crate::content::check_lines;
use crate::create_record::make;
use crate::machine::Path;
use crate::module::{
    Asked, Declaration, Kind, Moved, Part, Plan, Sheet, Step, StepRule, fault, numbered, place_of_line,
};
use crate::words::words;
use crate::{Body, Floor, Head, OperationsRefusal, RecordState, WorkKind};

words!(
    /// How the goods of several orders are picked.
    Strategy {
        /// Order by order.
        Single = "single",
        /// All at once, in walking order.
        Batch = "batch",
        /// Zone by zone: what comes before the first `-` of a location's code.
        Zone = "zone",
    }
);

/// Goods to be picked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct PickTask {
    /// How they were put together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// Where they go; none: the warehouse's first staging location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staging: Option<LocationCode>,
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickTasks;

impl Kind for PickTasks {
    const DECLARATION: Declaration = Declaration {
        title: "Pick task",
        prefix: "PCK",
        path: Path {
            states: &[RecordState::Open, RecordState::InProgress, RecordState::Posted, RecordState::Closed],
            posts_stock: true,
        },
        steps: &[
            StepRule::once(Step::Post, RecordState::InProgress),
            StepRule { when_closed: true, ..StepRule::in_parts(Step::Unpick, RecordState::Posted) },
        ],
        work: WorkKind::Warehouse,
        approval_completes: false,
        has_lines: true,
        takes_blocked: false,
    };
    type Payload = PickTask;
    type Line = GoodsLine;

    fn places(payload: &PickTask) -> Vec<&LocationCode> {
        payload.staging.iter().collect()
    }

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        check_goods(sheet, floor)?;
        check_swaps(sheet, floor)
    }

    /// When the pick begins, its goods are bound; what was given back since is taken off. When it is given up, they are
    /// free again.
    fn enter(
        sheet: &mut Sheet<Self>,
        head: &Head,
        to: RecordState,
        _: Option<&Reason>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        let begins = to == RecordState::InProgress && head.state == RecordState::Open;
        let was_begun = head.blocked_from.unwrap_or(head.state) == RecordState::InProgress;
        if begins {
            take_off(sheet, floor)?;
            if sheet.lines.is_empty() {
                return Err(OperationsRefusal::NothingLeft { number: head.number.to_string() });
            }
            return follow(bound(sheet, &Fate::Bound, floor)?, floor);
        }
        if to == RecordState::Cancelled && was_begun {
            return follow(bound(sheet, &Fate::Unbound, floor)?, floor);
        }
        Ok(())
    }

    /// Storage reserved → staging reserved; where another lot was picked, that one from available, and the allocated one back
    /// to it; what is not there → held (missing); of a lot that may not leave any more all
    /// of it → held (expired, recall).
    fn plan(
        sheet: &Sheet<Self>,
        head: &Head,
        asked: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        if asked.step == Step::Unpick {
            return unpick(sheet, head, asked, floor);
        }
        let staging = place_of(sheet.payload.staging.as_ref(), LocationKind::Staging, head, floor)?;
        // What was picked instead comes when all that it stands for is free again: two lines may be swapped crosswise.
        let (mut transfers, mut swapped_in) = (Vec::new(), Vec::new());
        for (line_no, line) in numbered(&sheet.lines) {
            let goods = line.look_up(floor)?;
            let at = goods.key.location;
            let lot = floor.stock.lot(goods.key.product, &goods.key.lot).unwrap_or_default();
            let held = |reason| Place::At(at, Bucket::Held(reason));
            let blocked = lot.blocked(floor.context.now);
            if let Some(reason) = blocked.filter(|_| !line.is_swapped()) {
                transfers.extend(reserved_to(&goods, (line_no, line.planned.get()), held(reason)));
                continue;
            }
            let picked = line.handled();
            let missing = line.planned.get().saturating_sub(picked);
            let to = Place::At(staging, Bucket::Reserved);
            if line.is_swapped() {
                let lot = line.lot_in_hand();
                let other = floor.stock.lot(goods.key.product, &lot).unwrap_or_default();
                if other.blocked(floor.context.now).is_some() {
                    return Err(OperationsRefusal::LotsBlocked { lots: vec![(line.sku.clone(), lot)] });
                }
                let back = reserved_to(&goods, (line_no, picked), Place::At(at, Bucket::Available));
                let taken = back.clone().map(|back| NewTransfer { lot, from: back.to, to, ..back });
                swapped_in.extend(taken);
                transfers.extend(back);
            } else {
                transfers.extend(reserved_to(&goods, (line_no, picked), to));
            }
            let reason = blocked.unwrap_or(HoldReason::Missing);
            transfers.extend(reserved_to(&goods, (line_no, missing), held(reason)));
        }
        transfers.extend(swapped_in);
        Ok(Plan { kind: MovementKind::Pick, transfers, completes: true })
    }

    fn settle(
        sheet: &mut Sheet<Self>,
        head: &Head,
        moved: Moved<'_>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        if moved.step == Step::Unpick {
            for (line_no, line) in (1_u32..).zip(&mut sheet.lines) {
                line.unpicked = moved.added(line.unpicked, line_no, |_| true);
            }
            let mut handled = moved_goods(sheet, moved.transfers, false);
            handled.iter_mut().for_each(|(_, one)| one.fate = Fate::GivenBack);
            return follow(handled, floor);
        }
        let mut handled = moved_goods(sheet, moved.transfers, moved.undone);
        let is_lost = |one: &Handled| one.fate == Fate::Lost;
        if moved.undone {
            if handled.iter().any(|(_, one)| is_lost(one)) {
                let why = "What was missing is promised from elsewhere by now: unpick what was picked.";
                let by = handled.iter().filter(|(_, one)| is_lost(one)).map(|(id, _)| id.to_string());
                return Err(OperationsRefusal::Blocked { why: why.to_owned(), by: by.collect() });
            }
            for (_, one) in &mut handled {
                if let Fate::Moved { to } = one.fate.clone() {
                    one.fate = Fate::PutBack { to };
                }
            }
            return follow(handled, floor);
        }
        for (line_no, line) in numbered(&sheet.lines) {
            let missing = |transfer: &NewTransfer| {
                matches!(transfer.to, Place::At(_, Bucket::Held(HoldReason::Missing)))
            };
            if !moved.of_line(line_no, missing).is_zero() {
                count(line, head, floor)?;
            }
        }
        for (line_no, line) in (1_u32..).zip(&mut sheet.lines) {
            // Of a lot that may not leave any more nothing was taken, whatever was said.
            let is_taken = |transfer: &NewTransfer| matches!(transfer.to, Place::At(_, Bucket::Reserved));
            line.actual = Some(moved.of_line(line_no, is_taken));
        }
        follow(handled, floor)?;
        hold_left(sheet, floor)
    }
}

/// A lot that may not leave any more, and was left on the shelf for another one, is held there.
fn hold_left(sheet: &Sheet<PickTasks>, floor: &mut Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    for line in sheet.lines.iter().filter(|line| line.is_swapped()) {
        let goods = line.look_up(floor)?;
        let (product, lot) = (goods.key.product, goods.key.lot);
        withdraw_lot(floor.stock, floor.reservations, product, &lot, None, floor.context)?;
    }
    Ok(())
}

/// Another lot is picked where the order leaves it open, and with a reason where lots go out by their date.
fn check_swaps(sheet: &Sheet<PickTasks>, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    let mut faults = Vec::new();
    for (line_no, line) in numbered(&sheet.lines) {
        if line.override_reason.is_some() && !line.is_swapped() {
            faults.push(fault(line_no, "override_reason", "goes with a picked_lot that is another one"));
        }
        if !line.is_swapped() {
            continue;
        }
        let tracking = floor.stock.product_by_sku(&line.sku).map(|product| product.tracking);
        match tracking {
            Some(Tracking::None) => {
                faults.push(fault(line_no, "picked_lot", format!("{} has no lots", line.sku)))
            }
            Some(Tracking::Lot) if line.override_reason.is_none() => {
                let why = "is required: another lot is to leave first";
                faults.push(fault(line_no, "override_reason", why));
            }
            Some(Tracking::Lot | Tracking::Serial) | None => {}
        }
        let reservation = floor.reservations.get(line.reservation_id);
        let demands = reservation.and_then(|found| {
            let of_line = found.lines.iter().find(|row| row.line_no == line.reservation_line);
            of_line.and_then(|row| row.lot.clone())
        });
        if demands.is_some() {
            faults.push(fault(line_no, "picked_lot", "is another one than the order demands"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
}

/// Picked goods, wherever they wait → available on a shelf; of a lot that may not leave any more → held there.
fn unpick(
    sheet: &Sheet<PickTasks>,
    head: &Head,
    asked: Asked<'_>,
    floor: &Floor<'_, '_>,
) -> Result<Plan, OperationsRefusal> {
    let (mut transfers, mut faults) = (Vec::new(), Vec::new());
    let mut taken: std::collections::BTreeMap<(ReservationId, u32, inventory::BalanceKey), Quantity> =
        std::collections::BTreeMap::new();
    let rest = |line: &GoodsLine| line.handled().saturating_sub(line.unpicked);
    let mut left: Vec<Quantity> = sheet.lines.iter().map(rest).collect();
    let all: Vec<Part> = match asked.parts {
        [] => waiting(sheet, floor)?.into_iter().map(Part::of).collect(),
        parts => parts.to_vec(),
    };
    for (at, part) in numbered(&all) {
        let place = place_of_line(part.line_no);
        let found = place.and_then(|place| Some((sheet.lines.get(place)?, left.get_mut(place)?)));
        let Some((line, left)) = found else {
            faults.push(fault(at, "line_no", "is no line of this record"));
            continue;
        };
        let Some(rest) = left.checked_sub(part.quantity) else {
            faults.push(fault(
                at,
                "quantity",
                format!("is more than was picked and not brought back: {left}"),
            ));
            continue;
        };
        *left = rest;
        let shelf = match &part.to {
            Some(code) => location(code, head.warehouse, floor)?,
            None => location(&line.from, head.warehouse, floor)?,
        };
        let lot = floor.stock.lot(line.look_up(floor)?.key.product, &line.lot_in_hand());
        let blocked = lot.and_then(|lot| lot.blocked(floor.context.now));
        let to = blocked.map_or(free_at(shelf), |reason| Place::At(shelf.id, Bucket::Held(reason)));
        let mut wanted = part.quantity;
        for held in in_hand(line, floor) {
            let of = (line.reservation_id, line.reservation_line, held.key.clone());
            let sum = taken.entry(of).or_default();
            let here = held.bound.saturating_sub(*sum).min(wanted);
            *sum = sum.saturating_add(here);
            wanted = wanted.saturating_sub(here);
            let goods = Goods { product: line.look_up(floor)?.product, key: held.key };
            transfers.extend(reserved_to(&goods, (part.line_no, here), to));
        }
        if !wanted.is_zero() {
            faults.push(fault(at, "quantity", "is more than was picked and waits"));
        }
    }
    if !faults.is_empty() {
        return Err(OperationsRefusal::Invalid(faults));
    }
    Ok(Plan { kind: MovementKind::Unpick, transfers, completes: false })
}

/// What of each line was picked and waits: what was shipped, or unpicked before, is gone.
pub(crate) fn waiting(
    sheet: &Sheet<PickTasks>,
    floor: &Floor<'_, '_>,
) -> Result<Vec<(u32, Quantity)>, OperationsRefusal> {
    let mut taken: std::collections::BTreeMap<(ReservationId, u32, inventory::BalanceKey), Quantity> =
        std::collections::BTreeMap::new();
    let mut waiting = Vec::new();
    for (line_no, line) in numbered(&sheet.lines) {
        let mut rest = line.handled().saturating_sub(line.unpicked);
        let mut waits = Quantity::ZERO;
        for held in in_hand(line, floor) {
            let of = (line.reservation_id, line.reservation_line, held.key);
            let sum = taken.entry(of).or_default();
            let here = held.bound.saturating_sub(*sum).min(rest);
            *sum = sum.saturating_add(here);
            rest = rest.saturating_sub(here);
            waits = waits.saturating_add(here);
        }
        if !waits.is_zero() {
            waiting.push((line_no, waits));
        }
    }
    Ok(waiting)
}

/// Where the picked goods of a line wait: away from storage.
pub(crate) fn in_hand(line: &GoodsLine, floor: &Floor<'_, '_>) -> Vec<reservations::Held> {
    let reservation = floor.reservations.get(line.reservation_id);
    let held = reservation.map(|found| held_stock(floor.stock, found)).unwrap_or_default();
    let waits = |held: &reservations::Held| {
        let place = floor.stock.location(held.key.location);
        let is_away = place.is_some_and(|place| place.kind != LocationKind::Storage);
        held.line_no == line.reservation_line
            && is_away
            && !held.bound.is_zero()
            && held.key.lot == line.lot_in_hand()
    };
    held.into_iter().filter(waits).collect()
}

/// Somebody has to look for what is missing.
fn count(line: &GoodsLine, head: &Head, floor: &mut Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    let payload = CycleCount { pick_task_id: Some(head.id), ..CycleCount::default() };
    let lines = vec![CountLine {
        sku: line.sku.clone(),
        lot: line.lot.clone(),
        location: line.from.clone(),
        actual: None,
        expected: None,
        counted_version: None,
        counted_by: None,
        counters: std::collections::BTreeSet::new(),
        counts: 0,
    }];
    make(floor, &next_of(head, Body::CycleCounts(Sheet { payload, lines })), Some(head.id))?;
    Ok(())
}

/// Takes off what the reservations do not hold free any more at these places.
pub(crate) fn take_off(sheet: &mut Sheet<PickTasks>, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    let mut taken: std::collections::BTreeMap<(ReservationId, u32, inventory::BalanceKey), Quantity> =
        std::collections::BTreeMap::new();
    let mut kept = Vec::with_capacity(sheet.lines.len());
    for line in &sheet.lines {
        let key = line.look_up(floor)?.key;
        let reservation = floor.reservations.get(line.reservation_id);
        let held = reservation.map(|found| held_stock(floor.stock, found)).unwrap_or_default();
        let of_line = held.iter().find(|held| held.line_no == line.reservation_line && held.key == key);
        let sum = taken.entry((line.reservation_id, line.reservation_line, key)).or_default();
        let free = of_line.map_or(Quantity::ZERO, |held| held.free).saturating_sub(*sum);
        let planned: Option<PositiveQuantity> = free.min(line.planned.get()).positive();
        if let Some(planned) = planned {
            *sum = sum.saturating_add(planned.get());
            let actual = line.actual.map(|actual| actual.min(planned.get()));
            kept.push(GoodsLine { planned, actual, ..line.clone() });
        }
    }
    sheet.lines = kept;
    Ok(())
}

fn bound(
    sheet: &Sheet<PickTasks>,
    fate: &Fate,
    floor: &Floor<'_, '_>,
) -> Result<Vec<(ReservationId, Handled)>, OperationsRefusal> {
    let mut handled = Vec::with_capacity(sheet.lines.len());
    for line in &sheet.lines {
        let from = line.look_up(floor)?.key;
        let (line_no, quantity) = (line.reservation_line, line.planned.get());
        handled.push((line.reservation_id, Handled { line_no, from, quantity, fate: fate.clone() }));
    }
    Ok(handled)
}
