//! The server: routes, limits, and what every answer carries.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use actix_web::http::KeepAlive;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::rt::signal::unix::{SignalKind, signal};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, Resource, rt, web};
use commands::Backend;
use kernel::{Code, Refusal, Source};

use tokio::sync::Semaphore;

use crate::dispatch::dispatch;
use crate::docs;
use crate::observe::observe;
use crate::problem::refuse;
use crate::routes::routes;
use crate::write_headers;

/// What can be set.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// The systems that writes may come from.
    pub source_systems: Vec<Source>,
    /// How long a request's head, and then its body, may take.
    pub request_timeout: Duration,
    /// How long accepted requests may take when the server stops.
    pub shutdown_timeout: Duration,
    /// Threads that take requests.
    pub workers: usize,
    /// Lists that are read as CSV at the same time: less than the connections for reading.
    pub csv_at_once: usize,
}

/// What every handler is given.
pub(crate) struct Shared {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) config: HttpConfig,
    /// One for each list that is read as CSV.
    pub(crate) csv_slots: Arc<Semaphore>,
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
    let shared = web::Data::new(Shared {
        backend,
        csv_slots: Arc::new(Semaphore::new(config.csv_at_once)),
        config,
        metrics,
    });
    let server = HttpServer::new(move || {
        let headers = DefaultHeaders::new()
            .add(("X-Content-Type-Options", "nosniff"))
            .add(("Cache-Control", "no-store"));
        App::new().app_data(shared.clone()).configure(attach).wrap(from_fn(observe)).wrap(headers)
    })
    .workers(workers)
    .keep_alive(KeepAlive::Timeout(Duration::from_secs(75)))
    .client_request_timeout(request_timeout)
    .shutdown_timeout(shutdown_seconds)
    .disable_signals()
    .listen(listener)?
    .run();
    let (mut told, mut interrupted) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let handle = server.handle();
    rt::spawn(async move {
        poll_fn(|context| match (told.poll_recv(context), interrupted.poll_recv(context)) {
            (Poll::Pending, Poll::Pending) => Poll::Pending,
            (Poll::Ready(_), _) | (_, Poll::Ready(_)) => Poll::Ready(()),
        })
        .await;
        tracing::info!("stopping: accepted requests are answered first");
        handle.stop(true).await;
    });
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
fn attach(config: &mut web::ServiceConfig) {
    let paths: BTreeSet<&'static str> = routes().map(|route| route.path).collect();
    for path in paths {
        let mut resource = web::resource(path);
        for route in routes().filter(|route| route.path == path) {
            let serve = move |http, payload, shared| dispatch(route, http, payload, shared);
            resource = resource.route(web::method(route.method.clone()).to(serve));
        }
        let methods: Vec<_> =
            routes().filter(|route| route.path == path).map(|route| route.method.as_str()).collect();
        config.service(refusing_others(resource, methods.join(", ")));
    }
    for (path, route) in [
        ("/healthz", web::get().to(healthz)),
        ("/readyz", web::get().to(readyz)),
        ("/openapi.json", web::get().to(openapi)),
        ("/metrics", web::get().to(metrics)),
    ] {
        config.service(refusing_others(web::resource(path).route(route), "GET".to_owned()));
    }
    docs::attach(config);
    config.default_service(web::to(route_not_found));
}

/// A path that refuses the methods it has not.
pub(crate) fn refusing_others(resource: Resource, allowed: String) -> Resource {
    resource.default_service(web::to(move |http: HttpRequest| {
        let allowed = allowed.clone();
        async move { method_not_allowed(&http, &allowed) }
    }))
}

/// The refusal of a path that is none.
pub(crate) async fn route_not_found(http: HttpRequest) -> HttpResponse {
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

async fn openapi(shared: web::Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().json(crate::openapi::document(&shared.config.source_systems))
}

async fn metrics(shared: web::Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body((shared.metrics)())
}
