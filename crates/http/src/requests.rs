//! The trail of a request over HTTP: who asked for what, what was answered, and what it did.

use actix_web::http::Method;
use commands::{EventEntry, ReplayEntry, RequestTrail};
use inventory::{LedgerFilter, MovementEntry, Page};
use kernel::{Code, Refusal, RequestId, RequestSeq, Source, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::call::{Call, Reading};
use crate::principal::Role;
use crate::query::MOST;
use crate::render;
use crate::routes::{Handler, Route, Status, schema};

/// The most requests under one id that are shown.
const MOST_REQUESTS: u32 = 20;

pub(crate) const ROUTES: &[Route] = &[Route {
    resource: "Requests",
    method: Method::GET,
    path: "/api/v1/requests/{request_id}",
    status: Status::Companion,
    purpose: "what a request asked for, what it was answered, and what it did: movements, events, repeats",
    role: Role::Viewer,
    query: &[],
    refusals: &[Code::RequestNotFound],
    handler: Handler::Read { run: trail, answer: schema::<TrailBody> },
}];

/// Everything that is known of a Request-Id.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TrailBody {
    request_id: RequestId,
    /// The requests that were decided under this id, and those whose answer was given again to it: the oldest first,
    /// at most 20. Most often one.
    requests: Vec<TrailEntry>,
}

/// A request that was decided.
#[derive(Serialize, JsonSchema)]
struct TrailEntry {
    seq: RequestSeq,
    request_id: RequestId,
    recorded_at: Timestamp,
    /// Method and path.
    action: String,
    actor_id: String,
    actor_type: String,
    source_system: Source,
    idempotency_key: String,
    /// Null once its key was pruned.
    answer: Option<AnswerEntry>,
    /// At most 500; the ledger has them all.
    movements: Vec<MovementEntry>,
    events: Vec<EventEntry>,
    /// Attempts that got the same answer again: of all requests together the latest 500, the oldest first.
    replays: Vec<ReplayEntry>,
}

/// A stored answer.
#[derive(Serialize, JsonSchema)]
struct AnswerEntry {
    status: u16,
    headers: Map<String, Value>,
    body: Value,
}

/// Reads the trail of a request.
fn trail(call: &mut Call) -> Result<Reading, Refusal> {
    let text = call.path("request_id").to_owned();
    let detail = "No write was decided under this Request-Id: reads, and writes that were refused before they were \
                  decided, leave no trail.";
    let not_found = move || Refusal::new(Code::RequestNotFound, detail).fact("asked_for", text.as_str());
    let id: RequestId = call.path("request_id").parse().map_err(|_| not_found())?;
    Ok(Box::new(move |views| {
        let found = views.trail(&id, MOST_REQUESTS, MOST)?;
        if found.is_empty() {
            return Err(not_found().into());
        }
        let mut requests = Vec::with_capacity(found.len());
        for request in found {
            let filter =
                LedgerFilter { request_id: Some(request.request_id.clone()), ..LedgerFilter::default() };
            let (movements, _) = views.movements(&filter, &Page { limit: MOST, after: None })?;
            requests.push(entry(request, movements));
        }
        Ok(render::json(200, Vec::new(), &TrailBody { request_id: id.clone(), requests }))
    }))
}

fn entry(request: RequestTrail, movements: Vec<MovementEntry>) -> TrailEntry {
    let key = &request.idempotency_key;
    // Another request under the same id has another key.
    let own = |movement: &MovementEntry| movement.idempotency_key == *key;
    let answer = request.answer.as_ref().map(|reply| AnswerEntry {
        status: reply.status,
        headers: reply.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect(),
        body: serde_json::from_slice(&reply.body).unwrap_or_default(),
    });
    TrailEntry {
        movements: movements.into_iter().filter(own).collect(),
        seq: request.seq,
        request_id: request.request_id,
        recorded_at: request.recorded_at,
        action: request.action,
        actor_id: request.actor_id,
        actor_type: request.actor_type,
        source_system: request.source_system,
        idempotency_key: request.idempotency_key.to_string(),
        answer,
        events: request.events,
        replays: request.replays,
    }
}
