//! Goods that are moved, corrected, taken back and made in the reference.

use inventory::{HoldReason, LocationKind};
use kernel::Code;
use operations::modules::Change;
use operations::{Disposition, Module, Step};

use super::receipts::haul;
use super::{Line, Part, PostAsked, Record, at, parts};
use crate::catalogue::{KIT, PLACES};
use crate::reference::stock::{End, Haul, default_place, free_at, place_for, place_in};
use crate::reference::{Outcome, Reference, Spot};

type Plan = Result<(Vec<Haul>, bool), Code>;

const AVAILABLE: Spot = Spot::Available;
const RETURNED: Spot = Spot::Held(HoldReason::Returned);
const ON_WAY: Spot = Spot::Held(HoldReason::InTransit);

/// To hold and to unhold needs a reason.
pub(super) fn check_adjustment(record: &Record) -> Outcome {
    let needs =
        |line: &Line| matches!(line.change, Some(Change::Hold | Change::Unhold)) && line.reason.is_none();
    let is_of_transfers = |line: &Line| line.reason == Some(HoldReason::InTransit);
    let is_wrong = record.sheet.lines.iter().any(|line| needs(line) || is_of_transfers(line));
    if is_wrong { Err(Code::RecordInvalid) } else { Ok(()) }
}

/// ± available or held, or hold and unhold.
pub(super) fn adjust(record: &Record) -> Vec<Haul> {
    let lines = record.sheet.lines.iter().enumerate();
    let one = |(at, line): (usize, &Line)| {
        let place = line.place.unwrap();
        let available = Some((place, AVAILABLE));
        let here = line.reason.map_or(available, |reason| Some((place, Spot::Held(reason))));
        let ends = match line.change.unwrap() {
            Change::Increase => (None, here),
            Change::Decrease => (here, None),
            Change::Hold => (available, here),
            Change::Unhold => (here, free_at(place)),
        };
        haul(line, at, line.planned, ends)
    };
    lines.filter_map(one).collect()
}

/// What waits to be put away goes to a shelf.
pub(super) fn put_away(record: &Record) -> Plan {
    let mut hauls = Vec::new();
    for (at, line) in record.sheet.lines.iter().enumerate().filter(|(_, line)| line.handled() > 0) {
        let to = line.to.ok_or(Code::RecordInvalid)?;
        let from = Some((line.place.unwrap(), Spot::Held(HoldReason::Putaway)));
        hauls.extend(haul(line, at, line.handled(), (from, Some((to, AVAILABLE)))));
    }
    Ok((hauls, true))
}

/// Components become kits, or kits components; of nothing comes nothing.
pub(super) fn assemble(record: &Record) -> Plan {
    let payload = &record.sheet.payload;
    let kits_at = match payload.kits_at {
        Some(place) => place_in(place, record.warehouse)?,
        None => default_place(record.warehouse)?,
    };
    let kit = Line { product: KIT, ..Line::default() };
    let ends = |place: usize, comes: bool| -> (End, End) {
        let here = Some((place, AVAILABLE));
        if comes { (None, here) } else { (here, None) }
    };
    let lines = record.sheet.lines.iter().enumerate();
    let part = |(at, line): (usize, &Line)| {
        haul(line, at, line.handled(), ends(line.place.unwrap_or(kits_at), payload.is_apart))
    };
    let mut hauls: Vec<Haul> = lines.filter_map(part).collect();
    if hauls.is_empty() {
        return Err(Code::StockNotAllowed);
    }
    let kits = haul(&kit, 0, payload.kits, ends(kits_at, !payload.is_apart));
    hauls.extend(kits.map(|kits| Haul { line: None, ..kits }));
    if payload.is_apart {
        hauls.rotate_right(1);
    }
    Ok((hauls, true))
}

fn goal(record: &Record) -> usize {
    record.sheet.payload.goal.unwrap_or(record.warehouse)
}

/// Inside one warehouse if directly, and then it says where to; only then it can be held goods.
pub(super) fn check_transfer(record: &Record) -> Outcome {
    let (goal, is_direct) = (goal(record), record.sheet.payload.is_direct);
    let is_wrong = |line: &Line| {
        (line.reason.is_some() && !is_direct)
            || (is_direct && (line.to.is_none() || line.to == line.place))
            || line.to.is_some_and(|place| PLACES[place].warehouse != goal)
    };
    let is_far = is_direct && goal != record.warehouse;
    if is_far || record.sheet.lines.iter().any(is_wrong) { Err(Code::RecordInvalid) } else { Ok(()) }
}

