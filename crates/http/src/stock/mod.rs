//! Stock over HTTP: what stands where.

mod availability;

pub(crate) use availability::MOST_SKUS;

use actix_web::http::Method;
use kernel::Code;

use crate::principal::Role;
use crate::routes::{Handler, Route, Status, Value, param, schema};

pub(crate) const ROUTES: &[Route] = &[Route {
    resource: "Inventory",
    method: Method::GET,
    path: "/api/v1/inventory/availability",
    status: Status::Implemented,
    purpose: "read available, reserved, held, and owned inventory",
    role: Role::Viewer,
    query: &[
        param("sku", Value::Texts(availability::MOST_SKUS), "these products, each of which gets a row"),
        param("warehouse", Value::Text, "in this warehouse"),
        param("location", Value::Text, "at this location"),
        param("lot", Value::Text, "of this lot or serial"),
        param(
            "group_by",
            Value::OneOf(&["sku", "location", "lot"]),
            "one row for each; else one for each balance",
        ),
        param("require_trusted", Value::Flag, "refuses rows whose live stock is not trusted"),
    ],
    refusals: &[Code::UnknownSku, Code::UnknownWarehouse, Code::UnknownLocation, Code::LiveStockUntrusted],
    handler: Handler::List {
        run: availability::list,
        row: schema::<availability::RowBody>,
        columns: availability::COLUMNS,
    },
}];
