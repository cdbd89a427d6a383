//! Where a lot or a serial number came from, and where it went.

use inventory::MovementKind;
use kernel::{MovementId, Quantity, ReservationId, Timestamp};
use reservations::OrderRef;
use serde::Serialize;

use crate::words::words;
use crate::{RecordNumber, Reference};

words!(
    /// Whether goods came in or went out.
    Direction {
        /// From outside: a receipt, a return, an assembly, a correction.
        In = "in",
        /// Outside: to a customer, into a kit, to scrap, back to the vendor.
        Out = "out",
    }
);

/// Goods of a lot that crossed the border of the stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct TraceEntry {
    pub direction: Direction,
    /// Who is on the other side: vendor, customer, adjustment, assembly or scrap.
    pub party: String,
    pub quantity: Quantity,
    pub kind: MovementKind,
    pub movement_id: MovementId,
    /// The movement that undid it.
    pub reversed_by: Option<MovementId>,
    pub effective_at: Timestamp,
    pub recorded_at: Timestamp,
    /// The record that posted it: the receipt, the shipment, the return.
    pub record: Option<Reference>,
    pub number: Option<RecordNumber>,
    /// The order that it was for.
    pub reservation_id: Option<ReservationId>,
    pub order_ref: Option<OrderRef>,
}
