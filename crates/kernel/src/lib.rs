//! The words that every crate of the ERP shares: exact quantities and money, identifiers, time, the five write
//! headers, refusals with their stable codes, stored answers and outbox events.
//!
//! The list of modules is closed. There are no verbs here, no rule of a warehouse, and nothing of a database, of
//! HTTP or of a clock.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod code;
mod ids;
mod money;
mod outbox;
mod quantity;
mod refusal;
mod reply;
mod request;
mod store_error;
mod text;
mod timestamp;

pub use code::Code;
pub use ids::{
    BalanceId, CohortId, Counters, EventId, LocationId, Mint, MovementId, MovementSeq, Numbering, ProductId,
    RecordId, RequestSeq, ReservationId, ScanId, Version, WarehouseId, WorkItemId,
};
pub use money::{Currency, Money};
pub use outbox::{Audience, Event, NewEvent};
pub use quantity::{PositiveQuantity, Quantity, SignedQuantity};
pub use refusal::{Facts, Refusal};
pub use reply::{Fingerprint, Reply};
pub use request::{Actor, ActorId, ActorType, IdempotencyKey, Request, RequestId, Source};
pub use store_error::StoreError;
pub use text::Invalid;
pub use timestamp::{Day, Timestamp};

#[cfg(feature = "wire")]
#[doc(hidden)]
pub use text::pattern_of;
#[doc(hidden)]
pub use text::{check_code, check_header, check_line, check_opaque};
