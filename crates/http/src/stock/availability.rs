//! Availability over HTTP.

use inventory::{
    AvailabilityFilter, AvailabilityRow, Grouping, HoldReason, LocationCode, Lot, Sku, WarehouseCode,
};
use kernel::{Code, Quantity, Refusal, SignedQuantity, Version};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Map;

use crate::call::{Call, Listing, Rows, Stop};
use crate::render;

/// The most skus of one question.
pub(crate) const MOST_SKUS: usize = 500;

/// A row of the availability. Quantities are in the product's stock unit.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RowBody {
    sku: Sku,
    warehouse: Option<WarehouseCode>,
    location: Option<LocationCode>,
    lot: Option<Lot>,
    available: SignedQuantity,
    reserved: SignedQuantity,
    held: SignedQuantity,
    held_by_reason: Map<String, serde_json::Value>,
    owned: SignedQuantity,
    incoming: Quantity,
    version: Option<Version>,
    live_stock: LiveStock,
}

/// What a purchase order still owes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Supply {
    record_id: kernel::RecordId,
    quantity: Quantity,
    expected_at: Option<kernel::Timestamp>,
}

impl From<::operations::Supply> for Supply {
    fn from(supply: ::operations::Supply) -> Self {
        Self { record_id: supply.record, quantity: supply.owed, expected_at: None }
    }
}

/// Whether the row is trusted. No cohort exists yet, so none is.
#[derive(Serialize, JsonSchema)]
struct LiveStock {
    trusted: bool,
    cohort: Option<kernel::CohortId>,
}

impl From<AvailabilityRow> for RowBody {
    fn from(row: AvailabilityRow) -> Self {
        let (held, owned) = (row.held_total(), row.owned());
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
            owned,
            incoming: Quantity::ZERO,
            version: row.version,
            live_stock: LiveStock { trusted: false, cohort: None },
        }
    }
}

const GROUPINGS: [(&str, Grouping); 3] =
    [("sku", Grouping::Sku), ("location", Grouping::Location), ("lot", Grouping::Lot)];

/// The columns of the CSV.
pub(crate) const COLUMNS: &[&str] = &[
    "sku",
    "warehouse",
    "location",
    "lot",
    "available",
    "reserved",
    "held",
    "held_by_reason/putaway",
    "held_by_reason/qc",
    "held_by_reason/damaged",
    "held_by_reason/returned",
    "held_by_reason/expired",
    "held_by_reason/missing",
    "held_by_reason/in_transit",
    "held_by_reason/recall",
    "owned",
    "incoming",
    "version",
    "live_stock/trusted",
    "live_stock/cohort",
];

/// Reads available, reserved, held and owned stock.
pub(crate) fn list(call: &mut Call) -> Result<Listing, Refusal> {
    let query = &mut call.query;
    let filter = AvailabilityFilter {
        skus: query.take_list("sku", MOST_SKUS),
        warehouse: query.take("warehouse"),
        location: query.take("location"),
        lot: query.take("lot"),
        grouping: query.take_one_of("group_by", &GROUPINGS).unwrap_or(Grouping::Balance),
        as_of: query.take("as_of"),
        effective_as_of: query.take("effective_as_of"),
    };
    let require_trusted = query.take::<bool>("require_trusted").unwrap_or(false);
    Ok(Box::new(move |views, page| {
        known(views, &filter)?;
        let (rows, next) = views.availability(&filter, page)?;
        let untrusted: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.sku).collect();
        if require_trusted && !untrusted.is_empty() {
            let detail = "Live stock is trusted only under an enabled cutover cohort.";
            return Err(Refusal::new(Code::LiveStockUntrusted, detail).fact("skus", untrusted).into());
        }
        let headers = vec![super::as_of_header(views, filter.as_of)?];
        let mut rows: Vec<_> = rows.into_iter().map(RowBody::from).collect();
        add_incoming(views, &filter, &mut rows)?;
        Ok(Rows { rows: render::rows(rows), next, headers })
    }))
}

/// What is on its way, in rows that stand for a product as a whole now.
fn add_incoming(
    views: &mut dyn commands::Views,
    filter: &AvailabilityFilter,
    rows: &mut [RowBody],
) -> Result<(), Stop> {
    let is_whole = filter.grouping == Grouping::Sku && filter.location.is_none() && filter.lot.is_none();
    let is_now = filter.as_of.is_none() && filter.effective_as_of.is_none();
    if !is_whole || !is_now {
        return Ok(());
    }
    let skus: Vec<_> = rows.iter().map(|row| row.sku.clone()).collect();
    for supply in views.supply(&skus, filter.warehouse.as_ref())? {
        for row in rows.iter_mut().filter(|row| row.sku == supply.sku) {
            row.incoming = row.incoming.saturating_add(supply.owed);
        }
    }
    Ok(())
}

/// Refuses a filter that names what is not there.
fn known(views: &mut dyn commands::Views, filter: &AvailabilityFilter) -> Result<(), Stop> {
    use inventory::StockRefusal as R;
    if !filter.skus.is_empty() {
        let skus = views.unknown_skus(&filter.skus)?;
        if !skus.is_empty() {
            return Err(R::UnknownSku { skus }.into());
        }
    }
    super::known_places(views, filter.warehouse.as_ref(), filter.location.as_ref())
}
