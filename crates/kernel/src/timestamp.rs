//! Points in time, as data. Nothing here asks what time it is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::Invalid;

/// A moment, in whole microseconds since 1970-01-01T00:00:00Z; RFC 3339 in UTC outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This moment and so many seconds, ending at the far ends of time.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0).saturating_mul(1000);
        let text =
            OffsetDateTime::from_unix_timestamp_nanos(nanos).ok().and_then(|at| at.format(&Rfc3339).ok());
        match text {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}us", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("must be a time like 2026-01-31T12:00:00Z (RFC 3339)");
        let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong())?;
        let micros = at.unix_timestamp_nanos().checked_div(1000).ok_or_else(wrong)?;
        let at = Self(i64::try_from(micros).map_err(|_| wrong())?);
        // A leap second or an offset at the edge of the calendar must not become something that cannot be shown.
        if at.to_string().ends_with('Z') { Ok(at) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Timestamp {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(at: Timestamp) -> Self {
        at.to_string()
    }
}

#[cfg(feature = "wire")]
impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_any_offset_and_writes_utc() {
        let at: Timestamp = "2026-11-24T10:00:00.25+02:00".parse().unwrap();
        assert_eq!(at.to_string(), "2026-11-24T08:00:00.25Z");
        assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
        for text in ["", "2026-11-24", "now", "2026-13-01T00:00:00Z", "2026-11-24T10:00:00"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
