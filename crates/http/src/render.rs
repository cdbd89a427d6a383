//! Answers: JSON, entity tags, and how the answer of a command looks.

use commands::{Draft, Preview, Render};
use kernel::{Fingerprint, Refusal, Reply, RequestId, Version};
use serde::Serialize;

use crate::problem::{internal_error, problem};

/// An answer of JSON.
pub(crate) fn json(status: u16, headers: Vec<(String, String)>, body: &impl Serialize) -> Reply {
    let body = serde_json::to_vec(body).unwrap_or_default();
    Reply { status, headers, body, replayed: false }
}

/// Rows of a list, as JSON texts.
pub(crate) fn rows<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Vec<String> {
    rows.into_iter().filter_map(|row| serde_json::to_string(&row).ok()).collect()
}

/// The ETag of one resource: its version.
pub(crate) fn version_tag(version: Version) -> (String, String) {
    ("ETag".to_owned(), format!("\"{version}\""))
}

/// The ETag of a list: a hash of what it says, the versions of its rows included.
pub(crate) fn content_tag(body: &[u8]) -> String {
    let Fingerprint(hash) = Fingerprint::of(&[body]);
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Renders the answer of a command with `done`; everything else looks the same for all commands.
pub(crate) struct Show<D> {
    pub(crate) request_id: RequestId,
    /// The answer to what was done; none where the draft has not what it should show.
    pub(crate) done: fn(&D, &Draft<'_>) -> Option<Reply>,
}

impl<D> Render<D> for Show<D> {
    fn done(&self, done: &D, draft: &Draft<'_>) -> Reply {
        (self.done)(done, draft).unwrap_or_else(|| Render::<D>::broken(self))
    }

    fn refused(&self, refusal: &Refusal) -> Reply {
        problem(refusal, &self.request_id)
    }

    fn previewed(&self, would: Reply, preview: &Preview) -> Reply {
        let would =
            Would { status: would.status, body: serde_json::from_slice(&would.body).unwrap_or_default() };
        let body = PreviewBody { dry_run: true, preview_hash: preview.hash().to_hex(), would, preview };
        json(200, Vec::new(), &body)
    }

    fn broken(&self) -> Reply {
        problem(&internal_error(), &self.request_id)
    }
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
