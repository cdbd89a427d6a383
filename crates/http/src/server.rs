//! The server: routes, limits, and what every answer carries.

use std::future::{Future, poll_fn};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{KeepAlive, Method};
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, Resource, error, guard, web};
use commands::Backend;
use kernel::{Code, Refusal, Source};

use crate::problem::refuse;
use crate::routes::ROUTES;
use crate::{reservations, stock, write_headers};

/// The most bytes of a body.
const BODY_LIMIT: usize = 64 * 1024;

/// What can be set.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// The systems that writes may come from.
    pub source_systems: Vec<Source>,
    /// How long a request's head may take.
    pub request_timeout: Duration,
    /// How long accepted requests may take when the server stops.
    pub shutdown_timeout: Duration,
    /// Threads that take requests.
    pub workers: usize,
}

/// What every handler is given.
pub(crate) struct Shared {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) config: HttpConfig,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Serves until the process is told to stop; what was accepted is answered first. `ready` is called when requests
/// are taken and a signal to stop would be heard.
///
/// # Errors
/// The operating system's.
pub async fn serve(
    listener: TcpListener,
    backend: Arc<dyn Backend>,
    config: HttpConfig,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
    ready: impl FnOnce(),
) -> std::io::Result<()> {
    let (request_timeout, workers) = (config.request_timeout, config.workers);
    let shutdown_seconds = config.shutdown_timeout.as_secs();
    let shared = web::Data::new(Shared { backend, config, metrics });
    let server = HttpServer::new(move || {
        let headers = DefaultHeaders::new()
            .add(("X-Content-Type-Options", "nosniff"))
            .add(("Cache-Control", "no-store"));
        App::new()
            .app_data(shared.clone())
            .app_data(web::PayloadConfig::new(BODY_LIMIT))
            .configure(routes)
            .wrap(from_fn(observe))
            .wrap(headers)
    })
    .workers(workers)
    .keep_alive(KeepAlive::Timeout(Duration::from_secs(75)))
    .client_request_timeout(request_timeout)
    .shutdown_timeout(shutdown_seconds)
    .listen(listener)?
    .run();
    let (mut server, mut ready) = (pin!(server), Some(ready));
    poll_fn(|context| {
        let state = server.as_mut().poll(context);
        if let Some(ready) = ready.take() {
            ready();
        }
        state
    })
    .await
}

/// The routes of the table, each path once, with a refusal for methods that it does not have.
fn routes(config: &mut web::ServiceConfig) {
    let mut paths: Vec<&'static str> = ROUTES.iter().map(|route| route.path).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let methods: Vec<_> =
            ROUTES.iter().filter(|route| route.path == path).map(|route| &route.method).collect();
        let allowed = methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ");
        let mut resource = web::resource(path);
        for method in methods {
            resource = attach(resource, path, method);
        }
        config.service(resource.default_service(web::to(move |http: HttpRequest| {
            let allowed = allowed.clone();
            async move { method_not_allowed(&http, &allowed) }
        })));
    }
    config
        .service(web::resource("/healthz").route(web::get().to(healthz)))
        .service(web::resource("/readyz").route(web::get().to(readyz)))
        .service(web::resource("/openapi.json").route(web::get().to(openapi)))
        .service(web::resource("/metrics").route(web::get().to(metrics)))
        .default_service(web::to(route_not_found));
}

/// The handler of a route. A route of the table without one is answered 404, which the route test finds.
fn attach(resource: Resource, path: &str, method: &Method) -> Resource {
    let route = web::route().guard(guard::fn_guard({
        let method = method.clone();
        move |context| context.head().method == method
    }));
    let name = path.strip_prefix("/api/v1/inventory/").unwrap_or(path);
    let route = match (method.as_str(), name) {
        ("GET", "availability") => route.to(stock::availability),
        ("POST", "reservations") => route.to(reservations::create),
        ("GET", "reservations") => route.to(reservations::list),
        ("GET", "reservations/{id}") => route.to(reservations::get),
        ("POST", "reservations/{id}/release") => route.to(reservations::release),
        ("POST", "reservations/{id}/consume") => route.to(reservations::consume),
        ("POST", "reservations/{id}/fill") => route.to(reservations::fill),
        _ => route.to(route_not_found),
    };
    resource.route(route)
}

async fn route_not_found(http: HttpRequest) -> HttpResponse {
    let refusal = Refusal::new(Code::RouteNotFound, format!("There is nothing at {}.", http.path()));
    refuse(&refusal, &write_headers::request_id(&http))
}

fn method_not_allowed(http: &HttpRequest, allowed: &str) -> HttpResponse {
    let detail = format!("{} takes {allowed}.", http.path());
    let mut response =
        refuse(&Refusal::new(Code::MethodNotAllowed, detail), &write_headers::request_id(http));
    if let Ok(allowed) = allowed.parse() {
        response.headers_mut().insert(actix_web::http::header::ALLOW, allowed);
    }
    response
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}

async fn readyz(http: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let backend = shared.backend.clone();
    let ready = web::block(move || backend.ready()).await;
    match ready.unwrap_or_else(|_| Err("the check did not end".to_owned())) {
        Ok(()) => HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })),
        Err(why) => {
            let refusal = Refusal::new(Code::DatabaseUnavailable, format!("Not ready: {why}."));
            refuse(&refusal, &write_headers::request_id(&http))
        }
    }
}

async fn openapi() -> HttpResponse {
    HttpResponse::Ok().json(crate::openapi::document())
}

async fn metrics(shared: web::Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body((shared.metrics)())
}

/// Logs and measures every request, and turns the framework's own refusals into problems with a request id.
async fn observe(
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
    let response = match refusal {
        Some(refusal) => response.into_response(refuse(&refusal, &request_id)).map_into_boxed_body(),
        None => response,
    };
    let mut response = response;
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
    if matches!(error.as_error(), Some(error::PayloadError::Overflow)) {
        return Refusal::new(Code::BodyTooLarge, format!("A body has at most {BODY_LIMIT} bytes."));
    }
    match error.as_response_error().status_code().as_u16() {
        413 => Refusal::new(Code::BodyTooLarge, format!("A body has at most {BODY_LIMIT} bytes.")),
        408 => Refusal::new(Code::RequestTimeout, "The request came too slowly."),
        500.. => crate::submit::internal_error(),
        _ => Refusal::new(Code::MalformedRequest, "The request could not be read."),
    }
}
