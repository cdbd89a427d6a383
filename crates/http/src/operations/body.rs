//! The bodies of the writes on records and work items, and what they mean.

use std::borrow::Cow;

use ::operations::{
    Assignee, Disposition, LinePatch, Module, Part, Priority, RecordState, Reference, Step, Title, WorkKind,
    WorkState,
};
use inventory::{LocationCode, Reason, WarehouseCode};
use kernel::{MovementId, PositiveQuantity, Quantity, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use validator::Validate;

/// The payload of a record: the fields of its module, which are checked when the module is known.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct PayloadBody(pub(crate) Map<String, Value>);

/// A line of a record, like its payload.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct LineBody(pub(crate) Map<String, Value>);

/// One of the schemas of all modules; `nothing` is required where the fields are a change.
fn any_of(
    schemas: &mut SchemaGenerator,
    of: fn((Module, Schema, Schema)) -> Schema,
    adds: Option<(&str, Value)>,
) -> Schema {
    let mut each: Vec<Value> = ::operations::module_schemas(schemas)
        .into_iter()
        .map(|module| {
            let mut schema = of(module).to_value();
            if let (Some((name, field)), Some(schema)) = (&adds, schema.as_object_mut()) {
                schema.remove("required");
                let fields = schema.entry("properties").or_insert_with(|| Value::Object(Map::new()));
                if let Some(fields) = fields.as_object_mut().filter(|_| !name.is_empty()) {
                    fields.insert((*name).to_owned(), field.clone());
                }
            }
            schema
        })
        .collect();
    each.dedup();
    schemars::json_schema!({ "anyOf": each })
}

impl JsonSchema for PayloadBody {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Payload".into()
    }
    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        any_of(schemas, |(_, payload, _)| payload, None)
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
        any_of(schemas, |(_, _, line)| line, None)
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
        any_of(schemas, |(_, payload, _)| payload, Some(("", Value::Null)))
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
        let line_no = serde_json::json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX });
        any_of(schemas, |(_, _, line)| line, Some(("line_no", line_no)))
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
    pub(crate) line_no: u32,
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
    /// Refuse stock that is not trusted.
    #[serde(default)]
    pub(crate) require_trusted: bool,
    pub(crate) expected_version: Option<i64>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct InspectionBody {
    pub(crate) line_no: u32,
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
    pub(crate) expected_version: Option<i64>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

/// Of the routes that make a record from another one.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct ChainBody {
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

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
        line_no: line.line_no,
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
        line_no: line.line_no,
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
