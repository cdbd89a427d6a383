//! Records: what every module has in common.

use std::collections::BTreeSet;
use std::fmt;

use inventory::{LocationCode, Reason, Sku, WarehouseCode};
use kernel::{Actor, ActorId, MovementId, RecordId, RequestSeq, Timestamp, Version, WarehouseId, WorkItemId};
use serde::{Deserialize, Serialize};

use crate::machine::Standing;
use crate::{Body, LineFacts, Module, RecordState, Step};

/// The number of a record, for people: `PO-000123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordNumber {
    /// The module, whose prefix it has.
    pub module: Module,
    /// From 1, for each module.
    pub number: i64,
}

impl RecordNumber {
    /// The number of a module that is written so.
    pub fn of(module: Module, text: &str) -> Option<Self> {
        let digits = text.strip_prefix(module.declaration().prefix)?.strip_prefix('-')?;
        let number = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some(Self { module, number })
    }
}

impl fmt::Display for RecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:06}", self.module.declaration().prefix, self.number)
    }
}

impl Serialize for RecordNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "wire")]
impl schemars::JsonSchema for RecordNumber {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RecordNumber".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Z]{2,3}-[0-9]{6,}$" })
    }
}

/// A step that was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Posting {
    pub step: Step,
    pub movement_id: MovementId,
    pub posted_by: ActorId,
    pub posted_at: Timestamp,
    /// The movement that undid it.
    pub reversed_by: Option<MovementId>,
}

/// What of a record a module may look at when it decides, beside its sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Its name outside.
    pub id: RecordId,
    /// Its place in lists.
    pub seq: i64,
    /// Its name for people.
    pub number: RecordNumber,
    /// Where it stands.
    pub state: RecordState,
    /// Where it stood when it was blocked, while it is blocked.
    pub blocked_from: Option<RecordState>,
    /// Why it is blocked, cancelled or closed before its time.
    pub reason: Option<Reason>,
    /// The warehouse.
    pub warehouse: WarehouseId,
    /// The warehouse's code.
    pub warehouse_code: WarehouseCode,
    /// The work that it is.
    pub work_item: WorkItemId,
    /// The record that it was made from.
    pub source: Option<RecordId>,
    /// The steps that were posted, in their order.
    pub postings: Vec<Posting>,
    /// Who made it.
    pub created_by: Actor,
    /// Who approved it.
    pub approved_by: Option<ActorId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Raised by one with each change.
    pub version: Version,
    /// The request that changed it last.
    pub request: RequestSeq,
    /// The version that the database has; 0: it is not there.
    pub stored: Version,
}

impl Head {
    /// Where it stands, for the machine.
    pub fn standing(&self) -> Standing {
        let has_posted = self.postings.iter().any(|posting| posting.reversed_by.is_none());
        Standing { state: self.state, blocked_from: self.blocked_from, has_posted }
    }

    /// The posting of a step that stands: posted, and not reversed.
    pub fn posted(&self, step: Step) -> Option<&Posting> {
        self.postings.iter().find(|posting| posting.step == step && posting.reversed_by.is_none())
    }
}

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What all modules have.
    pub head: Head,
    /// What its module says.
    pub body: Body,
}

impl Record {
    /// Its module.
    pub const fn module(&self) -> Module {
        self.body.module()
    }

    /// What of its lines others look for.
    pub fn lines(&self) -> Vec<LineFacts> {
        self.body.content().facts()
    }

    /// The name that only one record of its module may have that is not cancelled.
    pub fn key(&self) -> Option<String> {
        self.body.content().key()
    }

    /// What it says, as JSON: of the whole, and line by line.
    pub fn content(&self) -> (serde_json::Value, Vec<serde_json::Value>) {
        (self.body.content().payload(), self.body.content().lines())
    }

    /// Whether it is not over: neither posted, closed nor cancelled.
    pub fn is_open(&self) -> bool {
        !self.head.state.is_final() && self.head.state != RecordState::Posted
    }

    /// Whether it is not over and has a line for a product.
    pub fn is_open_on(&self, sku: &Sku) -> bool {
        self.is_open() && self.lines().iter().any(|line| line.sku.as_ref() == Some(sku))
    }

    /// Every location that it names, in a line or for the whole.
    pub fn places(&self) -> BTreeSet<LocationCode> {
        let lines = self.lines().into_iter();
        let of_lines = lines.flat_map(|line| line.locations.into_iter().chain(line.goes_to));
        of_lines.chain(self.body.content().places().into_iter().cloned()).collect()
    }

    /// Whether it is not over and names a location, in a line or for the whole.
    pub fn is_open_at(&self, code: &LocationCode) -> bool {
        self.is_open() && self.places().contains(code)
    }

    /// The states that a transition may lead to now.
    pub fn allowed(&self) -> Vec<RecordState> {
        let on_path = self.module().declaration().path.allowed(self.head.standing());
        let content = self.body.content();
        on_path.into_iter().filter(|to| content.allows(&self.head, *to)).collect()
    }
}
