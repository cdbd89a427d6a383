//! Drives a store and the reference through the same sequence.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use commands::testing::{Database, code_of, job, keyed, run as run_jobs};
use commands::{BatchLimits, Job, preview, run_batch, verify};
use kernel::{RecordId, Reply, Request, StoreError, Timestamp};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::catalogue::{Prepare, START, approve_vendor, vendor};
use crate::compare::{Names, compare, different};
use crate::plan::{Batch, Entry, sequence};
use crate::reference::{Outcome, Reference};
use crate::verbs::{Known, Make};

/// What was run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sequences, each on a database of its own.
    pub sequences: u64,
    /// Batches, each compared as a whole.
    pub batches: u64,
    /// How often each kind of command had which outcome: `create done`, `create insufficient_stock`.
    pub outcomes: BTreeMap<String, u64>,
    /// Keys that were sent again.
    pub repeats: u64,
    /// Commands that were decided over a snapshot.
    pub dry_runs: u64,
}

impl Figures {
    fn add(&mut self, one: Self) {
        self.sequences += 1;
        self.batches += one.batches;
        self.repeats += one.repeats;
        self.dry_runs += one.dry_runs;
        for (name, count) in one.outcomes {
            *self.outcomes.entry(name).or_default() += count;
        }
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sequences, batches, repeats, dry_runs, .. } = self;
        let commands: u64 = self.outcomes.values().sum();
        let done = self.outcomes.iter().filter(|(name, _)| name.ends_with(" done")).map(|(_, count)| count);
        let done: u64 = done.sum();
        write!(
            f,
            "{sequences} sequences, {batches} batches, {commands} commands ({done} done), {repeats} repeats, \
             {dry_runs} dry runs"
        )
    }
}

/// Runs so many random sequences from a seed, each on a fresh database. The same seed gives the same sequences.
///
/// # Errors
/// The first difference, after its sequence was made as short as it gets.
pub fn run<D: Database>(sequences: u32, seed: u64, fresh: impl Fn() -> D) -> Result<Figures, String> {
    let config =
        Config { cases: sequences, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let figures = RefCell::new(Figures::default());
    let outcome = runner.run(&sequence(), |batches| {
        let mut database = fresh();
        let mut one = Run::new(&mut database).map_err(broke)?;
        for batch in &batches {
            one.batch(batch)?;
        }
        one.audit()?;
        figures.borrow_mut().add(one.figures);
        Ok(())
    });
    outcome.map(|()| figures.into_inner()).map_err(|error| error.to_string())
}

/// Runs so many sequences on a store, or as many as `ERPTEST_MODEL_` and its name say, and answers the figures in a
/// line. The seed is 1, or what `ERPTEST_MODEL_SEED` says.
///
/// # Panics
/// Where store and reference differ, with the shortest sequence that shows it.
pub fn agree<D: Database>(store: &str, sequences: u32, fresh: impl Fn() -> D) -> String {
    let variable = |name: &str| {
        let name = format!("ERPTEST_MODEL_{}", name.to_uppercase());
        std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap())
    };
    let sequences = variable(store).map_or(sequences, |number| number.try_into().unwrap());
    let seed = variable("seed").unwrap_or(1);
    match run(sequences, seed, fresh) {
        Ok(figures) => format!("model {store}: seed {seed}, {figures}, 0 differences"),
        Err(difference) => panic!("model {store}: seed {seed}: {difference}"),
    }
}

fn broke(error: StoreError) -> TestCaseError {
    TestCaseError::fail(format!("the store failed: {error}"))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, found: &T) -> Result<(), TestCaseError> {
    different(what, expected, found).map_or(Ok(()), |words| Err(TestCaseError::fail(words)))
}

/// A request that was sent.
#[derive(Clone)]
struct Sent {
    key: String,
    content: String,
    make: Make,
}

/// What an answer says: done or a code, and whether it was given before.
type Said = (String, bool);

fn said(outcome: Outcome) -> String {
    outcome.map_or_else(|code| code.as_str().to_owned(), |()| "done".to_owned())
}

/// The records that an answer names.
fn records_in(reply: &Reply) -> BTreeSet<RecordId> {
    let body = String::from_utf8_lossy(&reply.body);
    let named = body.split("RecordId(").skip(1).map(|rest| rest.split(')').next().unwrap());
    named.map(|id| serde_json::from_value(id.into()).unwrap()).collect()
}

struct Run<'d> {
    database: &'d mut dyn Database,
    names: Names,
    world: Reference,
    known: Known,
    /// The records that answers named.
    records: BTreeSet<RecordId>,
    sent: Vec<Sent>,
    clock: Timestamp,
    figures: Figures,
}

impl<'d> Run<'d> {
    fn new(database: &'d mut dyn Database) -> Result<Self, StoreError> {
        let prepare = job("prepare", Prepare).unwrap();
        let replies = run_jobs(database, &[&prepare], START)?;
        assert_eq!(code_of(&replies[0]), "done");
        let replies = run_jobs(database, &[&job("vendor", vendor()).unwrap()], START)?;
        let records = records_in(&replies[0]);
        let id = *records.first().unwrap();
        let replies = run_jobs(database, &[&job("approve", approve_vendor(id)).unwrap()], START)?;
        assert_eq!(code_of(&replies[0]), "done");
        let names = Names::read(database)?;
        let (known, clock, sent, figures) = (Known::default(), START, Vec::new(), Figures::default());
        Ok(Self { database, names, world: Reference::new(), known, records, sent, clock, figures })
    }

