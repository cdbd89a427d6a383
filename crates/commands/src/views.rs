//! Everything that can be read without a command.

use inventory::{AuditedTransfer, Balance, BalanceKey, MasterViews, Sku, StockViews};
use kernel::{ReservationId, StoreError};
use reservations::{Reservation, ReservationViews};

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

/// All the views of one snapshot.
pub trait Views: StockViews + MasterViews + ReservationViews + LedgerReader {}

impl<T: StockViews + MasterViews + ReservationViews + LedgerReader> Views for T {}
