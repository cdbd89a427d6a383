//! The receiving session of a purchase order: what is still owed.

use kernel::RecordId;

use crate::create_record::make;
use crate::module::{SheetLine, numbered};
use crate::modules::{ReceivingLine, ReceivingSession};
use crate::{Body, CreateRecord, Floor, Module, OperationsRefusal, Priority, RecordState, Sheet};

/// Make the receiving session of a purchase order.
#[derive(Debug, Clone)]
pub struct CreateReceivingSession {
    /// The order.
    pub order: RecordId,
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
    let create = CreateRecord {
        body: Body::ReceivingSessions(Sheet { payload, lines }),
        warehouse: Some(head.warehouse_code.clone()),
        priority: Priority::Normal,
        assignee: None,
        due_at: None,
    };
    make(floor, &create, Some(command.order))
}

/// The record of a module that was made from another one and is neither posted, closed nor cancelled.
pub(crate) fn unfinished(floor: &Floor<'_, '_>, source: RecordId, module: Module) -> Option<RecordId> {
    let made = floor.records.made_from(source, module);
    let is_open = |state: RecordState| !state.is_final() && state != RecordState::Posted;
    made.into_iter().find(|record| is_open(record.head.state)).map(|record| record.head.id)
}
