//! Who asks, from which system, under which key: the five write headers, known for ever for every row they made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, Invalid, check_header, checked_text};

checked_text!(
    /// Names this attempt; comes back with every answer.
    RequestId, check_header, 255
);
checked_text!(
    /// Names the intent: a repeat with the same key has no second effect.
    IdempotencyKey, check_header, 255
);
checked_text!(
    /// The system that the call comes from; the allowed set is configuration.
    Source, check_header, 255
);
checked_text!(
    /// The name of a person, a service or a worker.
    ActorId, check_header, 255
);

/// What kind of actor answers for a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum ActorType {
    /// A person.
    User,
    /// A program of another system.
    Service,
    /// A program of the ERP's own.
    Worker,
}

impl ActorType {
    /// As it is written in headers and rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
            Self::Worker => "worker",
        }
    }
}

impl FromStr for ActorType {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::User, Self::Service, Self::Worker]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Invalid::new("must be user, service or worker"))
    }
}

impl fmt::Display for ActorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who answers for a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The name.
    pub id: ActorId,
    /// What kind of actor that is.
    pub kind: ActorType,
}

/// One attempt to change something.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where the call comes from; with `key` the scope of idempotency.
    pub source: Source,
    /// The intent.
    pub key: IdempotencyKey,
    /// The attempt.
    pub request_id: RequestId,
    /// Who answers for it.
    pub actor: Actor,
    /// What is asked, in a few words for the trail: `POST /api/v1/inventory/reservations`.
    pub action: String,
    /// Tells whether a repeat asks for the same.
    pub fingerprint: Fingerprint,
    /// Random, for the ids that this request makes.
    pub seed: [u8; 32],
}
