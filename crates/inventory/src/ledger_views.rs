//! The ledger as it is shown, what explains a balance, and the port for reading both.

use kernel::{
    ActorId, CohortId, IdempotencyKey, Money, MovementId, MovementSeq, Quantity, RecordId, RequestId,
    SignedQuantity, Source, StoreError, Timestamp, Version,
};
use serde::Serialize;

use crate::{
    AvailabilityRow, Bucket, HoldReason, LocationCode, Lot, MovementKind, Page, Party, Place, Reason, Sku,
    WarehouseCode,
};

/// One end of a transfer: a bucket at a location, or a party outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct PlaceView {
    /// Where; none outside.
    pub location: Option<LocationCode>,
    /// `available`, `reserved` or `held`; none outside.
    pub bucket: Option<&'static str>,
    /// Why it is held, where it is.
    pub hold_reason: Option<HoldReason>,
    /// `vendor`, `customer`, `adjustment`, `assembly` or `scrap`; none inside.
    pub party: Option<&'static str>,
    /// The version of the balance that the transfer made; none outside.
    pub version: Option<Version>,
}

impl PlaceView {
    /// Shows a place; `location` is its code where it is inside.
    pub fn of(place: Place, location: Option<LocationCode>, version: Option<Version>) -> Self {
        let outside = |party: Party| Self {
            location: None,
            bucket: None,
            hold_reason: None,
            party: Some(party.as_str()),
            version: None,
        };
        let inside =
            |bucket, hold_reason| Self { location, bucket: Some(bucket), hold_reason, party: None, version };
        match place {
            Place::Outside(party) => outside(party),
            Place::At(_, Bucket::Available) => inside("available", None),
            Place::At(_, Bucket::Reserved) => inside("reserved", None),
            Place::At(_, Bucket::Held(reason)) => inside("held", Some(reason)),
        }
    }
}

/// A transfer of a movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of Transfer")]
pub struct TransferEntry {
    pub line: u32,
    pub sku: Sku,
    pub lot: Lot,
    pub quantity: Quantity,
    pub from: PlaceView,
    pub to: PlaceView,
    pub record_line: Option<u32>,
    pub unit_cost: Option<Money>,
    /// The cohort under which live stock was trusted then; none: untrusted.
    pub cohort: Option<CohortId>,
}

/// A movement of the ledger, with who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of Movement and Request")]
pub struct MovementEntry {
    pub seq: MovementSeq,
    pub id: MovementId,
    pub kind: MovementKind,
    /// The reservation or record that it comes from.
    pub record_id: Option<RecordId>,
    pub reverses: Option<MovementId>,
    pub reversed_by: Option<MovementId>,
    pub reason: Option<Reason>,
    pub effective_at: Timestamp,
    pub recorded_at: Timestamp,
    pub request_id: RequestId,
    pub actor_id: String,
    pub actor_type: String,
    pub source_system: Source,
    pub idempotency_key: IdempotencyKey,
    pub transfers: Vec<TransferEntry>,
}

/// Which movements are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerFilter {
    /// With a transfer of this product; what else is asked of a transfer is asked of the same one.
    pub sku: Option<Sku>,
    /// With a transfer from or to a location in this warehouse.
    pub warehouse: Option<WarehouseCode>,
    /// With a transfer from or to this location.
    pub location: Option<LocationCode>,
    /// With a transfer of this lot.
    pub lot: Option<Lot>,
    /// For this.
    pub kind: Option<MovementKind>,
    /// Of this reservation or record.
    pub record: Option<RecordId>,
    /// Made by this attempt.
    pub request_id: Option<RequestId>,
    /// Made by this actor.
    pub actor: Option<ActorId>,
    /// Recorded at this moment or later.
    pub from: Option<Timestamp>,
    /// Recorded before this moment.
    pub to: Option<Timestamp>,
    /// The latest first.
    pub newest_first: bool,
}

/// What movements of one kind did to the balances that are explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct KindSum {
    /// For what.
    pub kind: MovementKind,
    /// How many movements.
    pub movements: i64,
    /// What they added to it, or took away.
    pub available: SignedQuantity,
    /// Likewise.
    pub reserved: SignedQuantity,
    /// Likewise, all reasons together.
    pub held: SignedQuantity,
    /// The sum of the three.
    pub owned: SignedQuantity,
}

/// A reservation that holds some of the stock that is explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of Reservation and Allocation")]
pub struct StockHolder {
    pub reservation_id: RecordId,
    pub order_ref: String,
    pub source_system: Source,
    pub line_no: u32,
    pub location: LocationCode,
    pub lot: Lot,
    pub quantity: Quantity,
    pub expires_at: Option<Timestamp>,
}

/// Which stock is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainFilter {
    /// Of this product.
    pub sku: Sku,
    /// In this warehouse.
    pub warehouse: Option<WarehouseCode>,
    /// At this location.
    pub location: Option<LocationCode>,
    /// Of this lot.
    pub lot: Option<Lot>,
}

/// Why a product's stock is what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// All of it together.
    pub total: AvailabilityRow,
    /// How it came to be, kind by kind; the sums are the total.
    pub arithmetic: Vec<KindSum>,
    /// Who holds what is reserved, the oldest first: at most so many as were asked for.
    pub holders: Vec<StockHolder>,
    /// What active reservations lack of the product.
    pub unmet_demand: Quantity,
}

/// A balance, recomputed from its transfers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct CheckedBalance {
    /// Of what.
    pub sku: Sku,
    /// Where.
    pub location: LocationCode,
    /// Of which lot.
    pub lot: Lot,
    /// As it is stored.
    pub version: Version,
    /// How many transfers were replayed.
    pub transfers: u64,
    /// What does not agree; nothing, ever.
    pub differences: Vec<Difference>,
}

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Difference {
    /// Which invariant, as in docs/LEDGER.md: `I1`.
    pub invariant: &'static str,
    /// What was found.
    pub detail: String,
}

/// Reads of the ledger. Each call reads one snapshot.
pub trait LedgerViews {
    /// Movements in the order of the ledger, or backwards, and the place where the page ended (its last `seq`).
    ///
    /// # Errors
    /// [`StoreError`].
    fn movements(
        &mut self,
        filter: &LedgerFilter,
        page: &Page,
    ) -> Result<(Vec<MovementEntry>, Option<String>), StoreError>;

    /// Why the stock is what it is, with at most `holders` of those who hold it; none where there is no such product.
    ///
    /// # Errors
    /// [`StoreError`].
    fn explain(&mut self, filter: &ExplainFilter, holders: u32) -> Result<Option<Explanation>, StoreError>;

    /// Balances, of this product or all, each recomputed from its transfers, and the place where the page ended.
    ///
    /// # Errors
    /// [`StoreError`].
    fn integrity(
        &mut self,
        sku: Option<&Sku>,
        page: &Page,
    ) -> Result<(Vec<CheckedBalance>, Option<String>), StoreError>;

    /// When the latest batch was recorded: an answer of this snapshot is what `as_of` this moment answers for ever.
    ///
    /// # Errors
    /// [`StoreError`].
    fn recorded_at(&mut self) -> Result<Timestamp, StoreError>;
}
