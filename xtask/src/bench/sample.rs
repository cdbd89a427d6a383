//! What one run of a load gave, and the arithmetic of many. Whole numbers only; ratios in hundredths.

use std::fmt;

/// One run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sample {
    /// What was done, as often.
    pub(super) count: u64,
    /// How long it took.
    pub(super) micros: u64,
    /// CPU of the database's processes, in microseconds.
    pub(super) database: u64,
    /// CPU of the program that asked, in microseconds: ours, or pgbench.
    pub(super) program: u64,
    /// Of that, the thread of the writer.
    pub(super) writer: u64,
    /// What was written ahead, in bytes.
    pub(super) wal: u64,
}

impl Sample {
    /// How many in a second.
    pub(super) fn per_second(&self) -> u64 {
        share(self.count.saturating_mul(1_000_000), self.micros)
    }

    /// Nanoseconds of this CPU time for each.
    pub(super) fn each(&self, micros: u64) -> u64 {
        share(micros.saturating_mul(1000), self.count)
    }
}

/// A whole share; 0 of nothing.
pub(super) fn share(of: u64, by: u64) -> u64 {
    of.checked_div(by).unwrap_or_default()
}

/// A ratio, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ratio(pub(super) u64);

impl Ratio {
    /// `of` to `by`.
    pub(super) fn of(of: u64, by: u64) -> Self {
        Self(share(of.saturating_mul(100), by))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// The one in the middle; of an even number the lower one.
pub(super) fn median<T: Copy + Ord>(values: impl IntoIterator<Item = T>) -> Option<T> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// Microseconds with one decimal, from nanoseconds.
pub(super) fn micros(nanos: u64) -> String {
    format!("{}.{} µs", nanos / 1000, nanos % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_and_medians() {
        assert_eq!(Ratio::of(5, 2).to_string(), "2.50");
        assert_eq!(Ratio::of(1, 0).to_string(), "0.00");
        assert_eq!(median([3, 1, 2]), Some(2));
        assert_eq!(median([4, 3, 1, 2]), Some(2));
        assert_eq!(median(Vec::<u64>::new()), None);
        assert_eq!(micros(1250), "1.2 µs");
    }

    #[test]
    fn what_each_took() {
        let sample = Sample { count: 4, micros: 2000, database: 100, ..Sample::default() };
        assert_eq!((sample.per_second(), sample.each(sample.database)), (2000, 25_000));
    }
}
