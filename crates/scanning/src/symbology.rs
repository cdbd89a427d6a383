//! What kind of barcode was scanned: the names that drivers use, and the identifiers that scanners put in front of
//! the data (`]C1`, `]Q3`; ISO/IEC 15424).

use std::fmt;
use std::str::FromStr;

use kernel::Invalid;
use serde::{Deserialize, Serialize};

/// A kind of barcode. Where one carries both plain text and GS1 data (marked by FNC1 in front), these are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[expect(missing_docs, reason = "the names are those of the trade")]
pub enum Symbology {
    Ean8,
    Ean13,
    UpcA,
    UpcE,
    /// Interleaved 2 of 5 of 14 digits on a carton: an article number.
    Itf14,
    /// Interleaved 2 of 5 with whatever digits.
    Itf,
    Gs1_128,
    Code128,
    Code39,
    Code93,
    Codabar,
    DataBar,
    DataBarLimited,
    DataBarExpanded,
    DataMatrix,
    Gs1DataMatrix,
    QrCode,
    Gs1QrCode,
    DotCode,
    Gs1DotCode,
    Aztec,
    Pdf417,
    /// Some other one: its text is taken as it is.
    Other,
}

/// What may be in a symbology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carries {
    /// An article number and nothing else.
    Number,
    /// Element strings.
    Elements,
    /// Either.
    NumberOrElements,
    /// Any text.
    Text,
}

const NAMES: [(Symbology, &str); 23] = [
    (Symbology::Ean8, "ean_8"),
    (Symbology::Ean13, "ean_13"),
    (Symbology::UpcA, "upc_a"),
    (Symbology::UpcE, "upc_e"),
    (Symbology::Itf14, "itf_14"),
    (Symbology::Itf, "itf"),
    (Symbology::Gs1_128, "gs1_128"),
    (Symbology::Code128, "code_128"),
    (Symbology::Code39, "code_39"),
    (Symbology::Code93, "code_93"),
    (Symbology::Codabar, "codabar"),
    (Symbology::DataBar, "databar"),
    (Symbology::DataBarLimited, "databar_limited"),
    (Symbology::DataBarExpanded, "databar_expanded"),
    (Symbology::DataMatrix, "data_matrix"),
    (Symbology::Gs1DataMatrix, "gs1_data_matrix"),
    (Symbology::QrCode, "qr_code"),
    (Symbology::Gs1QrCode, "gs1_qr_code"),
    (Symbology::DotCode, "dotcode"),
    (Symbology::Gs1DotCode, "gs1_dotcode"),
    (Symbology::Aztec, "aztec"),
    (Symbology::Pdf417, "pdf417"),
    (Symbology::Other, "other"),
];

/// What some drivers say instead.
const ALIASES: &[(Symbology, &str)] = &[
    (Symbology::Ean13, "jan13"),
    (Symbology::Ean8, "jan8"),
    (Symbology::Itf, "i2of5"),
    (Symbology::Itf, "interleaved2of5"),
    (Symbology::Gs1_128, "ean128"),
    (Symbology::Gs1_128, "ucc128"),
    (Symbology::DataBar, "rss14"),
    (Symbology::DataBar, "databaromni"),
    (Symbology::DataBarExpanded, "rssexpanded"),
    (Symbology::QrCode, "qr"),
    (Symbology::Gs1QrCode, "gs1qr"),
];

