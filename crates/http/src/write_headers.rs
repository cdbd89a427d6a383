//! The five headers of a write, and the request id of everything.

use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::{IF_MATCH, IF_NONE_MATCH};
use kernel::{
    Actor, ActorId, ActorType, Code, Fingerprint, IdempotencyKey, Invalid, Refusal, Request, RequestId,
    Source,
};
use serde_json::Value;

use crate::problem::wrong;
use crate::server::HttpConfig;

/// The caller's request id, or a fresh one where there is none that could be repeated.
pub(crate) fn request_id(http: &HttpRequest) -> RequestId {
    let given = http.headers().get("Request-Id").and_then(|value| value.to_str().ok());
    given.and_then(|text| text.parse().ok()).unwrap_or_else(fresh_request_id)
}

fn fresh_request_id() -> RequestId {
    let text = uuid::Builder::from_random_bytes(random()).into_uuid().to_string();
    // A UUID is visible ASCII; the loop of a parse that cannot fail ends here.
    text.parse().unwrap_or_else(|_| fresh_request_id())
}

/// Random bytes of the operating system; all zero where it has none, which it always has.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        tracing::error!("the operating system gives no random bytes");
    }
    bytes
}

/// Reads the five headers; one refusal names every one that is missing or wrong.
pub(crate) fn read(http: &HttpRequest, body: &[u8], config: &HttpConfig) -> Result<Request, Refusal> {
    let mut errors = Vec::new();
    let request_id: Option<RequestId> = header(http, "Request-Id", &mut errors);
    let key: Option<IdempotencyKey> = header(http, "Idempotency-Key", &mut errors);
    let actor: Option<ActorId> = header(http, "Actor-Id", &mut errors);
    let kind: Option<ActorType> = header(http, "Actor-Type", &mut errors);
    let source: Option<Source> = header(http, "Source-System", &mut errors);
    if source.as_ref().is_some_and(|source| !config.source_systems.contains(source)) {
        let allowed: Vec<_> = config.source_systems.iter().map(Source::as_str).collect();
        let detail = format!("must be one of {}", allowed.join(", "));
        errors.push(wrong("header", "Source-System", "invalid_value", detail));
    }
    match (request_id, key, actor, kind, source) {
        (Some(request_id), Some(key), Some(id), Some(kind), Some(source)) if errors.is_empty() => {
            Ok(Request {
                source,
                key,
                request_id,
                actor: Actor { id, kind },
                action: format!("{} {}", http.method(), http.path()),
                fingerprint: fingerprint(http, body),
                seed: random(),
            })
        }
        _ => {
            let detail =
                "Every write needs Request-Id, Idempotency-Key, Actor-Id, Actor-Type and Source-System.";
            Err(Refusal::new(Code::InvalidHeaders, detail).fact("errors", errors))
        }
    }
}

fn fingerprint(http: &HttpRequest, body: &[u8]) -> Fingerprint {
    let target = http.uri().path_and_query().map_or("", |target| target.as_str());
    let if_match = http.headers().get(IF_MATCH).map_or(&b""[..], |value| value.as_bytes());
    // The condition that there is nothing yet stands in the place of the version that is expected.
    let is_new = http.headers().get(IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == b"*");
    let condition = if is_new && if_match.is_empty() { b"none" } else { if_match };
    Fingerprint::of(&[http.method().as_str().as_bytes(), target.as_bytes(), condition, body])
}

fn header<T: FromStr<Err = Invalid>>(http: &HttpRequest, name: &str, errors: &mut Vec<Value>) -> Option<T> {
    let mut values = http.headers().get_all(name);
    let (first, second) = (values.next(), values.next());
    let (code, detail) = match (first, second) {
        (None, _) => ("missing", "is required".to_owned()),
        (Some(_), Some(_)) => ("repeated", "must be sent once".to_owned()),
        (Some(value), None) => {
            match value
                .to_str()
                .map_err(|_| Invalid::new("must be visible ASCII characters"))
                .and_then(str::parse)
            {
                Ok(read) => return Some(read),
                Err(error) => ("invalid_value", error.to_string()),
            }
        }
    };
    errors.push(wrong("header", name, code, detail));
    None
}
