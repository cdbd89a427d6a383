//! What a use-case answers when it does not do what was asked: data, so that it can be stored and repeated.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Code;

/// Facts that teach: the rows that block, what is legal next.
pub type Facts = Map<String, Value>;

/// A refusal: nothing was changed, and this says why.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Stable, for programs.
    pub code: Code,
    /// A sentence, for people.
    pub detail: String,
    /// Members of the answer's body, beside the standard ones.
    pub facts: Facts,
}

impl Refusal {
    /// A refusal without facts.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), facts: Facts::new() }
    }

    /// Adds one fact.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Serialize) -> Self {
        // Facts are names, numbers and lists of them; what cannot be JSON is left out rather than invented.
        if let Ok(value) = serde_json::to_value(value) {
            self.facts.insert(name.to_owned(), value);
        }
        self
    }
}
