//! Which line of a record a scanned product belongs to, and whether there is room for it.

use std::collections::BTreeSet;

use inventory::{LocationCode, Lot, Sku, Tracking};
use kernel::{Day, PositiveQuantity, Quantity};

use super::{Rejection, ScanReason};
use crate::LineFacts;

/// What is counted: so many of a product, perhaps of a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counting {
    pub(crate) sku: Sku,
    pub(crate) lot: Option<Lot>,
    pub(crate) expires_on: Option<Day>,
    pub(crate) quantity: PositiveQuantity,
    /// How finely the product is told apart: a serial number is one unit, whatever is planned.
    pub(crate) tracking: Tracking,
}

/// How a module's lines take what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Takes {
    /// Whether lines count up at all.
    pub(crate) counts: bool,
    /// Whether a line without a lot takes the lot that is scanned.
    pub(crate) lots: bool,
    /// Whether a lot that no line has gets a line of its own.
    pub(crate) more_lines: bool,
}

/// The line that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// This one.
    Line(u32),
    /// One more, like this one.
    Another(u32),
}

impl Chosen {
    pub(crate) const fn line_no(self) -> Option<u32> {
        match self {
            Self::Line(line_no) => Some(line_no),
            Self::Another(_) => None,
        }
    }
}

impl Counting {
    /// The line that it belongs to: of this product, at this place where one is said, of this lot, with room for it.
    pub(super) fn choose(
        &self,
        lines: &[LineFacts],
        place: Option<&LocationCode>,
        takes: Takes,
    ) -> Result<Chosen, Rejection> {
        let sku = &self.sku;
        let of_item: Vec<_> = lines.iter().filter(|line| line.sku.as_ref() == Some(sku)).collect();
        if of_item.is_empty() {
            let why = format!("{sku} is on no line of the record.");
            return Err(Rejection::new(ScanReason::WrongItem, why));
        }
        let is_there = |line: &&&LineFacts| {
            place.is_none_or(|place| line.locations.is_empty() || line.locations.contains(place))
        };
        let here: Vec<_> = of_item.iter().filter(is_there).copied().collect();
        let Some(first) = here.first() else {
            let place = place.map_or("", LocationCode::as_str);
            let why = format!("No line of {sku} is about {place}.");
            return Err(Rejection::new(ScanReason::WrongLocation, why));
        };
        self.check_lot(&here, takes)?;
        let fitting = self.of_lot(&here, takes);
        if fitting.is_empty() && !takes.more_lines {
            let lots: Vec<_> = here.iter().filter_map(|line| line.lot.as_ref().map(Lot::as_str)).collect();
            let why = format!("The record is about {} of {sku}.", lots.join(", "));
            return Err(Rejection::new(ScanReason::WrongLot, why));
        }
        // Where lines take lots as they come, what is planned of the product is planned of all of them together.
        let together = takes.lots.then(|| room(of_item.iter().copied(), None)).flatten();
        let quantity = self.quantity.get();
        let has_room = |line: &&LineFacts| {
            let alone = if takes.lots { None } else { room(std::iter::once(*line), None) };
            let serial = if self.tracking == Tracking::Serial {
                room(std::iter::once(*line), Some(Quantity::units(1)))
            } else {
                None
            };
            [together, alone, serial].into_iter().flatten().all(|room| quantity <= room)
        };
        match fitting.iter().copied().find(has_room) {
            Some(line) => Ok(Chosen::Line(line.line_no)),
            None if fitting.is_empty() && together.is_none_or(|room| quantity <= room) => {
                Ok(Chosen::Another(first.line_no))
            }
            None => {
                let why = format!("{quantity} more of {sku} is more than the record expects.");
                Err(Rejection::new(ScanReason::OverQuantity, why))
            }
        }
    }

    /// The lot has to be known where it makes a difference, and its last good day may not contradict what a line says.
    fn check_lot(&self, lines: &[&LineFacts], takes: Takes) -> Result<(), Rejection> {
        let sku = &self.sku;
        let Some(lot) = &self.lot else {
            let lots: BTreeSet<_> = lines.iter().map(|line| line.lot.as_ref()).collect();
            let is_clear = !takes.lots && lots.len() == 1;
            if self.tracking == Tracking::None || (is_clear && self.tracking == Tracking::Lot) {
                return Ok(());
            }
            let what = if self.tracking == Tracking::Serial { "serial number" } else { "lot" };
            let why = format!("{sku} is tracked: scan the barcode that has its {what}.");
            return Err(Rejection::new(ScanReason::LotMissing, why));
        };
        let known =
            lines.iter().filter(|line| line.lot.as_ref() == Some(lot)).find_map(|line| line.expires_on);
        match known.zip(self.expires_on).filter(|(known, said)| known != said) {
            Some((known, said)) => {
                let why = format!(
                    "The label says that the lot is good until {said}; the record says until {known}."
                );
                Err(Rejection::new(ScanReason::WrongLot, why))
            }
            None => Ok(()),
        }
    }

    /// The lines that may be about the lot: those that are first, then those that are about none yet.
    fn of_lot<'l>(&self, lines: &[&'l LineFacts], takes: Takes) -> Vec<&'l LineFacts> {
        let Some(lot) = &self.lot else { return lines.to_vec() };
        let exact = lines.iter().filter(|line| line.lot.as_ref() == Some(lot));
        let open = lines
            .iter()
            .filter(|line| line.lot.is_none() && (!takes.lots || line.actual.is_none_or(Quantity::is_zero)));
        exact.chain(open).copied().collect()
    }
}

