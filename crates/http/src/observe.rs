//! What happens around every request: a log line, its measures, a request id in the answer, and a problem in place of
//! the framework's own refusals.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use kernel::{Code, Refusal};

use crate::problem::{internal_error, refuse};
use crate::write_headers;

/// Logs and measures every request.
pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    // The framework owns the request while it is routed: only what is copied here may be kept meanwhile.
    let request_id = write_headers::request_id(request.request());
    let method = request.method().to_string();
    let path = request.path().to_owned();
    let response = next.call(request).await?.map_into_boxed_body();
    let route = response.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    let refusal = response.response().error().map(refusal_of);
    let mut response = match refusal {
        Some(refusal) => response.into_response(refuse(&refusal, &request_id)).map_into_boxed_body(),
        None => response,
    };
    if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
        // A handler that made up a request id of its own has said so already.
        let headers = response.headers_mut();
        if !headers.contains_key("request-id") {
            headers.insert(HeaderName::from_static("request-id"), value);
        }
    }
    let status = response.status().as_u16();
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(%request_id, method, path, status, micros, "request");
    metrics::counter!("http_requests_total", "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("http_request_duration_seconds", "route" => route)
        .record(begun.elapsed().as_secs_f64());
    Ok(response)
}

fn refusal_of(error: &Error) -> Refusal {
    match error.as_response_error().status_code().as_u16() {
        408 => Refusal::new(Code::RequestTimeout, "The request came too slowly."),
        500.. => internal_error(),
        _ => Refusal::new(Code::MalformedRequest, "The request could not be read."),
    }
}
