//! Making a reservation: all of it, a part of it, or a refusal that says everything.

use inventory::StockRefusal;
use kernel::{Code, Quantity, Refusal};

use super::world::*;
use crate::*;

fn code<T: std::fmt::Debug>(refused: Decided<T>) -> Code {
    Refusal::from(refused.unwrap_err()).code
}

#[test]
fn all_lines_or_nothing_and_every_short_sku_at_once() {
    let mut world = World::empty();
    world.lot("L", None);
    world.receive(TEA, FRONT, "", 10);
    world.receive(MILK, FRONT, "L", 3);
    let before = world.snapshot();
    let refused = world.create(&order("1", vec![line(MILK, 4), line(TEA, 11)]));
    let mut short = shortages(refused);
    short.sort();
    assert_eq!(short, [("MILK".to_owned(), 4, 3), ("TEA".to_owned(), 11, 10)]);
    assert_eq!(shortages(world.create(&order("1", vec![line(MILK, 4), line(TEA, 1)]))).len(), 1);
    assert_eq!(world.snapshot(), before);
    let id = world.create(&order("1", vec![line(MILK, 3), line(TEA, 10)])).unwrap();
    assert_eq!((world.parts(id, 0), world.parts(id, 1)), ([3, 0, 0, 0], [10, 0, 0, 0]));
    assert_eq!((world.at(TEA, FRONT, ""), world.at(MILK, FRONT, "L")), ((0, 10), (0, 3)));
}

#[test]
fn the_same_sku_on_two_lines_is_summed_before_it_is_checked() {
    let mut world = World::empty();
    world.receive(TEA, FRONT, "", 10);
    let lines = || vec![line(TEA, 6), line(TEA, 6)];
    assert_eq!(shortages(world.create(&order("1", lines()))), [("TEA".to_owned(), 12, 10)]);
    let id = world.create(&partial("1", lines())).unwrap();
    assert_eq!((world.parts(id, 0), world.parts(id, 1)), ([6, 0, 0, 0], [4, 2, 0, 0]));
    assert_eq!(world.at(TEA, FRONT, ""), (0, 10));
}

#[test]
fn what_allow_partial_and_backorder_mean() {
    // Of 4 wanted there are so many: what is reserved and short, or a refusal.
    let table = [
        (false, false, 4, Some((4, 0))),
        (false, false, 3, None),
        (false, false, 0, None),
        (false, true, 4, Some((4, 0))),
        (false, true, 3, None),
        (false, true, 0, None),
        (true, false, 4, Some((4, 0))),
        (true, false, 3, Some((3, 1))),
        (true, false, 0, None),
        (true, true, 4, Some((4, 0))),
        (true, true, 3, Some((3, 1))),
        (true, true, 0, Some((0, 4))),
    ];
    for (allow_partial, backorder, stock, expected) in table {
        let mut world = World::empty();
        if stock > 0 {
            world.receive(TEA, FRONT, "", stock);
        }
        let command = CreateReservation { allow_partial, backorder, ..order("1", vec![line(TEA, 4)]) };
        let made = world.create(&command);
        let case = format!("allow_partial {allow_partial}, backorder {backorder}, {stock} there");
        let Some((reserved, short)) = expected else {
            assert_eq!(shortages(made), [("TEA".to_owned(), 4, i64::from(stock))], "{case}");
            continue;
        };
        let id = made.unwrap();
        assert_eq!(world.parts(id, 0), [reserved, short, 0, 0], "{case}");
        let reservation = world.get(id);
        assert_eq!((reservation.state, reservation.version.0), (ReservationState::Active, 1), "{case}");
        // A reservation that holds nothing has moved nothing.
        let moved = world.posted.contains(&inventory::MovementKind::Reserve);
        assert_eq!(moved, reserved > 0, "{case}");
        assert_eq!(world.told, ["reservation.created"], "{case}");
    }
}

#[test]
fn an_order_has_one_active_reservation_for_each_source() {
    let mut world = World::empty();
    world.receive(TEA, FRONT, "", 10);
    let id = world.create(&order("1", vec![line(TEA, 1)])).unwrap();
    let again = world.create(&order("1", vec![line(TEA, 1)]));
    assert_eq!(again, Err(ReservationRefusal::OrderTaken { order: "1".parse().unwrap(), id }));
    let elsewhere = CreateReservation { source: "erp".parse().unwrap(), ..order("1", vec![line(TEA, 1)]) };
    world.create(&elsewhere).unwrap();
    world.create(&order("2", vec![line(TEA, 1)])).unwrap();
    world.release(id, None).unwrap();
    let next = world.create(&order("1", vec![line(TEA, 1)])).unwrap();
    assert_eq!(code(world.create(&order("1", vec![line(TEA, 1)]))), Code::OrderAlreadyReserved);
    assert_eq!(world.get(next).state, ReservationState::Active);
}

#[test]
fn one_that_has_run_out_does_not_stand_in_the_way() {
    let mut world = World::empty();
    world.receive(TEA, FRONT, "", 3);
    let expiry = Some(Expiry::AfterSeconds(60));
    let first = world.create(&CreateReservation { expiry, ..order("1", vec![line(TEA, 2)]) }).unwrap();
    world.now = world.now.plus_seconds(59);
    assert_eq!(code(world.create(&order("1", vec![line(TEA, 1)]))), Code::OrderAlreadyReserved);
    world.now = world.now.plus_seconds(1);
    let second = world.create(&order("1", vec![line(TEA, 3)])).unwrap();
    assert_eq!(world.get(first).state, ReservationState::Expired);
    assert_eq!((world.parts(first, 0), world.parts(second, 0)), ([0, 0, 2, 0], [3, 0, 0, 0]));
}

