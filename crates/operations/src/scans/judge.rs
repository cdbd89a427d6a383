//! Whether a scan is what was expected.

use inventory::{HoldReason, LocationCode, LotFacts, Product};
use kernel::{Day, PositiveQuantity};
use scanning::{Note, Reading, ScanRefusal, Settings};

use super::count_up::{Chosen, Counting};
use super::{Expected, Found, Rejection, ScanReason, TakeScan};
use crate::{Floor, Record, Reference};

/// What is to be said of a scan.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) reading: Option<Reading>,
    pub(super) found: Found,
    pub(super) rejection: Option<Rejection>,
    /// What may be counted, and on which line.
    pub(super) fits: Option<(Counting, Chosen)>,
}

/// Reads a scan, looks up what it names, and compares it with what is expected of it. Where nothing is, only a code that
/// cannot be read is rejected.
pub(super) fn judge(told: &TakeScan, record: Option<&Record>, floor: &Floor<'_, '_>) -> Judged {
    let raw = told.raw.as_str();
    let reading = match scanning::parse(raw, told.symbology, &Settings::default()) {
        Ok(reading) => reading,
        Err(refusal) => return Judged { rejection: Some(unreadable(&refusal)), ..Judged::default() },
    };
    let found = Found::by(&reading, raw, floor);
    let is_expected = record.is_some() || told.expected.is_some();
    let known = found.clone().unwrap_or_default();
    let checked = match found {
        _ if !is_expected => Ok(None),
        None => Err(unknown(&reading)),
        Some(found) => check(&found, told.expected.as_ref(), record, floor),
    };
    let (fits, rejection) = match checked {
        Ok(fits) => (fits, None),
        Err(rejection) => (None, Some(rejection)),
    };
    Judged { reading: Some(reading), found: known, rejection, fits }
}

fn unreadable(refusal: &ScanRefusal) -> Rejection {
    let is_misread = matches!(refusal, ScanRefusal::BadCheckDigit { .. });
    let reason = if is_misread { ScanReason::BadCheckDigit } else { ScanReason::Unreadable };
    Rejection::new(reason, refusal.to_string())
}

/// Digits with a wrong check digit that nobody has stored as they are were misread.
fn unknown(reading: &Reading) -> Rejection {
    let wrong = reading.notes.iter().find_map(|note| match note {
        Note::CheckDigitDoesNotFit { expected } => Some(expected),
        Note::MayBeUpcE { .. } | Note::NoSeparators | Note::NotADigitalLink { .. } | Note::AddOn { .. } => {
            None
        }
    });
    match wrong {
        Some(expected) => {
            let why = format!("The check digit does not fit; {expected} would. Scan it again.");
            Rejection::new(ScanReason::BadCheckDigit, why)
        }
        None => Rejection::new(ScanReason::UnknownCode, "Nothing here has this code."),
    }
}

fn check(
    found: &Found,
    expected: Option<&Expected>,
    record: Option<&Record>,
    floor: &Floor<'_, '_>,
) -> Result<Option<(Counting, Chosen)>, Rejection> {
    if let Some(code) = &found.location {
        return check_location(code, expected, record, floor).map(|()| None);
    }
    if let Some(scanned) = &found.record {
        return check_record(scanned, record).map(|()| None);
    }
    let product = found.sku.as_ref().and_then(|sku| floor.stock.product_by_sku(sku));
    let Some((product, quantity)) = product.zip(found.quantity) else {
        return Err(Rejection::new(ScanReason::Unreadable, "The quantity is none that a product can have."));
    };
    check_expected(found, quantity, expected)?;
    let takes_blocked = record.is_some_and(|record| record.module().declaration().takes_blocked);
    if !takes_blocked {
        check_lot(product, found, floor)?;
    }
    let Some(record) = record else { return Ok(None) };
    let lot = found.lot.clone().or_else(|| expected.and_then(|expected| expected.lot.clone()));
    let counting = Counting {
        sku: product.sku.clone(),
        lot,
        expires_on: found.expires_on,
        quantity,
        tracking: product.tracking,
    };
    let place = expected.and_then(|expected| expected.location.as_ref());
    let chosen = counting.choose(&record.lines(), place, record.body.content().takes())?;
    Ok(Some((counting, chosen)))
}

