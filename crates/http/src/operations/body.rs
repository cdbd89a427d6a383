//! The bodies of the writes on records and work items, and what they mean.

use std::borrow::Cow;
use std::num::NonZeroU32;

use ::operations::modules::Strategy;
use ::operations::{
    Assignee, Disposition, Fault, LinePatch, ModuleSchemas, Part, PickWhich, Priority, RecordState,
    Reference, Step, Title, WorkKind, WorkState,
};
use ::reservations::OrderRef;
use inventory::{LocationCode, Reason, WarehouseCode};
use kernel::{MovementId, PositiveQuantity, Quantity, ReservationId, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use validator::Validate;

use crate::problem::{invalid, wrong};

/// The payload of a record: the fields of its module, which are checked when the module is known.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct PayloadBody(pub(crate) Map<String, Value>);

/// A line of a record, like its payload.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct LineBody(pub(crate) Map<String, Value>);

/// What a schema is for: to make something, or to change it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Making,
    Changing,
}

/// One of the schemas of all modules, without what nobody sets.
fn any_of(
    schemas: &mut SchemaGenerator,
    of: fn(ModuleSchemas) -> (Schema, &'static [&'static str]),
    purpose: For,
) -> Schema {
    let mut each: Vec<Value> = Vec::new();
    for module in ::operations::module_schemas(schemas) {
        let (schema, computed) = of(module);
        let mut schema = schema.to_value();
        if let Some(schema) = schema.as_object_mut() {
            open(schema, computed, purpose);
        }
        if !each.contains(&schema) {
            each.push(schema);
        }
    }
    schemars::json_schema!({ "anyOf": each })
}

fn open(schema: &mut Map<String, Value>, computed: &[&str], purpose: For) {
    if purpose == For::Changing {
        schema.remove("required");
    }
    let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    fields.retain(|name, _| !computed.contains(&name.as_str()));
    if purpose == For::Changing {
        for field in fields.values_mut() {
            *field = serde_json::json!({ "anyOf": [field.take(), { "type": "null" }] });
        }
    }
}

/// A line that is changed has its number.
fn with_line_no(mut schema: Schema) -> Schema {
    let line_no = serde_json::json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX });
    let each = schema.get_mut("anyOf").and_then(Value::as_array_mut);
    for module in each.into_iter().flatten().filter_map(Value::as_object_mut) {
        let fields = module.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("line_no".to_owned(), line_no.clone());
        }
    }
    schema
}

impl JsonSchema for PayloadBody {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Payload".into()
    }
    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        any_of(schemas, |module| module.payload, For::Making)
    }
}

impl JsonSchema for LineBody {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Line".into()
    }
    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        any_of(schemas, |module| module.line, For::Making)
    }
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct CreateBody {
    pub(crate) warehouse: Option<WarehouseCode>,
    #[serde(default)]
    pub(crate) payload: PayloadBody,
    #[serde(default)]
    #[validate(length(max = 2000, message = "must have at most 2000 lines"))]
    pub(crate) lines: Vec<LineBody>,
    pub(crate) priority: Option<Priority>,
    pub(crate) assignee: Option<Assignee>,
    pub(crate) due_at: Option<Timestamp>,
}

/// Changes of a payload: any of its fields; null takes one away.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct PayloadPatch(pub(crate) Map<String, Value>);

impl JsonSchema for PayloadPatch {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "PayloadPatch".into()
    }
    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        any_of(schemas, |module| module.payload, For::Changing)
    }
}

/// Changes of a line: its `line_no` and any of its fields; without `line_no` one more line.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct LinePatchBody(pub(crate) Map<String, Value>);

