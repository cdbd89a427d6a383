//! The writer and the HTTP path beside pgbench, interleaved in rounds on one cluster.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::cpu::Clock;
use super::load::{Load, Skus};
use super::pgbench::{Pgbench, checkpoint, rows, wal};
use super::report::{Bound, Table, Target, times};
use super::sample::{Ratio, Sample, median, micros, share};
use super::{Programs, Settings, WAITERS, http, seed};
use crate::pg::{Cluster, Durability};
use crate::server::Serving;
use crate::shell::{self, say};

const CLIENTS: [u64; 3] = [8, 16, 32];

const UNIFORM: Target = Target {
    name: "writer, uniform, 64 waiters, to pgbench",
    must: Bound::AtLeast(200),
    aim: Some(Bound::AtLeast(400)),
    show: times,
};
const HOT: Target = Target {
    name: "writer, one hot sku, to pgbench hot",
    must: Bound::AtLeast(800),
    aim: Some(Bound::AtLeast(1500)),
    show: times,
};
const HOT_TO_UNIFORM: Target = Target {
    name: "writer, one hot sku, to its own uniform",
    must: Bound::AtLeast(80),
    aim: Some(Bound::AtLeast(100)),
    show: times,
};
const DATABASE_CPU: Target = Target {
    name: "PostgreSQL's CPU per reservation: pgbench's to ours",
    must: Bound::AtLeast(500),
    aim: Some(Bound::AtLeast(800)),
    show: times,
};
const HTTP_CPU: Target = Target {
    name: "HTTP adds per request (CPU)",
    must: Bound::AtMost(40_000),
    aim: Some(Bound::AtMost(25_000)),
    show: micros,
};

/// One round.
struct Round {
    pgbench: Vec<Sample>,
    pgbench_hot: Vec<Sample>,
    writer: Sample,
    writer_hot: Sample,
    http: Option<(Sample, [u64; 2])>,
}

/// What is measured on.
struct Bench<'c> {
    cluster: &'c Cluster,
    clock: Clock,
    pgbench: Pgbench<'c>,
    load: Load,
    serving: Option<Serving>,
    folder: shell::Scratch,
    settings: &'c Settings,
}

/// Measures, and judges the targets of it. `with_http` and `with_pgbench` leave parts out.
pub(super) fn run(
    programs: &Programs,
    settings: &Settings,
    table: &mut Table,
    with_http: bool,
) -> Result<()> {
    let cluster = Cluster::start(Durability::Durable)?;
    let bench = Bench::prepare(&cluster, programs, settings, with_http);
    let mut bench = bench.context("the databases could not be prepared")?;
    let mut rounds = Vec::new();
    for number in 1..=settings.rounds {
        let round = bench.round()?;
        say_round(number, &round);
        rounds.push(round);
    }
    judge(&rounds, table);
    Ok(())
}

impl<'c> Bench<'c> {
    fn prepare(
        cluster: &'c Cluster,
        programs: &Programs,
        settings: &'c Settings,
        with_http: bool,
    ) -> Result<Self> {
        let folder = shell::Scratch::create()?;
        let url = cluster.create_database("ours")?;
        seed::import(&programs.erp, &url, settings.skus, folder.path())?;
        let of = Skus { skus: settings.skus, hot: false };
        Load::start(&programs.load, &url)?.reserve(of, WAITERS, 200)?;
        let pgbench = Pgbench::copy_of(cluster, "ours", "pgbench")?;
        let mut load = Load::start(&programs.load, &url)?;
        same_rows(cluster, &mut load, &pgbench, of, folder.path())?;
        let serving =
            if with_http { Some(Serving::start(&programs.erp, "serve", &url, folder.path())?) } else { None };
        Ok(Self { cluster, clock: Clock::new()?, pgbench, load, serving, folder, settings })
    }

    fn round(&mut self) -> Result<Round> {
        let skus = self.settings.skus;
        let (uniform, hot) = (Skus { skus, hot: false }, Skus { skus, hot: true });
        let mut round = Round {
            pgbench: Vec::new(),
            pgbench_hot: Vec::new(),
            writer: self.write(uniform)?,
            writer_hot: self.write(hot)?,
            http: None,
        };
        round.http = self.http(uniform)?;
        for clients in CLIENTS {
            round.pgbench.push(self.pgbench(uniform, clients)?);
            round.pgbench_hot.push(self.pgbench(hot, clients)?);
        }
        Ok(round)
    }

    fn write(&mut self, of: Skus) -> Result<Sample> {
        // A little first, so that everything is prepared and warm.
        self.load.reserve(of, WAITERS, 100)?;
        checkpoint(self.cluster)?;
        let pid = self.load.pid();
        let before = self.spent(Some(pid))?;
        let done = self.load.reserve(of, WAITERS, self.settings.millis)?;
        self.sample(&before, Some(pid), done.count, done.micros)
    }

    /// With the latencies that half and all but one in a hundred answers stayed under.
    fn http(&mut self, of: Skus) -> Result<Option<(Sample, [u64; 2])>> {
        let Some(serving) = &self.serving else { return Ok(None) };
        http::reserve(&serving.address, of, WAITERS, 100)?;
        checkpoint(self.cluster)?;
        let pid = serving.pid();
        let before = self.spent(Some(pid))?;
        let done = http::reserve(&serving.address, of, WAITERS, self.settings.millis)?;
        let sample = self.sample(&before, Some(pid), done.count, done.micros)?;
        Ok(Some((sample, [done.percentile(50), done.percentile(99)])))
    }

    fn pgbench(&mut self, of: Skus, clients: u64) -> Result<Sample> {
        checkpoint(self.cluster)?;
        let before = self.spent(None)?;
        let done = self.pgbench.run(of, clients, self.settings.millis, self.folder.path())?;
        self.sample(&before, None, done.count, done.micros)
    }

