//! What a receiving session means for the purchase order that it belongs to: which line it is for, how much may come, and
//! what the order counts.

use inventory::{HoldReason, NewTransfer, StockRefusal};
use kernel::{Quantity, RecordId};

use super::receiving_sessions::is_to;
use super::vendors::vendor;
use super::{PurchaseOrderLine, PurchaseOrders, ReceivingSessions};
use crate::module::{Moved, Sheet, Step, numbered, place_of_line};
use crate::{Body, Floor, Head, Module, OperationsRefusal, OverReceipt, RecordState};

/// A line for a product that one line of the order names is for that line.
pub(crate) fn bind(sheet: &mut Sheet<ReceivingSessions>, floor: &Floor<'_, '_>) {
    let order = sheet.payload.purchase_order_id.and_then(|id| floor.records.get(id));
    let Some(Body::PurchaseOrders(order)) = order.map(|order| &order.body) else { return };
    for line in sheet.lines.iter_mut().filter(|line| line.order_line.is_none()) {
        let mut of_sku = numbered(&order.lines).filter(|(_, ordered)| ordered.sku == line.sku);
        if let (Some((line_no, _)), None) = (of_sku.next(), of_sku.next()) {
            line.order_line = Some(line_no);
        }
    }
}

pub(crate) fn order_line<'f>(
    order: Option<RecordId>,
    line_no: u32,
    floor: &'f Floor<'_, '_>,
) -> Option<&'f PurchaseOrderLine> {
    let Body::PurchaseOrders(sheet) = &floor.records.get(order?)?.body else { return None };
    sheet.lines.get(place_of_line(line_no)?)
}

/// Percent of the order line over all its receipts: of the product, else of the vendor, else none. What was not ordered at all is over.
pub(crate) fn check_tolerance(
    sheet: &Sheet<ReceivingSessions>,
    order: &Sheet<PurchaseOrders>,
    floor: &Floor<'_, '_>,
) -> Result<(), OperationsRefusal> {
    let of_vendor = vendor(&order.payload.vendor, floor).and_then(|(_, vendor)| vendor.over_receipt_percent);
    let mut over = Vec::new();
    for (line_no, ordered) in numbered(&order.lines) {
        let of_line = sheet.lines.iter().filter(|line| line.order_line == Some(line_no));
        let now = of_line.fold(Quantity::ZERO, |sum, line| sum.saturating_add(line.accepted()));
        let before = ordered.received.saturating_sub(ordered.rejected);
        let product = floor.stock.product_by_sku(&ordered.sku);
        let percent = product.and_then(|product| product.over_receipt_percent).or(of_vendor);
        let extra = ordered.planned.get().percent(percent.unwrap_or_default());
        let most = ordered.planned.get().saturating_add(extra);
        if !now.is_zero() && before.saturating_add(now) > most {
            over.push(OverReceipt {
                line_no,
                sku: ordered.sku.clone(),
                ordered: ordered.planned.get(),
                received_before: before,
                received_now: now,
                most,
            });
        }
    }
    let unordered = numbered(&sheet.lines).filter(|(_, line)| line.order_line.is_none());
    for (line_no, line) in unordered.filter(|(_, line)| !line.accepted().is_zero()) {
        over.push(OverReceipt {
            line_no,
            sku: line.sku.clone(),
            ordered: Quantity::ZERO,
            received_before: Quantity::ZERO,
            received_now: line.accepted(),
            most: Quantity::ZERO,
        });
    }
    if over.is_empty() { Ok(()) } else { Err(OperationsRefusal::OverReceipt { lines: over }) }
}

/// The order counts what came and what was rejected. It closes by itself when nothing is owed, and opens again when a
/// receipt is undone.
pub(crate) fn tell_order(
    id: RecordId,
    sheet: &Sheet<ReceivingSessions>,
    moved: &Moved<'_>,
    floor: &mut Floor<'_, '_>,
) -> Result<(), OperationsRefusal> {
    let mut record = floor.records.of(Module::PurchaseOrders, id, None)?.clone();
    let Body::PurchaseOrders(order) = &mut record.body else { return Ok(()) };
    for (line_no, line) in numbered(&sheet.lines) {
        let Some(at) = line.order_line.and_then(place_of_line) else { continue };
        let Some(ordered) = order.lines.get_mut(at) else { continue };
        if moved.step == Step::Post {
            ordered.received = moved.added(ordered.received, line_no, |_| true);
        }
        let is_rejected = |transfer: &NewTransfer| is_to(transfer, HoldReason::Damaged);
        ordered.rejected = moved.added(ordered.rejected, line_no, is_rejected);
        if ordered.received > Quantity::MAX {
            return Err(StockRefusal::Overflow { sku: ordered.sku.clone() }.into());
        }
    }
    let is_complete = order.is_complete();
    let head = &mut record.head;
    let had_closed_itself = std::mem::replace(&mut order.payload.received_in_full, is_complete);
    match head.state {
        RecordState::Ordered | RecordState::Receiving => {
            head.state = if is_complete { RecordState::Closed } else { RecordState::Receiving };
        }
        RecordState::Closed if had_closed_itself && !is_complete => head.state = RecordState::Receiving,
        RecordState::Closed => order.payload.received_in_full = had_closed_itself,
        RecordState::Open
        | RecordState::Approved
        | RecordState::InProgress
        | RecordState::Posted
        | RecordState::Blocked
        | RecordState::Cancelled => order.payload.received_in_full = false,
    }
    floor.save(record, if moved.undone { "receipt_reversed" } else { "received" }, None);
    Ok(())
}

/// The order that a session belongs to, where goods may still come for it.
pub(crate) fn open_order<'f>(
    id: RecordId,
    floor: &'f Floor<'_, '_>,
) -> Result<(&'f Head, &'f Sheet<PurchaseOrders>), OperationsRefusal> {
    let record = floor.records.of(Module::PurchaseOrders, id, None)?;
    let head = &record.head;
    let Body::PurchaseOrders(sheet) = &record.body else {
        return Err(OperationsRefusal::RecordNotFound { module: Module::PurchaseOrders, id: id.to_string() });
    };
    if !matches!(head.state, RecordState::Ordered | RecordState::Receiving) {
        let (what, allowed) = (head.number.to_string(), record.allowed());
        return Err(OperationsRefusal::InvalidTransition { what, from: head.state, to: None, allowed });
    }
    Ok((head, sheet))
}
