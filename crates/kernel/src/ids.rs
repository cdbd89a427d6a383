//! Identifiers that carry their kind, the counters that the head of the history hands out, and the mint of UUIDs.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Timestamp;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

numbers! {
    /// A product, inside; people and programs say its sku.
    ProductId;
    /// A warehouse, inside; outside it has a code.
    WarehouseId;
    /// A location, inside; outside it has a code.
    LocationId;
    /// A balance row.
    BalanceId;
    /// The place of a movement in the ledger: gapless, in commit order.
    MovementSeq;
    /// The place of a request among all requests that were decided: gapless, in commit order.
    RequestSeq;
}

macro_rules! uuids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Uuid::parse_str(&text).map(Self).map_err(|_| serde::de::Error::custom("must be a UUID"))
            }
        }

        #[cfg(feature = "wire")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": "uuid" })
            }
        }
    )*};
}

uuids! {
    /// A reservation.
    ReservationId;
    /// A movement of the ledger.
    MovementId;
    /// An operations record.
    RecordId;
    /// A work item.
    WorkItemId;
    /// A barcode scan.
    ScanId;
    /// A cutover cohort.
    CohortId;
    /// An outbox event; it stays the same however often the event is sent.
    EventId;
}

/// How often a row was written: 1 when it was made, one more with each change, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Version(pub i64);

impl Version {
    /// Not written yet.
    pub const NONE: Self = Self(0);

    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The next free numbers, read from the head of the history and written back with the batch. A draft takes from its
/// own copy, so that what is dropped leaves no gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Numbers products, warehouses, locations, balances and reservations.
    pub id: i64,
    /// Numbers requests.
    pub request: i64,
    /// Numbers movements.
    pub movement: i64,
    /// Numbers events.
    pub event: i64,
}

impl Counters {
    /// The counters of an empty database.
    pub const FIRST: Self = Self { id: 1, request: 1, movement: 1, event: 1 };

    /// Takes a number for a product, warehouse, location, balance or reservation.
    pub const fn take_id(&mut self) -> i64 {
        take(&mut self.id)
    }

    /// Takes the next place in the order of requests.
    pub const fn take_request(&mut self) -> RequestSeq {
        RequestSeq(take(&mut self.request))
    }

    /// Takes the next place in the ledger.
    pub const fn take_movement(&mut self) -> MovementSeq {
        MovementSeq(take(&mut self.movement))
    }

    /// Takes the next place in the outbox.
    pub const fn take_event(&mut self) -> i64 {
        take(&mut self.event)
    }
}

const fn take(counter: &mut i64) -> i64 {
    let taken = *counter;
    *counter = taken.saturating_add(1);
    taken
}

/// Makes UUIDs of version 7 from a moment and a seed: the same request, decided again, gets the same ids.
#[derive(Debug, Clone)]
pub struct Mint {
    at: Timestamp,
    seed: [u8; 32],
    made: u64,
}

impl Mint {
    /// A mint whose ids carry the time `at`; `seed` must be unguessable and differ from request to request.
    pub const fn new(at: Timestamp, seed: [u8; 32]) -> Self {
        Self { at, seed, made: 0 }
    }

    /// The next id: 48 bits of Unix milliseconds, then 74 bits of SHA-256(seed, count) (RFC 9562, section 5.7).
    pub fn uuid(&mut self) -> Uuid {
        let hash: [u8; 32] =
            Sha256::new().chain_update(self.seed).chain_update(self.made.to_be_bytes()).finalize().into();
        self.made = self.made.saturating_add(1);
        let millis = u64::try_from(self.at.micros().div_euclid(1000)).unwrap_or(0);
        let mut random = [0; 10];
        random.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// What one command may number its rows with: its own copy of the counters, and its mint.
#[derive(Debug, Clone)]
pub struct Numbering {
    /// The next free numbers.
    pub counters: Counters,
    /// The maker of UUIDs.
    pub mint: Mint,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mint_repeats_itself_for_the_same_seed_only() {
        let at = Timestamp::from_micros(1_764_000_000_000_000);
        let ids = |seed| {
            let mut mint = Mint::new(at, [seed; 32]);
            [mint.uuid(), mint.uuid()]
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        assert_ne!(ids(1)[0], ids(1)[1]);
        assert_eq!(ids(1)[0].get_version_num(), 7);
    }
}
