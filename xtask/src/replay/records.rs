//! Records: how one is made, moved along and posted. Knows no module's content.

use serde_json::{Value, json};
use time::Date;

use super::answers::text;
use super::client::{Client, Write};

/// A record, and what begins the keys of everything that is done to it.
pub(super) struct Record<'c> {
    client: &'c Client,
    path: String,
    key: String,
    /// As it was answered last.
    pub(super) seen: Value,
}

impl<'c> Record<'c> {
    /// Makes one.
    pub(super) fn make(client: &'c Client, module: &str, key: &str, body: Value) -> Option<Self> {
        let made = client.must(&Write::post(format!("/operations/{module}"), key, body), &[201])?;
        Some(Self::of(client, module, key, made))
    }

    /// One that was answered.
    pub(super) fn of(client: &'c Client, module: &str, key: &str, seen: Value) -> Self {
        let path = format!("/operations/{module}/{}", text(&seen, "id"));
        Self { client, path, key: key.to_owned(), seen }
    }

    /// Its id.
    pub(super) fn id(&self) -> String {
        text(&self.seen, "id")
    }

    /// The record that comes after it in a chain.
    pub(super) fn next(&self, route: &str, module: &str) -> Option<Self> {
        let key = format!("{}-{route}", self.key);
        let write = Write::post(format!("{}/{route}", self.path), &key, json!({}));
        let made = self.client.must(&write, &[201])?;
        Some(Self::of(self.client, module, &key, made))
    }

    /// Moves it along.
    pub(super) fn moved(self, state: &str) -> Option<Self> {
        self.moved_by("replay", state)
    }

    /// Somebody moves it along.
    pub(super) fn moved_by(mut self, actor: &'static str, state: &str) -> Option<Self> {
        let path = format!("{}/transition", self.path);
        let write = Write::post(path, format!("{}-{state}", self.key), json!({ "to": state }));
        self.seen = self.client.must(&write.by(actor), &[200])?;
        Some(self)
    }

    /// Says something that was not planned.
    pub(super) fn say(mut self, mut body: Value) -> Option<Self> {
        if let (Some(body), Some(version)) = (body.as_object_mut(), self.seen.get("version")) {
            body.insert("expected_version".to_owned(), version.clone());
        }
        let write = Write::post(&self.path, format!("{}-said", self.key), body);
        self.seen = self.client.must(&write.with(ureq::http::Method::PATCH), &[200])?;
        Some(self)
    }

    /// Posts a step as planned, or in these parts; wants this state afterwards.
    pub(super) fn post(
        mut self,
        (step, parts): (Option<&str>, Option<Value>),
        effective_at: &str,
        wanted: &str,
    ) -> Option<Self> {
        let mut body = json!({ "effective_at": effective_at });
        if let Some(body) = body.as_object_mut() {
            match parts {
                Some(parts) => body.insert("lines".to_owned(), parts),
                None => body.insert("accept_planned".to_owned(), Value::Bool(true)),
            };
            if let Some(step) = step {
                body.insert("step".to_owned(), step.into());
            }
        }
        let key = format!("{}-post-{}", self.key, step.unwrap_or_default());
        let write = Write::post(format!("{}/post-stock", self.path), key, body);
        self.seen = self.client.must(&write, &[200])?;
        let state = text(&self.seen, "state");
        if state != wanted {
            self.client.tally().failed(format!("{} is {state} after posting, not {wanted}", self.path));
            return None;
        }
        Some(self)
    }

    /// Posts everything that is planned, with which it is done.
    pub(super) fn done(self, effective_at: &str) -> Option<Self> {
        self.post((None, None), effective_at, "posted")
    }
}

/// A moment of a day, in UTC.
pub(super) fn at(date: Date, hour: u8) -> String {
    format!("{date}T{hour:02}:00:00Z")
}
