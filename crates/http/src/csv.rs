//! A whole list as CSV, streamed from one snapshot in pieces, so that memory does not grow with the list.

use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use actix_web::{HttpResponse, rt};
use commands::Backend;
use inventory::Page;
use kernel::{Refusal, RequestId, StoreError};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::call::{Listing, Rows, Stop};
use crate::dispatch::{cancelled, store_refusal};
use crate::query::MOST;
use crate::server::Shared;

/// Pieces that wait for a slow reader.
const WAITING: usize = 4;
/// A reader that takes nothing for so long is gone: its snapshot must not be kept open for ever.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a whole list may take, for the same reason.
const LONGEST: Duration = Duration::from_secs(600);
/// How long a list waits for the end of others.
const QUEUED: Duration = Duration::from_secs(5);
/// The bytes of a piece.
const PIECE: usize = 1 << 16;

type Piece = Result<Bytes, Stop>;
/// The headers that the first page has.
type Headers = Vec<(String, String)>;

/// Streams every row of the list while one of the `slots` is free for it, so that slow readers leave connections for
/// everybody else; `columns` are JSON pointers into a row, without the first slash.
///
/// # Errors
/// What the first page is refused with. A failure later ends the connection in the middle of the body, so that
/// nobody takes a part for the whole.
pub(crate) async fn stream(
    shared: &Shared,
    listing: Listing,
    columns: &'static [&'static str],
    request_id: &RequestId,
) -> Result<HttpResponse, Refusal> {
    let slot = match timeout(QUEUED, shared.csv_slots.clone().acquire_owned()).await {
        Ok(Ok(slot)) => slot,
        Ok(Err(_)) | Err(_) => {
            let busy = StoreError::Unavailable("other lists are being read as CSV".to_owned());
            return Err(store_refusal(&busy, request_id));
        }
    };
    let backend = shared.backend.clone();
    let (sender, mut receiver) = channel::<Piece>(WAITING);
    let (tell, mut told) = oneshot::channel::<Headers>();
    let runtime = Handle::current();
    let work = move || {
        let _until_done = slot;
        let begun = Instant::now();
        let done = send_all(backend.as_ref(), &listing, columns, tell, &|piece| {
            let left = LONGEST.saturating_sub(begun.elapsed());
            deliver(&runtime, &sender, piece, left.min(PATIENCE))
        });
        if let Err(stop) = done {
            // A reader that is gone misses nothing.
            let _gone = deliver(&runtime, &sender, Err(stop), PATIENCE);
        }
    };
    drop(rt::task::spawn_blocking(work));
    match receiver.recv().await.unwrap_or_else(|| Err(cancelled().into())) {
        Ok(first) => {
            let mut answer = HttpResponse::Ok();
            answer.content_type("text/csv; charset=utf-8").insert_header(("Request-Id", request_id.as_str()));
            for header in told.try_recv().unwrap_or_default() {
                answer.insert_header(header);
            }
            Ok(answer.streaming(Pieces { first: Some(first), receiver, request_id: request_id.clone() }))
        }
        Err(Stop::Refused(refusal)) => Err(refusal),
        Err(Stop::Store(error)) => Err(store_refusal(&error, request_id)),
    }
}

fn deliver(
    runtime: &Handle,
    sender: &Sender<Piece>,
    piece: Piece,
    patience: Duration,
) -> Result<(), StoreError> {
    let gone = |_| StoreError::Unavailable("the reader of a CSV is gone".to_owned());
    runtime.block_on(sender.send_timeout(piece, patience)).map_err(gone)
}

/// Reads page by page in one snapshot. The first piece has the names of the columns.
fn send_all(
    backend: &dyn Backend,
    listing: &Listing,
    columns: &[&str],
    tell: oneshot::Sender<Headers>,
    send: &dyn Fn(Piece) -> Result<(), StoreError>,
) -> Result<(), Stop> {
    let mut stopped = Ok(());
    let mut tell = Some(tell);
    backend.read(&mut |views| {
        let mut page = Page { limit: MOST, after: None };
        let names: Vec<_> = columns.iter().map(|column| column.replace('/', "_")).collect();
        let mut text = line(&names)?;
        loop {
            let Rows { rows, next, headers } = match listing(views, &page) {
                Ok(found) => found,
                Err(Stop::Store(error)) => return Err(error),
                Err(refused) => {
                    stopped = Err(refused);
                    return Ok(());
                }
            };
            if let Some(tell) = tell.take() {
                // A reader that is gone misses nothing.
                let _gone = tell.send(headers);
            }
            for row in &rows {
                text.extend(line(&cells(row, columns)?)?);
                if text.len() >= PIECE {
                    send(Ok(std::mem::take(&mut text).into()))?;
                }
            }
            page.after = next;
            if page.after.is_none() {
                return send(Ok(text.into()));
            }
        }
    })?;
    stopped
}

fn line(cells: &[String]) -> Result<Vec<u8>, StoreError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(|error| StoreError::Broken(error.to_string()))?;
    writer.into_inner().map_err(|error| StoreError::Broken(error.to_string()))
}

fn cells(row: &str, columns: &[&str]) -> Result<Vec<String>, StoreError> {
    let row: Value = serde_json::from_str(row).map_err(|error| StoreError::Broken(error.to_string()))?;
    Ok(columns
        .iter()
        .map(|column| row.pointer(&format!("/{column}")).map_or_else(String::new, cell))
        .collect())
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => harmless(text),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// A text that a spreadsheet would take for a formula gets an apostrophe before it; the import takes it away again.
fn harmless(text: &str) -> String {
    let first = text.trim_start_matches('\'').chars().next();
    if first.is_some_and(|first| "=+-@\t\r".contains(first)) { format!("'{text}") } else { text.to_owned() }
}

/// The body of the answer.
struct Pieces {
    first: Option<Bytes>,
    receiver: Receiver<Piece>,
    request_id: RequestId,
}

impl futures_core::Stream for Pieces {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let piece = std::task::ready!(self.receiver.poll_recv(context));
        Poll::Ready(piece.map(|piece| {
            piece.map_err(|stop| {
                if let Stop::Store(error) = stop {
                    tracing::error!(%error, request_id = %self.request_id, "a CSV broke off");
                }
                std::io::Error::other("the list could not be read to its end")
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_cells_by_pointers() {
        let row =
            r#"{"sku":"A,\"1\"","held":{"qc":2.5},"lot":null,"lines":[1],"name":"=1+1","quoted":"'+x"}"#;
        let found =
            cells(row, &["sku", "held/qc", "held/putaway", "lot", "lines", "name", "quoted"]).unwrap();
        assert_eq!(found, ["A,\"1\"", "2.5", "", "", "[1]", "'=1+1", "''+x"]);
        let text = String::from_utf8(line(&found).unwrap()).unwrap();
        assert_eq!(text, "\"A,\"\"1\"\"\",2.5,,,[1],'=1+1,''+x\n");
    }
}
