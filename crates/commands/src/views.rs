//! Everything that can be read without a command.

use inventory::{AuditedTransfer, Balance, BalanceKey, LedgerViews, MasterViews, Sku, StockViews};
use kernel::{
    EventId, IdempotencyKey, Reply, RequestId, RequestSeq, ReservationId, Source, StoreError, Timestamp,
};
use operations::RecordViews;
use reservations::{Reservation, ReservationViews};
use serde::Serialize;
use serde_json::Value;

use crate::Head;

/// What was looked at by a check of the whole database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IntegrityCounts {
    /// Rows without the request, product, balance or movement that they name.
    pub orphans: u64,
    /// Missing numbers among requests and events.
    pub gaps: u64,
    /// Triggers that keep the ledger from being changed, of those that should be there: how many are missing.
    pub missing_triggers: u64,
}

/// Reads the whole ledger in order, for the audit. Each call reads from the snapshot that the view stands on.
pub trait LedgerReader {
    /// The head.
    ///
    /// # Errors
    /// [`StoreError`].
    fn head(&mut self) -> Result<Head, StoreError>;

    /// Every transfer, in the order of the ledger, in memory that does not grow with it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn each_transfer(&mut self, take: &mut dyn FnMut(&AuditedTransfer)) -> Result<(), StoreError>;

    /// Every balance row.
    ///
    /// # Errors
    /// [`StoreError`].
    fn each_balance(&mut self, take: &mut dyn FnMut(&BalanceKey, &Sku, &Balance)) -> Result<(), StoreError>;

    /// Every reservation.
    ///
    /// # Errors
    /// [`StoreError`].
    fn each_reservation(&mut self, take: &mut dyn FnMut(&Reservation)) -> Result<(), StoreError>;

    /// What the database itself can count.
    ///
    /// # Errors
    /// [`StoreError`].
    fn integrity_counts(&mut self) -> Result<IntegrityCounts, StoreError>;

    /// Events of this reservation, oldest first: kind and version.
    ///
    /// # Errors
    /// [`StoreError`].
    fn events_of(&mut self, id: ReservationId) -> Result<Vec<(String, i64)>, StoreError>;
}

/// An event, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of Event")]
pub struct EventEntry {
    pub seq: i64,
    pub id: EventId,
    pub kind: String,
    pub subject: String,
    pub subject_seq: i64,
    pub audience: String,
    pub data: Value,
}

/// A repeat that got a stored answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct ReplayEntry {
    pub request_id: RequestId,
    pub recorded_at: Timestamp,
}

/// What is known of a request that was decided.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of Request")]
pub struct RequestTrail {
    pub seq: RequestSeq,
    pub request_id: RequestId,
    pub recorded_at: Timestamp,
    pub action: String,
    pub actor_id: String,
    pub actor_type: String,
    pub source_system: Source,
    pub idempotency_key: IdempotencyKey,
    /// As it is given again; none once its key was pruned.
    pub answer: Option<Reply>,
    /// What others were told.
    pub events: Vec<EventEntry>,
    /// Who got the answer again, and when; forgotten with the answer.
    pub replays: Vec<ReplayEntry>,
}

/// Reads what requests did.
pub trait TrailViews {
    /// The requests that were made under this id, and those whose answer was given again to it, oldest first: at most
    /// so many, and of their replays together the latest `replays`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn trail(&mut self, id: &RequestId, limit: u32, replays: u32) -> Result<Vec<RequestTrail>, StoreError>;
}

/// All the views of one snapshot.
pub trait Views:
    StockViews + MasterViews + LedgerViews + ReservationViews + RecordViews + LedgerReader + TrailViews
{
}

impl<T> Views for T where
    T: StockViews + MasterViews + LedgerViews + ReservationViews + RecordViews + LedgerReader + TrailViews
{
}
