//! Which stock a line takes: first expiry, then pick priority, then the fullest.

use super::world::*;
use crate::*;

/// Where a line's stock comes from: location, lot, whole units, in the order of taking.
fn taken(world: &World, id: kernel::ReservationId, line: usize) -> Vec<(kernel::LocationId, String, i64)> {
    let held = world.get(id).lines[line].allocations.iter();
    held.map(|held| (held.key.location, held.key.lot.to_string(), held.remaining.micros() / 1_000_000))
        .collect()
}

#[test]
fn first_expiry_comes_before_priority_before_the_fullest() {
    // Stock as (location, lot, units), and the order in which 100 are taken from it.
    let lots =
        [("SOON", Some(1)), ("LATE", Some(9)), ("KEEPS", None), ("GONE", Some(-1)), ("TODAY", Some(0))];
    type Stock<'a> = &'a [(kernel::LocationId, &'a str, u32)];
    let table: [(&str, Stock<'_>, &[usize]); 5] = [
        ("expiry before priority", &[(FRONT, "LATE", 2), (BACK, "SOON", 2)], &[1, 0]),
        ("no date comes last", &[(FRONT, "KEEPS", 9), (BACK, "LATE", 1)], &[1, 0]),
        ("priority before the fullest", &[(BACK, "SOON", 9), (FRONT, "SOON", 1)], &[1, 0]),
        ("an expired lot never", &[(FRONT, "GONE", 5), (BACK, "KEEPS", 1)], &[1]),
        ("the day of expiry is good", &[(FRONT, "SOON", 1), (BACK, "TODAY", 1)], &[1, 0]),
    ];
    for (case, stock, expected) in table {
        let mut world = World::empty();
        lots.iter().for_each(|(lot, days)| world.lot(lot, *days));
        stock.iter().for_each(|(at, lot, quantity)| world.receive(MILK, *at, lot, *quantity));
        let id = world.create(&partial("1", vec![line(MILK, 100)])).unwrap();
        let expected: Vec<_> = expected
            .iter()
            .map(|at| (stock[*at].0, stock[*at].1.to_owned(), i64::from(stock[*at].2)))
            .collect();
        assert_eq!(taken(&world, id, 0), expected, "{case}");
    }
}

#[test]
fn the_fullest_comes_first_where_nothing_else_tells_them_apart() {
    let mut world = World::empty();
    world.stock.locations.get_mut(&BACK).unwrap().pick_priority = 1;
    world.receive(TEA, FRONT, "", 3);
    world.receive(TEA, BACK, "", 7);
    let id = world.create(&order("1", vec![line(TEA, 8)])).unwrap();
    assert_eq!(taken(&world, id, 0), [(BACK, String::new(), 7), (FRONT, String::new(), 1)]);
}

#[test]
fn other_warehouses_and_other_kinds_of_places_are_not_taken_from() {
    let mut world = World::empty();
    world.receive(TEA, RACK, "", 5);
    world.receive(TEA, STAGE, "", 5);
    assert_eq!(shortages(world.create(&order("1", vec![line(TEA, 1)]))), [("TEA".to_owned(), 1, 0)]);
    let east =
        CreateReservation { warehouse: Some("EAST".parse().unwrap()), ..order("1", vec![line(TEA, 5)]) };
    let id = world.create(&east).unwrap();
    assert_eq!(taken(&world, id, 0), [(RACK, String::new(), 5)]);
}

#[test]
fn bound_lines_choose_before_the_others() {
    let mut world = World::empty();
    world.lot("L", Some(1));
    world.lot("M", Some(2));
    world.receive(TEA, FRONT, "", 5);
    world.receive(TEA, BACK, "", 5);
    world.receive(MILK, FRONT, "L", 5);
    world.receive(MILK, FRONT, "M", 5);
    let lines = vec![line(TEA, 5), line_at(TEA, 5, "FRONT"), line(MILK, 5), line_of(5, "L")];
    let id = world.create(&order("1", lines)).unwrap();
    let places = [0, 1, 2, 3].map(|at| taken(&world, id, at).remove(0));
    let expected = [(BACK, ""), (FRONT, ""), (FRONT, "M"), (FRONT, "L")];
    assert_eq!(places, expected.map(|(at, lot)| (at, lot.to_owned(), 5)));
}

#[test]
fn a_bound_line_takes_from_nowhere_else() {
    let mut world = World::empty();
    world.lot("L", None);
    world.lot("M", None);
    world.receive(MILK, FRONT, "L", 2);
    world.receive(MILK, BACK, "L", 2);
    world.receive(MILK, BACK, "M", 9);
    let bound = NewLine { lot: Some("L".parse().unwrap()), ..line_at(MILK, 9, "BACK") };
    let id = world.create(&partial("1", vec![bound])).unwrap();
    assert_eq!(taken(&world, id, 0), [(BACK, "L".to_owned(), 2)]);
    world.receive(MILK, BACK, "L", 1);
    assert_eq!(world.fill(id), Ok(true));
    assert_eq!(taken(&world, id, 0), [(BACK, "L".to_owned(), 3)], "one allocation for each balance");
}

#[test]
fn what_was_taken_last_goes_back_first() {
    let mut world = World::empty();
    world.receive(TEA, FRONT, "", 2);
    world.receive(TEA, BACK, "", 2);
    let id = world.create(&order("1", vec![line(TEA, 4)])).unwrap();
    world.release(id, Some(vec![some(1, 3)])).unwrap();
    assert_eq!((world.at(TEA, FRONT, ""), world.at(TEA, BACK, "")), ((1, 1), (2, 0)));
}
