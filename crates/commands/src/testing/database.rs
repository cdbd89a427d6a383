//! A database as a test sees it: something that runs transactions.

use kernel::{Reply, StoreError, Timestamp};
use reservations::ReservationViews;

use crate::{BatchLimits, Job, LedgerReader, Store, run_batch};

/// One transaction: the store of a batch, and what can be read of it.
pub trait Transaction: Store + LedgerReader + ReservationViews {}

impl<T: Store + LedgerReader + ReservationViews> Transaction for T {}

/// What is done inside a transaction.
pub type TransactionWork<'a> = dyn FnMut(&mut dyn Transaction) -> Result<(), StoreError> + 'a;

/// A database for one test, empty and with its schema.
pub trait Database {
    /// Runs `work` in one transaction: commits on Ok, rolls back otherwise.
    ///
    /// # Errors
    /// What `work` answered, or what the database did.
    fn write(&mut self, work: &mut TransactionWork<'_>) -> Result<(), StoreError>;

    /// Runs `work` over one snapshot.
    ///
    /// # Errors
    /// What `work` answered, or what the database did.
    fn read(&mut self, work: &mut TransactionWork<'_>) -> Result<(), StoreError>;
}

/// Runs these jobs as one batch in one transaction.
///
/// # Errors
/// [`StoreError`], with everything rolled back.
pub fn run(database: &mut dyn Database, jobs: &[&dyn Job], now: Timestamp) -> Result<Vec<Reply>, StoreError> {
    let mut replies = Vec::new();
    database.write(&mut |transaction| {
        replies = run_batch(transaction, jobs, now, BatchLimits::default())?;
        Ok(())
    })?;
    Ok(replies)
}
