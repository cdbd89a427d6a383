//! A row of a file of master data, over what is known already.

use std::fmt::Display;

use inventory::MasterRefusal;
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
    /// [`MasterRefusal::ProductInvalid`] with what is wrong.
    pub fn over<Facts: Serialize + DeserializeOwned>(
        &self,
        known: Option<&Facts>,
    ) -> Result<Facts, MasterRefusal> {
        let invalid = |error: serde_json::Error| MasterRefusal::ProductInvalid {
            pointer: "",
            why: format!("{}: {error}.", self.code),
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
