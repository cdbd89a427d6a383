//! Refusals as RFC 9457 problems, and the one table from code to status.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use kernel::{Code, Refusal, Reply, RequestId};
use serde_json::{Map, Value};

/// The media type of every refusal.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";
/// How long a caller waits before it tries again.
const RETRY_AFTER_SECONDS: &str = "1";

/// The status and title of a code.
#[expect(clippy::too_many_lines, reason = "a table: one code after the other")]
pub const fn status_of(code: Code) -> (u16, &'static str) {
    match code {
        Code::InvalidCursor => (400, "The cursor is not one of this list"),
        Code::InvalidHeaders => (400, "Write headers are missing or wrong"),
        Code::InvalidQuery => (400, "Query parameters are wrong"),
        Code::MalformedJson => (400, "The body is not JSON"),
        Code::MalformedRequest => (400, "The request cannot be read"),
        Code::ReservationNotFound => (404, "No such reservation"),
        Code::RequestNotFound => (404, "No such request"),
        Code::RouteNotFound => (404, "No such route"),
        Code::ShipConfirmationNotFound => (404, "No such ship confirmation"),
        Code::UnknownLine => (404, "No such line"),
        Code::UnknownLocation => (404, "No such location"),
        Code::UnknownLot => (404, "No such lot"),
        Code::UnknownSku => (404, "No such product"),
        Code::UnknownWarehouse => (404, "No such warehouse"),
        Code::RoleMissing => (403, "The caller may not do this"),
        Code::MethodNotAllowed => (405, "The route has no such method"),
        Code::RequestTimeout => (408, "The body came too slowly"),
        Code::InsufficientStock => (409, "Not enough stock"),
        Code::LiveStockUntrusted => (409, "Live stock is not trusted"),
        Code::MovementAlreadyReversed => (409, "Reversed before"),
        Code::OrderAlreadyReserved => (409, "The order is reserved already"),
        Code::PreviewStale => (409, "The preview is stale"),
        Code::BarcodeTaken => (409, "Another product has the barcode"),
        Code::InUse => (409, "It cannot change while it is in use"),
        Code::LocationFixed => (409, "A location stays in its warehouse"),
        Code::LotHeld => (409, "The lot is recalled already"),
        Code::LotNotHeld => (409, "The lot is not recalled"),
        Code::QuantityBelowDone => (409, "Less than is shipped or given back"),
        Code::QuantityExceedsReserved => (409, "More than is reserved"),
        Code::ReservationExpired => (409, "The reservation has run out"),
        Code::ReservationNotActive => (409, "The reservation is over"),
        Code::ReversalBlocked => (409, "Something later is to be reversed first"),
        Code::StockNotAllowed => (409, "Stock cannot go there"),
        Code::VersionMismatch => (412, "Changed in between"),
        Code::BodyTooLarge => (413, "The body is too large"),
        Code::UnsupportedMediaType => (415, "The body is not application/json"),
        Code::IdempotencyKeyReused => (422, "The idempotency key was used for another request"),
        Code::InvalidBody => (422, "The body has invalid values"),
        Code::LineRefRepeated => (422, "Two lines have the same reference"),
        Code::InvalidTime => (422, "A time that cannot be"),
        Code::LotNotTracked => (422, "The product has no lots"),
        Code::ProductInvalid => (422, "The product does not hold together"),
        Code::LotRequired => (422, "The product needs a lot"),
        Code::NotStockable => (422, "The product has no stock to promise"),
        Code::OffStep => (422, "Not a whole multiple of the product's step"),
        Code::QuantityOverflow => (422, "The quantity is too large"),
        Code::ShipmentProofRequired => (422, "A shipment proof is required"),
        Code::TooManyLines => (422, "Too many lines"),
        Code::InternalError => (500, "Something broke"),
        Code::DatabaseUnavailable => (503, "The database is unavailable"),
        Code::RecordNotFound => (404, "No such record"),
        Code::UnknownModule => (404, "No such module"),
        Code::ScanNotFound => (404, "No such scan"),
        Code::WorkItemNotFound => (404, "No such work item"),
        Code::InvalidTransition => (409, "It cannot go there from where it stands"),
        Code::NothingLeft => (409, "Nothing is left"),
        Code::NothingToPost => (409, "Nothing would move"),
        Code::NothingToReverse => (409, "Nothing to reverse"),
        Code::OverReceipt => (409, "More came than was ordered"),
        Code::ApproverMayNot => (409, "Somebody else has to approve"),
        Code::RecordExists => (409, "Another record has this name"),
        Code::SerialTaken => (409, "The serial number is in stock already"),
        Code::StepAlreadyPosted => (409, "The step was posted before"),
        Code::FulfilmentInProgress => (409, "The goods are being picked, packed or shipped"),
        Code::LotBlocked => (409, "The lot may not leave any more"),
        Code::LossPromised => (409, "The loss would cut into what is promised"),
        Code::RecountRequired => (409, "Count it again"),
        Code::UnpickRequested => (409, "The goods are to come back to a shelf"),
        Code::UseReturn => (409, "What was shipped comes back by a return"),
        Code::VendorNotApproved => (409, "The vendor is not approved"),
        Code::WorkItemFollows => (409, "The work item follows its record"),
        Code::ActualMissing => (422, "An actual quantity is missing"),
        Code::RecordInvalid => (422, "The record does not hold together"),
        Code::ReasonRequired => (422, "A reason is required"),
        Code::ScanIdReused => (422, "The scanner has used its name for another scan"),
        Code::UnknownStep => (422, "The module has no such step"),
        Code::WriteQueueFull => (503, "Too many writes are waiting"),
    }
}

