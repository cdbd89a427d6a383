//! Order, drafts, and what a batch leaves behind.

use kernel::Version;

use super::world::*;
use crate::testing::{Database, run};
use crate::*;

#[test]
fn jobs_are_decided_in_order_and_see_what_the_ones_before_left() {
    let mut store = stocked(10);
    let jobs = [creating("a", "1", 6), creating("b", "2", 6), creating("c", "3", 4), creating("d", "4", 1)];
    let jobs: Vec<&dyn Job> = jobs.iter().map(|job| job as &dyn Job).collect();
    let expected = ["done", "insufficient_stock", "done", "insufficient_stock"];
    assert_eq!(answers(&mut store, &jobs), expected);
    assert_eq!(tea(&mut store), (0, 10));
    // The other way round the other ones win.
    let mut store = stocked(10);
    let jobs: Vec<&dyn Job> = jobs.into_iter().rev().collect();
    assert_eq!(answers(&mut store, &jobs), ["done", "done", "insufficient_stock", "insufficient_stock"]);
    assert_eq!(tea(&mut store), (5, 5));
}

#[test]
fn one_batch_and_many_batches_come_to_the_same() {
    let jobs: Vec<_> = (0..12).map(|at| creating(&format!("k{at}"), &format!("{at}"), at % 4 + 1)).collect();
    let jobs: Vec<&dyn Job> = jobs.iter().map(|job| job as &dyn Job).collect();
    let (mut at_once, mut one_by_one) = (stocked(20), stocked(20));
    let together = answers(&mut at_once, &jobs);
    let alone: Vec<_> = jobs.iter().flat_map(|job| answers(&mut one_by_one, &[*job])).collect();
    assert_eq!(together, alone);
    let strip = |mut rows: Vec<reservations::Reservation>| {
        // A batch has one moment, and many have many.
        for row in &mut rows {
            row.request = kernel::RequestSeq(0);
            (row.created_at, row.updated_at) = (NOW, NOW);
        }
        rows
    };
    assert_eq!(strip(reservations_of(&mut at_once)), strip(reservations_of(&mut one_by_one)));
    assert_eq!(head(&mut at_once).counters, head(&mut one_by_one).counters);
}

#[test]
fn a_job_sees_the_reservation_that_one_before_it_made_or_ended() {
    let mut store = stocked(5);
    assert_eq!(answers(&mut store, &[&creating("a", "1", 5)]), ["done"]);
    let id = reservations_of(&mut store)[0].id;
    let jobs: [&dyn Job; 5] = [
        &creating("b", "1", 1),
        &releasing("c", id),
        &releasing("d", id),
        &creating("e", "1", 2),
        &creating("f", "1", 1),
    ];
    let expected =
        ["order_already_reserved", "done", "reservation_not_active", "done", "order_already_reserved"];
    assert_eq!(answers(&mut store, &jobs), expected);
    assert_eq!(tea(&mut store), (3, 2));
    assert_eq!(violations(&mut store), []);
}

#[test]
fn a_refusal_drops_its_draft_and_keeps_its_answer() {
    let mut store = stocked(10);
    let before = head(&mut store);
    let refusing = reserve_and("a", "1", 4, || Err(refusal()));
    assert_eq!(answers(&mut store, &[&refusing, &creating("b", "2", 10)]), ["off_step", "done"]);
    assert_eq!(reservations_of(&mut store).len(), 1);
    let after = head(&mut store).counters;
    // The refusal has a number for its answer, and no other.
    assert_eq!(after.request, before.counters.request + 2);
    assert_eq!(after.movement, before.counters.movement + 1);
    assert_eq!(answers(&mut store, &[&refusing]), ["off_step*"]);
    assert_eq!(violations(&mut store), []);
}

#[test]
fn a_refused_batch_changes_nothing_but_the_numbers_of_requests() {
    let mut store = stocked(1);
    let before = (tea(&mut store), head(&mut store).counters);
    let jobs = [creating("a", "1", 2), creating("b", "2", 2)];
    assert_eq!(answers(&mut store, &[&jobs[0], &jobs[1]]), ["insufficient_stock", "insufficient_stock"]);
    let counters = kernel::Counters { request: before.1.request + 2, ..before.1 };
    assert_eq!((tea(&mut store), head(&mut store).counters), (before.0, counters));
}

#[test]
fn no_jobs_are_no_batch() {
    let mut store = stocked(1);
    let before = head(&mut store);
    assert_eq!(run(&mut store, &[], NOW.plus_seconds(9)).unwrap(), []);
    assert_eq!(head(&mut store), before);
}

#[test]
fn a_change_tells_of_the_reservation_and_of_each_balance_once() {
    let mut store = stocked(5);
    let before = head(&mut store).counters.event;
    assert_eq!(answers(&mut store, &[&creating("a", "1", 2)]), ["done"]);
    assert_eq!(head(&mut store).counters.event, before + 2);
    let id = reservations_of(&mut store)[0].id;
    answers(&mut store, &[&releasing("b", id)]);
    let mut events = Vec::new();
    store
        .read(&mut |tx| {
            events = tx.events_of(id)?;
            Ok(())
        })
        .unwrap();
    let expected = [("reservation.created", 1), ("reservation.released", 2)];
    assert_eq!(events, expected.map(|(kind, version)| (kind.to_owned(), version)));
    assert_eq!(reservations_of(&mut store)[0].version, Version(2));
}

#[test]
fn a_row_of_an_import_that_is_refused_drops_the_chunk_and_is_named() {
    let mut store = stocked(1);
    let line = |sku: &str| inventory::OpenStock {
        sku: sku.parse().unwrap(),
        location: None,
        lot: inventory::Lot::none(),
        expires_on: None,
        quantity: kernel::Quantity::units(1).positive().unwrap(),
        unit_cost: None,
    };
    let chunk = crate::testing::job("a", Import(vec![line("TEA"), line("COFFEE"), line("MILK")])).unwrap();
    assert_eq!(answers(&mut store, &[&chunk]), ["unknown_sku"]);
    let again = crate::testing::job("b", Import(vec![line("TEA")])).unwrap();
    let replies = run(&mut store, &[&again], NOW).unwrap();
    let tally = format!("{:?}", ImportTally { unchanged: 1, ..ImportTally::default() });
    assert_eq!(replies[0].body, tally.into_bytes(), "a balance with a history is left alone");
    assert_eq!(tea(&mut store), (1, 0));
}
