//! Pick tasks: promised goods are taken from their shelves.

use inventory::{Bucket, HoldReason, LocationCode, LocationKind, MovementKind, Place, Reason};
use kernel::{PositiveQuantity, Quantity, ReservationId};
use reservations::{Fate, Handled, held_stock};
use serde::{Deserialize, Serialize};

use super::fulfilment::{GoodsLine, check_goods, follow, moved_goods, place_of, reserved_to};
use crate::content::check_lines;
use crate::create_work_item::new_item;
use crate::machine::Path;
use crate::module::{Asked, Declaration, Kind, Moved, Plan, Sheet, Step, StepRule, numbered};
use crate::words::words;
use crate::{Floor, Head, Module, OperationsRefusal, RecordState, Reference, WorkItem, WorkKind, WorkState};

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
        steps: &[StepRule::once(Step::Post, RecordState::InProgress)],
        work: WorkKind::Warehouse,
        approval_completes: false,
        has_lines: true,
    };
    type Payload = PickTask;
    type Line = GoodsLine;

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        check_goods(sheet, floor)
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

    /// Storage reserved → staging reserved; what is not there → held (missing); of a lot that may not leave any more all
    /// of it → held (expired, recall).
    fn plan(
        sheet: &Sheet<Self>,
        head: &Head,
        _: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        let staging = place_of(sheet.payload.staging.as_ref(), LocationKind::Staging, head, floor)?;
        let mut transfers = Vec::new();
        for (line_no, line) in numbered(&sheet.lines) {
            let goods = line.look_up(floor)?;
            let at = goods.key.location;
            let lot = floor.stock.lot(goods.key.product, &goods.key.lot).unwrap_or_default();
            let held = |reason| Place::At(at, Bucket::Held(reason));
            if let Some(reason) = lot.blocked(floor.context.now) {
                transfers.extend(reserved_to(&goods, (line_no, line.planned.get()), held(reason)));
                continue;
            }
            let picked = line.handled();
            let missing = line.planned.get().saturating_sub(picked);
            let to = Place::At(staging, Bucket::Reserved);
            transfers.extend(reserved_to(&goods, (line_no, picked), to));
            transfers.extend(reserved_to(&goods, (line_no, missing), held(HoldReason::Missing)));
        }
        Ok(Plan { kind: MovementKind::Pick, transfers, completes: true })
    }

    fn settle(
        sheet: &mut Sheet<Self>,
        head: &Head,
        moved: Moved<'_>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
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
            let missing = |transfer: &inventory::NewTransfer| {
                matches!(transfer.to, Place::At(_, Bucket::Held(HoldReason::Missing)))
            };
            if !moved.of_line(line_no, missing).is_zero() {
                count(line, head, floor)?;
            }
        }
        follow(handled, floor)
    }
}

/// Somebody has to look for what is missing.
fn count(line: &GoodsLine, head: &Head, floor: &mut Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    let title = format!("Count {} at {}: missing for {}", line.sku, line.from, head.number);
    let title = title.parse().map_err(|error: kernel::Invalid| {
        OperationsRefusal::Invalid(vec![crate::Fault { pointer: String::new(), why: error.0 }])
    })?;
    let numbering = &mut floor.stock.numbering;
    let id = kernel::WorkItemId(numbering.mint.uuid());
    let seq = numbering.counters.take_id();
    let reference = Some(Reference { module: Module::PickTasks, record_id: head.id });
    let what = (WorkKind::Warehouse, title, WorkState::Open);
    let item = WorkItem { reference, ..new_item((id, seq), what, floor.actor, floor.context) };
    floor.save_work(item, "created", None);
    Ok(())
}

/// Takes off what the reservations do not hold free any more at these places.
fn take_off(sheet: &mut Sheet<PickTasks>, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
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
            kept.push(GoodsLine { planned, ..line.clone() });
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
