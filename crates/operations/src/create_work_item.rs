//! Writing down that something has to be done.

use inventory::Context;
use kernel::{Actor, Timestamp, Version, WorkItemId};

use crate::{Assignee, Floor, OperationsRefusal, Priority, Reference, Title, WorkItem, WorkKind, WorkState};

/// Make a work item.
#[derive(Debug, Clone)]
pub struct CreateWorkItem {
    /// Whose work it is.
    pub kind: WorkKind,
    /// What is to be done.
    pub title: Title,
    /// Whether it is not ready to be done yet.
    pub is_draft: bool,
    /// How soon it is to be done.
    pub priority: Priority,
    /// Who does it.
    pub assignee: Option<Assignee>,
    /// When it should be done.
    pub due_at: Option<Timestamp>,
    /// The record that it is about; it does not follow that record.
    pub reference: Option<Reference>,
}

/// Makes a work item, open or as a draft.
///
/// # Errors
/// [`OperationsRefusal::RecordNotFound`] for the reference.
pub fn create_work_item(
    floor: &mut Floor<'_, '_>,
    command: &CreateWorkItem,
) -> Result<WorkItemId, OperationsRefusal> {
    if let Some(Reference { module, record_id }) = &command.reference {
        floor.records.of(*module, *record_id, None)?;
    }
    let numbering = &mut floor.stock.numbering;
    let id = WorkItemId(numbering.mint.uuid());
    let seq = numbering.counters.take_id();
    let state = if command.is_draft { WorkState::Draft } else { WorkState::Open };
    let item = WorkItem {
        priority: command.priority,
        assignee: command.assignee.clone(),
        due_at: command.due_at,
        reference: command.reference.clone(),
        ..new_item((id, seq), (command.kind, command.title.clone(), state), floor.actor, floor.context)
    };
    floor.save_work(item, "created", None);
    Ok(id)
}

/// A work item with what everybody has.
pub(crate) fn new_item(
    (id, seq): (WorkItemId, i64),
    (kind, title, state): (WorkKind, Title, WorkState),
    actor: &Actor,
    context: &Context,
) -> WorkItem {
    WorkItem {
        id,
        seq,
        kind,
        title,
        state,
        priority: Priority::Normal,
        assignee: None,
        due_at: None,
        reference: None,
        follows: false,
        blocked_reason: None,
        version: Version::NONE,
        created_by: actor.clone(),
        created_at: context.now,
        updated_at: context.now,
        request: context.request,
        stored: Version::NONE,
    }
}