fn check_location(
    code: &LocationCode,
    expected: Option<&Expected>,
    record: Option<&Record>,
    floor: &Floor<'_, '_>,
) -> Result<(), Rejection> {
    let wrong = |why: String| Err(Rejection::new(ScanReason::WrongLocation, why));
    if let Some(expected) = expected.and_then(|expected| expected.location.as_ref()) {
        return if expected == code { Ok(()) } else { wrong(format!("{expected} is expected.")) };
    }
    let Some(record) = record else { return wrong("A product is expected.".to_owned()) };
    let location = floor.stock.location_by_code(code);
    if location.is_none_or(|location| location.warehouse != record.head.warehouse) {
        return wrong(format!("{code} is in another warehouse than {}.", record.head.number));
    }
    let named = record.places();
    if !named.is_empty() && !named.contains(code) {
        return wrong(format!("{} is not about {code}.", record.head.number));
    }
    Ok(())
}

fn check_record(scanned: &Reference, record: Option<&Record>) -> Result<(), Rejection> {
    let why = match record {
        Some(record) if record.head.id == scanned.record_id => return Ok(()),
        Some(record) => format!("{} is expected.", record.head.number),
        None => "A product is expected.".to_owned(),
    };
    Err(Rejection::new(ScanReason::WrongRecord, why))
}

fn check_expected(
    found: &Found,
    quantity: PositiveQuantity,
    expected: Option<&Expected>,
) -> Result<(), Rejection> {
    let Some(expected) = expected else { return Ok(()) };
    if let Some(sku) = expected.sku.as_ref().filter(|sku| found.sku.as_ref() != Some(*sku)) {
        return Err(Rejection::new(ScanReason::WrongItem, format!("{sku} is expected.")));
    }
    if let Some(lot) =
        expected.lot.as_ref().filter(|lot| found.lot.as_ref().is_some_and(|found| found != *lot))
    {
        return Err(Rejection::new(ScanReason::WrongLot, format!("{} is expected.", lot.as_str())));
    }
    if let Some(most) = expected.quantity.filter(|most| quantity > *most) {
        let why = format!("{} is more than the expected {}.", quantity.get(), most.get());
        return Err(Rejection::new(ScanReason::OverQuantity, why));
    }
    Ok(())
}

/// The lot may not be over, by what its label says or what is known of it.
fn check_lot(product: &Product, found: &Found, floor: &Floor<'_, '_>) -> Result<(), Rejection> {
    let known = found.lot.as_ref().and_then(|lot| floor.stock.lot(product.id, lot));
    let blocked = known.and_then(|lot| lot.blocked(floor.context.now));
    let said = LotFacts { expires_on: found.expires_on, ..LotFacts::default() };
    let differs =
        known.and_then(|lot| lot.expires_on).zip(found.expires_on).filter(|(ours, said)| ours != said);
    if blocked == Some(HoldReason::Recall) {
        return Err(Rejection::new(ScanReason::Recalled, "The lot is recalled."));
    }
    if blocked.is_some() || said.is_expired(floor.context.now) {
        let day = known.and_then(|lot| lot.expires_on).or(found.expires_on);
        let day = day.map_or_else(String::new, |day: Day| format!(" Its last good day was {day}."));
        return Err(Rejection::new(ScanReason::Expired, format!("The lot is expired.{day}")));
    }
    if let Some((ours, said)) = differs {
        let why =
            format!("The label says that the lot is good until {said}; it is known to be until {ours}.");
        return Err(Rejection::new(ScanReason::WrongLot, why));
    }
    Ok(())
}
