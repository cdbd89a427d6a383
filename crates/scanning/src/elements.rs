//! Element strings: application identifiers with their values, in the three ways in which they are written.
//!
//! * **With separators**, as a symbol has them: `01` and 14 digits, `10ABC`, FNC1, `17261231`. A value whose length
//!   is not fixed in advance ends at FNC1 or at the end.
//! * **With brackets**, as people read them: `(01)09501101530003(10)ABC`, or with `[` and `]`. A `(` that belongs to
//!   a value is written `\(`.
//! * **Without any mark**, where a scanner was set up to swallow FNC1. Only values of one length can be told apart
//!   then; one of variable length takes all that follows. A separator that should stand there cannot be known to be
//!   missing: `10ABC` and `17261231` run together are the lot `ABC17261231`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::settings::UnknownAis;
use crate::{Ai, ScanRefusal, table};

/// FNC1 as scanners send it between values: the group separator of ASCII.
pub const FNC1: char = '\u{1D}';

/// An application identifier and its value, which is one that it may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Element {
    ai: Ai,
    value: String,
}

impl Element {
    /// Checks a value.
    ///
    /// # Errors
    /// [`ScanRefusal::UnknownAi`], [`ScanRefusal::BadAiValue`] or [`ScanRefusal::BadCheckDigit`].
    pub fn new(ai: Ai, value: impl Into<String>, unknown: UnknownAis) -> Result<Self, ScanRefusal> {
        let value = value.into();
        match table::row(ai) {
            Some(row) => row.check(ai, &value)?,
            None if unknown != UnknownAis::Refuse && table::is_free(ai) => table::check_unknown(ai, &value)?,
            None => return Err(ScanRefusal::UnknownAi { text: ai.to_string() }),
        }
        Ok(Self { ai, value })
    }

    /// What the value is.
    pub const fn ai(&self) -> Ai {
        self.ai
    }

    /// The value as it was read.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether its length is fixed in advance, so that no separator follows.
    pub(crate) fn is_fixed(&self) -> bool {
        table::row(self.ai).is_some_and(|row| row.fixed)
    }
}

/// Element strings in the order in which they were read: at least one, each value right, none contradicting another
/// of the same identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Elements(Vec<Element>);

impl Elements {
    /// Puts them together. The same element twice is no contradiction.
    ///
    /// # Errors
    /// [`ScanRefusal::NoElements`] or [`ScanRefusal::RepeatedAi`].
    pub fn new(elements: Vec<Element>) -> Result<Self, ScanRefusal> {
        if elements.is_empty() {
            return Err(ScanRefusal::NoElements);
        }
        let mut seen = BTreeMap::new();
        for element in &elements {
            let before = seen.insert(element.ai, element.value());
            if before.is_some_and(|value| value != element.value) {
                return Err(ScanRefusal::RepeatedAi { ai: element.ai });
            }
        }
        Ok(Self(elements))
    }

