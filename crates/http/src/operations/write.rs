//! Making, moving and posting records and work items: each handler turns a call into a command.

use ::operations::modules::Strategy;
use ::operations::{
    AmendRecord, Body, CreateReceivingSession, CreateRecord, CreateWorkItem, GeneratePackSession,
    GeneratePickTasks, GeneratePutaway, GenerateShipConfirmation, Module, PickTasksMade, PostRecord,
    RecordState, RecordView, ReverseRecord, Source, Step, TransitionRecord, TransitionWorkItem, UnpickGoods,
    WorkItemView,
};
use commands::{Draft, Operate, Task, UseCase};
use kernel::{RecordId, Refusal, Reply, WorkItemId};

use super::body::{
    self, AmendBody, ChainBody, CreateBody, InspectBody, PickBody, PostBody, ReverseBody, TransitionBody,
    UnpickBody, WorkBody, WorkTransitionBody,
};
use super::read::{module_of, record_of, work_item_of};
use crate::call::{Call, Job};
use crate::principal::Role;
use crate::problem::invalid_field;
use crate::render::{self, Show};
use crate::reservations::preview_hash;

/// Shows the record that a command left behind.
fn shown(id: RecordId, draft: &Draft<'_>, status: u16) -> Option<Reply> {
    let view = RecordView::from(draft.records.get(id)?);
    Some(render::json(status, vec![render::version_tag(view.version)], &view))
}

fn changed(id: &RecordId, draft: &Draft<'_>) -> Option<Reply> {
    shown(*id, draft, 200)
}

/// 201 where it was made, 200 where it was there.
fn made(id: &RecordId, draft: &Draft<'_>) -> Option<Reply> {
    if !draft.records.has_changed(*id) {
        return shown(*id, draft, 200);
    }
    let mut reply = shown(*id, draft, 201)?;
    let module = draft.records.get(*id)?.module();
    let location = format!("/api/v1/inventory/operations/{}/{id}", module.as_str());
    reply.headers.push(("Location".to_owned(), location));
    Some(reply)
}

fn shown_work(id: WorkItemId, draft: &Draft<'_>, status: u16) -> Option<Reply> {
    let view = WorkItemView::from(draft.records.work_item(id)?);
    Some(render::json(status, vec![render::version_tag(view.version)], &view))
}

fn made_work(id: &WorkItemId, draft: &Draft<'_>) -> Option<Reply> {
    let mut reply = shown_work(*id, draft, 201)?;
    reply.headers.push(("Location".to_owned(), format!("/api/v1/inventory/work-items/{id}")));
    Some(reply)
}

fn changed_work(id: &WorkItemId, draft: &Draft<'_>) -> Option<Reply> {
    shown_work(*id, draft, 200)
}

pub(crate) fn job<C: UseCase<Done: Send + Sync> + 'static>(
    call: &mut Call,
    command: C,
    seen: Option<String>,
    done: fn(&C::Done, &Draft<'_>) -> Option<Reply>,
) -> Result<Job, Refusal> {
    let request = call.request()?;
    let work = Operate { command, actor: request.actor.clone() };
    let render = Show { request_id: request.request_id.clone(), done };
    Ok(Box::new(Task { request, work, render, preview_hash: preview_hash(seen)? }))
}

/// Makes a record.
pub(crate) fn create(call: &mut Call) -> Result<Job, Refusal> {
    let module = module_of(call)?;
    let sent: CreateBody = call.body()?;
    let lines = sent.lines.into_iter().map(|line| line.0).collect();
    let source = Source { payload: sent.payload.0, lines, is_asked: true };
    let command = CreateRecord {
        body: Body::read(module, source).map_err(|faults| body::unreadable(&faults))?,
        warehouse: sent.warehouse,
        priority: sent.priority.unwrap_or(::operations::Priority::Normal),
        assignee: sent.assignee,
        due_at: sent.due_at,
    };
    job(call, command, None, made)
}

/// Changes a record.
pub(crate) fn amend(call: &mut Call) -> Result<Job, Refusal> {
    let module = module_of(call)?;
    let id = record_of(call, module)?;
    let sent: AmendBody = call.body()?;
    let expected_version = call.expected_version(sent.expected_version)?;
    if expected_version.is_none() {
        let detail = "is required, here or as If-Match: a change is made to what the caller has seen";
        return Err(invalid_field("/expected_version", detail));
    }
    let command = AmendRecord {
        module,
        id,
        payload: sent.payload.map(|payload| payload.0),
        lines: body::patches(sent.lines)?,
        expected_version,
    };
    job(call, command, None, changed)
}

/// Moves a record. To approve one is an approver's.
pub(crate) fn transition(call: &mut Call) -> Result<Job, Refusal> {
    let module = module_of(call)?;
    let id = record_of(call, module)?;
    let sent: TransitionBody = call.body()?;
    if sent.to == RecordState::Approved {
        call.principal.require(Role::Approver)?;
    }
    let expected_version = call.expected_version(sent.expected_version)?;
    let command = TransitionRecord { module, id, to: sent.to, reason: sent.reason, expected_version };
    job(call, command, None, changed)
}

/// Posts a step of a record.
pub(crate) fn post(call: &mut Call) -> Result<Job, Refusal> {
    let module = module_of(call)?;
    post_of(call, module)
}

/// Makes kits, or takes them apart.
pub(crate) fn assemble(call: &mut Call) -> Result<Job, Refusal> {
    post_of(call, Module::KitAssemblies)
}

