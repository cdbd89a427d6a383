//! The table of application identifiers, read once from `data/application_identifiers.txt`, and the check of a value
//! against its row.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use crate::rule::{Fault, Rule, SET_82};
use crate::{Ai, ScanRefusal};

const TEXT: &str = include_str!("../data/application_identifiers.txt");

/// Identifiers with what holds for them.
static ROWS: LazyLock<BTreeMap<Ai, Row>> = LazyLock::new(|| lines().filter_map(rows_of).flatten().collect());

/// What holds for one identifier, or for each of a range.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Its length is fixed in advance: no separator follows.
    pub(crate) fixed: bool,
    /// It may be a query attribute of a Digital Link.
    pub(crate) attribute: bool,
    parts: Vec<Part>,
    /// All of these: at least one of the combinations, which has all of its patterns.
    pub(crate) requires: Vec<Vec<Vec<&'static str>>>,
    /// None of these patterns.
    pub(crate) excludes: Vec<&'static str>,
    /// For a primary key of a Digital Link: its possible qualifiers, in their order.
    pub(crate) key: Option<Vec<Vec<Ai>>>,
    /// In the words of the standard.
    pub(crate) title: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Characters {
    Digits,
    Set82,
    Set39,
    Base64,
}

#[derive(Debug, Clone)]
struct Part {
    characters: Characters,
    least: usize,
    most: usize,
    optional: bool,
    rules: Vec<Rule>,
}

/// The row of an identifier.
pub(crate) fn row(ai: Ai) -> Option<&'static Row> {
    ROWS.get(&ai)
}

/// The identifier with which a text begins, its row, and what follows. No assigned identifier begins with another.
pub(crate) fn lead(text: &str) -> Option<(Ai, &'static Row, &str)> {
    (2..=4).find_map(|length| {
        let (start, rest) = text.split_at_checked(length)?;
        let ai = start.parse().ok()?;
        Some((ai, row(ai)?, rest))
    })
}

/// Whether an identifier that is not assigned could be: it neither begins with an assigned one nor one with it.
pub(crate) fn is_free(ai: Ai) -> bool {
    !ROWS.keys().any(|known| known.begins_with(ai) || ai.begins_with(*known))
}

/// Whether an identifier fits a pattern of the table: `01`, `310n`, `31nn`.
pub(crate) fn fits(pattern: &str, ai: Ai) -> bool {
    let text = ai.to_string();
    text.len() == pattern.len()
        && pattern.chars().zip(text.chars()).all(|(wanted, found)| wanted == 'n' || wanted == found)
}

/// Checks the value of an identifier that is in no row: anything that could be the value of one.
pub(crate) fn check_unknown(ai: Ai, value: &str) -> Result<(), ScanRefusal> {
    let part = Part { characters: Characters::Set82, least: 1, most: 90, optional: false, rules: Vec::new() };
    check_parts(std::slice::from_ref(&part), value).map_err(|fault| refusal(ai, value, fault))
}

fn refusal(ai: Ai, value: &str, fault: Fault) -> ScanRefusal {
    match fault {
        Fault::Check { expected } => ScanRefusal::BadCheckDigit { digits: value.to_owned(), expected },
        Fault::Other(why) => ScanRefusal::BadAiValue { ai, value: value.to_owned(), why },
    }
}

impl Row {
    /// The length that every value has, where there is one.
    pub(crate) fn only_length(&self) -> Option<usize> {
        let lengths =
            self.parts.iter().map(|part| (part.least == part.most && !part.optional).then_some(part.most));
        lengths.sum()
    }

    /// Checks a value.
    pub(crate) fn check(&self, ai: Ai, value: &str) -> Result<(), ScanRefusal> {
        check_parts(&self.parts, value).map_err(|fault| refusal(ai, value, fault))
    }
}

/// Takes one part after the other off the value. Lengths come first, so that a short value is not called misread.
fn check_parts(parts: &[Part], value: &str) -> Result<(), Fault> {
    if !value.is_ascii() {
        return Err(Fault::Other("it must be ASCII".into()));
    }
    let mut rest = value;
    let mut taken = Vec::with_capacity(parts.len());
    for part in parts {
        if rest.is_empty() && part.optional {
            continue;
        }
        let (piece, after) = rest.split_at_checked(part.most).unwrap_or((rest, ""));
        if let Some(wrong) = piece.chars().find(|character| !part.characters.contain(*character)) {
            return Err(Fault::Other(format!("{wrong:?} must not be among its {part}")));
        }
        if piece.len() < part.least {
            return Err(Fault::Other(format!("it is too short and must have {part}")));
        }
        taken.push((part, piece));
        rest = after;
    }
    if !rest.is_empty() {
        return Err(Fault::Other(format!("{rest:?} is more than it may have")));
    }
    for (part, piece) in taken {
        for rule in &part.rules {
            rule.check(piece)?;
        }
    }
    Ok(())
}

