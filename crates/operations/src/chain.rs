//! Records that are made from other records: which there are, and what they have done.

use std::collections::BTreeMap;

use kernel::{Quantity, RecordId};

use crate::{Body, CreateRecord, Floor, Head, Module, Priority};

/// The record of a module that was made from another one and is neither posted, closed nor cancelled.
pub(crate) fn unfinished(floor: &Floor<'_, '_>, source: RecordId, module: Module) -> Option<RecordId> {
    let made = floor.records.made_from(source, module);
    made.into_iter().find(|record| record.is_open()).map(|record| record.head.id)
}

/// How much of each line of a record the records of a module that were made from it have posted.
pub(crate) fn posted_from(
    floor: &Floor<'_, '_>,
    source: RecordId,
    module: Module,
) -> BTreeMap<u32, Quantity> {
    let mut done: BTreeMap<u32, Quantity> = BTreeMap::new();
    for record in floor.records.made_from(source, module) {
        if !record.head.standing().has_posted {
            continue;
        }
        for line in record.lines() {
            let sum = done.entry(line.source_line.unwrap_or_default()).or_default();
            *sum = sum.saturating_add(line.actual.unwrap_or_default());
        }
    }
    done
}

/// A record that goes on where another one stopped, in its warehouse.
pub(crate) fn next_of(head: &Head, body: Body) -> CreateRecord {
    CreateRecord {
        body,
        warehouse: Some(head.warehouse_code.clone()),
        priority: Priority::Normal,
        assignee: None,
        due_at: None,
    }
}
