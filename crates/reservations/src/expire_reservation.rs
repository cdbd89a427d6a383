//! Giving back what ran out.

use inventory::{Context, MovementKind, StockDraft};
use kernel::ReservationId;

use crate::release_reservation::{back_to_available, post_back};
use crate::{ReservationDraft, ReservationEvent, ReservationRefusal};

/// Gives back everything that a reservation holds if it has run out; answers whether it had. One that is over, or
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
        let reserved = line.reserved();
        line.released = line.released.saturating_add(reserved);
        transfers.extend(back_to_available(line, reserved));
    }
    reservation.give_up_short();
    post_back(stock, &reservation, transfers, MovementKind::Expire, None, context)?;
    reservation.settle(ReservationEvent::Expire, context.now);
    own.record(stock, reservation, "reservation.expired", None);
    Ok(true)
}
