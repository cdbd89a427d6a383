//! The posting engine against tables and random histories.

use std::collections::BTreeMap;

use kernel::{
    Counters, LocationId, Mint, Numbering, PositiveQuantity, ProductId, Quantity, RequestSeq, Timestamp,
    Version, WarehouseId,
};
use proptest::prelude::*;

use crate::*;

const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);
const SHELF: LocationId = LocationId(10);
const DOCK: LocationId = LocationId(11);
const WIDGET: ProductId = ProductId(1);
const MILK: ProductId = ProductId(2);

fn product(id: ProductId, sku: &str, tracking: Tracking) -> Product {
    Product {
        id,
        sku: sku.parse().unwrap(),
        name: sku.parse().unwrap(),
        unit: "each".parse().unwrap(),
        stockable: true,
        active: true,
        tracking,
        needs_inspection: false,
        quantity_step: Quantity::units(1),
        weight_kg: None,
        volume_m3: None,
        over_receipt_percent: None,
        standard_cost: None,
        version: Version(1),
        request: RequestSeq(1),
    }
}

fn location(id: LocationId, code: &str, kind: LocationKind) -> Location {
    Location {
        id,
        warehouse: WarehouseId(1),
        code: code.parse().unwrap(),
        name: code.parse().unwrap(),
        kind,
        pick_priority: 1,
        capacity_m3: None,
        active: true,
        version: Version(1),
        request: RequestSeq(1),
    }
}

/// A warehouse with a shelf and a dock, in which everything is loaded.
fn world() -> StockSet {
    let mut set = StockSet::default();
    set.put_product(product(WIDGET, "WIDGET", Tracking::None));
    set.put_product(product(MILK, "MILK", Tracking::Lot));
    set.put_location(location(SHELF, "SHELF", LocationKind::Storage));
    set.put_location(location(DOCK, "DOCK", LocationKind::Receiving));
    set.loaded.scopes.extend([(WIDGET, WarehouseId(1)), (MILK, WarehouseId(1))]);
    set
}

fn numbering(counters: Counters, seed: u8) -> Numbering {
    Numbering { counters, mint: Mint::new(NOW, [seed; 32]) }
}

fn context() -> Context {
    Context { now: NOW, request: RequestSeq(1), trust: Trust::default() }
}

fn transfer(units: u32, from: Place, to: Place) -> NewTransfer {
    let quantity: PositiveQuantity = Quantity::units(units).positive().unwrap();
    NewTransfer { product: WIDGET, lot: Lot::none(), quantity, from, to, record_line: None, unit_cost: None }
}

fn movement(transfers: Vec<NewTransfer>) -> NewMovement {
    NewMovement { kind: MovementKind::Opening, record: None, reason: None, effective_at: NOW, transfers }
}

const VENDOR: Place = Place::Outside(Party::Vendor);
const AVAILABLE: Place = Place::At(SHELF, Bucket::Available);
const RESERVED: Place = Place::At(SHELF, Bucket::Reserved);

