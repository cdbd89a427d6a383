//! Changing what a record says: its plan while it is open, what was really done until it is posted.

use kernel::{RecordId, Version};
use serde_json::{Map, Value};

use crate::content::{LinePatch, SoFar};
use crate::create_record::check_key;
use crate::{Floor, Module, OperationsRefusal, Record, RecordState};

/// Change a record.
#[derive(Debug, Clone)]
pub struct AmendRecord {
    /// Its module.
    pub module: Module,
    /// Which one.
    pub id: RecordId,
    /// Fields of the payload; null takes one away.
    pub payload: Option<Map<String, Value>>,
    /// Lines to change or to add.
    pub lines: Vec<LinePatch>,
    /// The version that the caller has seen.
    pub expected_version: Option<Version>,
}

/// Changes a record, all or nothing. Plans change while it is open, actuals until it is posted, closed or cancelled; what
/// a first step of several posted stays.
///
/// # Errors
/// [`OperationsRefusal::RecordNotFound`], [`OperationsRefusal::VersionMismatch`],
/// [`OperationsRefusal::InvalidTransition`] where it is over, [`OperationsRefusal::Invalid`].
pub fn amend_record(floor: &mut Floor<'_, '_>, command: &AmendRecord) -> Result<RecordId, OperationsRefusal> {
    let record = floor.records.of(command.module, command.id, command.expected_version)?;
    let mut record: Record = record.clone();
    let head = &record.head;
    let before = head.blocked_from.unwrap_or(head.state);
    if before.is_final() || before == RecordState::Posted {
        let (what, allowed) = (head.number.to_string(), record.allowed());
        return Err(OperationsRefusal::InvalidTransition { what, from: head.state, to: None, allowed });
    }
    let so_far = SoFar { is_open: before == RecordState::Open, has_posted: head.standing().has_posted };
    record.body.content_mut().amend(command.payload.as_ref(), &command.lines, so_far)?;
    record.body.content_mut().check(&record.head, floor)?;
    check_key(floor, &record.head, &record.body)?;
    floor.save(record, "amended", None);
    Ok(command.id)
}