    fn batch(&mut self, batch: &Batch) -> Result<(), TestCaseError> {
        self.clock = self.clock.plus_seconds(batch.wait_seconds);
        self.dry_runs(batch)?;
        // Time is recorded with what is stored: a batch of repeats alone leaves it where it was.
        let before = self.world.now;
        let stored = self.world.counts.requests;
        self.world.clock(self.clock);
        let (requests, expected) = self.expect(batch);
        if self.world.counts.requests == stored {
            self.world.now = before;
        }
        if requests.is_empty() {
            return Ok(());
        }
        let jobs: Vec<Box<dyn Job>> =
            requests.into_iter().map(|(request, sent)| (sent.make)(request)).collect();
        let jobs: Vec<&dyn Job> = jobs.iter().map(AsRef::as_ref).collect();
        if batch.fails_first {
            self.fail(&jobs)?;
        }
        let replies = run_jobs(self.database, &jobs, self.clock).map_err(broke)?;
        let say = |reply: &Reply| (code_of(reply), reply.replayed);
        same("answers", &expected, &replies.iter().map(say).collect())?;
        replies.iter().for_each(|reply| self.records.extend(records_in(reply)));
        self.figures.batches += 1;
        self.compare()
    }

    /// What the reference says to each job, and the requests for the program.
    fn expect(&mut self, batch: &Batch) -> (Vec<(Request, Sent)>, Vec<Said>) {
        let (mut requests, mut expected) = (Vec::new(), Vec::new());
        for entry in &batch.entries {
            let (sent, outcome) = match entry {
                Entry::New(verb) => {
                    let mut verb = verb.clone();
                    if !verb.aim(&self.known) {
                        continue;
                    }
                    let key = format!("key-{}", self.sent.len());
                    let sent = Sent { content: key.clone(), make: verb.job(&self.known), key };
                    self.sent.push(sent.clone());
                    let outcome = self.world.asked(&sent.key, &sent.content, |world| verb.expect(world));
                    let kind = format!("{} {}", verb.name(), verb.about());
                    let name = format!("{} {}", kind.trim_end(), said(outcome.0));
                    *self.figures.outcomes.entry(name).or_default() += 1;
                    (sent, outcome)
                }
                Entry::Repeat { which, is_altered } => {
                    let Some(which) = which.checked_rem(self.sent.len()) else { continue };
                    let mut sent = self.sent[which].clone();
                    if *is_altered {
                        sent.content.push_str(" altered");
                    }
                    self.figures.repeats += 1;
                    let outcome =
                        self.world.asked(&sent.key, &sent.content, |_| panic!("it was asked before"));
                    (sent, outcome)
                }
            };
            let request = keyed("commerce", &sent.key, &sent.content).unwrap();
            // Each attempt has a seed of its own: were a repeat decided again, it would be seen as something new.
            let seed = kernel::Fingerprint::of(&[&request.seed, &requests.len().to_be_bytes()]).0;
            requests.push((Request { seed, ..request }, sent));
            expected.push((said(outcome.0), outcome.1));
        }
        (requests, expected)
    }

    /// Runs the batch and rolls it back at its very end.
    fn fail(&mut self, jobs: &[&dyn Job]) -> Result<(), TestCaseError> {
        let failed = self.database.write(&mut |transaction| {
            run_batch(transaction, jobs, self.clock, BatchLimits::default())?;
            Err(StoreError::Conflict)
        });
        same("the failed attempt", &Err(StoreError::Conflict), &failed)
    }

    fn dry_runs(&mut self, batch: &Batch) -> Result<(), TestCaseError> {
        for verb in &batch.dry_runs {
            let mut verb = verb.clone();
            if !verb.aim(&self.known) {
                continue;
            }
            let mut world = self.world.clone();
            world.clock(self.clock);
            let outcome = world.decided(|world| verb.expect(world));
            let expected = outcome.map_or_else(|code| code.as_str().to_owned(), |()| "preview".to_owned());
            let asked = verb.job(&self.known)(keyed("commerce", "dry-run", "dry run").unwrap());
            let mut found = String::new();
            let clock = self.clock;
            self.database
                .read(&mut |transaction| {
                    found = code_of(&preview(transaction, asked.as_ref(), clock)?);
                    Ok(())
                })
                .map_err(broke)?;
            same("a dry run", &expected, &found)?;
            self.figures.dry_runs += 1;
        }
        Ok(())
    }

    fn compare(&mut self) -> Result<(), TestCaseError> {
        let (names, records, world) = (&self.names, &self.records, &self.world);
        let mut found = Err("nothing was read".to_owned());
        self.database
            .read(&mut |transaction| {
                found = compare(transaction, names, records, world)?;
                Ok(())
            })
            .map_err(broke)?;
        self.known = found.map_err(TestCaseError::fail)?;
        self.world.ids.clone_from(&self.known.book.reservations);
        Ok(())
    }

    /// The books of the program itself.
    fn audit(&mut self) -> Result<(), TestCaseError> {
        let mut violations = Vec::new();
        self.database
            .read(&mut |transaction| {
                violations = verify(transaction)?.violations;
                Ok(())
            })
            .map_err(broke)?;
        same("violations", &Vec::new(), &violations)
    }
}