    /// What was spent so far: by the database, by a program (or the children that ended), by its writer; and the log.
    fn spent(&self, program: Option<u32>) -> Result<[u64; 4]> {
        let database = self.clock.tree(self.cluster.pid())?;
        let (program, writer) = match program {
            Some(pid) => (self.clock.process(pid)?, self.clock.threads(pid, "writer")?),
            None => (self.clock.ended_children()?, 0),
        };
        Ok([database, program, writer, wal(self.cluster)?])
    }

    fn sample(&self, before: &[u64; 4], program: Option<u32>, count: u64, micros: u64) -> Result<Sample> {
        ensure!(count > 0, "nothing was done");
        let after = self.spent(program)?;
        let [database, program, writer, wal] = std::array::from_fn(|at| {
            after.get(at).zip(before.get(at)).map_or(0, |(after, before)| after.saturating_sub(*before))
        });
        Ok(Sample { count, micros, database, program, writer, wal })
    }
}

/// Both write the same number of rows into every table for one reservation, or they must not be compared.
fn same_rows(
    cluster: &Cluster,
    load: &mut Load,
    pgbench: &Pgbench<'_>,
    of: Skus,
    folder: &Path,
) -> Result<()> {
    let before = [rows(cluster, "ours")?, rows(cluster, "pgbench")?];
    let ours = load.reserve(of, WAITERS, 300)?.count;
    let theirs = pgbench.run(of, 8, 1000, folder)?.count;
    let after = [rows(cluster, "ours")?, rows(cluster, "pgbench")?];
    let mut each = Vec::new();
    for ((before, after), count) in before.iter().zip(&after).zip([ours, theirs]) {
        let grown = before.iter().zip(after).map(|((table, before), (_, after))| (*table, after - before));
        let grown: Vec<_> =
            grown.map(|(table, rows)| (table, Ratio::of(u64::try_from(rows).unwrap_or(0), count))).collect();
        each.push(grown);
    }
    let (ours, theirs) = (each.first(), each.get(1));
    ensure!(ours == theirs, "the rows of a reservation differ: ours {ours:?}, pgbench's {theirs:?}");
    let said: Vec<_> = ours.into_iter().flatten().map(|(table, rows)| format!("{table} {rows}")).collect();
    say(&format!("rows of one reservation, the same for both: {}", said.join(", ")));
    Ok(())
}

/// The best of the numbers of clients.
fn best(samples: &[Sample]) -> Sample {
    samples.iter().copied().max_by_key(Sample::per_second).unwrap_or_default()
}

fn say_round(number: u64, round: &Round) {
    say(&format!(
        "\nround {number}: a second | PostgreSQL's CPU | program's CPU | its writer's | WAL bytes, each"
    ));
    let line = |name: &str, sample: &Sample| {
        say(&format!(
            "  {name:<24} {:>6} | {:>9} | {:>9} | {:>9} | {:>6}",
            sample.per_second(),
            micros(sample.each(sample.database)),
            micros(sample.each(sample.program)),
            micros(sample.each(sample.writer)),
            share(sample.wal, sample.count),
        ));
    };
    line("writer, uniform", &round.writer);
    line("writer, hot", &round.writer_hot);
    if let Some((sample, [half, most])) = &round.http {
        line("HTTP, uniform", sample);
        say(&format!("  {:<24} p50 {half} µs, p99 {most} µs", ""));
    }
    for (clients, (uniform, hot)) in CLIENTS.iter().zip(round.pgbench.iter().zip(&round.pgbench_hot)) {
        line(&format!("pgbench {clients}, uniform"), uniform);
        line(&format!("pgbench {clients}, hot"), hot);
    }
}

fn judge(rounds: &[Round], table: &mut Table) {
    say("\nmedians of the rounds' ratios:");
    let of = |ratio: fn(&Round) -> u64| median(rounds.iter().map(ratio));
    table.judge(
        &UNIFORM,
        of(|round| Ratio::of(round.writer.per_second(), best(&round.pgbench).per_second()).0),
    );
    table.judge(
        &HOT,
        of(|round| Ratio::of(round.writer_hot.per_second(), best(&round.pgbench_hot).per_second()).0),
    );
    table.judge(
        &HOT_TO_UNIFORM,
        of(|round| Ratio::of(round.writer_hot.per_second(), round.writer.per_second()).0),
    );
    let cpu = |sample: Sample| sample.each(sample.database);
    table.judge(
        &DATABASE_CPU,
        median(rounds.iter().map(|round| Ratio::of(cpu(best(&round.pgbench)), cpu(round.writer)).0)),
    );
    // What the whole server needs, less what the writer alone needs for the same.
    let added = |round: &Round| {
        let (http, _) = round.http?;
        let alone = round.writer.each(round.writer.writer);
        Some(http.each(http.program).saturating_sub(alone))
    };
    table.judge(&HTTP_CPU, median(rounds.iter().filter_map(added)));
    let whole = |sample: &Sample| sample.each(sample.database.saturating_add(sample.program));
    let all =
        median(rounds.iter().map(|round| Ratio::of(whole(&best(&round.pgbench)), whole(&round.writer))));
    let over_http = rounds
        .iter()
        .filter_map(|round| Some(Ratio::of(round.http?.0.per_second(), best(&round.pgbench).per_second())));
    say(&format!(
        "beside the targets: all CPU, both sides: pgbench's is {} × ours; over HTTP: {} × pgbench",
        all.unwrap_or(Ratio(0)),
        median(over_http).map_or_else(|| "not measured".to_owned(), |ratio| ratio.to_string()),
    ));
}
