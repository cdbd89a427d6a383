//! Moving a work item.

use inventory::Reason;
use kernel::{Version, WorkItemId};

use crate::draft::check_version;
use crate::{Floor, OperationsRefusal, WorkItem, WorkState};

/// Move a work item.
#[derive(Debug, Clone)]
pub struct TransitionWorkItem {
    /// Which one.
    pub id: WorkItemId,
    /// Where to.
    pub to: WorkState,
    /// Why; required to block it.
    pub reason: Option<Reason>,
    /// The version that the caller has seen.
    pub expected_version: Option<Version>,
}

/// Moves a work item where its table allows it. One that follows a record is moved by that record, but for taking it up
/// and putting it back, which say nothing of the record.
///
/// # Errors
/// [`OperationsRefusal::WorkItemNotFound`], [`OperationsRefusal::VersionMismatch`], [`OperationsRefusal::InvalidWork`],
/// [`OperationsRefusal::WorkFollows`], [`OperationsRefusal::ReasonRequired`].
pub fn transition_work_item(
    floor: &mut Floor<'_, '_>,
    command: &TransitionWorkItem,
) -> Result<WorkItemId, OperationsRefusal> {
    let id = command.id;
    let item = floor.records.work_item(id).ok_or(OperationsRefusal::WorkItemNotFound { id })?.clone();
    check_version(&format!("Work item {id}"), command.expected_version, item.version)?;
    let allowed = item.state.allowed();
    if !allowed.contains(&command.to) {
        let allowed = allowed.to_vec();
        return Err(OperationsRefusal::InvalidWork { id, from: item.state, to: command.to, allowed });
    }
    let is_taken_up =
        item.state != WorkState::Blocked && matches!(command.to, WorkState::Open | WorkState::InProgress);
    if let Some(reference) = item.reference.as_ref().filter(|_| item.follows && !is_taken_up) {
        let (module, record) = (reference.module, reference.record_id);
        return Err(OperationsRefusal::WorkFollows { id, module, record });
    }
    if command.to == WorkState::Blocked && command.reason.is_none() {
        return Err(OperationsRefusal::ReasonRequired { why: "what blocks it" });
    }
    let blocked_reason = command.reason.clone().filter(|_| command.to == WorkState::Blocked);
    let item = WorkItem { state: command.to, blocked_reason, ..item };
    floor.save_work(item, "transitioned", command.reason.as_ref());
    Ok(id)
}
