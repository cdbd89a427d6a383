//! The ERP's own codes, on the labels that it prints.
//!
//! * `LOC:` and the code of a location: `LOC:A-01-03`.
//! * `REC:`, a module, `/` and the number of a record: `REC:receipts/R-2026-000123`. The module is lower-case
//!   letters, digits, `-` and `_`, so that the first `/` ends it; the number may have more of them.
//!
//! Capitals, a colon and a slash: Code 128 and QR carry them, and no application identifier and no web address begins
//! so. A text that begins so is one of these or is refused: it is never taken for the barcode of a product. Whether
//! there is such a location or record, somebody else knows.

use std::fmt;
use std::str::FromStr;

use kernel::{Invalid, check_code};
use serde::Serialize;

use crate::ScanRefusal;

const LOCATION: &str = "LOC:";
const RECORD: &str = "REC:";
const MOST_CHARACTERS: usize = 64;

/// A code that the ERP has given out itself; written by `to_string`, read by `parse`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum Own {
    /// A location, by its code.
    Location(LocationLabel),
    /// A record of a module, by its number.
    Record(RecordLabel),
}

/// The code on the label of a location: of the form that every code of a location has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct LocationLabel(String);

/// Module and number on the paper of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct RecordLabel {
    module: String,
    number: String,
}

impl LocationLabel {
    /// The code, without what is printed in front of it.
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl RecordLabel {
    /// The module: `receipts`.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// The number within the module.
    pub fn number(&self) -> &str {
        &self.number
    }
}

impl Own {
    /// The label of a location.
    ///
    /// # Errors
    /// [`ScanRefusal::BadOwnCode`] if it cannot be the code of one.
    pub fn location(code: &str) -> Result<Self, ScanRefusal> {
        check("the code of a location", code)?;
        Ok(Self::Location(LocationLabel(code.to_owned())))
    }

    /// The label of a record.
    ///
    /// # Errors
    /// [`ScanRefusal::BadOwnCode`] if module or number cannot be one.
    pub fn record(module: &str, number: &str) -> Result<Self, ScanRefusal> {
        check("a module", module)?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        if !module.bytes().all(plain) {
            let why = "a module must have lower-case letters, digits, - and _ only".to_owned();
            return Err(ScanRefusal::BadOwnCode { why });
        }
        check("the number of a record", number)?;
        Ok(Self::Record(RecordLabel { module: module.to_owned(), number: number.to_owned() }))
    }

    /// Whether a text begins as one of these codes does.
    pub(crate) fn is_meant(text: &str) -> bool {
        text.starts_with(LOCATION) || text.starts_with(RECORD)
    }
}

fn check(what: &str, text: &str) -> Result<(), ScanRefusal> {
    let why = |Invalid(words): Invalid| ScanRefusal::BadOwnCode { why: format!("{what} {words}") };
    check_code(text, MOST_CHARACTERS).map_err(why)
}

impl FromStr for Own {
    type Err = ScanRefusal;
    fn from_str(text: &str) -> Result<Self, ScanRefusal> {
        let wrong = |why: &str| ScanRefusal::BadOwnCode { why: why.to_owned() };
        if let Some(code) = text.strip_prefix(LOCATION) {
            return Self::location(code);
        }
        let record = text.strip_prefix(RECORD).ok_or_else(|| wrong("it must begin with LOC: or REC:"))?;
        let (module, number) = record
            .split_once('/')
            .ok_or_else(|| wrong("behind REC: there must be a module, / and a number"))?;
        Self::record(module, number)
    }
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Location(label) => write!(f, "{LOCATION}{}", label.0),
            Self::Record(label) => write!(f, "{RECORD}{}/{}", label.module, label.number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn says_what_is_wrong() {
        for text in
            ["LOC:", "LOC: A", "LOC:A,B", "REC:receipts", "REC:/1", "REC:Receipts/1", "REC:a/", "loc:A", ""]
        {
            assert_eq!(text.parse::<Own>().unwrap_err().code(), "bad_own_code", "{text}");
        }
        assert_eq!(
            "LOC:A,B".parse::<Own>().unwrap_err().to_string(),
            "This is no code of ours: the code of a location must not contain a comma."
        );
        assert!(Own::record("receipts", "R/2026/1").is_ok());
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(code in "[!-+.-~äß]{1,64}", module in "[a-z0-9_-]{1,20}", number in "[!-+.-~]{1,64}") {
            for own in [Own::location(&code).unwrap(), Own::record(&module, &number).unwrap()] {
                prop_assert_eq!(own.to_string().parse::<Own>().unwrap(), own);
            }
        }
    }
}
