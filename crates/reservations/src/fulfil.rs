//! Reserved stock in the hands of the floor: bound to a pick, picked, packed, shipped, or not found.
//!
//! What is bound neither goes back nor runs out by itself. The floor posts the movements; here the lines follow them.

use std::collections::BTreeSet;

use inventory::{BalanceKey, Context, LocationCode, MovementKind, StockDraft};
use kernel::{Quantity, ReservationId};

use crate::allocate::allocate_but;
use crate::release_reservation::{back_to_available, post_back};
use crate::{Allocation, Line, Reservation, ReservationDraft, ReservationEvent, ReservationRefusal};

/// What became of reserved stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// A pick of it has begun.
    Bound,
    /// The pick of it was given up.
    Unbound,
    /// It was moved, still promised, and stays bound.
    Moved {
        /// To this balance.
        to: BalanceKey,
    },
    /// It was moved back to a shelf, still promised.
    PutBack {
        /// To this balance.
        to: BalanceKey,
    },
    /// It was moved back to a shelf, and is not promised any more.
    GivenBack,
    /// It left with a shipment.
    Shipped,
    /// It is not there, or may not leave: the line lacks it, and other stock is looked for elsewhere.
    Lost,
    /// Nobody handles it, and it was moved to another place of the same kind, still promised.
    Shifted {
        /// To this balance.
        to: BalanceKey,
    },
    /// Nobody handles it, and somebody has decided that the order goes without it.
    Cut,
}

/// Stock of a line of a reservation, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Handled {
    pub line_no: u32,
    pub from: BalanceKey,
    pub quantity: Quantity,
    pub fate: Fate,
}

/// Lets a reservation follow what the floor did with its stock. What was to come back and is on a shelf again is released. For a loss it takes other stock than that of the
/// balances that lost something, where there is some. The caller has posted, or posts with it, the movement of the goods.
///
/// # Errors
/// [`ReservationRefusal::NotActive`]; [`ReservationRefusal::Exceeds`] where a line does not hold as much there.
pub fn follow_goods(
    stock: &mut StockDraft<'_>,
    own: &mut ReservationDraft<'_>,
    id: ReservationId,
    handled: &[Handled],
    context: &Context,
) -> Result<(), ReservationRefusal> {
    let mut reservation = own.active(id, None)?;
    let released = |reservation: &Reservation| {
        reservation.lines.iter().fold(Quantity::ZERO, |sum, line| sum.saturating_add(line.released))
    };
    let released_before = released(&reservation);
    let mut lost = vec![Quantity::ZERO; reservation.lines.len()];
    let mut without = BTreeSet::new();
    for one in handled {
        let at = reservation.lines.iter().position(|line| line.line_no == one.line_no);
        let place = at.and_then(|at| Some((at, reservation.lines.get_mut(at)?)));
        let Some((at, line)) = place else {
            return Err(ReservationRefusal::UnknownLine { line: crate::LineWanted::Number(one.line_no) });
        };
        let lacks = follow(stock, line, one)?;
        if one.fate == Fate::Lost {
            without.insert(one.from.clone());
            if let Some(lost) = lost.get_mut(at) {
                *lost = lost.saturating_add(lacks);
            }
        }
    }
    finish_release(stock, &mut reservation, context)?;
    let has_shipped = handled.iter().any(|one| one.fate == Fate::Shipped);
    if !without.is_empty() {
        look_elsewhere(stock, &mut reservation, &lost, &without, context)?;
    }
    let gave_back = released(&reservation) > released_before;
    let (event, kind) = match (has_shipped, gave_back) {
        (true, _) => (ReservationEvent::ConsumePart, "reservation.consumed"),
        (false, true) => (ReservationEvent::ReleasePart, "reservation.released"),
        (false, false) => (ReservationEvent::Reallocate, "reservation.handled"),
    };
    reservation.settle(event, context.now);
    own.record(stock, reservation, kind, None);
    Ok(())
}

/// What was to come back and is not in hand any more goes back to available: the pick of it was given up.
fn finish_release(
    stock: &mut StockDraft<'_>,
    reservation: &mut Reservation,
    context: &Context,
) -> Result<(), ReservationRefusal> {
    let mut transfers = Vec::new();
    for line in &mut reservation.lines {
        let bound = line.bound();
        let back = line.to_unpick.saturating_sub(bound).min(line.free());
        line.to_unpick = line.to_unpick.min(bound);
        line.released = line.released.saturating_add(back);
        transfers.extend(back_to_available(line, back));
    }
    post_back(stock, reservation, transfers, MovementKind::Release, None, context)
}

