//! GS1 Digital Link: element strings as a web address, uncompressed.
//!
//! `https://host/any/prefix/01/09501101530003/10/ABC?17=261231`: a primary key, its qualifiers in the order of the
//! standard, and attributes in the query. What else is in the query belongs to somebody else and is passed over, as
//! is a fragment. The key is looked for from the end of the path, so that a prefix may look like one.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::table::{self, Row};
use crate::{Ai, Element, Elements, ScanRefusal, Settings, UnknownAis, percent_decode, percent_encode};

/// GS1's own resolver: what stands before the key where nobody has a site of their own.
pub const GS1_RESOLVER: &str = "https://id.gs1.org";

const SCHEMES: [&str; 4] = ["https://", "http://", "HTTPS://", "HTTP://"];

/// The names that keys and qualifiers had in the first edition.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("sscc", "00"),
    ("gtin", "01"),
    ("lot", "10"),
    ("ser", "21"),
    ("cpv", "22"),
    ("gdti", "253"),
    ("glnx", "254"),
    ("gcn", "255"),
    ("ginc", "401"),
    ("gsin", "402"),
    ("gln", "414"),
    ("payTo", "415"),
    ("party", "417"),
    ("grai", "8003"),
    ("giai", "8004"),
    ("itip", "8006"),
    ("cpid", "8010"),
    ("cpsn", "8011"),
    ("gmn", "8013"),
    ("gsrnp", "8017"),
    ("gsrn", "8018"),
    ("srin", "8019"),
    ("refno", "8020"),
];

/// What a Digital Link says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Link {
    /// Scheme, host and whatever stands before the key.
    stem: String,
    /// Key, qualifiers, attributes, in the order in which they stand.
    elements: Elements,
    /// How many of them are in the path.
    #[serde(skip)]
    in_path: usize,
}

/// A web address in the parts that matter.
struct Address<'a> {
    stem: String,
    path: Vec<&'a str>,
    query: &'a str,
}

impl Link {
    /// Whether a text begins as a web address does. The scheme is in lower case or in capitals.
    pub(crate) fn is_meant(text: &str) -> bool {
        SCHEMES.iter().any(|scheme| text.starts_with(scheme))
    }

    /// Scheme, host and whatever stands before the key: `https://id.gs1.org`.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Key, qualifiers and attributes, in the order in which they stand.
    pub const fn elements(&self) -> &Elements {
        &self.elements
    }

    /// Reads a web address.
    ///
    /// # Errors
    /// [`ScanRefusal::NotADigitalLink`] where it has no key with a value of the right form; [`ScanRefusal::MisplacedAi`],
    /// [`ScanRefusal::RepeatedAi`] and whatever is wrong with a value where it has one.
    pub fn read(text: &str, settings: &Settings) -> Result<Self, ScanRefusal> {
        let address = Address::read(text)?;
        let reader = Reader { settings };
        let (place, key, row) = reader.key(&address.path)?;
        let mut elements = vec![reader.key_element(key, decoded(pair(&address.path, place).1, false))?];
        let mut order = Vec::new();
        for number in (0..place).rev() {
            let (name, text) = pair(&address.path, number);
            let ai = reader.ai(name).filter(|ai| table::row(*ai).is_some());
            let ai = ai.ok_or_else(|| ScanRefusal::UnknownAi { text: name.to_owned() })?;
            order.push(ai);
            elements.push(Element::new(ai, decoded(text, false), UnknownAis::Refuse)?);
        }
        if let Some(ai) = misplaced(row, &order) {
            return Err(ScanRefusal::MisplacedAi {
                ai,
                why: "is no qualifier of this key, or in the wrong order",
            });
        }
        let in_path = elements.len();
        elements.extend(reader.attributes(address.query, row, &order)?);
        let mut seen = BTreeSet::new();
        if let Some(twice) = elements.iter().find(|element| !seen.insert(element.ai())) {
            return Err(ScanRefusal::RepeatedAi { ai: twice.ai() });
        }
        let before = address.path.len().saturating_sub(place.saturating_add(1).saturating_mul(2));
        let prefix = address.path.into_iter().take(before).map(|segment| format!("/{segment}"));
        Ok(Self {
            stem: address.stem + &prefix.collect::<String>(),
            elements: Elements::new(elements)?,
            in_path,
        })
    }
}

