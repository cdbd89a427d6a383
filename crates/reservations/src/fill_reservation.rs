//! Trying again for what is short.

use inventory::{Context, MovementKind, StockDraft, StockRefusal};
use kernel::{ReservationId, Version};

use crate::create_reservation::find_stock;
use crate::release_reservation::post_back;
use crate::{ReservationDraft, ReservationEvent, ReservationRefusal, hold_blocked_lots};

/// Reserves what there is of what the reservation is short of; changes nothing of it where there is
/// none, though what ran out may have been given back in looking for it. Answers whether anything was reserved.
///
/// # Errors
/// A [`ReservationRefusal`], with nothing reserved; a reservation that has run out takes no more.
pub fn fill_reservation(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    id: ReservationId,
    expected_version: Option<Version>,
    context: &Context,
) -> Result<bool, ReservationRefusal> {
    let seen = own.active(id, expected_version)?;
    if seen.is_due(context.now) {
        return Err(ReservationRefusal::Due { id });
    }
    let short = seen.lines.iter().filter(|line| !line.short.is_zero()).map(|line| line.product);
    hold_blocked_lots(stock, own, short, seen.warehouse, context)?;
    // It may be one of those that just lost something.
    let mut reservation = own.active(id, None)?;
    let unknown = || StockRefusal::UnknownWarehouse { code: Some(reservation.warehouse_code.clone()) };
    let warehouse = stock.warehouse(Some(&reservation.warehouse_code)).ok_or_else(unknown)?.clone();
    let wanted: Vec<_> = reservation.lines.iter().map(|line| line.short).collect();
    let allocated = find_stock(stock, own, &reservation.lines, &wanted, &warehouse, context)?;
    if allocated.is_empty() {
        return Ok(false);
    }
    let transfers = allocated.transfers(&reservation.lines);
    allocated.apply(&mut reservation.lines);
    post_back(stock, &reservation, transfers, MovementKind::Reserve, None, context)?;
    reservation.settle(ReservationEvent::Fill, context.now);
    own.record(stock, reservation, "reservation.filled", None);
    Ok(true)
}
