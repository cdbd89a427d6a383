//! What a store owes to [`inventory::StockStore`]: movements, as a reversal sees them, and the ledger, read back.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is a test that several crates share")]

use inventory::{
    Bucket, HoldReason, Lot, Movement, MovementKind, NewTransfer, Party, Place, RecordedMovement, StockNeeds,
    Transfer,
};
use kernel::{
    BalanceId, CohortId, Money, MovementId, MovementSeq, ProductId, Quantity, RequestSeq, StoreError, Version,
};

use super::super::Database;
use super::world::*;

fn recorded(database: &mut dyn Database, id: MovementId) -> RecordedMovement {
    let needs = StockNeeds { movements: [id].into(), ..StockNeeds::default() };
    stock(database, &needs).movements.remove(&id).unwrap()
}

/// Ends inside and outside, every reason to hold, a cost, a cohort, a line of a record.
fn rich(seq: i64) -> Movement {
    let at = |bucket| Place::At(SHELF, bucket);
    let transfer = |quantity: i64, from, to, versions: (Option<i64>, Option<i64>)| {
        let end = |version: Option<i64>| version.map(|version| (BalanceId(104), Version(version)));
        let moved = NewTransfer {
            product: MILK,
            lot: parsed("L1"),
            quantity: Quantity::from_micros(quantity).unwrap().positive().unwrap(),
            from,
            to,
            record_line: None,
            unit_cost: None,
        };
        Transfer { moved, from: end(versions.0), to: end(versions.1), cohort: None }
    };
    let mut transfers = vec![transfer(
        1,
        Place::Outside(Party::Vendor),
        at(Bucket::Held(HoldReason::Putaway)),
        (None, Some(2)),
    )];
    let cost = Money { ten_thousandths: 99_999, currency: "USD".parse().unwrap() };
    transfers[0].moved.unit_cost = Some(cost);
    transfers[0].moved.record_line = Some(7);
    transfers[0].cohort = Some(CohortId(record_id(3).0));
    for (pair, version) in HoldReason::ALL.windows(2).zip(3..) {
        let (from, to) = (at(Bucket::Held(pair[0])), at(Bucket::Held(pair[1])));
        transfers.push(transfer(version, from, to, (Some(version), Some(version))));
    }
    for (party, version) in
        [Party::Customer, Party::Scrap, Party::Assembly, Party::Adjustment].into_iter().zip(20..)
    {
        transfers.push(transfer(1, at(Bucket::Reserved), Place::Outside(party), (Some(version), None)));
    }
    Movement {
        kind: MovementKind::Consume,
        record: Some(record_id(1)),
        reason: Some(parsed("because 'of' „it“")),
        effective_at: NOW.plus_seconds(-3_600),
        transfers,
        ..movement(seq, 1, 1)
    }
}

/// A movement comes back whole, its transfers in their order.
pub fn a_movement_comes_back_whole(database: &mut dyn Database) {
    stocked(database);
    let (plain, rich) = (movement(1, 3, 2), rich(2));
    flush(database, &movements([plain.clone(), rich.clone()])).unwrap();
    assert_eq!(recorded(database, rich.id).movement, rich);
    let read = recorded(database, plain.id);
    assert_eq!(read, RecordedMovement { latest_of_record: plain.id, reversed: false, movement: plain });
}

/// A movement that was undone says so; the one that undid it is not undone itself.
pub fn a_reversed_movement_says_so(database: &mut dyn Database) {
    stocked(database);
    flush(database, &movements([movement(1, 3, 2)])).unwrap();
    assert!(!recorded(database, movement_id(1)).reversed);
    let undo = Movement { kind: MovementKind::Reversal, reverses: Some(MovementSeq(1)), ..movement(2, 3, 3) };
    flush(database, &movements([undo])).unwrap();
    assert!(recorded(database, movement_id(1)).reversed);
    assert!(!recorded(database, movement_id(2)).reversed);
    assert_eq!(recorded(database, movement_id(2)).movement.reverses, Some(MovementSeq(1)));
}

/// The latest of a record is the last one that is neither a reversal nor undone.
pub fn the_latest_of_a_record_skips_reversals_and_what_they_undid(database: &mut dyn Database) {
    stocked(database);
    let of = |record, seq| Movement { record: Some(record_id(record)), ..movement(seq, 1, seq + 1) };
    flush(database, &movements([of(1, 1), of(2, 2), of(1, 3), of(1, 4), movement(5, 1, 6)])).unwrap();
    let latest = |database: &mut dyn Database, seq| recorded(database, movement_id(seq)).latest_of_record;
    assert_eq!(latest(database, 1), movement_id(4));
    assert_eq!(latest(database, 2), movement_id(2));
    assert_eq!(latest(database, 5), movement_id(5), "without a record it is its own latest");
    let undo = Movement { kind: MovementKind::Reversal, reverses: Some(MovementSeq(4)), ..of(1, 6) };
    flush(database, &movements([undo])).unwrap();
    assert_eq!(latest(database, 1), movement_id(3));
    assert_eq!(latest(database, 3), movement_id(3));
}

