//! What a sequence does: batches of commands and repeats, time between them, dry runs, transactions that fail.

use proptest::prelude::*;

use crate::verbs::Verb;

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

/// The batches of a sequence: of a shop alone, of a warehouse that ships its orders, or of one that does everything else.
pub(crate) fn sequence() -> impl Strategy<Value = Vec<Batch>> {
    let one = |verb: BoxedStrategy<Verb>| verb.prop_map(|verb| vec![verb]).boxed();
    let walks = |verb: BoxedStrategy<Verb>| prop_oneof![10 => one(verb), 5 => Verb::walk_of_any()].boxed();
    let (shop, orders, warehouse) = (Verb::of_a_shop(), Verb::of_orders(), Verb::of_a_warehouse());
    prop_oneof![
        1 => of(one(shop.clone()), shop.clone(), None),
        1 => of(walks(orders.clone()), orders, Some(Verb::way_of_an_order())),
        1 => of(walks(warehouse.clone()), warehouse, Some(Verb::way_of_goods())),
    ]
}

/// Batches of these commands; what is looked at before is drawn from the verbs. Some batches are stages of a way, one
/// after the other, with other commands between.
fn of(
    entry: BoxedStrategy<Vec<Verb>>,
    verbs: BoxedStrategy<Verb>,
    way: Option<BoxedStrategy<Vec<Vec<Verb>>>>,
) -> BoxedStrategy<Vec<Batch>> {
    let repeat = (0_usize..1000, prop::bool::weighted(0.3))
        .prop_map(|(which, is_altered)| vec![Entry::Repeat { which, is_altered }]);
    let new = |verbs: Vec<Verb>| verbs.into_iter().map(Entry::New).collect::<Vec<_>>();
    let entry = prop_oneof![6 => entry.prop_map(new), 1 => repeat].boxed();
    let some = |from, to| prop::collection::vec(entry.clone(), from..to).prop_map(|entries| entries.concat());
    let (many, few) = (some(1, 7), some(0, 2).boxed());
    let batch = move |entries: BoxedStrategy<Vec<Entry>>| {
        let wait = prop_oneof![
            4 => Just(0_i64),
            6 => 1_i64..60,
            1 => 60_i64..500,
            1 => -30_i64..0,
            1 => 80_000_i64..100_000,
        ];
        let dry_runs = prop::collection::vec(verbs.clone(), 0..2);
        (wait, entries, prop::bool::weighted(0.1), dry_runs)
            .prop_map(|(wait_seconds, entries, fails_first, dry_runs)| Batch {
                wait_seconds,
                entries,
                fails_first,
                dry_runs,
            })
            .boxed()
    };
    // Most begin with stock, or there would be little to do.
    let stock = prop::collection::vec(Verb::opening().prop_map(Entry::New), 0..10);
    let stock = stock.prop_map(|entries| Batch {
        wait_seconds: 0,
        entries,
        fails_first: false,
        dry_runs: Vec::new(),
    });
    let batches = prop::collection::vec(batch(many.boxed()), 1..16);
    let ways = match way {
        None => Just(Vec::new()).boxed(),
        Some(way) => {
            let between = prop::collection::vec(batch(few), 11);
            let stages = (way, between).prop_map(move |(way, between)| {
                let stage = |(verbs, batch): (Vec<Verb>, Batch)| {
                    // Who is on a way does not wait for days.
                    let wait_seconds = batch.wait_seconds.min(60);
                    Batch { wait_seconds, entries: [new(verbs), batch.entries].concat(), ..batch }
                };
                way.into_iter().zip(between).map(stage).collect::<Vec<_>>()
            });
            prop::collection::vec(stages, 0..3).prop_map(|ways| ways.concat()).boxed()
        }
    };
    (stock, ways, batches)
        .prop_map(|(stock, ways, batches)| std::iter::once(stock).chain(ways).chain(batches).collect())
        .boxed()
}
