//! Availability over HTTP.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};
use inventory::{
    AvailabilityFilter, AvailabilityRow, Grouping, HoldReason, LocationCode, Lot, Sku, WarehouseCode,
};
use kernel::{Code, Quantity, Refusal, Reply, RequestId, Version};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Map;

use crate::problem::{refuse, respond};
use crate::query::{Query, make_cursor};
use crate::server::Shared;
use crate::{submit, write_headers};

/// The most skus of one question.
const MOST_SKUS: usize = 500;

#[derive(Serialize, JsonSchema)]
pub(crate) struct RowBody {
    sku: Sku,
    warehouse: Option<WarehouseCode>,
    location: Option<LocationCode>,
    lot: Option<Lot>,
    available: Quantity,
    reserved: Quantity,
    held: Quantity,
    held_by_reason: Map<String, serde_json::Value>,
    owned: Quantity,
    incoming: Quantity,
    version: Option<Version>,
    live_stock: LiveStock,
}

/// Whether the row is trusted. No cohort exists yet, so none is.
#[derive(Serialize, JsonSchema)]
struct LiveStock {
    trusted: bool,
    cohort: Option<kernel::CohortId>,
}

impl From<AvailabilityRow> for RowBody {
    fn from(row: AvailabilityRow) -> Self {
        let held = row.held.iter().fold(Quantity::ZERO, |sum, held| sum.saturating_add(*held));
        let by_reason = HoldReason::ALL.into_iter().zip(row.held);
        let by_reason = by_reason.filter(|(_, held)| !held.is_zero());
        Self {
            sku: row.sku,
            warehouse: row.warehouse,
            location: row.location,
            lot: row.lot,
            available: row.available,
            reserved: row.reserved,
            held,
            held_by_reason: by_reason
                .filter_map(|(reason, held)| {
                    Some((reason.as_str().to_owned(), serde_json::to_value(held).ok()?))
                })
                .collect(),
            owned: row.available.saturating_add(row.reserved).saturating_add(held),
            incoming: Quantity::ZERO,
            version: row.version,
            live_stock: LiveStock { trusted: false, cohort: None },
        }
    }
}

fn grouping(text: Option<String>) -> Result<Grouping, Refusal> {
    match text.as_deref() {
        None => Ok(Grouping::Balance),
        Some("sku") => Ok(Grouping::Sku),
        Some("location") => Ok(Grouping::Location),
        Some("lot") => Ok(Grouping::Lot),
        Some(_) => {
            let error =
                crate::problem::wrong("query", "group_by", "invalid_value", "must be sku, location or lot");
            Err(Refusal::new(Code::InvalidQuery, "A query parameter is invalid.").fact("errors", vec![error]))
        }
    }
}

/// Reads available, reserved, held and owned stock.
pub(crate) async fn availability(http: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let request_id = write_headers::request_id(&http);
    match show(&http, &shared, &request_id).await {
        Ok(reply) => respond(reply, &request_id),
        Err(refusal) => refuse(&refusal, &request_id),
    }
}

async fn show(http: &HttpRequest, shared: &Shared, request_id: &RequestId) -> Result<Reply, Refusal> {
    const LIST: &str = "availability";
    let known = ["sku", "warehouse", "location", "lot", "group_by", "require_trusted", "limit", "cursor"];
    let mut query = Query::read(http, LIST, &known);
    let mut filter = AvailabilityFilter {
        skus: query.take_list("sku", MOST_SKUS),
        warehouse: query.take("warehouse"),
        location: query.take("location"),
        lot: query.take("lot"),
        grouping: grouping(query.take("group_by"))?,
    };
    filter.skus.sort();
    filter.skus.dedup();
    let require_trusted = query.take::<bool>("require_trusted").unwrap_or(false);
    let page = query.page()?;
    query.finish()?;
    let asked = filter.clone();
    let read = move |views: &mut dyn commands::Views| {
        if let Some(refusal) = unknown(views, &filter)? {
            return Ok(Err(refusal));
        }
        views.availability(&filter, &page).map(Ok)
    };
    let (rows, next) = submit::read(shared.backend.clone(), request_id, read).await??;
    if require_trusted && !(rows.is_empty() && asked.skus.is_empty()) {
        let skus: BTreeSet<_> = rows.iter().map(|row| row.sku.clone()).collect();
        let detail = "Live stock is trusted only under an enabled cutover cohort.";
        return Err(Refusal::new(Code::LiveStockUntrusted, detail).fact("skus", skus));
    }
    let data: Vec<_> = rows.into_iter().map(RowBody::from).collect();
    let next_cursor = next.map(|place| make_cursor(LIST, &place));
    Ok(submit::json(200, Vec::new(), &serde_json::json!({ "data": data, "next_cursor": next_cursor })))
}

/// The refusal of a filter that names what is not there.
fn unknown(
    views: &mut dyn commands::Views,
    filter: &AvailabilityFilter,
) -> Result<Option<Refusal>, kernel::StoreError> {
    use inventory::StockRefusal as R;
    if !filter.skus.is_empty() {
        let skus = views.unknown_skus(&filter.skus)?;
        if !skus.is_empty() {
            return Ok(Some(R::UnknownSku { skus }.into()));
        }
    }
    if let Some(code) = &filter.warehouse
        && !views.has_warehouse(code)?
    {
        return Ok(Some(R::UnknownWarehouse { code: Some(code.clone()) }.into()));
    }
    if let Some(code) = &filter.location
        && !views.has_location(code)?
    {
        return Ok(Some(R::UnknownLocation { code: Some(code.clone()) }.into()));
    }
    Ok(None)
}
