//! The pack session of a pick, and the ship confirmation of a pack session: what was handled and nobody goes on with yet.

use std::collections::BTreeMap;

use inventory::{BalanceKey, LocationKind};
use kernel::{Quantity, RecordId, ReservationId};

use crate::chain::{next_of, posted_from, unfinished};
use crate::create_record::make;
use crate::module::numbered;
use crate::modules::{GoodsLine, PackSession, ShipConfirmation, in_hand, is_unwanted};
use crate::{Body, Floor, Module, OperationsRefusal, Record, Sheet};

/// Make the pack session of a pick task.
#[derive(Debug, Clone)]
pub struct GeneratePackSession {
    /// The pick.
    pub pick: RecordId,
    /// The version of it that the caller has seen.
    pub expected_version: Option<kernel::Version>,
}

/// Makes a session for what the pick took, nobody packs yet, and nobody wants back. While there is one that is neither posted nor cancelled,
/// it answers that one.
///
/// # Errors
/// [`OperationsRefusal::RecordNotFound`], [`OperationsRefusal::InvalidTransition`] before the pick is posted,
/// [`OperationsRefusal::NothingLeft`], [`OperationsRefusal::UnpickRequested`] where all that is left is to come back.
pub fn generate_pack_session(
    floor: &mut Floor<'_, '_>,
    command: &GeneratePackSession,
) -> Result<RecordId, OperationsRefusal> {
    let source = (Module::PickTasks, command.pick, command.expected_version);
    go_on(floor, source, Module::PackSessions, |lines| {
        let payload = PackSession { pick_task_id: Some(command.pick), packing: None };
        Body::PackSessions(Sheet { payload, lines })
    })
}

/// Make the ship confirmation of a pack session.
#[derive(Debug, Clone)]
pub struct GenerateShipConfirmation {
    /// The pack session.
    pub pack: RecordId,
    /// The version of it that the caller has seen.
    pub expected_version: Option<kernel::Version>,
}

/// Makes a confirmation for what the session packed and nobody ships yet. While there is one that is neither posted nor
/// cancelled, it answers that one.
///
/// # Errors
/// Those of [`generate_pack_session`].
pub fn generate_ship_confirmation(
    floor: &mut Floor<'_, '_>,
    command: &GenerateShipConfirmation,
) -> Result<RecordId, OperationsRefusal> {
    let source = (Module::PackSessions, command.pack, command.expected_version);
    go_on(floor, source, Module::ShipConfirmations, |lines| {
        let payload =
            ShipConfirmation { pack_session_id: Some(command.pack), carrier: None, tracking_number: None };
        Body::ShipConfirmations(Sheet { payload, lines })
    })
}

fn go_on(
    floor: &mut Floor<'_, '_>,
    (module, source, expected): (Module, RecordId, Option<kernel::Version>),
    next: Module,
    body: impl FnOnce(Vec<GoodsLine>) -> Body,
) -> Result<RecordId, OperationsRefusal> {
    let record: Record = floor.records.of(module, source, expected)?.clone();
    let head = &record.head;
    if let Some(open) = unfinished(floor, source, next) {
        return Ok(open);
    }
    if !head.standing().has_posted {
        let (what, allowed) = (head.number.to_string(), record.allowed());
        return Err(OperationsRefusal::InvalidTransition { what, from: head.state, to: None, allowed });
    }
    let (lines, kind) = match &record.body {
        Body::PickTasks(sheet) => (&sheet.lines, LocationKind::Staging),
        Body::PackSessions(sheet) => (&sheet.lines, LocationKind::Packing),
        Body::PurchaseOrders(_)
        | Body::ReceivingSessions(_)
        | Body::PutawayTasks(_)
        | Body::Vendors(_)
        | Body::ShipConfirmations(_)
        | Body::Transfers(_)
        | Body::Adjustments(_)
        | Body::Returns(_)
        | Body::CycleCounts(_)
        | Body::KitAssemblies(_) => {
            return Err(OperationsRefusal::RecordNotFound { module, id: source.to_string() });
        }
    };
    let done = posted_from(floor, source, next);
    let mut taken: BTreeMap<(ReservationId, u32, BalanceKey), Quantity> = BTreeMap::new();
    let (mut left, mut unwanted) = (Vec::new(), Vec::new());
    for (line_no, line) in numbered(lines) {
        let done = done.get(&line_no).copied().unwrap_or_default();
        let mut rest: Quantity = line.handled().saturating_sub(line.unpicked).saturating_sub(done);
        if !rest.is_zero() && is_unwanted(line, floor) {
            unwanted.push((line_no, line.reservation_id));
            continue;
        }
        // As much as waits at a place of the kind, wherever that is by now.
        for held in in_hand(line, floor) {
            if floor.stock.location(held.key.location).is_none_or(|place| place.kind != kind) {
                continue;
            }
            let sum = taken.entry((line.reservation_id, line.reservation_line, held.key)).or_default();
            let here = held.bound.saturating_sub(*sum).min(rest);
            *sum = sum.saturating_add(here);
            rest = rest.saturating_sub(here);
            left.extend(here.positive().map(|planned| GoodsLine {
                from: held.location,
                planned,
                actual: None,
                lot: Some(line.lot_in_hand()).filter(|lot| !lot.is_none()),
                picked_lot: None,
                override_reason: None,
                source_line: Some(line_no),
                unpicked: Quantity::ZERO,
                ..line.clone()
            }));
        }
    }
    if left.is_empty() && !unwanted.is_empty() {
        return Err(OperationsRefusal::UnpickRequested { lines: unwanted });
    }
    if left.is_empty() {
        return Err(OperationsRefusal::NothingLeft { number: head.number.to_string() });
    }
    make(floor, &next_of(head, body(left)), Some(source))
}
