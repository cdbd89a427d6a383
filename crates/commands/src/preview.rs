//! What a command would write, shown before it does.

use inventory::{Balance, Bucket, HoldReason, Place, StockDraft, Transfer};
use kernel::{Code, Invalid, Quantity, Refusal, Version};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Draft;

/// Stands for the state of every balance that a command would touch, before it does, and for what it would move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviewHash(pub [u8; 32]);

impl PreviewHash {
    /// In hexadecimal.
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::str::FromStr for PreviewHash {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("must be the preview_hash of a dry run");
        let mut hash = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        for (at, byte) in hash.iter_mut().enumerate() {
            let pair = text.get(at * 2..at * 2 + 2).ok_or_else(wrong)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(hash))
    }
}

/// What would be written.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// The movements, in order.
    pub movements: Vec<MovementView>,
    /// Every balance that they touch.
    pub balances: Vec<BalanceChange>,
    #[serde(skip)]
    hash: [u8; 32],
}

/// A movement that would be posted.
#[derive(Debug, Clone, Serialize)]
pub struct MovementView {
    /// What for.
    pub kind: &'static str,
    /// What would move.
    pub transfers: Vec<TransferView>,
}

/// A transfer that would be posted.
#[derive(Debug, Clone, Serialize)]
pub struct TransferView {
    /// Of what.
    pub sku: String,
    /// Which lot.
    pub lot: String,
    /// How much.
    pub quantity: Quantity,
    /// From where: a party, or location and bucket.
    pub from: String,
    /// To where.
    pub to: String,
}

/// A balance before and after.
#[derive(Debug, Clone, Serialize)]
pub struct BalanceChange {
    /// Of what.
    pub sku: String,
    /// Where.
    pub location: String,
    /// Which lot.
    pub lot: String,
    /// As it is.
    pub before: BucketsView,
    /// As it would be.
    pub after: BucketsView,
}

/// The quantities of a balance.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the fields are those of Balance")]
pub struct BucketsView {
    pub available: Quantity,
    pub reserved: Quantity,
    pub held: Quantity,
    pub version: Version,
}

impl From<&Balance> for BucketsView {
    fn from(balance: &Balance) -> Self {
        Self {
            available: balance.available,
            reserved: balance.reserved,
            held: balance.held_total(),
            version: balance.version,
        }
    }
}

impl Preview {
    /// What this draft would write.
    pub fn of(draft: &Draft<'_>) -> Self {
        let stock = &draft.stock;
        let sku = |id| stock.product(id).map_or_else(String::new, |product| product.sku.to_string());
        let location = |id| stock.location(id).map_or_else(String::new, |location| location.code.to_string());
        let mut hash = Sha256::new();
        let mut balances = Vec::new();
        for (key, after) in &stock.changes().balances {
            let before = stock.before(key);
            hash.update(key.product.0.to_be_bytes());
            hash.update(key.location.0.to_be_bytes());
            hash.update(u32::try_from(key.lot.as_str().len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(key.lot.as_str());
            hash.update(before.version.0.to_be_bytes());
            hash.update(before.history.0);
            balances.push(BalanceChange {
                sku: sku(key.product),
                location: location(key.location),
                lot: key.lot.to_string(),
                before: (&before).into(),
                after: after.into(),
            });
        }
        for transfer in stock.changes().movements.iter().flat_map(|movement| &movement.transfers) {
            let moved = &transfer.moved;
            hash.update(moved.product.0.to_be_bytes());
            hash.update(moved.quantity.get().micros().to_be_bytes());
            for place in [moved.from, moved.to] {
                hash.update(place.code().to_be_bytes());
                hash.update(place.location().map_or(0, |location| location.0).to_be_bytes());
            }
            hash.update(moved.lot.as_str());
            hash.update([0]);
        }
        let movements = stock.changes().movements.iter().map(|movement| MovementView {
            kind: movement.kind.as_str(),
            transfers: movement.transfers.iter().map(|transfer| show(stock, transfer)).collect(),
        });
        Self { movements: movements.collect(), balances, hash: hash.finalize().into() }
    }

    /// Stands for the balances as they are before.
    pub const fn hash(&self) -> PreviewHash {
        PreviewHash(self.hash)
    }

    /// The refusal of a caller who has seen another preview.
    pub(crate) fn stale(&self) -> Refusal {
        let detail = "A balance that this touches has moved since the preview: look at the new one.";
        Refusal::new(Code::PreviewStale, detail)
            .fact("preview_hash", self.hash().to_hex())
            .fact("movements", &self.movements)
            .fact("balances", &self.balances)
    }
}

fn show(stock: &StockDraft<'_>, transfer: &Transfer) -> TransferView {
    let place = |place: Place| match place {
        Place::Outside(party) => party.as_str().to_owned(),
        Place::At(id, bucket) => {
            let location = stock.location(id).map_or_else(String::new, |location| location.code.to_string());
            let bucket = match bucket {
                Bucket::Available => "available",
                Bucket::Reserved => "reserved",
                Bucket::Held(reason) => return format!("{location} held {}", HoldReason::as_str(reason)),
            };
            format!("{location} {bucket}")
        }
    };
    let moved = &transfer.moved;
    TransferView {
        sku: stock.product(moved.product).map_or_else(String::new, |product| product.sku.to_string()),
        lot: moved.lot.to_string(),
        quantity: moved.quantity.get(),
        from: place(moved.from),
        to: place(moved.to),
    }
}
