//! Promised goods in the hands of the floor: picked, packed, shipped, missing, back on a shelf.

use std::collections::BTreeMap;

use inventory::{HoldReason, LocationKind};
use kernel::Code;
use operations::{Module, RecordState, Step};

use super::receipts::haul;
use super::{Line, PostAsked, Record, Sheet, at, parts};
use crate::catalogue::PLACES;
use crate::reference::stock::{Haul, Key, free_at, place_for, place_in};
use crate::reference::{Held, Promise};
use crate::reference::{Order, Outcome, Reference, Spot, State};

const MISSING: Spot = Spot::Held(HoldReason::Missing);

/// What became of goods that a line of a reservation holds on a shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// A pick of them has begun, or was given up.
    Bound,
    Unbound,
    /// They went elsewhere and stay in hand; or back to where anybody may pick them.
    Moved(Key),
    PutBack(Key),
    /// They are not promised any more.
    GivenBack,
    Shipped,
    /// They are not there, or may not leave.
    Lost,
}

/// The reservation and its line, the shelf, how much, and what became of it.
type Handled = ((usize, usize), Key, i64, Fate);

/// What the hauls of a record mean for the reservations.
pub(super) fn handled(record: &Record, hauls: &[Haul], is_undone: bool) -> Vec<Handled> {
    let one = |haul: &Haul| {
        let promise = record.sheet.lines[haul.line.unwrap()].promise.unwrap();
        let (from, to) = (haul.key(haul.from).unwrap(), haul.key(haul.to));
        match to {
            None => (promise, from, haul.quantity, Fate::Shipped),
            Some(_) if !haul.is_to(Spot::Reserved) => (promise, from, haul.quantity, Fate::Lost),
            Some(to) if is_undone => (promise, to, haul.quantity, Fate::Moved(from)),
            Some(to) => (promise, from, haul.quantity, Fate::Moved(to)),
        }
    };
    hauls.iter().map(one).collect()
}

/// A line follows its goods, as far as it has them there; what it misses by that.
fn follow_line(line: &mut Order, key: Key, quantity: i64, fate: Fate) -> Result<i64, Code> {
    let held = line.held.iter_mut().find(|held| held.key == key).ok_or(Code::QuantityExceedsReserved)?;
    let there = if fate == Fate::Bound { held.free() } else { held.bound };
    if quantity > there {
        return Err(Code::QuantityExceedsReserved);
    }
    held.bound += if fate == Fate::Bound { quantity } else { -quantity };
    held.quantity -= if matches!(fate, Fate::Bound | Fate::Unbound) { 0 } else { quantity };
    match fate {
        Fate::Bound | Fate::Unbound => {}
        Fate::Moved(to) => line.hold(to, quantity, quantity),
        Fate::PutBack(to) => line.hold(to, quantity, 0),
        Fate::GivenBack => {
            line.released += quantity;
            line.back = (line.back - quantity).max(0);
        }
        Fate::Shipped => line.consumed += quantity,
        Fate::Lost => {
            // What is to come back anyway is not missed.
            let unwanted = quantity.min(line.back);
            line.back -= unwanted;
            line.released += unwanted;
            line.short += quantity - unwanted;
            return Ok(quantity - unwanted);
        }
    }
    Ok(0)
}