fn post_of(call: &mut Call, module: Module) -> Result<Job, Refusal> {
    let id = record_of(call, module)?;
    let sent: PostBody = call.body()?;
    if !sent.cut_reservations.is_empty() {
        call.principal.require(Role::Approver)?;
    }
    let command = PostRecord {
        module,
        id,
        step: sent.step,
        parts: body::parts(sent.lines),
        accept_planned: sent.accept_planned,
        effective_at: sent.effective_at,
        reason: sent.reason,
        is_approver: call.principal.require(Role::Approver).is_ok(),
        cut: sent.cut_reservations,
        require_trusted: sent.require_trusted,
        expected_version: call.expected_version(sent.expected_version)?,
    };
    job(call, command, sent.preview_hash, changed)
}

/// Posts what an inspection found.
pub(crate) fn inspect(call: &mut Call) -> Result<Job, Refusal> {
    let module = Module::ReceivingSessions;
    let id = record_of(call, module)?;
    let sent: InspectBody = call.body()?;
    let command = PostRecord {
        module,
        id,
        step: Some(Step::Inspect),
        parts: body::inspected(sent.lines),
        accept_planned: false,
        effective_at: sent.effective_at,
        reason: sent.reason,
        is_approver: call.principal.require(Role::Approver).is_ok(),
        cut: Vec::new(),
        require_trusted: sent.require_trusted,
        expected_version: call.expected_version(sent.expected_version)?,
    };
    job(call, command, sent.preview_hash, changed)
}

/// Undoes what a record posted.
pub(crate) fn reverse(call: &mut Call) -> Result<Job, Refusal> {
    let module = module_of(call)?;
    let id = record_of(call, module)?;
    let sent: ReverseBody = call.body()?;
    let command = ReverseRecord {
        module,
        id,
        movement: sent.movement_id,
        reason: sent.reason,
        require_trusted: sent.require_trusted,
        expected_version: call.expected_version(sent.expected_version)?,
    };
    job(call, command, sent.preview_hash, changed)
}

/// Brings picked goods back to a shelf.
pub(crate) fn unpick(call: &mut Call) -> Result<Job, Refusal> {
    let sent: UnpickBody = call.body()?;
    let command = UnpickGoods {
        pick: record_of(call, Module::PickTasks)?,
        reservation: sent.reservation_id,
        lines: sent.lines.map(body::unpicked),
        to: sent.to_location,
        reason: sent.reason,
        require_trusted: sent.require_trusted,
        expected_version: call.expected_version(sent.expected_version)?,
    };
    job(call, command, sent.preview_hash, changed)
}

/// Makes the receiving session of a purchase order.
pub(crate) fn receive(call: &mut Call) -> Result<Job, Refusal> {
    let order = record_of(call, Module::PurchaseOrders)?;
    let sent: ChainBody = call.body()?;
    let expected_version = call.expected_version(sent.expected_version)?;
    job(call, CreateReceivingSession { order, expected_version }, sent.preview_hash, made)
}

/// Makes the putaway task of a receiving session.
pub(crate) fn put_away(call: &mut Call) -> Result<Job, Refusal> {
    let session = record_of(call, Module::ReceivingSessions)?;
    let sent: ChainBody = call.body()?;
    let expected_version = call.expected_version(sent.expected_version)?;
    job(call, GeneratePutaway { session, expected_version }, sent.preview_hash, made)
}

/// The pick tasks that were made, or were there.
#[derive(serde::Serialize, schemars::JsonSchema)]
pub(crate) struct PickTasksView {
    data: Vec<RecordView>,
}

fn picks(made: &PickTasksMade, draft: &Draft<'_>) -> Option<Reply> {
    let records = made.records.iter().map(|id| draft.records.get(*id).map(RecordView::from));
    let data = records.collect::<Option<Vec<_>>>()?;
    Some(render::json(if made.is_new { 201 } else { 200 }, Vec::new(), &PickTasksView { data }))
}

/// Makes pick tasks from reservations.
pub(crate) fn pick(call: &mut Call) -> Result<Job, Refusal> {
    let sent: PickBody = call.body()?;
    let command = GeneratePickTasks {
        which: body::which(sent.order_refs, sent.reservation_ids, sent.warehouse, sent.max_orders)?,
        source: call.source()?,
        strategy: sent.strategy.unwrap_or(Strategy::Batch),
    };
    job(call, command, sent.preview_hash, picks)
}

/// Makes the pack session of a pick task.
pub(crate) fn pack(call: &mut Call) -> Result<Job, Refusal> {
    let pick = record_of(call, Module::PickTasks)?;
    let sent: ChainBody = call.body()?;
    let expected_version = call.expected_version(sent.expected_version)?;
    job(call, GeneratePackSession { pick, expected_version }, sent.preview_hash, made)
}

/// Makes the ship confirmation of a pack session.
pub(crate) fn ship(call: &mut Call) -> Result<Job, Refusal> {
    let pack = record_of(call, Module::PackSessions)?;
    let sent: ChainBody = call.body()?;
    let expected_version = call.expected_version(sent.expected_version)?;
    job(call, GenerateShipConfirmation { pack, expected_version }, sent.preview_hash, made)
}

/// Makes a work item.
pub(crate) fn create_work(call: &mut Call) -> Result<Job, Refusal> {
    let sent: WorkBody = call.body()?;
    let command = CreateWorkItem {
        kind: sent.kind,
        title: sent.title,
        is_draft: sent.draft,
        priority: sent.priority.unwrap_or(::operations::Priority::Normal),
        assignee: sent.assignee,
        due_at: sent.due_at,
        reference: sent.reference,
    };
    job(call, command, None, made_work)
}

/// Moves a work item.
pub(crate) fn transition_work(call: &mut Call) -> Result<Job, Refusal> {
    let id = work_item_of(call)?;
    let sent: WorkTransitionBody = call.body()?;
    let expected_version = call.expected_version(sent.expected_version)?;
    let command = TransitionWorkItem { id, to: sent.to, reason: sent.reason, expected_version };
    job(call, command, None, changed_work)
}
