//! Article numbers: check digits, EAN-8, EAN-13, UPC-A, UPC-E and ITF-14, and the 14 digits that they all are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{ScanRefusal, Symbology};

/// The check digit that belongs behind these digits: the tens' complement of their sum, each second one from the
/// right on, the last one included, taken three times. `None` where there is no digit, or something else.
pub fn check_digit(digits: &str) -> Option<char> {
    let mut sum = 0_u32;
    for (place, character) in digits.chars().rev().enumerate() {
        let weight = if place.is_multiple_of(2) { 3 } else { 1 };
        sum = sum.checked_add(character.to_digit(10)?.checked_mul(weight)?)?;
    }
    let digit = char::from_digit(10_u32.saturating_sub(sum % 10) % 10, 10);
    if digits.is_empty() { None } else { digit }
}

/// Checks digits that end with their check digit.
///
/// # Errors
/// [`ScanRefusal::NotDigits`] or [`ScanRefusal::BadCheckDigit`].
pub(crate) fn verify(digits: &str) -> Result<(), ScanRefusal> {
    let not_digits = || ScanRefusal::NotDigits { text: digits.to_owned() };
    if !is_digits(digits) {
        return Err(not_digits());
    }
    let mut front = digits.chars();
    let last = front.next_back();
    let expected = check_digit(front.as_str()).ok_or_else(not_digits)?;
    if last == Some(expected) {
        return Ok(());
    }
    Err(ScanRefusal::BadCheckDigit { digits: digits.to_owned(), expected: expected.into() })
}

pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An article number as 14 digits, zeros in front, its check digit verified: what two scans of one article have in
/// common, whatever it was printed as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gtin14(String);

impl Gtin14 {
    /// All 14 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Every way to write it that is a number of its own somewhere: 14 digits, and 13, 12 and 8 where only zeros are
    /// left out. What a shop has stored is one of them.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        ["", "0", "00", "000000"].into_iter().filter_map(|zeros| self.0.strip_prefix(zeros))
    }

    /// From 8, 12, 13 or 14 digits.
    pub(crate) fn padded(digits: &str) -> Result<Self, ScanRefusal> {
        if !matches!(digits.len(), 8 | 12 | 13 | 14) {
            return Err(ScanRefusal::BadLength { symbology: Symbology::Itf14, found: digits.len() });
        }
        verify(digits)?;
        Ok(Self(format!("{digits:0>14}")))
    }
}

impl FromStr for Gtin14 {
    type Err = ScanRefusal;
    fn from_str(text: &str) -> Result<Self, ScanRefusal> {
        if text.len() == 14 {
            return Self::padded(text);
        }
        Err(ScanRefusal::BadLength { symbology: Symbology::Itf14, found: text.chars().count() })
    }
}

impl TryFrom<String> for Gtin14 {
    type Error = ScanRefusal;
    fn try_from(text: String) -> Result<Self, ScanRefusal> {
        text.parse()
    }
}

impl From<Gtin14> for String {
    fn from(gtin: Gtin14) -> Self {
        gtin.0
    }
}

impl fmt::Display for Gtin14 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "wire")]
impl schemars::JsonSchema for Gtin14 {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Gtin14".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9]{14}$" })
    }
}

/// An article number in the form in which it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Gtin {
    /// What was printed: EAN-8, EAN-13, UPC-A, UPC-E or ITF-14.
    pub form: Symbology,
    /// The digits as read: a shop may have stored them so.
    pub digits: String,
    /// The 14 digits that they are.
    pub gtin: Gtin14,
}