/// Available → on the way → where it goes, back, or out of the books; or directly.
pub(super) fn transfer(record: &Record, step: Step, asked: &PostAsked) -> Plan {
    let lines = &record.sheet.lines;
    if record.sheet.payload.is_direct != (step == Step::Post) {
        return Err(Code::UnknownStep);
    }
    if step == Step::Post {
        let one = |(at, line): (usize, &Line)| {
            let (from, to) = (line.place.unwrap(), line.to.unwrap());
            let ends = match line.reason.map(Spot::Held) {
                Some(held) => (Some((from, held)), Some((to, held))),
                None => (Some((from, AVAILABLE)), free_at(to)),
            };
            haul(line, at, line.handled(), ends)
        };
        return Ok((lines.iter().enumerate().filter_map(one).collect(), true));
    }
    let truck = Some((place_for(LocationKind::Transit, record.warehouse)?, ON_WAY));
    if step == Step::Dispatch {
        let one = |(at, line): (usize, &Line)| {
            haul(line, at, line.handled(), (Some((line.place.unwrap(), AVAILABLE)), truck))
        };
        return Ok((lines.iter().enumerate().filter_map(one).collect(), false));
    }
    let (mut hauls, mut seen) = (Vec::new(), Vec::new());
    let (mut left, mut is_wrong) = (lines.iter().map(|line| line.on_way).sum::<i64>(), false);
    for part in parts(lines, asked, |line| line.on_way) {
        let at = at(lines, part.line_no).filter(|at| !seen.contains(at));
        seen.extend(at);
        let Some((at, line)) = at.map(|at| (at, &lines[at])).filter(|(_, line)| part.quantity <= line.on_way)
        else {
            is_wrong = true;
            continue;
        };
        if part.quantity == 0 {
            continue;
        }
        let to = match step {
            Step::WriteOff => None,
            Step::ReturnToSource => free_at(line.place.unwrap()),
            Step::Receive | Step::Found => free_at(arrival(record, line, &part)?),
            _ => unreachable!("{step:?}"),
        };
        left -= part.quantity;
        hauls.extend(haul(line, at, part.quantity, (truck, to)));
    }
    if is_wrong { Err(Code::RecordInvalid) } else { Ok((hauls, left == 0)) }
}

/// Where goods arrive: where somebody says, else at the dock of the warehouse, else at its default place.
fn arrival(record: &Record, line: &Line, part: &Part) -> Result<usize, Code> {
    let goal = goal(record);
    match part.to.or(line.to) {
        Some(place) => place_in(place, goal),
        None => place_for(LocationKind::Receiving, goal).or(default_place(goal)),
    }
}

pub(super) fn settle_transfer(record: &mut Record, step: Step, hauls: &[Haul], is_undone: bool) {
    for haul in hauls {
        let line = &mut record.sheet.lines[haul.line.unwrap()];
        let quantity = if is_undone { -haul.quantity } else { haul.quantity };
        let to = match step {
            Step::Dispatch => &mut line.on_way,
            Step::Receive | Step::Found => &mut line.arrived,
            Step::ReturnToSource => &mut line.went_back,
            Step::WriteOff => &mut line.lost,
            _ => continue,
        };
        *to += quantity;
        line.on_way -= if step == Step::Dispatch { 0 } else { quantity };
    }
}

impl Reference {
    fn shipped(&self, line: &Line) -> i64 {
        let (promise, at) = line.promise.unwrap();
        let row = self.promises[promise].lines.get(at).filter(|row| row.asked.product == line.product);
        row.map_or(0, |row| row.consumed)
    }

    /// Only what was shipped comes back.
    pub(super) fn check_return(&self, record: &Record) -> Outcome {
        let is_wrong = record.sheet.lines.iter().any(|line| self.shipped(line) == 0);
        if is_wrong { Err(Code::RecordInvalid) } else { Ok(()) }
    }

    /// From the customer, and over all returns never more than was shipped.
    pub(super) fn take_back(&self, record: &Record) -> Plan {
        let back = Some((place_for(LocationKind::Returns, record.warehouse)?, RETURNED));
        let received = self
            .records
            .iter()
            .filter(|other| other.module == Module::Returns && other.stands(Step::Receive));
        let before: Vec<&Line> = received.flat_map(|other| &other.sheet.lines).collect();
        let sum = |promise| {
            let lines = before.iter().copied().chain(&record.sheet.lines);
            lines.filter(|line| line.promise == promise).map(Line::handled).sum::<i64>()
        };
        if record.sheet.lines.iter().any(|line| sum(line.promise) > self.shipped(line)) {
            return Err(Code::RecordInvalid);
        }
        let lines = record.sheet.lines.iter().enumerate();
        Ok((lines.filter_map(|(at, line)| haul(line, at, line.handled(), (None, back))).collect(), false))
    }
}

/// Where goods that came back belong: on a shelf, set aside, or away.
pub(super) fn dispose(record: &Record, asked: &PostAsked) -> Plan {
    let lines = &record.sheet.lines;
    let back = place_for(LocationKind::Returns, record.warehouse)?;
    let mut left: Vec<i64> = lines.iter().map(|line| line.waits).collect();
    let (mut hauls, mut is_wrong) = (Vec::new(), false);
    for part in parts(lines, asked, |line| line.waits) {
        let Some(at) = at(lines, part.line_no).filter(|at| part.quantity <= left[*at]) else {
            is_wrong = true;
            continue;
        };
        left[at] -= part.quantity;
        if part.quantity == 0 {
            continue;
        }
        let to = match part.disposition {
            None => {
                is_wrong = true;
                continue;
            }
            Some(Disposition::Restock) => {
                let place = part.to.map(|place| place_in(place, record.warehouse));
                Some((place.unwrap_or_else(|| default_place(record.warehouse))?, AVAILABLE))
            }
            Some(Disposition::Quarantine) => Some((back, Spot::Held(HoldReason::Qc))),
            Some(Disposition::Damaged) => Some((back, Spot::Held(HoldReason::Damaged))),
            Some(Disposition::Scrap | Disposition::Vendor) => None,
        };
        hauls.extend(haul(&lines[at], at, part.quantity, (Some((back, RETURNED)), to)));
    }
    let is_done = left.iter().all(|left| *left == 0);
    if is_wrong { Err(Code::RecordInvalid) } else { Ok((hauls, is_done)) }
}
