//! A reservation whose goods left with a ship confirmation: what the other system says, and what was posted here.

use kernel::{RecordId, ReservationId, Version};
use reservations::ReservationRefusal;

use crate::{Floor, Module, OperationsRefusal};

/// Say that a reservation was shipped with a ship confirmation.
#[derive(Debug, Clone)]
pub struct ConfirmShipped {
    /// The reservation.
    pub reservation: ReservationId,
    /// The confirmation.
    pub confirmation: RecordId,
    /// The version of the reservation that the caller has seen.
    pub expected_version: Option<Version>,
}

/// Agrees where the confirmation is posted and has goods of the reservation: it has consumed them then, and nothing
/// changes.
///
/// # Errors
/// [`OperationsRefusal::NoConfirmation`] where there is none with goods of this reservation,
/// [`OperationsRefusal::NotShippedYet`] before it is posted.
pub fn confirm_shipped(
    floor: &mut Floor<'_, '_>,
    command: &ConfirmShipped,
) -> Result<ReservationId, OperationsRefusal> {
    let id = command.reservation;
    let reservation = floor.reservations.get(id).ok_or(ReservationRefusal::NotFound { id })?;
    if let Some(expected) = command.expected_version.filter(|expected| *expected != reservation.version) {
        let actual = reservation.version;
        return Err(ReservationRefusal::VersionMismatch { id, expected, actual }.into());
    }
    let record = floor.records.get(command.confirmation);
    let record = record.filter(|record| record.module() == Module::ShipConfirmations);
    let has_goods = |record: &&crate::Record| record.lines().iter().any(|line| line.reservation == Some(id));
    let unknown = OperationsRefusal::NoConfirmation { id: command.confirmation };
    let record = record.filter(has_goods).ok_or(unknown)?;
    if record.head.standing().has_posted {
        return Ok(id);
    }
    let number = record.head.number.to_string();
    Err(OperationsRefusal::NotShippedYet { number, record: record.head.id })
}
