//! The floor in the reference: records of operations, their paths and steps, and what each step means for stock,
//! reservations and other records.

mod chains;
mod counts;
mod fulfil;
mod moves;
mod path;
mod receipts;

pub(crate) use path::{path, rule, steps};

use inventory::HoldReason;
use kernel::{Code, Timestamp};
use operations::modules::Change;
use operations::{Disposition, Module, RecordState, Step};

use super::stock::Haul;
use super::{Outcome, Reference};
use crate::catalogue::{KIT, PARTS, PLACES, PRODUCTS, UNIT};

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) module: Module,
    pub(crate) warehouse: usize,
    pub(crate) state: RecordState,
    pub(crate) blocked_from: Option<RecordState>,
    pub(crate) version: i64,
    pub(crate) source: Option<usize>,
    pub(crate) maker: usize,
    pub(crate) postings: Vec<Posting>,
    /// Whether more may have come for the order than is tolerated: an approver let it, or a rejection was undone.
    pub(crate) exceeded: bool,
    pub(crate) sheet: Sheet,
}

/// A step that was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posting {
    pub(crate) step: Step,
    pub(crate) is_undone: bool,
    /// What it moved; the store is not asked for it.
    pub(crate) hauls: Vec<Haul>,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sheet {
    pub(crate) payload: Payload,
    pub(crate) lines: Vec<Line>,
}

/// What records say of the whole, all modules together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Payload {
    /// The purchase order of a receiving session.
    pub(crate) order: Option<usize>,
    pub(crate) dock: Option<usize>,
    /// The warehouse that a transfer goes to.
    pub(crate) goal: Option<usize>,
    pub(crate) is_direct: bool,
    /// How many kits, and where.
    pub(crate) kits: i64,
    pub(crate) kits_at: Option<usize>,
    pub(crate) is_apart: bool,
    /// In millionths of a percent.
    pub(crate) tolerance: Option<i64>,
    pub(crate) has_carrier: bool,
    /// Whether an order closed by itself.
    pub(crate) is_complete: bool,
}

/// A line, all modules together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Line {
    pub(crate) product: usize,
    pub(crate) lot: &'static str,
    /// Where the goods stand.
    pub(crate) place: Option<usize>,
    pub(crate) to: Option<usize>,
    pub(crate) planned: i64,
    pub(crate) actual: Option<i64>,
    pub(crate) rejected: i64,
    pub(crate) date: Option<Timestamp>,
    /// The line of the purchase order, from 0.
    pub(crate) order_line: Option<usize>,
    /// The reservation and its line, from 0.
    pub(crate) promise: Option<(usize, usize)>,
    /// The line that it was made from, from 0.
    pub(crate) source_line: Option<usize>,
    pub(crate) change: Option<Change>,
    pub(crate) reason: Option<HoldReason>,
    /// Of an order: what came, and what of that is no good.
    pub(crate) came: i64,
    pub(crate) no_good: i64,
    /// Of a receipt: whether it went into inspection, what passed, what failed.
    pub(crate) is_inspected: bool,
    pub(crate) passed: i64,
    pub(crate) failed: i64,
    /// Of a pick: what went back to a shelf.
    pub(crate) unpicked: i64,
    /// Of a transfer: where what left has come to.
    pub(crate) on_way: i64,
    pub(crate) arrived: i64,
    pub(crate) went_back: i64,
    pub(crate) lost: i64,
    /// Of a return: what nobody has decided about.
    pub(crate) waits: i64,
    /// Of a count: what should have been there, at which version, who counted, and how often.
    pub(crate) expected: i64,
    pub(crate) counted_version: Option<i64>,
    pub(crate) counted_by: Option<usize>,
    pub(crate) counters: std::collections::BTreeSet<usize>,
    pub(crate) counts: u32,
}

impl Line {
    /// What was handled.
    pub(crate) fn handled(&self) -> i64 {
        self.actual.unwrap_or_default()
    }

    /// Of a receipt: what came and was not rejected at the dock.
    pub(crate) fn accepted(&self) -> i64 {
        (self.handled() - self.rejected).max(0)
    }

