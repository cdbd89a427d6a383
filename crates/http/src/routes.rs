//! The table of routes: what each is called, who may call it, what it reads and answers, and the function that does
//! it. The router, the checks of every request and the OpenAPI document are made from it, so none can say something
//! else than the other.

use actix_web::http::Method;
use kernel::{Code, Refusal};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::call::{Call, Job, Listing, Reading};
use crate::principal::Role;

/// What the owner says of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does what it says.
    Implemented,
    /// Previewable, and behind the gate.
    Guarded,
    /// Not of the owner's table: what clients need around it.
    Companion,
}

impl Status {
    /// As it is written in the OpenAPI document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Implemented => "implemented",
            Self::Guarded => "guarded",
            Self::Companion => "companion",
        }
    }
}

/// Makes the schema of a type.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schema of `T`, by reference where it has a name.
pub(crate) fn schema<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Schema {
    schemas.subschema_for::<T>()
}

/// What a query parameter may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value {
    /// The code of something: a sku, a warehouse, a location, a barcode.
    Code,
    /// A lot or serial; empty: none.
    Lot,
    /// A line of text.
    Line,
    /// The value of a write header.
    Word,
    /// How many rows.
    Rows,
    /// What a list answered as `next_cursor`.
    Cursor,
    /// Codes between commas, at most so many.
    Codes(usize),
    /// `true` or `false`.
    Flag,
    /// An RFC 3339 time.
    Time,
    /// A UUID.
    Id,
    /// The slug of a module of operations.
    Module,
    /// One of these.
    OneOf(&'static [&'static str]),
}

/// A query parameter.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) value: Value,
    pub(crate) about: &'static str,
}

/// A query parameter of the table.
pub(crate) const fn param(name: &'static str, value: Value, about: &'static str) -> Param {
    Param { name, value, about }
}

/// An answer of a write: its status, and the schema of its body.
pub(crate) type Answer = (u16, &'static str, SchemaOf);

/// How a route is served.
pub(crate) enum Handler {
    /// Reads one thing in one snapshot.
    Read { run: fn(&mut Call) -> Result<Reading, Refusal>, answer: SchemaOf },
    /// Reads a list: in pages as JSON, or whole as CSV with these columns (JSON pointers into a row).
    List { run: fn(&mut Call) -> Result<Listing, Refusal>, row: SchemaOf, columns: &'static [&'static str] },
    /// Changes something: takes the five write headers and a body.
    Write { run: fn(&mut Call) -> Result<Job, Refusal>, body: SchemaOf, answers: &'static [Answer] },
}

/// One route.
pub struct Route {
    /// The group that it belongs to.
    pub resource: &'static str,
    /// GET, POST, PUT or PATCH.
    pub method: Method,
    /// With `{id}` for parameters.
    pub path: &'static str,
    /// What the owner says of it.
    pub status: Status,
    /// What it is for, in the owner's words where it is the owner's.
    pub purpose: &'static str,
    /// The least role that may call it.
    pub role: Role,
    /// Its own query parameters.
    pub(crate) query: &'static [Param],
    /// The codes of its own refusals, beside those that every route has.
    pub(crate) refusals: &'static [Code],
    pub(crate) handler: Handler,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

const LIMIT: Param = param("limit", Value::Rows, "rows of a page, 1 to 500; 50 where nobody says");
const CURSOR: Param = param("cursor", Value::Cursor, "next_cursor of the page before");
const FORMAT: Param = param("format", Value::OneOf(&["json", "csv"]), "csv streams all rows at once");
const DRY_RUN: Param = param("dry_run", Value::Flag, "answers what would be written, and writes nothing");

impl Route {
    /// Whether it changes something.
    pub(crate) const fn is_write(&self) -> bool {
        matches!(self.handler, Handler::Write { .. })
    }

    /// Every query parameter that it takes.
    pub(crate) fn params(&self) -> impl Iterator<Item = &Param> {
        let common: &[Param] = match self.handler {
            Handler::Read { .. } => &[],
            Handler::List { .. } => &[LIMIT, CURSOR, FORMAT],
            Handler::Write { .. } => &[DRY_RUN],
        };
        self.query.iter().chain(common)
    }

    /// Every code that it may be refused with: its own, and those of its kind.
    pub(crate) fn codes(&self) -> impl Iterator<Item = Code> {
        const EVERY: &[Code] = &[
            Code::InvalidQuery,
            Code::MalformedRequest,
            Code::RoleMissing,
            Code::MethodNotAllowed,
            Code::InternalError,
            Code::DatabaseUnavailable,
        ];
        const LISTS: &[Code] = &[Code::InvalidCursor];
        const WRITES: &[Code] = &[
            Code::InvalidHeaders,
            Code::MalformedJson,
            Code::RequestTimeout,
            Code::BodyTooLarge,
            Code::UnsupportedMediaType,
            Code::InvalidBody,
            Code::IdempotencyKeyReused,
            Code::WriteQueueFull,
        ];
        let kind = match self.handler {
            Handler::Read { .. } => &[],
            Handler::List { .. } => LISTS,
            Handler::Write { .. } => WRITES,
        };
        self.refusals.iter().chain(EVERY).chain(kind).copied()
    }
}

/// Every route under `/api/v1`, in the order in which people read of them.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    [
        crate::stock::ROUTES,
        crate::reservations::ROUTES,
        crate::operations::ROUTES,
        crate::scans::ROUTES,
        crate::master::ROUTES,
        crate::requests::ROUTES,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_stands_twice_and_each_write_is_one() {
        let mut seen = std::collections::BTreeSet::new();
        for route in routes() {
            assert!(seen.insert((route.path, route.method.as_str())), "{route:?} twice");
            assert_eq!(route.is_write(), route.method != Method::GET, "{route:?}");
            assert!(!route.is_write() || route.role > Role::Viewer, "{route:?}: viewers write nothing");
            let mut names: Vec<_> = route.params().map(|param| param.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), route.params().count(), "{route:?}: a parameter twice");
        }
    }
}