#[test]
fn the_history_hash_is_the_committed_one() {
    let set = world();
    let mut draft = StockDraft::new(&set, numbering(Counters::FIRST, 7));
    let asked = movement(vec![transfer(5, VENDOR, AVAILABLE), transfer(2, AVAILABLE, RESERVED)]);
    draft.post(asked, &context()).unwrap();
    let key = BalanceKey { product: WIDGET, location: SHELF, lot: Lot::none() };
    let balance = draft.balance(&key);
    let hex: String = balance.history.0.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(balance.version, Version(2));
    assert_eq!(hex, include_str!("history_vector.txt").trim());
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let set = world();
    let lot = |transfer: NewTransfer| NewTransfer { lot: "L1".parse().unwrap(), ..transfer };
    let milk = |transfer: NewTransfer| NewTransfer { product: MILK, ..transfer };
    let cases: Vec<(&str, NewTransfer)> = vec![
        ("available away from storage", transfer(1, VENDOR, Place::At(DOCK, Bucket::Available))),
        ("a place to itself", transfer(1, AVAILABLE, AVAILABLE)),
        ("outside to outside", transfer(1, VENDOR, Place::Outside(Party::Customer))),
        ("a lot of what has none", lot(transfer(1, VENDOR, AVAILABLE))),
        ("no lot of what has them", milk(transfer(1, VENDOR, AVAILABLE))),
        ("more than there is", transfer(1, AVAILABLE, RESERVED)),
        (
            "from a bucket that is empty",
            transfer(1, Place::At(DOCK, Bucket::Held(HoldReason::Qc)), AVAILABLE),
        ),
    ];
    for (name, wrong) in cases {
        let mut draft = StockDraft::new(&set, numbering(Counters::FIRST, 1));
        let refused = draft.post(movement(vec![transfer(3, VENDOR, RESERVED), wrong]), &context());
        assert!(refused.is_err(), "{name}");
        assert!(!draft.is_void(), "{name}");
        assert!(draft.changes().balances.is_empty() && draft.changes().movements.is_empty(), "{name}");
        assert_eq!(draft.numbering.counters, Counters::FIRST, "{name}");
    }
}

#[test]
fn a_shortage_names_every_place_with_all_that_was_asked_of_it() {
    let mut set = world();
    apply(&mut set, 1, movement(vec![transfer(5, VENDOR, AVAILABLE)])).unwrap();
    let asked = movement(vec![
        transfer(4, AVAILABLE, RESERVED),
        transfer(4, AVAILABLE, RESERVED),
        transfer(9, Place::At(DOCK, Bucket::Reserved), AVAILABLE),
    ]);
    let StockRefusal::Insufficient { shortages } = apply(&mut set, 2, asked).unwrap_err() else {
        panic!("a shortage was expected");
    };
    let seen: Vec<_> = shortages.iter().map(|short| short.location.as_ref().unwrap().as_str()).collect();
    assert_eq!(seen, ["SHELF", "DOCK"]);
}

#[test]
fn a_draft_says_what_it_was_not_shown() {
    let set = StockSet::default();
    let mut draft = StockDraft::new(&set, numbering(Counters::FIRST, 1));
    assert!(draft.post(movement(vec![transfer(1, VENDOR, AVAILABLE)]), &context()).is_err());
    assert!(draft.is_void());
    assert!(draft.take_missing().products.contains(&WIDGET));
}

#[test]
fn a_reversal_is_once_latest_first_and_only_while_the_stock_is_there() {
    let mut set = world();
    let id = apply(&mut set, 1, movement(vec![transfer(5, VENDOR, AVAILABLE)])).unwrap();
    let reserve = apply(&mut set, 2, movement(vec![transfer(2, AVAILABLE, RESERVED)])).unwrap();
    let reason: Reason = "a mistake".parse().unwrap();
    let undo = |set: &mut StockSet, seed: u8, id| {
        let counters = Counters { movement: i64::from(seed), ..Counters::FIRST };
        let mut draft = StockDraft::new(set, numbering(counters, seed));
        let done = reverse_movement(&mut draft, id, reason.clone(), NOW, &context());
        let changes = draft.into_changes().0;
        if done.is_ok() {
            set.merge(&changes);
        }
        done
    };
    assert!(matches!(undo(&mut set, 3, id), Err(StockRefusal::Insufficient { .. })));
    undo(&mut set, 4, reserve).unwrap();
    assert!(matches!(undo(&mut set, 5, reserve), Err(StockRefusal::AlreadyReversed { .. })));
    undo(&mut set, 6, id).unwrap();
    let left = set.balances.values().next().unwrap();
    assert_eq!((left.owned(), left.version), (Quantity::ZERO, Version(4)));
}

