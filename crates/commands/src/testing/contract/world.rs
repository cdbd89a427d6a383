//! Rows that the contract writes and reads: two warehouses, three products, and what stands there.
#![expect(clippy::unwrap_used, reason = "this is a test, in a file that other crates' tests share")]

use std::collections::BTreeMap;

use inventory::{
    Balance, BalanceKey, Bucket, History, Location, LocationKind, Lot, LotFacts, Movement, MovementKind,
    NewTransfer, Party, Place, Product, StockChanges, StockNeeds, StockSet, Tracking, Transfer, Warehouse,
};
use kernel::{
    BalanceId, Day, LocationId, Mint, MovementId, MovementSeq, PositiveQuantity, ProductId, Quantity,
    RecordId, RequestSeq, ReservationId, StoreError, Timestamp, Version, WarehouseId,
};
use reservations::{
    Allocation, Line, Reservation, ReservationChanges, ReservationNeeds, ReservationSet, ReservationState,
};

use super::super::Database;

pub(super) const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_123_456);
pub(super) const MAIN: WarehouseId = WarehouseId(1);
pub(super) const EAST: WarehouseId = WarehouseId(2);
/// Storage in the main warehouse.
pub(super) const SHELF: LocationId = LocationId(3);
/// Receiving in the main warehouse.
pub(super) const DOCK: LocationId = LocationId(4);
/// Storage in the other warehouse.
pub(super) const RACK: LocationId = LocationId(5);
/// Not tracked.
pub(super) const TEA: ProductId = ProductId(6);
/// By lot.
pub(super) const MILK: ProductId = ProductId(7);
/// By serial.
pub(super) const CAMERA: ProductId = ProductId(8);

pub(super) fn parsed<T: std::str::FromStr<Err = kernel::Invalid>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(super) fn units(units: u32) -> PositiveQuantity {
    Quantity::units(units).positive().unwrap()
}

/// A mint of its own for each number.
fn mint(number: u8) -> Mint {
    Mint::new(NOW, [number; 32])
}

pub(super) fn movement_id(number: u8) -> MovementId {
    MovementId(mint(number).uuid())
}

pub(super) fn reservation_id(number: u8) -> ReservationId {
    ReservationId(mint(number).uuid())
}

pub(super) fn record_id(number: u8) -> RecordId {
    RecordId(mint(number).uuid())
}

pub(super) fn key(product: ProductId, location: LocationId, lot: &str) -> BalanceKey {
    BalanceKey { product, location, lot: parsed(lot) }
}

fn location(id: LocationId, warehouse: WarehouseId, code: &str, kind: LocationKind) -> Location {
    Location {
        id,
        warehouse,
        code: parsed(code),
        name: parsed(&format!("Place {code}")),
        kind,
        pick_priority: -7,
        capacity_m3: Quantity::from_micros(1_500_000),
        active: true,
        version: Version(1),
        request: RequestSeq(1),
    }
}

/// A lot that expires on the day of this moment, or keeps.
pub(super) fn lot_until(at: Option<Timestamp>) -> LotFacts {
    let (version, request) = (Version(1), RequestSeq(1));
    LotFacts { expires_on: at.map(Day::of), recalled: false, version, request }
}

