//! The audit of reservations: I6, line by line.

use inventory::Violation;

use crate::{Reservation, ReservationState};

/// What is wrong with a reservation by itself: a line that does not add up, or one that is over and still holds or
/// lacks something. That the allocations of a balance sum to its reserved stock is checked across reservations.
pub fn audit_reservation(reservation: &Reservation) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut say = |detail: String| found.push(Violation { invariant: "I6", detail });
    for line in &reservation.lines {
        let parts = [line.reserved(), line.short, line.released, line.consumed];
        let sum = parts.into_iter().fold(kernel::Quantity::ZERO, kernel::Quantity::saturating_add);
        if sum != line.requested.get() {
            say(format!(
                "reservation {} line {}: {} requested, {sum} accounted for",
                reservation.id,
                line.line_no,
                line.requested.get()
            ));
        }
    }
    let open = reservation.reserved().saturating_add(reservation.short());
    let is_active = reservation.state == ReservationState::Active;
    if is_active == open.is_zero() {
        say(format!("reservation {} is {} with {open} open", reservation.id, reservation.state.as_str()));
    }
    found
}