/// The pair of this number, counted from the end of the path.
fn pair<'a>(path: &[&'a str], number: usize) -> (&'a str, &'a str) {
    match path.rchunks(2).nth(number) {
        Some([name, value]) => (name, value),
        Some(_) | None => ("", ""),
    }
}

/// The first that may not stand where it does: all must be in one of the key's orders, in its order.
fn misplaced(row: &Row, order: &[Ai]) -> Option<Ai> {
    let fits = |allowed: &Vec<Ai>| {
        let mut allowed = allowed.iter();
        order.iter().find(|ai| !allowed.any(|next| next == *ai)).copied()
    };
    let orders = row.key.iter().flatten().map(fits);
    let found = orders.collect::<Vec<_>>();
    if found.contains(&None) { None } else { found.first().copied().flatten().or(order.first().copied()) }
}

struct Reader<'a> {
    settings: &'a Settings,
}

impl Reader<'_> {
    fn ai(&self, name: &str) -> Option<Ai> {
        let short = SHORT_NAMES.iter().find(|(short, _)| self.settings.short_link_names && *short == name);
        short.map_or(name, |(_, digits)| digits).parse().ok()
    }

    /// The last key of the path, as the number of its pair from the end.
    fn key(&self, path: &[&str]) -> Result<(usize, Ai, &'static Row), ScanRefusal> {
        let key = |(number, pair): (usize, &[&str])| match pair {
            [name, _] => {
                let ai = self.ai(name)?;
                let row = table::row(ai).filter(|row| row.key.is_some())?;
                Some((number, ai, row))
            }
            _ => None,
        };
        path.rchunks(2).enumerate().find_map(key).ok_or_else(|| ScanRefusal::NotADigitalLink {
            why: "its path has no key like /01/ with a value behind it".into(),
        })
    }

    /// A key whose value is not even of its form is rather an address of another kind, like `/2026/01/15`.
    fn key_element(&self, ai: Ai, value: String) -> Result<Element, ScanRefusal> {
        self.element(ai, value).map_err(|refused| {
            if matches!(refused, ScanRefusal::BadAiValue { .. }) {
                return ScanRefusal::NotADigitalLink {
                    why: refused.to_string().trim_end_matches('.').into(),
                };
            }
            refused
        })
    }

    fn element(&self, ai: Ai, value: String) -> Result<Element, ScanRefusal> {
        let short = self.settings.short_link_gtins && ai == Ai::GTIN && matches!(value.len(), 8 | 12 | 13);
        let value = if short { format!("{value:0>14}") } else { value };
        let unknown = match self.settings.unknown_ais {
            UnknownAis::KeepInLinks => UnknownAis::KeepInLinks,
            UnknownAis::Refuse | UnknownAis::Keep => UnknownAis::Refuse,
        };
        Element::new(ai, value, unknown)
    }

    /// What of the query has digits for a name.
    fn attributes(&self, query: &str, key: &Row, order: &[Ai]) -> Result<Vec<Element>, ScanRefusal> {
        let mut elements = Vec::new();
        for part in query.split('&') {
            let Some((name, value)) = part.split_once('=') else { continue };
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            let ai = name.parse().map_err(|_| ScanRefusal::UnknownAi { text: name.to_owned() })?;
            let element = self.element(ai, decoded(value, true))?;
            if let Some(row) = table::row(ai) {
                check_attribute(ai, row, key, order)?;
            }
            elements.push(element);
        }
        Ok(elements)
    }
}

fn check_attribute(ai: Ai, row: &Row, key: &Row, order: &[Ai]) -> Result<(), ScanRefusal> {
    let wrong = |why: &'static str| Err(ScanRefusal::MisplacedAi { ai, why });
    if !row.attribute {
        return wrong("must not be in the query of a Digital Link");
    }
    let holds =
        |allowed: &Vec<Ai>| allowed.contains(&ai) && order.iter().all(|other| allowed.contains(other));
    if !order.contains(&ai) && key.key.iter().flatten().any(holds) {
        return wrong("is a qualifier of this key and belongs into the path");
    }
    Ok(())
}

/// What is not even text becomes something that no value may have, and is refused with the value.
fn decoded(text: &str, in_query: bool) -> String {
    String::from_utf8_lossy(&percent_decode(text, in_query)).into_owned()
}

