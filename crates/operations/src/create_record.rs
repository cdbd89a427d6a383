//! Making a record, with the work item that follows it.

use inventory::{StockRefusal, WarehouseCode};
use kernel::{RecordId, Timestamp, Version, WorkItemId};

use crate::create_work_item::new_item;
use crate::{
    Assignee, Body, Floor, Head, OperationsRefusal, Priority, Record, RecordState, Reference, Title,
    WorkItem, WorkState,
};

/// Make a record.
#[derive(Debug, Clone)]
pub struct CreateRecord {
    /// What it says.
    pub body: Body,
    /// The warehouse; none for the default one.
    pub warehouse: Option<WarehouseCode>,
    /// How soon it is to be done.
    pub priority: Priority,
    /// Who does it.
    pub assignee: Option<Assignee>,
    /// When it should be done.
    pub due_at: Option<Timestamp>,
}

/// Makes an open record with a number of its module and a work item that follows it.
///
/// # Errors
/// What its module says of the content, [`StockRefusal::UnknownWarehouse`], [`OperationsRefusal::KeyTaken`].
pub fn create_record(
    floor: &mut Floor<'_, '_>,
    command: &CreateRecord,
) -> Result<RecordId, OperationsRefusal> {
    make(floor, command, None)
}

/// Makes a record from another one, or from nothing.
pub(crate) fn make(
    floor: &mut Floor<'_, '_>,
    command: &CreateRecord,
    source: Option<RecordId>,
) -> Result<RecordId, OperationsRefusal> {
    let code = command.warehouse.as_ref();
    let warehouse = floor.stock.warehouse(code).filter(|warehouse| warehouse.active);
    let warehouse = warehouse.ok_or_else(|| StockRefusal::UnknownWarehouse { code: code.cloned() })?.clone();
    let module = command.body.module();
    let declaration = module.declaration();
    let number = floor.records.take_number(module);
    let numbering = &mut floor.stock.numbering;
    let (id, work_item) = (RecordId(numbering.mint.uuid()), WorkItemId(numbering.mint.uuid()));
    let (seq, work_seq) = (numbering.counters.take_id(), numbering.counters.take_id());
    let head = Head {
        id,
        seq,
        number,
        state: RecordState::Open,
        blocked_from: None,
        reason: None,
        warehouse: warehouse.id,
        warehouse_code: warehouse.code,
        work_item,
        source: source.or_else(|| command.body.content().source()),
        postings: Vec::new(),
        created_by: floor.actor.clone(),
        approved_by: None,
        created_at: floor.context.now,
        updated_at: floor.context.now,
        version: Version::NONE,
        request: floor.context.request,
        stored: Version::NONE,
    };
    let mut body = command.body.clone();
    body.content_mut().check(&head, floor)?;
    check_key(floor, &head, &body)?;
    let title: Title =
        format!("{} {number}", declaration.title).parse().map_err(|error: kernel::Invalid| {
            OperationsRefusal::Invalid(vec![crate::Fault { pointer: String::new(), why: error.0 }])
        })?;
    let state = WorkState::of_record(head.state, declaration.approval_completes);
    let item = WorkItem {
        priority: command.priority,
        assignee: command.assignee.clone(),
        due_at: command.due_at,
        reference: Some(Reference { module, record_id: id }),
        follows: true,
        ..new_item((work_item, work_seq), (declaration.work, title, state), floor.actor, floor.context)
    };
    floor.save_work(item, "created", None);
    floor.save(Record { head, body }, "created", None);
    Ok(id)
}

/// Refuses a name that another record of the module has.
pub(crate) fn check_key(floor: &Floor<'_, '_>, head: &Head, body: &Body) -> Result<(), OperationsRefusal> {
    let Some(key) = body.content().key() else { return Ok(()) };
    match floor.records.by_key(body.module(), &key).filter(|other| other.head.id != head.id) {
        Some(other) => Err(OperationsRefusal::KeyTaken { key, id: other.head.id }),
        None => Ok(()),
    }
}
