//! The batch: many commands, one transaction, decided in order.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use inventory::{Context, Trust};
use kernel::{Event, EventId, IdempotencyKey, Mint, Reply, RequestSeq, Source, StoreError, Timestamp};

use crate::draft::Changes;
use crate::{Answered, Draft, Head, Job, Needs, Outcome, Replayed, Store, StoredAnswer, WorkingSet};

/// How far a batch goes before it is given up.
#[derive(Debug, Clone, Copy)]
pub struct BatchLimits {
    /// The most rounds of loading; a command that asks for more is broken.
    pub rounds: usize,
}

impl Default for BatchLimits {
    fn default() -> Self {
        // Rounds in which nobody gets further do not happen, and each command asks in a handful of steps.
        Self { rounds: 10_000 }
    }
}

/// Runs the jobs as one batch and answers each, in their order. The caller has begun a transaction and commits it
/// afterwards; nobody may see an answer before that. `now` is the clock; what is recorded is never before the head.
///
/// A known key gets its stored answer again, or 422 for another request. A job that refuses or panics leaves
/// nothing behind but, for a refusal, its stored answer.
///
/// # Errors
/// [`StoreError`]: the transaction is to be rolled back, and nobody was answered.
pub fn run_batch(
    store: &mut dyn Store,
    jobs: &[&dyn Job],
    now: Timestamp,
    limits: BatchLimits,
) -> Result<Vec<Reply>, StoreError> {
    let head = store.lock_head()?;
    let requests: Vec<_> = jobs.iter().map(|job| job.request()).collect();
    let known = store.answers(&requests)?;
    let mut plan = plan(jobs, known);
    let mut run = Run::new(head, now);
    let mut position = 0;
    let mut rounds = 0;
    while position < plan.fresh.len() {
        let needs = run.decide_from(jobs, &mut plan, &mut position);
        if needs.is_empty() {
            continue;
        }
        rounds += 1;
        if rounds > limits.rounds {
            return Err(never_enough());
        }
        run.load(store, needs)?;
    }
    let replayed = plan.replayed(jobs, &run.answered);
    let answered: Vec<_> = run
        .answered
        .into_iter()
        .filter_map(|(at, seq, reply)| Some(Answered { seq, request: *requests.get(at)?, reply }))
        .collect();
    if !answered.is_empty() {
        store.flush_stock(&run.changes.stock)?;
        store.flush_reservations(&run.changes.reservations)?;
        store.flush_records(&run.changes.records)?;
        let head = Head { counters: run.set.counters, recorded_at: run.now };
        store.flush_answers(&head, &answered, &run.events)?;
    }
    if !replayed.is_empty() {
        store.flush_replays(run.now, &replayed)?;
    }
    Ok(plan.answers(jobs))
}

/// Decides one job over the store's snapshot and answers what it would write. Nothing is flushed.
///
/// # Errors
/// [`StoreError`].
pub fn preview(store: &mut dyn Store, job: &dyn Job, now: Timestamp) -> Result<Reply, StoreError> {
    let head = store.lock_head()?;
    let mut run = Run::new(head, now);
    run.settle(store, job.request().seed, &mut |draft, context| {
        catch_unwind(AssertUnwindSafe(|| job.dry_run(draft, context))).unwrap_or_else(|_| job.broken())
    })
}

fn never_enough() -> StoreError {
    StoreError::Broken("a command never stops asking for more".to_owned())
}

/// Who is decided, and who is answered from memory.
struct Plan {
    /// Jobs to decide, in order.
    fresh: Vec<usize>,
    replies: Vec<Option<Reply>>,
    /// Repeats of a key within the batch: the repeat, the first.
    repeats: Vec<(usize, usize)>,
    /// Repeats of a key of an earlier batch: the repeat, the request that was answered.
    known: Vec<(usize, RequestSeq)>,
}

fn plan(jobs: &[&dyn Job], known: Vec<Option<StoredAnswer>>) -> Plan {
    let mut plan =
        Plan { fresh: Vec::new(), replies: vec![None; jobs.len()], repeats: Vec::new(), known: Vec::new() };
    let mut firsts: BTreeMap<(&Source, &IdempotencyKey), usize> = BTreeMap::new();
    for (at, (job, stored)) in jobs.iter().zip(known).enumerate() {
        let request = job.request();
        if let Some(StoredAnswer { seq, fingerprint, reply }) = stored {
            let answer = if fingerprint == request.fingerprint {
                plan.known.push((at, seq));
                Reply { replayed: true, ..reply }
            } else {
                job.key_reused()
            };
            plan.set(at, answer);
            continue;
        }
        match firsts.entry((&request.source, &request.key)) {
            std::collections::btree_map::Entry::Occupied(first) => plan.repeats.push((at, *first.get())),
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(at);
                plan.fresh.push(at);
            }
        }
    }
    plan
}

impl Plan {
    fn set(&mut self, at: usize, reply: Reply) {
        if let Some(place) = self.replies.get_mut(at) {
            *place = Some(reply);
        }
    }

