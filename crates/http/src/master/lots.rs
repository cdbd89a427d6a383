//! Lots and serials of a product.

use commands::{Draft, HoldLot, ReleaseLot, SaveLot, Task, Work};
use inventory::{Lot, LotView, Reason, Sku, StockRefusal};
use kernel::{Refusal, Reply, Request};
use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use super::products::sku_of;
use crate::call::{Call, Job, Listing, Reading, Rows};
use crate::render::{self, Show};
use crate::reservations::preview_hash;
use crate::stock::known_sku;

/// The columns of the CSV.
pub(crate) const COLUMNS: &[&str] = &["sku", "lot", "expires_on", "recalled", "version"];

/// The columns of the CSV of a trace.
pub(crate) const TRACE_COLUMNS: &[&str] = &[
    "direction",
    "party",
    "quantity",
    "kind",
    "movement_id",
    "reversed_by",
    "effective_at",
    "recorded_at",
    "record/module",
    "record/record_id",
    "number",
    "reservation_id",
    "order_ref",
];

/// What is known of a lot.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct Body {
    /// Its last good day; null: it keeps.
    expires_on: Option<kernel::Day>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    preview_hash: Option<String>,
}

/// Why a lot is recalled, or is so no more.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct HoldBody {
    reason: Reason,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    preview_hash: Option<String>,
}

fn lot_of(call: &Call, sku: &Sku) -> Result<Lot, Refusal> {
    let text = call.path("lot");
    let unknown = || Refusal::new(kernel::Code::UnknownLot, format!("{sku} has no lot {text}."));
    text.parse::<Lot>().ok().filter(|lot| !lot.is_none()).ok_or_else(unknown)
}

/// Lists the lots of a product.
pub(crate) fn list(call: &mut Call) -> Result<Listing, Refusal> {
    let sku = sku_of(call)?;
    Ok(Box::new(move |views, page| {
        known_sku(views, &sku)?;
        let (found, next) = views.lots(&sku, None, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}

/// Reads one lot.
pub(crate) fn one(call: &mut Call) -> Result<Reading, Refusal> {
    let sku = sku_of(call)?;
    let lot = lot_of(call, &sku)?;
    Ok(Box::new(move |views| {
        known_sku(views, &sku)?;
        let (found, _) = views.lots(&sku, Some(&lot), &inventory::Page::FIRST)?;
        let unknown = || StockRefusal::UnknownLot { sku: sku.clone(), lot: lot.clone() };
        let view = found.into_iter().next().ok_or_else(unknown)?;
        Ok(render::json(200, vec![render::version_tag(view.version)], &view))
    }))
}

/// Lists where a lot came from and where it went.
pub(crate) fn trace(call: &mut Call) -> Result<Listing, Refusal> {
    let sku = sku_of(call)?;
    let lot = lot_of(call, &sku)?;
    Ok(Box::new(move |views, page| {
        known_sku(views, &sku)?;
        let (known, _) = views.lots(&sku, Some(&lot), &inventory::Page::FIRST)?;
        let (found, next) = views.trace(&sku, &lot, page)?;
        if known.is_empty() && found.is_empty() {
            return Err(StockRefusal::UnknownLot { sku: sku.clone(), lot: lot.clone() }.into());
        }
        Ok(Rows::new(render::rows(found), next))
    }))
}

fn job<W: Work<Done = (Sku, Lot)> + 'static>(
    request: Request,
    work: W,
    seen: Option<String>,
) -> Result<Job, Refusal> {
    let render = Show { request_id: request.request_id.clone(), done: shown };
    Ok(Box::new(Task { request, work, render, preview_hash: preview_hash(seen)? }))
}

fn shown((sku, lot): &(Sku, Lot), draft: &Draft<'_>) -> Option<Reply> {
    let view = LotView::in_draft(sku, lot, &draft.stock)?;
    Some(render::json(200, vec![render::version_tag(view.version)], &view))
}

/// Changes the day a lot expires on.
pub(crate) fn put(call: &mut Call) -> Result<Job, Refusal> {
    let body: Body = call.body()?;
    let sku = sku_of(call)?;
    let lot = lot_of(call, &sku)?;
    let expected_version = call.expected_version(None)?;
    let work = SaveLot { sku, lot, expires_on: body.expires_on, expected_version };
    job(call.request()?, work, body.preview_hash)
}

/// Recalls a lot.
pub(crate) fn hold(call: &mut Call) -> Result<Job, Refusal> {
    let body: HoldBody = call.body()?;
    let sku = sku_of(call)?;
    let lot = lot_of(call, &sku)?;
    let expected_version = call.expected_version(None)?;
    let work = HoldLot { sku, lot, reason: body.reason, expected_version };
    job(call.request()?, work, body.preview_hash)
}

/// Ends a recall.
pub(crate) fn release(call: &mut Call) -> Result<Job, Refusal> {
    let body: HoldBody = call.body()?;
    let sku = sku_of(call)?;
    let lot = lot_of(call, &sku)?;
    let expected_version = call.expected_version(None)?;
    let work = ReleaseLot { sku, lot, reason: body.reason, expected_version };
    job(call.request()?, work, body.preview_hash)
}
