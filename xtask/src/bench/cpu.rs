//! CPU time of processes, as /proc has it. Knows numbers of processes and nothing of what they do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::shell;

/// What one line of /proc/…/stat says, in ticks.
struct Stat {
    parent: u32,
    own: u64,
    /// Of children that ended and were waited for.
    ended: u64,
}

/// A reader of CPU times; answers are microseconds.
pub(super) struct Clock {
    ticks_per_second: u64,
}

impl Clock {
    /// Asks the system how long its ticks are.
    pub(super) fn new() -> Result<Self> {
        let told = shell::must_quietly(shell::program("getconf").arg("CLK_TCK"))?;
        Ok(Self { ticks_per_second: told.trim().parse().context("getconf CLK_TCK")? })
    }

    fn micros(&self, ticks: u64) -> u64 {
        ticks.saturating_mul(1_000_000).checked_div(self.ticks_per_second).unwrap_or_default()
    }

    /// All threads of a process, those that ended too.
    pub(super) fn process(&self, pid: u32) -> Result<u64> {
        Ok(self.micros(stat(&format!("/proc/{pid}/stat"))?.own))
    }

    /// The threads of a process that have this name.
    pub(super) fn threads(&self, pid: u32, name: &str) -> Result<u64> {
        let mut ticks = 0_u64;
        for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
            let task = task?.path();
            if std::fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name) {
                ticks = ticks.saturating_add(stat(&task.join("stat").to_string_lossy())?.own);
            }
        }
        Ok(self.micros(ticks))
    }

    /// The children of this process that ended and were waited for.
    pub(super) fn ended_children(&self) -> Result<u64> {
        Ok(self.micros(stat("/proc/self/stat")?.ended))
    }

    /// A process and all that descend from it, those that ended too. Looks again while some of them end or begin: one
    /// that ends in the middle of a look would be missed.
    pub(super) fn tree(&self, root: u32) -> Result<u64> {
        let (mut ticks, mut processes) = look(root)?;
        loop {
            std::thread::park_timeout(Duration::from_millis(20));
            let (again, found) = look(root)?;
            if found == processes {
                return Ok(self.micros(ticks));
            }
            (ticks, processes) = (again, found);
        }
    }
}

/// The ticks of a process and its descendants, and who they are.
fn look(root: u32) -> Result<(u64, BTreeSet<u32>)> {
    let mut stats = BTreeMap::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // One that ends meanwhile is in what its parent waited for, the next time.
        if let Ok(stat) = stat(&format!("/proc/{pid}/stat")) {
            stats.insert(pid, stat);
        }
    }
    let mut found = BTreeSet::from([root]);
    while stats.iter().any(|(pid, stat)| found.contains(&stat.parent) && found.insert(*pid)) {}
    let of = |pid: &u32| stats.get(pid).map_or(0, |stat| stat.own.saturating_add(stat.ended));
    Ok((found.iter().map(of).sum(), found))
}

fn stat(path: &str) -> Result<Stat> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    parse(&text).with_context(|| format!("{path} is not as proc(5) says: {text}"))
}

/// The name of the program stands in brackets and may hold anything.
fn parse(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<_> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        own: number(11)?.saturating_add(number(12)?),
        ended: number(13)?.saturating_add(number(14)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_line_of_proc() {
        let line = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 1 0 5 6 7\n";
        let stat = parse(line).unwrap();
        assert_eq!((stat.parent, stat.own, stat.ended), (7, 33, 77));
        assert!(parse("nothing").is_none());
    }

    #[test]
    fn this_process_is_in_its_own_tree() {
        let clock = Clock::new().unwrap();
        let own = clock.process(std::process::id()).unwrap();
        assert!(clock.tree(std::process::id()).unwrap() >= own);
        assert!(clock.tree(1).is_ok());
    }
}
