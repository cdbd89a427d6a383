//! Warehouses.

use commands::{Draft, SaveWarehouse, Task, Views};
use inventory::{Saved, StockRefusal, WarehouseCode, WarehouseSpec, WarehouseView};
use kernel::{Code, Refusal};

use crate::call::{Call, Job, Listing, Reading, Rows, Stop};
use crate::problem::invalid_field;
use crate::render::{self, Show};

/// The columns of the CSV; `erp import warehouses` takes the same.
pub(crate) const COLUMNS: &[&str] = inventory::WAREHOUSE_COLUMNS;

/// Refuses a warehouse that is not there.
pub(crate) fn known_warehouse(views: &mut dyn Views, code: Option<&WarehouseCode>) -> Result<(), Stop> {
    match code {
        Some(code) if !views.has_warehouse(code)? => {
            Err(StockRefusal::UnknownWarehouse { code: Some(code.clone()) }.into())
        }
        Some(_) | None => Ok(()),
    }
}

/// Lists warehouses.
pub(crate) fn list(call: &mut Call) -> Result<Listing, Refusal> {
    let active: Option<bool> = call.query.take("active");
    Ok(Box::new(move |views, page| {
        let (found, next) = views.warehouses(None, active, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}

/// Reads one warehouse.
pub(crate) fn one(call: &mut Call) -> Result<Reading, Refusal> {
    let text = call.path("warehouse").to_owned();
    let not_found = || Refusal::new(Code::UnknownWarehouse, format!("There is no warehouse {text}."));
    let code: WarehouseCode = text.parse().map_err(|_| not_found())?;
    Ok(Box::new(move |views| {
        let (found, _) = views.warehouses(Some(&code), None, &inventory::Page::FIRST)?;
        let unknown = || StockRefusal::UnknownWarehouse { code: Some(code.clone()) };
        let view = found.into_iter().next().ok_or_else(unknown)?;
        Ok(render::json(200, vec![render::version_tag(view.version)], &view))
    }))
}

/// Makes a warehouse or changes it.
pub(crate) fn put(call: &mut Call) -> Result<Job, Refusal> {
    let code =
        call.path("warehouse").parse().map_err(|error: kernel::Invalid| invalid_field("/code", &error.0))?;
    let facts = call.facts()?;
    let expected_version = call.expected_version(None)?;
    let request = call.request()?;
    let work = SaveWarehouse { spec: WarehouseSpec { code, facts }, expected_version };
    let render = Show { request_id: request.request_id.clone(), done: shown };
    Ok(Box::new(Task { request, work, render, preview_hash: None }))
}

fn shown((code, saved): &(WarehouseCode, Saved), draft: &Draft<'_>) -> Option<kernel::Reply> {
    let view = WarehouseView::in_draft(code, &draft.stock)?;
    Some(super::saved(*saved, view.version, &view))
}
