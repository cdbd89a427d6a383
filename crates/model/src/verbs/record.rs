//! Which record a command is about.

use operations::RecordState;
use proptest::prelude::*;

use super::drafts::choose;
use super::{Known, Seen};

/// Which of the records, at which version, and who asks. The same number is the same record for all commands of a batch
/// that look for records of the same kind.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(super) which: usize,
    pub(super) who: usize,
    pub(super) off: Option<i64>,
    pub(super) version: Option<i64>,
    pub(super) module: &'static str,
    /// Whether it is any that somebody works on, so that all commands of a walk have the same.
    pub(super) walks: bool,
}

impl Record {
    pub(super) fn strategy() -> impl Strategy<Value = Self> {
        // Mostly one of the last.
        let which = prop_oneof![2 => 0_usize..3, 2 => 0_usize..1000];
        let off = prop_oneof![16 => Just(None), 3 => Just(Some(0)), 1 => Just(Some(1))];
        (which, 0_usize..2, off).prop_map(|(which, who, off)| Self {
            which,
            who,
            off,
            version: None,
            module: "",
            walks: false,
        })
    }

    /// The latest that fits.
    pub(super) fn latest() -> impl Strategy<Value = Self> {
        Self::strategy().prop_map(|record| Self { which: 0, off: None, ..record })
    }

    /// Aims at one of the records that fit, counted from the last; never at the vendor.
    pub(super) fn aim(&mut self, known: &Known, fits: impl Fn(&Seen) -> bool) -> bool {
        let records = known.records.iter().enumerate().skip(1).rev();
        let is_open = |seen: &Seen| !seen.is_over() && seen.state != RecordState::Posted;
        let suits = |seen: &Seen| if self.walks { is_open(seen) } else { fits(seen) };
        let found = choose(records.filter(|(_, seen)| suits(seen)), self.which);
        let Some((which, seen)) = found else { return false };
        self.which = which;
        self.module = seen.module.as_str();
        self.version = self.off.map(|off| seen.version + off);
        true
    }

    pub(super) fn about(&self) -> String {
        self.module.to_owned()
    }
}
