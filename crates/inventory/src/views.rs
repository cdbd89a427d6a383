//! The port for reading stock as it is, without a command.

use kernel::{SignedQuantity, StoreError, Timestamp, Version};

use crate::{LocationCode, Lot, Sku, WarehouseCode};

/// A page of a list: at most so many rows, after a place that an earlier page ended at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The most rows to answer.
    pub limit: u32,
    /// Where the page before ended; each list says what its numbers and texts are.
    pub after: Option<String>,
}

impl Page {
    /// The first row.
    pub const FIRST: Self = Self { limit: 1, after: None };
}

/// How rows are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// One row for each balance.
    Balance,
    /// One row for each sku.
    Sku,
    /// One row for each sku and location.
    Location,
    /// One row for each sku and lot.
    Lot,
}

/// Which rows of the availability are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailabilityFilter {
    /// These skus, each of which gets a row; empty: every sku that has a balance.
    pub skus: Vec<Sku>,
    /// In this warehouse.
    pub warehouse: Option<WarehouseCode>,
    /// At this location.
    pub location: Option<LocationCode>,
    /// Of this lot.
    pub lot: Option<Lot>,
    /// Summed up like this.
    pub grouping: Grouping,
    /// What was recorded by this moment; none: everything.
    pub as_of: Option<Timestamp>,
    /// Of that, what had happened by this moment; none: everything.
    pub effective_as_of: Option<Timestamp>,
}

/// A row of the availability. Quantities are in the product's stock unit; they are zero or more, but for a moment of
/// happening: what was shipped before it was reserved was below zero in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailabilityRow {
    /// Of what.
    pub sku: Sku,
    /// In which warehouse; none where the row has more than one or none.
    pub warehouse: Option<WarehouseCode>,
    /// Where; none where the row has more than one location or none.
    pub location: Option<LocationCode>,
    /// Of which lot; none where the row has more than one.
    pub lot: Option<Lot>,
    /// May be promised.
    pub available: SignedQuantity,
    /// Promised.
    pub reserved: SignedQuantity,
    /// Held, by [`crate::HoldReason::index`].
    pub held: [SignedQuantity; 8],
    /// The balance's version; none for a row that sums up several.
    pub version: Option<Version>,
}

impl AvailabilityRow {
    /// The row of a product that has nothing there.
    pub fn zero(sku: Sku) -> Self {
        let zero = SignedQuantity::ZERO;
        Self {
            sku,
            warehouse: None,
            location: None,
            lot: None,
            available: zero,
            reserved: zero,
            held: [zero; 8],
            version: None,
        }
    }

    /// What is held for any reason.
    pub fn held_total(&self) -> SignedQuantity {
        self.held.iter().fold(SignedQuantity::ZERO, |sum, held| sum.saturating_add(*held))
    }

    /// Everything that stands there: available + reserved + held.
    pub fn owned(&self) -> SignedQuantity {
        self.available.saturating_add(self.reserved).saturating_add(self.held_total())
    }
}

/// Reads of stock. Each call reads one snapshot.
pub trait StockViews {
    /// The rows, in the order of product, warehouse, location and lot, and the place where the page ended if there
    /// are more. A known sku that was asked for and has no balance gets a row of zeros.
    ///
    /// # Errors
    /// [`StoreError`].
    fn availability(
        &mut self,
        filter: &AvailabilityFilter,
        page: &Page,
    ) -> Result<(Vec<AvailabilityRow>, Option<String>), StoreError>;

    /// Those of these skus that no product has.
    ///
    /// # Errors
    /// [`StoreError`].
    fn unknown_skus(&mut self, skus: &[Sku]) -> Result<Vec<Sku>, StoreError>;

    /// Whether there is such a warehouse.
    ///
    /// # Errors
    /// [`StoreError`].
    fn has_warehouse(&mut self, code: &WarehouseCode) -> Result<bool, StoreError>;

    /// Whether there is such a location.
    ///
    /// # Errors
    /// [`StoreError`].
    fn has_location(&mut self, code: &LocationCode) -> Result<bool, StoreError>;
}
