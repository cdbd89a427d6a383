//! The OpenAPI 3.1 document, built from the route table and from the types that are read and written.

use std::collections::BTreeMap;

use inventory::{Lot, Reason, Sku};
use kernel::{RequestId, Source};
use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use crate::problem::status_of;
use crate::query::{DEFAULT, MOST};
use crate::routes::{self, Handler, Param, Route, SchemaOf, routes};

/// The whole document; `sources` are the systems that writes may come from.
pub(crate) fn document(sources: &[Source]) -> Value {
    let path = "/components/schemas".to_owned();
    let mut schemas = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| settings.definitions_path = path.into())
        .into_generator();
    let mut paths = Map::new();
    for route in routes() {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(route.method.as_str().to_lowercase(), operation(route, &mut schemas));
        }
    }
    for (path, id, summary, media) in [
        ("/healthz", "healthz", "whether the process lives", "application/json"),
        ("/readyz", "readyz", "whether requests can be served now", "application/json"),
        ("/metrics", "metrics", "metrics, as Prometheus reads them", "text/plain"),
        ("/openapi.json", "openapi", "this document", "application/json"),
    ] {
        paths.insert(path.to_owned(), json!({ "get": root_operation(path, id, summary, media) }));
    }
    crate::examples::add(&mut paths);
    let mut components = schemas.take_definitions(true);
    components.insert("Problem".to_owned(), problem());
    components.insert("Preview".to_owned(), preview());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "GagliaHQ ERP",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT", "identifier": "MIT" },
            "description": "Inventory that can be trusted: every write is traceable and safe to retry."
        },
        "servers": [{ "url": "/" }],
        // There are no tokens yet.
        "security": [],
        "tags": tags(),
        "paths": paths,
        "components": { "schemas": components, "parameters": header_parameters(sources) }
    })
}

fn tags() -> Vec<Value> {
    let mut seen = Vec::new();
    for route in routes() {
        if !seen.contains(&route.resource) {
            seen.push(route.resource);
        }
    }
    let about = |name: &str| match name {
        "Inventory" => "What stands where, why, and how it came to be",
        "Reservations" => "Stock promised to orders, until it is shipped or given back",
        "Master data" => "Warehouses, locations, products and their lots",
        "Work items" => "What somebody has to do",
        "Operations" => "The records in which a warehouse works, module by module",
        "Advanced" => "Kits",
        "Fulfillment" => "From the shelf to the customer",
        "Receiving" => "From the dock to the shelf",
        "Requests" => "What became of a write",
        _ => "What every server has at its root",
    };
    seen.into_iter()
        .chain(["Server"])
        .map(|name| json!({ "name": name, "description": about(name) }))
        .collect()
}

fn root_operation(path: &str, id: &str, summary: &str, media: &str) -> Value {
    let schema =
        if media == "text/plain" { json!({ "type": "string" }) } else { json!({ "type": "object" }) };
    let ok = json!({ "description": "OK", "content": { media: { "schema": schema } } });
    let mut responses = Map::from_iter([("200".to_owned(), ok)]);
    if path == "/readyz" {
        let codes = [kernel::Code::DatabaseUnavailable];
        responses.insert("503".to_owned(), problem_response(&codes));
    }
    json!({ "tags": ["Server"], "operationId": id, "summary": summary, "responses": responses })
}

fn operation(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = path_parameters(route.path).collect();
    parameters.extend(route.params().map(query_parameter));
    let header = |name: &&str| json!({ "$ref": format!("#/components/parameters/{name}") });
    // What is made has no version yet, so there is nothing to match.
    let is_of_one = route.path.contains('{') && !route.path.ends_with("{module}");
    let headers: &[&str] = if route.is_write() && !is_of_one {
        &["Request-Id", "Idempotency-Key", "Actor-Id", "Actor-Type", "Source-System"]
    } else if route.is_write() {
        &["Request-Id", "Idempotency-Key", "Actor-Id", "Actor-Type", "Source-System", "If-Match"]
    } else {
        &["If-None-Match"]
    };
    parameters.extend(headers.iter().map(header));
    let mut operation = json!({
        "tags": [route.resource],
        "summary": route.purpose,
        "operationId": operation_id(route),
        "x-status": route.status.as_str(),
        "x-role": route.role.as_str(),
        "parameters": parameters,
        "responses": responses(route, schemas)
    });
    if let (Handler::Write { body, .. }, Some(operation)) = (&route.handler, operation.as_object_mut()) {
        let content =
            json!({ "required": true, "content": { "application/json": { "schema": closed(*body) } } });
        operation.insert("requestBody".to_owned(), content);
    }
    operation
}

fn operation_id(route: &Route) -> String {
    let words = route.path.trim_start_matches("/api/v1/").trim_start_matches("inventory/");
    let words = words.replace(['/', '-'], "_").replace(['{', '}'], "");
    format!("{}_{words}", route.method.as_str().to_lowercase())
}

