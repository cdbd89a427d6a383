//! Taking a lot that may not leave any more (expired, recalled) out of what is or can be promised.

use std::collections::BTreeSet;

use inventory::{
    BalanceKey, Bucket, Context, HoldReason, LocationKind, Lot, MovementKind, NewMovement, NewTransfer,
    Place, Reason, StockDraft,
};
use kernel::{BalanceId, ProductId, Quantity, RecordId, ReservationId, WarehouseId};

use crate::allocate::allocate;
use crate::selection::take_out_of;
use crate::{Reservation, ReservationDraft, ReservationEvent, ReservationRefusal};

/// Moves a lot's available and its reserved stock that nobody handles to `held` (expired or recall), if the lot may not
/// leave any more; the reservations that lose it are allocated anew, the oldest first, else become short. Answers the
/// reservations that lost something. `why` stands on every movement. A repeat finds nothing left to move. Reservations are taken in portions (see
/// [`crate::ReservationNeeds::holders`]); what is left over is found by the next call.
///
/// # Errors
/// A refusal of the posting engine would mean that the books are wrong.
pub fn withdraw_lot(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    product: ProductId,
    lot: &Lot,
    why: Option<&Reason>,
    context: &Context,
) -> Result<Vec<ReservationId>, ReservationRefusal> {
    let facts = stock.lot(product, lot).unwrap_or_default();
    let Some(reason) = facts.blocked(context.now) else { return Ok(Vec::new()) };
    let warehouses: Vec<WarehouseId> = stock.warehouses().map(|warehouse| warehouse.id).collect();
    let mut promised = BTreeSet::new();
    let mut transfers = Vec::new();
    for warehouse in warehouses {
        for (key, available, reserved) in on_shelves(stock, product, lot, warehouse) {
            promised.extend(reserved);
            let Some(quantity) = available.positive() else { continue };
            transfers.push(NewTransfer {
                product,
                lot: lot.clone(),
                quantity,
                from: Place::At(key.location, Bucket::Available),
                to: Place::At(key.location, Bucket::Held(reason)),
                record_line: None,
                unit_cost: None,
            });
        }
    }
    if !transfers.is_empty() {
        let kind = MovementKind::Hold;
        let reason = why.cloned();
        let movement = NewMovement { kind, record: None, reason, effective_at: context.now, transfers };
        stock.post(movement, context)?;
    }
    let losers = own.holding(&promised);
    for id in &losers {
        take_from(stock, own, *id, &promised, (reason, why), context)?;
    }
    Ok(losers)
}

/// Holds the lots of these products that may not leave any more and are still offered in a warehouse: what every
/// command does that looks for stock there. It may change reservations, so it comes before they are read.
///
/// # Errors
/// Those of [`withdraw_lot`].
pub(crate) fn hold_blocked_lots(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    products: impl Iterator<Item = ProductId>,
    warehouse: WarehouseId,
    context: &Context,
) -> Result<(), ReservationRefusal> {
    let products: BTreeSet<_> = products.collect();
    let offered = products.into_iter().flat_map(|product| stock.scope(product, warehouse));
    let is_blocked = |key: &BalanceKey| {
        let lot = stock.lot(key.product, &key.lot);
        lot.is_some_and(|lot| lot.blocked(context.now).is_some())
    };
    let blocked: BTreeSet<_> = offered
        .filter(|(key, balance)| !key.lot.is_none() && !balance.available.is_zero() && is_blocked(key))
        .map(|(key, _)| (key.product, key.lot))
        .collect();
    for (product, lot) in blocked {
        withdraw_lot(stock, own, product, &lot, None, context)?;
    }
    Ok(())
}

/// The lot's balances on storage locations of a warehouse: what is available, and the row where something is
/// reserved.
fn on_shelves(
    stock: &StockDraft<'_>,
    product: ProductId,
    lot: &Lot,
    warehouse: WarehouseId,
) -> Vec<(BalanceKey, Quantity, Option<BalanceId>)> {
    let of_lot = stock.scope(product, warehouse).into_iter().filter(|(key, _)| key.lot == *lot);
    let is_storage = |key: &BalanceKey| {
        stock.location(key.location).is_some_and(|location| location.kind == LocationKind::Storage)
    };
    of_lot
        .filter(|(key, _)| is_storage(key))
        .map(|(key, balance)| {
            let reserved = balance.id.filter(|_| !balance.reserved.is_zero());
            (key, balance.available, reserved)
        })
        .collect()
}

/// One reservation gives up what it holds of the lot and takes other stock where there is some.
fn take_from(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    id: ReservationId,
    promised: &BTreeSet<BalanceId>,
    (reason, why): (HoldReason, Option<&Reason>),
    context: &Context,
) -> Result<(), ReservationRefusal> {
    let Some(mut reservation) = own.get(id).cloned() else { return Ok(()) };
    let to_held = |key: &BalanceKey| Place::At(key.location, Bucket::Held(reason));
    let mut transfers = Vec::new();
    let mut lost = Vec::with_capacity(reservation.lines.len());
    for line in &mut reservation.lines {
        let of_lot = |held: &crate::Allocation| promised.contains(&held.balance);
        let taken = take_out_of(line, line.reserved(), of_lot, to_held);
        let sum = taken.iter().fold(Quantity::ZERO, |sum, taken| sum.saturating_add(taken.quantity.get()));
        line.short = line.short.saturating_add(sum);
        lost.push(sum);
        transfers.extend(taken);
    }
    if transfers.is_empty() {
        return Ok(());
    }
    post(stock, &reservation, (MovementKind::Reallocate, why), transfers, context)?;
    let found = allocate(stock, &reservation.lines, &lost, reservation.warehouse, context.now);
    let transfers = found.transfers(&reservation.lines);
    found.apply(&mut reservation.lines);
    if !transfers.is_empty() {
        post(stock, &reservation, (MovementKind::Reserve, None), transfers, context)?;
    }
    reservation.change(ReservationEvent::Reallocate, context.now);
    own.record(stock, reservation, "reservation.reallocated", None);
    Ok(())
}

fn post(
    stock: &mut StockDraft<'_>,
    reservation: &Reservation,
    (kind, why): (MovementKind, Option<&Reason>),
    transfers: Vec<NewTransfer>,
    context: &Context,
) -> Result<(), ReservationRefusal> {
    let record = Some(RecordId(reservation.id.0));
    let reason = why.cloned();
    let movement = NewMovement { kind, record, reason, effective_at: context.now, transfers };
    stock.post(movement, context)?;
    Ok(())
}
