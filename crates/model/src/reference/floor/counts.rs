//! Counts in the reference: compared with the books of the moment at which somebody counted.

use inventory::HoldReason;
use kernel::Code;
use operations::{Module, RecordState};

use super::receipts::haul;
use super::{Line, Record};
use crate::catalogue::UNIT;
use crate::reference::stock::{Haul, Key, free_at};
use crate::reference::{Outcome, Reference, Shelf, Spot};

const MISSING: Spot = Spot::Held(HoldReason::Missing);

fn key(line: &Line) -> Key {
    (line.product, line.place.unwrap(), line.lot)
}

impl Line {
    fn variance(&self) -> i64 {
        self.handled() - self.expected
    }
}

impl Reference {
    fn shelf(&self, line: &Line) -> Shelf {
        self.shelves.get(&key(line)).copied().unwrap_or_default()
    }

    /// What is counted anew is compared with everything that stands there, but for what is missing and for what pickers
    /// have in their hands. What was approved is not counted anew.
    pub(super) fn check_count(&self, record: &mut Record, who: usize) -> Outcome {
        let is_approved = record.stands_at() == RecordState::Approved;
        for at in 0..record.sheet.lines.len() {
            let (before, rest) = record.sheet.lines.split_at_mut(at);
            let line = &mut rest[0];
            if before.iter().any(|other| key(other) == key(line)) {
                return Err(Code::RecordInvalid);
            }
            if is_approved && line.counted_version.is_none() {
                return Err(Code::RecordInvalid);
            }
            if line.actual.is_none() || line.counted_version.is_some() {
                continue;
            }
            let shelf = self.shelf(line);
            line.expected = shelf.owned() - shelf.of(MISSING) - self.in_carts(key(line));
            line.counted_version = Some(shelf.version);
            line.counted_by = Some(who);
            line.counters.insert(who);
            line.counts += 1;
        }
        Ok(())
    }

    /// What picks have taken from a shelf that are not posted yet.
    fn in_carts(&self, shelf: Key) -> i64 {
        let picks = self.records.iter().filter(|record| {
            record.module == Module::PickTasks && record.stands_at() == RecordState::InProgress
        });
        let lines = picks.flat_map(|pick| &pick.sheet.lines).filter(|line| key(line) == shelf);
        lines.map(Line::handled).sum()
    }

    /// A surplus clears what is missing first, the rest comes from nowhere; a loss goes there, and never out of what is
    /// promised; what stays missing is written off.
    pub(super) fn count(&self, record: &Record) -> Result<(Vec<Haul>, bool), Code> {
        let (mut hauls, mut is_promised) = (Vec::new(), false);
        for (at, line) in record.sheet.lines.iter().enumerate() {
            let (shelf, place) = (self.shelf(line), line.place.unwrap());
            let (free, missing) = (free_at(place), Some((place, MISSING)));
            let (surplus, loss) = (line.variance().max(0), (-line.variance()).max(0));
            is_promised |= loss > free.map_or(0, |(_, spot)| shelf.of(spot));
            let found = surplus.min(shelf.of(MISSING));
            hauls.extend(haul(line, at, loss, (free, None)));
            hauls.extend(haul(line, at, found, (missing, free)));
            hauls.extend(haul(line, at, surplus - found, (None, free)));
            hauls.extend(haul(line, at, shelf.of(MISSING) - found, (missing, None)));
        }
        if is_promised { Err(Code::LossPromised) } else { Ok((hauls, true)) }
    }
}

/// All is counted; what is beyond the tolerance twice, and somebody who did not count it approves.
pub(super) fn may_approve(record: &Record, who: usize) -> Outcome {
    let lines = &record.sheet.lines;
    if lines.iter().any(|line| line.actual.is_none()) {
        return Err(Code::ActualMissing);
    }
    let percent = record.sheet.payload.tolerance.unwrap_or_default() / UNIT;
    let off = || lines.iter().filter(|line| line.variance().abs() > line.expected * percent / 100);
    if off().any(|line| line.counts < 2) {
        return Err(Code::RecountRequired);
    }
    if off().any(|line| line.counters.contains(&who)) { Err(Code::ApproverMayNot) } else { Ok(()) }
}