impl Reference {
    /// The reservations follow their goods, each once; for what is lost other stock is looked for, elsewhere.
    pub(super) fn follow(&mut self, handled: Vec<Handled>) -> Outcome {
        let mut each: BTreeMap<_, Vec<Handled>> = BTreeMap::new();
        for one in handled {
            each.entry(self.ids[one.0.0]).or_default().push(one);
        }
        for handled in each.into_values() {
            let which = handled[0].0.0;
            if self.promises[which].state != State::Active {
                return Err(Code::ReservationNotActive);
            }
            let released = |promise: &Promise| promise.lines.iter().map(|line| line.released).sum::<i64>();
            let before = released(&self.promises[which]);
            let mut lost = vec![0; self.promises[which].lines.len()];
            for ((_, at), key, quantity, fate) in &handled {
                lost[*at] += follow_line(&mut self.promises[which].lines[*at], *key, *quantity, *fate)?;
            }
            self.finish_release(which);
            let of = |wanted: Fate| handled.iter().filter(move |(.., fate)| *fate == wanted);
            let without: Vec<Key> = of(Fate::Lost).map(|(_, key, ..)| *key).collect();
            self.look_elsewhere(which, &lost, &without);
            if of(Fate::Shipped).next().is_some() || released(&self.promises[which]) > before {
                self.settle(which, false);
            } else {
                self.settle_kept(which);
            }
        }
        Ok(())
    }

    /// What was to come back and is in nobody's hands any more is available again.
    fn finish_release(&mut self, which: usize) {
        let mut anything = false;
        for at in 0..self.promises[which].lines.len() {
            let line = &mut self.promises[which].lines[at];
            let (bound, free) = (line.bound(), line.free());
            let back = (line.back - bound).max(0).min(free);
            line.back = line.back.min(bound);
            line.released += back;
            anything |= self.take_out(which, at, back, Spot::Available);
        }
        self.moved(anything);
    }

    /// Each pick that has some of these lines in hand gets somebody to bring it back, if nobody is told yet.
    pub(crate) fn ask_back(&mut self, which: usize, marked: &[usize]) {
        let is_own = |line: &&Line| {
            let (of, at) = line.promise.unwrap();
            of == which && marked.contains(&at)
        };
        let waits = |line: &Line| {
            let (of, at) = line.promise.unwrap();
            let is_away = |held: &Held| !PLACES[held.key.1].is_storage() && held.key.2 == line.lot;
            self.promises[of].lines[at].held.iter().any(|held| held.bound > 0 && is_away(held))
        };
        let has = |record: &Record| {
            let mut own = record.sheet.lines.iter().filter(is_own);
            match record.stands_at() {
                RecordState::InProgress => own.next().is_some(),
                RecordState::Posted | RecordState::Closed => own.any(waits),
                _ => false,
            }
        };
        let all = 0..self.records.len();
        let is_pick = |at: &usize| self.records[*at].module == Module::PickTasks;
        let picks: Vec<usize> = all.filter(is_pick).filter(|at| has(&self.records[*at])).collect();
        for pick in picks {
            self.told += usize::from(self.asks.insert((pick, which)));
        }
    }

    /// Nobody has to bring back what is back.
    pub(crate) fn end_asks(&mut self) {
        let waits = |(pick, which): &(usize, usize)| {
            let mut lines = self.records[*pick].sheet.lines.iter().filter_map(|line| line.promise);
            lines.any(|(of, at)| of == *which && self.promises[of].lines[at].back > 0)
        };
        let still: std::collections::BTreeSet<_> = self.asks.iter().copied().filter(waits).collect();
        self.told += self.asks.len() - still.len();
        self.asks = still;
    }

    /// What reservations hold less free of than before is off the picks that have not begun; a pick that nothing is left
    /// of is over.
    pub(crate) fn trim_picks(&mut self, before: &[Promise]) {
        for (which, before) in before.iter().enumerate() {
            let gives_up = before.lines.iter().zip(&self.promises[which].lines).any(|(before, now)| {
                before.held.iter().any(|held| {
                    let now = now.held.iter().find(|now| now.key == held.key);
                    now.map_or(0, Held::free) < held.free()
                })
            });
            for at in 0..self.records.len() {
                let record = &self.records[at];
                let is_on = |line: &Line| line.promise.is_some_and(|of| of.0 == which);
                if !gives_up
                    || record.module != Module::PickTasks
                    || record.stands_at() != RecordState::Open
                    || !record.sheet.lines.iter().any(is_on)
                {
                    continue;
                }
                let mut record = record.clone();
                self.take_off(&mut record.sheet.lines);
                if record.sheet.lines.is_empty() {
                    record.sheet.lines.clone_from(&self.records[at].sheet.lines);
                    (record.state, record.blocked_from) = (RecordState::Cancelled, None);
                }
                if record != self.records[at] {
                    self.save(at, record);
                }
            }
        }
    }