    /// Reads data with separators, what stands behind the FNC1 of the beginning. A separator at the end, or behind a
    /// value that needs none, is no mistake.
    ///
    /// # Errors
    /// [`ScanRefusal::NotAscii`], [`ScanRefusal::UnknownAi`] and whatever is wrong with a value.
    pub fn from_message(text: &str, fnc1: char) -> Result<Self, ScanRefusal> {
        check_ascii(text)?;
        let mut elements = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (ai, row, after) = table::lead(rest).ok_or_else(|| unknown(rest))?;
            let (value, behind) = match row.only_length().filter(|_| row.fixed) {
                Some(length) => {
                    let (value, behind) = after.split_at_checked(length).unwrap_or((after, ""));
                    (value, behind.strip_prefix(fnc1).unwrap_or(behind))
                }
                None => after.split_once(fnc1).unwrap_or((after, "")),
            };
            elements.push(Element::new(ai, value, UnknownAis::Refuse)?);
            rest = behind;
        }
        Self::new(elements)
    }

    /// Reads the form with brackets.
    ///
    /// # Errors
    /// As [`Elements::from_message`], and [`ScanRefusal::BadBrackets`].
    pub fn from_brackets(text: &str, unknown: UnknownAis) -> Result<Self, ScanRefusal> {
        check_ascii(text)?;
        let (open, close) = if text.starts_with('[') { ('[', ']') } else { ('(', ')') };
        let broken = |text: &str| ScanRefusal::BadBrackets { text: text.to_owned() };
        let mut elements = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let bare = rest.strip_prefix(open).ok_or_else(|| broken(rest))?;
            let (name, after) = bare.split_once(close).ok_or_else(|| broken(rest))?;
            let ai = name.parse().map_err(|_| broken(rest))?;
            let (value, behind) = until(after, open);
            elements.push(Element::new(ai, value, unknown)?);
            rest = behind;
        }
        Self::new(elements)
    }

    /// Reads data without marks; see the module. It must begin with an SSCC or a GTIN, whose check digit makes it
    /// unlikely that it is something else. Says, too, whether the last value is of variable length, so that it may
    /// have swallowed others.
    ///
    /// # Errors
    /// As [`Elements::from_message`].
    pub fn from_unmarked(text: &str) -> Result<(Self, bool), ScanRefusal> {
        check_ascii(text)?;
        let mut elements = Vec::new();
        let mut open_ended = false;
        let mut rest = text;
        while !rest.is_empty() {
            let (ai, row, after) = table::lead(rest).ok_or_else(|| unknown(rest))?;
            if elements.is_empty() && ![Ai::SSCC, Ai::GTIN, Ai::CONTENT].contains(&ai) {
                return Err(unknown(rest));
            }
            let length = row.only_length();
            open_ended = length.is_none();
            let (value, behind) =
                length.and_then(|length| after.split_at_checked(length)).unwrap_or((after, ""));
            elements.push(Element::new(ai, value, UnknownAis::Refuse)?);
            rest = behind;
        }
        Ok((Self::new(elements)?, open_ended))
    }

    /// The elements, in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Element> {
        self.0.iter()
    }

    /// The value of an identifier.
    pub fn get(&self, ai: Ai) -> Option<&str> {
        self.0.iter().find(|element| element.ai == ai).map(Element::value)
    }

    /// As a symbol has them: FNC1, then all in their order, FNC1 between where the length is not fixed in advance.
    pub fn message(&self, fnc1: char) -> String {
        let mut message = String::from(fnc1);
        let mut open = false;
        for element in &self.0 {
            if open {
                message.push(fnc1);
            }
            message.push_str(&element.ai.to_string());
            message.push_str(&element.value);
            open = !element.is_fixed();
        }
        message
    }
}

impl<'a> IntoIterator for &'a Elements {
    type Item = &'a Element;
    type IntoIter = std::slice::Iter<'a, Element>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// As people read them: `(01)09501101530003(10)ABC`.
impl fmt::Display for Elements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for element in &self.0 {
            write!(f, "({}){}", element.ai, element.value.replace('(', "\\("))?;
        }
        Ok(())
    }
}

pub(crate) fn check_ascii(text: &str) -> Result<(), ScanRefusal> {
    match text.chars().find(|character| !character.is_ascii()) {
        Some(character) => Err(ScanRefusal::NotAscii { character }),
        None => Ok(()),
    }
}

fn unknown(text: &str) -> ScanRefusal {
    ScanRefusal::UnknownAi { text: text.chars().take(4).collect() }
}

/// The value up to the next bracket that is not written `\(`, and the rest from there on.
fn until(text: &str, open: char) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once(open).unwrap_or((rest, ""));
        let whole = before.len() == rest.len();
        match before.strip_suffix('\\').filter(|_| !whole) {
            Some(escaped) => {
                value.push_str(escaped);
                value.push(open);
                rest = after;
            }
            None => {
                value.push_str(before);
                return (value, rest.get(before.len()..).unwrap_or_default());
            }
        }
    }
}

#[cfg(test)]
#[path = "elements_tests.rs"]
mod tests;
