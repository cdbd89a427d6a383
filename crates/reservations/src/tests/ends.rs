//! How a reservation ends: release, consume, expire, part by part; and what can follow in which state.

use inventory::MovementKind;
use kernel::{Code, Refusal, Version};

use super::world::*;
use crate::*;

/// Ten tea, of which `1` has 4 and 3 on two lines.
fn reserved() -> (World, kernel::ReservationId) {
    let mut world = World::empty();
    world.receive(TEA, FRONT, "", 10);
    let id = world.create(&order("1", vec![line(TEA, 4), line(TEA, 3)])).unwrap();
    (world, id)
}

/// A backorder of 5 that holds 2.
fn short(backorder: bool) -> (World, kernel::ReservationId) {
    let mut world = World::empty();
    world.receive(TEA, FRONT, "", 2);
    let command = CreateReservation { backorder, ..partial("1", vec![line(TEA, 5)]) };
    let id = world.create(&command).unwrap();
    (world, id)
}

fn code<T: std::fmt::Debug>(refused: Decided<T>) -> Code {
    Refusal::from(refused.unwrap_err()).code
}

#[test]
fn lines_are_released_in_part_and_the_rest_ends_it() {
    let (mut world, id) = reserved();
    world.release(id, Some(vec![some(1, 1), all_of(2)])).unwrap();
    assert_eq!((world.parts(id, 0), world.parts(id, 1)), ([3, 0, 1, 0], [0, 0, 3, 0]));
    assert_eq!((world.at(TEA, FRONT, ""), world.get(id).version), ((7, 3), Version(2)));
    assert_eq!(world.get(id).state, ReservationState::Active);
    world.release(id, None).unwrap();
    assert_eq!((world.parts(id, 0), world.at(TEA, FRONT, "")), ([0, 0, 4, 0], (10, 0)));
    assert_eq!((world.get(id).state, world.get(id).version), (ReservationState::Released, Version(3)));
    assert_eq!(world.told, ["reservation.created", "reservation.released", "reservation.released"]);
}

#[test]
fn lines_are_consumed_in_part_and_the_rest_ends_it() {
    let (mut world, id) = reserved();
    world.consume(id, Some(vec![some(2, 2)])).unwrap();
    assert_eq!((world.parts(id, 1), world.at(TEA, FRONT, "")), ([1, 0, 0, 2], (3, 5)));
    world.consume(id, None).unwrap();
    assert_eq!((world.parts(id, 0), world.at(TEA, FRONT, "")), ([0, 0, 0, 4], (3, 0)));
    assert_eq!(world.get(id).state, ReservationState::Consumed);
}

#[test]
fn a_part_shipped_and_the_rest_released_is_consumed() {
    let (mut world, id) = reserved();
    world.consume(id, Some(vec![some(1, 1)])).unwrap();
    world.release(id, None).unwrap();
    assert_eq!(world.get(id).state, ReservationState::Consumed);
    assert_eq!((world.parts(id, 0), world.parts(id, 1)), ([0, 0, 3, 1], [0, 0, 3, 0]));
}

#[test]
fn a_part_shipped_and_the_rest_run_out_is_expired() {
    let (mut world, id) = reserved();
    world.consume(id, Some(vec![some(1, 1)])).unwrap();
    world.own.reservations.get_mut(&id).unwrap().expires_at = Some(world.now);
    assert_eq!(world.expire(id), Ok(true));
    assert_eq!(world.get(id).state, ReservationState::Expired);
    assert_eq!((world.parts(id, 0), world.at(TEA, FRONT, "")), ([0, 0, 3, 1], (9, 0)));
    assert_eq!(world.expire(id), Ok(false), "a repeat changes nothing");
    assert_eq!(world.posted.iter().filter(|kind| **kind == MovementKind::Expire).count(), 1);
}

