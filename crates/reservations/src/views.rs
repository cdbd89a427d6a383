//! Reservations as they are shown, and the port for reading them.

use inventory::{LocationCode, LocationKind, Lot, Page, Sku, StockDraft, WarehouseCode};
use kernel::{Quantity, ReservationId, Source, StoreError, Timestamp, Version};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{LineRef, OrderRef, Reservation, ReservationState};

/// How far allocated stock has come: the kind of location that it stands on says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum Stage {
    /// On its shelf.
    Allocated,
    /// Picked.
    Picked,
    /// In a package.
    Packed,
}

impl Stage {
    /// The stage of reserved stock on a location of this kind.
    pub const fn of(kind: LocationKind) -> Self {
        match kind {
            LocationKind::Staging => Self::Picked,
            LocationKind::Packing => Self::Packed,
            LocationKind::Storage
            | LocationKind::Receiving
            | LocationKind::Quality
            | LocationKind::Returns
            | LocationKind::Transit => Self::Allocated,
        }
    }
}

/// Stock that a line holds now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of Allocation")]
pub struct AllocationView {
    pub location: LocationCode,
    pub lot: Lot,
    pub quantity: Quantity,
    pub stage: Stage,
}

/// The kit that a line is a part of.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of KitPart")]
pub struct KitView {
    pub sku: Sku,
    pub line_ref: Option<LineRef>,
    pub quantity: Quantity,
}

/// A line. requested = reserved + short + released + consumed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of Line")]
pub struct LineView {
    pub line_no: u32,
    pub line_ref: Option<LineRef>,
    pub sku: Sku,
    pub location: Option<LocationCode>,
    pub lot: Option<Lot>,
    pub requested: Quantity,
    pub reserved: Quantity,
    pub short: Quantity,
    pub released: Quantity,
    pub consumed: Quantity,
    /// What was picked and is to be unpicked: it is released then.
    pub to_unpick: Quantity,
    pub kit: Option<KitView>,
    pub allocations: Vec<AllocationView>,
}

/// A reservation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of Reservation")]
pub struct ReservationView {
    pub id: ReservationId,
    pub order_ref: OrderRef,
    pub source_system: Source,
    pub warehouse: WarehouseCode,
    pub state: ReservationState,
    pub version: Version,
    pub lines: Vec<LineView>,
    pub allow_partial: bool,
    pub backorder: bool,
    pub expires_at: Option<Timestamp>,
    pub ship_to: Option<Map<String, Value>>,
    pub ship_by: Option<Timestamp>,
    pub metadata: Option<Map<String, Value>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ReservationView {
    /// Shows a reservation; `locate` names the location of an allocation, which is left out where it cannot.
    pub fn of(
        reservation: &Reservation,
        locate: impl Fn(kernel::LocationId) -> Option<(LocationCode, LocationKind)>,
    ) -> Self {
        let lines = reservation.lines.iter().map(|line| LineView {
            line_no: line.line_no,
            line_ref: line.line_ref.clone(),
            sku: line.sku.clone(),
            location: line.location.clone(),
            lot: line.lot.clone(),
            requested: line.requested.get(),
            reserved: line.reserved(),
            short: line.short,
            released: line.released,
            consumed: line.consumed,
            to_unpick: line.to_unpick,
            kit: line.kit.as_ref().map(|kit| KitView {
                sku: kit.sku.clone(),
                line_ref: kit.line_ref.clone(),
                quantity: kit.quantity.get(),
            }),
            allocations: line
                .allocations
                .iter()
                .filter(|held| !held.remaining.is_zero())
                .filter_map(|held| {
                    let (location, kind) = locate(held.key.location)?;
                    let lot = held.key.lot.clone();
                    Some(AllocationView { location, lot, quantity: held.remaining, stage: Stage::of(kind) })
                })
                .collect(),
        });
        Self {
            id: reservation.id,
            order_ref: reservation.order_ref.clone(),
            source_system: reservation.source.clone(),
            warehouse: reservation.warehouse_code.clone(),
            state: reservation.state,
            version: reservation.version,
            lines: lines.collect(),
            allow_partial: reservation.allow_partial,
            backorder: reservation.backorder,
            expires_at: reservation.expires_at,
            ship_to: reservation.ship_to.clone(),
            ship_by: reservation.ship_by,
            metadata: reservation.metadata.clone(),
            created_at: reservation.created_at,
            updated_at: reservation.updated_at,
        }
    }

    /// Shows a reservation of a draft.
    pub fn in_draft(reservation: &Reservation, stock: &StockDraft<'_>) -> Self {
        Self::of(reservation, |id| stock.location(id).map(|location| (location.code.clone(), location.kind)))
    }
}

/// Which reservations are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReservationFilter {
    /// Of this order.
    pub order_ref: Option<OrderRef>,
    /// In this state.
    pub state: Option<ReservationState>,
    /// With a line of this sku.
    pub sku: Option<Sku>,
}

/// Reads of reservations. Each call reads one snapshot.
pub trait ReservationViews {
    /// The reservation with this id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn reservation(&mut self, id: ReservationId) -> Result<Option<ReservationView>, StoreError>;

    /// Reservations, oldest first, and the place where the page ended (the last `seq`) if there are more.
    ///
    /// # Errors
    /// [`StoreError`].
    fn reservations(
        &mut self,
        filter: &ReservationFilter,
        page: &Page,
    ) -> Result<(Vec<ReservationView>, Option<String>), StoreError>;

    /// Up to `limit` active reservations that have run out at `now`, the longest overdue first, with the moment.
    ///
    /// # Errors
    /// [`StoreError`].
    fn due_reservations(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(ReservationId, Timestamp)>, StoreError>;

    /// Up to `limit` active backorders with a short line whose sku is available in storage of their warehouse now,
    /// oldest first, with their version.
    ///
    /// # Errors
    /// [`StoreError`].
    fn fillable_reservations(&mut self, limit: u32) -> Result<Vec<(ReservationId, Version)>, StoreError>;
}
