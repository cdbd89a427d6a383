//! What a store owes to [`reservations::ReservationStore`] and to the readers of reservations.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is a test that several crates share")]

use inventory::Page;
use kernel::{Quantity, ReservationId, StoreError, Timestamp, Version};
use reservations::{Line, Reservation, ReservationFilter, ReservationNeeds, ReservationState};

use super::super::Database;
use super::world::*;

fn with_ids(ids: impl IntoIterator<Item = u8>) -> ReservationNeeds {
    ReservationNeeds { ids: ids.into_iter().map(reservation_id).collect(), ..ReservationNeeds::default() }
}

fn object(text: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_str(text).unwrap()
}

/// Twelve lines, three of them with several allocations that are not in the order of their numbers.
fn rich(number: u8) -> Reservation {
    let bare = reservation(number);
    let line = |line_no: u32| Line { line_no, ..bare.lines[0].clone() };
    let mut lines: Vec<Line> = (1..=12).map(line).collect();
    for line in &mut lines {
        line.allocations.clear();
        line.short = Quantity::units(4);
    }
    let milk = Line { product: MILK, sku: parsed("MILK"), requested: units(9), ..lines[10].clone() };
    lines[10] = Line {
        line_ref: Some(parsed("ref 'x' %")),
        location: Some(parsed("SHELF")),
        lot: Some(parsed("L2")),
        short: Quantity::units(1),
        released: Quantity::units(2),
        consumed: Quantity::units(1),
        to_unpick: Quantity::units(1),
        allocations: vec![allocation(MILK, SHELF, "L2", 105, 3), allocation(MILK, SHELF, "L1", 104, 2)],
        ..milk
    };
    lines[10].allocations[0].quantity = Quantity::units(5);
    lines[2].allocations = vec![
        allocation(TEA, RACK, "", 103, 1),
        allocation(TEA, SHELF, "", 101, 2),
        allocation(TEA, DOCK, "", 102, 1),
    ];
    lines[2].short = Quantity::ZERO;
    Reservation {
        source: parsed("erp"),
        order_ref: parsed("Bestellung „7“ %_'"),
        version: Version(4),
        allow_partial: false,
        backorder: true,
        expires_at: Some(NOW.plus_seconds(60)),
        ship_to: object(
            r#"{"name": "Ann \"A\" O'Hara", "zip": "010", "n": 1.50, "deep": {"z": [null, true], "a": {}}}"#,
        ),
        ship_by: Some(NOW.plus_seconds(-1)),
        metadata: object(r"{}"),
        created_at: NOW.plus_seconds(-5),
        updated_at: NOW.plus_seconds(5),
        lines,
        ..bare
    }
}

/// JSON objects are the same whatever the order of their members.
fn same(one: &Reservation, other: &Reservation) {
    let json = |row: &Reservation| (row.ship_to.clone(), row.metadata.clone());
    assert_eq!(json(one), json(other));
    assert_eq!(one, other);
}

/// Every field, every line and every allocation come back, in the order in which they were written.
pub fn a_reservation_comes_back_whole(database: &mut dyn Database) {
    stocked(database);
    let (plain, rich) = (reservation(1), rich(2));
    put(database, [plain.clone(), rich.clone()]).unwrap();
    let set = reserved(database, &with_ids([1, 2, 3]), NOW);
    assert_eq!(set.reservations.len(), 2);
    same(&set.reservations[&plain.id], &Reservation { stored: Version(1), ..plain });
    same(&set.reservations[&rich.id], &Reservation { stored: Version(4), ..rich.clone() });
    let read = every_reservation(database);
    same(&read[&rich.id], &Reservation { stored: Version(4), ..rich });
}

