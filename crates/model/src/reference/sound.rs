//! What must hold of records whatever happened, seen from the outside: nothing is handled twice, and nothing is handled
//! that was not there.

use operations::{Module, Step};

use super::{Line, Record, Reference};
use crate::catalogue::OVER_RECEIPT_PERCENT;

impl Reference {
    /// What does not hold, in words, if something does not.
    pub(crate) fn unsound(&self) -> Option<String> {
        let steps = self.records.iter().position(|record| !record.posts_once());
        let orders = self.records.iter().position(|record| !self.is_in_bounds(record));
        let ways = self.records.iter().position(|record| !record.adds_up());
        let promise = self.promised().find(|promise| !self.is_one_after_the_other(*promise));
        let record = |what: &str, at: Option<usize>| at.map(|at| format!("{what}: {:?}", self.records[at]));
        record("a step stands twice", steps)
            .or_else(|| record("more came than was ordered", orders))
            .or_else(|| record("what left is not where it should be", ways))
            .or_else(|| {
                promise.map(|of| {
                    format!("line {of:?}: not shipped ≤ packed ≤ picked, or not returned ≤ shipped")
                })
            })
    }

    fn promised(&self) -> impl Iterator<Item = (usize, usize)> {
        let lines =
            |(at, promise): (usize, &super::Promise)| (0..promise.lines.len()).map(move |line| (at, line));
        self.promises.iter().enumerate().flat_map(lines)
    }

    /// What the records of a module that stand have handled of a line of a reservation.
    fn handled(&self, module: Module, promise: (usize, usize), much: impl Fn(&Line) -> i64) -> i64 {
        let stand = self.records.iter().filter(|record| record.module == module && record.has_posted());
        let lines = stand.flat_map(|record| &record.sheet.lines);
        lines.filter(|line| line.promise == Some(promise)).map(much).sum()
    }

    /// Returned ≤ shipped ≤ packed ≤ picked ≤ what was ever reserved.
    fn is_one_after_the_other(&self, promise: (usize, usize)) -> bool {
        let of = |module| self.handled(module, promise, Line::handled);
        let (picked, packed, shipped) =
            (of(Module::PickTasks), of(Module::PackSessions), of(Module::ShipConfirmations));
        let unpicked = self.handled(Module::PickTasks, promise, |line| line.unpicked);
        let line = &self.promises[promise.0].lines[promise.1];
        // What nobody picked was consumed by a carrier's proof, or gave back what it was.
        of(Module::Returns) <= line.consumed
            && shipped <= line.consumed
            && shipped <= packed
            && packed <= picked
            && unpicked + shipped <= picked
            && line.bound() <= line.reserved()
    }

    /// Received, less what was no good, within the tolerance; unless an approver let it be more.
    fn is_in_bounds(&self, record: &Record) -> bool {
        let most = |line: &Line| line.planned + line.planned * OVER_RECEIPT_PERCENT / 100;
        record.module != Module::PurchaseOrders
            || record.exceeded
            || record.sheet.lines.iter().all(|line| line.came - line.no_good <= most(line))
    }
}

impl Record {
    /// Steps that are posted once stand once at most.
    fn posts_once(&self) -> bool {
        let once = [Step::Post, Step::Dispatch, Step::Receive];
        once.into_iter().all(|step| {
            let standing = self.postings.iter().filter(|posting| posting.step == step && !posting.is_undone);
            standing.count() <= 1
        })
    }

    /// What left is on the way, there, back or lost; what passed and failed came.
    fn adds_up(&self) -> bool {
        let is_all = |line: &Line| {
            let left = line.on_way + line.arrived + line.went_back + line.lost;
            let parts = [line.on_way, line.arrived, line.went_back, line.lost, line.waits, line.unpicked];
            parts.iter().all(|part| *part >= 0)
                && (!self.stands(Step::Dispatch) || left == line.handled())
                && line.passed + line.failed <= line.accepted()
                && (self.module != Module::Returns || line.waits <= line.handled())
        };
        self.sheet.lines.iter().all(is_all)
    }
}
