//! Which lines, and how much of them, a release or a consumption means.

use std::collections::BTreeSet;
use std::fmt;

use inventory::{BalanceKey, Bucket, NewTransfer, Place, StockDraft, StockRefusal};
use kernel::{PositiveQuantity, Quantity};

use crate::{Allocation, Line, LineRef, Reservation, ReservationRefusal};

/// A line, as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineWanted {
    /// By its number in the reservation.
    Number(u32),
    /// By the other system's name for it.
    Reference(LineRef),
}

impl fmt::Display for LineWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(line_no) => write!(f, "line {line_no}"),
            Self::Reference(line_ref) => write!(f, "line with the reference {line_ref}"),
        }
    }
}

/// A line, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineSelection {
    /// Which line.
    pub line: LineWanted,
    /// How much; none for all of it.
    pub quantity: Option<PositiveQuantity>,
}

/// The lines that are meant, by their place in the reservation, with the quantity if one was said. No list means
/// every line. A line named twice, or not there, is refused.
pub(crate) fn select(
    reservation: &Reservation,
    wanted: Option<&[LineSelection]>,
) -> Result<Vec<(usize, Option<Quantity>)>, ReservationRefusal> {
    let Some(wanted) = wanted else {
        return Ok((0..reservation.lines.len()).map(|at| (at, None)).collect());
    };
    let mut seen = BTreeSet::new();
    let place = |selection: &LineSelection| {
        let at = place_of(reservation, &selection.line, &mut seen)?;
        Ok((at, selection.quantity.map(PositiveQuantity::get)))
    };
    wanted.iter().map(place).collect()
}

/// The place of a line in the reservation; `seen` are those that were named before.
pub(crate) fn place_of(
    reservation: &Reservation,
    wanted: &LineWanted,
    seen: &mut BTreeSet<usize>,
) -> Result<usize, ReservationRefusal> {
    let is_it = |line: &Line| match wanted {
        LineWanted::Number(line_no) => line.line_no == *line_no,
        LineWanted::Reference(line_ref) => line.line_ref.as_ref() == Some(line_ref),
    };
    let at = reservation.lines.iter().position(is_it).filter(|at| seen.insert(*at));
    at.ok_or_else(|| ReservationRefusal::UnknownLine { line: wanted.clone() })
}

/// A part of a line is a whole number of the product's steps; all that is left may be anything, so that old stock can
/// go.
pub(crate) fn check_part(
    stock: &StockDraft<'_>,
    line: &Line,
    quantity: Option<Quantity>,
    all: Quantity,
) -> Result<(), StockRefusal> {
    let Some(quantity) = quantity.filter(|quantity| *quantity != all) else { return Ok(()) };
    let unknown = || StockRefusal::UnknownSku { skus: vec![line.sku.clone()] };
    stock.product(line.product).ok_or_else(unknown)?.check_step(quantity)
}

/// Takes a quantity out of what a line holds and nobody handles, what was taken last first, and answers the transfers that move it to
/// where `to` says. The caller has checked that the line has as much.
pub(crate) fn take_out(
    line: &mut Line,
    quantity: Quantity,
    to: impl Fn(&BalanceKey) -> Place,
) -> Vec<NewTransfer> {
    take_out_of(line, quantity, |_| true, to)
}

/// The same, out of some of its allocations only, and at most what they hold free.
pub(crate) fn take_out_of(
    line: &mut Line,
    quantity: Quantity,
    from: impl Fn(&Allocation) -> bool,
    to: impl Fn(&BalanceKey) -> Place,
) -> Vec<NewTransfer> {
    let mut wanted = quantity;
    let mut transfers = Vec::new();
    for held in line.allocations.iter_mut().rev().filter(|held| from(held)) {
        let Some(taken) = wanted.min(held.free()).positive() else { continue };
        held.remaining = held.remaining.saturating_sub(taken.get());
        wanted = wanted.saturating_sub(taken.get());
        transfers.push(NewTransfer {
            product: held.key.product,
            lot: held.key.lot.clone(),
            quantity: taken,
            from: Place::At(held.key.location, Bucket::Reserved),
            to: to(&held.key),
            record_line: Some(line.line_no),
            unit_cost: None,
        });
    }
    transfers
}
