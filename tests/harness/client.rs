//! Calls to the server: the five write headers by default, each of which a test can leave out or spoil; every answer
//! is checked against the server's own description. Knows no expectation of a single test.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderName, HeaderValue, Method, Request};
use uuid::Uuid;

use super::openapi::check;
use super::{Answer, until};

const BASE: &str = "/api/v1/inventory";
const AT_ROOT: [&str; 6] = ["/api/", "/docs", "/healthz", "/readyz", "/metrics", "/openapi.json"];

/// Keeps its connections; to be cloned freely.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    base: String,
}

/// A call that is being written.
#[derive(Clone)]
pub(crate) struct Call {
    client: Client,
    method: Method,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
}

impl Client {
    /// Of the server at this address.
    pub(crate) fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder();
        let config = config.http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
        let config = config.max_idle_connections(256).max_idle_connections_per_host(256);
        Self { agent: config.build().into(), base: base.to_owned() }
    }

    /// A read.
    pub(crate) fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// A write with a body, a key of its own and every header.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Call {
        self.post_raw(path, body.to_string().as_bytes())
    }

    /// A PUT, like a POST.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Call {
        self.write(Method::PUT, path, body.to_string().as_bytes())
    }

    /// A PATCH, like a POST.
    pub(crate) fn patch(&self, path: &str, body: &Value) -> Call {
        self.write(Method::PATCH, path, body.to_string().as_bytes())
    }

    /// A POST with any bytes for a body.
    pub(crate) fn post_raw(&self, path: &str, body: &[u8]) -> Call {
        self.write(Method::POST, path, body)
    }

    fn write(&self, method: Method, path: &str, body: &[u8]) -> Call {
        let fresh = || Uuid::now_v7().to_string();
        let mut call = self.call(method, path);
        call.body = Some(body.to_vec());
        call.with("Request-Id", &fresh())
            .with("Idempotency-Key", &fresh())
            .with("Actor-Id", "tests")
            .with("Actor-Type", "service")
            .with("Source-System", "commerce")
            .with("Content-Type", "application/json")
    }

    /// Any method.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        let at_root = AT_ROOT.iter().any(|root| path.starts_with(root));
        let path = if at_root { path.to_owned() } else { format!("{BASE}{path}") };
        Call { client: self.clone(), method, path, headers: Vec::new(), body: None }
    }

    /// The availability row of a sku, over all places.
    pub(crate) fn stock(&self, sku: &str) -> Value {
        let rows = self.get(&format!("/availability?sku={sku}&group_by=sku")).send().expect(200);
        assert_eq!(rows["data"].as_array().unwrap().len(), 1, "{rows}");
        rows["data"][0].clone()
    }

    /// Available, reserved and owned of a sku, as they are written.
    pub(crate) fn numbers(&self, sku: &str) -> [String; 3] {
        let row = self.stock(sku);
        ["available", "reserved", "owned"].map(|name| super::quantity(&row[name]))
    }

    /// Everything that a refused write must leave as it was.
    pub(crate) fn everything(&self) -> Value {
        let stock = self.get("/availability?limit=500").send().expect(200);
        let reservations = self.get("/reservations?limit=500").send().expect(200);
        Value::Array(vec![stock, reservations])
    }
}

impl Call {
    /// With a header, in place of the one that is there.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        self.with_bytes(name, value.as_bytes())
    }

    /// With a header of any bytes.
    pub(crate) fn with_bytes(self, name: &str, value: &[u8]) -> Self {
        let mut call = self.without(name);
        call.headers.push((name.to_owned(), value.to_vec()));
        call
    }

    /// Without a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
        self
    }

    /// With this idempotency key.
    pub(crate) fn key(self, key: &str) -> Self {
        self.with("Idempotency-Key", key)
    }

    /// The same call to another server, or to the same one after it was started again.
    pub(crate) fn at(mut self, client: &Client) -> Self {
        self.client = client.clone();
        self
    }

    /// Sends it; no answer is a failure.
    #[track_caller]
    pub(crate) fn send(self) -> Answer {
        let what = format!("{} {}", self.method, self.path);
        self.try_send().unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// Sends it until the server is not busy; a busy one has done nothing, so the key stays good.
    pub(crate) fn send_patiently(self) -> Answer {
        until("an answer that is not 503", || Some(self.clone().send()).filter(|answer| !answer.is_busy()))
    }

    /// Sends it; the connection may fail, the answer must be as described.
    pub(crate) fn try_send(self) -> Result<Answer, ureq::Error> {
        let Self { client, method, path, headers, body } = self;
        let call = format!("{method} {path}");
        let mut request = Request::builder().method(method.clone()).uri(format!("{}{path}", client.base));
        for (name, value) in &headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request = request.header(name, HeaderValue::from_bytes(value).unwrap());
        }
        let mut response = match body {
            Some(body) => client.agent.run(request.body(body).unwrap())?,
            None => client.agent.run(request.body(()).unwrap())?,
        };
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let status = response.status().as_u16();
        let answer = Answer { status, headers, bytes: response.body_mut().read_to_vec()?, call };
        check(&client.base, method.as_str(), &path, &answer);
        Ok(answer)
    }
}
