//! Idempotency: repeats in later batches, repeats in one batch, keys that were used for something else.

use super::world::*;
use crate::testing::{Codes, keyed, run};
use crate::*;

fn asking(source: &str, key: &str, content: &str, order: &str) -> Task<Create, Codes> {
    Task { request: keyed(source, key, content).unwrap(), ..creating(key, order, 1) }
}

#[test]
fn a_repeat_gets_the_first_answer_and_has_no_effect() {
    let mut store = stocked(10);
    let (done, refused) = (creating("a", "1", 4), creating("b", "2", 40));
    let first = run(&mut store, &[&done, &refused], NOW).unwrap();
    let before = (tea(&mut store), head(&mut store));
    for _ in 0..2 {
        let again = run(&mut store, &[&refused, &done], NOW.plus_seconds(60)).unwrap();
        assert!(again.iter().all(|reply| reply.replayed));
        assert_eq!((&again[0].body, &again[1].body), (&first[1].body, &first[0].body));
        assert_eq!((again[0].status, again[1].status), (first[1].status, first[0].status));
    }
    assert_eq!((tea(&mut store), head(&mut store)), before);
}

#[test]
fn a_stored_refusal_is_final() {
    let mut store = stocked(1);
    let asked = creating("a", "1", 1);
    let other = creating("b", "2", 1);
    assert_eq!(answers(&mut store, &[&other, &asked]), ["done", "insufficient_stock"]);
    let id = reservations_of(&mut store)[0].id;
    let jobs: [&dyn Job; 3] = [&releasing("c", id), &asked, &creating("d", "1", 1)];
    assert_eq!(answers(&mut store, &jobs), ["done", "insufficient_stock*", "done"]);
}

#[test]
fn a_key_is_used_for_one_request() {
    let mut store = stocked(10);
    assert_eq!(answers(&mut store, &[&asking("commerce", "a", "x", "1")]), ["done"]);
    let before = head(&mut store);
    let other = asking("commerce", "a", "y", "2");
    assert_eq!(answers(&mut store, &[&other]), ["idempotency_key_reused"]);
    assert_eq!(head(&mut store), before, "this refusal is not stored");
    assert_eq!(answers(&mut store, &[&asking("commerce", "a", "x", "1")]), ["done*"]);
    assert_eq!(
        answers(&mut store, &[&asking("erp", "a", "y", "2")]),
        ["done"],
        "another source, another key"
    );
}

#[test]
fn a_key_twice_in_one_batch_is_decided_once() {
    let mut store = stocked(10);
    let jobs = [
        asking("commerce", "a", "x", "1"),
        asking("commerce", "a", "x", "1"),
        asking("commerce", "a", "y", "2"),
        asking("erp", "a", "x", "1"),
        asking("commerce", "a", "x", "1"),
    ];
    let jobs: Vec<&dyn Job> = jobs.iter().map(|job| job as &dyn Job).collect();
    let expected = ["done", "done*", "idempotency_key_reused", "order_already_reserved", "done*"];
    // The order belongs to the command's source, which is the same in both.
    assert_eq!(answers(&mut store, &jobs), expected);
    assert_eq!(tea(&mut store), (9, 1));
    assert_eq!(answers(&mut store, &jobs[1..3]), ["done*", "idempotency_key_reused"]);
}

#[test]
fn a_repeat_of_a_refusal_in_one_batch_gets_it_too() {
    let mut store = stocked(1);
    let asked = creating("a", "1", 2);
    assert_eq!(answers(&mut store, &[&asked, &asked]), ["insufficient_stock", "insufficient_stock*"]);
    assert_eq!(answers(&mut store, &[&asked]), ["insufficient_stock*"]);
}