    /// Of a receipt: what waits for inspection.
    pub(crate) fn uninspected(&self) -> i64 {
        if self.is_inspected { (self.accepted() - self.passed - self.failed).max(0) } else { 0 }
    }

    /// Of an order: ordered, less what came, but for what of that is no good.
    pub(crate) fn owed(&self) -> i64 {
        (self.planned - (self.came - self.no_good).max(0)).max(0)
    }
}

/// A step that is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct PostAsked {
    pub(crate) step: Option<Step>,
    pub(crate) parts: Vec<Part>,
    pub(crate) accepts: bool,
    pub(crate) may_exceed: bool,
    pub(crate) version: Option<i64>,
}

/// A part of a step: which line, from 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    pub(crate) line_no: u32,
    pub(crate) quantity: i64,
    pub(crate) rejected: i64,
    pub(crate) to: Option<usize>,
    pub(crate) disposition: Option<Disposition>,
}

/// What somebody says of a line, from 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    pub(crate) line_no: u32,
    pub(crate) planned: Option<i64>,
    pub(crate) actual: Option<i64>,
    pub(crate) rejected: Option<i64>,
    pub(crate) to: Option<usize>,
}

/// The place of a line by its number, where there is such a line.
fn at(lines: &[Line], line_no: u32) -> Option<usize> {
    let place = usize::try_from(line_no).unwrap().checked_sub(1);
    place.filter(|place| *place < lines.len())
}

/// The parts that are asked for; where none are, all that is left of each line.
fn parts(lines: &[Line], asked: &PostAsked, left: impl Fn(&Line) -> i64) -> Vec<Part> {
    if !asked.parts.is_empty() {
        return asked.parts.clone();
    }
    let part = |(line_no, line): (u32, &Line)| Part { line_no, quantity: left(line), ..Part::default() };
    (1_u32..).zip(lines).map(part).filter(|part| part.quantity > 0).collect()
}

impl Record {
    /// The approved vendor that is there from the beginning.
    pub(crate) fn vendor() -> Self {
        let state = RecordState::Approved;
        Self { state, version: 2, ..Self::new((Module::Vendors, 0), Sheet::default(), None, 0) }
    }

    fn new((module, warehouse): (Module, usize), sheet: Sheet, source: Option<usize>, maker: usize) -> Self {
        let (state, blocked_from, postings) = (RecordState::Open, None, Vec::new());
        Self {
            module,
            warehouse,
            state,
            blocked_from,
            version: 0,
            source,
            maker,
            postings,
            exceeded: false,
            sheet,
        }
    }

    /// Where it stands, but for being blocked.
    pub(crate) fn stands_at(&self) -> RecordState {
        self.blocked_from.unwrap_or(self.state)
    }

    pub(crate) fn has_posted(&self) -> bool {
        self.postings.iter().any(|posting| !posting.is_undone)
    }

    pub(crate) fn work(&self) -> operations::WorkState {
        path::work(self.module, self.state)
    }

    /// Whether a step was posted and stands.
    pub(crate) fn stands(&self, step: Step) -> bool {
        self.postings.iter().any(|posting| posting.step == step && !posting.is_undone)
    }

    /// Whether anybody still works with it.
    pub(crate) fn is_unfinished(&self) -> bool {
        !matches!(self.state, RecordState::Posted | RecordState::Closed | RecordState::Cancelled)
    }
}

impl Reference {
    /// The record, as it was seen.
    fn seen(&self, which: usize, version: Option<i64>) -> Result<Record, Code> {
        let record = &self.records[which];
        if version.is_some_and(|version| version != record.version) {
            return Err(Code::VersionMismatch);
        }
        Ok(record.clone())
    }

    /// Makes a record, with the work that it is.
    pub(crate) fn write(
        &mut self,
        (module, warehouse): (Module, usize),
        sheet: Sheet,
        source: Option<usize>,
        who: usize,
    ) -> Outcome {
        let mut record = Record::new((module, warehouse), sheet, source, who);
        self.check(&mut record, who)?;
        record.version = 1;
        self.noted.insert(self.records.len());
        self.worked.insert(self.records.len());
        self.records.push(record);
        Ok(())
    }