pub(super) fn product(id: ProductId, sku: &str, tracking: Tracking) -> Product {
    Product {
        id,
        sku: parsed(sku),
        name: parsed(sku),
        unit: parsed("each"),
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

/// Warehouses, locations, products and lots.
pub(super) fn master() -> StockChanges {
    let mut changes = StockChanges::default();
    for (id, code) in [(MAIN, "main"), (EAST, "east")] {
        let warehouse = Warehouse {
            id,
            code: parsed(code),
            name: parsed(&format!("Warehouse {code}")),
            is_default: id == MAIN,
            default_location: (id == MAIN).then_some(SHELF),
            active: true,
            version: Version(1),
            request: RequestSeq(1),
        };
        changes.warehouses.insert(id, warehouse);
    }
    let locations = [
        location(SHELF, MAIN, "SHELF", LocationKind::Storage),
        location(DOCK, MAIN, "DOCK", LocationKind::Receiving),
        location(RACK, EAST, "RACK", LocationKind::Storage),
    ];
    changes.locations.extend(locations.map(|row| (row.id, row)));
    let products = [
        product(TEA, "TEA", Tracking::None),
        product(MILK, "MILK", Tracking::Lot),
        product(CAMERA, "CAMERA", Tracking::Serial),
    ];
    changes.products.extend(products.map(|row| (row.id, row)));
    changes.lots.insert((MILK, parsed("L1")), lot_until(Some(NOW)));
    changes.lots.insert((MILK, parsed("L2")), lot_until(None));
    changes.lots.insert((CAMERA, parsed("S1")), lot_until(None));
    changes
}

/// A balance that nobody wrote yet, with so many units available.
pub(super) fn balance(id: i64, available: u32) -> Balance {
    Balance {
        id: Some(BalanceId(id)),
        available: Quantity::units(available),
        version: Version(1),
        history: History([u8::try_from(id % 200).unwrap(); 32]),
        ..Balance::default()
    }
}

/// Only balances.
pub(super) fn balances(rows: impl IntoIterator<Item = (BalanceKey, Balance)>) -> StockChanges {
    StockChanges { balances: rows.into_iter().collect(), ..StockChanges::default() }
}

/// The master data, and five balances: 101 and 102 at the shelf, 103 in the east, 104 and 105 lots.
pub(super) fn stocked(database: &mut dyn Database) {
    flush(database, &master()).unwrap();
    let rows = [
        (key(TEA, SHELF, ""), balance(101, 10)),
        (key(TEA, DOCK, ""), balance(102, 0)),
        (key(TEA, RACK, ""), balance(103, 30)),
        (key(MILK, SHELF, "L1"), balance(104, 4)),
        (key(MILK, SHELF, "L2"), balance(105, 5)),
    ];
    flush(database, &balances(rows)).unwrap();
}

/// A movement of one transfer: so much tea from outside to the shelf.
pub(super) fn movement(seq: i64, quantity: u32, version: i64) -> Movement {
    let moved = NewTransfer {
        product: TEA,
        lot: Lot::none(),
        quantity: units(quantity),
        from: Place::Outside(Party::Adjustment),
        to: Place::At(SHELF, Bucket::Available),
        record_line: None,
        unit_cost: None,
    };
    let to = Some((BalanceId(101), Version(version)));
    Movement {
        seq: MovementSeq(seq),
        id: movement_id(u8::try_from(seq).unwrap()),
        kind: MovementKind::Opening,
        request: RequestSeq(1),
        record: None,
        reverses: None,
        reason: None,
        effective_at: NOW,
        recorded_at: NOW,
        transfers: vec![Transfer { moved, from: None, to, cohort: None }],
    }
}

/// Only movements.
pub(super) fn movements(rows: impl IntoIterator<Item = Movement>) -> StockChanges {
    StockChanges { movements: rows.into_iter().collect(), ..StockChanges::default() }
}

/// An active reservation of one line: two of four tea from the shelf, two short. Its order is `order-{number}`.
pub(super) fn reservation(number: u8) -> Reservation {
    let line = Line {
        line_no: 1,
        line_ref: None,
        product: TEA,
        sku: parsed("TEA"),
        location: None,
        lot: None,
        requested: units(4),
        short: Quantity::units(2),
        released: Quantity::ZERO,
        consumed: Quantity::ZERO,
        to_unpick: Quantity::ZERO,
        kit: None,
        allocations: vec![allocation(TEA, SHELF, "", 101, 2)],
    };
    Reservation {
        id: reservation_id(number),
        seq: 1000 + i64::from(number),
        source: parsed("commerce"),
        order_ref: parsed(&format!("order-{number}")),
        warehouse: MAIN,
        warehouse_code: parsed("main"),
        state: ReservationState::Active,
        version: Version(1),
        allow_partial: true,
        backorder: false,
        expires_at: None,
        ship_to: None,
        ship_by: None,
        metadata: None,
        created_at: NOW,
        updated_at: NOW,
        request: RequestSeq(1),
        stored: Version::NONE,
        lines: vec![line],
    }
}

pub(super) fn allocation(
    product: ProductId,
    location: LocationId,
    lot: &str,
    balance: i64,
    held: u32,
) -> Allocation {
    let quantity = Quantity::units(held);
    Allocation {
        key: key(product, location, lot),
        balance: BalanceId(balance),
        quantity,
        remaining: quantity,
        bound: Quantity::ZERO,
    }
}

pub(super) fn stock(database: &mut dyn Database, needs: &StockNeeds) -> StockSet {
    let mut set = StockSet::default();
    database.write(&mut |tx| tx.load_stock(needs, &mut set)).unwrap();
    set
}

pub(super) fn flush(database: &mut dyn Database, changes: &StockChanges) -> Result<(), StoreError> {
    database.write(&mut |tx| tx.flush_stock(changes))
}

pub(super) fn reserved(
    database: &mut dyn Database,
    needs: &ReservationNeeds,
    now: Timestamp,
) -> ReservationSet {
    let mut set = ReservationSet::default();
    database.write(&mut |tx| tx.load_reservations(needs, now, &mut set)).unwrap();
    set
}

/// Every reservation in the database, as it was written, by id.
pub(super) fn every_reservation(database: &mut dyn Database) -> BTreeMap<ReservationId, Reservation> {
    let mut all = BTreeMap::new();
    database
        .read(&mut |tx| {
            tx.each_reservation(&mut |row| {
                all.insert(row.id, row.clone());
            })
        })
        .unwrap();
    all
}

pub(super) fn put(
    database: &mut dyn Database,
    rows: impl IntoIterator<Item = Reservation>,
) -> Result<(), StoreError> {
    let changes = ReservationChanges { reservations: rows.into_iter().map(|row| (row.id, row)).collect() };
    database.write(&mut |tx| tx.flush_reservations(&changes))
}
