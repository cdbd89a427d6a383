//! The OpenAPI 3.1 document, built from the route table and from the types that are read and written.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use ::reservations::ReservationView;

use crate::problem::status_of;
use crate::reservations::{ConsumeBody, CreateBody, FillBody, ReleaseBody};
use crate::routes::{ROUTES, Route, Status};
use crate::stock::RowBody;

/// A page of a list, as it goes out.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its shape is used")]
struct ReservationPage {
    data: Vec<ReservationView>,
    next_cursor: Option<String>,
}

/// A page of the availability, as it goes out.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its shape is used")]
struct AvailabilityPage {
    data: Vec<RowBody>,
    next_cursor: Option<String>,
}

/// The whole document. The same program always writes the same one.
pub(crate) fn document() -> Value {
    let path = "/components/schemas".to_owned();
    let mut schemas = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = path.into())
        .into_generator();
    let mut paths = Map::new();
    for route in &ROUTES {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(route.method.as_str().to_lowercase(), operation(route, &mut schemas));
        }
    }
    for (path, summary, media) in [
        ("/healthz", "whether the process lives", "application/json"),
        ("/readyz", "whether requests can be served now", "application/json"),
        ("/metrics", "metrics, as Prometheus reads them", "text/plain"),
        ("/openapi.json", "this document", "application/json"),
    ] {
        let ok = json!({ "description": "OK", "content": { media: {} } });
        let mut responses = Map::from_iter([("200".to_owned(), ok)]);
        if path == "/readyz" {
            responses.insert("503".to_owned(), problem_response("Not ready; it says why."));
        }
        paths.insert(path.to_owned(), json!({ "get": { "summary": summary, "responses": responses } }));
    }
    let mut components = schemas.take_definitions(true);
    components.insert("Problem".to_owned(), problem());
    components.insert("Preview".to_owned(), preview());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "GagliaHQ ERP",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Inventory that can be trusted: every write is traceable and safe to retry."
        },
        "paths": paths,
        "components": { "schemas": components, "parameters": write_headers() }
    })
}

fn operation(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let writes = route.method.as_str() != "GET";
    let shape = shape(route, schemas);
    let mut parameters: Vec<Value> = shape.query.iter().map(|(name, schema)| query(name, schema)).collect();
    if route.path.contains("{id}") {
        parameters
            .push(json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }));
    }
    if writes {
        let headers = ["Request-Id", "Idempotency-Key", "Actor-Id", "Actor-Type", "Source-System"];
        let header = |name: &&str| json!({ "$ref": format!("#/components/parameters/{name}") });
        parameters.extend(headers.iter().map(header));
        parameters.push(query("dry_run", &json!({ "type": "boolean" })));
    }
    let mut responses = shape.responses;
    let refusals: &[u16] =
        if writes { &[400, 404, 408, 409, 412, 413, 415, 422, 500, 503] } else { shape.refusals };
    for status in refusals {
        responses.insert(status.to_string(), problem_response(&codes_of(*status)));
    }
    let mut operation = json!({
        "tags": [route.resource],
        "summary": route.purpose,
        "operationId": operation_id(route),
        "x-status": match route.status {
            Status::Implemented => "implemented",
            Status::Guarded => "guarded",
            Status::Companion => "companion",
        },
        "x-role": format!("{:?}", route.role).to_lowercase(),
        "parameters": parameters,
        "responses": responses
    });
    if let (Some(body), Some(operation)) = (shape.body, operation.as_object_mut()) {
        let content = json!({ "required": true, "content": { "application/json": { "schema": body } } });
        operation.insert("requestBody".to_owned(), content);
    }
    operation
}

fn operation_id(route: &Route) -> String {
    let words =
        route.path.trim_start_matches("/api/v1/inventory/").replace(['/', '-'], "_").replace(['{', '}'], "");
    format!("{}_{words}", route.method.as_str().to_lowercase())
}