    /// Puts a record that was changed; its work follows. A command raises its version once.
    fn save(&mut self, which: usize, mut record: Record) {
        let before = &self.records[which];
        record.version = before.version + i64::from(self.noted.insert(which));
        if path::work(record.module, record.state) != path::work(before.module, before.state) {
            self.worked.insert(which);
        }
        self.records[which] = record;
    }

    /// Moves a record along its path, or off it.
    pub(crate) fn go(
        &mut self,
        which: usize,
        (to, has_reason): (RecordState, bool),
        version: Option<i64>,
        who: usize,
    ) -> Outcome {
        let mut record = self.seen(which, version)?;
        if !path::allowed(&record).contains(&to) {
            return Err(Code::InvalidTransition);
        }
        if to == RecordState::Blocked && !has_reason {
            return Err(Code::ReasonRequired);
        }
        self.enter(&mut record, to, has_reason, who)?;
        record.blocked_from = (to == RecordState::Blocked).then_some(record.state);
        record.state = to;
        self.save(which, record);
        Ok(())
    }

    /// What a module demands of a transition, and what that changes elsewhere.
    fn enter(&mut self, record: &mut Record, to: RecordState, has_reason: bool, who: usize) -> Outcome {
        let from = record.state;
        match record.module {
            Module::PurchaseOrders => {
                let is_short = record.sheet.lines.iter().any(|line| line.owed() > 0);
                if to == RecordState::Closed && is_short && !has_reason {
                    return Err(Code::ReasonRequired);
                }
                Ok(())
            }
            Module::Adjustments => {
                let is_large = record.sheet.lines.iter().any(|line| line.planned > 100 * UNIT);
                if (from, to) == (RecordState::Open, RecordState::Approved) && is_large && who == record.maker
                {
                    return Err(Code::ApproverMayNot);
                }
                Ok(())
            }
            Module::CycleCounts if (from, to) == (RecordState::InProgress, RecordState::Approved) => {
                counts::may_approve(record, who)
            }
            Module::PickTasks => self.enter_pick(record, to),
            _ => Ok(()),
        }
    }

    /// Changes what a record says: plans while it is open, what was really done until it is posted.
    pub(crate) fn say(
        &mut self,
        which: usize,
        (said, carrier): (&[Said], bool),
        version: Option<i64>,
        who: usize,
    ) -> Outcome {
        let mut record = self.seen(which, version)?;
        let before = record.stands_at();
        if matches!(before, RecordState::Posted | RecordState::Closed | RecordState::Cancelled) {
            return Err(Code::InvalidTransition);
        }
        record.sheet.payload.has_carrier |= carrier;
        let has_posted = record.has_posted();
        for one in said {
            let place = at(&record.sheet.lines, one.line_no).ok_or(Code::RecordInvalid)?;
            let line = &mut record.sheet.lines[place];
            // What was posted is not said anew.
            let is_settled = one.actual.is_some() && has_posted;
            if is_settled || one.planned.is_some() && before != RecordState::Open {
                return Err(Code::RecordInvalid);
            }
            line.planned = one.planned.unwrap_or(line.planned);
            line.rejected = one.rejected.unwrap_or(line.rejected);
            line.to = one.to.or(line.to);
            if one.actual.is_some() {
                line.actual = one.actual;
                line.counted_version = None;
            }
        }
        self.check(&mut record, who)?;
        self.save(which, record);
        Ok(())
    }

