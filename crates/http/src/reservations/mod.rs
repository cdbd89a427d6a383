//! Reservations over HTTP.

mod body;
mod read;
mod write;

pub(crate) use body::preview_hash;

use ::reservations::ReservationView;
use actix_web::http::Method;
use kernel::Code;

use crate::principal::Role;
use crate::routes::{Answer, Handler, Param, Route, Status, Value, param, schema};

const STATES: Value = Value::OneOf(&["active", "consumed", "released", "expired"]);
const FILTERS: &[Param] = &[
    param("order_ref", Value::Line, "of this order"),
    param("state", STATES, "in this state"),
    param("sku", Value::Code, "with a line of this product"),
];
const CHANGED: &[Answer] = &[(200, "The reservation as it is now", schema::<ReservationView>)];
/// What may be wrong with any change of a reservation that is there.
macro_rules! changing {
    ($($own:ident),*) => {
        &[
            Code::ReservationNotFound,
            Code::ReservationNotActive,
            Code::VersionMismatch,
            Code::PreviewStale,
            Code::QuantityOverflow,
            Code::FulfilmentInProgress,
            $(Code::$own,)*
        ]
    };
}

pub(crate) const ROUTES: &[Route] = &[
    Route {
        resource: "Reservations",
        method: Method::POST,
        path: "/api/v1/inventory/reservations",
        status: Status::Implemented,
        purpose: "create idempotent order reservations",
        role: Role::Integration,
        query: &[],
        refusals: &[
            Code::UnknownSku,
            Code::UnknownWarehouse,
            Code::UnknownLocation,
            Code::UnknownLot,
            Code::InsufficientStock,
            Code::OrderAlreadyReserved,
            Code::PreviewStale,
            Code::InvalidTime,
            Code::LineRefRepeated,
            Code::LotNotTracked,
            Code::NotStockable,
            Code::OffStep,
            Code::QuantityOverflow,
            Code::TooManyLines,
        ],
        handler: Handler::Write {
            run: write::create,
            body: schema::<body::CreateBody>,
            answers: &[(201, "Reserved", schema::<ReservationView>)],
        },
    },
    Route {
        resource: "Reservations",
        method: Method::GET,
        path: "/api/v1/inventory/reservations",
        status: Status::Companion,
        purpose: "list reservations by order, state and sku",
        role: Role::Viewer,
        query: FILTERS,
        refusals: &[],
        handler: Handler::List { run: read::list, row: schema::<ReservationView>, columns: read::COLUMNS },
    },
    Route {
        resource: "Reservations",
        method: Method::GET,
        path: "/api/v1/inventory/reservations/{id}",
        status: Status::Companion,
        purpose: "read one reservation",
        role: Role::Viewer,
        query: &[],
        refusals: &[Code::ReservationNotFound],
        handler: Handler::Read { run: read::one, answer: schema::<ReservationView> },
    },
    Route {
        resource: "Reservations",
        method: Method::PATCH,
        path: "/api/v1/inventory/reservations/{id}",
        status: Status::Companion,
        purpose: "extend a reservation, add lines, make lines larger or smaller: all or nothing",
        role: Role::Integration,
        query: &[],
        refusals: changing!(
            ReservationExpired,
            UnknownWarehouse,
            UnknownSku,
            UnknownLocation,
            UnknownLot,
            UnknownLine,
            InsufficientStock,
            QuantityBelowDone,
            InvalidTime,
            LineRefRepeated,
            LotNotTracked,
            NotStockable,
            OffStep,
            TooManyLines
        ),
        handler: Handler::Write { run: write::amend, body: schema::<body::AmendBody>, answers: CHANGED },
    },
    Route {
        resource: "Reservations",
        method: Method::POST,
        path: "/api/v1/inventory/reservations/{id}/release",
        status: Status::Implemented,
        purpose: "release active reserved stock",
        role: Role::Integration,
        query: &[],
        refusals: changing!(UnknownLine, QuantityExceedsReserved, OffStep),
        handler: Handler::Write { run: write::release, body: schema::<body::ReleaseBody>, answers: CHANGED },
    },
    Route {
        resource: "Reservations",
        method: Method::POST,
        path: "/api/v1/inventory/reservations/{id}/consume",
        status: Status::Implemented,
        purpose: "consume reserved stock after shipment proof",
        role: Role::Integration,
        query: &[],
        refusals: changing!(
            UnknownLine,
            QuantityExceedsReserved,
            OffStep,
            ShipmentProofRequired,
            ShipConfirmationNotFound,
            InvalidTime
        ),
        handler: Handler::Write { run: write::consume, body: schema::<body::ConsumeBody>, answers: CHANGED },
    },
    Route {
        resource: "Reservations",
        method: Method::POST,
        path: "/api/v1/inventory/reservations/{id}/fill",
        status: Status::Companion,
        purpose: "try again to reserve what a reservation is short of",
        role: Role::Integration,
        query: &[],
        refusals: changing!(ReservationExpired, UnknownWarehouse),
        handler: Handler::Write { run: write::fill, body: schema::<body::FillBody>, answers: CHANGED },
    },
];
