//! Movements of the ledger: lists of transfers, made by one command, never changed afterwards.

use std::collections::BTreeMap;
use std::str::FromStr;

use kernel::{
    BalanceId, CohortId, Invalid, LocationId, Money, MovementId, MovementSeq, PositiveQuantity, ProductId,
    RecordId, RequestSeq, Timestamp, Version,
};

use serde::{Serialize, Serializer};

use crate::{BalanceKey, Lot, Place, Reason};

/// What a movement was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MovementKind {
    /// Stock that stood there when the ledger began.
    Opening,
    /// Available stock was promised to an order.
    Reserve,
    /// A promise was given back.
    Release,
    /// A promise ran out.
    Expire,
    /// Promised stock left with a shipment.
    Consume,
    /// What a reservation held may not leave any more.
    Reallocate,
    /// Stock may not leave for now.
    Hold,
    /// What was held may leave again.
    Unhold,
    /// Goods came from a vendor.
    Receipt,
    /// What waited for inspection was looked at.
    Inspection,
    /// Goods went to their shelves.
    Putaway,
    /// Goods went from one place to another.
    Transfer,
    /// Promised goods left their shelves.
    Pick,
    /// Picked goods went back to a shelf.
    Unpick,
    /// Picked goods went into packages.
    Pack,
    /// Packages left for a customer.
    Ship,
    /// The books followed what was counted.
    Count,
    /// The books followed what somebody found.
    Adjustment,
    /// Goods came back, or went where they belong after that.
    Return,
    /// Components became a kit, or a kit components.
    Assembly,
    /// An earlier movement was undone.
    Reversal,
}

impl MovementKind {
    /// Every kind.
    pub const ALL: [Self; 21] = [
        Self::Opening,
        Self::Reserve,
        Self::Release,
        Self::Expire,
        Self::Consume,
        Self::Reallocate,
        Self::Hold,
        Self::Unhold,
        Self::Receipt,
        Self::Inspection,
        Self::Putaway,
        Self::Transfer,
        Self::Pick,
        Self::Unpick,
        Self::Pack,
        Self::Ship,
        Self::Count,
        Self::Adjustment,
        Self::Return,
        Self::Assembly,
        Self::Reversal,
    ];

    /// As it is written in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Reserve => "reserve",
            Self::Release => "release",
            Self::Expire => "expire",
            Self::Consume => "consume",
            Self::Reallocate => "reallocate",
            Self::Hold => "hold",
            Self::Unhold => "unhold",
            Self::Receipt => "receipt",
            Self::Inspection => "inspection",
            Self::Putaway => "putaway",
            Self::Transfer => "transfer",
            Self::Pick => "pick",
            Self::Unpick => "unpick",
            Self::Pack => "pack",
            Self::Ship => "ship",
            Self::Count => "count",
            Self::Adjustment => "adjustment",
            Self::Return => "return",
            Self::Assembly => "assembly",
            Self::Reversal => "reversal",
        }
    }

    /// Whether a reservation moved it for itself, and not the floor for it.
    pub(crate) const fn is_of_reservations(self) -> bool {
        matches!(self, Self::Reserve | Self::Release | Self::Expire | Self::Consume | Self::Reallocate)
    }

    /// Whether a reversal undoes it. What a reservation moved its lines count, too, and what a lot's state moved
    /// follows that state: such a movement goes back through them only.
    pub const fn is_reversible(self) -> bool {
        match self {
            Self::Opening
            | Self::Receipt
            | Self::Inspection
            | Self::Putaway
            | Self::Transfer
            | Self::Pick
            | Self::Pack
            | Self::Count
            | Self::Adjustment
            | Self::Return
            | Self::Assembly => true,
            Self::Reserve
            | Self::Release
            | Self::Expire
            | Self::Consume
            | Self::Reallocate
            | Self::Hold
            | Self::Unhold
            | Self::Unpick
            | Self::Ship
            | Self::Reversal => false,
        }
    }
}

