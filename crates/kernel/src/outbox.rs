//! Events: what others may want to know, written in the transaction that caused it.

use serde_json::Value;

use crate::{EventId, RequestSeq, Version};

/// Who an event is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// The commerce system; what concerns live stock is withheld until that stock is trusted.
    Commerce,
    /// The ERP's own readers; never routed to Commerce.
    Internal,
}

impl Audience {
    /// As it is written in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commerce => "commerce",
            Self::Internal => "internal",
        }
    }
}

/// An event before it has its place in the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// The aggregate: `reservations/{id}`, `balances/{id}`.
    pub subject: String,
    /// The aggregate's version after the change.
    pub subject_seq: Version,
    /// The type: `reservation.created`.
    pub kind: &'static str,
    /// Who it is for.
    pub audience: Audience,
    /// The facts.
    pub data: Value,
}

/// An event in its place: at most one for an aggregate, a version and a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Place in the outbox: gapless, in commit order.
    pub seq: i64,
    /// Stable identity for receivers.
    pub id: EventId,
    /// The request that caused it.
    pub request: RequestSeq,
    /// What happened.
    pub event: NewEvent,
}
