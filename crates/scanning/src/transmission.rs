//! What a scanner sends for a symbol: a symbology identifier and the data, and for composite symbols the second part.
//! Read here, and written, so that what is printed can be tried without a printer.

use crate::elements::FNC1;
use crate::gtin::suppress_upc_a;
use crate::symbology::Carries;
use crate::{Ai, Element, Elements, Gtin, ScanRefusal, Symbology};

/// What stands between the two parts of a composite symbol whose first part is an article number.
const COMPOSITE: &str = "|]e0";

/// A scan with its symbology identifier, taken apart and not yet understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transmission<'a> {
    /// What the identifier stands for.
    pub symbology: Symbology,
    /// The data behind it.
    pub text: &'a str,
    /// The element strings of the second part of a composite symbol.
    pub composite: Option<&'a str>,
    /// The two or five digits to the right of an EAN-13: on magazines and books.
    pub add_on: Option<&'a str>,
}

impl<'a> Transmission<'a> {
    /// Takes the identifier off, and the parts of the data from each other.
    ///
    /// # Errors
    /// [`ScanRefusal::UnknownIdentifier`] if there is no identifier that is known here.
    pub fn read(raw: &'a str) -> Result<Self, ScanRefusal> {
        let unknown = || ScanRefusal::UnknownIdentifier { identifier: raw.chars().take(3).collect() };
        let (symbology, text) = Symbology::of_identifier(raw).ok_or_else(unknown)?;
        let plain = Self { symbology, text, composite: None, add_on: None };
        if symbology.carries() != Carries::Number {
            return Ok(plain);
        }
        let (text, composite) = match text.split_once(COMPOSITE) {
            Some((text, composite)) => (text, Some(composite)),
            None => (text, None),
        };
        let (text, add_on) = if raw.starts_with("]E3") {
            text.split_at_checked(13).map_or((text, None), |(text, add_on)| (text, Some(add_on)))
        } else {
            (text, None)
        };
        Ok(Self { text, composite, add_on, ..plain })
    }
}

/// What a scanner sends for a symbol of this kind that holds `data`: an article number, GS1 data beginning with
/// [`FNC1`], or plain text. `composite` is GS1 data of the second part, beginning with FNC1, too.
///
/// # Errors
/// [`ScanRefusal::CannotCarry`] if the symbology holds no such data, and whatever is wrong with the data.
pub fn transmit(symbology: Symbology, data: &str, composite: Option<&str>) -> Result<String, ScanRefusal> {
    let cannot = |why: &'static str| Err(ScanRefusal::CannotCarry { symbology, why });
    let message = data.strip_prefix(FNC1);
    let marked = |gs1: &str, plain: &str| match message {
        Some(message) => Ok(format!("{gs1}{}", checked(message)?)),
        None => Ok(format!("{plain}{data}")),
    };
    match symbology {
        Symbology::Ean8 | Symbology::Ean13 | Symbology::UpcA | Symbology::UpcE => {
            number(symbology, data, composite)
        }
        Symbology::DataBar | Symbology::DataBarLimited => data_bar(symbology, data, composite),
        Symbology::Gs1_128 | Symbology::DataBarExpanded => match message {
            Some(message) => elements(symbology, message, composite),
            None => cannot("it carries element strings only"),
        },
        _ if composite.is_some() => cannot("it is no part of a composite symbol"),
        Symbology::QrCode => marked("]Q3", "]Q1"),
        Symbology::DataMatrix => marked("]d2", "]d1"),
        Symbology::DotCode => marked("]J1", "]J0"),
        Symbology::Gs1QrCode | Symbology::Gs1DataMatrix | Symbology::Gs1DotCode if message.is_none() => {
            cannot("it carries element strings only")
        }
        Symbology::Gs1QrCode => marked("]Q3", ""),
        Symbology::Gs1DataMatrix => marked("]d2", ""),
        Symbology::Gs1DotCode => marked("]J1", ""),
        Symbology::Itf14
        | Symbology::Itf
        | Symbology::Code128
        | Symbology::Code39
        | Symbology::Code93
        | Symbology::Codabar
        | Symbology::Aztec
        | Symbology::Pdf417
        | Symbology::Other => cannot("what a scanner sends for it depends on its settings"),
    }
}

/// GS1 data that can be read, as it is.
fn checked(message: &str) -> Result<&str, ScanRefusal> {
    Elements::from_message(message, FNC1).map(|_| message)
}

/// The data of the second part, without the FNC1 of its beginning.
fn second(composite: Option<&str>) -> Result<Option<&str>, ScanRefusal> {
    composite.map(|text| checked(text.strip_prefix(FNC1).unwrap_or(text))).transpose()
}

/// The two parts of a composite symbol run into one, as if they had been one.
fn elements(symbology: Symbology, message: &str, composite: Option<&str>) -> Result<String, ScanRefusal> {
    let open = Elements::from_message(message, FNC1)?.iter().next_back().is_some_and(|last| !last.is_fixed());
    let Some(second) = second(composite)? else {
        let identifier = if symbology == Symbology::Gs1_128 { "]C1" } else { "]e0" };
        return Ok(format!("{identifier}{message}"));
    };
    let between = if open && !message.ends_with(FNC1) { FNC1.to_string() } else { String::new() };
    Ok(format!("]e0{message}{between}{second}"))
}