impl<'a> Address<'a> {
    fn read(text: &'a str) -> Result<Self, ScanRefusal> {
        let wrong = |why: &str| ScanRefusal::NotADigitalLink { why: why.to_owned() };
        let scheme = SCHEMES.iter().find(|scheme| text.starts_with(**scheme));
        let scheme = scheme.ok_or_else(|| wrong("it must begin with https:// or http://"))?;
        let of_address =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
        if !text.bytes().all(of_address) {
            return Err(wrong("it has characters that no web address has"));
        }
        let rest = text.strip_prefix(scheme).unwrap_or_default();
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = place.split_once('/').unwrap_or((place, ""));
        if !is_host(host) {
            return Err(wrong("its host is none"));
        }
        Ok(Self { stem: format!("{scheme}{host}"), path: path.split('/').collect(), query })
    }
}

/// A name, an address of version 4 in whatever spelling, or one of version 6 in brackets; and a port.
fn is_host(text: &str) -> bool {
    let all = |text: &str, allowed: fn(u8) -> bool| !text.is_empty() && text.bytes().all(allowed);
    let is_port = |text: &str| {
        text.is_empty()
            || text
                .strip_prefix(':')
                .is_some_and(|port| all(port, |byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok())
    };
    if let Some(inner) = text.strip_prefix('[') {
        return inner.split_once(']').is_some_and(|(address, port)| {
            all(address, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')) && is_port(port)
        });
    }
    let (name, port) = text.split_at_checked(text.find(':').unwrap_or(text.len())).unwrap_or((text, ""));
    all(name, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
        && is_port(port)
}

impl Link {
    /// Makes the link of some elements: the first key among them, those of its qualifiers that are there (of several
    /// orders the one of which most are, the first of equals), and all others as attributes, those of a fixed length
    /// first. `stem` is what stands before the key: [`GS1_RESOLVER`], or a site of one's own.
    ///
    /// # Errors
    /// [`ScanRefusal::NotADigitalLink`] if no element is a key, or the stem is no web address;
    /// [`ScanRefusal::MisplacedAi`] or [`ScanRefusal::UnknownAi`] if one can be no attribute.
    pub fn new(elements: &Elements, stem: &str, settings: &Settings) -> Result<Self, ScanRefusal> {
        let stem = stem.strip_suffix('/').unwrap_or(stem);
        let wrong = |why: &str| ScanRefusal::NotADigitalLink { why: why.to_owned() };
        if stem.contains(['?', '#']) {
            return Err(wrong("a query or a fragment cannot stand before the key"));
        }
        Address::read(stem)?;
        let orders = |element: &Element| table::row(element.ai()).and_then(|row| row.key.as_ref());
        let (key, orders) = elements
            .iter()
            .find_map(|element| Some((element, orders(element)?)))
            .ok_or_else(|| wrong("none of the elements is a key"))?;
        let present = |order: &Vec<Ai>| order.iter().filter(|ai| elements.get(**ai).is_some()).count();
        let order = orders.iter().rev().max_by_key(|order| present(order));
        let mut picked = vec![key.clone()];
        for ai in order.into_iter().flatten() {
            picked.extend(elements.iter().find(|element| element.ai() == *ai).cloned());
        }
        let in_path = picked.len();
        for fixed in [true, false] {
            for element in elements.iter().filter(|element| element.is_fixed() == fixed) {
                if picked.iter().all(|other| other.ai() != element.ai()) {
                    picked.push(attribute(element, settings)?);
                }
            }
        }
        Ok(Self { stem: stem.to_owned(), elements: Elements::new(picked)?, in_path })
    }
}

fn attribute(element: &Element, settings: &Settings) -> Result<Element, ScanRefusal> {
    let ai = element.ai();
    match table::row(ai) {
        Some(row) if row.attribute => Ok(element.clone()),
        Some(_) => Err(ScanRefusal::MisplacedAi { ai, why: "must not be in the query of a Digital Link" }),
        None if settings.unknown_ais == UnknownAis::KeepInLinks => Ok(element.clone()),
        None => Err(ScanRefusal::UnknownAi { text: ai.to_string() }),
    }
}

/// The link itself.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stem)?;
        for element in self.elements.iter().take(self.in_path) {
            write!(f, "/{}/{}", element.ai(), percent_encode(element.value(), false))?;
        }
        for (number, element) in self.elements.iter().skip(self.in_path).enumerate() {
            let mark = if number == 0 { '?' } else { '&' };
            write!(f, "{mark}{}={}", element.ai(), percent_encode(element.value(), true))?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