/// What a route reads and answers.
struct Shape {
    query: Vec<(&'static str, Value)>,
    body: Option<Value>,
    responses: Map<String, Value>,
    refusals: &'static [u16],
}

fn shape(route: &Route, schemas: &mut SchemaGenerator) -> Shape {
    let text = || json!({ "type": "string" });
    let limit = ("limit", json!({ "type": "integer", "minimum": 1, "maximum": 500, "default": 50 }));
    let reservation = schemas.subschema_for::<ReservationView>().to_value();
    let preview = json!({ "$ref": "#/components/schemas/Preview" });
    let either = json!({ "anyOf": [reservation, preview] });
    let name = route.path.rsplit('/').next().unwrap_or_default();
    let ok = |schema: &Value| Map::from_iter([("200".to_owned(), response("OK", schema))]);
    let write = |body: Schema| Shape {
        query: Vec::new(),
        body: Some(closed(body)),
        responses: ok(&either),
        refusals: &[],
    };
    match (route.method.as_str(), name) {
        ("POST", "reservations") => {
            let mut create = write(schemas.root_schema_for::<CreateBody>());
            create.responses.insert("200".to_owned(), response("What would be written", &preview));
            create.responses.insert("201".to_owned(), response("Reserved", &reservation));
            create
        }
        ("POST", "release") => write(schemas.root_schema_for::<ReleaseBody>()),
        ("POST", "consume") => write(schemas.root_schema_for::<ConsumeBody>()),
        ("POST", _) => write(schemas.root_schema_for::<FillBody>()),
        (_, "availability") => Shape {
            query: vec![
                ("sku", json!({ "type": "string", "description": "skus between commas" })),
                ("warehouse", text()),
                ("location", text()),
                ("lot", text()),
                ("group_by", json!({ "type": "string", "enum": ["sku", "location", "lot"] })),
                ("require_trusted", json!({ "type": "boolean" })),
                limit,
                ("cursor", text()),
            ],
            body: None,
            responses: ok(&schemas.subschema_for::<AvailabilityPage>().to_value()),
            refusals: &[400, 404, 409, 500, 503],
        },
        (_, "reservations") => Shape {
            query: vec![("order_ref", text()), ("state", text()), ("sku", text()), limit, ("cursor", text())],
            body: None,
            responses: ok(&schemas.subschema_for::<ReservationPage>().to_value()),
            refusals: &[400, 500, 503],
        },
        _ => {
            let mut responses = ok(&reservation);
            responses
                .insert("304".to_owned(), json!({ "description": "Unchanged since the ETag that was sent" }));
            Shape { query: Vec::new(), body: None, responses, refusals: &[400, 404, 500, 503] }
        }
    }
}

/// A request body: what it does not name is refused.
fn closed(schema: Schema) -> Value {
    let mut value = schema.to_value();
    if let Some(map) = value.as_object_mut() {
        map.remove("$schema");
        map.remove("$defs");
        map.insert("additionalProperties".to_owned(), false.into());
    }
    value
}

fn query(name: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "schema": schema })
}

fn response(description: &str, schema: &Value) -> Value {
    let header = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "description": description,
        "headers": {
            "Request-Id": header("The caller's, or a fresh one"),
            "ETag": header("The version, where it is one resource"),
            "Location": header("Where it is, where it was made"),
            "Idempotency-Replayed": header("true on a repeat")
        },
        "content": { "application/json": { "schema": schema } }
    })
}

fn problem_response(description: &str) -> Value {
    json!({
        "description": description,
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
    })
}

/// The codes of a status, in words.
fn codes_of(status: u16) -> String {
    let codes = kernel::Code::ALL.iter().filter(|code| status_of(**code).0 == status);
    codes.map(|code| code.as_str()).collect::<Vec<_>>().join(", ")
}

fn problem() -> Value {
    let place = json!({ "type": "string" });
    json!({
        "type": "object",
        "description": "RFC 9457, with a stable code, the request id, and facts that teach.",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "code": { "type": "string", "enum": kernel::Code::ALL },
            "request_id": { "type": "string" },
            "errors": { "type": "array", "items": {
                "type": "object", "required": ["code", "detail"],
                "properties": {
                    "pointer": place, "header": place, "query": place,
                    "code": { "type": "string" }, "detail": { "type": "string" }
                }
            } },
            "shortages": { "type": "array", "items": {
                "type": "object", "required": ["sku", "location", "requested", "available"],
                "properties": {
                    "sku": { "type": "string" }, "location": { "type": ["string", "null"] },
                    "requested": { "type": "number" }, "available": { "type": "number" }
                }
            } }
        }
    })
}

fn preview() -> Value {
    let text = json!({ "type": "string" });
    let buckets = json!({
        "type": "object", "required": ["available", "reserved", "held", "version"],
        "properties": {
            "available": { "type": "number" }, "reserved": { "type": "number" },
            "held": { "type": "number" }, "version": { "type": "integer" }
        }
    });
    json!({
        "type": "object",
        "description": "What would be written.",
        "required": ["dry_run", "preview_hash", "would", "movements", "balances"],
        "properties": {
            "dry_run": { "const": true },
            "preview_hash": { "type": "string", "minLength": 64, "maxLength": 64 },
            "would": { "type": "object", "required": ["status", "body"] },
            "movements": { "type": "array", "items": {
                "type": "object", "required": ["kind", "transfers"],
                "properties": { "kind": text, "transfers": { "type": "array", "items": {
                    "type": "object", "required": ["sku", "lot", "quantity", "from", "to"]
                } } }
            } },
            "balances": { "type": "array", "items": {
                "type": "object", "required": ["sku", "location", "lot", "before", "after"],
                "properties": { "before": buckets, "after": buckets }
            } }
        }
    })
}

fn write_headers() -> Value {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    let header = |name: &str, description: &str, schema: &Value| json!({ "name": name, "in": "header", "required": true, "description": description, "schema": schema });
    let kinds = json!({ "type": "string", "enum": ["user", "service", "worker"] });
    json!({
        "Request-Id": header("Request-Id", "Names this attempt", &text),
        "Idempotency-Key": header("Idempotency-Key", "Names the intent: a repeat has no second effect", &text),
        "Actor-Id": header("Actor-Id", "Who answers for the write", &text),
        "Actor-Type": header("Actor-Type", "What kind of actor that is", &kinds),
        "Source-System": header("Source-System", "The system that the call comes from", &text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_and_every_reference_leads_somewhere() {
        let document = document();
        for route in &ROUTES {
            let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
            assert_eq!(operation["summary"], route.purpose);
            let writes = route.method.as_str() == "POST";
            assert_eq!(operation["requestBody"].is_object(), writes, "{}", route.path);
        }
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
