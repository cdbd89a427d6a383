//! Query parameters: each known one once, everything else is refused; and cursors that only a list itself can make.

use std::collections::BTreeMap;
use std::str::FromStr;

use inventory::Page;
use kernel::{Code, Fingerprint, Refusal};
use serde_json::Value;

use crate::problem::wrong;

/// The most rows of a page.
pub(crate) const MOST: u32 = 500;
/// The rows of a page where nobody says.
pub(crate) const DEFAULT: u32 = 50;

/// The parameters of a request, taken one by one.
pub(crate) struct Query {
    values: BTreeMap<String, String>,
    errors: Vec<Value>,
}

impl Query {
    /// Reads the parameters; `known` is what may be there.
    pub(crate) fn read(text: &str, known: &[&str]) -> Self {
        let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(text);
        let mut query = Self { values: BTreeMap::new(), errors: Vec::new() };
        let Ok(pairs) = pairs else {
            query.wrong("", "malformed", "is not a query string");
            return query;
        };
        for (name, value) in pairs.into_inner() {
            if !known.contains(&name.as_str()) {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                query.wrong(&name, "unknown_parameter", format!("is unknown here; known are: {known}"));
            } else if query.values.insert(name.clone(), value).is_some() {
                query.wrong(&name, "repeated", "must be sent once");
            }
        }
        query
    }

    /// Notes that a parameter is wrong.
    pub(crate) fn wrong(&mut self, name: &str, code: &str, detail: impl Into<String>) {
        self.errors.push(wrong("query", name, code, detail));
    }

    /// A parameter, checked.
    pub(crate) fn take<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let value = self.values.remove(name)?;
        match value.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(name, "invalid_value", error.to_string());
                None
            }
        }
    }

    /// A parameter that is one of these words.
    pub(crate) fn take_one_of<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let value = self.values.remove(name)?;
        let found = words.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(name, "invalid_value", format!("must be one of {}", words.join(", ")));
        }
        found
    }

    /// A list of values between commas, each once, in order.
    pub(crate) fn take_list<T: FromStr<Err: std::fmt::Display> + Ord>(
        &mut self,
        name: &str,
        most: usize,
    ) -> Vec<T> {
        let Some(value) = self.values.remove(name) else { return Vec::new() };
        let parts: Vec<_> = value.split(',').collect();
        if parts.len() > most {
            self.wrong(name, "invalid_value", format!("must name at most {most}"));
            return Vec::new();
        }
        let mut taken = std::collections::BTreeSet::new();
        for part in parts {
            match part.parse::<T>() {
                Ok(value) => drop(taken.insert(value)),
                Err(error) => self.wrong(name, "invalid_value", error.to_string()),
            }
        }
        taken.into_iter().collect()
    }

    /// The page of this list that is asked for.
    pub(crate) fn page(&mut self, list: &str) -> Result<Page, Refusal> {
        let limit = self.take::<u32>("limit").unwrap_or(DEFAULT);
        if limit == 0 || limit > MOST {
            self.wrong("limit", "invalid_value", format!("must be 1 to {MOST}"));
        }
        let after = match self.values.remove("cursor") {
            None => None,
            Some(cursor) => Some(open_cursor(list, &cursor).ok_or_else(|| {
                Refusal::new(Code::InvalidCursor, "Take the cursor from next_cursor of this list, unchanged.")
            })?),
        };
        Ok(Page { limit, after })
    }

    /// Refuses what was wrong, all of it at once.
    pub(crate) fn finish(&mut self) -> Result<(), Refusal> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let detail = "Query parameters are unknown, repeated or invalid.";
        Err(Refusal::new(Code::InvalidQuery, detail).fact("errors", std::mem::take(&mut self.errors)))
    }
}

/// A cursor is hexadecimal: four bytes that belong to list and place, then the place.
pub(crate) fn make_cursor(list: &str, place: &str) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let Fingerprint(check) = Fingerprint::of(&[list.as_bytes(), place.as_bytes()]);
    format!("{}{}", hex(check.get(..4).unwrap_or_default()), hex(place.as_bytes()))
}

fn open_cursor(list: &str, cursor: &str) -> Option<String> {
    if !cursor.is_ascii() || cursor.len() > 1000 {
        return None;
    }
    let digits = cursor.get(8..)?.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let place: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    let place = String::from_utf8(place?).ok()?;
    (make_cursor(list, &place) == cursor).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_where_it_was_made() {
        let cursor = make_cursor("reservations", "17:ä:x");
        assert_eq!(open_cursor("reservations", &cursor).as_deref(), Some("17:ä:x"));
        assert_eq!(open_cursor("availability", &cursor), None);
        for at in 0..cursor.len() {
            let mut other = cursor.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(open_cursor("reservations", std::str::from_utf8(&other).unwrap()), None);
        }
        assert_eq!(open_cursor("reservations", ""), None);
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let mut query = Query::read("a=1&b=x&c=2&a=3", &["a", "b"]);
        assert_eq!(query.take::<u32>("b"), None);
        let refusal = query.finish().unwrap_err();
        let said = refusal.facts["errors"].to_string();
        for name in ["\"a\"", "\"b\"", "\"c\"", "repeated", "unknown_parameter", "invalid_value"] {
            assert!(said.contains(name), "{name}: {said}");
        }
    }
}