/// The store keeps a movement from being undone twice, or numbered twice.
pub fn a_second_reversal_or_number_is_a_conflict(database: &mut dyn Database) {
    stocked(database);
    let undo = |seq| Movement { reverses: Some(MovementSeq(1)), ..movement(seq, 1, seq + 1) };
    flush(database, &movements([movement(1, 1, 2), undo(2)])).unwrap();
    assert_eq!(flush(database, &movements([undo(3)])), Err(StoreError::Conflict));
    let again = Movement { id: movement_id(9), ..movement(2, 1, 9) };
    assert_eq!(flush(database, &movements([again])), Err(StoreError::Conflict));
}

/// Each transfer is read once, in the order of the ledger, with all that its hash covers; more than one page of them.
pub fn the_ledger_is_read_in_order_and_whole(database: &mut dyn Database) {
    const TRANSFERS: i64 = 6_000;
    stocked(database);
    let template = movement(1, 1, 1).transfers.remove(0);
    let long = Movement {
        transfers: (0..TRANSFERS)
            .map(|at| Transfer { to: Some((BalanceId(101), Version(at + 2))), ..template.clone() })
            .collect(),
        ..movement(2, 1, 1)
    };
    let written = [rich(1), long, movement(3, 9, TRANSFERS + 2)];
    flush(database, &movements(written.clone())).unwrap();
    let mut read = Vec::new();
    database.read(&mut |tx| tx.each_transfer(&mut |transfer| read.push(transfer.clone()))).unwrap();
    let mut read = read.into_iter();
    for movement in &written {
        for (transfer, line) in movement.transfers.iter().zip(0..) {
            let found = read.next().unwrap();
            assert_eq!((found.seq, found.movement, found.line), (movement.seq, movement.id, line));
            assert_eq!(found.transfer, *transfer);
            assert_eq!(found.sku.as_str(), if transfer.moved.product == TEA { "TEA" } else { "MILK" });
            let code = |place: Place| place.location().map(|_| parsed("SHELF"));
            assert_eq!(found.from_location, code(transfer.moved.from));
            assert_eq!(found.to_location, code(transfer.moved.to));
            assert_eq!(found.effective_at, movement.effective_at);
            assert_eq!(found.recorded_at, movement.recorded_at);
        }
    }
    assert!(read.next().is_none());
}

/// Each balance is read once, with its key and sku, zeros included.
pub fn every_balance_is_read(database: &mut dyn Database) {
    stocked(database);
    let mut read = Vec::new();
    database
        .read(&mut |tx| {
            tx.each_balance(&mut |place, sku, row| {
                read.push((place.clone(), sku.to_string(), row.id.unwrap().0, row.available));
            })
        })
        .unwrap();
    read.sort();
    let row = |product: ProductId, location, lot: &str, sku: &str, id, available| {
        (key(product, location, lot), sku.to_owned(), id, Quantity::units(available))
    };
    let expected = [
        row(TEA, SHELF, "", "TEA", 101, 10),
        row(TEA, DOCK, "", "TEA", 102, 0),
        row(TEA, RACK, "", "TEA", 103, 30),
        row(MILK, SHELF, "L1", "MILK", 104, 4),
        row(MILK, SHELF, "L2", "MILK", 105, 5),
    ];
    assert_eq!(read, expected);
}

/// Rows that name what is not there, and missing numbers, are counted; in an untouched database there are none.
pub fn orphans_and_gaps_are_counted(database: &mut dyn Database) {
    let counts = |database: &mut dyn Database| {
        let mut found = None;
        database
            .read(&mut |tx| {
                found = Some(tx.integrity_counts()?);
                Ok(())
            })
            .unwrap();
        let found: crate::IntegrityCounts = found.unwrap();
        (found.orphans, found.gaps, found.missing_triggers)
    };
    assert_eq!(counts(database), (0, 0, 0));
    stocked(database);
    // A movement whose request nobody wrote and whose number the head never gave.
    let lost = Movement { request: RequestSeq(77), ..movement(1, 1, 2) };
    flush(database, &movements([lost])).unwrap();
    assert_eq!(counts(database), (1, 1, 0));
    // A transfer into a balance that is not there: its movement has no request either.
    let mut nowhere = movement(2, 1, 1);
    nowhere.transfers[0].to = Some((BalanceId(999), Version(1)));
    nowhere.transfers[0].moved.lot = Lot::none();
    flush(database, &movements([nowhere])).unwrap();
    assert_eq!(counts(database), (3, 2, 0));
}