#[test]
fn what_was_posted_in_the_same_batch_is_undone_latest_first() {
    let mut set = world();
    let record = Some(kernel::RecordId(Mint::new(NOW, [9; 32]).uuid()));
    let reason: Reason = "a mistake".parse().unwrap();
    // One command of a batch after the other: each is merged, and nothing is loaded in between.
    let decide = |set: &mut StockSet, seed: u8, undone: Option<kernel::MovementId>| {
        let counters = Counters { movement: i64::from(seed), ..Counters::FIRST };
        let mut draft = StockDraft::new(set, numbering(counters, seed));
        let asked = NewMovement { record, ..movement(vec![transfer(1, VENDOR, AVAILABLE)]) };
        let done = match undone {
            Some(id) => reverse_movement(&mut draft, id, reason.clone(), NOW, &context()),
            None => draft.post(asked, &context()),
        };
        let changes = draft.into_changes().0;
        if done.is_ok() {
            set.merge(&changes);
        }
        done
    };
    let first = decide(&mut set, 1, None).unwrap();
    let second = decide(&mut set, 2, None).unwrap();
    let refused = StockRefusal::NotLatest { movement: first, latest: second };
    assert_eq!(decide(&mut set, 3, Some(first)), Err(refused));
    decide(&mut set, 4, Some(second)).unwrap();
    assert_eq!(decide(&mut set, 5, Some(second)), Err(StockRefusal::AlreadyReversed { movement: second }));
    decide(&mut set, 6, Some(first)).unwrap();
    assert_eq!(set.balances.values().next().unwrap().owned(), Quantity::ZERO);
}

#[test]
fn what_a_reservation_moved_is_not_undone_behind_its_back() {
    // The reserved stock would differ from what the lines of the reservation hold.
    for (kind, from, to) in [
        (MovementKind::Reserve, AVAILABLE, RESERVED),
        (MovementKind::Release, RESERVED, AVAILABLE),
        (MovementKind::Expire, RESERVED, AVAILABLE),
        (MovementKind::Consume, RESERVED, Place::Outside(Party::Customer)),
    ] {
        let mut set = world();
        apply(&mut set, 1, movement(vec![transfer(5, VENDOR, AVAILABLE), transfer(5, VENDOR, RESERVED)]))
            .unwrap();
        let moved = NewMovement { kind, ..movement(vec![transfer(2, from, to)]) };
        let id = apply(&mut set, 2, moved).unwrap();
        let counters = Counters { movement: 3, ..Counters::FIRST };
        let mut draft = StockDraft::new(&set, numbering(counters, 3));
        let refused = reverse_movement(&mut draft, id, "a mistake".parse().unwrap(), NOW, &context());
        assert!(matches!(refused, Err(StockRefusal::NotAllowed { .. })), "{kind:?}: {refused:?}");
        assert!(draft.changes().movements.is_empty(), "{kind:?}");
    }
}

#[test]
fn what_the_same_batch_posted_for_a_record_comes_first() {
    let mut set = world();
    let record = Some(kernel::RecordId(Mint::new(NOW, [9; 32]).uuid()));
    let of_record = |units| NewMovement { record, ..movement(vec![transfer(units, VENDOR, AVAILABLE)]) };
    let first = apply(&mut set, 1, of_record(5)).unwrap();
    let mut draft = StockDraft::new(&set, numbering(Counters { movement: 2, ..Counters::FIRST }, 2));
    let second = draft.post(of_record(1), &context()).unwrap();
    let changes = draft.into_changes().0;
    set.merge(&changes);
    let mut draft = StockDraft::new(&set, numbering(Counters { movement: 3, ..Counters::FIRST }, 3));
    let refused = reverse_movement(&mut draft, first, "a mistake".parse().unwrap(), NOW, &context());
    assert_eq!(refused, Err(StockRefusal::NotLatest { movement: first, latest: second }));
}

