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

    /// This moment and so many microseconds, ending at the far ends of time.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
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

/// A day of the calendar in UTC: `2026-01-31` outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Timestamp);

/// The seconds of a day.
const DAY_SECONDS: i64 = 86_400;

impl Day {
    /// The day of this moment.
    pub const fn of(at: Timestamp) -> Self {
        const DAY_MICROS: i64 = DAY_SECONDS.saturating_mul(1_000_000);
        Self(Timestamp(at.0.saturating_sub(at.0.rem_euclid(DAY_MICROS))))
    }

    /// Its first moment.
    pub const fn begins(self) -> Timestamp {
        self.0
    }

    /// The first moment after it.
    #[must_use]
    pub const fn ends(self) -> Timestamp {
        self.0.plus_seconds(DAY_SECONDS)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.split('T').next().unwrap_or_default())
    }
}

impl FromStr for Day {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("must be a day like 2026-01-31");
        format!("{text}T00:00:00Z").parse().map(Self).map_err(|_| wrong())
    }
}

impl TryFrom<String> for Day {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

#[cfg(feature = "wire")]
impl schemars::JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
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

    #[test]
    fn a_day_is_read_and_written_as_a_date() {
        let day: Day = "2026-02-28".parse().unwrap();
        assert_eq!(day.to_string(), "2026-02-28");
        assert_eq!(Day::of("2026-02-28T23:59:59.999999Z".parse().unwrap()), day);
        assert_eq!(Day::of(day.ends()).to_string(), "2026-03-01");
        for text in ["", "2026-02-30", "2026-2-1", "2026-02-28T00:00:00Z", "28.02.2026"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
