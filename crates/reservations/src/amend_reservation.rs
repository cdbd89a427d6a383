//! Changing what an order asks for, and how long it is kept.

use std::collections::BTreeSet;

use inventory::{Bucket, Context, MovementKind, NewTransfer, Place, StockDraft, StockRefusal, Warehouse};
use kernel::{PositiveQuantity, Quantity, ReservationId, Version};

use crate::create_reservation::{Expiry, NewLine, expiry, find_stock};
use crate::release_reservation::post_back;
use crate::resolve_lines::resolve;
use crate::selection::{LineWanted, place_of, take_out};
use crate::{Line, Reservation, ReservationDraft, ReservationEvent, ReservationRefusal, hold_blocked_lots};

/// What happens to one line.
#[derive(Debug, Clone)]
pub enum LineChange {
    /// The line asks for this much in all from now on, what was shipped and given back included.
    Set {
        /// Which line.
        line: LineWanted,
        /// How much.
        quantity: PositiveQuantity,
    },
    /// One more line.
    Add(NewLine),
}

/// Change an active reservation, all of it or nothing.
#[derive(Debug, Clone)]
pub struct AmendReservation {
    /// Which one.
    pub id: ReservationId,
    /// The version that the caller has seen.
    pub expected_version: Option<Version>,
    /// When it runs out from now on (none: never); nothing: as before.
    pub expiry: Option<Option<Expiry>>,
    /// What changes in the lines.
    pub lines: Vec<LineChange>,
    /// Reserve added kits as their components.
    pub explode_kits: bool,
}

/// Extends the reservation, adds lines, and makes lines larger or smaller. What grows must be there in full, however
/// the reservation was made; what shrinks gives up what is short first, then what is held. A repeat is refused by its
/// version.
///
/// # Errors
/// A [`ReservationRefusal`], with nothing changed; one that has run out is not extended.
pub fn amend_reservation(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    command: &AmendReservation,
    context: &Context,
) -> Result<ReservationId, ReservationRefusal> {
    let seen = own.active(command.id, command.expected_version)?;
    if seen.is_due(context.now) {
        return Err(ReservationRefusal::Due { id: command.id });
    }
    let unknown = || StockRefusal::UnknownWarehouse { code: Some(seen.warehouse_code.clone()) };
    let warehouse = stock.warehouse(Some(&seen.warehouse_code)).ok_or_else(unknown)?.clone();
    let added = added(stock, command, &seen, &warehouse)?;
    let products = seen.lines.iter().chain(&added).map(|line| line.product);
    hold_blocked_lots(stock, own, products, warehouse.id, context)?;
    // It may be one of those that just lost something.
    let mut reservation = own.active(command.id, None)?;
    if let Some(wanted) = command.expiry {
        reservation.expires_at = expiry(wanted, context.now)?;
    }
    let held_something = !reservation.reserved().is_zero();
    let (mut wanted, transfers) = resized(stock, &mut reservation, command)?;
    wanted.extend(added.iter().map(|line| line.short));
    reservation.lines.extend(added);
    // What is given back first can be taken by what grows.
    post_back(stock, &reservation, transfers, MovementKind::Release, None, context)?;
    let found = find_stock(stock, own, &reservation.lines, &wanted, &warehouse, context)?;
    if found.is_short() {
        return Err(
            StockRefusal::Insufficient { shortages: found.shortages(&reservation.lines, &wanted) }.into()
        );
    }
    let taken = found.transfers(&reservation.lines);
    found.apply(&mut reservation.lines);
    post_back(stock, &reservation, taken, MovementKind::Reserve, None, context)?;
    if held_something && reservation.reserved().is_zero() && !reservation.backorder {
        reservation.give_up_short();
    }
    reservation.settle(ReservationEvent::Amend, context.now);
    own.record(stock, reservation, "reservation.amended", None);
    Ok(command.id)
}

/// The lines that come on top of those that are there.
fn added(
    stock: &StockDraft<'_>,
    command: &AmendReservation,
    seen: &Reservation,
    warehouse: &Warehouse,
) -> Result<Vec<Line>, ReservationRefusal> {
    let added = command.lines.iter().filter_map(|change| match change {
        LineChange::Add(line) => Some(line.clone()),
        LineChange::Set { .. } => None,
    });
    let first = seen.lines.last().map_or(0, |line| line.line_no).saturating_add(1);
    resolve(stock, &added.collect::<Vec<_>>(), warehouse, command.explode_kits, (first, &seen.lines))
}

/// Makes lines larger and smaller; answers what each wants more, and the transfers that give back what is wanted less.
fn resized(
    stock: &StockDraft<'_>,
    reservation: &mut Reservation,
    command: &AmendReservation,
) -> Result<(Vec<Quantity>, Vec<NewTransfer>), ReservationRefusal> {
    let mut wanted = vec![Quantity::ZERO; reservation.lines.len()];
    let (mut transfers, mut named) = (Vec::new(), BTreeSet::new());
    for change in &command.lines {
        let LineChange::Set { line, quantity } = change else { continue };
        let at = place_of(reservation, line, &mut named)?;
        let (Some(line), Some(wanted)) = (reservation.lines.get_mut(at), wanted.get_mut(at)) else {
            continue;
        };
        transfers.extend(resize(line, *quantity, wanted)?);
        check_size(stock, line, *wanted)?;
    }
    Ok((wanted, transfers))
}

/// What grows must be a product that can be ordered; what shrinks comes in whole steps, or ends with what is done.
fn check_size(stock: &StockDraft<'_>, line: &Line, wanted: Quantity) -> Result<(), StockRefusal> {
    let unknown = || StockRefusal::UnknownSku { skus: vec![line.sku.clone()] };
    let product = stock.product(line.product).ok_or_else(unknown)?;
    if !wanted.is_zero() {
        return product.check_order(line.requested.get());
    }
    if line.is_open() { product.check_step(line.requested.get()) } else { Ok(()) }
}

/// Makes a line ask for this much. What it wants more is noted, and is short until stock is found; what it wants less
/// is given up, and the transfers that give back what it held are answered.
fn resize(
    line: &mut Line,
    quantity: PositiveQuantity,
    wanted: &mut Quantity,
) -> Result<Vec<NewTransfer>, ReservationRefusal> {
    let over = line.released.saturating_add(line.consumed).saturating_add(line.bound());
    let (before, after) = (line.requested.get(), quantity.get());
    if after < over {
        return Err(ReservationRefusal::BelowDone { line_no: line.line_no, quantity: after, done: over });
    }
    line.requested = quantity;
    if let Some(more) = after.checked_sub(before) {
        *wanted = more;
        line.short = line.short.saturating_add(more);
        return Ok(Vec::new());
    }
    let less = before.saturating_sub(after);
    let given_up = less.min(line.short);
    line.short = line.short.saturating_sub(given_up);
    let back = less.saturating_sub(given_up);
    Ok(take_out(line, back, |key| Place::At(key.location, Bucket::Available)))
}