impl Symbology {
    /// Every symbology there is.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.into_iter().map(|(symbology, _)| symbology)
    }

    /// Its name outside: `ean_13`, `qr_code`.
    pub fn as_str(self) -> &'static str {
        NAMES.into_iter().find(|(symbology, _)| *symbology == self).map_or("other", |(_, name)| name)
    }

    pub(crate) const fn carries(self) -> Carries {
        match self {
            Self::Ean8 | Self::Ean13 | Self::UpcA | Self::UpcE | Self::Itf14 => Carries::Number,
            Self::DataBar | Self::DataBarLimited => Carries::NumberOrElements,
            Self::Gs1_128
            | Self::DataBarExpanded
            | Self::Gs1DataMatrix
            | Self::Gs1QrCode
            | Self::Gs1DotCode => Carries::Elements,
            Self::Itf
            | Self::Code128
            | Self::Code39
            | Self::Code93
            | Self::Codabar
            | Self::DataMatrix
            | Self::QrCode
            | Self::DotCode
            | Self::Aztec
            | Self::Pdf417
            | Self::Other => Carries::Text,
        }
    }

    /// Takes a known symbology identifier off the front. `]E3` is an EAN-13 with an add-on behind it.
    pub(crate) fn of_identifier(text: &str) -> Option<(Self, &str)> {
        let (identifier, rest) = text.split_at_checked(3)?;
        let mut characters = identifier.strip_prefix(']')?.chars();
        let (letter, modifier) = (characters.next()?, characters.next()?);
        if !modifier.is_ascii_alphanumeric() {
            return None;
        }
        let either = |marked: char, gs1: Self, plain: Self| if modifier == marked { gs1 } else { plain };
        let symbology = match letter {
            'A' => Self::Code39,
            'C' => either('1', Self::Gs1_128, Self::Code128),
            'E' if matches!(modifier, '0' | '3') => Self::Ean13,
            'E' if modifier == '4' => Self::Ean8,
            'F' => Self::Codabar,
            'G' => Self::Code93,
            'I' => Self::Itf,
            'J' => either('1', Self::Gs1DotCode, Self::DotCode),
            'L' => Self::Pdf417,
            'Q' => either('3', Self::Gs1QrCode, Self::QrCode),
            'd' => either('2', Self::Gs1DataMatrix, Self::DataMatrix),
            'e' if modifier == '0' => Self::DataBarExpanded,
            'z' => Self::Aztec,
            _ => return None,
        };
        Some((symbology, rest))
    }
}

impl FromStr for Symbology {
    type Err = Invalid;
    /// The names of the list, whatever their case and whatever stands between their words: `EAN-13`, `QRCode`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let plain = |name: &str| {
            let kept = name.chars().filter(char::is_ascii_alphanumeric);
            kept.map(|character| character.to_ascii_lowercase()).collect::<String>()
        };
        let wanted = plain(text);
        NAMES
            .iter()
            .chain(ALIASES)
            .find(|(_, name)| plain(name) == wanted)
            .map(|(symbology, _)| *symbology)
            .ok_or_else(|| Invalid::new("must be a symbology, like ean_13, gs1_128, qr_code, or other"))
    }
}

impl TryFrom<String> for Symbology {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Symbology> for &'static str {
    fn from(symbology: Symbology) -> Self {
        symbology.as_str()
    }
}

impl fmt::Display for Symbology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "wire")]
impl schemars::JsonSchema for Symbology {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Symbology".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names = Self::all().map(Self::as_str).collect::<Vec<_>>();
        schemars::json_schema!({ "description": "A kind of barcode.", "type": "string", "enum": names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_and_drivers_are_understood() {
        for symbology in Symbology::all() {
            assert_eq!(symbology.as_str().parse(), Ok(symbology));
        }
        for (name, symbology) in [
            ("EAN-13", Symbology::Ean13),
            ("UPC_A", Symbology::UpcA),
            ("QRCODE", Symbology::QrCode),
            ("GS1 DataMatrix", Symbology::Gs1DataMatrix),
            ("EAN128", Symbology::Gs1_128),
        ] {
            assert_eq!(name.parse(), Ok(symbology), "{name}");
        }
        assert!("barcode".parse::<Symbology>().is_err());
    }

    #[test]
    fn identifiers_are_taken_off() {
        for (text, found) in [
            ("]C110ABC", Some((Symbology::Gs1_128, "10ABC"))),
            ("]C0ABC", Some((Symbology::Code128, "ABC"))),
            ("]d2x", Some((Symbology::Gs1DataMatrix, "x"))),
            ("]Q1", Some((Symbology::QrCode, ""))),
            ("]E4x", Some((Symbology::Ean8, "x"))),
            ("]E1x", None),
            ("]XX", None),
            ("]Q", None),
            ("]Qé", None),
            ("Q31", None),
        ] {
            assert_eq!(Symbology::of_identifier(text), found, "{text}");
        }
    }
}
