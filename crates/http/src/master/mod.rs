//! Master data over HTTP: warehouses, locations, products and their lots.

mod locations;
mod lots;
mod products;
mod warehouses;

pub(crate) use products::sku_of;

use ::operations::TraceEntry;
use actix_web::http::Method;
use inventory::{
    LocationFacts, LocationView, LotView, ProductFacts, ProductView, Saved, WarehouseFacts, WarehouseView,
};
use kernel::{Code, Reply};
use serde::Serialize;

use crate::principal::Role;
use crate::render;
use crate::routes::{Answer, Handler, Param, Route, Status, Value, param, schema};

const ACTIVE: Param = param("active", Value::Flag, "only those that are, or are not, in use");

/// What a PUT answers with: 201 where it made the thing, else 200.
pub(crate) fn saved<V: Serialize>(saved: Saved, version: kernel::Version, view: &V) -> Reply {
    let status = if saved == Saved::Made { 201 } else { 200 };
    render::json(status, vec![render::version_tag(version)], view)
}

macro_rules! master_route {
    ($method:ident $path:literal, $purpose:literal, $role:ident, [$($query:expr),*], [$($code:ident),*], $handler:expr) => {
        Route {
            resource: "Master data",
            method: Method::$method,
            path: concat!("/api/v1/inventory/", $path),
            status: Status::Companion,
            purpose: $purpose,
            role: Role::$role,
            query: &[$($query),*],
            refusals: &[$(Code::$code),*],
            handler: $handler,
        }
    };
}

const PRODUCT: &[Answer] =
    &[(200, "The product as it is now", schema::<ProductView>), (201, "Made", schema::<ProductView>)];
const LOCATION: &[Answer] =
    &[(200, "The location as it is now", schema::<LocationView>), (201, "Made", schema::<LocationView>)];
const WAREHOUSE: &[Answer] =
    &[(200, "The warehouse as it is now", schema::<WarehouseView>), (201, "Made", schema::<WarehouseView>)];
const LOT: &[Answer] = &[(200, "The lot as it is now", schema::<LotView>)];

pub(crate) const ROUTES: &[Route] = &[
    master_route!(GET "warehouses", "list warehouses", Viewer, [ACTIVE], [],
        Handler::List { run: warehouses::list, row: schema::<WarehouseView>, columns: warehouses::COLUMNS }),
    master_route!(GET "warehouses/{warehouse}", "read one warehouse", Viewer, [], [UnknownWarehouse],
        Handler::Read { run: warehouses::one, answer: schema::<WarehouseView> }),
    master_route!(PUT "warehouses/{warehouse}", "make a warehouse or change it", Admin, [],
        [UnknownLocation, VersionMismatch, InUse],
        Handler::Write { run: warehouses::put, body: schema::<WarehouseFacts>, answers: WAREHOUSE }),
    master_route!(GET "locations", "list locations", Viewer,
        [
            param("warehouse", Value::Code, "in this warehouse"),
            param("kind", Value::OneOf(locations::KINDS), "of this kind"),
            ACTIVE
        ],
        [UnknownWarehouse],
        Handler::List { run: locations::list, row: schema::<LocationView>, columns: locations::COLUMNS }),
    master_route!(GET "locations/{location}", "read one location", Viewer, [], [UnknownLocation],
        Handler::Read { run: locations::one, answer: schema::<LocationView> }),
    master_route!(PUT "locations/{location}", "make a location or change it", Admin, [],
        [UnknownWarehouse, LocationFixed, VersionMismatch, InUse],
        Handler::Write { run: locations::put, body: schema::<LocationFacts>, answers: LOCATION }),
    master_route!(GET "products", "list products", Viewer,
        [
            param("sku", Value::Codes(crate::stock::MOST_SKUS), "these products"),
            param("barcode", Value::Code, "with this barcode"),
            param("search", Value::Line, "with this text in sku or name; only the letters A to Z in any case"),
            param("tracking", Value::OneOf(&["none", "lot", "serial"]), "tracked like this"),
            ACTIVE
        ],
        [],
        Handler::List { run: products::list, row: schema::<ProductView>, columns: products::COLUMNS }),
    master_route!(GET "products/{sku}", "read one product", Viewer, [], [UnknownSku],
        Handler::Read { run: products::one, answer: schema::<ProductView> }),
    master_route!(PUT "products/{sku}", "make a product or change it", Admin, [],
        [UnknownSku, UnknownWarehouse, UnknownLocation, BarcodeTaken, ProductInvalid, VersionMismatch, InUse],
        Handler::Write { run: products::put, body: schema::<ProductFacts>, answers: PRODUCT }),
    master_route!(GET "products/{sku}/lots", "list the lots and serials of a product", Viewer, [], [UnknownSku],
        Handler::List { run: lots::list, row: schema::<LotView>, columns: lots::COLUMNS }),
    master_route!(GET "products/{sku}/lots/{lot}", "read one lot or serial", Viewer, [], [UnknownSku, UnknownLot],
        Handler::Read { run: lots::one, answer: schema::<LotView> }),
    master_route!(GET "products/{sku}/lots/{lot}/trace", "where a lot or serial came from and where it went: receipts, orders, returns",
        Viewer, [], [UnknownSku, UnknownLot],
        Handler::List { run: lots::trace, row: schema::<TraceEntry>, columns: lots::TRACE_COLUMNS }),
    master_route!(PUT "products/{sku}/lots/{lot}", "change the day a lot expires on", Operator, [],
        [UnknownSku, UnknownLot, LotNotTracked, VersionMismatch, PreviewStale, QuantityOverflow],
        Handler::Write { run: lots::put, body: schema::<lots::Body>, answers: LOT }),
    master_route!(POST "products/{sku}/lots/{lot}/hold", "recall a lot: its stock is held, its reservations are allocated anew",
        Operator, [], [UnknownSku, UnknownLot, LotNotTracked, LotHeld, VersionMismatch, PreviewStale, QuantityOverflow],
        Handler::Write { run: lots::hold, body: schema::<lots::HoldBody>, answers: LOT }),
    master_route!(POST "products/{sku}/lots/{lot}/release", "end the recall of a lot: its stock is available again",
        Operator, [], [UnknownSku, UnknownLot, LotNotTracked, LotNotHeld, VersionMismatch, PreviewStale, QuantityOverflow],
        Handler::Write { run: lots::release, body: schema::<lots::HoldBody>, answers: LOT }),
];
