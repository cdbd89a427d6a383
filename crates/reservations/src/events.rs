//! What others are told of a reservation.

use kernel::{Audience, NewEvent, Quantity};
use serde::Serialize;

use crate::{Reservation, ReservationState};

#[derive(Serialize)]
struct Facts<'a> {
    id: kernel::ReservationId,
    source_system: &'a str,
    order_ref: &'a str,
    warehouse: &'a str,
    state: ReservationState,
    version: kernel::Version,
    lines: Vec<LineFacts<'a>>,
}

#[derive(Serialize)]
struct LineFacts<'a> {
    line_no: u32,
    line_ref: Option<&'a str>,
    sku: &'a str,
    requested: Quantity,
    reserved: Quantity,
    short: Quantity,
    released: Quantity,
    consumed: Quantity,
}

/// The event that a reservation has become what it is now.
pub(crate) fn of(reservation: &Reservation, kind: &'static str) -> NewEvent {
    let lines = reservation.lines.iter().map(|line| LineFacts {
        line_no: line.line_no,
        line_ref: line.line_ref.as_ref().map(crate::LineRef::as_str),
        sku: line.sku.as_str(),
        requested: line.requested.get(),
        reserved: line.reserved(),
        short: line.short,
        released: line.released,
        consumed: line.consumed,
    });
    let facts = Facts {
        id: reservation.id,
        source_system: reservation.source.as_str(),
        order_ref: reservation.order_ref.as_str(),
        warehouse: reservation.warehouse_code.as_str(),
        state: reservation.state,
        version: reservation.version,
        lines: lines.collect(),
    };
    NewEvent {
        subject: format!("reservations/{}", reservation.id),
        subject_seq: reservation.version,
        kind,
        audience: Audience::Commerce,
        data: serde_json::to_value(facts).unwrap_or_default(),
    }
}

/// The same event with one more fact.
pub(crate) fn with(mut event: NewEvent, name: &str, fact: impl Serialize) -> NewEvent {
    if let (Some(facts), Ok(fact)) = (event.data.as_object_mut(), serde_json::to_value(fact)) {
        facts.insert(name.to_owned(), fact);
    }
    event
}
