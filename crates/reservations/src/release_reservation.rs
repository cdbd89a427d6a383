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
    /// The version that the caller has seen.
    pub expected_version: Option<Version>,
}

/// Moves reserved stock back to available. A quantity takes from what the line holds first, then from what it is
/// short of. What is in the hands of the floor stays, and the reservation with it. What is over is over: a repeat is
/// refused.
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
    let lines = selected.iter().filter_map(|(at, _)| reservation.lines.get(*at));
    let (mut can_go, mut is_bound) = (false, false);
    for line in lines {
        can_go |= !line.free().is_zero() || !line.short.is_zero();
        is_bound |= !line.bound().is_zero();
    }
    if !can_go {
        let id = command.id;
        let refusal =
            if is_bound { ReservationRefusal::InHand { id } } else { ReservationRefusal::NothingOpen { id } };
        return Err(refusal);
    }
    let mut transfers = Vec::new();
    for (at, quantity) in selected {
        let Some(line) = reservation.lines.get_mut(at) else { continue };
        let may_go = line.free().saturating_add(line.short);
        check_part(stock, line, quantity, may_go)?;
        transfers.extend(release_line(line, quantity)?);
    }
    let reason = Some(command.reason.clone());
    post_back(stock, &reservation, transfers, MovementKind::Release, reason, context)?;
    reservation.settle(ReservationEvent::ReleasePart, context.now);
    let fact = Some(("reason", command.reason.as_str().into()));
    own.record(stock, reservation, "reservation.released", fact);
    Ok(command.id)
}

fn release_line(line: &mut Line, quantity: Option<Quantity>) -> Result<Vec<NewTransfer>, ReservationRefusal> {
    // What is in the hands of the floor stays.
    let reserved = line.free();
    let open = reserved.saturating_add(line.short);
    let quantity = quantity.unwrap_or(open);
    if quantity > open {
        return Err(ReservationRefusal::Exceeds { line_no: line.line_no, quantity, reserved });
    }
    let from_reserved = quantity.min(reserved);
    line.short = line.short.saturating_sub(quantity.saturating_sub(from_reserved));
    line.released = line.released.saturating_add(quantity);
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
