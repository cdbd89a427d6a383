//! The comparison itself. A case is a line of JSON: `kind` names what is tried, with `param` and `settings`, on
//! `input`; `ok` says whether it must succeed, `expect` with what (nothing is compared if that is empty), and `full_ok`
//! whether what was read must have all the companions that the standard demands.

use std::collections::BTreeMap;
use std::fmt;

use scanning::{
    Elements, FNC1, GS1_RESOLVER, Gtin, Link, ScanRefusal, Settings, Symbology, Transmission, UnknownAis,
    check_digit, percent_decode, percent_encode, transmit,
};
use serde::Deserialize;

/// A case of the file; what else is on its line says where it comes from.
#[derive(Debug, Deserialize)]
struct Case {
    kind: String,
    ok: bool,
    param: Option<String>,
    input: String,
    expect: String,
    settings: BTreeMap<String, String>,
    full_ok: Option<bool>,
}

/// How many cases there are of a kind, and how many agree.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Count {
    /// All.
    pub(crate) cases: usize,
    /// Those that agree.
    pub(crate) agree: usize,
}

/// What came out.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// By kind, syntax and output.
    pub(crate) kinds: BTreeMap<String, Count>,
    /// Companions, of the cases that say something about them.
    pub(crate) companions: Count,
    /// Each case that does not agree, with the reason.
    pub(crate) findings: Vec<String>,
}

/// What reading gave: what is printed of it, and the elements where there are any.
struct Read {
    printed: String,
    elements: Option<Elements>,
}

type Answer = Result<Read, String>;

/// Tries every line.
pub(crate) fn run(lines: &str) -> Report {
    let mut report = Report::default();
    for (number, line) in (1_usize..).zip(lines.lines()) {
        match serde_json::from_str::<Case>(line) {
            Ok(case) => report.add(number, &case),
            Err(error) => report.findings.push(format!("line {number}: {error}")),
        }
    }
    report
}

