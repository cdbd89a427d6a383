//! `cargo xtask bench`: the write path measured beside pgbench in one run, and where each target stands. Timings are
//! never assertions: a missed target is a line of the table, not a failure.

mod cpu;
mod growth;
mod http;
mod load;
mod memory;
mod pgbench;
mod report;
mod sample;
mod seed;
mod sqlite;
mod writer;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::ValueEnum;

use self::report::Table;
use self::sample::share;
use self::seed::Size;
use crate::server::{build_release, program_name};
use crate::shell;

/// Requests that wait at any time, and connections over HTTP.
const WAITERS: u64 = 64;

/// What is measured, and for how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Rounds, of which the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=99))]
    rounds: u64,
    /// Seconds of each run in a round
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// One short round and little stock: to see that it works, not to measure
    #[arg(long)]
    quick: bool,
    /// Only this
    #[arg(long)]
    only: Option<Part>,
    /// Balances of the large stock
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=9_000_000))]
    balances: u64,
    /// Transfers in the ledger of the large stock
    #[arg(long, default_value_t = 10_000_000)]
    transfers: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The writer beside pgbench
    Writer,
    /// The writer and the HTTP path beside pgbench
    Http,
    /// Cost as stock grows
    Growth,
    /// Memory with much stock
    Memory,
    /// Group commit on SQLite
    Sqlite,
}

/// The programs that are measured.
struct Programs {
    erp: PathBuf,
    load: PathBuf,
}

/// The flags, as lengths of runs and sizes of stock.
struct Settings {
    rounds: u64,
    millis: u64,
    /// Before cost is measured on much stock.
    warm_millis: u64,
    memory_seconds: u64,
    /// Skus of the stock that is measured beside pgbench.
    skus: u64,
    balances: u64,
    transfers: u64,
}

impl Settings {
    fn of(args: &Args) -> Self {
        let Args { rounds, seconds, balances, transfers, .. } = *args;
        if args.quick {
            let (balances, transfers) = (balances.min(20_000), transfers.min(100_000));
            return Self {
                rounds: 1,
                millis: 1000,
                warm_millis: 1000,
                memory_seconds: 2,
                skus: 1000,
                balances,
                transfers,
            };
        }
        let millis = seconds.saturating_mul(1000);
        let warm_millis = share(balances, 1000).saturating_mul(60).max(millis);
        Self { rounds, millis, warm_millis, memory_seconds: 20, skus: 10_000, balances, transfers }
    }

    fn small(&self) -> Size {
        let balances = self.balances.min(1000);
        Size { balances, transfers: balances }
    }

    fn large(&self) -> Size {
        Size { balances: self.balances, transfers: self.transfers.max(self.balances) }
    }
}

/// Measures what is asked for and prints the table.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let settings = Settings::of(args);
    let folder = build_release(&["--bin", "erp", "--example", "load"])?;
    let programs = Programs {
        erp: folder.join(program_name("erp")),
        load: folder.join("examples").join(program_name("load")),
    };
    report::machine();
    shell::say(&format!("{} rounds, runs of {} ms, {WAITERS} waiters", settings.rounds, settings.millis));
    let wanted = |part: Part| args.only.is_none_or(|only| only == part);
    let mut table = Table::default();
    if wanted(Part::Writer) || wanted(Part::Http) {
        writer::run(&programs, &settings, &mut table, wanted(Part::Http))?;
    }
    if wanted(Part::Sqlite) {
        sqlite::run(&programs, &settings)?;
    }
    if wanted(Part::Growth) || wanted(Part::Memory) {
        let (cluster, url) = growth::large(&programs, &settings)?;
        if wanted(Part::Growth) {
            growth::run(&cluster, &programs, &settings, &url, &mut table)?;
        }
        if wanted(Part::Memory) {
            memory::postgres(&programs, &settings, &url, &mut table)?;
        }
    }
    if wanted(Part::Memory) {
        memory::sqlite(&programs, &settings, &mut table)?;
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}
