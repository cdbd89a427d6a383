//! Query parameters: each known one once, everything else is refused; and cursors that only a list itself can make.

use std::collections::BTreeMap;
use std::str::FromStr;

use actix_web::HttpRequest;
use inventory::Page;
use kernel::{Code, Fingerprint, Refusal};
use serde_json::Value;

use crate::problem::wrong;

/// The most rows of a page.
const MOST: u32 = 500;
/// The rows of a page where nobody says.
const DEFAULT: u32 = 50;

/// The parameters of a request, taken one by one.
pub(crate) struct Query {
    values: BTreeMap<String, String>,
    errors: Vec<Value>,
    list: &'static str,
}

impl Query {
    /// Reads the parameters; `list` names the list for its cursors, `known` what may be there.
    pub(crate) fn read(http: &HttpRequest, list: &'static str, known: &[&str]) -> Self {
        let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(http.query_string());
        let mut query = Self { values: BTreeMap::new(), errors: Vec::new(), list };
        let Ok(pairs) = pairs else {
            query.errors.push(wrong("query", "", "malformed", "is not a query string"));
            return query;
        };
        for (name, value) in pairs.into_inner() {
            if !known.contains(&name.as_str()) {
                let detail = format!("is unknown here; known are {}", known.join(", "));
                query.errors.push(wrong("query", &name, "unknown_parameter", detail));
            } else if query.values.insert(name.clone(), value).is_some() {
                query.errors.push(wrong("query", &name, "repeated", "must be sent once"));
            }
        }
        query
    }

    /// A parameter, checked.
    pub(crate) fn take<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let value = self.values.remove(name)?;
        match value.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.errors.push(wrong("query", name, "invalid_value", error.to_string()));
                None
            }
        }
    }

    /// A list of values between commas.
    pub(crate) fn take_list<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        name: &str,
        most: usize,
    ) -> Vec<T> {
        let Some(value) = self.values.remove(name) else { return Vec::new() };
        let parts: Vec<_> = value.split(',').collect();
        if parts.len() > most {
            self.errors.push(wrong("query", name, "invalid_value", format!("must name at most {most}")));
            return Vec::new();
        }
        let mut taken = Vec::new();
        for part in parts {
            match part.parse::<T>() {
                Ok(value) => taken.push(value),
                Err(error) => self.errors.push(wrong("query", name, "invalid_value", error.to_string())),
            }
        }
        taken
    }

    /// The page that is asked for.
    pub(crate) fn page(&mut self) -> Result<Page, Refusal> {
        let limit = self.take::<u32>("limit").unwrap_or(DEFAULT);
        if limit == 0 || limit > MOST {
            self.errors.push(wrong("query", "limit", "invalid_value", format!("must be 1 to {MOST}")));
        }
        let after = match self.values.remove("cursor") {
            None => None,
            Some(cursor) => Some(open_cursor(self.list, &cursor).ok_or_else(|| {
                Refusal::new(Code::InvalidCursor, "Take the cursor from next_cursor of this list, unchanged.")
            })?),
        };
        Ok(Page { limit, after })
    }

    /// Refuses what was wrong, all of it at once.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let detail = "Query parameters are unknown, repeated or invalid.";
        Err(Refusal::new(Code::InvalidQuery, detail).fact("errors", self.errors))
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
}
