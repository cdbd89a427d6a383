//! The codes that people write on goods, shelves and papers. They keep their case and differ by it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use kernel::{Invalid, check_code, check_line, checked_text};
use serde::{Deserialize, Serialize};

checked_text!(
    /// The stock keeping unit: the product's code outside.
    Sku, check_code, 64
);
checked_text!(
    /// The code on a location's label.
    LocationCode, check_code, 64
);
checked_text!(
    /// The code of a warehouse.
    WarehouseCode, check_code, 64
);
checked_text!(
    /// What a scanner reads on a package.
    Barcode, check_code, 64
);
checked_text!(
    /// A name or a unit, for people.
    Name, check_line, 255
);
checked_text!(
    /// Why something was done, as the caller says it.
    Reason, check_line, 255
);

impl Name {
    /// The unit of what is counted.
    pub fn each() -> Self {
        Self("each".into())
    }

    /// The name of a location that has no other.
    pub fn of(code: &LocationCode) -> Self {
        // Whatever may be a code may be a name.
        Self(code.as_str().into())
    }
}

/// A lot or serial number; empty where the product is not tracked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Lot(Arc<str>);

impl Lot {
    /// No lot.
    pub fn none() -> Self {
        Self("".into())
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Lot {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if !text.is_empty() {
            check_code(text, 64)?;
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Lot {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl fmt::Display for Lot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "wire")]
impl schemars::JsonSchema for Lot {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Lot".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let pattern = format!("^$|{}", kernel::pattern_of("check_code"));
        schemars::json_schema!({ "type": "string", "maxLength": 64, "pattern": pattern })
    }
}