    /// Takes off what reservations do not hold free there.
    fn take_off(&self, lines: &mut Vec<Line>) {
        let mut taken: BTreeMap<((usize, usize), Key), i64> = BTreeMap::new();
        for line in lines.iter_mut() {
            let (promise, key) = (line.promise.unwrap(), stands(line));
            let held = self.promises[promise.0].lines[promise.1].held.iter().find(|held| held.key == key);
            let before = taken.entry((promise, key)).or_default();
            line.planned = line.planned.min(held.map_or(0, |held| held.free() - *before));
            line.actual = line.actual.map(|actual| actual.min(line.planned));
            *before += line.planned;
        }
        lines.retain(|line| line.planned > 0);
    }

    /// When a pick begins its goods are in hand, less what was given back since; given up, they are free again.
    pub(super) fn enter_pick(&mut self, record: &mut Record, to: RecordState) -> Outcome {
        if (record.state, to) == (RecordState::Open, RecordState::InProgress) {
            self.take_off(&mut record.sheet.lines);
            if record.sheet.lines.is_empty() {
                return Err(Code::NothingLeft);
            }
            return self.follow(of_plan(record, Fate::Bound));
        }
        if to == RecordState::Cancelled && record.stands_at() == RecordState::InProgress {
            return self.follow(of_plan(record, Fate::Unbound));
        }
        Ok(())
    }

    /// From the shelf to staging; what is not there is missing; a lot that may not leave any more is held, all of it.
    pub(super) fn pick(&self, record: &Record) -> Result<(Vec<Haul>, bool), Code> {
        let staging = Some((place_for(LocationKind::Staging, record.warehouse)?, Spot::Reserved));
        let mut hauls = Vec::new();
        for (at, line) in record.sheet.lines.iter().enumerate() {
            let place = line.place.unwrap();
            let from = Some((place, Spot::Reserved));
            if let Some(held) = self.blocked((line.product, line.lot)) {
                hauls.extend(haul(line, at, line.planned, (from, Some((place, held)))));
                continue;
            }
            hauls.extend(haul(line, at, line.handled(), (from, staging)));
            let missing = Some((place, MISSING));
            hauls.extend(haul(line, at, line.planned - line.handled(), (from, missing)));
        }
        Ok((hauls, true))
    }

    /// Picked goods that wait anywhere go back to a shelf: never more of a line than it took and did not bring back.
    pub(super) fn unpick(&self, record: &Record, asked: &PostAsked) -> Result<(Vec<Haul>, bool), Code> {
        let lines = &record.sheet.lines;
        let (mut hauls, mut is_wrong) = (Vec::new(), false);
        let mut taken: BTreeMap<((usize, usize), Key), i64> = BTreeMap::new();
        let mut rest: Vec<i64> = lines.iter().map(|line| line.handled() - line.unpicked).collect();
        for part in parts(lines, asked, |line| line.handled() - line.unpicked) {
            let Some(at) = at(lines, part.line_no).filter(|at| part.quantity <= rest[*at]) else {
                is_wrong = true;
                continue;
            };
            let (line, promise) = (&lines[at], lines[at].promise.unwrap());
            let place = place_in(part.to.or(line.place).unwrap(), record.warehouse)?;
            let to =
                self.blocked((line.product, line.lot)).map_or(free_at(place), |held| Some((place, held)));
            rest[at] -= part.quantity;
            let mut wanted = part.quantity;
            for held in &self.promises[promise.0].lines[promise.1].held {
                if PLACES[held.key.1].is_storage() || held.key.2 != line.lot {
                    continue;
                }
                let before = taken.entry((promise, held.key)).or_default();
                let quantity = wanted.min(held.bound - *before);
                (*before, wanted) = (*before + quantity, wanted - quantity);
                hauls.extend(haul(line, at, quantity, (Some((held.key.1, Spot::Reserved)), to)));
            }
            is_wrong |= wanted > 0 && !asked.parts.is_empty();
        }
        if is_wrong { Err(Code::RecordInvalid) } else { Ok((hauls, false)) }
    }

