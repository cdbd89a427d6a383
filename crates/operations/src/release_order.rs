//! Giving back what is promised to an order, and asking for what is picked already to come back.

use std::collections::BTreeSet;

use kernel::{ReservationId, WorkItemId};
use reservations::{ReleaseReservation, Reservation, release_reservation};

use crate::consume_order::with_records;
use crate::create_work_item::new_item;
use crate::modules::in_hand;
use crate::{
    Body, Floor, Head, Module, OperationsRefusal, Priority, Record, RecordState, Reference, Title, WorkItem,
    WorkKind, WorkState,
};

/// Releases a reservation, whole or in part. Where what is in hand is to come back, somebody is told: a work item opens
/// for each pick that has any of it.
///
/// # Errors
/// Those of [`release_reservation`], with nothing released.
pub fn release_order(
    floor: &mut Floor<'_, '_>,
    command: &ReleaseReservation,
) -> Result<ReservationId, OperationsRefusal> {
    let id = command.id;
    let before = floor.reservations.get(id).map(to_unpick).unwrap_or_default();
    let released = release_reservation(floor.stock, floor.reservations, command, floor.context);
    released.map_err(|refusal| with_records(refusal, floor))?;
    let Some(reservation) = floor.reservations.get(id).cloned() else { return Ok(id) };
    let mut marked = to_unpick(&reservation);
    marked.retain(|line_no| !before.contains(line_no));
    if marked.is_empty() {
        return Ok(id);
    }
    let picks = floor.records.on_reservation(id, Module::PickTasks).into_iter();
    let picks: Vec<_> =
        picks.filter(|pick| has_goods(pick, (id, &marked), floor)).map(|pick| pick.head.clone()).collect();
    for pick in picks {
        let title = title_of(&pick, &reservation)?;
        if floor.records.open_work_of(pick.id).iter().any(|item| item.title == title) {
            continue;
        }
        let numbering = &mut floor.stock.numbering;
        let ids = (WorkItemId(numbering.mint.uuid()), numbering.counters.take_id());
        let what = (WorkKind::Warehouse, title, WorkState::Open);
        let item = WorkItem {
            priority: Priority::High,
            reference: Some(Reference { module: Module::PickTasks, record_id: pick.id }),
            ..new_item(ids, what, floor.actor, floor.context)
        };
        floor.save_work(item, "created", Some(&command.reason));
    }
    Ok(id)
}

/// The lines of which something is to come back.
fn to_unpick(reservation: &Reservation) -> BTreeSet<u32> {
    let lines = reservation.lines.iter().filter(|line| !line.to_unpick.is_zero());
    lines.map(|line| line.line_no).collect()
}

/// What the work is called that brings goods of an order on a pick back.
fn title_of(pick: &Head, reservation: &Reservation) -> Result<Title, OperationsRefusal> {
    let order: String = reservation.order_ref.as_str().chars().take(200).collect();
    let title = format!("Unpick {} for {order}", pick.number).parse();
    title.map_err(|error: kernel::Invalid| {
        OperationsRefusal::Invalid(vec![crate::Fault { pointer: String::new(), why: error.0 }])
    })
}

/// Whether a pick has goods of these lines of a reservation in hand: it has begun, or they wait to be packed or shipped.
fn has_goods(pick: &Record, (id, marked): (ReservationId, &BTreeSet<u32>), floor: &Floor<'_, '_>) -> bool {
    let Body::PickTasks(sheet) = &pick.body else { return false };
    let state = pick.head.blocked_from.unwrap_or(pick.head.state);
    let mut own = sheet
        .lines
        .iter()
        .filter(|line| line.reservation_id == id && marked.contains(&line.reservation_line));
    match state {
        RecordState::InProgress => own.next().is_some(),
        RecordState::Posted | RecordState::Closed => own.any(|line| !in_hand(line, floor).is_empty()),
        RecordState::Open | RecordState::Approved | RecordState::Ordered | RecordState::Receiving => false,
        RecordState::Blocked | RecordState::Cancelled => false,
    }
}

/// Ends the work of bringing goods back where nothing is to come back any more. Every command ends with it.
///
/// # Errors
/// None that the caller can cause.
pub fn finish_unpicks(floor: &mut Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    for id in floor.reservations.brought_back() {
        let Some(reservation) = floor.reservations.get(id).cloned() else { continue };
        let waits = to_unpick(&reservation);
        let picks: Vec<Record> =
            floor.records.on_reservation_lately(id, Module::PickTasks).into_iter().cloned().collect();
        for pick in picks {
            let still = pick.lines().iter().any(|line| {
                line.reservation == Some(id) && line.reservation_line.is_some_and(|row| waits.contains(&row))
            });
            let title = title_of(&pick.head, &reservation)?;
            let mut items = floor.records.open_work_of(pick.head.id).into_iter();
            let done = items.find(|item| !item.follows && item.title == title).cloned();
            if let Some(item) = done.filter(|_| !still) {
                floor.save_work(
                    WorkItem { state: WorkState::Completed, blocked_reason: None, ..item },
                    "finished",
                    None,
                );
            }
        }
    }
    Ok(())
}
