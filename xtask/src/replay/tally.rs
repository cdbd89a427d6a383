//! What a replay counts. Every failure is a line of words; a replay without one has passed. Knows no HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

/// The most failures that are kept in words; the rest is only counted.
const MOST_FAILURES: usize = 20;

/// Counters by name, in the order of the names.
pub(super) type Counts = BTreeMap<String, u64>;

/// What became of rows, and of their units.
#[derive(Debug, Default)]
pub(super) struct Became {
    pub(super) rows: Counts,
    pub(super) units: Counts,
}

impl Became {
    /// Rows with so many units.
    pub(super) fn count(&mut self, name: &str, rows: u64, units: u64) {
        count(&mut self.rows, name, rows);
        count(&mut self.units, name, units);
    }

    /// What became of more of them.
    pub(super) fn take(&mut self, more: Self) {
        for (name, rows) in more.rows {
            count(&mut self.rows, name, rows);
        }
        for (name, units) in more.units {
            count(&mut self.units, name, units);
        }
    }
}

/// Units of a product that moved.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flow {
    /// Asked of vendors.
    pub(super) ordered: u64,
    pub(super) received: u64,
    pub(super) shipped: u64,
    pub(super) returned: u64,
    pub(super) adjusted: u64,
}

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Answers, repeats included.
    pub(super) answers: u64,
    pub(super) repeated_later: u64,
    pub(super) repeated_at_once: u64,
    /// Orders by what became of them.
    pub(super) orders: Counts,
    /// Rows by what became of them, and their units.
    pub(super) sold: Became,
    pub(super) cancelled: Became,
    pub(super) written_off: Became,
    /// Records, reservations given back and consumed, by what they are.
    pub(super) documents: Counts,
    /// What moved, by sku.
    pub(super) flows: BTreeMap<String, Flow>,
    pub(super) failures: Vec<String>,
    pub(super) more_failures: u64,
    latencies: Vec<Duration>,
}

impl Tally {
    /// One more answer.
    pub(super) fn answered(&mut self, latency: Duration) {
        self.answers = self.answers.saturating_add(1);
        self.latencies.push(latency);
    }

    /// Something that must not be.
    pub(super) fn failed(&mut self, what: String) {
        if self.failures.len() < MOST_FAILURES {
            self.failures.push(what);
        } else {
            self.more_failures = self.more_failures.saturating_add(1);
        }
    }

    /// What moved of a product.
    pub(super) fn flow(&mut self, sku: &str) -> &mut Flow {
        self.flows.entry(sku.to_owned()).or_default()
    }

    /// One more of these.
    pub(super) fn done(&mut self, what: &str) {
        count(&mut self.documents, what, 1);
    }

    /// The latency that `percent` of the answers stayed under.
    pub(super) fn percentile(&mut self, percent: usize) -> Duration {
        self.latencies.sort_unstable();
        let last = self.latencies.len().saturating_sub(1);
        let at = self.latencies.len().saturating_mul(percent) / 100;
        self.latencies.get(at.min(last)).copied().unwrap_or_default()
    }
}

/// One more by this name.
pub(super) fn count(counts: &mut Counts, name: impl Into<String>, more: u64) {
    let counter = counts.entry(name.into()).or_default();
    *counter = counter.saturating_add(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut tally = Tally::default();
        assert_eq!(tally.percentile(99), Duration::ZERO);
        for millis in (1..=100).rev() {
            tally.answered(Duration::from_millis(millis));
        }
        assert_eq!(tally.percentile(50), Duration::from_millis(51));
        assert_eq!(tally.percentile(99), Duration::from_millis(100));
    }
}
