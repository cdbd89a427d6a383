//! What a scan is: the one question that the rest of the ERP asks.
//!
//! With a symbology (said by the driver, or by an identifier like `]C1` in front of the data, which counts more) the
//! data must be what such a symbol has. Without one it is tried in this order: a code of our own, a web address, data
//! with FNC1, brackets, the digits of an article number, data with all separators swallowed, and last plain text.

use std::borrow::Cow;

use serde::Serialize;

use crate::elements::{FNC1, check_ascii};
use crate::gtin::{expand_upc_e, is_digits};
use crate::symbology::Carries;
use crate::{
    Ai, Element, Elements, Gtin, Gtin14, Link, Own, ScanRefusal, Settings, Symbology, Transmission,
    UnknownAis,
};

/// The longest scan that is read, in bytes: more than any barcode holds but the largest QR codes.
pub const MOST_BYTES: usize = 4096;

/// What was scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Reading {
    /// The kind of barcode, where it is known.
    pub symbology: Option<Symbology>,
    /// What it says.
    pub content: Content,
    /// The element strings of the second part of a composite symbol whose first part is an article number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub composite: Option<Elements>,
    /// What the person with the scanner should know.
    pub notes: Vec<Note>,
}

/// What a barcode says. A code of the shop's own may by chance have the form of another kind: who has given out such
/// codes looks the raw text up, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum Content {
    /// An article number, alone.
    Gtin(Gtin),
    /// Element strings.
    Elements(Elements),
    /// A Digital Link.
    Link(Link),
    /// A code of our own: a location, a record.
    Own(Own),
    /// Anything else, as it was read: perhaps a code that somebody has stored as the barcode of a product.
    Plain(String),
}

/// What is worth saying about a scan that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum Note {
    /// As long as an article number, but with another check digit: misread, or a number of the shop's own.
    CheckDigitDoesNotFit {
        /// What would fit.
        expected: String,
    },
    /// Eight digits without a symbology that are an EAN-8 and, as a UPC-E, this other article.
    MayBeUpcE {
        /// The other article.
        gtin: Gtin14,
    },
    /// There were no separators, and the last value has taken all that was left.
    NoSeparators,
    /// A web address, but no Digital Link.
    NotADigitalLink {
        /// What is missing.
        why: String,
    },
    /// Digits beside an EAN-13, on magazines and books.
    AddOn {
        /// These.
        digits: String,
    },
}

impl Reading {
    /// All element strings there are: those of a link, too, and an article number alone as (01). None for our own
    /// codes and for plain text.
    pub fn elements(&self) -> Option<Cow<'_, Elements>> {
        match &self.content {
            Content::Elements(elements) => Some(Cow::Borrowed(elements)),
            Content::Link(link) => Some(Cow::Borrowed(link.elements())),
            Content::Gtin(gtin) => {
                let first = Element::new(Ai::GTIN, gtin.gtin.as_str(), UnknownAis::Refuse).ok()?;
                let others = self.composite.iter().flatten().cloned();
                Elements::new(std::iter::once(first).chain(others).collect()).ok().map(Cow::Owned)
            }
            Content::Own(_) | Content::Plain(_) => None,
        }
    }

    /// The article, whatever it was read from.
    pub fn gtin(&self) -> Option<Gtin14> {
        self.elements()?.gtin()
    }

    fn of(content: Content) -> Self {
        Self { symbology: None, content, composite: None, notes: Vec::new() }
    }

    fn noting(mut self, note: Option<Note>) -> Self {
        self.notes.extend(note);
        self
    }
}

/// Says what a scan is. White space and line ends around it, which scanners add, do not count.
///
/// # Errors
/// [`ScanRefusal`]: the data is damaged, or is not what its symbology has. An unknown code is not refused but
/// [`Content::Plain`].
pub fn parse(raw: &str, symbology: Option<Symbology>, settings: &Settings) -> Result<Reading, ScanRefusal> {
    if raw.len() > MOST_BYTES {
        return Err(ScanRefusal::TooLong { bytes: raw.len() });
    }
    let text = raw.trim_matches([' ', '\t', '\r', '\n']);
    let reading = match Transmission::read(text) {
        Ok(sent) => {
            let mut reading = of_symbology(sent.symbology, sent.text, settings)?;
            reading.composite = sent.composite.map(|text| message(text, settings)).transpose()?;
            check_composite(&reading)?;
            let add_on = sent.add_on.map(add_on).transpose()?;
            reading.noting(add_on)
        }
        Err(_) => match symbology {
            Some(symbology) => of_symbology(symbology, text, settings)?,
            None => unsaid(text, settings)?,
        },
    };
    Ok(reading)
}

/// The second part may repeat the article, but not name another.
fn check_composite(reading: &Reading) -> Result<(), ScanRefusal> {
    if reading.composite.is_some() && reading.elements().is_none() {
        return Err(ScanRefusal::RepeatedAi { ai: Ai::GTIN });
    }
    Ok(())
}

