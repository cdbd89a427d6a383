//! What a carrier proves to have taken, where the floor has nothing to do with it.

use kernel::ReservationId;
use reservations::{ConsumeReservation, ReservationRefusal, consume_reservation};

use crate::{Floor, Module, OperationsRefusal, Record, Reference};

/// Consumes a reservation by a carrier's proof, whole or in part.
///
/// # Errors
/// Those of [`consume_reservation`]; where goods are in hand, with the records that have them.
pub fn consume_order(
    floor: &mut Floor<'_, '_>,
    command: &ConsumeReservation,
) -> Result<ReservationId, OperationsRefusal> {
    let consumed = consume_reservation(floor.stock, floor.reservations, command, floor.context);
    consumed.map_err(|refusal| with_records(refusal, floor))
}

/// Names the records that have goods of a reservation in hand, where that is in the way: those that can be posted or
/// cancelled now, else the picks.
pub(crate) fn with_records(refusal: ReservationRefusal, floor: &Floor<'_, '_>) -> OperationsRefusal {
    let ReservationRefusal::InHand { id } = refusal else { return refusal.into() };
    let of = |module| floor.records.on_reservation(id, module);
    let going_on = [Module::ShipConfirmations, Module::PackSessions, Module::PickTasks].map(of).concat();
    let is_begun =
        |record: &&&Record| record.is_open() && record.head.standing().state != crate::RecordState::Open;
    let mut found: Vec<_> = going_on.iter().filter(is_begun).copied().collect();
    if found.is_empty() {
        found = of(Module::PickTasks);
    }
    let name = |record: &&Record| {
        let of = Reference { module: record.module(), record_id: record.head.id };
        (record.head.number.to_string(), of)
    };
    OperationsRefusal::GoodsInHand { id, records: found.iter().map(name).collect() }
}
