//! Posting a record: its step becomes one movement of the ledger, once.

use inventory::{NewMovement, NewTransfer, Reason};
use kernel::{MovementId, RecordId, ReservationId, Timestamp, Version};

use crate::module::{Asked, Moved, Part, Plan, StepRule};
use crate::{Fault, Floor, Module, OperationsRefusal, Posting, Record, RecordState, Step};

/// Post a step of a record.
#[derive(Debug, Clone)]
pub struct PostRecord {
    /// Its module.
    pub module: Module,
    /// Which one.
    pub id: RecordId,
    /// Which step; none where the module has one only.
    pub step: Option<Step>,
    /// The parts of a step that is posted in parts.
    pub parts: Vec<Part>,
    /// Whether lines without an actual quantity went as planned.
    pub accept_planned: bool,
    /// When it happened; none: now.
    pub effective_at: Option<Timestamp>,
    /// Why, where somebody says.
    pub reason: Option<Reason>,
    /// Whether who asks may approve; with a reason, more than a limit can be posted then.
    pub is_approver: bool,
    /// The reservations that an approver lets go short, the first first: of counts.
    pub cut: Vec<ReservationId>,
    /// Whether stock that is not trusted is refused.
    pub require_trusted: bool,
    /// The version that the caller has seen.
    pub expected_version: Option<Version>,
}

/// How far another clock may be ahead of ours.
const CLOCK_TOLERANCE_SECONDS: i64 = 300;

/// Posts a step, all or nothing: one movement, the record, its work item, and what else the step changes. A second
/// posting of the same step is refused, whatever its key.
///
/// # Errors
/// [`OperationsRefusal`]: where the record does not stand before posting, the version or an actual quantity is wrong, or
/// the stock does not allow it.
pub fn post_record(floor: &mut Floor<'_, '_>, command: &PostRecord) -> Result<RecordId, OperationsRefusal> {
    let mut record = floor.records.of(command.module, command.id, command.expected_version)?.clone();
    let rule = rule_of(&record, command.step.or_else(|| record.body.content().usual_step()))?;
    if let Some(posting) = record.head.posted(rule.step).filter(|_| !rule.repeats) {
        let movement = posting.movement_id;
        return Err(OperationsRefusal::StepPosted { step: rule.step, movement });
    }
    let is_closed = rule.when_closed && record.head.state == RecordState::Closed;
    if record.head.state != rule.from && !is_closed {
        let (what, from) = (record.head.number.to_string(), record.head.state);
        let (to, allowed) = (Some(RecordState::Posted), record.allowed());
        return Err(OperationsRefusal::InvalidTransition { what, from, to, allowed });
    }
    if !command.cut.is_empty() && command.module != Module::CycleCounts {
        let why = "is of counts".to_owned();
        let fault = Fault { pointer: "/cut_reservations".to_owned(), why };
        return Err(OperationsRefusal::Invalid(vec![fault]));
    }
    let names_parts = !command.parts.is_empty();
    let is_wrong = if rule.in_parts { names_parts == command.accept_planned } else { names_parts };
    if is_wrong {
        let why = if rule.in_parts {
            "name the parts of this step, or accept what is planned: one of both"
        } else {
            "are for steps that are posted in parts: this one posts the actual quantities of the record"
        };
        let fault = Fault { pointer: "/lines".to_owned(), why: why.to_owned() };
        return Err(OperationsRefusal::Invalid(vec![fault]));
    }
    if command.accept_planned && !rule.in_parts {
        record.body.content_mut().accept_planned();
    }
    let lines = record.body.content().missing_actuals();
    if !lines.is_empty() && !rule.in_parts {
        return Err(OperationsRefusal::ActualMissing { number: record.head.number.to_string(), lines });
    }
    let may_exceed = command.is_approver && command.reason.is_some();
    let asked = Asked { step: rule.step, parts: &command.parts, may_exceed, cut: &command.cut };
    let plan = record.body.content().plan(&record.head, asked, floor)?;
    if plan.completes {
        record.head.state = RecordState::Posted;
    }
    post(floor, &mut record, rule.step, plan, command)?;
    floor.save(record, "posted", command.reason.as_ref());
    Ok(command.id)
}

/// The rule of the step that is asked for: the only one that is not in parts, where none is named.
fn rule_of(record: &Record, step: Option<Step>) -> Result<StepRule, OperationsRefusal> {
    let steps = record.module().declaration().steps;
    let whole: Vec<_> = steps.iter().filter(|rule| !rule.in_parts && !rule.repeats).collect();
    let found = match (step, whole.as_slice()) {
        (Some(step), _) => steps.iter().find(|rule| rule.step == step),
        (None, [only]) => Some(*only),
        (None, _) => None,
    };
    found.copied().ok_or(OperationsRefusal::UnknownStep { step, steps })
}

/// Posts a plan and writes it down in the record.
pub(crate) fn post(
    floor: &mut Floor<'_, '_>,
    record: &mut Record,
    step: Step,
    plan: Plan,
    command: &PostRecord,
) -> Result<MovementId, OperationsRefusal> {
    let now = floor.context.now;
    let effective_at = command.effective_at.unwrap_or(now);
    if effective_at > now.plus_seconds(CLOCK_TOLERANCE_SECONDS) {
        return Err(OperationsRefusal::InvalidTime { field: "effective_at", why: "lies in the future" });
    }
    if plan.transfers.is_empty() {
        return Err(OperationsRefusal::NothingToPost { number: record.head.number.to_string() });
    }
    if command.require_trusted {
        require_trusted(floor, &plan.transfers)?;
    }
    let transfers = plan.transfers.clone();
    let movement = NewMovement {
        kind: plan.kind,
        record: Some(record.head.id),
        reason: command.reason.clone(),
        effective_at: effective_at.min(now),
        transfers: plan.transfers,
    };
    let movement_id = floor.stock.post(movement, floor.context)?;
    record.head.postings.push(Posting {
        step,
        movement_id,
        posted_by: floor.actor.id.clone(),
        posted_at: now,
        reversed_by: None,
    });
    let head = record.head.clone();
    record.body.content_mut().settle(
        &head,
        Moved { step, transfers: &transfers, undone: false, cut: &command.cut },
        floor,
    )?;
    Ok(movement_id)
}

/// Refuses what an enabled cohort does not cover.
pub(crate) fn require_trusted(
    floor: &Floor<'_, '_>,
    transfers: &[NewTransfer],
) -> Result<(), OperationsRefusal> {
    let is_untrusted = |transfer: &&NewTransfer| {
        let places = [transfer.from.location(), transfer.to.location()];
        let trust = &floor.context.trust;
        places.into_iter().flatten().any(|location| trust.cohort(transfer.product, location).is_none())
    };
    let untrusted = transfers.iter().filter(is_untrusted);
    let mut skus: Vec<_> = untrusted
        .filter_map(|transfer| floor.stock.product(transfer.product).map(|product| product.sku.clone()))
        .collect();
    skus.sort();
    skus.dedup();
    if skus.is_empty() { Ok(()) } else { Err(OperationsRefusal::Untrusted { skus }) }
}
