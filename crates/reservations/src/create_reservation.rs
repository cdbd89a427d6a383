//! Reserving stock for an order.

use std::collections::BTreeSet;

use inventory::{
    Context, LocationCode, Lot, MovementKind, NewMovement, Sku, StockDraft, StockRefusal, Warehouse,
    WarehouseCode,
};
use kernel::{PositiveQuantity, Quantity, RecordId, ReservationId, Source, Timestamp, Version};
use serde_json::{Map, Value};

use crate::allocate::{Allocated, allocate};
use crate::resolve_lines::resolve;
use crate::{
    Line, LineRef, OrderRef, Reservation, ReservationDraft, ReservationRefusal, ReservationState,
    expire_reservation, hold_blocked_lots,
};

/// One line of an order, as it is asked for.
#[derive(Debug, Clone)]
pub struct NewLine {
    /// What.
    pub sku: Sku,
    /// How much.
    pub quantity: PositiveQuantity,
    /// What the other system calls the line.
    pub line_ref: Option<LineRef>,
    /// From this location only.
    pub location: Option<LocationCode>,
    /// From this lot only.
    pub lot: Option<Lot>,
}

/// When a reservation runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At a moment.
    At(Timestamp),
    /// So many seconds after it is made.
    AfterSeconds(u32),
}

/// Reserve stock for an order.
#[derive(Debug, Clone)]
pub struct CreateReservation {
    /// The system that reserves.
    pub source: Source,
    /// Its order.
    pub order_ref: OrderRef,
    /// The warehouse to take from; none for the default one.
    pub warehouse: Option<WarehouseCode>,
    /// What is ordered.
    pub lines: Vec<NewLine>,
    /// Take what there is, even if it is less.
    pub allow_partial: bool,
    /// Try again later for what is short.
    pub backorder: bool,
    /// When it runs out; none: never.
    pub expiry: Option<Expiry>,
    /// Where it goes.
    pub ship_to: Option<Map<String, Value>>,
    /// When it should leave.
    pub ship_by: Option<Timestamp>,
    /// The other system's own.
    pub metadata: Option<Map<String, Value>>,
    /// Reserve kits that have no stock of their own as their components.
    pub explode_kits: bool,
}

/// Reserves all lines, or (with `allow_partial`) what there is of them, in one movement. Takes by first expiry, pick
/// priority, fullest balance; gives back what expired reservations still hold before it says that there is not
/// enough. A second call for an order that has an active reservation is refused.
///
/// # Errors
/// A [`ReservationRefusal`], with nothing reserved.
pub fn create_reservation(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    command: &CreateReservation,
    context: &Context,
) -> Result<ReservationId, ReservationRefusal> {
    let unknown = || StockRefusal::UnknownWarehouse { code: command.warehouse.clone() };
    let in_use = stock.warehouse(command.warehouse.as_ref()).filter(|warehouse| warehouse.active);
    let warehouse = in_use.ok_or_else(unknown)?.clone();
    let mut lines = resolve(stock, &command.lines, &warehouse, command.explode_kits, (1, &[]))?;
    let wanted: Vec<_> = lines.iter().map(|line| line.short).collect();
    let expires_at = expiry(command.expiry, context.now)?;
    if let Some(active) = own.active_of(&command.source, &command.order_ref) {
        let id = active.id;
        // What is in the hands of the floor does not run out: the order has it still.
        if !active.is_due(context.now) || !active.bound().is_zero() {
            return Err(ReservationRefusal::OrderTaken { order: command.order_ref.clone(), id });
        }
        expire_reservation(stock, own, id, context)?;
    }
    hold_blocked_lots(stock, own, lines.iter().map(|line| line.product), warehouse.id, context)?;
    let allocated = find_stock(stock, own, &lines, &wanted, &warehouse, context)?;
    let too_little = allocated.is_empty() && !command.backorder;
    if allocated.is_short() && (!command.allow_partial || too_little) {
        return Err(StockRefusal::Insufficient { shortages: allocated.shortages(&lines, &wanted) }.into());
    }
    let id = ReservationId(stock.numbering.mint.uuid());
    let transfers = allocated.transfers(&lines);
    allocated.apply(&mut lines);
    if !transfers.is_empty() {
        let kind = MovementKind::Reserve;
        let record = Some(RecordId(id.0));
        let movement = NewMovement { kind, record, reason: None, effective_at: context.now, transfers };
        stock.post(movement, context)?;
    }
    let reservation = Reservation {
        id,
        seq: stock.numbering.counters.take_id(),
        source: command.source.clone(),
        order_ref: command.order_ref.clone(),
        warehouse: warehouse.id,
        warehouse_code: warehouse.code,
        state: ReservationState::Active,
        version: Version::NONE.next(),
        allow_partial: command.allow_partial,
        backorder: command.backorder,
        expires_at,
        ship_to: command.ship_to.clone(),
        ship_by: command.ship_by,
        metadata: command.metadata.clone(),
        created_at: context.now,
        updated_at: context.now,
        request: context.request,
        stored: Version::NONE,
        lines,
    };
    own.record(stock, reservation, "reservation.created", None);
    Ok(id)
}

pub(crate) fn expiry(
    expiry: Option<Expiry>,
    now: Timestamp,
) -> Result<Option<Timestamp>, ReservationRefusal> {
    match expiry {
        None => Ok(None),
        Some(Expiry::AfterSeconds(seconds)) => Ok(Some(now.plus_seconds(seconds.into()))),
        Some(Expiry::At(at)) if at > now => Ok(Some(at)),
        Some(Expiry::At(_)) => {
            Err(ReservationRefusal::InvalidTime { field: "expires_at", why: "lies in the past" })
        }
    }
}

/// Finds stock for what the lines want; where that is not enough, what expired reservations hold of it is given back
/// first. The caller has held the lots that may not leave any more.
pub(crate) fn find_stock(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    lines: &[Line],
    wanted: &[Quantity],
    warehouse: &Warehouse,
    context: &Context,
) -> Result<Allocated, ReservationRefusal> {
    let first = allocate(stock, lines, wanted, warehouse.id, context.now);
    if stock.is_void() || !first.is_short() {
        return Ok(first);
    }
    let short = lines.iter().zip(&first.short).filter(|(_, short)| !short.is_zero());
    let products: BTreeSet<_> = short.map(|(line, _)| line.product).collect();
    let due: BTreeSet<_> =
        products.into_iter().flat_map(|product| own.due(product, warehouse.id, context.now)).collect();
    if due.is_empty() {
        return Ok(first);
    }
    for id in due {
        expire_reservation(stock, own, id, context)?;
    }
    Ok(allocate(stock, lines, wanted, warehouse.id, context.now))
}
