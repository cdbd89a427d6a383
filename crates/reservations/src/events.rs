//! What others are told of a reservation.

use kernel::{Audience, NewEvent, Quantity};
use serde::Serialize;
use serde_json::Value;

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

/// The event that a reservation has become what it is now, with one more fact where there is one.
pub(crate) fn of(reservation: &Reservation, kind: &'static str, fact: Option<(&str, Value)>) -> NewEvent {
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
    let mut data = serde_json::to_value(facts).unwrap_or_default();
    if let (Some(data), Some((name, fact))) = (data.as_object_mut(), fact) {
        data.insert(name.to_owned(), fact);
    }
    NewEvent {
        subject: format!("reservations/{}", reservation.id),
        subject_seq: reservation.version,
        kind,
        audience: Audience::Commerce,
        data,
    }
}
