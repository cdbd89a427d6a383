//! The hash of a balance's history: head = SHA-256(previous head ‖ version ‖ canonical transfer).
//!
//! Fixed-width fields are big-endian; texts have their length (u32) before them. The bytes never change their
//! meaning: the test vector below is part of the format.

use kernel::{Money, MovementId, Quantity, Timestamp, Version};
use sha2::{Digest, Sha256};

use crate::{LocationCode, Lot, Place, Sku};

/// The head of a balance's chain of hashes; all zero before the first transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct History(pub [u8; 32]);

/// What of a transfer is hashed.
pub(crate) struct Canonical<'a> {
    pub(crate) movement: MovementId,
    pub(crate) line: u32,
    pub(crate) sku: &'a Sku,
    pub(crate) lot: &'a Lot,
    pub(crate) quantity: Quantity,
    pub(crate) from: (Place, Option<&'a LocationCode>),
    pub(crate) to: (Place, Option<&'a LocationCode>),
    pub(crate) unit_cost: Option<Money>,
    pub(crate) effective_at: Timestamp,
    pub(crate) recorded_at: Timestamp,
}

impl History {
    /// The head after one more transfer, which gave the balance this version.
    pub(crate) fn after(self, version: Version, transfer: &Canonical<'_>) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(version.0.to_be_bytes());
        hash.update(transfer.movement.0.as_bytes());
        hash.update(transfer.line.to_be_bytes());
        text(&mut hash, transfer.sku.as_str());
        text(&mut hash, transfer.lot.as_str());
        hash.update(transfer.quantity.micros().to_be_bytes());
        for (place, location) in [transfer.from, transfer.to] {
            hash.update(place.code().to_be_bytes());
            text(&mut hash, location.map_or("", LocationCode::as_str));
        }
        text(&mut hash, transfer.unit_cost.as_ref().map_or("", |cost| cost.currency.as_str()));
        hash.update(transfer.unit_cost.map_or(-1, |cost| cost.ten_thousandths).to_be_bytes());
        hash.update(transfer.effective_at.micros().to_be_bytes());
        hash.update(transfer.recorded_at.micros().to_be_bytes());
        Self(hash.finalize().into())
    }
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    hash.update(text);
}