impl JsonSchema for LinePatchBody {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "LinePatch".into()
    }
    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        with_line_no(any_of(schemas, |module| module.line, For::Changing))
    }
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct AmendBody {
    /// The version that the caller has seen; If-Match says the same.
    pub(crate) expected_version: Option<i64>,
    pub(crate) payload: Option<PayloadPatch>,
    #[serde(default)]
    #[validate(length(max = 2000, message = "must have at most 2000 lines"))]
    pub(crate) lines: Vec<LinePatchBody>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct TransitionBody {
    pub(crate) to: RecordState,
    pub(crate) reason: Option<Reason>,
    pub(crate) expected_version: Option<i64>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct PartBody {
    pub(crate) line_no: NonZeroU32,
    pub(crate) quantity: PositiveQuantity,
    pub(crate) to: Option<LocationCode>,
    pub(crate) disposition: Option<Disposition>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct PostBody {
    /// Which step; absent where the module has only one that is not posted in parts.
    pub(crate) step: Option<Step>,
    /// Lines without an actual quantity went as planned.
    #[serde(default)]
    pub(crate) accept_planned: bool,
    /// The parts of a step that is posted in parts.
    #[serde(default)]
    #[validate(length(max = 2000, message = "must have at most 2000 lines"))]
    pub(crate) lines: Vec<PartBody>,
    /// When it happened; absent: now.
    pub(crate) effective_at: Option<Timestamp>,
    pub(crate) reason: Option<Reason>,
    /// Of counts, an approver's: the reservations that go short where the loss is more than is available, the first
    /// first.
    #[serde(default)]
    #[validate(length(max = 500, message = "must have at most 500 entries"))]
    pub(crate) cut_reservations: Vec<ReservationId>,
    /// Refuse stock that is not trusted.
    #[serde(default)]
    pub(crate) require_trusted: bool,
    pub(crate) expected_version: Option<i64>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct InspectionBody {
    pub(crate) line_no: NonZeroU32,
    /// How much is good.
    #[serde(default)]
    pub(crate) accepted: Quantity,
    /// How much is not.
    #[serde(default)]
    pub(crate) rejected: Quantity,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct InspectBody {
    #[validate(length(min = 1, max = 2000, message = "must have 1 to 2000 lines"))]
    pub(crate) lines: Vec<InspectionBody>,
    pub(crate) effective_at: Option<Timestamp>,
    pub(crate) reason: Option<Reason>,
    #[serde(default)]
    pub(crate) require_trusted: bool,
    pub(crate) expected_version: Option<i64>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct ReverseBody {
    /// Which movement of the record; absent: the latest that stands.
    pub(crate) movement_id: Option<MovementId>,
    pub(crate) reason: Reason,
    /// Refuse stock that is not trusted.
    #[serde(default)]
    pub(crate) require_trusted: bool,
    pub(crate) expected_version: Option<i64>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct UnpickLineBody {
    pub(crate) line_no: NonZeroU32,
    pub(crate) quantity: PositiveQuantity,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct UnpickBody {
    /// The reservation whose goods come back; absent: those of all.
    pub(crate) reservation_id: Option<ReservationId>,
    /// Lines of the pick; absent: everything that was picked and still waits.
    #[validate(length(min = 1, max = 2000, message = "must have 1 to 2000 lines"))]
    pub(crate) lines: Option<Vec<UnpickLineBody>>,
    /// Where they go; absent: where they came from.
    pub(crate) to_location: Option<LocationCode>,
    pub(crate) reason: Option<Reason>,
    /// Refuse stock that is not trusted.
    #[serde(default)]
    pub(crate) require_trusted: bool,
    pub(crate) expected_version: Option<i64>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

/// Lines of a pick, and how much of each is unpicked.
pub(crate) fn unpicked(lines: Vec<UnpickLineBody>) -> Vec<(u32, Quantity)> {
    lines.into_iter().map(|line| (line.line_no.get(), line.quantity.get())).collect()
}

/// Of the routes that make a record from another one.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct ChainBody {
    /// The version of the record that the caller has seen.
    pub(crate) expected_version: Option<i64>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

/// `order_refs`, `reservation_ids`, or neither: then the oldest reservations of a warehouse.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct PickBody {
    /// Orders of the system that asks.
    #[validate(length(min = 1, max = 500, message = "must have 1 to 500 entries"))]
    pub(crate) order_refs: Option<Vec<OrderRef>>,
    #[validate(length(min = 1, max = 500, message = "must have 1 to 500 entries"))]
    pub(crate) reservation_ids: Option<Vec<ReservationId>>,
    /// The warehouse; absent: the default one.
    pub(crate) warehouse: Option<WarehouseCode>,
    /// How many orders of the warehouse at most.
    #[validate(range(min = 1, max = 500, message = "must be 1 to 500"))]
    pub(crate) max_orders: Option<u32>,
    /// single (a task for each order), batch (one task) or zone (a task for each zone).
    pub(crate) strategy: Option<Strategy>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

/// What cannot be read of a record, fault by fault.
pub(crate) fn unreadable(faults: &[Fault]) -> kernel::Refusal {
    let error = |fault: &Fault| wrong("pointer", &fault.pointer, "invalid_value", fault.why.as_str());
    invalid(faults.iter().map(error).collect())
}

/// Fields that do not go together.
pub(crate) fn together(pointer: &str, why: &str) -> kernel::Refusal {
    let fault = Fault { pointer: pointer.to_owned(), why: why.to_owned() };
    ::operations::OperationsRefusal::Invalid(vec![fault]).into()
}

/// Which reservations are meant.
pub(crate) fn which(
    orders: Option<Vec<OrderRef>>,
    ids: Option<Vec<ReservationId>>,
    warehouse: Option<WarehouseCode>,
    most: Option<u32>,
) -> Result<PickWhich, kernel::Refusal> {
    let of_warehouse = warehouse.is_some() || most.is_some();
    match (orders, ids) {
        (Some(_), Some(_)) => Err(together("/reservation_ids", "goes without order_refs")),
        (Some(_), None) | (None, Some(_)) if of_warehouse => {
            let detail = "and max_orders go without order_refs and reservation_ids";
            Err(together("/warehouse", detail))
        }
        (Some(orders), None) => Ok(PickWhich::Orders(orders)),
        (None, Some(ids)) => Ok(PickWhich::Reservations(ids)),
        (None, None) => {
            let most = most.map_or(DEFAULT_ORDERS, |most| usize::try_from(most).unwrap_or(DEFAULT_ORDERS));
            Ok(PickWhich::Warehouse(warehouse, most))
        }
    }
}

/// How many orders are picked where nobody says.
const DEFAULT_ORDERS: usize = 20;

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct WorkBody {
    pub(crate) kind: WorkKind,
    pub(crate) title: Title,
    /// It is not ready to be done yet.
    #[serde(default)]
    pub(crate) draft: bool,
    pub(crate) priority: Option<Priority>,
    pub(crate) assignee: Option<Assignee>,
    pub(crate) due_at: Option<Timestamp>,
    /// The record that it is about.
    pub(crate) reference: Option<Reference>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct WorkTransitionBody {
    pub(crate) to: WorkState,
    pub(crate) reason: Option<Reason>,
    pub(crate) expected_version: Option<i64>,
}

/// The parts of a step.
pub(crate) fn parts(lines: Vec<PartBody>) -> Vec<Part> {
    let part = |line: PartBody| Part {
        line_no: line.line_no.get(),
        quantity: line.quantity.get(),
        rejected: Quantity::ZERO,
        to: line.to,
        disposition: line.disposition,
    };
    lines.into_iter().map(part).collect()
}

/// The parts of an inspection.
pub(crate) fn inspected(lines: Vec<InspectionBody>) -> Vec<Part> {
    let part = |line: InspectionBody| Part {
        line_no: line.line_no.get(),
        quantity: line.accepted,
        rejected: line.rejected,
        to: None,
        disposition: None,
    };
    lines.into_iter().map(part).collect()
}

/// The changes of lines, each with the number of its line.
pub(crate) fn patches(lines: Vec<LinePatchBody>) -> Result<Vec<LinePatch>, kernel::Refusal> {
    let one = |(at, LinePatchBody(mut fields)): (usize, LinePatchBody)| {
        let line_no = fields.shift_remove("line_no").filter(|value| !value.is_null());
        let line_no = line_no.map(serde_json::from_value::<u32>).transpose();
        let line_no = line_no.map_err(|_| {
            crate::problem::invalid_field(&format!("/lines/{at}/line_no"), "must be the number of a line")
        })?;
        Ok(LinePatch { line_no, fields })
    };
    lines.into_iter().enumerate().map(one).collect()
}
