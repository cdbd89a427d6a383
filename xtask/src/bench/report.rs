//! The table of targets, and what is said beside it. A target that was not measured in this run says so; a figure that
//! was not measured has no place here.

use super::sample::Ratio;
use crate::shell::say;

/// What a target wants of a ratio or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    AtLeast(u64),
    AtMost(u64),
}

impl Bound {
    fn holds(self, value: u64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

/// A line of the table. Bounds and value are in the same unit.
pub(super) struct Target {
    pub(super) name: &'static str,
    pub(super) must: Bound,
    pub(super) aim: Option<Bound>,
    /// How must, aim and value are written.
    pub(super) show: fn(u64) -> String,
}

/// A multiple, from hundredths.
pub(super) fn times(hundredths: u64) -> String {
    format!("{} ×", Ratio(hundredths))
}

/// Megabytes, from kilobytes.
pub(super) fn megabytes(kb: u64) -> String {
    format!("{}.{} MB", kb / 1024, kb % 1024 * 10 / 1024)
}

/// The table, filled as the run goes on.
#[derive(Default)]
pub(super) struct Table(Vec<String>);

impl Table {
    /// Judges a target, and says it at once.
    pub(super) fn judge(&mut self, target: &Target, measured: Option<u64>) {
        let bound = |bound: Bound| match bound {
            Bound::AtLeast(least) => format!("≥ {}", (target.show)(least)),
            Bound::AtMost(most) => format!("≤ {}", (target.show)(most)),
        };
        let verdict = match measured {
            None => "not measured",
            Some(value) if !target.must.holds(value) => "MISSED",
            Some(value) if target.aim.is_some_and(|aim| aim.holds(value)) => "aim reached",
            Some(_) => "holds",
        };
        let row = format!(
            "| {} | {} | {} | {} | {verdict} |",
            target.name,
            bound(target.must),
            target.aim.map_or_else(|| "–".to_owned(), bound),
            measured.map_or_else(|| "–".to_owned(), target.show),
        );
        say(&row);
        self.0.push(row);
    }

    /// The whole table.
    pub(super) fn print(&self) {
        say("\n| target | must | aim | measured | |\n|---|---|---|---|---|");
        self.0.iter().for_each(|row| say(row));
    }
}

/// What machine this is.
pub(super) fn machine() {
    let of = |file: &str, start: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(start)).map(str::to_owned);
        line.map_or_else(|| "unknown".to_owned(), |line| line.trim_start_matches([':', '\t', ' ']).to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    say(&format!(
        "machine: {cores} cores, {}; memory {}; load before {}",
        of("/proc/cpuinfo", "model name"),
        of("/proc/meminfo", "MemTotal"),
        std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim(),
    ));
    say(
        "database: PostgreSQL with fsync, synchronous_commit and full_page_writes on, otherwise as it comes; \
         SQLite with WAL and synchronous=FULL. Only ratios of one run count.",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_both_ways() {
        let target = |must, aim| Target { name: "x", must, aim, show: times };
        let mut table = Table::default();
        table.judge(&target(Bound::AtLeast(200), Some(Bound::AtLeast(400))), Some(250));
        table.judge(&target(Bound::AtLeast(200), Some(Bound::AtLeast(400))), Some(400));
        table.judge(&target(Bound::AtMost(130), None), Some(131));
        table.judge(&target(Bound::AtMost(130), None), None);
        assert!(table.0[0].ends_with("| ≥ 2.00 × | ≥ 4.00 × | 2.50 × | holds |"));
        assert!(table.0[1].ends_with("| 4.00 × | aim reached |"));
        assert!(table.0[2].ends_with("| – | 1.31 × | MISSED |"));
        assert!(table.0[3].ends_with("| – | not measured |"));
    }
}
