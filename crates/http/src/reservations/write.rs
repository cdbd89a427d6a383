//! Making and changing reservations: each handler turns a call into a command.

use ::operations::ConfirmShipped;
use ::reservations::{
    AmendReservation, ConsumeReservation, CreateReservation, ReleaseReservation, ReservationView,
};
use commands::{Amend, Create, Draft, Fill, Operate, Task, Work};
use kernel::{Refusal, Reply, Request, ReservationId};

use super::body::{self, AmendBody, ConsumeBody, CreateBody, FillBody, Proof, ReleaseBody};
use super::read::id_of;
use crate::call::{Call, Job};
use crate::problem::invalid_field;
use crate::render::{self, Show};

/// Shows the reservation that a command left behind.
fn shown(id: ReservationId, draft: &Draft<'_>, status: u16) -> Option<Reply> {
    let view = ReservationView::in_draft(draft.reservations.get(id)?, &draft.stock);
    Some(render::json(status, vec![render::version_tag(view.version)], &view))
}

fn made(id: &ReservationId, draft: &Draft<'_>) -> Option<Reply> {
    let mut reply = shown(*id, draft, 201)?;
    reply.headers.push(("Location".to_owned(), format!("/api/v1/inventory/reservations/{id}")));
    Some(reply)
}

fn changed(id: &ReservationId, draft: &Draft<'_>) -> Option<Reply> {
    shown(*id, draft, 200)
}

fn job<W: Work<Done = ReservationId> + 'static>(
    request: Request,
    work: W,
    seen: Option<String>,
    done: fn(&ReservationId, &Draft<'_>) -> Option<Reply>,
) -> Result<Job, Refusal> {
    let render = Show { request_id: request.request_id.clone(), done };
    Ok(Box::new(Task { request, work, render, preview_hash: body::preview_hash(seen)? }))
}

/// Reserves stock for an order.
pub(crate) fn create(call: &mut Call) -> Result<Job, Refusal> {
    let body: CreateBody = call.body()?;
    let request = call.request()?;
    let command = CreateReservation {
        source: request.source.clone(),
        order_ref: body.order_ref,
        warehouse: body.warehouse,
        lines: body.lines.into_iter().map(Into::into).collect(),
        allow_partial: body.allow_partial,
        backorder: body.backorder,
        expiry: body::expiry(body.ttl_seconds, body.expires_at)?,
        ship_to: body.ship_to,
        ship_by: body.ship_by,
        metadata: body.metadata,
        explode_kits: body.explode_kits,
    };
    job(request, Create(command), body.preview_hash, made)
}

/// Changes what an order asks for, and how long it is kept.
pub(crate) fn amend(call: &mut Call) -> Result<Job, Refusal> {
    let body: AmendBody = call.body()?;
    let expected_version = call.expected_version(body.expected_version)?;
    if expected_version.is_none() {
        let detail = "is required, here or as If-Match: a change is made to what the caller has seen";
        return Err(invalid_field("/expected_version", detail));
    }
    let expiry = match (body.ttl_seconds, body.expires_at) {
        (None, Some(None)) => Some(None),
        (seconds, at) => body::expiry(seconds, at.flatten())?.map(Some),
    };
    let lines = body::line_changes(body.lines)?;
    let command = AmendReservation {
        id: id_of(call)?,
        expected_version,
        expiry,
        lines,
        explode_kits: body.explode_kits,
    };
    job(call.request()?, Amend(command), body.preview_hash, changed)
}

/// Gives reserved stock back.
pub(crate) fn release(call: &mut Call) -> Result<Job, Refusal> {
    let body: ReleaseBody = call.body()?;
    let command = ReleaseReservation {
        id: id_of(call)?,
        reason: body.reason,
        lines: body::selections(body.lines)?,
        request_unpick: body.request_unpick,
        expected_version: call.expected_version(body.expected_version)?,
    };
    let request = call.request()?;
    let work = Operate { command, actor: request.actor.clone() };
    job(request, work, body.preview_hash, changed)
}

/// Ships reserved stock.
pub(crate) fn consume(call: &mut Call) -> Result<Job, Refusal> {
    let body: ConsumeBody = call.body()?;
    let (id, expected_version) = (id_of(call)?, call.expected_version(body.expected_version)?);
    let lines = body::selections(body.lines)?;
    match body::proof(body.shipment_proof)? {
        Proof::Carrier(proof) => {
            let command = ConsumeReservation { id, proof, lines, expected_version };
            let request = call.request()?;
            let work = Operate { command, actor: request.actor.clone() };
            job(request, work, body.preview_hash, changed)
        }
        Proof::Confirmation(confirmation) => {
            if lines.is_some() {
                return Err(invalid_field(
                    "/lines",
                    "go without ship_confirmation_id: it says what was shipped",
                ));
            }
            let request = call.request()?;
            let command = ConfirmShipped { reservation: id, confirmation, expected_version };
            let work = Operate { command, actor: request.actor.clone() };
            job(request, work, body.preview_hash, changed)
        }
    }
}

/// Tries again for what is short.
pub(crate) fn fill(call: &mut Call) -> Result<Job, Refusal> {
    let body: FillBody = call.body()?;
    let expected_version = call.expected_version(body.expected_version)?;
    let command = Fill { id: id_of(call)?, expected_version };
    job(call.request()?, command, body.preview_hash, changed)
}
