//! Exact quantities of stock: integers of 10⁻⁶ of the product's stock unit, never a float, never rounded.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Invalid;

const MICROS: i64 = 1_000_000;
const DECIMALS: i64 = 6;
/// A value of more significant digits than this is either too large or too fine.
const MOST_DIGITS: usize = 15;

/// A quantity of zero or more, in 10⁻⁶ of the product's stock unit, below 10⁹ units where it comes from outside.
/// Sums may be larger: they end at `i64`, and beyond that arithmetic answers `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quantity(i64);

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest quantity that one line or one balance may have: 999,999,999.999999 units.
    pub const MAX: Self = Self(999_999_999_999_999);

    /// From 10⁻⁶ units; `None` below zero.
    pub const fn from_micros(micros: i64) -> Option<Self> {
        if micros < 0 { None } else { Some(Self(micros)) }
    }

    /// From whole units; anything beyond the largest quantity is the largest quantity.
    pub const fn units(units: u32) -> Self {
        Self((units as i64).saturating_mul(MICROS))
    }

    /// In 10⁻⁶ units.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whether there is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum; `None` where it leaves `i64`.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The sum, or the largest value there is: for totals that are shown and never stored.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference; `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::from_micros)
    }

    /// The difference, or zero.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        self.checked_sub(other).unwrap_or_default()
    }

    /// Whether this is a whole number of steps; a step of zero allows everything.
    pub fn is_multiple_of(self, step: Self) -> bool {
        self.0.checked_rem(step.0).is_none_or(|rest| rest == 0)
    }

    /// So many times `factor` units: exact, or `None` where it would need rounding or leaves `i64`.
    pub fn checked_mul(self, factor: Self) -> Option<Self> {
        let product = i128::from(self.0).checked_mul(i128::from(factor.0))?;
        let scale = i128::from(MICROS);
        if product.checked_rem(scale)? != 0 {
            return None;
        }
        i64::try_from(product.checked_div(scale)?).ok().map(Self)
    }

    /// So many percent of this, rounded down to what can be written.
    #[must_use]
    pub fn percent(self, percent: Self) -> Self {
        let scale = i128::from(MICROS).saturating_mul(100);
        let product = i128::from(self.0).saturating_mul(i128::from(percent.0));
        let part = product.checked_div(scale).and_then(|part| i64::try_from(part).ok());
        Self(part.unwrap_or(i64::MAX))
    }

    /// The quantity, where there is any.
    pub fn positive(self) -> Option<PositiveQuantity> {
        (!self.is_zero()).then_some(PositiveQuantity(self))
    }
}

impl FromStr for Quantity {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let micros = parse_scaled(text)?;
        let quantity = Self::from_micros(micros).ok_or_else(|| Invalid::new("must not be negative"))?;
        if quantity > Self::MAX {
            return Err(too_large());
        }
        Ok(quantity)
    }
}

fn too_large() -> Invalid {
    Invalid::new("must be below 1000000000")
}

fn not_a_number() -> Invalid {
    Invalid::new("must be a decimal number")
}

/// Reads a JSON number in 10⁻⁶, exactly.
fn parse_scaled(text: &str) -> Result<i64, Invalid> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || mantissa.ends_with('.') {
        return Err(not_a_number());
    }
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    let trailing = digits.len().saturating_sub(digits.trim_end_matches('0').len());
    let power = exponent
        .saturating_sub(i64::try_from(fraction.len()).unwrap_or(i64::MAX))
        .saturating_add(i64::try_from(trailing).unwrap_or(i64::MAX))
        .saturating_add(DECIMALS);
    if power < 0 {
        return Err(Invalid::new("must have at most 6 decimals"));
    }
    let scale =
        u32::try_from(power).ok().and_then(|power| 10_i64.checked_pow(power)).ok_or_else(too_large)?;
    if significant.len() > MOST_DIGITS {
        return Err(too_large());
    }
    let value: i64 = significant.parse().map_err(|_| too_large())?;
    let micros = value.checked_mul(scale).ok_or_else(too_large)?;
    Ok(if negative { micros.saturating_neg() } else { micros })
}

/// An exponent so large that it leaves `i64` is as good as the largest one.
fn parse_exponent(text: &str) -> Result<i64, Invalid> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_a_number());
    }
    let size = digits.parse().unwrap_or(i64::MAX);
    Ok(if negative { size.saturating_neg() } else { size })
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.div_euclid(MICROS);
        let rest = self.0.rem_euclid(MICROS);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let decimals = format!("{rest:06}");
        write!(f, "{whole}.{}", decimals.trim_end_matches('0'))
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SignedQuantity(self.0).serialize(serializer)
    }
}

/// What a quantity changed by, in 10⁻⁶ of the product's stock unit: it may be below zero. Only shown, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SignedQuantity(i64);

impl SignedQuantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From 10⁻⁶ units.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// In 10⁻⁶ units.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whether there is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or the end of `i64`.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl From<Quantity> for SignedQuantity {
    fn from(quantity: Quantity) -> Self {
        Self(quantity.0)
    }
}

impl fmt::Display for SignedQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}", Quantity(self.0.saturating_abs()))
    }
}

impl Serialize for SignedQuantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.rem_euclid(MICROS) == 0 {
            return serializer.serialize_i64(self.0.div_euclid(MICROS));
        }
        // Up to 15 digits survive a double and come back as written; the shortest form of the double is this text.
        match self.to_string().parse::<f64>() {
            Ok(number) => serializer.serialize_f64(number),
            Err(_) => Err(serde::ser::Error::custom("a quantity is a decimal number")),
        }
    }
}