impl Report {
    fn add(&mut self, number: usize, case: &Case) {
        let answer = answer(case);
        let place = format!("line {number}: {} {:?}", case.kind, case.input);
        let count = self.kinds.entry(case.kind.clone()).or_default();
        count.cases = count.cases.saturating_add(1);
        match disagreement(case, &answer) {
            Some(why) => self.findings.push(format!("{place}: {why}")),
            None => count.agree = count.agree.saturating_add(1),
        }
        let Some(wanted) = case.full_ok else { return };
        self.companions.cases = self.companions.cases.saturating_add(1);
        let found = answer.and_then(|read| match read.elements {
            Some(elements) => elements.check_companions().map_err(said),
            None => Ok(()),
        });
        if found.is_ok() == wanted {
            self.companions.agree = self.companions.agree.saturating_add(1);
        } else {
            self.findings.push(format!("{place}: companions: {wanted} is wanted, not {found:?}"));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = Count::default();
        for (kind, count) in &self.kinds {
            all.cases = all.cases.saturating_add(count.cases);
            all.agree = all.agree.saturating_add(count.agree);
            writeln!(f, "{kind}: {} of {}", count.agree, count.cases)?;
        }
        writeln!(f, "all: {} of {} agree", all.agree, all.cases)?;
        writeln!(f, "companions: {} of {} agree", self.companions.agree, self.companions.cases)
    }
}

fn disagreement(case: &Case, answer: &Answer) -> Option<String> {
    match answer {
        Ok(_) if !case.ok => Some("is taken and should be refused".into()),
        Ok(read) if case.expect.is_empty() || read.printed == case.expect => None,
        Ok(read) => Some(format!("gives {:?} and should give {:?}", read.printed, case.expect)),
        Err(_) if !case.ok => None,
        Err(why) => Some(format!("is refused: {why}")),
    }
}

fn said(refused: ScanRefusal) -> String {
    format!("{}: {refused}", refused.code())
}

fn of_elements(elements: Elements) -> Read {
    Read { printed: elements.message('^'), elements: Some(elements) }
}

fn of_text(printed: String) -> Read {
    Read { printed, elements: None }
}

fn answer(case: &Case) -> Answer {
    let settings = settings(case)?;
    let input = case.input.as_str();
    match case.kind.as_str() {
        "parseAIdata" => Elements::from_brackets(input, settings.unknown_ais).map(of_elements).map_err(said),
        "processAIdata" => {
            let message = input.strip_prefix('^').ok_or("it does not begin with FNC1")?;
            Elements::from_message(message, '^').map(of_elements).map_err(said)
        }
        "parseDLuri" => {
            Link::read(input, &settings).map(|link| of_elements(link.elements().clone())).map_err(said)
        }
        "GenerateDLuri" => {
            let stem = case.param.as_deref().unwrap_or(GS1_RESOLVER);
            let elements = Elements::from_brackets(input, settings.unknown_ais).map_err(said)?;
            Link::new(&elements, stem, &settings).map(|link| of_text(link.to_string())).map_err(said)
        }
        // Bytes are shown as the characters of Latin-1.
        "URIunescape" => {
            both(|in_query| percent_decode(input, in_query).into_iter().map(char::from).collect())
        }
        "URIescape" => both(|in_query| percent_encode(input, in_query)),
        "ProcessScanData" => received(case, &settings),
        "GenerateScanData" => sent(case),
        other => Err(format!("{other} is no kind that is known here")),
    }
}

/// What stands in a path and what in a query, as a JSON list.
fn both(of: impl Fn(bool) -> String) -> Answer {
    let quoted = [false, true].map(|in_query| ascii_json(&of(in_query)));
    Ok(of_text(format!("[{}]", quoted.join(", "))))
}

/// A JSON string in which only ASCII stands for itself.
fn ascii_json(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let escaped = |character: char| match character.is_ascii() {
        true => character.to_string(),
        false => format!("\\u{:04x}", u32::from(character)),
    };
    json.chars().map(escaped).collect()
}

fn settings(case: &Case) -> Result<Settings, String> {
    let mut settings = Settings::default();
    for (name, value) in &case.settings {
        match (name.as_str(), value.as_str()) {
            ("PermitZeroSuppressedGTINinDLuris", "true") => settings.short_link_gtins = true,
            ("ctx->permitConvenienceAlphas", "true") => settings.short_link_names = true,
            ("PermitUnknownAIs", "true") if settings.unknown_ais == UnknownAis::Refuse => {
                settings.unknown_ais = UnknownAis::Keep;
            }
            ("ValidationEnabled", "vUNKNOWN_AI_NOT_DL_ATTR,false") => {
                settings.unknown_ais = UnknownAis::KeepInLinks;
            }
            ("PermitUnknownAIs" | "AddCheckDigit", "true") => {}
            _ => return Err(format!("the setting {name}={value} is not known here")),
        }
    }
    Ok(settings)
}

/// A literal `^` at the beginning has a backslash more in the notation of the vectors.
fn escaped(text: &str) -> String {
    if text.trim_start_matches('\\').starts_with('^') { format!("\\{text}") } else { text.to_owned() }
}

fn unescaped(text: &str) -> &str {
    if text.trim_start_matches('\\').starts_with('^') {
        text.strip_prefix('\\').unwrap_or(text)
    } else {
        text
    }
}

fn received(case: &Case, settings: &Settings) -> Answer {
    let sent = Transmission::read(&case.input).map_err(said)?;
    let wanted = symbology(case.param.as_deref().unwrap_or_default());
    if case.ok
        && wanted.as_ref().map(|(plain, gs1)| sent.symbology == *plain || sent.symbology == *gs1) != Ok(true)
    {
        return Err(format!("{} is another symbology", sent.symbology));
    }
    let elements = |text: &str| Elements::from_message(text, FNC1).map_err(said);
    let gs1 = [
        Symbology::Gs1_128,
        Symbology::DataBarExpanded,
        Symbology::Gs1DataMatrix,
        Symbology::Gs1QrCode,
        Symbology::Gs1DotCode,
    ];
    if matches!(sent.symbology, Symbology::Ean8 | Symbology::Ean13) {
        let gtin = Gtin::read(sent.symbology, sent.text).map_err(said)?;
        let composite = sent.composite.map(elements).transpose()?;
        let second = composite.map(|elements| format!("|{}", elements.message('^'))).unwrap_or_default();
        return Ok(of_text(format!("{}{second}", gtin.digits)));
    }
    if gs1.contains(&sent.symbology) {
        return elements(sent.text).map(of_elements);
    }
    let schemes = ["http://", "https://", "HTTP://", "HTTPS://"];
    let is_link = schemes.iter().any(|scheme| sent.text.starts_with(scheme));
    let link = is_link.then(|| Link::read(sent.text, settings).map_err(said)).transpose()?;
    Ok(Read { printed: escaped(sent.text), elements: link.map(|link| link.elements().clone()) })
}

fn sent(case: &Case) -> Answer {
    let (symbology, _) = symbology(case.param.as_deref().unwrap_or_default())?;
    let alone = matches!(symbology, Symbology::QrCode | Symbology::DataMatrix | Symbology::DotCode);
    let parts = if alone { None } else { case.input.split_once('|') };
    let (first, second) = parts.map_or((case.input.as_str(), None), |(first, second)| (first, Some(second)));
    let mut data = match first.starts_with('^') {
        true => first.replace('^', "\u{1D}"),
        false => unescaped(first).to_owned(),
    };
    if case.settings.contains_key("AddCheckDigit") {
        if data.len() != 12 {
            return Err("12 digits are wanted, to which the check digit is added".into());
        }
        data.extend(check_digit(&data));
    }
    let second = second.map(|text| text.replace('^', "\u{1D}"));
    transmit(symbology, &data, second.as_deref()).map(of_text).map_err(said)
}

/// The names of the vectors: the symbology with plain text, and with GS1 data.
fn symbology(name: &str) -> Result<(Symbology, Symbology), String> {
    let one = |symbology| Ok((symbology, symbology));
    match name {
        "QR" => Ok((Symbology::QrCode, Symbology::Gs1QrCode)),
        "DM" => Ok((Symbology::DataMatrix, Symbology::Gs1DataMatrix)),
        "DotCode" => Ok((Symbology::DotCode, Symbology::Gs1DotCode)),
        "DataBarExpanded" => one(Symbology::DataBarExpanded),
        "DataBarLimited" => one(Symbology::DataBarLimited),
        "DataBarOmni" => one(Symbology::DataBar),
        "GS1_128_CCA" | "GS1_128_CCC" => one(Symbology::Gs1_128),
        "EAN13" => one(Symbology::Ean13),
        "EAN8" => one(Symbology::Ean8),
        "UPCA" => one(Symbology::UpcA),
        "UPCE" => one(Symbology::UpcE),
        _ => Err(format!("{name} is no symbology of the vectors")),
    }
}