    /// Whoever misses something opens a count; what is lost is looked for elsewhere. What was missing, or unpicked, does
    /// not come back by a reversal.
    pub(super) fn settle_pick(
        &mut self,
        (which, record): (usize, &mut Record),
        step: Step,
        (hauls, is_undone): (&[Haul], bool),
        who: usize,
    ) -> Outcome {
        let mut handled = handled(record, hauls, is_undone);
        if step == Step::Unpick {
            for haul in hauls {
                record.sheet.lines[haul.line.unwrap()].unpicked += haul.quantity;
            }
            handled.iter_mut().for_each(|(.., fate)| *fate = Fate::GivenBack);
            return self.follow(handled);
        }
        if is_undone {
            for (.., fate) in &mut handled {
                match *fate {
                    Fate::Moved(to) => *fate = Fate::PutBack(to),
                    _ => return Err(Code::ReversalBlocked),
                }
            }
            return self.follow(handled);
        }
        for (at, line) in record.sheet.lines.iter_mut().enumerate() {
            let mut of_line = hauls.iter().filter(|haul| haul.line == Some(at));
            if of_line.clone().any(|haul| haul.is_to(MISSING)) {
                let line =
                    Line { product: line.product, lot: line.lot, place: line.place, ..Line::default() };
                let sheet = Sheet { lines: vec![line], ..Sheet::default() };
                self.write((Module::CycleCounts, record.warehouse), sheet, Some(which), who)?;
            }
            // What was not picked after all was not handled.
            if !of_line.any(|haul| haul.is_to(Spot::Reserved)) {
                line.actual = Some(0);
            }
        }
        self.follow(handled)
    }

    /// Whether goods of a line are to come back.
    pub(super) fn is_wanted_back(&self, line: &Line) -> bool {
        line.promise.is_some_and(|(which, at)| self.promises[which].lines[at].back > 0)
    }

    /// From staging to packing, or from packing to the customer; nothing of a lot that may not leave any more.
    pub(super) fn hand_on(&self, record: &Record) -> Result<(Vec<Haul>, bool), Code> {
        let (sheet, is_pack) = (&record.sheet, record.module == Module::PackSessions);
        if !is_pack && !sheet.payload.has_carrier {
            return Err(Code::RecordInvalid);
        }
        let is_wanted_back = |line: &Line| line.handled() > 0 && self.is_wanted_back(line);
        if sheet.lines.iter().any(is_wanted_back) {
            return Err(Code::UnpickRequested);
        }
        let is_blocked = |line: &Line| line.handled() > 0 && self.blocked((line.product, line.lot)).is_some();
        if sheet.lines.iter().any(is_blocked) {
            return Err(Code::LotBlocked);
        }
        let to = if is_pack {
            Some((place_for(LocationKind::Packing, record.warehouse)?, Spot::Reserved))
        } else {
            None
        };
        let lines = sheet.lines.iter().enumerate();
        let one = |(at, line): (usize, &Line)| {
            haul(line, at, line.handled(), (Some((line.place.unwrap(), Spot::Reserved)), to))
        };
        Ok((lines.filter_map(one).collect(), true))
    }
}

fn stands(line: &Line) -> Key {
    (line.product, line.place.unwrap(), line.lot)
}

/// All that a pick is to take.
fn of_plan(record: &Record, fate: Fate) -> Vec<Handled> {
    let lines = record.sheet.lines.iter();
    lines.map(|line| (line.promise.unwrap(), stands(line), line.planned, fate)).collect()
}
