//! The one way of every request: who calls, may they, is it whole; then its handler, then its answer. No route can
//! leave a step out.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Decompress;
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, web};
use commands::Backend;
use kernel::{Code, Refusal, Reply, Request, RequestId, StoreError};

use crate::call::{Call, Job, Listing, Reading, Rows, Stop};
use crate::principal::Principal;
use crate::problem::{internal_error, refuse, respond};
use crate::query::{Query, make_cursor};
use crate::routes::{Handler, Route};
use crate::server::Shared;
use crate::{csv, write_headers};

/// The most bytes of a body: the longest order that is taken (2000 lines) fits.
pub(crate) const BODY_LIMIT: usize = 256 * 1024;

/// Serves a request of a route.
pub(crate) async fn dispatch(
    route: &'static Route,
    http: HttpRequest,
    payload: Payload,
    shared: Data<Shared>,
) -> HttpResponse {
    let request_id = write_headers::request_id(&http);
    let answer = serve(route, &http, payload, &shared, &request_id).await;
    answer.unwrap_or_else(|refusal| refuse(&refusal, &request_id))
}

async fn serve(
    route: &'static Route,
    http: &HttpRequest,
    payload: Payload,
    shared: &Shared,
    request_id: &RequestId,
) -> Result<HttpResponse, Refusal> {
    let principal = Principal::of(http);
    principal.require(route.role)?;
    let known: Vec<_> = route.params().map(|param| param.name).collect();
    let query = Query::read(http.query_string(), &known);
    let sent = match route.handler {
        Handler::Read { .. } | Handler::List { .. } => (None, Bytes::new()),
        Handler::Write { .. } => received(http, payload, shared).await?,
    };
    let mut call = Call::of(http, (principal, query), sent)?;
    let reply = match route.handler {
        Handler::Read { run, .. } => {
            let seen = call.if_none_match();
            let reading = run(&mut call)?;
            call.query.finish()?;
            Call::unless_seen(seen.as_deref(), read(shared.backend.clone(), request_id, reading).await?)
        }
        Handler::List { run, columns, .. } => {
            let listing = run(&mut call)?;
            // A CSV has all rows, but what is wrong in the question stays wrong.
            let page = call.query.page(route.path)?;
            let formats = [("json", false), ("csv", true)];
            if call.query.take_one_of("format", &formats) == Some(true) {
                call.query.finish()?;
                return csv::stream(shared, listing, columns, request_id).await;
            }
            call.query.finish()?;
            let seen = call.if_none_match();
            let reading = one_page(route.path, listing, page);
            Call::unless_seen(seen.as_deref(), read(shared.backend.clone(), request_id, reading).await?)
        }
        Handler::Write { run, .. } => {
            let dry_run: Option<bool> = call.query.take("dry_run");
            call.query.finish()?;
            write(shared.backend.clone(), request_id, run(&mut call)?, dry_run == Some(true)).await?
        }
    };
    Ok(respond(reply, request_id))
}

/// The five headers and the body of a write.
async fn received(
    http: &HttpRequest,
    payload: Payload,
    shared: &Shared,
) -> Result<(Option<Request>, Bytes), Refusal> {
    let late = |_| Refusal::new(Code::RequestTimeout, "The body came too slowly.");
    let deadline: Duration = shared.config.request_timeout;
    let body = tokio::time::timeout(deadline, collected(http, payload)).await.map_err(late)??;
    let request = write_headers::read(http, &body, &shared.config)?;
    Ok((Some(request), body))
}

/// The whole body, unpacked; the limit counts what is unpacked.
async fn collected(http: &HttpRequest, payload: Payload) -> Result<Bytes, Refusal> {
    let mut chunks = Decompress::from_headers(payload, http.headers());
    let mut body = BytesMut::new();
    while let Some(chunk) = next(&mut chunks).await {
        let chunk = chunk.map_err(|_| {
            Refusal::new(Code::MalformedRequest, "The body ended early, or is not what its headers say.")
        })?;
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(Refusal::new(Code::BodyTooLarge, format!("A body has at most {BODY_LIMIT} bytes.")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

async fn next<S: futures_core::Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *stream).poll_next(context)).await
}

/// Reads in one snapshot.
async fn read(backend: Arc<dyn Backend>, id: &RequestId, reading: Reading) -> Result<Reply, Refusal> {
    let read = web::block(move || {
        let mut found = Err(cancelled().into());
        backend.read(&mut |views| {
            found = reading(views);
            Ok(())
        })?;
        found
    });
    match read.await.unwrap_or_else(|_| Err(cancelled().into())) {
        Ok(reply) => Ok(reply),
        Err(Stop::Refused(refusal)) => Err(refusal),
        Err(Stop::Store(error)) => Err(store_refusal(&error, id)),
    }
}

fn one_page(list: &'static str, listing: Listing, page: inventory::Page) -> Reading {
    Box::new(move |views| {
        let Rows { rows, next, mut headers } = listing(views, &page)?;
        let next =
            next.map_or_else(|| "null".to_owned(), |place| format!("\"{}\"", make_cursor(list, &place)));
        let body = format!("{{\"data\":[{}],\"next_cursor\":{next}}}", rows.join(",")).into_bytes();
        headers.push(("ETag".to_owned(), crate::render::content_tag(&body)));
        Ok(Reply { status: 200, headers, body, replayed: false })
    })
}

/// Hands a command to the writer and answers what came of it; on a dry run, what would.
async fn write(backend: Arc<dyn Backend>, id: &RequestId, job: Job, dry_run: bool) -> Result<Reply, Refusal> {
    let answer = if dry_run {
        web::block(move || backend.preview(job.as_ref())).await.unwrap_or_else(|_| Err(cancelled()))
    } else {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        // The receiver is gone when the caller went away: the answer is stored, a repeat will get it.
        let answer = Box::new(move |answer| drop(sender.send(answer)));
        if backend.submit(job, answer).is_err() {
            return Err(Refusal::new(Code::WriteQueueFull, "Too many writes are waiting: try again."));
        }
        receiver.await.unwrap_or_else(|_| Err(cancelled()))
    };
    answer.map_err(|error| store_refusal(&error, id))
}

pub(crate) fn cancelled() -> StoreError {
    StoreError::Broken("the work ended without an answer".to_owned())
}

/// What the caller is told of a failure of the store; the log is told the rest.
pub(crate) fn store_refusal(error: &StoreError, id: &RequestId) -> Refusal {
    tracing::error!(%error, request_id = %id, "a request failed");
    match error {
        StoreError::Conflict | StoreError::Unavailable(_) => {
            let detail = "The database cannot be reached now: repeat with the same Idempotency-Key.";
            Refusal::new(Code::DatabaseUnavailable, detail)
        }
        StoreError::Broken(_) => internal_error(),
    }
}
