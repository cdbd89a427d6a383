//! What a sequence does: batches of commands and repeats, time between them, dry runs, transactions that fail.

use proptest::prelude::*;

use crate::verbs::{Act, Verb};

/// One batch.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// How far the clock has moved since the last one; it may have gone back.
    pub(crate) wait_seconds: i64,
    /// What is asked for, in order.
    pub(crate) entries: Vec<Entry>,
    /// Whether the first attempt is rolled back at its end, as when somebody else was faster.
    pub(crate) fails_first: bool,
    /// What is looked at before: decided over a snapshot, and not written.
    pub(crate) dry_runs: Vec<Verb>,
}

/// One job of a batch.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// A command under a new key.
    New(Verb),
    /// A key that was sent before, in this batch or an earlier one, with the same content or another one.
    Repeat { which: usize, is_altered: bool },
}

/// The batches of a sequence.
pub(crate) fn sequence() -> impl Strategy<Value = Vec<Batch>> {
    let wait = prop_oneof![
        4 => Just(0_i64),
        6 => 1_i64..60,
        1 => 60_i64..500,
        1 => -30_i64..0,
        1 => 80_000_i64..100_000,
    ];
    let repeat = (0_usize..1000, prop::bool::weighted(0.3))
        .prop_map(|(which, is_altered)| Entry::Repeat { which, is_altered });
    let entry = prop_oneof![6 => Verb::strategy().prop_map(Entry::New), 1 => repeat];
    let entries = prop::collection::vec(entry, 1..7);
    let dry_runs = prop::collection::vec(Verb::strategy(), 0..2);
    let batch = (wait, entries, prop::bool::weighted(0.1), dry_runs).prop_map(
        |(wait_seconds, entries, fails_first, dry_runs)| Batch {
            wait_seconds,
            entries,
            fails_first,
            dry_runs,
        },
    );
    // Most begin with stock, or there would be little to do.
    let stock = prop::collection::vec(Verb::opening().prop_map(Entry::New), 0..10);
    let stock = stock.prop_map(|entries| Batch {
        wait_seconds: 0,
        entries,
        fails_first: false,
        dry_runs: Vec::new(),
    });
    (stock, prop::collection::vec(batch, 1..16))
        .prop_map(|(stock, batches)| std::iter::once(stock).chain(batches).collect())
}
