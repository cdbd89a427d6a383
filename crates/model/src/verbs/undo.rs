//! Undoing what a record posted.

use kernel::{MovementId, Version};
use operations::ReverseRecord;
use proptest::prelude::*;

use super::{Act, Known, Make, Record, Seen, operate};
use crate::reference::{Outcome, Reference};

/// A record, and which of its postings; none for the last.
#[derive(Debug, Clone)]
pub(crate) struct Undo {
    record: Record,
    which: usize,
    is_last: bool,
    has_posted: bool,
    posting: Option<(usize, MovementId)>,
}

impl Undo {
    /// The last posting of the latest record that has any.
    pub(crate) fn latest() -> impl Strategy<Value = Self> {
        let new = |record| Self { record, which: 0, is_last: true, has_posted: true, posting: None };
        Record::latest().prop_map(new)
    }
}

impl Act for Undo {
    fn strategy() -> BoxedStrategy<Self> {
        (Record::strategy(), 0_usize..1000, prop::bool::weighted(0.8), prop::bool::weighted(0.95))
            .prop_map(|(record, which, is_last, has_posted)| Self {
                record,
                which,
                is_last,
                has_posted,
                posting: None,
            })
            .boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        let fits = |seen: &Seen| !self.has_posted || !seen.postings.is_empty();
        let is_there = self.record.aim(known, fits);
        if is_there {
            let postings = known.records[self.record.which].postings.iter().enumerate();
            let one = super::drafts::choose(postings.map(|(at, one)| (at, one.movement)), self.which);
            self.posting = one.filter(|_| !self.is_last);
        }
        is_there
    }

    fn about(&self) -> String {
        self.record.about()
    }

    fn expect(&self, world: &mut Reference) -> Outcome {
        let posting = self.posting.map(|(at, _)| at);
        world.undo(self.record.which, posting, self.record.version, self.record.who)
    }

    fn job(&self, known: &Known) -> Make {
        let seen = &known.records[self.record.which];
        let command = ReverseRecord {
            module: seen.module,
            id: seen.id,
            movement: self.posting.map(|(_, movement)| movement),
            reason: "a mistake".parse().unwrap(),
            require_trusted: false,
            expected_version: self.record.version.map(Version),
        };
        operate(command, self.record.who)
    }
}