fn path_parameters(path: &'static str) -> impl Iterator<Item = Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    names.map(|name| {
        let schema = match name {
            "id" | "record_id" => json!({ "type": "string", "format": "uuid" }),
            "module" => modules(),
            "request_id" => schema_of::<RequestId>(),
            _ => schema_of::<Sku>(),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    })
}

fn modules() -> Value {
    let slugs: Vec<_> = ::operations::Module::ALL.iter().map(|module| module.as_str()).collect();
    json!({ "type": "string", "enum": slugs })
}

fn query_parameter(param: &Param) -> Value {
    let schema = match param.value {
        routes::Value::Rows => {
            json!({ "type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT })
        }
        routes::Value::Cursor => json!({ "type": "string", "pattern": "^[0-9a-f]{8,1000}$" }),
        routes::Value::Code => schema_of::<Sku>(),
        routes::Value::Lot => schema_of::<Lot>(),
        routes::Value::Line => schema_of::<Reason>(),
        routes::Value::Word => schema_of::<RequestId>(),
        routes::Value::Codes(most) => {
            json!({ "type": "array", "items": schema_of::<Sku>(), "minItems": 1, "maxItems": most })
        }
        routes::Value::Flag => json!({ "type": "boolean", "default": false }),
        routes::Value::Time => json!({ "type": "string", "format": "date-time" }),
        routes::Value::Id => json!({ "type": "string", "format": "uuid" }),
        routes::Value::Module => modules(),
        routes::Value::OneOf(words) => json!({ "type": "string", "enum": words }),
    };
    let mut parameter = json!({
        "name": param.name, "in": "query", "required": false, "description": param.about, "schema": schema
    });
    if let (routes::Value::Codes(_), Some(parameter)) = (param.value, parameter.as_object_mut()) {
        parameter.insert("style".to_owned(), "form".into());
        parameter.insert("explode".to_owned(), false.into());
    }
    parameter
}

fn responses(route: &Route, schemas: &mut SchemaGenerator) -> Map<String, Value> {
    let mut responses = Map::new();
    let unchanged = json!({ "description": "Unchanged since the ETag that was sent" });
    match &route.handler {
        Handler::Read { answer, .. } => {
            let schema = answer(schemas).to_value();
            responses.insert("200".to_owned(), response("OK", &schema, &["ETag"]));
            responses.insert("304".to_owned(), unchanged);
        }
        Handler::List { row, .. } => {
            let row = row(schemas).to_value();
            let page = json!({
                "type": "object",
                "required": ["data", "next_cursor"],
                "properties": {
                    "data": { "type": "array", "items": row },
                    "next_cursor": { "type": ["string", "null"] }
                }
            });
            let mut ok = response("A page; with format=csv all rows", &page, &["ETag"]);
            if let Some(Value::Object(content)) = ok.get_mut("content") {
                content.insert("text/csv".to_owned(), json!({ "schema": { "type": "string" } }));
            }
            responses.insert("200".to_owned(), ok);
            responses.insert("304".to_owned(), unchanged);
        }
        Handler::Write { answers, .. } => {
            let preview = json!({ "$ref": "#/components/schemas/Preview" });
            let headers = ["ETag", "Location", "Idempotency-Replayed"];
            let would = "With dry_run=true: what would be written";
            responses.insert("200".to_owned(), response(would, &preview, &[]));
            for (status, description, body) in *answers {
                let body = body(schemas).to_value();
                let shown = if *status == 200 { json!({ "anyOf": [body, preview] }) } else { body };
                responses.insert(status.to_string(), response(description, &shown, &headers));
            }
        }
    }
    let mut codes: BTreeMap<u16, Vec<kernel::Code>> = BTreeMap::new();
    for code in route.codes() {
        codes.entry(status_of(code).0).or_default().push(code);
    }
    responses.extend(codes.iter().map(|(status, codes)| (status.to_string(), problem_response(codes))));
    responses
}

/// The schema of a text.
fn schema_of<T: JsonSchema>() -> Value {
    T::json_schema(&mut SchemaSettings::draft2020_12().into_generator()).to_value()
}

/// A request body: what it does not name is refused, however deep, and so is a number that does not fit.
fn closed(body: SchemaOf) -> Value {
    let mut inline =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    let mut value = body(&mut inline).to_value();
    close(&mut value);
    value
}

fn close(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(close);
            if map.contains_key("properties") && !map.contains_key("additionalProperties") {
                map.insert("additionalProperties".to_owned(), false.into());
            }
            let bounds = match map.get("format").and_then(Value::as_str) {
                Some("int32") => Some((json!(i32::MIN), json!(i32::MAX))),
                Some("int64") => Some((json!(i64::MIN), json!(i64::MAX))),
                Some("uint32") => Some((json!(0), json!(u32::MAX))),
                _ => None,
            };
            if let Some((least, most)) = bounds {
                map.entry("minimum").or_insert(least);
                map.entry("maximum").or_insert(most);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn response(description: &str, schema: &Value, headers: &[&str]) -> Value {
    let about = |name: &str| match name {
        "ETag" => "The version, where it is one resource; a hash of the content, where it is a list",
        "Location" => "Where it is, where it was made",
        _ => "true on a repeat",
    };
    let mut described = Map::new();
    described.insert(
        "Request-Id".to_owned(),
        json!({ "description": "The caller's, or a fresh one", "schema": { "type": "string" } }),
    );
    for name in headers {
        described.insert(
            (*name).to_owned(),
            json!({ "description": about(name), "schema": { "type": "string" } }),
        );
    }
    json!({ "description": description, "headers": described, "content": { "application/json": { "schema": schema } } })
}

/// A refusal with one of these codes.
fn problem_response(codes: &[kernel::Code]) -> Value {
    let mut names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let status = codes.first().map_or(500, |code| status_of(*code).0);
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/Problem" }],
        "properties": { "code": { "enum": names }, "status": { "const": status } }
    });
    json!({
        "description": names.join(", "),
        "headers": { "Request-Id": { "schema": { "type": "string" } } },
        "content": { "application/problem+json": { "schema": schema } }
    })
}

fn problem() -> Value {
    let place = json!({ "type": "string" });
    json!({
        "type": "object",
        "description": "RFC 9457, with a stable code, the request id, and facts that teach.",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "additionalProperties": true,
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "code": { "type": "string" },
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
            "would": {
                "type": "object", "required": ["status", "body"],
                "properties": { "status": { "type": "integer" }, "body": { "type": "object" } }
            },
            "movements": { "type": "array", "items": {
                "type": "object", "required": ["kind", "transfers"],
                "properties": { "kind": text, "transfers": { "type": "array", "items": {
                    "type": "object", "required": ["sku", "lot", "quantity", "from", "to"],
                    "properties": { "sku": text, "lot": text, "quantity": { "type": "number" }, "from": text, "to": text }
                } } }
            } },
            "balances": { "type": "array", "items": {
                "type": "object", "required": ["sku", "location", "lot", "before", "after"],
                "properties": { "sku": text, "location": text, "lot": text, "before": buckets, "after": buckets }
            } }
        }
    })
}

fn header_parameters(sources: &[Source]) -> Value {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" });
    let sources: Vec<_> = sources.iter().map(Source::as_str).collect();
    let sources = json!({ "type": "string", "enum": sources });
    let kinds = json!({ "type": "string", "enum": ["user", "service", "worker"] });
    let tag = json!({ "type": "string", "pattern": "^\"[0-9]{1,18}\"$|^\\*$" });
    let any_tag = json!({ "type": "string" });
    let all = [
        ("Request-Id", true, "Names this attempt", &text),
        ("Idempotency-Key", true, "Names the intent: a repeat has no second effect", &text),
        ("Actor-Id", true, "Who answers for the write", &text),
        ("Actor-Type", true, "What kind of actor that is", &kinds),
        (
            "Source-System",
            true,
            "The system that the call comes from; one of those that are configured",
            &sources,
        ),
        ("If-Match", false, "The version that the caller has seen, like \"3\"", &tag),
        ("If-None-Match", false, "The ETag that the caller has already", &any_tag),
    ];
    let parameter = |(name, required, description, schema): (&str, bool, &str, &Value)| {
        let mut value = json!({ "name": name, "in": "header", "required": required, "description": description, "schema": schema });
        let example = match name {
            "Request-Id" => Some("r-1"),
            "Idempotency-Key" => Some("order-1001"),
            "Actor-Id" => Some("ann"),
            "Actor-Type" => Some("user"),
            _ => None,
        };
        if let (Some(example), Some(value)) = (example, value.as_object_mut()) {
            value.insert("example".to_owned(), example.into());
        }
        (name.to_owned(), value)
    };
    Value::Object(all.map(parameter).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_and_every_reference_leads_somewhere() {
        let document = document(&["commerce".parse().unwrap()]);
        for route in routes() {
            let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
            assert_eq!(operation["summary"], route.purpose);
            assert_eq!(operation["requestBody"].is_object(), route.is_write(), "{}", route.path);
        }
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }

    #[test]
    fn a_body_is_closed_however_deep() {
        let document = document(&["commerce".parse().unwrap()]);
        let path =
            "/paths/~1api~1v1~1inventory~1reservations/post/requestBody/content/application~1json/schema";
        let body = document.pointer(path).unwrap();
        assert_eq!(body["additionalProperties"], false);
        assert_eq!(body["properties"]["lines"]["items"]["additionalProperties"], false);
        assert_eq!(body["properties"]["lines"]["maxItems"], 2000);
    }
}
