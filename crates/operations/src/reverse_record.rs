//! Undoing what a record posted.

use inventory::{MovementKind, Reason, reverse_movement};
use kernel::{MovementId, RecordId, Version};

use crate::module::Moved;
use crate::post_record::require_trusted;
use crate::{Floor, Module, OperationsRefusal, RecordState, Step};

/// Reverse a posting of a record.
#[derive(Debug, Clone)]
pub struct ReverseRecord {
    /// Its module.
    pub module: Module,
    /// Which one.
    pub id: RecordId,
    /// Which movement of it; none: the latest that stands.
    pub movement: Option<MovementId>,
    /// Why.
    pub reason: Reason,
    /// Whether stock that is not trusted is refused.
    pub require_trusted: bool,
    /// The version that the caller has seen.
    pub expected_version: Option<Version>,
}

/// Posts the reversal of a movement of the record, once, the latest first, and only while the stock is still there.
/// What the movement contributed elsewhere is undone with it; with its last movement gone the record closes. A record
/// that the movement made `posted` goes on where it stood before.
///
/// # Errors
/// [`OperationsRefusal::NoSuchPosting`], [`OperationsRefusal::UseReturn`], [`OperationsRefusal::Blocked`], and the
/// engine's refusals.
pub fn reverse_record(
    floor: &mut Floor<'_, '_>,
    command: &ReverseRecord,
) -> Result<RecordId, OperationsRefusal> {
    let mut record = floor.records.of(command.module, command.id, command.expected_version)?.clone();
    let number = record.head.number.to_string();
    let number_of = number.clone();
    let stands = |at: &usize| {
        let posting = record.head.postings.get(*at);
        posting.is_some_and(|posting| match command.movement {
            Some(wanted) => posting.movement_id == wanted,
            None => posting.reversed_by.is_none(),
        })
    };
    // All of them: which is the latest shows when all are known.
    for posting in &record.head.postings {
        let _asked = floor.stock.movement(posting.movement_id);
    }
    let at = (0..record.head.postings.len()).rev().find(stands);
    let posting = at.and_then(|at| record.head.postings.get_mut(at));
    let posting = posting.ok_or(OperationsRefusal::NoSuchPosting { number })?;
    let (step, movement) = (posting.step, posting.movement_id);
    if step == Step::Unpick && posting.reversed_by.is_none() {
        let why = "What was unpicked is not promised any more: reserve it anew.".to_owned();
        return Err(OperationsRefusal::Blocked { why, by: vec![number_of] });
    }
    let known = floor.stock.movement(movement).map(|known| known.movement.clone());
    if known.as_ref().is_some_and(|known| known.kind == MovementKind::Ship) {
        return Err(OperationsRefusal::UseReturn);
    }
    let moved = known.into_iter().flat_map(|known| known.transfers);
    let transfers: Vec<_> = moved.map(|transfer| transfer.moved).collect();
    if command.require_trusted {
        require_trusted(floor, &transfers)?;
    }
    let reason = command.reason.clone();
    let reversal = reverse_movement(floor.stock, movement, reason, floor.context.now, floor.context)?;
    posting.reversed_by = Some(reversal);
    let head = record.head.clone();
    record.body.content_mut().settle(
        &head,
        Moved { step, transfers: &transfers, undone: true, cut: &[] },
        floor,
    )?;
    if head.standing().has_posted {
        if head.state.is_final() {
            // What is over does not come back: a part of it cannot be undone alone.
            let (what, from, allowed) = (head.number.to_string(), head.state, Vec::new());
            return Err(OperationsRefusal::InvalidTransition { what, from, to: None, allowed });
        }
        if head.state == RecordState::Posted {
            // What made it posted is undone: it goes on from where that is posted.
            let steps = record.module().declaration().steps;
            record.head.state =
                steps.iter().find(|rule| rule.step == step).map_or(head.state, |rule| rule.from);
        }
    } else {
        record.head.state = RecordState::Closed;
        record.head.blocked_from = None;
        record.head.reason = Some(command.reason.clone());
    }
    floor.save(record, "reversed", Some(&command.reason));
    Ok(command.id)
}
