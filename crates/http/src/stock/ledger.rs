//! The ledger, the arithmetic behind a balance, and its recomputation over HTTP.

use inventory::{
    AvailabilityRow, ExplainFilter, KindSum, LedgerFilter, MovementEntry, MovementKind, Page, Sku,
    StockHolder, StockRefusal,
};
use kernel::{Quantity, RecordId, Refusal};
use schemars::JsonSchema;
use serde::Serialize;

use super::availability::{RowBody, Supply};
use crate::call::{Call, Listing, Reading, Rows};
use crate::render;

/// The most holders that an explanation names.
const MOST_HOLDERS: u32 = 500;
/// The latest movements that an explanation shows.
const LATEST: u32 = 20;

/// The columns of the ledger's CSV.
pub(crate) const MOVEMENT_COLUMNS: &[&str] = &[
    "seq",
    "id",
    "kind",
    "record_id",
    "reverses",
    "reversed_by",
    "reason",
    "effective_at",
    "recorded_at",
    "request_id",
    "actor_id",
    "actor_type",
    "source_system",
    "idempotency_key",
    "transfers",
];
/// The columns of the integrity report's CSV.
pub(crate) const INTEGRITY_COLUMNS: &[&str] =
    &["sku", "location", "lot", "version", "transfers", "differences"];

/// Lists movements.
pub(crate) fn movements(call: &mut Call) -> Result<Listing, Refusal> {
    let query = &mut call.query;
    let filter = LedgerFilter {
        sku: query.take("sku"),
        warehouse: None,
        location: query.take("location"),
        lot: query.take("lot"),
        kind: query.take::<MovementKind>("kind"),
        record: query.take::<uuid::Uuid>("record_id").map(RecordId),
        request_id: query.take("request_id"),
        actor: query.take("actor"),
        from: query.take("from"),
        to: query.take("to"),
        newest_first: query.take_one_of("order", &[("asc", false), ("desc", true)]).unwrap_or(false),
    };
    Ok(Box::new(move |views, page| {
        if let Some(sku) = &filter.sku {
            super::known_sku(views, sku)?;
        }
        if let Some(location) = &filter.location {
            super::known_location(views, location)?;
        }
        let (found, next) = views.movements(&filter, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}

/// Why a product's stock is what it is. The sums of `arithmetic` are the quantities of `stock`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ExplanationBody {
    /// All of it together.
    stock: RowBody,
    /// What movements did to it, kind by kind.
    arithmetic: Vec<KindSum>,
    /// The latest movements, the newest first; the ledger has them all.
    movements: Vec<MovementEntry>,
    /// Who holds what is reserved, the oldest first, at most 500.
    holders: Vec<StockHolder>,
    /// What active reservations of the warehouse (or of all) lack of the product, wherever they would take it.
    unmet_demand: Quantity,
    /// What purchase orders still owe, the oldest order first.
    next_supply: Vec<Supply>,
}

/// Explains the stock of a product.
pub(crate) fn explain(call: &mut Call) -> Result<Reading, Refusal> {
    let sku: Sku = crate::master::sku_of(call)?;
    let query = &mut call.query;
    let filter = ExplainFilter {
        sku: sku.clone(),
        warehouse: query.take("warehouse"),
        location: query.take("location"),
        lot: query.take("lot"),
    };
    let latest = LedgerFilter {
        sku: Some(sku.clone()),
        warehouse: filter.warehouse.clone(),
        location: filter.location.clone(),
        lot: filter.lot.clone(),
        newest_first: true,
        ..LedgerFilter::default()
    };
    Ok(Box::new(move |views| {
        super::known_places(views, filter.warehouse.as_ref(), filter.location.as_ref())?;
        let unknown = || StockRefusal::UnknownSku { skus: vec![sku.clone()] };
        let found = views.explain(&filter, MOST_HOLDERS)?.ok_or_else(unknown)?;
        let (movements, _) = views.movements(&latest, &Page { limit: LATEST, after: None })?;
        let total: AvailabilityRow = found.total;
        // A shelf and a lot owe nothing.
        let is_whole = filter.location.is_none() && filter.lot.is_none();
        let skus = [sku.clone()];
        let coming = if is_whole { views.supply(&skus, filter.warehouse.as_ref())? } else { Vec::new() };
        let body = ExplanationBody {
            stock: total.into(),
            arithmetic: found.arithmetic,
            movements,
            holders: found.holders,
            unmet_demand: found.unmet_demand,
            next_supply: coming.into_iter().map(Supply::from).collect(),
        };
        Ok(render::json(200, vec![super::as_of_header(views, None)?], &body))
    }))
}

/// Recomputes balances from the ledger, page by page.
pub(crate) fn integrity(call: &mut Call) -> Result<Listing, Refusal> {
    let sku: Option<Sku> = call.query.take("sku");
    Ok(Box::new(move |views, page| {
        if let Some(sku) = &sku {
            super::known_sku(views, sku)?;
        }
        let (found, next) = views.integrity(sku.as_ref(), page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}