/// The body of a refusal.
pub(crate) fn problem(refusal: &Refusal, request_id: &RequestId) -> Reply {
    let (status, _) = status_of(refusal.code);
    let body = Value::Object(members(refusal, Some(request_id))).to_string().into_bytes();
    Reply { status, headers: Vec::new(), body, replayed: false }
}

/// What is said of a refusal: the standard members, then its facts.
pub(crate) fn members(refusal: &Refusal, request_id: Option<&RequestId>) -> Map<String, Value> {
    let (status, title) = status_of(refusal.code);
    let mut body = Map::new();
    body.insert("type".to_owned(), format!("/docs/errors/{}", refusal.code).into());
    body.insert("title".to_owned(), title.into());
    body.insert("status".to_owned(), status.into());
    body.insert("detail".to_owned(), refusal.detail.as_str().into());
    body.insert("code".to_owned(), refusal.code.as_str().into());
    if let Some(request_id) = request_id {
        body.insert("request_id".to_owned(), request_id.as_str().into());
    }
    body.extend(refusal.facts.clone());
    body
}

/// One thing that is wrong among several.
pub(crate) fn wrong(place: &str, name: &str, code: &str, detail: impl Into<String>) -> Value {
    serde_json::json!({ place: name, "code": code, "detail": detail.into() })
}

/// The refusal of a body of which this is wrong.
pub(crate) fn invalid(errors: Vec<Value>) -> Refusal {
    Refusal::new(Code::InvalidBody, "The body has fields that are unknown, missing or invalid.")
        .fact("errors", errors)
}

/// The refusal of one field of a body.
pub(crate) fn invalid_field(pointer: &str, detail: &str) -> Refusal {
    invalid(vec![wrong("pointer", pointer, "invalid_value", detail)])
}

/// The refusal that says nothing but where to look.
pub(crate) fn internal_error() -> Refusal {
    Refusal::new(Code::InternalError, "Something broke; the log has it under this request id.")
}

/// An answer on its way out.
pub(crate) fn respond(reply: Reply, request_id: &RequestId) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    let is_problem = reply.status >= 400;
    response.insert_header((CONTENT_TYPE, if is_problem { PROBLEM_JSON } else { "application/json" }));
    response.insert_header(("Request-Id", request_id.as_str()));
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    if reply.replayed {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    if reply.status == 503 {
        response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
    }
    response.body(reply.body)
}

/// A refusal on its way out.
pub(crate) fn refuse(refusal: &Refusal, request_id: &RequestId) -> HttpResponse {
    respond(problem(refusal, request_id), request_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_refusal_with_its_own_code_in_the_body() {
        for code in Code::ALL {
            let (status, title) = status_of(*code);
            assert!((400..600).contains(&status) && !title.is_empty(), "{code}");
            let reply = problem(&Refusal::new(*code, "why").fact("sku", "A"), &"r-1".parse().unwrap());
            let body: Value = serde_json::from_slice(&reply.body).unwrap();
            assert_eq!(body["code"], code.as_str());
            assert_eq!(body["request_id"], "r-1");
            assert_eq!(body["sku"], "A");
        }
    }
}