/// A change is written: what moved between the parts of a line, what it took since, and how it stands.
pub fn a_change_comes_back(database: &mut dyn Database) {
    stocked(database);
    put(database, [rich(1)]).unwrap();
    let mut changed =
        reserved(database, &with_ids([1]), NOW).reservations.remove(&reservation_id(1)).unwrap();
    let line = &mut changed.lines[10];
    (line.short, line.consumed) = (Quantity::ZERO, Quantity::units(4));
    line.allocations[0].remaining = Quantity::ZERO;
    line.allocations[1].quantity = Quantity::units(3);
    line.allocations[1].remaining = Quantity::units(3);
    line.allocations[1].bound = Quantity::units(2);
    changed.lines[0].allocations = vec![allocation(TEA, SHELF, "", 101, 4)];
    changed.lines[0].short = Quantity::ZERO;
    changed.lines[2].allocations.push(allocation(MILK, SHELF, "L1", 104, 1));
    changed.expires_at = None;
    changed.updated_at = NOW.plus_seconds(9);
    changed.version = Version(5);
    put(database, [changed.clone()]).unwrap();
    let read = reserved(database, &with_ids([1]), NOW).reservations.remove(&changed.id).unwrap();
    same(&read, &Reservation { stored: Version(5), ..changed });
}

/// An order finds its active reservation: not one that is over, not one of another source or order.
pub fn an_order_finds_its_active_reservation(database: &mut dyn Database) {
    stocked(database);
    let over =
        Reservation { state: ReservationState::Released, order_ref: parsed("order-2"), ..reservation(1) };
    let elsewhere = Reservation { source: parsed("erp"), order_ref: parsed("order-2"), ..reservation(3) };
    put(database, [over, reservation(2), elsewhere, reservation(4)]).unwrap();
    let order = |source: &str, order: &str| (parsed(source), parsed(order));
    let orders = [order("commerce", "order-2"), order("erp", "order-4"), order("commerce", "order-9")];
    let needs = ReservationNeeds { orders: orders.into(), ..ReservationNeeds::default() };
    let set = reserved(database, &needs, NOW);
    assert_eq!(set.reservations.keys().collect::<Vec<_>>(), [&reservation_id(2)]);
    assert_eq!(set.orders[&order("commerce", "order-2")], reservation_id(2));
}

/// Due is what is active, has run out by now, and holds stock of the product in the warehouse.
pub fn due_is_active_run_out_and_holding(database: &mut dyn Database) {
    stocked(database);
    let at =
        |number, seconds| Reservation { expires_at: Some(NOW.plus_seconds(seconds)), ..reservation(number) };
    let just = at(1, 0);
    let not_yet =
        Reservation { expires_at: Some(Timestamp::from_micros(NOW.micros() + 1)), ..reservation(2) };
    let over = Reservation { state: ReservationState::Expired, ..at(3, -9) };
    let mut empty = at(4, -9);
    empty.lines[0].allocations[0].remaining = Quantity::ZERO;
    let mut east = Reservation { warehouse: EAST, warehouse_code: parsed("east"), ..at(5, -9) };
    east.lines[0].allocations = vec![allocation(TEA, RACK, "", 103, 2)];
    let long_ago = at(6, -1_000_000);
    put(database, [just, not_yet, over, empty, east, long_ago, reservation(7)]).unwrap();
    let due = |database: &mut dyn Database, needs: &[_]| {
        let needs = ReservationNeeds { due: needs.iter().copied().collect(), ..ReservationNeeds::default() };
        reserved(database, &needs, NOW).reservations.into_keys().collect::<Vec<_>>()
    };
    let sorted = |ids: &[u8]| {
        let mut ids: Vec<_> = ids.iter().copied().map(reservation_id).collect();
        ids.sort();
        ids
    };
    assert_eq!(due(database, &[(TEA, MAIN)]), sorted(&[1, 6]));
    assert_eq!(due(database, &[(TEA, EAST)]), sorted(&[5]));
    assert_eq!(due(database, &[(MILK, MAIN), (CAMERA, EAST)]), []);
    assert_eq!(due(database, &[(TEA, MAIN), (TEA, EAST)]), sorted(&[1, 5, 6]));
}

