//! Reading reservations.

use ::reservations::{ReservationFilter, ReservationState};
use kernel::{Code, Refusal, ReservationId};

use crate::call::{Call, Listing, Reading, Rows};
use crate::render;

/// The columns of the CSV.
pub(crate) const COLUMNS: &[&str] = &[
    "id",
    "order_ref",
    "source_system",
    "warehouse",
    "state",
    "version",
    "allow_partial",
    "backorder",
    "expires_at",
    "ship_by",
    "created_at",
    "updated_at",
    "lines",
    "ship_to",
    "metadata",
];

fn not_found(id: &str) -> Refusal {
    Refusal::new(Code::ReservationNotFound, format!("There is no reservation {id}."))
}

/// The id in the path.
pub(crate) fn id_of(call: &Call) -> Result<ReservationId, Refusal> {
    let text = call.path("id");
    uuid::Uuid::try_parse(text).map(ReservationId).map_err(|_| not_found(text))
}

/// Reads one reservation.
pub(crate) fn one(call: &mut Call) -> Result<Reading, Refusal> {
    let id = id_of(call)?;
    Ok(Box::new(move |views| {
        let view = views.reservation(id)?.ok_or_else(|| not_found(&id.to_string()))?;
        Ok(render::json(200, vec![render::version_tag(view.version)], &view))
    }))
}

/// Lists reservations.
pub(crate) fn list(call: &mut Call) -> Result<Listing, Refusal> {
    let query = &mut call.query;
    let filter = ReservationFilter {
        order_ref: query.take("order_ref"),
        state: query.take::<ReservationState>("state"),
        sku: query.take("sku"),
    };
    Ok(Box::new(move |views, page| {
        let (found, next) = views.reservations(&filter, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}
