//! Giving back what is promised to an order, and asking for what is picked already to come back.

use inventory::Reason;
use kernel::{Quantity, ReservationId, WorkItemId};
use reservations::{ReleaseReservation, Reservation, release_reservation};

use crate::create_work_item::new_item;
use crate::modules::in_hand;
use crate::{
    Body, Floor, Module, OperationsRefusal, Priority, Record, RecordState, Reference, Title, WorkItem,
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
    release_reservation(floor.stock, floor.reservations, command, floor.context)?;
    let Some(reservation) = floor.reservations.get(id).filter(|found| to_unpick(found) > before) else {
        return Ok(id);
    };
    let reservation = reservation.clone();
    let picks = floor.records.on_reservation(id, Module::PickTasks).into_iter();
    let picks: Vec<_> =
        picks.filter(|pick| has_goods(pick, id, floor)).map(|pick| pick.head.clone()).collect();
    for pick in picks {
        let order: String = reservation.order_ref.as_str().chars().take(200).collect();
        let title: Title = format!("Unpick {} for {order}", pick.number).parse().map_err(invalid)?;
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

fn to_unpick(reservation: &Reservation) -> Quantity {
    reservation.lines.iter().fold(Quantity::ZERO, |sum, line| sum.saturating_add(line.to_unpick))
}

fn invalid(error: kernel::Invalid) -> OperationsRefusal {
    OperationsRefusal::Invalid(vec![crate::Fault { pointer: String::new(), why: error.0 }])
}

/// Whether a pick has goods of a reservation in hand: it has begun, or they wait to be packed or shipped.
fn has_goods(pick: &Record, id: ReservationId, floor: &Floor<'_, '_>) -> bool {
    let Body::PickTasks(sheet) = &pick.body else { return false };
    let state = pick.head.blocked_from.unwrap_or(pick.head.state);
    let mut own = sheet.lines.iter().filter(|line| line.reservation_id == id);
    match state {
        RecordState::InProgress => own.next().is_some(),
        RecordState::Posted | RecordState::Closed => own.any(|line| !in_hand(line, floor).is_empty()),
        RecordState::Open | RecordState::Approved | RecordState::Ordered | RecordState::Receiving => false,
        RecordState::Blocked | RecordState::Cancelled => false,
    }
}

/// Takes what reservations have given up, or lost, off the picks of them that have not begun; a pick of which nothing is
/// left is cancelled. Every command ends with it.
///
/// # Errors
/// None that the caller can cause.
pub fn trim_open_picks(floor: &mut Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    for id in floor.reservations.gave_up() {
        let picks: Vec<Record> =
            floor.records.on_reservation(id, Module::PickTasks).into_iter().cloned().collect();
        for pick in picks {
            let state = pick.head.blocked_from.unwrap_or(pick.head.state);
            if state == RecordState::Open {
                trim(floor, pick)?;
            }
        }
    }
    Ok(())
}

fn trim(floor: &mut Floor<'_, '_>, mut pick: Record) -> Result<(), OperationsRefusal> {
    let Body::PickTasks(sheet) = &mut pick.body else { return Ok(()) };
    let before = sheet.lines.clone();
    crate::modules::take_off(sheet, floor)?;
    if sheet.lines == before {
        return Ok(());
    }
    if sheet.lines.is_empty() {
        // The lines stay, so that one can read what it was for.
        sheet.lines = before;
        let reason: Option<Reason> = "nothing on it is promised any more".parse().ok();
        return crate::transition_record::enter(floor, pick, RecordState::Cancelled, reason.as_ref());
    }
    floor.save(pick, "trimmed", None);
    Ok(())
}
