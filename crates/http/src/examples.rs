//! Examples of the OpenAPI document: `cargo xtask examples` called a real server and wrote down what it was asked and
//! what it answered. This only puts them where the document has them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Something that was really asked and answered.
#[derive(Deserialize)]
struct Example {
    name: String,
    method: String,
    path: String,
    path_fields: Map<String, Value>,
    query: Map<String, Value>,
    body: Option<Value>,
    status: u16,
    media: String,
    answer: Value,
}

/// Adds what was recorded to each operation of the document.
pub(crate) fn add(paths: &mut Map<String, Value>) {
    // A test reads the file; a defect in it costs the examples, not the document.
    let examples: Vec<Example> = serde_json::from_str(include_str!("examples.json")).unwrap_or_default();
    for example in examples {
        let item = paths.get_mut(&example.path);
        if let Some(operation) = item.and_then(|item| item.get_mut(example.method.to_lowercase())) {
            add_to(operation, &example);
        }
    }
}

fn add_to(operation: &mut Value, example: &Example) {
    let label = example.name.replace([' ', ','], "_");
    let shown = |value: &Value| json!({ "summary": example.name, "value": value });
    let status = example.status.to_string();
    let is_understood = !matches!(example.status, 400 | 422);
    for (pointer, value) in [
        (format!("/responses/{status}/content/{}", example.media.replace('/', "~1")), Some(&example.answer)),
        // A body that was not understood is no example of one.
        (
            "/requestBody/content/application~1json".to_owned(),
            example.body.as_ref().filter(|_| is_understood),
        ),
    ] {
        let place = operation.pointer_mut(&pointer).and_then(Value::as_object_mut);
        if let (Some(place), Some(value)) = (place, value) {
            insert(place, &label, shown(value));
        }
    }
    // What is refused is not to be tried.
    let parameters =
        operation.get_mut("parameters").and_then(Value::as_array_mut).filter(|_| example.status < 400);
    for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        let sent = example.path_fields.get(name).or_else(|| example.query.get(name));
        if let Some(value) = sent.map(|text| typed(text, parameter)) {
            insert(parameter, &label, shown(&value));
        }
    }
}

fn insert(place: &mut Map<String, Value>, label: &str, example: Value) {
    if let Some(examples) = place.entry("examples").or_insert_with(|| json!({})).as_object_mut() {
        examples.insert(label.to_owned(), example);
    }
}

/// What stands in a URL as the value that the parameter's schema means.
fn typed(text: &Value, parameter: &Map<String, Value>) -> Value {
    let word = text.as_str().unwrap_or_default();
    match parameter.get("schema").and_then(|schema| schema.get("type")).and_then(Value::as_str) {
        Some("array") => word.split(',').collect(),
        Some("integer" | "boolean") => serde_json::from_str(word).unwrap_or_else(|_| text.clone()),
        _ => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_of_an_operation_and_has_a_name_of_its_own() {
        let examples: Vec<Example> = serde_json::from_str(include_str!("examples.json")).unwrap();
        let document = crate::openapi::document(&[]);
        let mut seen = std::collections::BTreeSet::new();
        for Example { name, method, path, status, media, .. } in &examples {
            let response = &document["paths"][path][method.to_lowercase()]["responses"][status.to_string()];
            assert!(
                response["content"][media]["examples"].is_object(),
                "{method} {path} {status} {media}: {name}"
            );
            assert!(
                seen.insert((method.clone(), path.clone(), name.clone())),
                "{method} {path}: {name} twice"
            );
        }
    }
}
