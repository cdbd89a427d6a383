//! The reference: what the API says, in numbers and maps. One command at a time; a refusal changes nothing.

mod floor;
mod promise;
mod sound;
mod stock;

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Code, ReservationId, Timestamp};

pub(crate) use floor::{Line, Part, Payload, PostAsked, Record, Said, Sheet, path, rule, steps};
pub(crate) use promise::{Asked, Held, Order, Promise, Selected, State};
pub(crate) use stock::{Key, Shelf, Spot};

use crate::catalogue::START;

/// Everything there is.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    /// The time that things are recorded at.
    pub(crate) now: Timestamp,
    /// What stands where.
    pub(crate) shelves: BTreeMap<Key, Shelf>,
    /// The lots that are known, with their date.
    pub(crate) lots: BTreeMap<(usize, &'static str), Option<Timestamp>>,
    /// Those that are recalled.
    pub(crate) recalled: BTreeSet<(usize, &'static str)>,
    /// Reservations, in the order in which they were made.
    pub(crate) promises: Vec<Promise>,
    /// The names that the store gave to reservations: where the floor handles several at once, it goes by them.
    pub(crate) ids: Vec<ReservationId>,
    /// Records of operations, in the order in which they were made; the first is the vendor's.
    pub(crate) records: Vec<Record>,
    /// How much each opened shelf was opened with, until that was undone.
    pub(crate) openings: BTreeMap<Key, Opening>,
    /// The answers to keys: what was asked, and what was answered.
    pub(crate) answers: BTreeMap<String, (String, Outcome)>,
    /// How many rows there are.
    pub(crate) counts: Counts,
    /// What the command under way has changed.
    touched: BTreeSet<Key>,
    changed: BTreeSet<usize>,
    noted: BTreeSet<usize>,
    worked: BTreeSet<usize>,
    /// Who is to bring something back: from which pick, for which reservation.
    asks: BTreeSet<(usize, usize)>,
    /// How many were told so, or that they need not any more.
    told: usize,
}

/// The movement that opened a shelf.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    pub(crate) quantity: i64,
    pub(crate) is_undone: bool,
}

/// Rows that are numbered without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) requests: i64,
    pub(crate) movements: i64,
    pub(crate) events: i64,
}

/// Done, or refused with a code.
pub(crate) type Outcome = Result<(), Code>;

impl Reference {
    /// Nothing but what the catalogue made.
    pub(crate) fn new() -> Self {
        Self {
            // The catalogue, the vendor and its approval were recorded one after the other.
            now: Timestamp::from_micros(START.micros() + 2),
            shelves: BTreeMap::new(),
            lots: BTreeMap::new(),
            recalled: BTreeSet::new(),
            promises: Vec::new(),
            ids: Vec::new(),
            records: vec![Record::vendor()],
            openings: BTreeMap::new(),
            answers: BTreeMap::new(),
            counts: Counts { requests: 3, movements: 0, events: 4 },
            touched: BTreeSet::new(),
            changed: BTreeSet::new(),
            noted: BTreeSet::new(),
            worked: BTreeSet::new(),
            asks: BTreeSet::new(),
            told: 0,
        }
    }

    /// Time passes, or a clock goes back; what is recorded comes after what was recorded before.
    pub(crate) fn clock(&mut self, clock: Timestamp) {
        self.now = Timestamp::from_micros(self.now.micros() + 1).max(clock);
    }

    /// A command with a key: the stored answer, or a decision whose answer is stored. Says whether it was stored before.
    pub(crate) fn asked(
        &mut self,
        key: &str,
        content: &str,
        decide: impl FnOnce(&mut Self) -> Outcome,
    ) -> (Outcome, bool) {
        if let Some((known, outcome)) = self.answers.get(key) {
            return if known == content {
                (*outcome, true)
            } else {
                (Err(Code::IdempotencyKeyReused), false)
            };
        }
        let outcome = self.decided(decide);
        self.counts.requests += 1;
        self.answers.insert(key.to_owned(), (content.to_owned(), outcome));
        (outcome, false)
    }

    /// All of what a command does, or nothing of it.
    pub(crate) fn decided(&mut self, decide: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        // Answers are given once, whatever comes of it: they need not be copied.
        let answers = std::mem::take(&mut self.answers);
        let before = self.clone();
        let outcome = decide(self);
        if outcome.is_ok() {
            self.trim_picks(&before.promises);
            self.end_asks();
        }
        match outcome {
            // One event for each aggregate that changed; one that ran out and is reserved again is two aggregates.
            Ok(()) => {
                let of_records = self.noted.len() + self.worked.len() + self.told;
                let events = self.touched.len() + self.changed.len() + of_records;
                self.counts.events += i64::try_from(events).unwrap();
            }
            Err(_) => *self = before,
        }
        self.answers = answers;
        self.touched.clear();
        self.changed.clear();
        self.noted.clear();
        self.worked.clear();
        self.told = 0;
        outcome
    }
}