#[test]
fn what_is_short_goes_with_the_last_reserved_unit_unless_it_is_a_backorder() {
    for (backorder, state, parts) in
        [(false, ReservationState::Consumed, [0, 0, 3, 2]), (true, ReservationState::Active, [0, 3, 0, 2])]
    {
        let (mut world, id) = short(backorder);
        world.consume(id, None).unwrap();
        assert_eq!((world.get(id).state, world.parts(id, 0)), (state, parts), "backorder {backorder}");
    }
    for (backorder, state, parts) in
        [(false, ReservationState::Released, [0, 0, 5, 0]), (true, ReservationState::Active, [0, 3, 2, 0])]
    {
        let (mut world, id) = short(backorder);
        world.release(id, Some(vec![some(1, 2)])).unwrap();
        assert_eq!((world.get(id).state, world.parts(id, 0)), (state, parts), "backorder {backorder}");
    }
}

#[test]
fn a_release_takes_what_is_reserved_first_and_then_what_is_short() {
    let (mut world, id) = short(true);
    world.release(id, Some(vec![some(1, 4)])).unwrap();
    assert_eq!((world.parts(id, 0), world.at(TEA, FRONT, "")), ([0, 1, 4, 0], (2, 0)));
    world.release(id, None).unwrap();
    assert_eq!((world.parts(id, 0), world.get(id).state), ([0, 0, 5, 0], ReservationState::Released));
    // A release of what is short alone moves no stock.
    let (mut world, id) = short(true);
    world.consume(id, None).unwrap();
    world.release(id, Some(vec![some(1, 1)])).unwrap();
    assert_eq!(world.parts(id, 0), [0, 2, 1, 2]);
    assert!(!world.posted.contains(&MovementKind::Release));
}

#[test]
fn a_selection_that_does_not_fit_is_refused_whole() {
    let (mut world, id) = reserved();
    let before = world.snapshot();
    let by_name = |name: &str| {
        let line = LineWanted::Reference(name.parse().unwrap());
        vec![LineSelection { line, quantity: None }]
    };
    let table = [
        (vec![all_of(1), some(2, 4)], Code::QuantityExceedsReserved),
        (vec![some(1, 1), all_of(3)], Code::UnknownLine),
        (vec![some(1, 1), some(1, 1)], Code::UnknownLine),
        (by_name("a"), Code::UnknownLine),
    ];
    for (lines, expected) in table {
        assert_eq!(code(world.release(id, Some(lines.clone()))), expected, "release {lines:?}");
        assert_eq!(code(world.consume(id, Some(lines.clone()))), expected, "consume {lines:?}");
        assert_eq!(world.snapshot(), before, "{lines:?}");
    }
    let (mut world, id) = short(true);
    assert_eq!(code(world.consume(id, Some(vec![some(1, 3)]))), Code::QuantityExceedsReserved);
    world.consume(id, None).unwrap();
    assert_eq!(code(world.consume(id, None)), Code::QuantityExceedsReserved, "nothing is held any more");
}

#[test]
fn a_line_is_found_by_its_reference() {
    let mut world = World::empty();
    world.receive(TEA, FRONT, "", 2);
    let named = |name: &str| NewLine { line_ref: Some(name.parse().unwrap()), ..line(TEA, 1) };
    let id = world.create(&order("1", vec![named("a"), named("b")])).unwrap();
    let line = LineWanted::Reference("b".parse().unwrap());
    world.release(id, Some(vec![LineSelection { line: line.clone(), quantity: None }])).unwrap();
    assert_eq!((world.parts(id, 0), world.parts(id, 1)), ([1, 0, 0, 0], [0, 0, 1, 0]));
    // By both of its names it is named twice.
    let both = vec![all_of(2), LineSelection { line, quantity: None }];
    assert_eq!(code(world.release(id, Some(both))), Code::UnknownLine);
}

#[test]
fn shipping_may_be_a_little_ahead_of_our_clock_and_is_booked_when_it_was() {
    let ship = |seconds: i64| {
        let (mut world, id) = reserved();
        let proof = proof(world.now.plus_seconds(seconds));
        let command = ConsumeReservation { id, proof, lines: None, expected_version: None };
        world.decide(|stock, own, context| {
            consume_reservation(stock, own, &command, context)?;
            Ok(stock.changes().movements[0].effective_at)
        })
    };
    assert_eq!(ship(-86_400), Ok(START.plus_seconds(-86_400)));
    assert_eq!(ship(300), Ok(START));
    assert_eq!(code(ship(301)), Code::InvalidTime);
}

