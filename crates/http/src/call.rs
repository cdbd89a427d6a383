//! One request, as a handler sees it: checked for what every route checks, not yet for what it means.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::web::Bytes;
use commands::Views;
use inventory::{Page, StockRefusal};
use kernel::{Code, Refusal, Reply, Request, StoreError, Version};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::body;
use crate::principal::Principal;
use crate::problem::{invalid_field, wrong};
use crate::query::Query;

/// Why a read does not answer what was asked.
pub(crate) enum Stop {
    /// The caller asked for what is not there.
    Refused(Refusal),
    /// The store failed.
    Store(StoreError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StockRefusal> for Stop {
    fn from(refusal: StockRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Reads one thing over a snapshot.
pub(crate) type Reading = Box<dyn Fn(&mut dyn Views) -> Result<Reply, Stop> + Send>;

/// A page of a list.
pub(crate) struct Rows {
    /// Each row as JSON text.
    pub(crate) rows: Vec<String>,
    /// The place where the page ended, if there is more.
    pub(crate) next: Option<String>,
    /// Headers of the answer.
    pub(crate) headers: Vec<(String, String)>,
}

impl Rows {
    /// A page without headers of its own.
    pub(crate) const fn new(rows: Vec<String>, next: Option<String>) -> Self {
        Self { rows, next, headers: Vec::new() }
    }
}

/// Reads a page of a list over a snapshot.
pub(crate) type Listing = Box<dyn Fn(&mut dyn Views, &Page) -> Result<Rows, Stop> + Send>;

/// A command that is ready to be decided.
pub(crate) type Job = Box<dyn commands::Job>;

/// A request.
pub(crate) struct Call {
    /// The parameters of the query, known ones only.
    pub(crate) query: Query,
    /// Who calls.
    pub(crate) principal: Principal,
    path: BTreeMap<String, String>,
    if_match: Option<String>,
    if_none_match: Option<String>,
    content_type: Option<String>,
    body: Bytes,
    write: Option<Request>,
}

/// Digits alone: no sign, nothing that could not be a version.
fn version(text: &str) -> Option<i64> {
    let is_number = text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

impl Call {
    /// Takes what handlers look at; `write` are the five headers, none where the route only reads.
    pub(crate) fn of(
        http: &HttpRequest,
        (principal, query): (Principal, Query),
        (write, body): (Option<Request>, Bytes),
    ) -> Result<Self, Refusal> {
        let header = |name: HeaderName| {
            let value = http.headers().get(name);
            value.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
        };
        if percent_decode_str(http.uri().path()).decode_utf8().is_err() {
            return Err(Refusal::new(Code::MalformedRequest, "The path is not percent-encoded UTF-8."));
        }
        // The router has decoded all but what would change its meaning (%25, %2F, %2B): that is decoded here.
        let decoded = |(name, value): (&str, &str)| {
            let value = percent_decode_str(value).decode_utf8().ok()?;
            Some((name.to_owned(), value.into_owned()))
        };
        let path: Option<BTreeMap<String, String>> = http.match_info().iter().map(decoded).collect();
        let unreadable = || Refusal::new(Code::MalformedRequest, "The path is not percent-encoded UTF-8.");
        Ok(Self {
            query,
            principal,
            path: path.ok_or_else(unreadable)?,
            if_match: header(IF_MATCH),
            if_none_match: header(IF_NONE_MATCH),
            content_type: header(CONTENT_TYPE),
            body,
            write,
        })
    }

    /// A parameter of the path, decoded.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// Who asks, under which key.
    pub(crate) fn request(&mut self) -> Result<Request, Refusal> {
        self.write.take().ok_or_else(crate::problem::internal_error)
    }

    /// The system that asks.
    pub(crate) fn source(&self) -> Result<kernel::Source, Refusal> {
        let source = self.write.as_ref().map(|request| request.source.clone());
        source.ok_or_else(crate::problem::internal_error)
    }

    /// The body, read as this shape.
    pub(crate) fn body<T: DeserializeOwned + Validate>(&self) -> Result<T, Refusal> {
        body::read(self.content_type.as_deref(), &self.body)
    }

    /// The entries of a body that is a list, each read alone; none where it is no list.
    pub(crate) fn entries<T: DeserializeOwned>(&self) -> Result<Option<Vec<Result<T, Refusal>>>, Refusal> {
        body::entries(self.content_type.as_deref(), &self.body)
    }

    /// The facts of a master record, whose types hold all their bounds.
    pub(crate) fn facts<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        body::read_object(self.content_type.as_deref(), &self.body)
    }

    /// The version that the caller has seen: from the body, or If-Match; none at all where `If-None-Match: *` says so.
    pub(crate) fn expected_version(&self, body: Option<i64>) -> Result<Option<Version>, Refusal> {
        let wrong_header = || {
            let error = wrong("header", "If-Match", "invalid_value", "must be one version, like \"3\"");
            Refusal::new(Code::InvalidHeaders, "If-Match is wrong.").fact("errors", vec![error])
        };
        let header = match self.if_match.as_deref() {
            None | Some("*") => None,
            Some(text) => {
                let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                Some(inner.and_then(version).ok_or_else(wrong_header)?)
            }
        };
        let header = match self.if_none_match.as_deref() {
            Some("*") if header.is_none() => Some(Version::NONE.0),
            Some(_) | None => header,
        };
        match (body, header) {
            (Some(body), Some(header)) if body != header => {
                Err(invalid_field("/expected_version", "differs from If-Match"))
            }
            (body, header) => Ok(body.or(header).map(Version)),
        }
    }

    /// The answer with this ETag, or 304 where the caller has it already.
    pub(crate) fn unless_seen(if_none_match: Option<&str>, mut reply: Reply) -> Reply {
        let own = reply.headers.iter().find(|(name, _)| name == "ETag").map(|(_, tag)| tag.as_str());
        let same = |seen: &str| seen.split(',').any(|tag| Some(tag.trim()) == own || tag.trim() == "*");
        if own.is_some() && if_none_match.is_some_and(same) {
            reply.status = 304;
            reply.body.clear();
        }
        reply
    }

    /// What the caller has already.
    pub(crate) fn if_none_match(&self) -> Option<String> {
        self.if_none_match.clone()
    }
}