impl Characters {
    fn contain(self, character: char) -> bool {
        match self {
            Self::Digits => character.is_ascii_digit(),
            Self::Set82 => SET_82.contains(character),
            Self::Set39 => {
                character.is_ascii_digit() || character.is_ascii_uppercase() || "#-/".contains(character)
            }
            Self::Base64 => character.is_ascii_alphanumeric() || "-_=".contains(character),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.characters {
            Characters::Digits => "digits",
            Characters::Set82 | Characters::Base64 => "characters",
            Characters::Set39 => "capital letters and digits",
        };
        if self.most == 1 {
            return write!(f, "1 {}", what.trim_end_matches('s'));
        }
        if self.least == self.most {
            return write!(f, "{} {what}", self.most);
        }
        write!(f, "{} to {} {what}", self.least, self.most)
    }
}

/// The lines of the table that are rows.
fn lines() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Reads a line. `None` where it is not of the form; a test reads them all.
fn rows_of(line: &'static str) -> Option<Vec<(Ai, Row)>> {
    let (facts, title) = line.split_once(" # ").unwrap_or((line, ""));
    let mut words = facts.split(' ');
    let ais = range_of(words.next()?)?;
    let mut row = Row {
        fixed: false,
        attribute: false,
        parts: Vec::new(),
        requires: Vec::new(),
        excludes: Vec::new(),
        key: None,
        title,
    };
    for word in words {
        if word.bytes().all(|byte| byte == b'*' || byte == b'?') {
            row.fixed = word.contains('*');
            row.attribute = word.contains('?');
        } else if let Some(list) = word.strip_prefix("req=") {
            let sets = list.split(',').map(|set| set.split('+').collect()).collect();
            row.requires.push(sets);
        } else if let Some(list) = word.strip_prefix("ex=") {
            row.excludes.extend(list.split(','));
        } else if word == "dlpkey" {
            row.key = Some(Vec::new());
        } else if let Some(list) = word.strip_prefix("dlpkey=") {
            let ai = |text: &str| text.parse().ok();
            let orders = list.split('|').map(|order| order.split(',').map(ai).collect());
            row.key = Some(orders.collect::<Option<_>>()?);
        } else {
            row.parts.push(part_of(word)?);
        }
    }
    if row.parts.is_empty() {
        return None;
    }
    Some(ais.into_iter().map(|ai| (ai, row.clone())).collect())
}

fn range_of(word: &str) -> Option<Vec<Ai>> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let (from, to) = (first.parse::<u16>().ok()?, last.parse::<u16>().ok()?);
    let width = first.len();
    (from..=to).map(|number| format!("{number:0width$}").parse().ok()).collect()
}

fn part_of(word: &str) -> Option<Part> {
    let mut names = word.split(',');
    let shape = names.next()?;
    let bare = shape.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let (letter, length) = bare.unwrap_or(shape).split_at_checked(1)?;
    let characters = match letter {
        "N" => Characters::Digits,
        "X" => Characters::Set82,
        "Y" => Characters::Set39,
        "Z" => Characters::Base64,
        _ => return None,
    };
    let up_to = length.strip_prefix("..");
    let most = up_to.unwrap_or(length).parse().ok()?;
    let least = if up_to.is_some() { 1 } else { most };
    let rules = names.map(Rule::named).collect::<Option<_>>()?;
    Some(Part { characters, least, most, optional: bare.is_some(), rules })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ai(text: &str) -> Ai {
        text.parse().unwrap()
    }

    #[test]
    fn every_line_is_read_and_no_identifier_begins_with_another() {
        for line in lines() {
            assert!(rows_of(line).is_some(), "{line}");
        }
        let names = ROWS.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names.len(), lines().map(|line| rows_of(line).unwrap().len()).sum::<usize>());
        for name in &names {
            let clashes = names.iter().filter(|other| other.starts_with(name.as_str())).count();
            assert_eq!(clashes, 1, "{name}");
        }
    }

    #[test]
    fn what_is_fixed_has_one_length() {
        for (ai, row) in &*ROWS {
            assert!(!row.fixed || row.only_length().is_some(), "{ai}");
        }
        assert_eq!(row(Ai::GTIN).unwrap().only_length(), Some(14));
        assert_eq!(row(ai("8001")).unwrap().only_length(), Some(14));
        assert_eq!(row(Ai::LOT).unwrap().only_length(), None);
        assert_eq!(row(ai("253")).unwrap().only_length(), None);
    }

    #[test]
    fn a_row_says_what_the_line_says() {
        let gtin = row(Ai::GTIN).unwrap();
        assert!(gtin.fixed && gtin.attribute);
        assert_eq!(gtin.excludes, ["255", "37"]);
        assert_eq!(gtin.key.as_ref().unwrap()[1], [ai("235")]);
        let net = row(ai("3103")).unwrap();
        assert_eq!((net.title, net.requires.len()), ("NET WEIGHT (kg)", 1));
        assert!(row(ai("3106")).is_none() && row(ai("99")).is_some());
        assert!(is_free(ai("89")) && !is_free(ai("999")) && !is_free(ai("31")));
    }

    #[test]
    fn values_are_refused_in_words() {
        for (name, value, words) in [
            (
                "01",
                "1234567890123",
                "(01) cannot be \"1234567890123\": it is too short and must have 14 digits.",
            ),
            (
                "01",
                "12345678901234",
                "The check digit of 12345678901234 does not fit; 1 would. Scan it again.",
            ),
            ("10", "A B", "(10) cannot be \"A B\": ' ' must not be among its 1 to 20 characters."),
            ("37", "123456789", "(37) cannot be \"123456789\": \"9\" is more than it may have."),
            ("10", "", "(10) cannot be \"\": it is too short and must have 1 to 20 characters."),
        ] {
            let refused = row(ai(name)).unwrap().check(ai(name), value).unwrap_err();
            assert_eq!(refused.to_string(), words);
        }
        assert!(check_unknown(ai("89"), "ABC").is_ok() && check_unknown(ai("89"), "").is_err());
    }
}
