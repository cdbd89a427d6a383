//! Calls to the server; about one write in twelve is sent twice on purpose. Knows the headers of a write and nothing of
//! what is written.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use ureq::http::{Method, Request};
use uuid::Uuid;

use super::tally::Tally;

const BASE: &str = "/api/v1/inventory";
const DEADLINE: Duration = Duration::from_secs(120);
/// Every so many writes one is sent twice.
const TWICE: u64 = 12;

/// A client, shared by all workers, with what they count.
pub(super) struct Client {
    agent: ureq::Agent,
    server: String,
    /// Begins every key: a second replay of the same file is not a repeat of the first.
    run: String,
    writes: AtomicU64,
    tally: Mutex<Tally>,
}

/// A write.
pub(super) struct Write {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) key: String,
    pub(super) actor: &'static str,
    pub(super) body: Value,
}

impl Write {
    /// A POST by the replay itself.
    pub(super) fn post(path: impl Into<String>, key: impl Into<String>, body: Value) -> Self {
        Self { method: Method::POST, path: path.into(), key: key.into(), actor: "replay", body }
    }

    /// With another method.
    pub(super) fn with(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// By somebody else.
    pub(super) fn by(self, actor: &'static str) -> Self {
        Self { actor, ..self }
    }
}

/// What the server said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    bytes: Vec<u8>,
    replayed: bool,
}

impl Answer {
    /// Its body.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// Its code, where it is a refusal.
    pub(super) fn code(&self) -> String {
        let body = self.json();
        body.get("code").and_then(Value::as_str).unwrap_or("no code").to_owned()
    }

    /// Whether such an answer is stored with its key, as the contract says.
    fn is_stored(&self) -> bool {
        matches!(self.status, 200..300 | 404 | 409 | 412 | 422)
    }
}

impl Client {
    /// Of the server at this address.
    pub(super) fn new(server: &str, connections: usize) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(DEADLINE));
        let config = config.max_idle_connections(connections).max_idle_connections_per_host(connections);
        Self {
            agent: config.build().into(),
            server: server.trim_end_matches('/').to_owned(),
            run: Uuid::now_v7().simple().to_string(),
            writes: AtomicU64::new(0),
            tally: Mutex::default(),
        }
    }

    /// What was counted.
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        // A worker that panicked has lost its own count at most.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads.
    pub(super) fn get(&self, path: &str) -> Result<Value> {
        self.get_as_of(path).map(|(body, _)| body)
    }

    /// Reads, with the moment that the answer is of, where it says one.
    pub(super) fn get_as_of(&self, path: &str) -> Result<(Value, String)> {
        let mut response = self.agent.get(format!("{}{BASE}{path}", self.server)).call()?;
        let body = response.body_mut().read_to_string()?;
        if response.status() != 200 {
            bail!("GET {path} answers {}: {body}", response.status());
        }
        let as_of = response.headers().get("As-Of").and_then(|at| at.to_str().ok()).unwrap_or_default();
        Ok((serde_json::from_str(&body).with_context(|| format!("GET {path}"))?, as_of.to_owned()))
    }

    /// Writes something that must be answered with one of these statuses; what else comes is a failure.
    pub(super) fn must(&self, write: &Write, statuses: &[u16]) -> Option<Value> {
        let answer = self.write(write)?;
        if !statuses.contains(&answer.status) {
            let said = String::from_utf8_lossy(&answer.bytes).into_owned();
            self.tally().failed(format!("{} ({}) answers {}: {said}", write.path, write.key, answer.status));
            return None;
        }
        Some(answer.json())
    }

    /// Writes, and repeats it where it is one's turn. `None` where there was no answer, which is a failure.
    pub(super) fn write(&self, write: &Write) -> Option<Answer> {
        let nth = self.writes.fetch_add(1, Ordering::Relaxed);
        if !nth.is_multiple_of(TWICE) {
            return self.send(write);
        }
        let both =
            if nth.is_multiple_of(TWICE.saturating_mul(2)) { self.at_once(write) } else { self.later(write) };
        let (Some(first), Some(second)) = both else { return None };
        if (first.status, &first.bytes) != (second.status, &second.bytes) {
            self.tally()
                .failed(format!("two answers for the key of {}: {first:?} and {second:?}", write.path));
        }
        if first.is_stored() && first.replayed == second.replayed {
            let effects = if first.replayed { "neither" } else { "both" };
            self.tally().failed(format!(
                "{effects} of two equal calls of {} had an effect: {}",
                write.path, write.key
            ));
        }
        Some(first)
    }

    fn later(&self, write: &Write) -> (Option<Answer>, Option<Answer>) {
        let first = self.send(write);
        let second = self.send(write);
        let mut tally = self.tally();
        tally.repeated_later = tally.repeated_later.saturating_add(1);
        (first, second)
    }

    fn at_once(&self, write: &Write) -> (Option<Answer>, Option<Answer>) {
        let start = Barrier::new(2);
        let together = || {
            start.wait();
            self.send(write)
        };
        let both = std::thread::scope(|scope| {
            let other = scope.spawn(together);
            (together(), other.join().unwrap_or_default())
        });
        let mut tally = self.tally();
        tally.repeated_at_once = tally.repeated_at_once.saturating_add(1);
        both
    }

    fn send(&self, write: &Write) -> Option<Answer> {
        let started = Instant::now();
        let answer = self.try_send(write);
        let latency = started.elapsed();
        let mut tally = self.tally();
        match answer {
            Ok(answer) => {
                tally.answered(latency);
                if answer.status >= 500 {
                    let said = String::from_utf8_lossy(&answer.bytes).into_owned();
                    tally.failed(format!("{} answers {}: {said}", write.path, answer.status));
                }
                Some(answer)
            }
            Err(error) => {
                tally.failed(format!("{} has no answer: {error}", write.path));
                None
            }
        }
    }

    fn try_send(&self, write: &Write) -> Result<Answer, ureq::Error> {
        let key = format!("{}-{}", self.run, write.key);
        let request = Request::builder().method(write.method.clone());
        let request = request
            .uri(format!("{}{BASE}{}", self.server, write.path))
            .header("Request-Id", &key)
            .header("Idempotency-Key", &key)
            .header("Actor-Id", write.actor)
            .header("Actor-Type", "service")
            .header("Source-System", "commerce")
            .header("Content-Type", "application/json")
            .body(write.body.to_string())?;
        let mut response = self.agent.run(request)?;
        Ok(Answer {
            status: response.status().as_u16(),
            replayed: response.headers().get("Idempotency-Replayed").is_some(),
            bytes: response.body_mut().read_to_vec()?,
        })
    }
}