fn add_on(digits: &str) -> Result<Note, ScanRefusal> {
    if is_digits(digits) && matches!(digits.len(), 2 | 5) {
        return Ok(Note::AddOn { digits: digits.to_owned() });
    }
    Err(ScanRefusal::NotDigits { text: digits.to_owned() })
}

fn of_symbology(symbology: Symbology, text: &str, settings: &Settings) -> Result<Reading, ScanRefusal> {
    if text.is_empty() {
        return Err(ScanRefusal::Empty);
    }
    let number = |form| Gtin::read(form, text).map(|gtin| Reading::of(Content::Gtin(gtin)));
    let elements = || {
        let bracketed = text.starts_with(['(', '[']);
        let read = if bracketed { brackets(text, settings) } else { message(text, settings) };
        read.map(|elements| Reading::of(Content::Elements(elements)))
    };
    let mut reading = match symbology.carries() {
        Carries::Number => number(symbology)?,
        Carries::NumberOrElements if text.len() == 14 && is_digits(text) => number(Symbology::Itf14)?,
        Carries::NumberOrElements | Carries::Elements => elements()?,
        Carries::Text => unsaid(text, settings)?,
    };
    reading.symbology = Some(symbology);
    Ok(reading)
}

/// Element strings with separators, with or without the one of their beginning.
fn message(text: &str, settings: &Settings) -> Result<Elements, ScanRefusal> {
    let text = if settings.caret_is_fnc1 { text.replace('^', "\u{1D}") } else { text.to_owned() };
    Elements::from_message(text.strip_prefix(FNC1).unwrap_or(&text), FNC1)
}

fn brackets(text: &str, settings: &Settings) -> Result<Elements, ScanRefusal> {
    Elements::from_brackets(text, settings.unknown_ais)
}

/// A text of which nobody says what it is.
fn unsaid(text: &str, settings: &Settings) -> Result<Reading, ScanRefusal> {
    if text.is_empty() {
        return Err(ScanRefusal::Empty);
    }
    if Own::is_meant(text) {
        return Ok(Reading::of(Content::Own(text.parse()?)));
    }
    if Link::is_meant(text) {
        return web_address(text, settings);
    }
    if text.contains(FNC1) || settings.caret_is_fnc1 && text.starts_with('^') {
        return Ok(Reading::of(Content::Elements(message(text, settings)?)));
    }
    if is_bracketed(text) {
        return Ok(Reading::of(Content::Elements(brackets(text, settings)?)));
    }
    if is_digits(text) && matches!(text.len(), 8 | 12 | 13 | 14) {
        return digits(text);
    }
    let caret = settings.caret_is_fnc1 && text.contains('^');
    if let Some(elements) = caret.then(|| message(text, settings).ok()).flatten() {
        return Ok(Reading::of(Content::Elements(elements)));
    }
    if let Ok((elements, open_ended)) = Elements::from_unmarked(text) {
        let note = open_ended.then_some(Note::NoSeparators);
        return Ok(Reading::of(Content::Elements(elements)).noting(note));
    }
    plain(text)
}

fn plain(text: &str) -> Result<Reading, ScanRefusal> {
    match text.chars().find(|character| character.is_control()) {
        Some(character) => Err(ScanRefusal::ControlCharacter { character }),
        None => Ok(Reading::of(Content::Plain(text.to_owned()))),
    }
}

/// A shop may well have stored an address that is no link as a barcode.
fn web_address(text: &str, settings: &Settings) -> Result<Reading, ScanRefusal> {
    match Link::read(text, settings) {
        Ok(link) => Ok(Reading::of(Content::Link(link))),
        Err(refused) => {
            let ScanRefusal::NotADigitalLink { why } = refused else { return Err(refused) };
            Ok(plain(text)?.noting(Some(Note::NotADigitalLink { why })))
        }
    }
}

/// Whether a text begins with something like `(01)` or `[01]`.
fn is_bracketed(text: &str) -> bool {
    let inside =
        |open: char, close: char| text.strip_prefix(open)?.split_once(close).map(|(inside, _)| inside);
    inside('(', ')')
        .or_else(|| inside('[', ']'))
        .is_some_and(|inside| matches!(inside.len(), 2..=4) && is_digits(inside))
}

/// Digits that are as many as an article number has.
fn digits(text: &str) -> Result<Reading, ScanRefusal> {
    check_ascii(text)?;
    let upc_e = (text.len() == 8).then(|| expand_upc_e(text)).flatten();
    let upc_e = upc_e.and_then(|expanded| Gtin14::padded(&expanded).ok());
    match Gtin::of_length(text) {
        Ok(gtin) => {
            let note = upc_e.map(|gtin| Note::MayBeUpcE { gtin });
            Ok(Reading::of(Content::Gtin(gtin)).noting(note))
        }
        Err(refused) => {
            if upc_e.is_some() {
                return Ok(Reading::of(Content::Gtin(Gtin::read(Symbology::UpcE, text)?)));
            }
            let ScanRefusal::BadCheckDigit { expected, .. } = refused else { return Err(refused) };
            Ok(plain(text)?.noting(Some(Note::CheckDigitDoesNotFit { expected })))
        }
    }
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
