//! A reservation, its lines and the stock that they hold.

use inventory::{BalanceKey, LocationCode, Lot, Sku, WarehouseCode};
use kernel::{
    BalanceId, PositiveQuantity, ProductId, Quantity, RequestSeq, ReservationId, Source, Timestamp, Version,
    WarehouseId,
};
use serde_json::{Map, Value};

use crate::{LineRef, OrderRef, ReservationEvent, ReservationState, next};

/// Stock of one balance that a line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// The balance.
    pub key: BalanceKey,
    /// Its row.
    pub balance: BalanceId,
    /// How much was ever taken from it.
    pub quantity: Quantity,
    /// How much of that is still held.
    pub remaining: Quantity,
    /// How much of what is held is in the hands of the floor: on a pick that has begun, picked, or packed.
    pub bound: Quantity,
}

impl Allocation {
    /// What is held and nobody handles yet.
    pub fn free(&self) -> Quantity {
        self.remaining.saturating_sub(self.bound)
    }
}

/// The kit that a line is a part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitPart {
    /// What was ordered.
    pub sku: Sku,
    /// What the other system calls the line that ordered it.
    pub line_ref: Option<LineRef>,
    /// How much of it was ordered.
    pub quantity: PositiveQuantity,
}

/// One line of an order. requested = reserved + short + released + consumed, always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1, in the order of the request.
    pub line_no: u32,
    /// What the other system calls it.
    pub line_ref: Option<LineRef>,
    /// The product.
    pub product: ProductId,
    /// The product's code.
    pub sku: Sku,
    /// The only location that it may take from, if the order said so.
    pub location: Option<LocationCode>,
    /// The only lot that it may take from, if the order said so.
    pub lot: Option<Lot>,
    /// What was asked for.
    pub requested: PositiveQuantity,
    /// What was asked for and is not held yet.
    pub short: Quantity,
    /// What was given back, or given up.
    pub released: Quantity,
    /// What was shipped.
    pub consumed: Quantity,
    /// What of it is in the hands of the floor and is to come back to a shelf, to be released then.
    pub to_unpick: Quantity,
    /// The kit that it was exploded from.
    pub kit: Option<KitPart>,
    /// What is held, in the order in which it was taken.
    pub allocations: Vec<Allocation>,
}

impl Line {
    /// What is held now.
    pub fn reserved(&self) -> Quantity {
        self.allocations.iter().fold(Quantity::ZERO, |sum, held| sum.saturating_add(held.remaining))
    }

    /// What of it is in the hands of the floor.
    pub fn bound(&self) -> Quantity {
        self.allocations.iter().fold(Quantity::ZERO, |sum, held| sum.saturating_add(held.bound))
    }

    /// What of it the floor goes on with: it is in its hands, and nobody wants it back.
    pub fn going_out(&self) -> Quantity {
        self.bound().saturating_sub(self.to_unpick)
    }

    /// What of it nobody handles yet.
    pub fn free(&self) -> Quantity {
        self.reserved().saturating_sub(self.bound())
    }

    /// What is still to come: what is held and what is short.
    pub fn open(&self) -> Quantity {
        self.reserved().saturating_add(self.short)
    }

    /// Whether anything is still to come.
    pub fn is_open(&self) -> bool {
        !self.open().is_zero()
    }
}

/// Stock promised to an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Reservation {
    /// Its name outside.
    pub id: ReservationId,
    /// Its place in lists.
    pub seq: i64,
    /// The system that reserved.
    pub source: Source,
    /// The order there.
    pub order_ref: OrderRef,
    /// The warehouse that it takes from.
    pub warehouse: WarehouseId,
    /// The warehouse's code.
    pub warehouse_code: WarehouseCode,
    /// Where it stands.
    pub state: ReservationState,
    /// Raised by one with each change.
    pub version: Version,
    /// Whether it was taken although something was short.
    pub allow_partial: bool,
    /// Whether what is short is tried again until it is there.
    pub backorder: bool,
    /// When it runs out.
    pub expires_at: Option<Timestamp>,
    /// Where it goes; the other system's words.
    pub ship_to: Option<Map<String, Value>>,
    /// When it should leave.
    pub ship_by: Option<Timestamp>,
    /// The other system's own.
    pub metadata: Option<Map<String, Value>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// The request that made it.
    pub request: RequestSeq,
    /// The version that the database has; 0: it is not there.
    pub stored: Version,
    /// What is ordered.
    pub lines: Vec<Line>,
}

impl Reservation {
    /// Whether it has run out at this moment.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state == ReservationState::Active && self.expires_at.is_some_and(|at| at <= now)
    }

    /// What all lines hold.
    pub fn reserved(&self) -> Quantity {
        self.lines.iter().fold(Quantity::ZERO, |sum, line| sum.saturating_add(line.reserved()))
    }

    /// What of it is in the hands of the floor.
    pub fn bound(&self) -> Quantity {
        self.lines.iter().fold(Quantity::ZERO, |sum, line| sum.saturating_add(line.bound()))
    }

    /// What all lines lack.
    pub fn short(&self) -> Quantity {
        self.lines.iter().fold(Quantity::ZERO, |sum, line| sum.saturating_add(line.short))
    }

    /// Gives up what is short.
    pub(crate) fn give_up_short(&mut self) {
        for line in &mut self.lines {
            line.released = line.released.saturating_add(line.short);
            line.short = Quantity::ZERO;
        }
    }

    /// Ends a change: without backorder what is short goes with the last reserved unit, and a reservation that
    /// neither holds nor lacks anything is over.
    pub(crate) fn settle(&mut self, change: ReservationEvent, now: Timestamp) {
        use ReservationEvent as E;
        let gives_up = match change {
            E::ReleasePart | E::ReleaseRest | E::ConsumePart | E::ConsumeRest | E::Expire => true,
            E::Fill | E::Amend | E::Reallocate => false,
        };
        if gives_up && self.reserved().is_zero() && !self.backorder {
            self.give_up_short();
        }
        let over = self.reserved().is_zero() && self.short().is_zero();
        let shipped = self.lines.iter().any(|line| !line.consumed.is_zero());
        let event = match (over, change) {
            (false, _) | (_, ReservationEvent::Expire) => change,
            (true, _) if shipped => ReservationEvent::ConsumeRest,
            (true, _) => ReservationEvent::ReleaseRest,
        };
        self.change(event, now);
    }

    /// Takes the next state. Every caller has refused what is not active, and every event has a successor there.
    pub(crate) fn change(&mut self, event: ReservationEvent, now: Timestamp) {
        self.state = next(self.state, event).unwrap_or(self.state);
        self.updated_at = now;
    }
}
