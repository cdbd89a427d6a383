//! A row of a file of master data, over what is known already.

use std::fmt::Display;

use kernel::Refusal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What the row says is changed, what its file has no column for stays as it is.
#[derive(Debug, Clone)]
pub struct FileRow<Code> {
    /// Which product, location or warehouse.
    pub code: Code,
    /// The columns of the file, in the form of its facts; null: the default.
    pub columns: Map<String, Value>,
}

impl<Code: Display> FileRow<Code> {
    /// The facts as the row wants them.
    ///
    /// # Errors
    /// [`kernel::Code::InvalidBody`] with what is wrong.
    pub fn over<Facts: Serialize + DeserializeOwned>(&self, known: Option<&Facts>) -> Result<Facts, Refusal> {
        let invalid = |error: serde_json::Error| {
            Refusal::new(kernel::Code::InvalidBody, format!("{}: {error}.", self.code))
        };
        let known = known.map(serde_json::to_value).transpose().map_err(invalid)?;
        let mut facts = known.and_then(|known| known.as_object().cloned()).unwrap_or_default();
        for (name, value) in &self.columns {
            if value.is_null() {
                facts.remove(name);
            } else {
                facts.insert(name.clone(), value.clone());
            }
        }
        serde_json::from_value(Value::Object(facts)).map_err(invalid)
    }
}
