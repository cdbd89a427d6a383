//! Records and work items as they are shown, and the port for reading them.

use inventory::{Lot, Page, Reason, Sku, WarehouseCode};
use kernel::{
    ActorId, ActorType, Quantity, RecordId, RequestId, ScanId, Source as SourceSystem, StoreError, Timestamp,
    Version, WorkItemId,
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    Assignee, Module, Posting, Priority, Record, RecordNumber, RecordState, Reference, ScanFilter, ScanView,
    Title, TraceEntry, WorkItem, WorkKind, WorkState,
};

/// A record.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of Record")]
pub struct RecordView {
    pub id: RecordId,
    pub number: RecordNumber,
    pub module: Module,
    pub state: RecordState,
    /// Where it goes back to, while it is blocked.
    pub blocked_from: Option<RecordState>,
    pub reason: Option<Reason>,
    pub version: Version,
    pub warehouse: WarehouseCode,
    /// The fields of its module.
    pub payload: Map<String, Value>,
    /// The lines of its module, each with its `line_no`.
    pub lines: Vec<Map<String, Value>>,
    pub work_item_id: WorkItemId,
    /// The record that it was made from.
    pub source_record_id: Option<RecordId>,
    pub allowed_transitions: Vec<RecordState>,
    pub movements: Vec<Posting>,
    pub created_by: ActorId,
    pub approved_by: Option<ActorId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

impl From<&Record> for RecordView {
    fn from(record: &Record) -> Self {
        let head = &record.head;
        let content = record.body.content();
        let hidden = content.hidden(head);
        let lines = (1_u32..).zip(content.lines()).map(|(line_no, line)| {
            let mut shown = Map::new();
            shown.insert("line_no".to_owned(), line_no.into());
            shown.extend(fields(line));
            shown.retain(|name, _| !hidden.contains(&name.as_str()));
            shown
        });
        Self {
            id: head.id,
            number: head.number,
            module: record.module(),
            state: head.state,
            blocked_from: head.blocked_from,
            reason: head.reason.clone(),
            version: head.version,
            warehouse: head.warehouse_code.clone(),
            payload: fields(content.payload()),
            lines: lines.collect(),
            work_item_id: head.work_item,
            source_record_id: head.source,
            allowed_transitions: record.allowed(),
            movements: head.postings.clone(),
            created_by: head.created_by.id.clone(),
            approved_by: head.approved_by.clone(),
            created_at: head.created_at,
            updated_at: head.updated_at,
        }
    }
}

/// A work item.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of WorkItem")]
pub struct WorkItemView {
    pub id: WorkItemId,
    pub kind: WorkKind,
    pub title: Title,
    pub state: WorkState,
    pub priority: Priority,
    pub assignee: Option<Assignee>,
    pub due_at: Option<Timestamp>,
    pub reference: Option<Reference>,
    pub blocked_reason: Option<Reason>,
    pub allowed_transitions: Vec<WorkState>,
    pub version: Version,
    pub created_by: ActorId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<&WorkItem> for WorkItemView {
    fn from(item: &WorkItem) -> Self {
        Self {
            id: item.id,
            kind: item.kind,
            title: item.title.clone(),
            state: item.state,
            priority: item.priority,
            assignee: item.assignee.clone(),
            due_at: item.due_at,
            reference: item.reference.clone(),
            blocked_reason: item.blocked_reason.clone(),
            allowed_transitions: item.state.allowed().to_vec(),
            version: item.version,
            created_by: item.created_by.id.clone(),
            created_at: item.created_at,
            updated_at: item.updated_at,
        }
    }
}

/// Who did what to a record or a work item.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct HistoryEntry {
    /// The version that the change made.
    pub version: Version,
    pub action: String,
    pub from_state: Option<String>,
    pub to_state: String,
    pub reason: Option<Reason>,
    pub actor_id: ActorId,
    pub actor_type: ActorType,
    pub source_system: SourceSystem,
    pub request_id: RequestId,
    pub recorded_at: Timestamp,
}

/// Which records are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFilter {
    /// Of this module.
    pub module: Module,
    /// In this state.
    pub state: Option<RecordState>,
    /// With a line of this product.
    pub sku: Option<Sku>,
    /// Of this warehouse.
    pub warehouse: Option<WarehouseCode>,
    /// Made from this record.
    pub source: Option<RecordId>,
    /// With this number.
    pub number: Option<i64>,
}

/// Which work items are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkFilter {
    /// Of this kind.
    pub kind: Option<WorkKind>,
    /// In this state.
    pub state: Option<WorkState>,
    /// Of this urgency.
    pub priority: Option<Priority>,
    /// Of this person.
    pub assignee: Option<Assignee>,
    /// About a record of this module.
    pub module: Option<Module>,
    /// About this record.
    pub record: Option<RecordId>,
}

/// What a record still brings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Supply {
    pub sku: Sku,
    pub record: RecordId,
    pub owed: Quantity,
}

/// Reads of records and work items. Each call reads one snapshot.
pub trait RecordViews {
    /// The record of any module with this id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn record(&mut self, id: RecordId) -> Result<Option<RecordView>, StoreError>;

    /// Records, oldest first, and the place where the page ended (the last `seq`) if there are more.
    ///
    /// # Errors
    /// [`StoreError`].
    fn records(
        &mut self,
        filter: &RecordFilter,
        page: &Page,
    ) -> Result<(Vec<RecordView>, Option<String>), StoreError>;

    /// The work item with this id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn work_item(&mut self, id: WorkItemId) -> Result<Option<WorkItemView>, StoreError>;

    /// Work items, oldest first, and the place where the page ended (the last `seq`) if there are more.
    ///
    /// # Errors
    /// [`StoreError`].
    fn work_items(
        &mut self,
        filter: &WorkFilter,
        page: &Page,
    ) -> Result<(Vec<WorkItemView>, Option<String>), StoreError>;

    /// What purchase orders in ordered or receiving still owe of these products (of all, where none is named), and what
    /// transfers have on the way, in one warehouse or in all: record by record, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn supply(&mut self, skus: &[Sku], warehouse: Option<&WarehouseCode>) -> Result<Vec<Supply>, StoreError>;

    /// Where goods of a lot or serial number came from and went, in the order of the ledger, and the place where the page
    /// ended if there is more.
    ///
    /// # Errors
    /// [`StoreError`].
    fn trace(
        &mut self,
        sku: &Sku,
        lot: &Lot,
        page: &Page,
    ) -> Result<(Vec<TraceEntry>, Option<String>), StoreError>;

    /// The scan with this id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn scan(&mut self, id: ScanId) -> Result<Option<ScanView>, StoreError>;

    /// Scans, oldest first, and the place where the page ended (the last `seq`) if there are more.
    ///
    /// # Errors
    /// [`StoreError`].
    fn scans(
        &mut self,
        filter: &ScanFilter,
        page: &Page,
    ) -> Result<(Vec<ScanView>, Option<String>), StoreError>;

    /// Who did what to a record or a work item, the first first, and the place where the page ended (the last version)
    /// if there is more.
    ///
    /// # Errors
    /// [`StoreError`].
    fn history(
        &mut self,
        subject: uuid::Uuid,
        page: &Page,
    ) -> Result<(Vec<HistoryEntry>, Option<String>), StoreError>;
}
