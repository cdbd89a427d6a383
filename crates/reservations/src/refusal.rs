//! Why a reservation is not made or not changed.

use inventory::{Sku, StockRefusal};
use kernel::{Code, Quantity, Refusal, ReservationId, Version};

use crate::resolve_lines::MOST_LINES;
use crate::{LineRef, LineWanted, OrderRef, ReservationState};

/// Why a command on reservations was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they are; each code has its page")]
pub enum ReservationRefusal {
    /// The stock does not allow it.
    Stock(StockRefusal),
    /// Nobody knows this id.
    NotFound { id: ReservationId },
    /// The order has no active reservation.
    NoneOfOrder { order: OrderRef },
    /// The order has an active reservation already.
    OrderTaken { order: OrderRef, id: ReservationId },
    /// The reservation is over.
    NotActive { id: ReservationId, state: ReservationState },
    /// The reservation has run out and cannot take more.
    Due { id: ReservationId },
    /// Somebody changed it in between.
    VersionMismatch { id: ReservationId, expected: Version, actual: Version },
    /// The reservation has no such line, or it was named twice.
    UnknownLine { line: LineWanted },
    /// Two lines have the same reference.
    LineRefTwice { line_ref: LineRef },
    /// More than the line holds.
    Exceeds { line_no: u32, quantity: Quantity, reserved: Quantity },
    /// A line cannot ask for less than was shipped or given back.
    BelowDone { line_no: u32, quantity: Quantity, done: Quantity },
    /// The parts of a kit cannot be written exactly.
    KitNotExact { sku: Sku },
    /// More lines than a reservation can have.
    TooManyLines,
    /// Nothing is held that could be shipped.
    NothingReserved { id: ReservationId },
    /// The goods are in the hands of the floor.
    InHand { id: ReservationId },
    /// Nothing of what was named is held or short.
    NothingOpen { id: ReservationId },
    /// A time that cannot be.
    InvalidTime { field: &'static str, why: &'static str },
}

impl From<StockRefusal> for ReservationRefusal {
    fn from(refusal: StockRefusal) -> Self {
        Self::Stock(refusal)
    }
}

impl From<ReservationRefusal> for Refusal {
    #[expect(clippy::too_many_lines, reason = "a table: one refusal after the other")]
    fn from(refusal: ReservationRefusal) -> Self {
        use ReservationRefusal as R;
        match refusal {
            R::Stock(refusal) => refusal.into(),
            R::NotFound { id } => {
                Self::new(Code::ReservationNotFound, format!("There is no reservation {id}."))
            }
            R::NoneOfOrder { order } => Self::new(
                Code::ReservationNotFound,
                format!("The order {order} has no active reservation."),
            )
            .fact("order_ref", order),
            R::OrderTaken { order, id } => Self::new(
                Code::OrderAlreadyReserved,
                format!("Order {order} has the active reservation {id}: release or consume it first."),
            )
            .fact("reservation_id", id),
            R::NotActive { id, state } => Self::new(
                Code::ReservationNotActive,
                format!("Reservation {id} is {}: nothing can follow.", state.as_str()),
            )
            .fact("state", state)
            .fact("allowed_transitions", Vec::<&str>::new()),
            R::Due { id } => {
                Self::new(Code::ReservationExpired, format!("Reservation {id} has run out: reserve again."))
            }
            R::VersionMismatch { id, expected, actual } => Self::new(
                Code::VersionMismatch,
                format!("Reservation {id} is at version {actual}, not {expected}: read it again."),
            )
            .fact("expected_version", expected)
            .fact("version", actual),
            R::UnknownLine { line } => {
                Self::new(Code::UnknownLine, format!("The reservation has no {line}, or it was named twice."))
            }
            R::LineRefTwice { line_ref } => {
                Self::new(Code::LineRefRepeated, format!("Two lines have the reference {line_ref}."))
                    .fact("line_ref", line_ref)
            }
            R::Exceeds { line_no, quantity, reserved } => Self::new(
                Code::QuantityExceedsReserved,
                format!("Line {line_no} holds {reserved}, not {quantity}."),
            )
            .fact("line_no", line_no)
            .fact("reserved", reserved)
            .fact("requested", quantity),
            R::BelowDone { line_no, quantity, done } => Self::new(
                Code::QuantityBelowDone,
                format!("{done} of line {line_no} is shipped, given back or being picked: it cannot ask for {quantity}."),
            )
            .fact("line_no", line_no)
            .fact("done", done)
            .fact("requested", quantity),
            R::KitNotExact { sku } => Self::new(
                Code::QuantityOverflow,
                format!("The parts of {sku} cannot be counted exactly in this quantity."),
            )
            .fact("sku", sku),
            R::NothingReserved { id } => Self::new(
                Code::QuantityExceedsReserved,
                format!("Reservation {id} holds nothing now: fill it first."),
            ),
            R::InHand { id } => Self::new(
                Code::FulfilmentInProgress,
                format!("Goods of reservation {id} are being picked, packed or shipped: post that, cancel a pick that is not posted, or release with \
                     request_unpick."),
            )
            .fact("reservation_id", id),
            R::NothingOpen { id } => Self::new(
                Code::QuantityExceedsReserved,
                format!("Nothing of these lines of reservation {id} is left to give back."),
            ),
            R::TooManyLines => Self::new(
                Code::TooManyLines,
                format!("A reservation has at most {MOST_LINES} lines, those of exploded kits counted."),
            )
            .fact("most", MOST_LINES),
            R::InvalidTime { field, why } => {
                Self::new(Code::InvalidTime, format!("{field} {why}.")).fact("field", field)
            }
        }
    }
}
