//! The pure core against the reference, over the store in memory; and the reference against its own drawing.

use commands::testing::MemStore;

#[test]
fn the_model_agrees() {
    println!("{}", crate::agree("pure", 300, MemStore::default));
}

#[test]
fn every_outcome_is_reached() {
    // A sequence that never gets anywhere agrees with everything.
    let figures = crate::run(300, 1, MemStore::default).unwrap();
    let expected = [
        "open done",
        "open stock_not_allowed",
        "create done",
        "create insufficient_stock",
        "create order_already_reserved",
        "create unknown_lot",
        "release done",
        "release quantity_exceeds_reserved",
        "release reservation_not_active",
        "release version_mismatch",
        "consume done",
        "consume quantity_exceeds_reserved",
        "consume invalid_time",
        "fill done",
        "fill reservation_expired",
        "expire done",
        "amend done",
        "amend insufficient_stock",
        "amend reservation_expired",
        "amend unknown_line",
        "recall done",
        "recall lot_not_held",
        "recall unknown_lot",
        "redate done",
        "reverse done",
        "reverse insufficient_stock",
        "reverse movement_already_reversed",
        "reverse stock_not_allowed",
    ];
    let few = expected.into_iter().filter(|name| figures.outcomes.get(*name).is_none_or(|count| *count < 10));
    assert_eq!(few.collect::<Vec<_>>(), Vec::<&str>::new(), "{:#?}", figures.outcomes);
}