/// Holders are active reservations that hold something of the balance now.
pub fn holders_are_active_and_hold_of_the_balance(database: &mut dyn Database) {
    stocked(database);
    let over = Reservation { state: ReservationState::Released, ..reservation(2) };
    let mut empty = reservation(3);
    empty.lines[0].allocations[0].remaining = Quantity::ZERO;
    let mut elsewhere = reservation(4);
    elsewhere.lines[0].allocations = vec![allocation(TEA, RACK, "", 103, 2)];
    put(database, [reservation(1), over, empty, elsewhere]).unwrap();
    let mut holders = |ids: &[i64]| {
        let holders = ids.iter().copied().map(kernel::BalanceId).collect();
        let needs = ReservationNeeds { holders, ..ReservationNeeds::default() };
        reserved(database, &needs, NOW).reservations.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(holders(&[101]), [reservation_id(1)]);
    assert_eq!(holders(&[103]), [reservation_id(4)]);
    assert_eq!(holders(&[102]), []);
}

/// A product's open reservations are active ones with a line of it that holds or lacks something.
pub fn open_ones_of_a_product_are_found(database: &mut dyn Database) {
    stocked(database);
    let over = Reservation { state: ReservationState::Expired, ..reservation(2) };
    let mut short = reservation(3);
    short.lines[0].allocations = Vec::new();
    short.lines[0].short = units(4).get();
    let mut done = reservation(4);
    done.lines[0].allocations = Vec::new();
    done.lines[0].short = Quantity::ZERO;
    done.lines[0].consumed = units(4).get();
    put(database, [over, short, done]).unwrap();
    let mut open = |product| {
        let needs = ReservationNeeds { products: [product].into(), ..ReservationNeeds::default() };
        reserved(database, &needs, NOW).reservations.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(open(TEA), [reservation_id(3)]);
    assert_eq!(open(MILK), []);
}

/// Those of a warehouse are its active ones; those of a location the active ones with an open line that is bound to it.
pub fn active_ones_of_a_warehouse_or_location_are_found(database: &mut dyn Database) {
    stocked(database);
    let over = Reservation { state: ReservationState::Expired, ..reservation(2) };
    let mut bound = reservation(3);
    bound.lines[0].location = Some(parsed("SHELF"));
    put(database, [reservation(1), over, bound]).unwrap();
    let mut found = |needs: &ReservationNeeds| {
        reserved(database, needs, NOW).reservations.into_keys().collect::<Vec<_>>()
    };
    let of_warehouse = ReservationNeeds { warehouses: [MAIN].into(), ..ReservationNeeds::default() };
    assert_eq!(found(&of_warehouse), [reservation_id(1), reservation_id(3)]);
    let of_place = ReservationNeeds { locations: [parsed("SHELF")].into(), ..ReservationNeeds::default() };
    assert_eq!(found(&of_place), [reservation_id(3)]);
}

/// A due reservation comes whole: also the lines that hold nothing of the product.
pub fn a_due_reservation_comes_whole(database: &mut dyn Database) {
    stocked(database);
    put(database, [rich(1)]).unwrap();
    let needs = ReservationNeeds { due: [(TEA, MAIN)].into(), ..ReservationNeeds::default() };
    let set = reserved(database, &needs, NOW.plus_seconds(61));
    assert_eq!(set.reservations[&reservation_id(1)].lines, rich(1).lines);
}

/// What is in the set already was changed by this batch and stays as it is.
pub fn what_is_in_the_set_is_not_replaced(database: &mut dyn Database) {
    stocked(database);
    put(database, [Reservation { expires_at: Some(NOW), ..reservation(1) }]).unwrap();
    let mut set = reserved(database, &with_ids([1]), NOW);
    let ended = set.reservations[&reservation_id(1)].clone();
    set.put(Reservation { state: ReservationState::Released, version: Version(2), ..ended });
    let needs = ReservationNeeds {
        orders: [(parsed("commerce"), parsed("order-1"))].into(),
        due: [(TEA, MAIN)].into(),
        ..with_ids([1])
    };
    database.write(&mut |tx| tx.load_reservations(&needs, NOW, &mut set)).unwrap();
    assert_eq!(set.reservations[&reservation_id(1)].version, Version(2));
    assert!(set.orders.is_empty());
}

/// A reservation is written only over the version that was loaded; otherwise nothing is written.
pub fn a_stale_reservation_is_a_conflict(database: &mut dyn Database) {
    stocked(database);
    put(database, [reservation(1), reservation(2)]).unwrap();
    let write = |database: &mut dyn Database, stored| {
        let fresh = Reservation { stored: Version(1), version: Version(2), ..reservation(2) };
        put(database, [Reservation { stored: Version(stored), version: Version(9), ..reservation(1) }, fresh])
    };
    for stored in [2, 0] {
        assert_eq!(write(database, stored), Err(StoreError::Conflict), "stored {stored}");
        let read = every_reservation(database);
        assert!(read.values().all(|row| row.version == Version(1)), "stored {stored}");
    }
    let gone = Reservation { stored: Version(1), version: Version(2), ..reservation(3) };
    assert_eq!(put(database, [gone]), Err(StoreError::Conflict));
    assert_eq!(write(database, 1), Ok(()));
}

/// An order has one active reservation; what ends leaves it free for what begins in the same flush.
pub fn an_order_has_one_active_reservation(database: &mut dyn Database) {
    stocked(database);
    put(database, [reservation(1)]).unwrap();
    let second = |number| Reservation { order_ref: parsed("order-1"), ..reservation(number) };
    assert_eq!(put(database, [second(2)]), Err(StoreError::Conflict));
    let elsewhere = Reservation { source: parsed("erp"), ..second(3) };
    assert_eq!(put(database, [elsewhere]), Ok(()));
    for (ends, begins) in [(1, 4), (4, 2)] {
        let mut read = every_reservation(database);
        let ended = read.remove(&reservation_id(ends)).unwrap();
        let version = ended.version.next();
        let ended = Reservation { state: ReservationState::Released, version, ..ended };
        assert_eq!(put(database, [ended, second(begins)]), Ok(()), "{ends} ends, {begins} begins");
    }
}

/// Lists are oldest first, filtered, in pages that end where they say.
pub fn lists_are_filtered_and_paged(database: &mut dyn Database) {
    stocked(database);
    let over = Reservation { state: ReservationState::Consumed, ..reservation(2) };
    let same_order = Reservation { order_ref: parsed("order-1"), source: parsed("erp"), ..reservation(4) };
    put(database, [reservation(1), over, rich(3), same_order]).unwrap();
    let list = |database: &mut dyn Database, filter: ReservationFilter, limit, after: Option<String>| {
        let mut found = (Vec::new(), None);
        database
            .read(&mut |tx| {
                found = tx.reservations(&filter, &Page { limit, after: after.clone() })?;
                Ok(())
            })
            .unwrap();
        (found.0.into_iter().map(|row| row.id).collect::<Vec<ReservationId>>(), found.1)
    };
    let ids = |numbers: &[u8]| numbers.iter().copied().map(reservation_id).collect::<Vec<_>>();
    let all = ReservationFilter::default;
    assert_eq!(list(database, all(), 4, None), (ids(&[1, 2, 3, 4]), None));
    let (first, next) = list(database, all(), 3, None);
    assert_eq!((first, next.is_some()), (ids(&[1, 2, 3]), true));
    assert_eq!(list(database, all(), 3, next), (ids(&[4]), None));
    let of_order = ReservationFilter { order_ref: Some(parsed("order-1")), ..all() };
    assert_eq!(list(database, of_order, 9, None).0, ids(&[1, 4]));
    let consumed = ReservationFilter { state: Some(ReservationState::Consumed), ..all() };
    assert_eq!(list(database, consumed, 9, None).0, ids(&[2]));
    let of_milk = ReservationFilter { sku: Some(parsed("MILK")), ..all() };
    assert_eq!(list(database, of_milk, 9, None).0, ids(&[3]));
}

/// One is shown with the location and the stage of what it holds, and not with what it holds no more.
pub fn one_is_shown_with_what_it_holds(database: &mut dyn Database) {
    stocked(database);
    let mut row = rich(1);
    row.lines[2].allocations[1].remaining = Quantity::ZERO;
    put(database, [row]).unwrap();
    let mut found = None;
    database
        .read(&mut |tx| {
            found = tx.reservation(reservation_id(1))?;
            assert!(tx.reservation(reservation_id(9))?.is_none());
            Ok(())
        })
        .unwrap();
    let shown = found.unwrap();
    let held: Vec<_> = shown.lines[2].allocations.iter().map(|held| held.location.as_str()).collect();
    assert_eq!(held, ["RACK", "DOCK"]);
    assert_eq!(shown.lines[10].allocations[0].lot.as_str(), "L2");
    assert_eq!((shown.version, shown.lines.len()), (Version(4), 12));
}

/// The sweeper is shown what ran out, the longest overdue first, and no more than it asks for.
pub fn the_longest_overdue_come_first(database: &mut dyn Database) {
    stocked(database);
    let at =
        |number, seconds| Reservation { expires_at: Some(NOW.plus_seconds(seconds)), ..reservation(number) };
    let over = Reservation { state: ReservationState::Released, ..at(5, -99) };
    put(database, [at(1, 0), at(2, -20), at(3, 1), at(4, -10), over, reservation(6)]).unwrap();
    let due = |database: &mut dyn Database, limit| {
        let mut found = Vec::new();
        database
            .read(&mut |tx| {
                found = tx.due_reservations(NOW, limit)?;
                Ok(())
            })
            .unwrap();
        found
    };
    let row = |number, seconds| (reservation_id(number), NOW.plus_seconds(seconds));
    assert_eq!(due(database, 9), [row(2, -20), row(4, -10), row(1, 0)]);
    assert_eq!(due(database, 2), [row(2, -20), row(4, -10)]);
}

/// A backorder can be filled while stock that suits a short line is available in storage of its warehouse.
pub fn backorders_that_can_be_filled_are_found(database: &mut dyn Database) {
    stocked(database);
    let of = |number, change: &dyn Fn(&mut Reservation)| {
        let mut row = Reservation { backorder: true, ..reservation(number) };
        change(&mut row);
        row
    };
    let rows = [
        of(1, &|_| {}),
        of(2, &|row| row.backorder = false),
        of(3, &|row| row.lines[0].short = Quantity::ZERO),
        of(4, &|row| row.lines[0].location = Some(parsed("DOCK"))),
        of(5, &|row| row.state = ReservationState::Released),
        of(6, &|row| (row.lines[0].product, row.lines[0].sku) = (CAMERA, parsed("CAMERA"))),
        of(7, &|row| (row.warehouse, row.warehouse_code) = (EAST, parsed("east"))),
        of(8, &|row| {
            (row.lines[0].product, row.lines[0].sku) = (MILK, parsed("MILK"));
            row.lines[0].lot = Some(parsed("L1"));
        }),
        of(9, &|row| {
            (row.lines[0].product, row.lines[0].sku) = (MILK, parsed("MILK"));
            row.lines[0].lot = Some(parsed("L9"));
        }),
    ];
    put(database, rows).unwrap();
    let fillable = |database: &mut dyn Database, limit| {
        let mut found = Vec::new();
        database
            .read(&mut |tx| {
                found = tx.fillable_reservations(limit)?;
                Ok(())
            })
            .unwrap();
        found
    };
    let row = |number| (reservation_id(number), Version(1));
    assert_eq!(fillable(database, 9), [row(1), row(7), row(8)]);
    assert_eq!(fillable(database, 1), [row(1)]);
}
