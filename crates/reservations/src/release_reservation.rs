//! Giving reserved stock back.

use inventory::{Bucket, Context, MovementKind, NewMovement, NewTransfer, Place, Reason, StockDraft};
use kernel::{Quantity, RecordId, ReservationId, Version};

use crate::selection::{check_part, select, take_out};
use crate::{Line, LineSelection, Reservation, ReservationDraft, ReservationEvent, ReservationRefusal};

/// Give a reservation back, whole or in part.
#[derive(Debug, Clone)]
pub struct ReleaseReservation {
    /// Which one.
    pub id: ReservationId,
    /// Why.
    pub reason: Reason,
    /// Which lines and how much; none: everything, what is short included.
    pub lines: Option<Vec<LineSelection>>,
    /// Whether what is in the hands of the floor is to come back, and to be released then.
    pub request_unpick: bool,
    /// The version that the caller has seen.
    pub expected_version: Option<Version>,
}

/// Moves reserved stock back to available. A quantity takes from what the line holds first, then from what it is
/// short of, and last, where the caller asks for that, from what is in the hands of the floor: that is marked, stays
/// promised until it is unpicked, and nothing of the line goes out before. Otherwise what is in hand stays, and the
/// reservation with it. What is over is over: a repeat is refused, but for one that asks for what was marked before:
/// it changes nothing.
///
/// # Errors
/// A [`ReservationRefusal`], with nothing released.
pub fn release_reservation(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    command: &ReleaseReservation,
    context: &Context,
) -> Result<ReservationId, ReservationRefusal> {
    let mut reservation = own.active(command.id, command.expected_version)?;
    let selected = select(&reservation, command.lines.as_deref())?;
    let id = command.id;
    let lines = selected.iter().filter_map(|(at, _)| reservation.lines.get(*at));
    let (mut can_go, mut can_come_back, mut is_bound) = (false, false, false);
    for line in lines {
        can_go |= !line.free().is_zero() || !line.short.is_zero();
        can_come_back |= command.request_unpick && !line.going_out().is_zero();
        is_bound |= !line.bound().is_zero();
    }
    match (can_go || can_come_back, is_bound) {
        (true, _) => {}
        (false, true) if command.request_unpick => {
            // All of it was asked for before: nothing changes, but for what nobody has.
            return selected
                .iter()
                .try_for_each(|(at, quantity)| check_asked(&reservation, *at, *quantity))
                .map(|()| id);
        }
        (false, true) => return Err(ReservationRefusal::InHand { id }),
        (false, false) => return Err(ReservationRefusal::NothingOpen { id }),
    }
    let mut transfers = Vec::new();
    for (at, quantity) in selected {
        let Some(line) = reservation.lines.get_mut(at) else { continue };
        let in_hand = if command.request_unpick { line.going_out() } else { Quantity::ZERO };
        let may_go = line.free().saturating_add(line.short).saturating_add(in_hand);
        check_part(stock, line, quantity, may_go)?;
        transfers.extend(release_line(line, quantity, in_hand)?);
    }
    let reason = Some(command.reason.clone());
    let fact = Some(("reason", command.reason.as_str().into()));
    if can_go {
        post_back(stock, &reservation, transfers, MovementKind::Release, reason, context)?;
        reservation.settle(ReservationEvent::ReleasePart, context.now);
        own.record(stock, reservation, "reservation.released", fact);
    } else {
        reservation.settle(ReservationEvent::Reallocate, context.now);
        own.record(stock, reservation, "reservation.unpick_requested", fact);
    }
    Ok(id)
}

/// Refuses more than is in hand and was asked back.
fn check_asked(
    reservation: &Reservation,
    at: usize,
    quantity: Option<Quantity>,
) -> Result<(), ReservationRefusal> {
    let Some(line) = reservation.lines.get(at) else { return Ok(()) };
    let reserved = line.to_unpick;
    match quantity.filter(|quantity| *quantity > reserved) {
        Some(quantity) => Err(ReservationRefusal::Exceeds { line_no: line.line_no, quantity, reserved }),
        None => Ok(()),
    }
}

/// Releases what is free, then what is short, and marks the rest of what is in hand.
fn release_line(
    line: &mut Line,
    quantity: Option<Quantity>,
    in_hand: Quantity,
) -> Result<Vec<NewTransfer>, ReservationRefusal> {
    let reserved = line.free();
    let open = reserved.saturating_add(line.short);
    let quantity = quantity.unwrap_or_else(|| open.saturating_add(in_hand));
    if quantity > open.saturating_add(in_hand) {
        let reserved = reserved.saturating_add(in_hand);
        return Err(ReservationRefusal::Exceeds { line_no: line.line_no, quantity, reserved });
    }
    let at_once = quantity.min(open);
    let from_reserved = at_once.min(reserved);
    line.short = line.short.saturating_sub(at_once.saturating_sub(from_reserved));
    line.released = line.released.saturating_add(at_once);
    line.to_unpick = line.to_unpick.saturating_add(quantity.saturating_sub(at_once));
    Ok(back_to_available(line, from_reserved))
}

/// Takes a quantity out of what a line holds, back to where it stands.
pub(crate) fn back_to_available(line: &mut Line, quantity: Quantity) -> Vec<NewTransfer> {
    take_out(line, quantity, |key| Place::At(key.location, Bucket::Available))
}

/// Posts transfers of a reservation, if there are any.
pub(crate) fn post_back(
    stock: &mut StockDraft<'_>,
    reservation: &Reservation,
    transfers: Vec<NewTransfer>,
    kind: MovementKind,
    reason: Option<Reason>,
    context: &Context,
) -> Result<(), ReservationRefusal> {
    if transfers.is_empty() {
        return Ok(());
    }
    let record = Some(RecordId(reservation.id.0));
    stock.post(NewMovement { kind, record, reason, effective_at: context.now, transfers }, context)?;
    Ok(())
}
