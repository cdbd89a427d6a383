//! The server's own description, held against every answer: an answer that it does not describe fails the test.
//! Knows OpenAPI and no route by name.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Answer;

static DESCRIPTION: OnceLock<Value> = OnceLock::new();
static ERROR_PAGES: OnceLock<BTreeSet<String>> = OnceLock::new();
static VALIDATORS: Mutex<Option<HashMap<String, Arc<Validator>>>> = Mutex::new(None);

/// What the server says of itself, read once: every server of a run is the same program.
pub(crate) fn description(base: &str) -> &'static Value {
    DESCRIPTION.get_or_init(|| {
        let mut response = ureq::get(format!("{base}/openapi.json")).call().unwrap();
        serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap()
    })
}

/// Every operation: method in capitals, and path.
pub(crate) fn operations(base: &str) -> Vec<(String, String)> {
    const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];
    let paths = description(base)["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let methods = METHODS.iter().filter(|method| item.get(**method).is_some());
        methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

/// Fails the test unless the answer is as described.
pub(crate) fn check(base: &str, method: &str, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap_or_default();
    check_request_id(answer);
    if answer.status >= 400 {
        check_problem(base, answer);
    } else if path == "/docs" || path.starts_with("/docs/") {
        // Pages are for people: a test of their own looks at them.
        return;
    }
    let Some((_, template)) = operations(base).into_iter().find(|(m, t)| m == method && matches(t, path))
    else {
        assert!(matches!(answer.status, 404 | 405), "not described, and not refused: {answer:?}");
        return;
    };
    let pointer =
        format!("/paths/{}/{}/responses/{}", escape(&template), method.to_lowercase(), answer.status);
    let (pointer, response) = follow(description(base), pointer);
    let response = response
        .unwrap_or_else(|| panic!("{}: {} is not described: {}", answer.call, answer.status, answer.text()));
    let Some(content) = response.get("content") else {
        assert!(answer.bytes.is_empty(), "a body where none is described: {answer:?}");
        return;
    };
    let media = answer.header("Content-Type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    let described = content.get(media);
    let described =
        described.unwrap_or_else(|| panic!("{}: content type {media:?} is not described", answer.call));
    let is_json = media == "application/json" || media.ends_with("+json");
    if is_json && described.get("schema").is_some() {
        let validator = validator(base, &format!("{pointer}/content/{}/schema", escape(media)));
        let body = answer.json();
        let errors = errors_of(&validator, &body);
        assert!(
            errors.is_empty(),
            "{} answers {} not as described: {errors:#?}\n{body}",
            answer.call,
            answer.status
        );
    }
}

/// The pages that the list of error codes leads to, read once.
pub(crate) fn error_pages(base: &str) -> &'static BTreeSet<String> {
    ERROR_PAGES.get_or_init(|| {
        let mut response = ureq::get(format!("{base}/docs/errors")).call().unwrap();
        let page = response.body_mut().read_to_string().unwrap();
        let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        links.filter(|link| link.starts_with("/docs/errors/")).map(str::to_owned).collect()
    })
}

fn check_request_id(answer: &Answer) {
    assert!(answer.header("Request-Id").is_some_and(|id| !id.is_empty()), "no Request-Id: {answer:?}");
}

fn errors_of(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The examples at a pointer of the description, and what in them is not of the schema beside them.
pub(crate) fn examples(base: &str, pointer: &str) -> (usize, Vec<String>) {
    let Some(place) = description(base).pointer(pointer) else { return (0, Vec::new()) };
    let validator = validator(base, &format!("{pointer}/schema"));
    let values: Vec<_> = place["examples"].as_object().into_iter().flat_map(|all| all.values()).collect();
    let errors = values.iter().flat_map(|example| errors_of(&validator, &example["value"])).collect();
    (values.len(), errors)
}

/// What every refusal has, whatever the description says.
fn check_problem(base: &str, answer: &Answer) {
    assert_eq!(answer.header("Content-Type"), Some("application/problem+json"), "{answer:?}");
    let body = answer.json();
    for member in ["type", "title", "detail", "code", "request_id"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "no {member}: {body}");
    }
    assert_eq!(body["status"], json!(answer.status), "{body}");
    let page = body["type"].as_str().unwrap();
    assert!(error_pages(base).contains(page), "the type leads to no page: {body}");
    assert_eq!(page, format!("/docs/errors/{}", body["code"].as_str().unwrap()), "{body}");
    if !answer.is_replay() {
        assert_eq!(body["request_id"].as_str(), answer.header("Request-Id"), "{body}");
    }
    for error in body["errors"].as_array().into_iter().flatten() {
        let places =
            ["pointer", "header", "query"].iter().filter(|place| error.get(**place).is_some()).count();
        assert_eq!(places, 1, "an error names one place: {error}");
        assert!(error["code"].is_string() && error["detail"].is_string(), "{error}");
    }
    let text = answer.text();
    for leak in ["SELECT ", "INSERT ", "panicked at", ".rs:", "diesel"] {
        assert!(!text.contains(leak), "a refusal leaks {leak:?}: {text}");
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    wanted.len() == given.len()
        && wanted.iter().zip(given).all(|(wanted, given)| wanted.starts_with('{') || *wanted == given)
}

pub(crate) fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

/// The value at a pointer, or at the one that it refers to.
fn follow(document: &'static Value, pointer: String) -> (String, Option<&'static Value>) {
    let value = document.pointer(&pointer);
    match value.and_then(|value| value.get("$ref")).and_then(Value::as_str) {
        Some(other) => {
            let pointer = other.trim_start_matches('#').to_owned();
            let value = document.pointer(&pointer);
            (pointer, value)
        }
        None => (pointer, value),
    }
}

/// The schema at a pointer, compiled once. The whole description is the schema document, so that its references hold.
fn validator(base: &str, pointer: &str) -> Arc<Validator> {
    let mut all = VALIDATORS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let all = all.get_or_insert_with(HashMap::new);
    if let Some(found) = all.get(pointer) {
        return found.clone();
    }
    let mut document = description(base).clone();
    document["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    // A reference is a URI: the braces of a path's parameters are written in percent.
    document["$ref"] = json!(format!("#{}", pointer.replace('{', "%7B").replace('}', "%7D")));
    let built = jsonschema::options().should_validate_formats(true).build(&document);
    let built = Arc::new(built.unwrap_or_else(|error| panic!("the schema at {pointer} is none: {error}")));
    all.insert(pointer.to_owned(), built.clone());
    built
}
