//! What goes wrong beside refusals: panics, commands that never end, stores that fail.

use kernel::StoreError;

use super::world::*;
use crate::testing::{Database, MemStore, job, run};
use crate::*;

#[test]
fn a_panic_harms_nobody_and_is_not_stored() {
    let mut store = stocked(10);
    let before = head(&mut store);
    let panicking = reserve_and("a", "1", 4, || panic!("for the test"));
    let jobs: [&dyn Job; 4] = [&creating("b", "2", 1), &panicking, &creating("c", "3", 9), &panicking];
    assert_eq!(answers(&mut store, &jobs), ["done", "broken", "done", "broken*"]);
    assert_eq!(reservations_of(&mut store).len(), 2);
    let after = head(&mut store).counters;
    assert_eq!((after.request, after.movement), (before.counters.request + 2, before.counters.movement + 2));
    // The key is free: the same request may be decided once its cause is mended.
    assert_eq!(answers(&mut store, &[&reserve_and("a", "1", 4, || Ok(()))]), ["insufficient_stock"]);
    assert_eq!(violations(&mut store), []);
}

#[test]
fn a_panic_alone_leaves_nothing_at_all() {
    let mut store = stocked(10);
    let before = (tea(&mut store), head(&mut store));
    assert_eq!(answers(&mut store, &[&reserve_and("a", "1", 4, || panic!("for the test"))]), ["broken"]);
    assert_eq!((tea(&mut store), head(&mut store)), before);
}

/// Asks for one more thing whenever it is decided.
fn insatiable() -> impl Job {
    let asked = std::sync::atomic::AtomicI64::new(0);
    let work = move |draft: &mut Draft<'_>, _: &inventory::Context| {
        let next = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        draft.stock.product(kernel::ProductId(1_000 + next));
        Ok(())
    };
    job("more", Doing(work)).unwrap()
}

#[test]
fn a_command_that_never_stops_asking_is_broken_and_not_a_hang() {
    let mut store = stocked(10);
    let limits = BatchLimits { rounds: 20 };
    let mut answer = Ok(Vec::new());
    let written = store.write(&mut |tx| {
        answer = run_batch(tx, &[&creating("a", "1", 1), &insatiable()], NOW, limits);
        answer.clone().map(|_| ())
    });
    assert!(matches!(written, Err(StoreError::Broken(_))), "{answer:?}");
    assert_eq!(reservations_of(&mut store).len(), 0);
    // Alone, the others are not harmed.
    assert_eq!(answers(&mut store, &[&creating("a", "1", 1)]), ["done"]);
}

#[test]
fn rounds_within_the_limit_are_enough() {
    let mut store = stocked(10);
    let reserve = creating("a", "1", 1);
    let mut rounds = 0;
    let needed = (1..20).find(|limit| {
        rounds = *limit;
        let limits = BatchLimits { rounds: *limit };
        store.write(&mut |tx| run_batch(tx, &[&reserve], NOW, limits).map(|_| ())).is_ok()
    });
    // Warehouses and skus, the order, the balances: a handful, and a command that asks for one more shows here.
    assert!(needed.is_some_and(|needed| needed <= 4), "{rounds} rounds");
}

#[test]
fn many_jobs_share_their_rounds() {
    // The limit of rounds that a batch needs does not grow with its jobs.
    let mut store = stocked(100);
    let jobs: Vec<_> = (0..60).map(|at| creating(&format!("k{at}"), &format!("{at}"), 1)).collect();
    let jobs: Vec<&dyn Job> = jobs.iter().map(|job| job as &dyn Job).collect();
    store.write(&mut |tx| run_batch(tx, &jobs, NOW, BatchLimits { rounds: 4 }).map(|_| ())).unwrap();
    assert_eq!(tea(&mut store), (40, 60));
}

#[test]
fn somebody_who_was_faster_is_a_conflict_and_the_second_attempt_counts() {
    // Two batches over the same state, as two servers without the lock of the head would decide them.
    let mut store = stocked(10);
    let mut stale = store.clone();
    assert_eq!(answers(&mut store, &[&creating("a", "1", 6)]), ["done"]);
    let conflict = overlaid(&mut store, &mut stale, &creating("b", "2", 6));
    assert_eq!(conflict, Err(StoreError::Conflict));
    assert_eq!(tea(&mut store), (4, 6));
    assert_eq!(answers(&mut store, &[&creating("b", "2", 6)]), ["insufficient_stock"]);
    assert_eq!(violations(&mut store), []);
}

/// Decides a job over one database and writes it to another one.
fn overlaid(to: &mut MemStore, from: &mut MemStore, job: &dyn Job) -> Result<(), StoreError> {
    to.write(&mut |written| {
        from.read(&mut |seen| {
            let mut set = WorkingSet::new(seen.lock_head()?.counters);
            seen.load_stock(&all_of_stock(), &mut set.stock)?;
            let needs = Needs { stock: all_of_stock(), ..Needs::default() };
            set.mark_loaded(needs);
            let context = inventory::Context {
                now: NOW,
                request: kernel::RequestSeq(99),
                trust: inventory::Trust::default(),
            };
            let mint = kernel::Mint::new(NOW, job.request().seed);
            let mut draft = Draft::new(&set, set.counters, mint);
            job.run(&mut draft, &context);
            written.flush_stock(draft.stock.changes())
        })
    })
}

/// Everything that the world has of tea.
fn all_of_stock() -> inventory::StockNeeds {
    let ids = 1..20;
    inventory::StockNeeds {
        warehouses: true,
        skus: ["TEA".parse().unwrap()].into(),
        scopes: ids
            .clone()
            .flat_map(|product| {
                ids.clone().map(move |house| (kernel::ProductId(product), kernel::WarehouseId(house)))
            })
            .collect(),
        ..inventory::StockNeeds::default()
    }
}

#[test]
fn an_error_of_the_store_answers_nobody_and_leaves_nothing() {
    let mut store = stocked(10);
    let before = (tea(&mut store), head(&mut store));
    // A key that stands in the table, but that the batch was not told of, is what a racing server would leave.
    let taken = creating("a", "1", 1);
    let lost = store.write(&mut |tx| {
        run_batch(tx, &[&taken], NOW, BatchLimits::default())?;
        Err(StoreError::Unavailable("for the test".to_owned()))
    });
    assert_eq!(lost, Err(StoreError::Unavailable("for the test".to_owned())));
    assert_eq!((tea(&mut store), head(&mut store)), before);
    assert!(run(&mut store, &[&taken], NOW).unwrap().iter().all(|reply| !reply.replayed));
}