impl Gtin {
    /// Reads the digits of a symbology that has nothing but a number.
    ///
    /// UPC-A may come as 13 digits with a zero in front, as EAN-13 readers send it. UPC-E may come as 8 digits, as 7
    /// (without the number system 0), as 6 (without a check digit, too: nothing is verified then), or expanded.
    ///
    /// # Errors
    /// [`ScanRefusal::NotDigits`], [`ScanRefusal::BadLength`] or [`ScanRefusal::BadCheckDigit`];
    /// [`ScanRefusal::CannotCarry`] where the symbology is another one.
    pub fn read(form: Symbology, digits: &str) -> Result<Self, ScanRefusal> {
        if !is_digits(digits) {
            return Err(ScanRefusal::NotDigits { text: digits.to_owned() });
        }
        let number = number_of(form, digits)?;
        Ok(Self { form, digits: digits.to_owned(), gtin: Gtin14::padded(&number)? })
    }

    /// Reads digits whose symbology nobody has said: 8 are EAN-8, 12 UPC-A, 13 EAN-13, 14 ITF-14.
    ///
    /// # Errors
    /// As [`Gtin::read`].
    pub fn of_length(digits: &str) -> Result<Self, ScanRefusal> {
        let form = match digits.len() {
            8 => Symbology::Ean8,
            12 => Symbology::UpcA,
            13 => Symbology::Ean13,
            _ => Symbology::Itf14,
        };
        Self::read(form, digits)
    }
}

/// The 8, 12, 13 or 14 digits that what was read stands for.
fn number_of(form: Symbology, digits: &str) -> Result<String, ScanRefusal> {
    let found = digits.len();
    let upc_a =
        || (found == 13).then(|| digits.strip_prefix('0')).flatten().or((found == 12).then_some(digits));
    let whole = |length: usize| (found == length).then_some(digits);
    let number = match form {
        Symbology::Ean8 => whole(8).map(str::to_owned),
        Symbology::Ean13 => whole(13).map(str::to_owned),
        Symbology::Itf14 => whole(14).map(str::to_owned),
        Symbology::UpcA => upc_a().map(str::to_owned),
        Symbology::UpcE => upc_a().map(str::to_owned).or_else(|| expand_upc_e(digits)),
        Symbology::Itf
        | Symbology::Gs1_128
        | Symbology::Code128
        | Symbology::Code39
        | Symbology::Code93
        | Symbology::Codabar
        | Symbology::DataBar
        | Symbology::DataBarLimited
        | Symbology::DataBarExpanded
        | Symbology::DataMatrix
        | Symbology::Gs1DataMatrix
        | Symbology::QrCode
        | Symbology::Gs1QrCode
        | Symbology::DotCode
        | Symbology::Gs1DotCode
        | Symbology::Aztec
        | Symbology::Pdf417
        | Symbology::Other => {
            return Err(ScanRefusal::CannotCarry {
                symbology: form,
                why: "it is no symbology of article numbers",
            });
        }
    };
    number.ok_or(ScanRefusal::BadLength { symbology: form, found })
}

/// UPC-E to the 12 digits of UPC-A: the last of its six digits says where zeros were left out.
pub(crate) fn expand_upc_e(digits: &str) -> Option<String> {
    let (system, six, check) = match digits.len() {
        6 => ("0", digits, None),
        7 => ("0", digits.get(..6)?, digits.get(6..)),
        8 => (digits.get(..1)?, digits.get(1..7)?, digits.get(7..)),
        _ => return None,
    };
    if !is_digits(digits) || !matches!(system, "0" | "1") {
        return None;
    }
    let (front, last) = six.split_at_checked(5)?;
    let part = |from: usize, to: usize| front.get(from..to);
    let eleven = match last {
        "0" | "1" | "2" => format!("{system}{}{last}0000{}", part(0, 2)?, part(2, 5)?),
        "3" => format!("{system}{}00000{}", part(0, 3)?, part(3, 5)?),
        "4" => format!("{system}{}00000{}", part(0, 4)?, part(4, 5)?),
        _ => format!("{system}{front}0000{last}"),
    };
    let check = check.and_then(|check| check.chars().next()).or_else(|| check_digit(&eleven))?;
    Some(format!("{eleven}{check}"))
}

