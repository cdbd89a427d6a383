//! Locations.

use commands::{Draft, SaveLocation, Task};
use inventory::{
    LocationCode, LocationFilter, LocationKind, LocationSpec, LocationView, Saved, StockRefusal,
    WarehouseCode,
};
use kernel::{Code, Refusal};

use super::warehouses::known_warehouse;
use crate::call::{Call, Job, Listing, Reading, Rows};
use crate::problem::invalid_field;
use crate::render::{self, Show};

/// The columns of the CSV; `erp import locations` takes the same.
pub(crate) const COLUMNS: &[&str] = inventory::LOCATION_COLUMNS;
/// The kinds by name.
pub(crate) const KINDS: &[&str] =
    &["storage", "receiving", "quality", "staging", "packing", "returns", "transit"];

/// Lists locations.
pub(crate) fn list(call: &mut Call) -> Result<Listing, Refusal> {
    let query = &mut call.query;
    let warehouse: Option<WarehouseCode> = query.take("warehouse");
    let filter = LocationFilter {
        code: None,
        warehouse: warehouse.clone(),
        kind: query.take::<LocationKind>("kind"),
        active: query.take("active"),
    };
    Ok(Box::new(move |views, page| {
        known_warehouse(views, warehouse.as_ref())?;
        let (found, next) = views.locations(&filter, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}

/// Reads one location.
pub(crate) fn one(call: &mut Call) -> Result<Reading, Refusal> {
    let text = call.path("location").to_owned();
    let not_found = move || Refusal::new(Code::UnknownLocation, format!("There is no location {text}."));
    let code: LocationCode = call.path("location").parse().map_err(|_| not_found())?;
    let filter = LocationFilter { code: Some(code.clone()), ..LocationFilter::default() };
    Ok(Box::new(move |views| {
        let (found, _) = views.locations(&filter, &inventory::Page::FIRST)?;
        let unknown = || StockRefusal::UnknownLocation { code: Some(code.clone()) };
        let view = found.into_iter().next().ok_or_else(unknown)?;
        Ok(render::json(200, vec![render::version_tag(view.version)], &view))
    }))
}

/// Makes a location or changes it.
pub(crate) fn put(call: &mut Call) -> Result<Job, Refusal> {
    let code =
        call.path("location").parse().map_err(|error: kernel::Invalid| invalid_field("/code", &error.0))?;
    let facts = call.facts()?;
    let expected_version = call.expected_version(None)?;
    let request = call.request()?;
    let work = SaveLocation { spec: LocationSpec { code, facts }, expected_version };
    let render = Show { request_id: request.request_id.clone(), done: shown };
    Ok(Box::new(Task { request, work, render, preview_hash: None }))
}

fn shown((code, saved): &(LocationCode, Saved), draft: &Draft<'_>) -> Option<kernel::Reply> {
    let view = LocationView::in_draft(code, &draft.stock)?;
    Some(super::saved(*saved, view.version, &view))
}