impl Serialize for MovementKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "wire")]
impl schemars::JsonSchema for MovementKind {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MovementKind".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": Self::ALL.map(Self::as_str) })
    }
}

impl FromStr for MovementKind {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Invalid(format!("{text} is no kind of movement")))
    }
}

/// What one unit cost, where the transfer knows.
pub type Cost = Option<Money>;

/// A transfer that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTransfer {
    /// What moves.
    pub product: ProductId,
    /// Which lot of it.
    pub lot: Lot,
    /// How much.
    pub quantity: PositiveQuantity,
    /// From where.
    pub from: Place,
    /// To where.
    pub to: Place,
    /// The line of the source record.
    pub record_line: Option<u32>,
    /// What one unit cost.
    pub unit_cost: Cost,
}

/// A movement that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMovement {
    /// What for.
    pub kind: MovementKind,
    /// The record (or reservation) that it comes from.
    pub record: Option<RecordId>,
    /// Why, where somebody said.
    pub reason: Option<Reason>,
    /// When it happened.
    pub effective_at: Timestamp,
    /// What moves, in order.
    pub transfers: Vec<NewTransfer>,
}

/// A transfer as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// What was asked for.
    pub moved: NewTransfer,
    /// The balance that it left, with the version that this produced.
    pub from: Option<(BalanceId, Version)>,
    /// The balance that it reached, with the version that this produced.
    pub to: Option<(BalanceId, Version)>,
    /// The enabled cohort under which live stock was trusted then; none: untrusted.
    pub cohort: Option<CohortId>,
}

impl Transfer {
    /// The balance that it left, if it was inside.
    pub fn from_key(&self) -> Option<BalanceKey> {
        self.moved.key(self.moved.from)
    }

    /// The balance that it reached, if it is inside.
    pub fn to_key(&self) -> Option<BalanceKey> {
        self.moved.key(self.moved.to)
    }
}

impl NewTransfer {
    /// The balance that a place of this transfer belongs to, if it is inside.
    pub(crate) fn key(&self, place: Place) -> Option<BalanceKey> {
        let location = place.location()?;
        Some(BalanceKey { product: self.product, location, lot: self.lot.clone() })
    }
}

/// A movement as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Its place in the ledger.
    pub seq: MovementSeq,
    /// Its name outside.
    pub id: MovementId,
    /// What for.
    pub kind: MovementKind,
    /// The request that made it.
    pub request: RequestSeq,
    /// The record that it comes from.
    pub record: Option<RecordId>,
    /// The movement that it undoes.
    pub reverses: Option<MovementSeq>,
    /// Why.
    pub reason: Option<Reason>,
    /// When it happened.
    pub effective_at: Timestamp,
    /// When it was posted.
    pub recorded_at: Timestamp,
    /// What moved, in order.
    pub transfers: Vec<Transfer>,
}

/// An earlier movement, as a reversal sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedMovement {
    /// The movement.
    pub movement: Movement,
    /// Whether it was undone already.
    pub reversed: bool,
    /// The latest movement of the same record that is neither a reversal nor undone; itself, if none came later. As it
    /// was loaded: what the batch did since is not in it.
    pub latest_of_record: MovementId,
}

/// Under which enabled cohort the stock of a product at a location is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    /// Only what an enabled cohort covers; everything else is untrusted.
    pub covered: BTreeMap<(ProductId, LocationId), CohortId>,
}

impl Trust {
    /// The cohort under which this stock is trusted.
    pub fn cohort(&self, product: ProductId, location: LocationId) -> Option<CohortId> {
        self.covered.get(&(product, location)).copied()
    }
}

/// What a decision is made under. The same for all commands of a batch but for the request.
#[derive(Debug, Clone)]
pub struct Context {
    /// The time that everything decided now is recorded at: never before that of an earlier batch.
    pub now: Timestamp,
    /// The request that is decided.
    pub request: RequestSeq,
    /// What is trusted.
    pub trust: Trust,
}