#[test]
fn one_that_has_run_out_in_the_hands_of_the_floor_has_its_order_still() {
    let mut world = World::empty();
    world.receive(TEA, FRONT, "", 3);
    let expiry = Some(Expiry::AfterSeconds(60));
    let id = world.create(&CreateReservation { expiry, ..order("1", vec![line(TEA, 2)]) }).unwrap();
    let from = world.get(id).lines[0].allocations[0].key.clone();
    let bound = [Handled { line_no: 1, from, quantity: units(1), fate: Fate::Bound }];
    world.decide(|stock, own, context| follow_goods(stock, own, id, &bound, context)).unwrap();
    world.now = world.now.plus_seconds(60);
    assert_eq!(code(world.create(&order("1", vec![line(TEA, 1)]))), Code::OrderAlreadyReserved);
    assert_eq!(world.parts(id, 0), [2, 0, 0, 0]);
    assert_eq!(world.expire(id), Ok(true));
    assert_eq!((world.get(id).state, world.parts(id, 0)), (ReservationState::Active, [1, 0, 1, 0]));
}

#[test]
fn what_ran_out_is_given_back_before_a_create_or_fill_is_short_and_only_then() {
    let mut world = World::empty();
    world.receive(TEA, FRONT, "", 10);
    let expiry = Some(Expiry::AfterSeconds(60));
    let held = world.create(&CreateReservation { expiry, ..order("1", vec![line(TEA, 6)]) }).unwrap();
    let lasting = world.create(&order("2", vec![line(TEA, 1)])).unwrap();
    let waiting = CreateReservation { backorder: true, ..partial("3", vec![line(TEA, 5)]) };
    let waiting = world.create(&waiting).unwrap();
    assert_eq!(world.parts(waiting, 0), [3, 2, 0, 0]);
    world.now = world.now.plus_seconds(60);
    world.receive(TEA, BACK, "", 1);
    world.create(&order("4", vec![line(TEA, 1)])).unwrap();
    assert_eq!(world.get(held).state, ReservationState::Active, "nobody was short");
    assert_eq!(world.fill(waiting), Ok(true));
    assert_eq!(world.get(held).state, ReservationState::Expired);
    assert_eq!(world.parts(waiting, 0), [5, 0, 0, 0]);
    assert_eq!(world.get(lasting).state, ReservationState::Active);
    // A refusal gives nothing back.
    let mut world = World::empty();
    world.receive(TEA, FRONT, "", 2);
    let held = world.create(&CreateReservation { expiry, ..order("1", vec![line(TEA, 2)]) }).unwrap();
    world.now = world.now.plus_seconds(60);
    assert_eq!(shortages(world.create(&order("2", vec![line(TEA, 3)]))), [("TEA".to_owned(), 3, 2)]);
    assert_eq!(world.get(held).state, ReservationState::Active);
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let mut world = World::empty();
    world.lot("L", None);
    world.receive(TEA, FRONT, "", 10);
    world.receive(MILK, FRONT, "L", 10);
    world.receive(TEA, RACK, "", 10);
    let line_ref = |line: NewLine| NewLine { line_ref: Some("a".parse().unwrap()), ..line };
    let of = |lines| order("1", lines);
    let half =
        NewLine { quantity: Quantity::from_micros(500_000).unwrap().positive().unwrap(), ..line(MILK, 1) };
    let unknown = NewLine { sku: "COFFEE".parse().unwrap(), ..line(TEA, 1) };
    let warehouse = Some("WEST".parse().unwrap());
    let past = Some(Expiry::At(world.now));
    let table = [
        (of(vec![unknown]), Code::UnknownSku),
        (of(vec![half]), Code::OffStep),
        (of(vec![line_ref(line(TEA, 1)), line_ref(line(TEA, 1))]), Code::LineRefRepeated),
        (of(vec![line_at(TEA, 1, "NOWHERE")]), Code::UnknownLocation),
        (of(vec![line_at(TEA, 1, "RACK")]), Code::UnknownLocation),
        (of(vec![line_of(1, "M")]), Code::UnknownLot),
        (of(vec![NewLine { lot: Some("L".parse().unwrap()), ..line(TEA, 1) }]), Code::LotNotTracked),
        (CreateReservation { warehouse, ..of(vec![line(TEA, 1)]) }, Code::UnknownWarehouse),
        (CreateReservation { expiry: past, ..of(vec![line(TEA, 1)]) }, Code::InvalidTime),
        (of(vec![line(TEA, 11)]), Code::InsufficientStock),
        (of(vec![line_at(TEA, 1, "STAGE")]), Code::InsufficientStock),
    ];
    let before = world.snapshot();
    for (command, expected) in table {
        assert_eq!(code(world.create(&command)), expected, "{command:?}");
        assert_eq!(world.snapshot(), before, "{command:?}");
    }
    let retired = |world: &mut World, stockable, active| {
        let tea = world.stock.products.get_mut(&TEA).unwrap();
        (tea.stockable, tea.active) = (stockable, active);
        world.create(&of(vec![line(TEA, 1)]))
    };
    assert_eq!(code(retired(&mut world, false, true)), Code::NotStockable);
    assert_eq!(code(retired(&mut world, true, false)), Code::NotStockable);
    retired(&mut world, true, true).unwrap();
}

#[test]
fn every_unknown_sku_is_named_at_once() {
    let mut world = World::empty();
    let named = |name: &str| NewLine { sku: name.parse().unwrap(), ..line(TEA, 1) };
    let refused = world.create(&order("1", vec![named("B"), line(TEA, 1), named("A"), named("B")]));
    let skus = ["A", "B"].map(|name| name.parse().unwrap()).into();
    assert_eq!(refused, Err(ReservationRefusal::Stock(StockRefusal::UnknownSku { skus })));
}
