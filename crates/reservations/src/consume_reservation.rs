//! Shipping reserved stock.

use inventory::{Context, MovementKind, NewMovement, NewTransfer, Party, Place, Reason, StockDraft};
use kernel::{Quantity, RecordId, ReservationId, Timestamp, Version};
use serde::{Deserialize, Serialize};

use crate::selection::{check_part, select, take_out};
use crate::{Line, LineSelection, ProofText, ReservationDraft, ReservationEvent, ReservationRefusal};

/// What shows that the goods have left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct ShipmentProof {
    /// Who carries them.
    pub carrier: ProofText,
    /// Under which number.
    pub tracking_number: ProofText,
    /// Since when.
    pub shipped_at: Timestamp,
}

/// Consume a reservation, whole or in part.
#[derive(Debug, Clone)]
pub struct ConsumeReservation {
    /// Which one.
    pub id: ReservationId,
    /// What shows that the goods have left.
    pub proof: ShipmentProof,
    /// Which lines and how much; none: everything that is held.
    pub lines: Option<Vec<LineSelection>>,
    /// The version that the caller has seen.
    pub expected_version: Option<Version>,
}

/// How far another system's clock may be ahead of ours.
const CLOCK_TOLERANCE_SECONDS: i64 = 300;

/// Moves reserved stock to the customer, at the time of shipping. A reservation that has run out and is still held
/// can be consumed: the goods are gone. What is in the hands of the floor is shipped there. A repeat is refused.
///
/// # Errors
/// A [`ReservationRefusal`], with nothing consumed.
pub fn consume_reservation(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    command: &ConsumeReservation,
    context: &Context,
) -> Result<ReservationId, ReservationRefusal> {
    let proof = &command.proof;
    if proof.shipped_at > context.now.plus_seconds(CLOCK_TOLERANCE_SECONDS) {
        return Err(ReservationRefusal::InvalidTime { field: "shipped_at", why: "lies in the future" });
    }
    let mut reservation = own.active(command.id, command.expected_version)?;
    if !reservation.bound().is_zero() {
        return Err(ReservationRefusal::InHand { id: command.id });
    }
    let selected = select(&reservation, command.lines.as_deref())?;
    let mut transfers = Vec::new();
    for (at, quantity) in selected {
        let Some(line) = reservation.lines.get_mut(at) else { continue };
        check_part(stock, line, quantity, line.reserved())?;
        transfers.extend(consume_line(line, quantity)?);
    }
    if transfers.is_empty() {
        return Err(ReservationRefusal::NothingReserved { id: command.id });
    }
    let reason = format!("shipped with {}, {}", proof.carrier, proof.tracking_number).parse::<Reason>().ok();
    let effective_at = proof.shipped_at.min(context.now);
    let record = Some(RecordId(reservation.id.0));
    let movement = NewMovement { kind: MovementKind::Consume, record, reason, effective_at, transfers };
    stock.post(movement, context)?;
    reservation.settle(ReservationEvent::ConsumePart, context.now);
    let fact = serde_json::to_value(proof).ok().map(|proof| ("shipment_proof", proof));
    own.record(stock, reservation, "reservation.consumed", fact);
    Ok(command.id)
}

fn consume_line(line: &mut Line, quantity: Option<Quantity>) -> Result<Vec<NewTransfer>, ReservationRefusal> {
    let reserved = line.reserved();
    let quantity = quantity.unwrap_or(reserved);
    if quantity > reserved {
        return Err(ReservationRefusal::Exceeds { line_no: line.line_no, quantity, reserved });
    }
    line.consumed = line.consumed.saturating_add(quantity);
    Ok(take_out(line, quantity, |_| Place::Outside(Party::Customer)))
}
