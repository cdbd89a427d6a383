//! Stock over HTTP: what stands where, why, and how it came to be.

mod availability;
mod ledger;

pub(crate) use availability::MOST_SKUS;

use actix_web::http::Method;
use commands::Views;
use inventory::{CheckedBalance, LocationCode, MovementEntry, Sku, StockRefusal, WarehouseCode};
use kernel::{Code, StoreError, Timestamp};

use crate::call::Stop;
use crate::principal::Role;
use crate::routes::{Handler, Param, Route, Status, Value, param, schema};

/// Says which moment of recording an answer shows: `as_of` that moment answers the same for ever. It is the one that was
/// asked for, or the latest where that is earlier.
pub(crate) fn as_of_header(
    views: &mut dyn Views,
    asked: Option<Timestamp>,
) -> Result<(String, String), StoreError> {
    let latest = views.recorded_at()?;
    Ok(("As-Of".to_owned(), asked.map_or(latest, |asked| asked.min(latest)).to_string()))
}

/// Refuses a product that is not there.
pub(crate) fn known_sku(views: &mut dyn Views, sku: &Sku) -> Result<(), Stop> {
    let unknown = views.unknown_skus(std::slice::from_ref(sku))?;
    if unknown.is_empty() { Ok(()) } else { Err(StockRefusal::UnknownSku { skus: unknown }.into()) }
}

/// Refuses a location that is not there.
pub(crate) fn known_location(views: &mut dyn Views, code: &LocationCode) -> Result<(), Stop> {
    if views.has_location(code)? {
        return Ok(());
    }
    Err(StockRefusal::UnknownLocation { code: Some(code.clone()) }.into())
}

/// Refuses a warehouse or location that is not there.
pub(crate) fn known_places(
    views: &mut dyn Views,
    warehouse: Option<&WarehouseCode>,
    location: Option<&LocationCode>,
) -> Result<(), Stop> {
    if let Some(code) = warehouse
        && !views.has_warehouse(code)?
    {
        return Err(StockRefusal::UnknownWarehouse { code: Some(code.clone()) }.into());
    }
    location.map_or(Ok(()), |code| known_location(views, code))
}

const WAREHOUSE: Param = param("warehouse", Value::Code, "in this warehouse");
const LOCATION: Param = param("location", Value::Code, "at this location");
const LOT: Param = param("lot", Value::Lot, "of this lot or serial; empty: of none");

pub(crate) const ROUTES: &[Route] = &[
    Route {
        resource: "Inventory",
        method: Method::GET,
        path: "/api/v1/inventory/availability",
        status: Status::Implemented,
        purpose: "read available, reserved, held, and owned inventory",
        role: Role::Viewer,
        query: &[
            param("sku", Value::Codes(availability::MOST_SKUS), "these products, each of which gets a row"),
            WAREHOUSE,
            LOCATION,
            LOT,
            param(
                "group_by",
                Value::OneOf(&["sku", "location", "lot"]),
                "one row for each; else one for each balance",
            ),
            param(
                "as_of",
                Value::Time,
                "as it was recorded by this moment (see the header As-Of of an answer)",
            ),
            param("effective_as_of", Value::Time, "of that, what had happened by this moment"),
            param("require_trusted", Value::Flag, "refuses rows whose live stock is not trusted"),
        ],
        refusals: &[
            Code::UnknownSku,
            Code::UnknownWarehouse,
            Code::UnknownLocation,
            Code::LiveStockUntrusted,
        ],
        handler: Handler::List {
            run: availability::list,
            row: schema::<availability::RowBody>,
            columns: availability::COLUMNS,
        },
    },
    Route {
        resource: "Inventory",
        method: Method::GET,
        path: "/api/v1/inventory/availability/{sku}/explain",
        status: Status::Companion,
        purpose: "explain a product's stock: the arithmetic, the movements, who holds it, the next supply",
        role: Role::Viewer,
        query: &[WAREHOUSE, LOCATION, LOT],
        refusals: &[Code::UnknownSku, Code::UnknownWarehouse, Code::UnknownLocation],
        handler: Handler::Read { run: ledger::explain, answer: schema::<ledger::ExplanationBody> },
    },
    Route {
        resource: "Inventory",
        method: Method::GET,
        path: "/api/v1/inventory/ledger",
        status: Status::Companion,
        purpose: "list the movements of the ledger, with who made them",
        role: Role::Viewer,
        query: &[
            param("sku", Value::Code, "of this product"),
            LOCATION,
            LOT,
            param("kind", Value::OneOf(KINDS), "of this kind"),
            param("record_id", Value::Id, "of this reservation or record"),
            param("request_id", Value::Word, "made by this attempt"),
            param("actor", Value::Word, "made by this actor"),
            param("from", Value::Time, "recorded at this moment or later"),
            param("to", Value::Time, "recorded before this moment"),
            param("order", Value::OneOf(&["asc", "desc"]), "asc (the default): the oldest first"),
        ],
        refusals: &[Code::UnknownSku, Code::UnknownLocation],
        handler: Handler::List {
            run: ledger::movements,
            row: schema::<MovementEntry>,
            columns: ledger::MOVEMENT_COLUMNS,
        },
    },
    Route {
        resource: "Inventory",
        method: Method::GET,
        path: "/api/v1/inventory/integrity",
        status: Status::Companion,
        purpose: "recompute balances from the ledger, page by page, and report each difference",
        role: Role::Viewer,
        query: &[param("sku", Value::Code, "of this product")],
        refusals: &[Code::UnknownSku],
        handler: Handler::List {
            run: ledger::integrity,
            row: schema::<CheckedBalance>,
            columns: ledger::INTEGRITY_COLUMNS,
        },
    },
];

/// The kinds of movements by name.
const KINDS: &[&str] =
    &["opening", "reserve", "release", "expire", "consume", "reallocate", "hold", "unhold", "reversal"];
