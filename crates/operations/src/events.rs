//! What others are told of records and work items. The ERP's own: none of it is for Commerce.

use inventory::StockDraft;
use kernel::{Audience, NewEvent};
use serde_json::json;

use crate::{Record, WorkItem};

/// Tells it once for a command: the last word counts.
pub(crate) fn tell(stock: &mut StockDraft<'_>, event: NewEvent) {
    stock.events.retain(|earlier| earlier.subject != event.subject);
    stock.events.push(event);
}

/// A record has become what it is now.
pub(crate) fn of_record(record: &Record, action: &'static str) -> NewEvent {
    let head = &record.head;
    NewEvent {
        subject: format!("operations/{}/{}", record.module().as_str(), head.id),
        subject_seq: head.version,
        kind: match action {
            "created" => "operations.record_created",
            "posted" => "operations.record_posted",
            "reversed" => "operations.record_reversed",
            _ => "operations.record_changed",
        },
        audience: Audience::Internal,
        data: json!({
            "id": head.id,
            "number": head.number,
            "module": record.module(),
            "state": head.state,
            "version": head.version,
            "warehouse": head.warehouse_code,
            "action": action,
        }),
    }
}

/// A work item has become what it is now.
pub(crate) fn of_work(item: &WorkItem) -> NewEvent {
    NewEvent {
        subject: format!("work-items/{}", item.id),
        subject_seq: item.version,
        kind: "work_item.changed",
        audience: Audience::Internal,
        data: json!({
            "id": item.id,
            "kind": item.kind,
            "state": item.state,
            "version": item.version,
            "reference": item.reference,
        }),
    }
}
