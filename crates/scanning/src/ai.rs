//! The application identifier: two to four digits that say what the value behind them is.

use std::fmt;
use std::str::FromStr;

use kernel::Invalid;
use serde::{Deserialize, Serialize};

use crate::table;

/// An application identifier, as a number of two to four digits; `01` is another one than `001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ai {
    number: u16,
    digits: u8,
}

impl Ai {
    /// Serial shipping container code: a pallet, a carton.
    pub const SSCC: Self = Self { number: 0, digits: 2 };
    /// The article.
    pub const GTIN: Self = Self { number: 1, digits: 2 };
    /// The articles within a logistic unit.
    pub const CONTENT: Self = Self { number: 2, digits: 2 };
    /// Batch or lot.
    pub const LOT: Self = Self { number: 10, digits: 2 };
    /// Day of production.
    pub const PRODUCED: Self = Self { number: 11, digits: 2 };
    /// Day until which the quality is warranted.
    pub const BEST_BEFORE: Self = Self { number: 15, digits: 2 };
    /// Last day of use.
    pub const EXPIRY: Self = Self { number: 17, digits: 2 };
    /// Serial number.
    pub const SERIAL: Self = Self { number: 21, digits: 2 };
    /// How many items one article of variable count has.
    pub const VARIABLE_COUNT: Self = Self { number: 30, digits: 2 };
    /// How many articles there are in a logistic unit.
    pub const COUNT: Self = Self { number: 37, digits: 2 };
    /// Last moment of use.
    pub const EXPIRY_TIME: Self = Self { number: 7003, digits: 4 };

    /// What the value is, in the words of the standard; `None` where the identifier is not assigned.
    pub fn title(self) -> Option<&'static str> {
        table::row(self).map(|row| row.title)
    }

    /// Whether its digits begin with those of another.
    pub(crate) fn begins_with(self, other: Self) -> bool {
        let more = self.digits.checked_sub(other.digits);
        let scale = more.and_then(|more| 10_u16.checked_pow(u32::from(more)));
        scale.and_then(|scale| self.number.checked_div(scale)) == Some(other.number)
    }

    /// Whether it is one of the decimal-shifted identifiers that begin with these three digits, and the last digit.
    pub(crate) fn decimals_of(self, start: u16) -> Option<u32> {
        (self.digits == 4 && self.number / 10 == start).then(|| u32::from(self.number % 10))
    }
}

impl FromStr for Ai {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("an application identifier must be 2 to 4 digits");
        if !matches!(text.len(), 2..=4) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let digits = u8::try_from(text.len()).map_err(|_| wrong())?;
        Ok(Self { number: text.parse().map_err(|_| wrong())?, digits })
    }
}

impl TryFrom<String> for Ai {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Ai> for String {
    fn from(ai: Ai) -> Self {
        ai.to_string()
    }
}

impl fmt::Display for Ai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$}", self.number, width = usize::from(self.digits))
    }
}

#[cfg(feature = "wire")]
impl schemars::JsonSchema for Ai {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Ai".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9]{2,4}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_its_zeros() {
        for text in ["00", "01", "001", "0001", "10", "235", "8020"] {
            assert_eq!(text.parse::<Ai>().unwrap().to_string(), text);
        }
        for text in ["", "1", "1A", "12345", "+1", "é"] {
            assert!(text.parse::<Ai>().is_err(), "{text}");
        }
        assert_eq!(Ai::LOT.title(), Some("BATCH/LOT"));
        let begins =
            |text: &str, other: &str| text.parse::<Ai>().unwrap().begins_with(other.parse().unwrap());
        assert!(begins("3103", "31") && begins("31", "31") && begins("0012", "00"));
        assert!(!begins("31", "310") && !begins("3203", "31") && !begins("001", "01"));
        assert_eq!("3103".parse::<Ai>().unwrap().decimals_of(310), Some(3));
        assert_eq!("310".parse::<Ai>().unwrap().decimals_of(31), None);
    }
}
