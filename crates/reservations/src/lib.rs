//! Reservations: stock promised to orders, line by line, until it is shipped, given back or runs out.
//!
//! Every promise is a movement of the posting engine from `available` to `reserved`; this crate never writes a
//! balance itself. It knows nothing of picking, of documents or of who is asking.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod allocate;
mod amend_reservation;
mod audit;
mod consume_reservation;
mod create_reservation;
mod draft;
mod events;
mod expire_reservation;
mod fill_reservation;
mod fulfil;
mod names;
mod refusal;
mod release_reservation;
mod reservation;
mod resolve_lines;
mod selection;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod views;
mod withdraw_lot;

pub use amend_reservation::{AmendReservation, LineChange, amend_reservation};
pub use audit::audit_reservation;
pub use consume_reservation::{ConsumeReservation, ShipmentProof, consume_reservation};
pub use create_reservation::{CreateReservation, Expiry, NewLine, create_reservation};
pub use draft::{PORTION, ReservationChanges, ReservationDraft, ReservationNeeds, ReservationSet};
pub use expire_reservation::expire_reservation;
pub use fill_reservation::fill_reservation;
pub use fulfil::{Fate, Handled, Held, follow_goods, held_stock};
pub use names::{LineRef, OrderRef, ProofText};
pub use refusal::ReservationRefusal;
pub use release_reservation::{ReleaseReservation, release_reservation};
pub use reservation::{Allocation, KitPart, Line, Reservation};
pub use selection::{LineSelection, LineWanted};
pub use state::{ReservationEvent, ReservationState, next};
pub use store::ReservationStore;
pub use views::{
    AllocationView, KitView, LineView, ReservationFilter, ReservationView, ReservationViews, Stage,
};
pub(crate) use withdraw_lot::hold_blocked_lots;
pub use withdraw_lot::withdraw_lot;