/// Lets a line follow, and answers what it lacks by it.
fn follow(stock: &StockDraft<'_>, line: &mut Line, one: &Handled) -> Result<Quantity, ReservationRefusal> {
    let (line_no, quantity) = (line.line_no, one.quantity);
    let exceeds = |reserved| ReservationRefusal::Exceeds { line_no, quantity, reserved };
    let held = line.allocations.iter_mut().find(|held| held.key == one.from);
    let held = held.ok_or_else(|| exceeds(Quantity::ZERO))?;
    if one.fate == Fate::Bound {
        held.bound = Some(held.free())
            .filter(|free| *free >= quantity)
            .map(|_| held.bound.saturating_add(quantity))
            .ok_or_else(|| exceeds(held.free()))?;
        return Ok(Quantity::ZERO);
    }
    if matches!(one.fate, Fate::Shifted { .. } | Fate::Cut) {
        held.free().checked_sub(quantity).ok_or_else(|| exceeds(held.free()))?;
    } else {
        held.bound = held.bound.checked_sub(quantity).ok_or_else(|| exceeds(held.bound))?;
    }
    if one.fate != Fate::Unbound {
        held.remaining = held.remaining.saturating_sub(quantity);
    }
    match &one.fate {
        Fate::Bound | Fate::Unbound => {}
        Fate::Moved { to } => take_in(stock, line, to, quantity, quantity),
        Fate::PutBack { to } | Fate::Shifted { to } => take_in(stock, line, to, quantity, Quantity::ZERO),
        Fate::Cut => line.short = line.short.saturating_add(quantity),
        Fate::GivenBack => {
            line.released = line.released.saturating_add(quantity);
            line.to_unpick = line.to_unpick.saturating_sub(quantity);
        }
        Fate::Shipped => line.consumed = line.consumed.saturating_add(quantity),
        Fate::Lost => {
            // What nobody wants any more is not looked for elsewhere.
            let unwanted = quantity.min(line.to_unpick);
            let lacks = quantity.saturating_sub(unwanted);
            line.to_unpick = line.to_unpick.saturating_sub(unwanted);
            line.released = line.released.saturating_add(unwanted);
            line.short = line.short.saturating_add(lacks);
            return Ok(lacks);
        }
    }
    Ok(Quantity::ZERO)
}

/// The line holds stock of this balance now, too.
fn take_in(stock: &StockDraft<'_>, line: &mut Line, key: &BalanceKey, quantity: Quantity, bound: Quantity) {
    if let Some(held) = line.allocations.iter_mut().find(|held| held.key == *key) {
        held.quantity = held.quantity.saturating_add(quantity);
        held.remaining = held.remaining.saturating_add(quantity);
        held.bound = held.bound.saturating_add(bound);
    } else if let Some(balance) = stock.balance(key).id {
        line.allocations.push(Allocation { key: key.clone(), balance, quantity, remaining: quantity, bound });
    }
}

/// Takes other stock for what was lost.
fn look_elsewhere(
    stock: &mut StockDraft<'_>,
    reservation: &mut Reservation,
    lost: &[Quantity],
    without: &BTreeSet<BalanceKey>,
    context: &Context,
) -> Result<(), ReservationRefusal> {
    let found = allocate_but(stock, &reservation.lines, lost, reservation.warehouse, context.now, without);
    let transfers = found.transfers(&reservation.lines);
    found.apply(&mut reservation.lines);
    post_back(stock, reservation, transfers, MovementKind::Reserve, None, context)
}

/// Where the stock that a line holds stands, for whoever plans a pick.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Held {
    pub line_no: u32,
    pub key: BalanceKey,
    pub location: LocationCode,
    /// What nobody handles yet.
    pub free: Quantity,
    /// What is in the hands of the floor.
    pub bound: Quantity,
}

/// What a reservation holds, balance by balance.
pub fn held_stock(stock: &StockDraft<'_>, reservation: &Reservation) -> Vec<Held> {
    let mut found = Vec::new();
    for line in &reservation.lines {
        for held in line.allocations.iter().filter(|held| !held.remaining.is_zero()) {
            let Some(location) = stock.location(held.key.location) else { continue };
            found.push(Held {
                line_no: line.line_no,
                key: held.key.clone(),
                location: location.code.clone(),
                free: held.free(),
                bound: held.bound,
            });
        }
    }
    found
}