    /// Whether a record that is made or changed holds together; what it leaves open is filled in.
    fn check(&mut self, record: &mut Record, who: usize) -> Outcome {
        if record.module == Module::KitAssemblies {
            self.check_kit(record)?;
        }
        let lines = &record.sheet.lines;
        if lines.is_empty() || !lines.iter().all(|line| fits(record, line)) {
            return Err(Code::RecordInvalid);
        }
        match record.module {
            Module::ReceivingSessions => self.check_receipt(record),
            Module::PickTasks | Module::PackSessions | Module::ShipConfirmations => {
                let is_over = |line: &Line| line.handled() > line.planned;
                if lines.iter().any(is_over) { Err(Code::RecordInvalid) } else { Ok(()) }
            }
            Module::CycleCounts => self.check_count(record, who),
            Module::Transfers => moves::check_transfer(record),
            Module::Returns => self.check_return(record),
            Module::Adjustments => moves::check_adjustment(record),
            _ => Ok(()),
        }
    }

    /// Without lines, what kits are made of says them.
    fn check_kit(&self, record: &mut Record) -> Outcome {
        let payload = &record.sheet.payload;
        if payload.kits % PRODUCTS[KIT].step != 0
            || payload.kits_at.is_some_and(|place| PLACES[place].warehouse != record.warehouse)
        {
            return Err(Code::RecordInvalid);
        }
        if record.sheet.lines.is_empty() {
            let kits = payload.kits / UNIT;
            let line = |(product, each)| Line { product, planned: each * kits, ..Line::default() };
            record.sheet.lines = PARTS.into_iter().map(line).collect();
        }
        Ok(())
    }

    /// Posts a step of a record: one movement, and what follows from it.
    pub(crate) fn post(&mut self, which: usize, asked: &PostAsked, who: usize) -> Outcome {
        let mut record = self.seen(which, asked.version)?;
        let is_direct = record.module == Module::Transfers && record.sheet.payload.is_direct;
        let step = asked.step.or(is_direct.then_some(Step::Post));
        let rule = path::rule(record.module, step).ok_or(Code::UnknownStep)?;
        if !rule.repeats && record.stands(rule.step) {
            return Err(Code::StepAlreadyPosted);
        }
        let is_closed = rule.step == Step::Unpick && record.state == RecordState::Closed;
        if record.state != rule.from && !is_closed {
            return Err(Code::InvalidTransition);
        }
        let names_parts = !asked.parts.is_empty();
        if if rule.in_parts { names_parts == asked.accepts } else { names_parts } {
            return Err(Code::RecordInvalid);
        }
        if !rule.in_parts && record.module != Module::Adjustments {
            for line in record.sheet.lines.iter_mut().filter(|_| asked.accepts) {
                let is_counted = record.module == Module::CycleCounts;
                line.actual = line.actual.or((!is_counted).then_some(line.planned));
            }
            if record.sheet.lines.iter().any(|line| line.actual.is_none()) {
                return Err(Code::ActualMissing);
            }
        }
        let (hauls, completes) = self.plan(&record, rule.step, asked)?;
        if let Some(order) = record.sheet.payload.order {
            self.records[order].exceeded |= asked.may_exceed;
        }
        if hauls.is_empty() {
            return Err(Code::NothingToPost);
        }
        self.haul(&hauls)?;
        if completes {
            record.state = RecordState::Posted;
        }
        self.follow_up(which, &mut record, rule.step, (&hauls, false), who)?;
        record.postings.push(Posting { step: rule.step, is_undone: false, hauls });
        self.save(which, record);
        Ok(())
    }

    /// What a step moves, and whether the record is posted then.
    fn plan(&self, record: &Record, step: Step, asked: &PostAsked) -> Result<(Vec<Haul>, bool), Code> {
        match record.module {
            Module::ReceivingSessions if step == Step::Inspect => receipts::inspect(record, asked),
            Module::ReceivingSessions => self.receive(record, asked),
            Module::PutawayTasks => moves::put_away(record),
            Module::PickTasks if step == Step::Unpick => self.unpick(record, asked),
            Module::PickTasks => self.pick(record),
            Module::PackSessions | Module::ShipConfirmations => self.hand_on(record),
            Module::CycleCounts => self.count(record),
            Module::Transfers => moves::transfer(record, step, asked),
            Module::Adjustments => {
                let frees = |line: &&Line| match line.change.unwrap() {
                    Change::Increase => line.reason.is_none(),
                    Change::Unhold => true,
                    Change::Decrease | Change::Hold => false,
                };
                let mut freed = record.sheet.lines.iter().filter(frees);
                if freed.any(|line| self.blocked((line.product, line.lot)).is_some()) {
                    return Err(Code::RecordInvalid);
                }
                Ok((moves::adjust(record), true))
            }
            Module::Returns if step == Step::Dispose => moves::dispose(record, asked),
            Module::Returns => self.take_back(record),
            Module::KitAssemblies => moves::assemble(record),
            _ => Err(Code::UnknownStep),
        }
    }

