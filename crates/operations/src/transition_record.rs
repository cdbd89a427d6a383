//! Moving a record along its path, or off it.

use inventory::Reason;
use kernel::{RecordId, Version};

use crate::{Floor, Module, OperationsRefusal, Record, RecordState};

/// Move a record.
#[derive(Debug, Clone)]
pub struct TransitionRecord {
    /// Its module.
    pub module: Module,
    /// Which one.
    pub id: RecordId,
    /// Where to.
    pub to: RecordState,
    /// Why; required to block it.
    pub reason: Option<Reason>,
    /// The version that the caller has seen.
    pub expected_version: Option<Version>,
}

/// Moves a record where the machine and its module allow it; its work item follows. Where it is blocked it remembers
/// where it was, and goes back there only. `posted` is reached by posting.
///
/// # Errors
/// [`OperationsRefusal::RecordNotFound`], [`OperationsRefusal::VersionMismatch`],
/// [`OperationsRefusal::InvalidTransition`] with what is allowed, [`OperationsRefusal::ReasonRequired`], and what the
/// module demands.
pub fn transition_record(
    floor: &mut Floor<'_, '_>,
    command: &TransitionRecord,
) -> Result<RecordId, OperationsRefusal> {
    let record = floor.records.of(command.module, command.id, command.expected_version)?.clone();
    enter(floor, record, command.to, command.reason.as_ref())?;
    Ok(command.id)
}

/// Moves a record that is at hand.
pub(crate) fn enter(
    floor: &mut Floor<'_, '_>,
    mut record: Record,
    to: RecordState,
    reason: Option<&Reason>,
) -> Result<(), OperationsRefusal> {
    let allowed = record.allowed();
    if !allowed.contains(&to) {
        let (what, from) = (record.head.number.to_string(), record.head.state);
        return Err(OperationsRefusal::InvalidTransition { what, from, to: Some(to), allowed });
    }
    if to == RecordState::Blocked && reason.is_none() {
        return Err(OperationsRefusal::ReasonRequired { why: "what blocks the record" });
    }
    let at = record.head.clone();
    record.body.content_mut().enter(&at, to, reason, floor)?;
    let head = &mut record.head;
    if to == RecordState::Approved && head.state != RecordState::Blocked {
        head.approved_by = Some(floor.actor.id.clone());
    }
    head.blocked_from = if to == RecordState::Blocked { Some(head.state) } else { None };
    head.state = to;
    head.reason = reason.cloned();
    floor.save(record, "transitioned", reason);
    Ok(())
}
