//! Undoing a movement: a new one that takes the transfers of exactly one earlier one back.

use kernel::{MovementId, Timestamp};

use crate::{Context, MovementKind, NewMovement, NewTransfer, Reason, StockDraft, StockRefusal};

/// Posts the reversal of an earlier movement: its transfers the other way round, the last one first. Once for each
/// movement, the latest of a record first, and only while the buckets that it filled still cover it. Answers the id
/// of the reversal; a repeat is refused.
///
/// # Errors
/// [`StockRefusal::AlreadyReversed`], [`StockRefusal::NotLatest`], [`StockRefusal::NotAllowed`] for a reversal of a
/// reversal, of what a reservation moved or of an unknown movement, [`StockRefusal::Insufficient`] where the stock has moved on.
pub fn reverse_movement(
    stock: &mut StockDraft<'_>,
    id: MovementId,
    reason: Reason,
    effective_at: Timestamp,
    context: &Context,
) -> Result<MovementId, StockRefusal> {
    let unknown = StockRefusal::NotAllowed { why: "There is no such movement." };
    let known = stock.movement(id).ok_or(unknown)?;
    if known.reversed {
        return Err(StockRefusal::AlreadyReversed { movement: id });
    }
    if known.movement.reverses.is_some() {
        return Err(StockRefusal::NotAllowed { why: "A reversal is not reversed: post the movement again." });
    }
    if !known.movement.kind.is_reversible() {
        let why =
            "What a reservation or the state of a lot moved goes back through it: release what is held.";
        return Err(StockRefusal::NotAllowed { why });
    }
    let latest = stock.latest_of_record(known);
    if latest != id {
        return Err(StockRefusal::NotLatest { movement: id, latest });
    }
    let earlier = &known.movement;
    let back =
        |transfer: &NewTransfer| NewTransfer { from: transfer.to, to: transfer.from, ..transfer.clone() };
    let asked = NewMovement {
        kind: MovementKind::Reversal,
        record: earlier.record,
        reason: Some(reason),
        effective_at,
        transfers: earlier.transfers.iter().rev().map(|transfer| back(&transfer.moved)).collect(),
    };
    let reverses = Some(earlier.seq);
    stock.post_as(asked, reverses, context)
}