/// The text of a JSON number or string, exactly as it was sent.
fn number_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Number(number) => Ok(number.to_string()),
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => Err(serde::de::Error::custom("must be a decimal number")),
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_text(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A quantity above zero: what a line asks for, and what a transfer moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PositiveQuantity(Quantity);

impl PositiveQuantity {
    /// One unit.
    pub const ONE: Self = Self(Quantity::units(1));

    /// As a quantity that may be compared and added.
    pub const fn get(self) -> Quantity {
        self.0
    }
}

impl FromStr for PositiveQuantity {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let above_zero = || Invalid::new("must be greater than 0");
        if text.starts_with('-') && parse_scaled(text).is_ok() {
            return Err(above_zero());
        }
        text.parse::<Quantity>()?.positive().ok_or_else(above_zero)
    }
}

impl<'de> Deserialize<'de> for PositiveQuantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_text(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The JSON Schema of both: numbers go out; strings of the same form are taken too.
#[cfg(feature = "wire")]
mod wire {
    use std::borrow::Cow;

    use super::{PositiveQuantity, Quantity, SignedQuantity};

    impl schemars::JsonSchema for SignedQuantity {
        fn schema_name() -> Cow<'static, str> {
            "SignedQuantity".into()
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({
                "description": "What a quantity changed by, in the product's stock unit: at most 6 decimals.",
                "type": "number"
            })
        }
    }

    impl schemars::JsonSchema for Quantity {
        fn schema_name() -> Cow<'static, str> {
            "Quantity".into()
        }
        fn json_schema(schemas: &mut schemars::SchemaGenerator) -> schemars::Schema {
            let description =
                "A quantity in the product's stock unit: at most 6 decimals, below 10^9. Exact.";
            if schemas.contract().is_serialize() {
                return schemars::json_schema!({ "type": "number", "minimum": 0, "description": description });
            }
            schemars::json_schema!({
                "description": description,
                "anyOf": [
                    { "type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000_000 },
                    { "type": "string", "pattern": "^[0-9]{1,9}(\\.[0-9]{1,6})?$" }
                ]
            })
        }
    }

    impl schemars::JsonSchema for PositiveQuantity {
        fn schema_name() -> Cow<'static, str> {
            "PositiveQuantity".into()
        }
        fn json_schema(schemas: &mut schemars::SchemaGenerator) -> schemars::Schema {
            if schemas.contract().is_serialize() {
                return schemars::json_schema!({
                    "description": "A quantity above zero in the product's stock unit: at most 6 decimals.",
                    "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1_000_000_000
                });
            }
            schemars::json_schema!({
                "description": "A quantity above zero in the product's stock unit: at most 6 decimals, below 10^9, as a number or as a string of the same form.",
                "anyOf": [
                    { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1_000_000_000 },
                    { "type": "string", "pattern": "^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,6})?$" }
                ]
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_json_numbers_say_exactly() {
        for (text, micros) in [
            ("0", 0),
            ("1", 1_000_000),
            ("1.0", 1_000_000),
            ("0.000001", 1),
            ("1e-6", 1),
            ("12.5e1", 125_000_000),
            ("1.50000000000", 1_500_000),
            ("0e400", 0),
            ("1E3", 1_000_000_000),
            ("999999999.999999", 999_999_999_999_999),
        ] {
            assert_eq!(text.parse::<Quantity>().unwrap().micros(), micros, "{text}");
        }
    }

    #[test]
    fn refuses_what_would_need_rounding_or_is_no_number() {
        for text in [
            "-1",
            "1e400",
            "1e9",
            "1000000000",
            "0.0000001",
            "1e-400",
            "NaN",
            "Infinity",
            "",
            ".",
            "1.",
            ".5",
            "1e",
            "+1",
            "0x1",
            "1_000",
            " 1",
            "1.0000000000000000001",
            "99999999999999999999999",
        ] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
        assert!("0".parse::<PositiveQuantity>().is_err());
        assert_eq!("-1".parse::<PositiveQuantity>().unwrap_err().to_string(), "must be greater than 0");
    }

    #[test]
    fn a_signed_quantity_is_written_with_its_sign() {
        for (micros, text) in
            [(0, "0"), (-1, "-0.000001"), (-1_500_000, "-1.5"), (2_000_000, "2"), (-3_000_000, "-3")]
        {
            let quantity = SignedQuantity(micros);
            assert_eq!(quantity.to_string(), text);
            let json = serde_json::to_string(&quantity).unwrap();
            assert_eq!(json.parse::<f64>().unwrap(), text.parse::<f64>().unwrap());
        }
    }

    proptest! {
        #[test]
        fn survives_json_both_ways(micros in 0_i64..=999_999_999_999_999) {
            let quantity = Quantity(micros);
            let json = serde_json::to_string(&quantity).unwrap();
            prop_assert_eq!(serde_json::from_str::<Quantity>(&json).unwrap(), quantity);
            prop_assert_eq!(quantity.to_string().parse::<Quantity>().unwrap(), quantity);
            let through_a_double: f64 = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(format!("{through_a_double}").parse::<Quantity>().unwrap(), quantity);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9.eE]{0,24}") {
            let _ = text.parse::<Quantity>();
        }
    }
}