/// What is still expected by these lines, or by each of them at most; none where nothing was planned: then anything is.
fn room<'l>(lines: impl Iterator<Item = &'l LineFacts>, most: Option<Quantity>) -> Option<Quantity> {
    let (mut planned, mut actual) = (Quantity::ZERO, Quantity::ZERO);
    for line in lines {
        planned = planned.saturating_add(line.planned);
        actual = actual.saturating_add(line.actual.unwrap_or_default());
    }
    let limit = most.or((!planned.is_zero()).then_some(planned));
    limit.map(|limit| limit.saturating_sub(actual))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line_no: u32, lot: Option<&str>, (planned, actual): (u32, u32), at: &[&str]) -> LineFacts {
        LineFacts {
            line_no,
            sku: Some("TEA".parse().unwrap()),
            lot: lot.map(|lot| lot.parse().unwrap()),
            locations: at.iter().map(|code| code.parse().unwrap()).collect(),
            planned: Quantity::units(planned),
            actual: Some(Quantity::units(actual)),
            reservation: None,
            reservation_line: None,
            source_line: None,
            goes_to: None,
            expires_on: None,
            owed: Quantity::ZERO,
            owed_to: None,
        }
    }

    fn counting(lot: Option<&str>, units: u32) -> Counting {
        Counting {
            sku: "TEA".parse().unwrap(),
            lot: lot.map(|lot| lot.parse().unwrap()),
            expires_on: None,
            quantity: Quantity::units(units).positive().unwrap(),
            tracking: if lot.is_some() { Tracking::Lot } else { Tracking::None },
        }
    }

    const AS_PLANNED: Takes = Takes { counts: true, lots: false, more_lines: false };
    const AS_IT_COMES: Takes = Takes { counts: true, lots: true, more_lines: true };

    fn reason(chosen: Result<Chosen, Rejection>) -> ScanReason {
        chosen.unwrap_err().reason
    }

    #[test]
    fn goes_to_the_line_with_room_at_the_place() {
        let lines =
            [line(1, None, (2, 2), &["A"]), line(2, None, (5, 1), &["A"]), line(3, None, (9, 0), &["B"])];
        let one = counting(None, 1);
        let at = |code: &str| Some(code.parse::<LocationCode>().unwrap());
        assert_eq!(one.choose(&lines, at("A").as_ref(), AS_PLANNED), Ok(Chosen::Line(2)));
        assert_eq!(one.choose(&lines, at("B").as_ref(), AS_PLANNED), Ok(Chosen::Line(3)));
        assert_eq!(reason(one.choose(&lines, at("C").as_ref(), AS_PLANNED)), ScanReason::WrongLocation);
        assert_eq!(reason(counting(None, 10).choose(&lines, None, AS_PLANNED)), ScanReason::OverQuantity);
        let other = Counting { sku: "tea".parse().unwrap(), ..one };
        assert_eq!(reason(other.choose(&lines, None, AS_PLANNED)), ScanReason::WrongItem);
    }

    #[test]
    fn a_lot_goes_to_its_line_and_where_lots_come_as_they_come_to_a_new_one() {
        let lines = [line(1, Some("L1"), (5, 2), &[]), line(2, None, (5, 0), &[])];
        assert_eq!(counting(Some("L1"), 1).choose(&lines, None, AS_PLANNED), Ok(Chosen::Line(1)));
        assert_eq!(counting(Some("L2"), 1).choose(&lines, None, AS_PLANNED), Ok(Chosen::Line(2)));
        let planned = &lines[..1];
        assert_eq!(reason(counting(Some("L2"), 1).choose(planned, None, AS_PLANNED)), ScanReason::WrongLot);
        assert_eq!(counting(Some("L2"), 3).choose(planned, None, AS_IT_COMES), Ok(Chosen::Another(1)));
        let over = counting(Some("L2"), 4).choose(planned, None, AS_IT_COMES);
        assert_eq!(reason(over), ScanReason::OverQuantity, "2 of 5 have come of L1");
        let unsaid = Counting { tracking: Tracking::Lot, ..counting(None, 1) };
        assert_eq!(unsaid.choose(planned, None, AS_PLANNED), Ok(Chosen::Line(1)), "there is one lot only");
        assert_eq!(reason(unsaid.choose(&lines, None, AS_PLANNED)), ScanReason::LotMissing);
        assert_eq!(reason(unsaid.choose(planned, None, AS_IT_COMES)), ScanReason::LotMissing);
        let dated =
            LineFacts { expires_on: Some("2030-01-31".parse().unwrap()), ..line(1, Some("L1"), (5, 2), &[]) };
        let other = Counting { expires_on: Some("2031-01-31".parse().unwrap()), ..counting(Some("L1"), 1) };
        assert_eq!(reason(other.choose(&[dated], None, AS_IT_COMES)), ScanReason::WrongLot);
        let counted = [line(1, None, (5, 2), &[])];
        let chosen = counting(Some("L2"), 1).choose(&counted, None, AS_IT_COMES);
        assert_eq!(chosen, Ok(Chosen::Another(1)), "what was counted before is not of this lot");
    }

    #[test]
    fn a_serial_number_is_one_unit() {
        let lines = [line(1, Some("S1"), (0, 1), &[])];
        let again = Counting { tracking: Tracking::Serial, ..counting(Some("S1"), 1) };
        assert_eq!(reason(again.choose(&lines, None, AS_IT_COMES)), ScanReason::OverQuantity);
        let next = Counting { tracking: Tracking::Serial, ..counting(Some("S2"), 1) };
        assert_eq!(next.choose(&lines, None, AS_IT_COMES), Ok(Chosen::Another(1)));
        assert_eq!(counting(None, 999).choose(&lines, None, AS_PLANNED), Ok(Chosen::Line(1)));
        let unsaid = Counting { tracking: Tracking::Serial, ..counting(None, 1) };
        assert_eq!(reason(unsaid.choose(&lines, None, AS_PLANNED)), ScanReason::LotMissing);
    }
}