/// Posts, and lets the set see and remember it.
fn apply(set: &mut StockSet, seed: u8, asked: NewMovement) -> Result<kernel::MovementId, StockRefusal> {
    let counters = Counters { id: 100 + i64::from(seed) * 10, movement: i64::from(seed), ..Counters::FIRST };
    let mut draft = StockDraft::new(set, numbering(counters, seed));
    let id = draft.post(asked, &context())?;
    let changes = draft.into_changes().0;
    set.merge(&changes);
    for movement in changes.movements {
        let known = RecordedMovement { reversed: false, latest_of_record: movement.id, movement };
        set.movements.insert(known.movement.id, known);
    }
    Ok(id)
}

fn any_place() -> impl Strategy<Value = Place> {
    prop_oneof![
        Just(VENDOR),
        Just(Place::Outside(Party::Customer)),
        Just(AVAILABLE),
        Just(RESERVED),
        Just(Place::At(SHELF, Bucket::Held(HoldReason::Damaged))),
        Just(Place::At(DOCK, Bucket::Held(HoldReason::Putaway))),
    ]
}

proptest! {
    #[test]
    fn stock_is_conserved_never_below_zero_and_replays(
        steps in prop::collection::vec(prop::collection::vec((1_u32..20, any_place(), any_place()), 1..4), 1..40)
    ) {
        let mut set = world();
        let mut ledger: Vec<Movement> = Vec::new();
        let mut counters = Counters::FIRST;
        for (step, seed) in steps.into_iter().zip(0_u8..) {
            let transfers = step.into_iter().map(|(units, from, to)| transfer(units, from, to)).collect();
            let before = set.balances.clone();
            let mut draft = StockDraft::new(&set, numbering(counters, seed));
            let posted = draft.post(movement(transfers), &context());
            prop_assert!(!draft.is_void());
            let (changes, numbering, _) = draft.into_changes();
            if posted.is_err() {
                prop_assert!(changes.balances.is_empty() && changes.movements.is_empty());
                prop_assert_eq!(&before, &set.balances);
                continue;
            }
            counters = numbering.counters;
            set.merge(&changes);
            ledger.extend(changes.movements);
        }
        let mut audit = Audit::default();
        let code = |place: Place| place.location().map(|id| set.locations[&id].code.clone());
        for movement in &ledger {
            for (transfer, line) in movement.transfers.iter().zip(0..) {
                audit.transfer(&AuditedTransfer {
                    seq: movement.seq,
                    movement: movement.id,
                    line,
                    sku: "WIDGET".parse().unwrap(),
                    from_location: code(transfer.moved.from),
                    to_location: code(transfer.moved.to),
                    transfer: transfer.clone(),
                    effective_at: movement.effective_at,
                    recorded_at: movement.recorded_at,
                });
            }
        }
        for (key, balance) in &set.balances {
            audit.balance(key, &"WIDGET".parse().unwrap(), balance);
        }
        prop_assert_eq!(audit.finish(counters.movement), Vec::new());
    }

    #[test]
    fn the_audit_finds_a_changed_quantity_and_a_changed_balance(units in 2_u32..50, off in 1_u32..2) {
        let mut set = world();
        apply(&mut set, 1, movement(vec![transfer(units, VENDOR, AVAILABLE)])).unwrap();
        let movement = set.movements.values().next().unwrap().movement.clone();
        let mut read = AuditedTransfer {
            seq: movement.seq,
            movement: movement.id,
            line: 0,
            sku: "WIDGET".parse().unwrap(),
            from_location: None,
            to_location: Some("SHELF".parse().unwrap()),
            transfer: movement.transfers[0].clone(),
            effective_at: movement.effective_at,
            recorded_at: movement.recorded_at,
        };
        read.transfer.moved.quantity = Quantity::units(units - off).positive().unwrap();
        let mut audit = Audit::default();
        audit.transfer(&read);
        for (key, balance) in &set.balances {
            audit.balance(key, &read.sku, balance);
        }
        let found: BTreeMap<_, usize> =
            audit.finish(2).into_iter().fold(BTreeMap::new(), |mut counts, violation| {
                *counts.entry(violation.invariant).or_default() += 1;
                counts
            });
        prop_assert!(found.contains_key("I1") && found.contains_key("I2") && found.contains_key("I17"));
    }
}