    /// What a step that was posted or undone changes beside the stock.
    fn follow_up(
        &mut self,
        which: usize,
        record: &mut Record,
        step: Step,
        (hauls, is_undone): (&[Haul], bool),
        who: usize,
    ) -> Outcome {
        match record.module {
            Module::ReceivingSessions => self.settle_receipt(which, record, step, (hauls, is_undone)),
            Module::PickTasks => self.settle_pick((which, record), step, (hauls, is_undone), who),
            Module::PackSessions | Module::ShipConfirmations => {
                self.follow(fulfil::handled(record, hauls, is_undone))
            }
            Module::Transfers => {
                moves::settle_transfer(record, step, hauls, is_undone);
                Ok(())
            }
            Module::Returns => {
                let sign = if (step == Step::Receive) == is_undone { -1 } else { 1 };
                hauls
                    .iter()
                    .for_each(|haul| record.sheet.lines[haul.line.unwrap()].waits += sign * haul.quantity);
                Ok(())
            }
            Module::Adjustments => {
                hauls
                    .iter()
                    .filter(|_| !is_undone)
                    .for_each(|haul| self.bring_lot(haul.product, haul.lot, None));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Undoes a posting of a record (none: the last that stands), once, the latest first, while the goods are there.
    pub(crate) fn undo(
        &mut self,
        which: usize,
        posting: Option<usize>,
        version: Option<i64>,
        who: usize,
    ) -> Outcome {
        let mut record = self.seen(which, version)?;
        let last = record.postings.iter().rposition(|posting| !posting.is_undone);
        let at = posting.or(last).ok_or(Code::NothingToReverse)?;
        let Posting { step, is_undone, hauls } = record.postings[at].clone();
        if record.module == Module::ShipConfirmations {
            return Err(Code::UseReturn);
        }
        if is_undone {
            return Err(Code::MovementAlreadyReversed);
        }
        if step == Step::Unpick {
            return Err(Code::ReversalBlocked);
        }
        if last != Some(at) {
            return Err(Code::ReversalBlocked);
        }
        if let Some(order) = record.sheet.payload.order.filter(|_| step == Step::Inspect) {
            // What was rejected is good after all; by then others may have come for it.
            self.records[order].exceeded = true;
        }
        let back: Vec<Haul> = hauls.iter().rev().map(|haul| haul.back()).collect();
        self.haul(&back)?;
        record.postings[at].is_undone = true;
        self.follow_up(which, &mut record, step, (&hauls, true), who)?;
        if !record.has_posted() {
            (record.state, record.blocked_from) = (RecordState::Closed, None);
        } else if record.state == RecordState::Closed {
            return Err(Code::InvalidTransition);
        } else if record.state == RecordState::Posted {
            // What made it posted is undone: it goes on from where that was posted.
            record.state = path::rule(record.module, Some(step)).unwrap().from;
        }
        self.save(which, record);
        Ok(())
    }
}

/// What every line must be: a product with stock, in whole steps, at places of the record's warehouse.
fn fits(record: &Record, line: &Line) -> bool {
    let product = &PRODUCTS[line.product];
    // Where a transfer goes is its own matter: that may be another warehouse.
    let to = line.to.filter(|_| record.module == Module::PutawayTasks);
    product.is_stockable
        && line.planned % product.step == 0
        && line.handled() % product.step == 0
        && [line.place, to].into_iter().flatten().all(|place| PLACES[place].warehouse == record.warehouse)
}
