//! Giving back what ran out.

use inventory::{Context, MovementKind, StockDraft};
use kernel::ReservationId;

use crate::release_reservation::{back_to_available, post_back};
use crate::{ReservationDraft, ReservationEvent, ReservationRefusal};

/// Gives back everything that a reservation holds and nobody handles, if it has run out; answers whether it had. One that is over, or
/// was extended in between, is left alone, so that a repeat changes nothing.
///
/// # Errors
/// [`ReservationRefusal::NotFound`]; a refusal of the posting engine would mean that the books are wrong.
pub fn expire_reservation(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    id: ReservationId,
    context: &Context,
) -> Result<bool, ReservationRefusal> {
    let mut reservation = own.get(id).ok_or(ReservationRefusal::NotFound { id })?.clone();
    if !reservation.is_due(context.now) {
        return Ok(false);
    }
    let mut transfers = Vec::new();
    for line in &mut reservation.lines {
        let free = line.free();
        line.released = line.released.saturating_add(free);
        transfers.extend(back_to_available(line, free));
    }
    reservation.give_up_short();
    post_back(stock, &reservation, transfers, MovementKind::Expire, None, context)?;
    if reservation.bound().is_zero() {
        reservation.settle(ReservationEvent::Expire, context.now);
        own.record(stock, reservation, "reservation.expired", None);
    } else {
        // What is in the hands of the floor does not run out any more.
        reservation.expires_at = None;
        reservation.settle(ReservationEvent::Amend, context.now);
        own.record(stock, reservation, "reservation.expired_in_part", None);
    }
    Ok(true)
}
