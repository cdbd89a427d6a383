//! What a replay counts. Every failure is a line of words; a replay without one has passed. Knows no HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

/// The most failures that are kept in words; the rest is only counted.
const MOST_FAILURES: usize = 20;

/// Counters by name, in the order of the names.
pub(super) type Counts = BTreeMap<String, u64>;

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Answers, repeats included.
    pub(super) answers: u64,
    pub(super) repeated_later: u64,
    pub(super) repeated_at_once: u64,
    /// Orders by what became of them.
    pub(super) orders: Counts,
    /// Lines by what became of them.
    pub(super) lines: Counts,
    /// Units of lines that got less than they asked for.
    pub(super) units_short: u64,
    pub(super) releases: u64,
    pub(super) units_released: u64,
    /// Units of cancellations that met nothing active: returns, that come later.
    pub(super) units_to_return: u64,
    pub(super) rows_to_return: u64,
    pub(super) consumptions: u64,
    /// Shipped units by sku.
    pub(super) consumed: BTreeMap<String, u64>,
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