/// The 8 digits of UPC-E for the 12 of UPC-A, where it has zeros in the right places.
pub(crate) fn suppress_upc_a(digits: &str) -> Option<String> {
    let (system, rest) = digits.split_at_checked(1)?;
    let (ten, check) = rest.split_at_checked(10)?;
    let part = |from: usize, to: usize| ten.get(from..to);
    let mut ways = vec![format!("{}{}{}", part(0, 2)?, part(7, 10)?, part(2, 3)?)];
    ways.push(format!("{}{}3", part(0, 3)?, part(8, 10)?));
    ways.push(format!("{}{}4", part(0, 4)?, part(9, 10)?));
    ways.push(format!("{}{}", part(0, 5)?, part(9, 10)?));
    let ways = ways.into_iter().map(|six| format!("{system}{six}{check}"));
    ways.into_iter().find(|short| expand_upc_e(short).as_deref() == Some(digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_gives_the_14_digits() {
        for (form, digits, gtin) in [
            (Symbology::Ean8, "73513537", "00000073513537"),
            (Symbology::Ean13, "4006381333931", "04006381333931"),
            (Symbology::UpcA, "036000291452", "00036000291452"),
            (Symbology::UpcA, "0036000291452", "00036000291452"),
            (Symbology::Itf14, "15400141288763", "15400141288763"),
            (Symbology::UpcE, "04252614", "00042100005264"),
            (Symbology::UpcE, "4252614", "00042100005264"),
            (Symbology::UpcE, "425261", "00042100005264"),
            (Symbology::UpcE, "042100005264", "00042100005264"),
        ] {
            let read = Gtin::read(form, digits).unwrap();
            assert_eq!((read.digits.as_str(), read.gtin.as_str()), (digits, gtin), "{form} {digits}");
        }
    }

    #[test]
    fn refuses_what_is_misread() {
        for (form, digits, code) in [
            (Symbology::Ean13, "4006381333932", "bad_check_digit"),
            (Symbology::Ean13, "036000291452", "bad_length"),
            (Symbology::Ean8, "7351353A", "not_digits"),
            (Symbology::UpcA, "1036000291452", "bad_length"),
            (Symbology::UpcE, "24252614", "bad_length"),
            (Symbology::UpcE, "04252615", "bad_check_digit"),
            (Symbology::Itf14, "", "not_digits"),
            (Symbology::QrCode, "4006381333931", "cannot_carry"),
        ] {
            assert_eq!(Gtin::read(form, digits).unwrap_err().code(), code, "{form} {digits}");
        }
        assert!("4006381333931".parse::<Gtin14>().is_err());
    }

    #[test]
    fn an_article_has_as_many_spellings_as_leading_zeros_allow() {
        let spellings =
            |text: &str| text.parse::<Gtin14>().unwrap().spellings().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(spellings("15400141288763"), ["15400141288763"]);
        assert_eq!(spellings("04006381333931"), ["04006381333931", "4006381333931"]);
        assert_eq!(spellings("00000073513537").last().unwrap(), "73513537");
    }

    proptest! {
        #[test]
        fn the_check_digit_finds_every_wrong_digit(digits in "[0-9]{7,17}", place in 0_usize..7, other in 1_u8..10) {
            let whole = format!("{digits}{}", check_digit(&digits).unwrap());
            prop_assert!(verify(&whole).is_ok());
            let mut bytes = whole.into_bytes();
            bytes[place] = b'0' + (bytes[place] - b'0' + other) % 10;
            prop_assert!(verify(&String::from_utf8(bytes).unwrap()).is_err());
        }

        #[test]
        fn upc_e_survives_its_expansion(six in "[01][0-9]{6}") {
            let expanded = expand_upc_e(&format!("{six}0")).unwrap();
            let eleven = &expanded[..11];
            let whole = format!("{eleven}{}", check_digit(eleven).unwrap());
            // Some numbers can be shortened in more than one way; any of them expands to the same.
            let short = suppress_upc_a(&whole).unwrap();
            prop_assert_eq!(expand_upc_e(&short).unwrap(), whole);
        }
    }
}
