//! The port to the database that a batch is written through.

use inventory::StockStore;
use kernel::{Counters, Event, Fingerprint, Reply, Request, RequestSeq, StoreError, Timestamp};
use operations::RecordStore;
use reservations::ReservationStore;

/// The head of the one ordered history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The next free numbers.
    pub counters: Counters,
    /// When the last batch was recorded; time never goes back behind it.
    pub recorded_at: Timestamp,
}

/// A request that was decided, with its answer.
#[derive(Debug, Clone)]
pub struct Answered<'a> {
    /// Its place in the order of requests.
    pub seq: RequestSeq,
    /// The headers.
    pub request: &'a Request,
    /// The answer, as it is repeated from now on.
    pub reply: Reply,
}

/// The stored answer of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The request that was answered.
    pub seq: RequestSeq,
    /// Tells whether a repeat asks for the same.
    pub fingerprint: Fingerprint,
    /// The answer.
    pub reply: Reply,
}

/// A repeat that was answered with a stored answer.
#[derive(Debug, Clone)]
pub struct Replayed<'a> {
    /// The request whose answer it got.
    pub of: RequestSeq,
    /// The repeat.
    pub request: &'a Request,
}

/// One transaction of the writer. Adapters MUST keep `head` locked from [`Store::lock_head`] to the end of the
/// transaction, so that there is one batch at a time for one database, whichever server runs it.
pub trait Store: StockStore + ReservationStore + RecordStore {
    /// Locks the head and reads it; the first statement of the transaction.
    ///
    /// # Errors
    /// [`StoreError`], with the transaction to be given up.
    fn lock_head(&mut self) -> Result<Head, StoreError>;

    /// The stored answers of these requests' keys, in their order; `None` where the key is new.
    ///
    /// # Errors
    /// [`StoreError`].
    fn answers(&mut self, of: &[&Request]) -> Result<Vec<Option<StoredAnswer>>, StoreError>;

    /// Writes request rows, answers, events and the head.
    ///
    /// # Errors
    /// [`StoreError`]; a key that another batch wrote meanwhile is a [`StoreError::Conflict`].
    fn flush_answers(
        &mut self,
        head: &Head,
        answered: &[Answered<'_>],
        events: &[Event],
    ) -> Result<(), StoreError>;

    /// Writes down who was answered again, at the batch's time.
    ///
    /// # Errors
    /// [`StoreError`].
    fn flush_replays(&mut self, at: Timestamp, replayed: &[Replayed<'_>]) -> Result<(), StoreError>;
}
