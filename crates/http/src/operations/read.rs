//! Reading records, work items and their history.

use ::operations::{Module, RecordFilter, RecordNumber, WorkFilter};
use kernel::{Code, RecordId, Refusal, WorkItemId};

use crate::call::{Call, Listing, Reading, Rows};
use crate::render;

/// The columns of the CSV of records.
pub(crate) const RECORD_COLUMNS: &[&str] = &[
    "id",
    "number",
    "module",
    "state",
    "version",
    "warehouse",
    "work_item_id",
    "source_record_id",
    "created_by",
    "approved_by",
    "created_at",
    "updated_at",
    "payload",
    "lines",
];
/// The columns of the CSV of work items.
pub(crate) const WORK_COLUMNS: &[&str] = &[
    "id",
    "kind",
    "title",
    "state",
    "priority",
    "assignee",
    "due_at",
    "reference/module",
    "reference/record_id",
    "blocked_reason",
    "version",
    "created_by",
    "created_at",
    "updated_at",
];
/// The columns of the CSV of a history.
pub(crate) const HISTORY_COLUMNS: &[&str] = &[
    "version",
    "action",
    "from_state",
    "to_state",
    "reason",
    "actor_id",
    "actor_type",
    "source_system",
    "request_id",
    "recorded_at",
];

/// The module in the path.
pub(crate) fn module_of(call: &Call) -> Result<Module, Refusal> {
    call.path("module").parse().map_err(|_| {
        let modules: Vec<_> = Module::ALL.iter().map(|module| module.as_str()).collect();
        let detail = format!("There is no module {}: there are {}.", call.path("module"), modules.join(", "));
        Refusal::new(Code::UnknownModule, detail).fact("modules", modules)
    })
}

fn no_record(module: Module, id: &str) -> Refusal {
    ::operations::OperationsRefusal::RecordNotFound { module, id: id.to_owned() }.into()
}

/// The record in the path.
pub(crate) fn record_of(call: &Call, module: Module) -> Result<RecordId, Refusal> {
    let text = call.path("record_id");
    uuid::Uuid::try_parse(text).map(RecordId).map_err(|_| no_record(module, text))
}

/// The work item in the path.
pub(crate) fn work_item_of(call: &Call) -> Result<WorkItemId, Refusal> {
    let text = call.path("id");
    uuid::Uuid::try_parse(text).map(WorkItemId).map_err(|_| no_work_item(text))
}

fn no_work_item(id: &str) -> Refusal {
    Refusal::new(Code::WorkItemNotFound, format!("There is no work item {id}."))
}

/// Reads one record.
pub(crate) fn record(call: &mut Call) -> Result<Reading, Refusal> {
    let module = module_of(call)?;
    let id = record_of(call, module)?;
    Ok(Box::new(move |views| {
        let view = views.record(id)?.filter(|view| view.module == module);
        let view = view.ok_or_else(|| no_record(module, &id.to_string()))?;
        Ok(render::json(200, vec![render::version_tag(view.version)], &view))
    }))
}

/// Lists the records of a module.
pub(crate) fn records(call: &mut Call) -> Result<Listing, Refusal> {
    let module = module_of(call)?;
    let query = &mut call.query;
    let number: Option<inventory::Sku> = query.take("number");
    let filter = RecordFilter {
        module,
        state: query.take("state"),
        sku: query.take("sku"),
        warehouse: query.take("warehouse"),
        source: query.take::<uuid::Uuid>("source_record_id").map(RecordId),
        // What is no number of this module is the number of no record.
        number: number
            .map(|number| RecordNumber::of(module, number.as_str()).map_or(0, |number| number.number)),
    };
    Ok(Box::new(move |views, page| {
        let (found, next) = views.records(&filter, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}

/// Lists who did what to a record.
pub(crate) fn record_history(call: &mut Call) -> Result<Listing, Refusal> {
    let module = module_of(call)?;
    let id = record_of(call, module)?;
    Ok(Box::new(move |views, page| {
        views
            .record(id)?
            .filter(|view| view.module == module)
            .ok_or_else(|| no_record(module, &id.to_string()))?;
        let (found, next) = views.history(id.0, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}

/// Reads one work item.
pub(crate) fn work_item(call: &mut Call) -> Result<Reading, Refusal> {
    let id = work_item_of(call)?;
    Ok(Box::new(move |views| {
        let view = views.work_item(id)?.ok_or_else(|| no_work_item(&id.to_string()))?;
        Ok(render::json(200, vec![render::version_tag(view.version)], &view))
    }))
}

/// Lists work items.
pub(crate) fn work_items(call: &mut Call) -> Result<Listing, Refusal> {
    let query = &mut call.query;
    let filter = WorkFilter {
        kind: query.take("kind"),
        state: query.take("state"),
        priority: query.take("priority"),
        assignee: query.take("assignee"),
        module: query.take("module"),
        record: query.take::<uuid::Uuid>("record_id").map(RecordId),
    };
    Ok(Box::new(move |views, page| {
        let (found, next) = views.work_items(&filter, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}

/// Lists who did what to a work item.
pub(crate) fn work_history(call: &mut Call) -> Result<Listing, Refusal> {
    let id = work_item_of(call)?;
    Ok(Box::new(move |views, page| {
        views.work_item(id)?.ok_or_else(|| no_work_item(&id.to_string()))?;
        let (found, next) = views.history(id.0, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}
