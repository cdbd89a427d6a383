//! The pure core against the reference, over the store in memory; and the reference against its own drawing.

use commands::testing::MemStore;

#[test]
fn the_model_agrees() {
    println!("{}", crate::agree("pure", 300, MemStore::default));
}

#[test]
fn every_outcome_is_reached() {
    // A sequence that never gets anywhere agrees with everything.
    let figures = crate::run(500, 1, MemStore::default).unwrap();
    let expected = [
        "open done",
        "open stock_not_allowed",
        "create done",
        "create insufficient_stock",
        "create order_already_reserved",
        "create unknown_lot",
        "release done",
        "release back done",
        "release quantity_exceeds_reserved",
        "release reservation_not_active",
        "release fulfilment_in_progress",
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
        "write cycle-counts record_invalid",
        "write returns done",
        "write receiving-sessions record_invalid",
        "write transfers record_invalid",
        "carry_on purchase-orders done",
        "carry_on receiving-sessions done",
        "carry_on pick-tasks done",
        "carry_on pick-tasks nothing_left",
        "carry_on pack-sessions done",
        "pick done",
        "pick nothing_left",
        "go pick-tasks done",
        "go cycle-counts recount_required",
        "go cycle-counts approver_may_not",
        "go transfers invalid_transition",
        "say receiving-sessions done",
        "post receiving-sessions post done",
        "post receiving-sessions post step_already_posted",
        "post receiving-sessions inspect done",
        "post receiving-sessions inspect record_invalid",
        "post putaway-tasks post done",
        "post pick-tasks post done",
        "post pick-tasks unpick done",
        "post pack-sessions post done",
        "post ship-confirmations post done",
        "post cycle-counts post done",
        "post cycle-counts post loss_promised",
        "post transfers post done",
        "post transfers dispatch done",
        "post adjustments post done",
        "post returns receive done",
        "post kit-assemblies post done",
        "post kit-assemblies post insufficient_stock",
        "undo receiving-sessions done",
        "undo cycle-counts done",
    ];
    let few = expected.into_iter().filter(|name| figures.outcomes.get(*name).is_none_or(|count| *count < 3));
    assert_eq!(few.collect::<Vec<_>>(), Vec::<&str>::new(), "{:#?}", figures.outcomes);
}
