//! Amounts of money: integers of 10⁻⁴ of the currency's main unit, with the currency always beside them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// The three capital letters of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl FromStr for Currency {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        <[u8; 3]>::try_from(text.as_bytes())
            .ok()
            .filter(|letters| letters.iter().all(u8::is_ascii_uppercase))
            .map(Self)
            .ok_or_else(|| Invalid::new("must be a currency of three capital letters"))
    }
}

impl TryFrom<String> for Currency {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// An amount of zero or more: a unit cost, a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Money {
    /// In 10⁻⁴ of the currency's main unit.
    pub ten_thousandths: i64,
    /// What it is an amount of.
    pub currency: Currency,
}

const SCALE: i64 = 10_000;
/// Below this an amount times a quantity stays far inside `i128`.
const MOST_WHOLE_DIGITS: usize = 12;

impl Money {
    /// Reads a decimal of at most four decimals, without sign or exponent.
    ///
    /// # Errors
    /// [`Invalid`] where the text is anything else.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("must be an amount like 12.34: at most 4 decimals, below 10^12");
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 4 || whole.len() > MOST_WHOLE_DIGITS {
            return Err(wrong());
        }
        let ten_thousandths = format!("{whole}{fraction:0<4}").parse().map_err(|_| wrong())?;
        Ok(Self { ten_thousandths, currency })
    }
}

/// As it is written outside: `{"amount": "12.3400", "currency": "EUR"}`.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema), schemars(rename = "Money"))]
struct Written {
    /// A decimal of at most 4 decimals, zero or more, below 10^12.
    #[cfg_attr(feature = "wire", schemars(regex(pattern = r"^[0-9]{1,12}(\.[0-9]{1,4})?$")))]
    amount: String,
    /// Three capital letters of ISO 4217.
    #[cfg_attr(feature = "wire", schemars(regex(pattern = r"^[A-Z]{3}$")))]
    currency: String,
}

impl TryFrom<Written> for Money {
    type Error = Invalid;
    fn try_from(written: Written) -> Result<Self, Invalid> {
        Self::parse(&written.amount, written.currency.parse()?)
    }
}

impl From<Money> for Written {
    fn from(money: Money) -> Self {
        Self { amount: money.to_string(), currency: money.currency.as_str().to_owned() }
    }
}

#[cfg(feature = "wire")]
impl schemars::JsonSchema for Money {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }
    fn json_schema(schemas: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(schemas)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.ten_thousandths.div_euclid(SCALE);
        write!(f, "{whole}.{:04}", self.ten_thousandths.rem_euclid(SCALE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_four_decimals_and_refuses_a_fifth() {
        let euro: Currency = "EUR".parse().unwrap();
        assert_eq!(Money::parse("12.34", euro).unwrap().to_string(), "12.3400");
        assert_eq!(Money::parse("0.0001", euro).unwrap().ten_thousandths, 1);
        for text in ["", "1.", ".5", "-1", "1e3", "1.00001", "1,5", "1234567890123"] {
            assert!(Money::parse(text, euro).is_err(), "{text}");
        }
        assert!("eur".parse::<Currency>().is_err());
    }
}