#[test]
fn a_fill_takes_what_there_is_and_nothing_where_there_is_nothing() {
    let (mut world, id) = short(false);
    let before = world.snapshot();
    assert_eq!(world.fill(id), Ok(false));
    assert_eq!(world.snapshot(), before, "not even the version");
    world.receive(TEA, BACK, "", 2);
    assert_eq!(world.fill(id), Ok(true));
    assert_eq!((world.parts(id, 0), world.get(id).version), ([4, 1, 0, 0], Version(2)));
    assert_eq!(world.at(TEA, BACK, ""), (0, 2));
}

#[test]
fn what_has_run_out_can_still_be_released_and_consumed_but_not_filled() {
    let overdue = || {
        let (mut world, id) = short(true);
        world.own.reservations.get_mut(&id).unwrap().expires_at = Some(world.now);
        (world, id)
    };
    let (mut world, id) = overdue();
    world.receive(TEA, FRONT, "", 9);
    assert_eq!(code(world.fill(id)), Code::ReservationExpired);
    world.consume(id, Some(vec![some(1, 1)])).unwrap();
    world.release(id, Some(vec![some(1, 1)])).unwrap();
    assert_eq!(world.expire(id), Ok(true));
    assert_eq!(world.parts(id, 0), [0, 0, 4, 1]);
    let (mut world, id) = short(true);
    world.own.reservations.get_mut(&id).unwrap().expires_at = Some(world.now.plus_seconds(1));
    assert_eq!(world.expire(id), Ok(false), "not yet");
}

#[test]
fn nothing_follows_a_final_state() {
    type End = fn(&mut World, kernel::ReservationId);
    let ends: [(ReservationState, End); 3] = [
        (ReservationState::Released, |world, id| assert_eq!(world.release(id, None), Ok(id))),
        (ReservationState::Consumed, |world, id| assert_eq!(world.consume(id, None), Ok(id))),
        (ReservationState::Expired, |world, id| {
            world.own.reservations.get_mut(&id).unwrap().expires_at = Some(world.now);
            assert_eq!(world.expire(id), Ok(true));
        }),
    ];
    for (state, end) in ends {
        let (mut world, id) = reserved();
        end(&mut world, id);
        assert_eq!(world.get(id).state, state);
        let before = world.snapshot();
        let refused = Err(ReservationRefusal::NotActive { id, state });
        assert_eq!(world.release(id, None), refused);
        assert_eq!(world.release(id, Some(vec![some(1, 1)])), refused);
        assert_eq!(world.consume(id, None), refused);
        assert_eq!(world.fill(id), Err(ReservationRefusal::NotActive { id, state }));
        assert_eq!(world.expire(id), Ok(false));
        assert_eq!(world.snapshot(), before, "{state:?}");
    }
}

#[test]
fn an_unknown_reservation_is_not_found() {
    let (mut world, _) = reserved();
    let id = kernel::ReservationId(kernel::Mint::new(START, [9; 32]).uuid());
    let not_found = ReservationRefusal::NotFound { id };
    assert_eq!(world.release(id, None), Err(not_found.clone()));
    assert_eq!(world.consume(id, None), Err(not_found.clone()));
    assert_eq!(world.fill(id), Err(not_found.clone()));
    assert_eq!(world.expire(id), Err(not_found));
}

#[test]
fn an_expected_version_must_be_the_one_there_is() {
    let (mut world, id) = reserved();
    let mut release = |expected| {
        let expected_version = Some(Version(expected));
        let lines = Some(vec![some(1, 1)]);
        let command = ReleaseReservation {
            id,
            reason: "no".parse().unwrap(),
            lines,
            request_unpick: false,
            expected_version,
        };
        world.decide(|stock, own, context| release_reservation(stock, own, &command, context))
    };
    let mismatch = |expected, actual| {
        let [expected, actual] = [expected, actual].map(Version);
        Err(ReservationRefusal::VersionMismatch { id, expected, actual })
    };
    assert_eq!(release(2), mismatch(2, 1));
    assert_eq!(release(1), Ok(id));
    assert_eq!(release(1), mismatch(1, 2));
}
