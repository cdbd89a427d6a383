//! Products.

use commands::{Draft, SaveProduct, Task};
use inventory::{ProductFilter, ProductSpec, ProductView, Saved, Sku, StockRefusal};
use kernel::Refusal;

use crate::call::{Call, Job, Listing, Reading, Rows};
use crate::problem::invalid_field;
use crate::render::{self, Show};
use crate::stock::MOST_SKUS;

/// The columns of the CSV; `erp import products` takes the same.
pub(crate) const COLUMNS: &[&str] = inventory::PRODUCT_COLUMNS;

/// The sku in the path.
pub(crate) fn sku_of(call: &Call) -> Result<Sku, Refusal> {
    call.path("sku").parse().map_err(|error: kernel::Invalid| {
        Refusal::new(kernel::Code::UnknownSku, format!("There is no such product: a sku {error}."))
    })
}

/// Lists products.
pub(crate) fn list(call: &mut Call) -> Result<Listing, Refusal> {
    let query = &mut call.query;
    let filter = ProductFilter {
        skus: query.take_list("sku", MOST_SKUS),
        barcode: query.take("barcode"),
        search: query.take("search"),
        tracking: query.take("tracking"),
        active: query.take("active"),
    };
    Ok(Box::new(move |views, page| {
        let (found, next) = views.products(&filter, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}

/// Reads one product.
pub(crate) fn one(call: &mut Call) -> Result<Reading, Refusal> {
    let sku = sku_of(call)?;
    let filter = ProductFilter { skus: vec![sku.clone()], ..ProductFilter::default() };
    Ok(Box::new(move |views| {
        let (found, _) = views.products(&filter, &inventory::Page::FIRST)?;
        let unknown = || StockRefusal::UnknownSku { skus: vec![sku.clone()] };
        let view = found.into_iter().next().ok_or_else(unknown)?;
        Ok(render::json(200, vec![render::version_tag(view.version)], &view))
    }))
}

/// Makes a product or changes it.
pub(crate) fn put(call: &mut Call) -> Result<Job, Refusal> {
    let sku = call.path("sku").parse().map_err(|error: kernel::Invalid| invalid_field("/sku", &error.0))?;
    let facts = call.facts()?;
    let expected_version = call.expected_version(None)?;
    let request = call.request()?;
    let work = SaveProduct { spec: ProductSpec { sku, facts }, expected_version };
    let render = Show { request_id: request.request_id.clone(), done: shown };
    Ok(Box::new(Task { request, work, render, preview_hash: None }))
}

fn shown((sku, saved): &(Sku, Saved), draft: &Draft<'_>) -> Option<kernel::Reply> {
    let view = ProductView::in_draft(sku, &draft.stock)?;
    Some(super::saved(*saved, view.version, &view))
}
