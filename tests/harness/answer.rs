//! An answer of the server, as it came. Knows nothing of what a test wants of it.

use serde_json::Value;

/// Status, headers and bytes.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) bytes: Vec<u8>,
    /// The call that it answers, for messages.
    pub(crate) call: String,
}

impl Answer {
    /// A header, by its name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.call, self.text()))
    }

    /// Wants this status; answers the body.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.call, self.text());
        self.json()
    }

    /// Wants this refusal; answers the body.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(body["code"], code, "{}: {body}", self.call);
        body
    }

    /// Whether it is a stored answer.
    pub(crate) fn is_replay(&self) -> bool {
        self.header("Idempotency-Replayed") == Some("true")
    }

    /// Whether the server says that it can be tried again.
    pub(crate) fn is_busy(&self) -> bool {
        self.status == 503
    }
}

/// A quantity as it is written; never through a float.
#[track_caller]
pub(crate) fn quantity(value: &Value) -> String {
    assert!(value.is_number(), "not a quantity: {value}");
    value.to_string()
}
