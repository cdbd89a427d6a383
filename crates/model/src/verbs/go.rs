//! Moving a record along its path, or off it.

use kernel::Version;
use operations::{RecordState, TransitionRecord};
use proptest::prelude::*;

use super::{Act, Known, Make, Record, operate};
use crate::reference::{Outcome, Reference, path};

/// A record, and where it goes.
#[derive(Debug, Clone)]
pub(crate) struct Go {
    record: Record,
    step: Onward,
    has_reason: bool,
    to: RecordState,
}

/// Where to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Onward {
    /// So many steps on from where it was seen, but never past posting.
    On(usize),
    /// To this state.
    To(RecordState),
}

impl Go {
    /// A record goes so many steps on.
    pub(crate) fn on(record: Record, steps: usize) -> Self {
        Self { record, step: Onward::On(steps), has_reason: true, to: RecordState::Open }
    }

    /// The latest record that somebody works on is given up.
    pub(crate) fn off() -> impl Strategy<Value = Self> {
        Record::latest().prop_map(|record| {
            let (record, step) = (Record { walks: true, ..record }, Onward::To(RecordState::Cancelled));
            Self { record, step, has_reason: true, to: RecordState::Open }
        })
    }
}

impl Act for Go {
    fn strategy() -> BoxedStrategy<Self> {
        let any = prop::sample::select(RecordState::ALL).prop_map(Onward::To);
        let aside =
            prop_oneof![Just(RecordState::Blocked), Just(RecordState::Cancelled)].prop_map(Onward::To);
        let step = prop_oneof![8 => Just(Onward::On(1)), 1 => any, 1 => aside];
        (Record::strategy(), step, prop::bool::weighted(0.8))
            .prop_map(|(record, step, has_reason)| Self { record, step, has_reason, to: RecordState::Open })
            .boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        let is_there = self.record.aim(known, |seen| !seen.is_over());
        if is_there {
            let seen = &known.records[self.record.which];
            let states = path(seen.module);
            let here = states.iter().position(|state| *state == seen.state);
            self.to = match (self.step, here) {
                (Onward::To(to), _) => to,
                (Onward::On(_), None) => seen.blocked_from.unwrap(),
                (Onward::On(steps), Some(here)) => {
                    let to = states[(here + steps).min(states.len() - 1)];
                    // A walk stops before posting, and where the path ends.
                    if self.record.walks && matches!(to, RecordState::Posted | RecordState::Closed) {
                        return false;
                    }
                    to
                }
            };
        }
        is_there
    }

    fn about(&self) -> String {
        self.record.about()
    }

    fn expect(&self, world: &mut Reference) -> Outcome {
        world.go(self.record.which, (self.to, self.has_reason), self.record.version, self.record.who)
    }

    fn job(&self, known: &Known) -> Make {
        let seen = &known.records[self.record.which];
        let command = TransitionRecord {
            module: seen.module,
            id: seen.id,
            to: self.to,
            reason: self.has_reason.then(|| "the model says so".parse().unwrap()),
            expected_version: self.record.version.map(Version),
        };
        operate(command, self.record.who)
    }
}
