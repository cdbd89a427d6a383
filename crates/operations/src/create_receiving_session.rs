//! The receiving session of a purchase order: what is still owed.

use kernel::RecordId;

use crate::chain::{next_of, unfinished};
use crate::create_record::make;
use crate::module::{SheetLine, numbered};
use crate::modules::{ReceivingLine, ReceivingSession};
use crate::{Body, Floor, Module, OperationsRefusal, Sheet};

/// Make the receiving session of a purchase order.
#[derive(Debug, Clone)]
pub struct CreateReceivingSession {
    /// The order.
    pub order: RecordId,
    /// The version of it that the caller has seen.
    pub expected_version: Option<kernel::Version>,
}

/// Makes a session for the lines that are still owed, of an order that is ordered or receiving. While there is one that
/// is neither posted nor cancelled, it answers that one.
///
/// # Errors
/// [`OperationsRefusal::RecordNotFound`], [`OperationsRefusal::InvalidTransition`] where nothing may come for the order,
/// [`OperationsRefusal::NothingLeft`].
pub fn create_receiving_session(
    floor: &mut Floor<'_, '_>,
    command: &CreateReceivingSession,
) -> Result<RecordId, OperationsRefusal> {
    floor.records.of(Module::PurchaseOrders, command.order, command.expected_version)?;
    if let Some(open) = unfinished(floor, command.order, Module::ReceivingSessions) {
        return Ok(open);
    }
    let (head, order) = crate::modules::open_order(command.order, floor)?;
    let owed = numbered(&order.lines).filter(|(_, line)| !line.owed().is_zero());
    let lines: Vec<_> = owed
        .map(|(line_no, line)| ReceivingLine {
            sku: line.sku.clone(),
            planned: line.owed(),
            actual: None,
            rejected: kernel::Quantity::ZERO,
            lot: None,
            expires_on: None,
            location: None,
            unit_cost: line.unit_cost,
            order_line: Some(line_no),
            into_inspection: false,
            inspected: kernel::Quantity::ZERO,
            failed: kernel::Quantity::ZERO,
        })
        .collect();
    if lines.is_empty() {
        return Err(OperationsRefusal::NothingLeft { number: head.number.to_string() });
    }
    let payload = ReceivingSession {
        purchase_order_id: Some(command.order),
        vendor: Some(order.payload.vendor.clone()),
        dock: None,
        reference: None,
    };
    let body = Body::ReceivingSessions(Sheet { payload, lines });
    make(floor, &next_of(head, body), Some(command.order))
}