/// The 14 digits of an article that is all there is in the data.
fn only_gtin(symbology: Symbology, message: &str) -> Result<String, ScanRefusal> {
    let elements = Elements::from_message(message, FNC1)?;
    let mut found = elements.iter();
    match (found.next().filter(|first| first.ai() == Ai::GTIN).map(Element::value), found.next()) {
        (Some(gtin), None) => Ok(gtin.to_owned()),
        (Some(_) | None, _) => {
            Err(ScanRefusal::CannotCarry { symbology, why: "it carries an article number only" })
        }
    }
}

fn data_bar(symbology: Symbology, data: &str, composite: Option<&str>) -> Result<String, ScanRefusal> {
    let gtin = match data.strip_prefix(FNC1) {
        Some(message) => only_gtin(symbology, message)?,
        None => Gtin::read(Symbology::Itf14, data)?.digits,
    };
    if symbology == Symbology::DataBarLimited && !gtin.starts_with(['0', '1']) {
        return Err(ScanRefusal::CannotCarry { symbology, why: "the number must begin with 0 or 1" });
    }
    let second = second(composite)?.unwrap_or_default();
    Ok(format!("]e001{gtin}{second}"))
}

fn number(symbology: Symbology, data: &str, composite: Option<&str>) -> Result<String, ScanRefusal> {
    let digits = match data.strip_prefix(FNC1) {
        Some(message) => unpadded(symbology, &only_gtin(symbology, message)?)?,
        None => data.to_owned(),
    };
    let gtin = Gtin::read(symbology, &digits)?.gtin;
    let zeros = |count: usize| gtin.as_str().get(count..).unwrap_or_default();
    if symbology == Symbology::UpcE && suppress_upc_a(zeros(2)).is_none() {
        return Err(ScanRefusal::CannotCarry { symbology, why: "the number has too few zeros" });
    }
    let sent =
        if symbology == Symbology::Ean8 { format!("]E4{}", zeros(6)) } else { format!("]E0{}", zeros(1)) };
    Ok(second(composite)?.map(|second| format!("{sent}{COMPOSITE}{second}")).unwrap_or(sent))
}

/// The digits that are printed for 14, which have zeros in front where the symbology has fewer.
fn unpadded(symbology: Symbology, gtin: &str) -> Result<String, ScanRefusal> {
    let zeros = if symbology == Symbology::Ean8 {
        "000000"
    } else if matches!(symbology, Symbology::UpcA | Symbology::UpcE) {
        "00"
    } else {
        "0"
    };
    let why = "the number has more digits than it carries";
    gtin.strip_prefix(zeros).map(str::to_owned).ok_or(ScanRefusal::CannotCarry { symbology, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_parts_are_taken_apart() {
        let read = Transmission::read("]E04006381333931|]e021X").unwrap();
        assert_eq!((read.text, read.composite, read.add_on), ("4006381333931", Some("21X"), None));
        let read = Transmission::read("]E3978020137962453250").unwrap();
        assert_eq!((read.text, read.add_on), ("9780201379624", Some("53250")));
        let read = Transmission::read("]Q1a|]e0b").unwrap();
        assert_eq!((read.symbology, read.text), (Symbology::QrCode, "a|]e0b"));
        for raw in ["", "A", "]", "]Q", "]?1", "]E1", "ÄÖÜ"] {
            assert_eq!(Transmission::read(raw).unwrap_err().code(), "unknown_symbology", "{raw}");
        }
    }

    #[test]
    fn what_would_be_sent() {
        let part = "\u{1D}21X";
        for (symbology, data, composite, sent) in [
            (Symbology::Ean13, "4006381333931", None, Ok("]E04006381333931")),
            (Symbology::UpcA, "\u{1D}0100036000291452", Some(part), Ok("]E00036000291452|]e021X")),
            (Symbology::UpcE, "042100005264", None, Ok("]E00042100005264")),
            (Symbology::UpcE, "036000291452", None, Err("cannot_carry")),
            (Symbology::Ean8, "\u{1D}0104006381333931", None, Err("cannot_carry")),
            (Symbology::Ean8, "73513538", None, Err("bad_check_digit")),
            (Symbology::Gs1_128, "\u{1D}10A", Some(part), Ok("]e010A\u{1D}21X")),
            (Symbology::Gs1_128, "10A", None, Err("cannot_carry")),
            (Symbology::DataBar, "24012345678905", Some(part), Ok("]e0012401234567890521X")),
            (Symbology::DataBarLimited, "24012345678905", None, Err("cannot_carry")),
            (Symbology::QrCode, "plain", None, Ok("]Q1plain")),
            (Symbology::QrCode, "\u{1D}10A", None, Ok("]Q310A")),
            (Symbology::QrCode, "\u{1D}1A", None, Err("unknown_ai")),
            (Symbology::QrCode, "plain", Some(part), Err("cannot_carry")),
            (Symbology::Gs1DotCode, "plain", None, Err("cannot_carry")),
            (Symbology::Codabar, "1", None, Err("cannot_carry")),
        ] {
            let found = transmit(symbology, data, composite).map_err(|refused| refused.code());
            assert_eq!(found, sent.map(str::to_owned), "{symbology} {data}");
        }
    }
}
