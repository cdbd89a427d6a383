//! What stands where: the quantities of one product and lot at one location.

use kernel::{BalanceId, LocationId, ProductId, Quantity, Version};

use crate::{Bucket, History, HoldReason, Lot};

/// Names a balance. There is at most one row for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BalanceKey {
    /// The product.
    pub product: ProductId,
    /// The location.
    pub location: LocationId,
    /// The lot, empty where the product is not tracked.
    pub lot: Lot,
}

/// The quantities behind a key; a balance that was never written is all zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balance {
    /// The row; none until the first transfer.
    pub id: Option<BalanceId>,
    /// May be promised.
    pub available: Quantity,
    /// Promised.
    pub reserved: Quantity,
    /// Held, by [`HoldReason::index`].
    pub held: [Quantity; 8],
    /// Raised by one with each transfer that touches the balance.
    pub version: Version,
    /// The hash of everything that ever happened to the balance.
    pub history: History,
    /// The version that the database has: what a write is conditional on.
    pub stored: Version,
}

impl Balance {
    /// The quantity in a bucket.
    pub fn bucket(&self, bucket: Bucket) -> Quantity {
        match bucket {
            Bucket::Available => self.available,
            Bucket::Reserved => self.reserved,
            Bucket::Held(reason) => self.held(reason),
        }
    }

    /// Sets the quantity in a bucket. Only the posting engine and the audit call this.
    pub(crate) fn set_bucket(&mut self, bucket: Bucket, quantity: Quantity) {
        match bucket {
            Bucket::Available => self.available = quantity,
            Bucket::Reserved => self.reserved = quantity,
            Bucket::Held(reason) => {
                if let Some(held) = self.held.get_mut(reason.index()) {
                    *held = quantity;
                }
            }
        }
    }

    /// The quantity held for this reason.
    pub fn held(&self, reason: HoldReason) -> Quantity {
        self.held.get(reason.index()).copied().unwrap_or_default()
    }

    /// The quantity held for any reason.
    pub fn held_total(&self) -> Quantity {
        self.held.iter().fold(Quantity::ZERO, |sum, held| sum.saturating_add(*held))
    }

    /// Everything that stands there: available + reserved + held.
    pub fn owned(&self) -> Quantity {
        self.available.saturating_add(self.reserved).saturating_add(self.held_total())
    }
}