    /// Who gets an answer again, and whose: that of an earlier batch, or of this one where it is stored.
    fn replayed<'j>(
        &self,
        jobs: &[&'j dyn Job],
        answered: &[(usize, RequestSeq, Reply)],
    ) -> Vec<Replayed<'j>> {
        let stored: BTreeMap<usize, RequestSeq> = answered.iter().map(|(at, seq, _)| (*at, *seq)).collect();
        let in_batch = self.repeats.iter().filter_map(|(at, first)| {
            let (job, original) = (jobs.get(*at)?, jobs.get(*first)?);
            let same = job.request().fingerprint == original.request().fingerprint;
            Some((*at, *stored.get(first)?)).filter(|_| same)
        });
        let all = self.known.iter().copied().chain(in_batch);
        all.filter_map(|(at, of)| Some(Replayed { of, request: jobs.get(at)?.request() })).collect()
    }

    /// Everybody's answer, repeats after their firsts.
    fn answers(mut self, jobs: &[&dyn Job]) -> Vec<Reply> {
        for (at, first) in std::mem::take(&mut self.repeats) {
            let (Some(job), Some(original)) = (jobs.get(at), jobs.get(first)) else { continue };
            let same = job.request().fingerprint == original.request().fingerprint;
            let reply = match self.replies.get(first).cloned().flatten() {
                Some(reply) if same => Reply { replayed: true, ..reply },
                Some(_) => job.key_reused(),
                None => job.broken(),
            };
            self.set(at, reply);
        }
        self.replies.into_iter().zip(jobs).map(|(reply, job)| reply.unwrap_or_else(|| job.broken())).collect()
    }
}

/// The state of a batch while it is decided.
pub(crate) struct Run {
    set: WorkingSet,
    now: Timestamp,
    changes: Changes,
    events: Vec<Event>,
    /// Which job, its request number, its answer.
    answered: Vec<(usize, RequestSeq, Reply)>,
}

impl Run {
    pub(crate) fn new(head: Head, now: Timestamp) -> Self {
        Self {
            set: WorkingSet::new(head.counters),
            // Each batch has a moment of its own, so that `as_of` a moment never cuts through one.
            now: now.max(head.recorded_at.plus_micros(1)),
            changes: Changes::default(),
            events: Vec::new(),
            answered: Vec::new(),
        }
    }

    fn context(&self, request: RequestSeq) -> Context {
        Context { now: self.now, request, trust: Trust::default() }
    }

    fn load(&mut self, store: &mut dyn Store, needs: Needs) -> Result<(), StoreError> {
        if !needs.reservations.is_empty() {
            store.load_reservations(&needs.reservations, self.now, &mut self.set.reservations)?;
        }
        if !needs.records.is_empty() {
            store.load_records(&needs.records, &mut self.set.records)?;
        }
        if !needs.stock.is_empty() {
            store.load_stock(&needs.stock, &mut self.set.stock)?;
        }
        self.set.mark_loaded(needs);
        Ok(())
    }

    /// Decides, loading what is asked for, until nothing is missing, and lets what comes after see the changes.
    pub(crate) fn settle<T>(
        &mut self,
        store: &mut dyn Store,
        seed: [u8; 32],
        decide: &mut dyn FnMut(&mut Draft<'_>, &Context) -> T,
    ) -> Result<T, StoreError> {
        for _ in 0..BatchLimits::default().rounds {
            let mut counters = self.set.counters;
            let seq = counters.take_request();
            let mut draft = Draft::new(&self.set, counters, Mint::new(self.now, seed));
            let decided = decide(&mut draft, &self.context(seq));
            let needs = draft.take_missing();
            if needs.is_empty() {
                let done = draft.into_changes();
                self.merge(done, seq);
                return Ok(decided);
            }
            self.load(store, needs)?;
        }
        Err(never_enough())
    }

    /// Decides jobs in order until one asks for something; the ones after it are only asked what they need, so that
    /// one round of loading serves all. Answers what to load; nothing when all are decided.
    fn decide_from(&mut self, jobs: &[&dyn Job], plan: &mut Plan, position: &mut usize) -> Needs {
        let mut needs = Needs::default();
        let waiting: Vec<_> = plan.fresh.iter().skip(*position).copied().collect();
        for at in waiting {
            let Some(job) = jobs.get(at) else { continue };
            let mut counters = self.set.counters;
            let seq = counters.take_request();
            let context = self.context(seq);
            let mut draft = Draft::new(&self.set, counters, Mint::new(self.now, job.request().seed));
            let outcome = catch_unwind(AssertUnwindSafe(|| job.run(&mut draft, &context)));
            let missing = draft.take_missing();
            if !missing.is_empty() || !needs.is_empty() {
                needs.extend(missing);
                continue;
            }
            *position += 1;
            let reply = match outcome {
                Err(_) => job.broken(),
                Ok(Outcome::Refused(reply)) => {
                    self.set.counters = counters;
                    self.answered.push((at, seq, reply.clone()));
                    reply
                }
                Ok(Outcome::Done(reply)) => {
                    let done = draft.into_changes();
                    self.merge(done, seq);
                    self.answered.push((at, seq, reply.clone()));
                    reply
                }
            };
            plan.set(at, reply);
        }
        needs
    }

    fn merge(&mut self, (changes, mut numbering): (Changes, kernel::Numbering), request: RequestSeq) {
        for event in changes.events {
            let id = EventId(numbering.mint.uuid());
            self.events.push(Event { seq: numbering.counters.take_event(), id, request, event });
        }
        self.set.counters = numbering.counters;
        self.set.stock.merge(&changes.stock);
        self.set.reservations.merge(&changes.reservations);
        self.set.records.merge(&changes.records);
        self.changes.stock.extend(changes.stock);
        self.changes.reservations.extend(changes.reservations);
        self.changes.records.extend(changes.records);
    }
}
