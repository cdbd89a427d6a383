//! `cargo xtask replay`: a file of real orders through the HTTP API, and the proof that every unit is accounted for.
//! This file says the order of the steps; each step has a file of its own.

mod answers;
mod buy;
mod client;
mod crew;
mod drive;
mod give_back;
mod orders;
mod past;
mod records;
mod report;
mod sell;
mod server;
mod setup;
mod stock;
mod sums;
mod tally;
mod write_off;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::Instant;

use anyhow::{Result, anyhow};
use clap::ValueEnum;

use self::client::Client;
use self::orders::Orders;
use self::report::Run;
use self::server::{Database, Server};
use crate::shell;

/// What is replayed, and into what.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The orders: a gzipped CSV like UCI Online Retail
    #[arg(long, value_name = "FILE.csv.gz")]
    orders: PathBuf,
    /// The database of the server that is started
    #[arg(long, default_value = "sqlite", conflicts_with = "server")]
    database: Choice,
    /// A server that runs already, with the products in it; none is started, and `erp verify` is left to you
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Only the first orders
    #[arg(long)]
    limit: Option<usize>,
    /// Clients at the same time
    #[arg(long, default_value_t = 8, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=256))]
    workers: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Choice {
    Sqlite,
    Postgres,
    Both,
}

/// Replays; the exit code says whether everything was as it must be.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let orders = orders::read(&args.orders, args.limit)?;
    report::input(&orders);
    let databases: &[Database] = match args.database {
        Choice::Sqlite => &[Database::Sqlite],
        Choice::Postgres => &[Database::Postgres],
        Choice::Both => &[Database::Sqlite, Database::Postgres],
    };
    let mut failures = Vec::new();
    if let Some(server) = &args.server {
        shell::say(&format!("\nreplay into {server}"));
        failures.extend(against(server, &orders, args.workers, None)?);
    } else {
        let program = server::build()?;
        for database in databases {
            shell::say(&format!("\nreplay on {database:?}, a fresh database and the release build"));
            let server = Server::start(&program, *database, &orders.products)?;
            let wrong = against(server.address(), &orders, args.workers, Some(&server))?;
            if !wrong.is_empty() {
                shell::complain(&server.log());
            }
            failures.extend(wrong.into_iter().chain(server.stop_and_verify()?));
        }
    }
    Ok(shell::verdict("replay", &failures))
}

/// One replay into one server. Answers what is wrong.
fn against(address: &str, orders: &Orders, workers: usize, own: Option<&Server>) -> Result<Vec<String>> {
    // Half of the repeats are sent by a second thread.
    let client = Client::new(address, workers.saturating_mul(2));
    let opening = stock::owned(&client)?;
    let mut wrong = Vec::new();
    if own.is_some() {
        wrong.extend(stock::differences_at_first(&opening, &orders.products));
    }
    let started = Instant::now();
    let (owed, wall, looks) = std::thread::scope(|scope| {
        let (stop, stopped) = channel();
        let watcher = scope.spawn(|| {
            let stopped = stopped;
            past::watch(&client, &orders.products, &stopped)
        });
        let owed = drive::replay(&client, orders, workers).owed();
        let wall = started.elapsed();
        drop(stop);
        (owed, wall, watcher.join())
    });
    let looks = looks.map_err(|_| anyhow!("the watcher of the past panicked"))??;
    let changed = past::differences(&client, &looks, workers)?;
    let explained = past::explain(&client, &orders.products, workers)?;
    let closing = stock::owned(&client)?;
    let mut tally = client.tally();
    let differences = stock::differences_at_last(&opening, &closing, &tally.flows, own.is_some());
    let sums = sums::sums(orders, &tally, &owed);
    // Where the replay is not alone, the ledger has more than it did.
    let unsaid = own.map(|_| sums::ledger_differences(orders, &tally, &explained.ledger)).unwrap_or_default();
    let not_incoming = own.map(|_| not_incoming(&owed, &explained.owed)).unwrap_or_default();
    let run = Run {
        wall,
        memory_kb: own.and_then(Server::peak_memory_kb),
        workers,
        products: closing.len(),
        opening: stock::total(&opening),
        closing: stock::total(&closing),
        differences: differences.len(),
        unsaid: unsaid.len(),
        not_incoming: not_incoming.len(),
        looks: looks.len(),
        changed: changed.len(),
        explained: orders.products.len(),
        unexplained: explained.unexplained.len(),
    };
    report::output(&mut tally, &sums, &explained.ledger, &run);
    wrong.append(&mut tally.failures);
    if tally.more_failures > 0 {
        wrong.push(format!("and {} more", tally.more_failures));
    }
    wrong.extend(sums.iter().filter(|sum| !sum.holds()).map(sums::Sum::in_words));
    for found in [differences, unsaid, not_incoming, changed, explained.unexplained] {
        wrong.extend(found);
    }
    Ok(wrong)
}

/// Products of which the server does not expect what vendors owe.
fn not_incoming(owed: &BTreeMap<String, u64>, incoming: &BTreeMap<String, u64>) -> Vec<String> {
    let wrong = incoming.iter().filter(|(sku, units)| owed.get(*sku).copied().unwrap_or_default() != **units);
    let in_words =
        |(sku, units): (&String, &u64)| format!("{sku}: {units} incoming, {:?} owed", owed.get(sku));
    wrong.map(in_words).collect()
}
