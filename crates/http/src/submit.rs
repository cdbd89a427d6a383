//! Handing work to the backend, and waiting for its answer.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use commands::{Backend, Preview, Render, Task, Views, Work};
use kernel::{Code, Refusal, Reply, RequestId, StoreError};
use serde::Serialize;

use crate::problem::{refuse, respond};
use crate::query::Query;

/// Hands a command to the writer and answers what came of it; with `dry_run=true`, what would.
pub(crate) async fn write<W, R>(
    http: &HttpRequest,
    backend: Arc<dyn Backend>,
    task: Task<W, R>,
) -> HttpResponse
where
    W: Work + 'static,
    R: Render<W::Done> + 'static,
{
    let id = task.request.request_id.clone();
    let mut query = Query::read(http, "", &["dry_run"]);
    let dry_run: Option<bool> = query.take("dry_run");
    if let Err(refusal) = query.finish() {
        return refuse(&refusal, &id);
    }
    let answer = if dry_run == Some(true) {
        web::block(move || backend.preview(&task)).await.unwrap_or_else(|_| Err(cancelled()))
    } else {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        // The receiver is gone when the caller went away: the answer is stored, a repeat will get it.
        let answer = Box::new(move |answer| drop(sender.send(answer)));
        if backend.submit(Box::new(task), answer).is_err() {
            return refuse(
                &Refusal::new(Code::WriteQueueFull, "Too many writes are waiting: try again."),
                &id,
            );
        }
        receiver.await.unwrap_or_else(|_| Err(cancelled()))
    };
    match answer {
        Ok(reply) => respond(reply, &id),
        Err(error) => refuse(&store_refusal(&error, &id), &id),
    }
}

/// Reads in one snapshot.
pub(crate) async fn read<T: Send + 'static>(
    backend: Arc<dyn Backend>,
    id: &RequestId,
    work: impl Fn(&mut dyn Views) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Refusal> {
    let read = web::block(move || {
        let mut found = None;
        backend.read(&mut |views| {
            found = Some(work(views)?);
            Ok(())
        })?;
        found.ok_or_else(cancelled)
    });
    read.await.unwrap_or_else(|_| Err(cancelled())).map_err(|error| store_refusal(&error, id))
}

fn cancelled() -> StoreError {
    StoreError::Broken("the work ended without an answer".to_owned())
}

/// What the caller is told of a failure of the store; the log is told the rest.
fn store_refusal(error: &StoreError, id: &RequestId) -> Refusal {
    tracing::error!(%error, request_id = %id, "a request failed");
    match error {
        StoreError::Conflict | StoreError::Unavailable(_) => {
            let detail = "The database cannot be reached now: repeat with the same Idempotency-Key.";
            Refusal::new(Code::DatabaseUnavailable, detail)
        }
        StoreError::Broken(_) => internal_error(),
    }
}

pub(crate) fn internal_error() -> Refusal {
    Refusal::new(Code::InternalError, "Something broke; the log has it under this request id.")
}

#[derive(Serialize)]
struct PreviewBody<'a> {
    dry_run: bool,
    preview_hash: String,
    would: Would,
    #[serde(flatten)]
    preview: &'a Preview,
}

#[derive(Serialize)]
struct Would {
    status: u16,
    body: serde_json::Value,
}

/// The answer to a dry run.
pub(crate) fn previewed(would: &Reply, preview: &Preview) -> Reply {
    let would = Would { status: would.status, body: serde_json::from_slice(&would.body).unwrap_or_default() };
    let body = PreviewBody { dry_run: true, preview_hash: preview.hash().to_hex(), would, preview };
    json(200, Vec::new(), &body)
}

/// An answer of JSON.
pub(crate) fn json(status: u16, headers: Vec<(String, String)>, body: &impl Serialize) -> Reply {
    let body = serde_json::to_vec(body).unwrap_or_default();
    Reply { status, headers, body, replayed: false }
}
