//! Dry runs and their hash.

use kernel::Reply;

use super::world::*;
use crate::testing::{Codes, Database, MemStore, code_of, job};
use crate::*;

fn dry_run(store: &mut MemStore, job: &dyn Job) -> Reply {
    let mut reply = None;
    store
        .read(&mut |tx| {
            reply = Some(preview(tx, job, NOW)?);
            Ok(())
        })
        .unwrap();
    reply.unwrap()
}

fn hash_of(reply: &Reply) -> PreviewHash {
    std::str::from_utf8(&reply.body).unwrap().parse().unwrap()
}

fn with_hash(key: &str, quantity: u32, hash: PreviewHash) -> Task<Create, Codes> {
    Task { preview_hash: Some(hash), ..creating(key, key, quantity) }
}

#[test]
fn a_dry_run_writes_nothing_not_even_the_key() {
    let mut store = stocked(10);
    let before = (tea(&mut store), head(&mut store));
    let asked = creating("a", "1", 4);
    assert_eq!(code_of(&dry_run(&mut store, &asked)), "preview");
    assert_eq!((tea(&mut store), head(&mut store)), before);
    assert_eq!(reservations_of(&mut store), []);
    assert_eq!(answers(&mut store, &[&asked]), ["done"]);
}

#[test]
fn a_dry_run_within_a_batch_would_still_write_nothing() {
    // Even where it has a transaction that writes: the store is only loaded from.
    let mut store = stocked(10);
    let before = (tea(&mut store), head(&mut store));
    store.write(&mut |tx| preview(tx, &creating("a", "1", 4), NOW).map(|_| ())).unwrap();
    assert_eq!((tea(&mut store), head(&mut store)), before);
}

#[test]
fn a_dry_run_answers_the_very_refusal_and_bears_a_panic() {
    let mut store = stocked(1);
    assert_eq!(code_of(&dry_run(&mut store, &creating("a", "1", 2))), "insufficient_stock");
    assert_eq!(code_of(&dry_run(&mut store, &reserve_and("b", "2", 1, || panic!("for the test")))), "broken");
}

#[test]
fn the_same_state_has_the_same_hash_and_a_moved_balance_another() {
    let mut store = stocked(10);
    let seen = hash_of(&dry_run(&mut store, &creating("a", "1", 4)));
    assert_eq!(hash_of(&dry_run(&mut store, &creating("b", "2", 4))), seen);
    // What would move is in it, too.
    assert_ne!(hash_of(&dry_run(&mut store, &creating("c", "3", 9))), seen);
    answers(&mut store, &[&creating("d", "4", 1)]);
    assert_ne!(hash_of(&dry_run(&mut store, &creating("a", "1", 4))), seen);
}

#[test]
fn a_preview_that_is_still_true_is_done_and_a_stale_one_is_refused() {
    let mut store = stocked(10);
    let hash = hash_of(&dry_run(&mut store, &creating("a", "a", 4)));
    let jobs: [&dyn Job; 2] = [&with_hash("a", 4, hash), &with_hash("b", 4, hash)];
    // The first one moved the balance that the second one has seen.
    assert_eq!(answers(&mut store, &jobs), ["done", "preview_stale"]);
    assert_eq!(tea(&mut store), (6, 4));
    assert_eq!(answers(&mut store, &jobs), ["done*", "preview_stale*"]);
    let fresh = hash_of(&dry_run(&mut store, &creating("c", "c", 4)));
    assert_eq!(answers(&mut store, &[&with_hash("c", 4, fresh)]), ["done"]);
}

#[test]
fn a_refusal_of_the_rules_comes_before_a_stale_preview() {
    let mut store = stocked(10);
    let hash = hash_of(&dry_run(&mut store, &creating("a", "a", 10)));
    assert_eq!(answers(&mut store, &[&creating("b", "b", 5)]), ["done"]);
    assert_eq!(answers(&mut store, &[&with_hash("a", 10, hash)]), ["insufficient_stock"]);
}

#[test]
fn a_hash_is_64_hexadecimal_digits() {
    let hash = PreviewHash(std::array::from_fn(|at| u8::try_from(at * 7).unwrap()));
    assert_eq!(hash.to_hex().parse::<PreviewHash>().unwrap(), hash);
    for wrong in ["", "00", &"g".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
        assert!(wrong.parse::<PreviewHash>().is_err(), "{wrong}");
    }
    let asked = job("a", create("1", 1)).unwrap();
    assert!(asked.preview_hash.is_none());
}
