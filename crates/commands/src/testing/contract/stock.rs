//! What a store owes to [`inventory::StockStore`]: master data and balances.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is a test that several crates share")]

use std::collections::BTreeSet;

use inventory::{
    Balance, BalanceKey, Component, History, Holder, LocationKind, PackBarcode, Product, ProductDetails,
    StockChanges, StockDraft, StockNeeds, StockSettings, Tracking,
};
use kernel::{
    BalanceId, Counters, Day, LocationId, Mint, Money, Numbering, ProductId, Quantity, StoreError, Version,
};

use super::super::Database;
use super::world::*;

/// What was never written is in no set, and nothing else comes instead.
pub fn what_does_not_exist_is_left_out(database: &mut dyn Database) {
    stocked(database);
    let needs = StockNeeds {
        warehouses: false,
        skus: [parsed("tea"), parsed("COFFEE")].into(),
        products: [ProductId(99)].into(),
        location_codes: [parsed("shelf")].into(),
        locations: [LocationId(99)].into(),
        kinds: [(MAIN, LocationKind::Quality)].into(),
        lots: [(MILK, parsed("L9")), (TEA, parsed("L1"))].into(),
        scopes: [(ProductId(99), MAIN)].into(),
        balances: BTreeSet::new(),
        movements: [movement_id(9)].into(),
        details: BTreeSet::new(),
        barcodes: [parsed("0000")].into(),
        holdings: [Holder::Product(ProductId(99)), Holder::Location(LocationId(99))].into(),
    };
    let set = stock(database, &needs);
    assert!(set.products.is_empty() && set.skus.is_empty(), "{set:?}");
    assert!(set.locations.is_empty() && set.lots.is_empty() && set.balances.is_empty(), "{set:?}");
    assert!(set.warehouses.is_empty() && set.movements.is_empty(), "{set:?}");
}

/// All warehouses come, with every field, wherever they are asked for.
pub fn warehouses_come_back_whole(database: &mut dyn Database) {
    let written = master();
    flush(database, &written).unwrap();
    let set = stock(database, &StockNeeds { warehouses: true, ..StockNeeds::default() });
    assert_eq!(set.warehouses, written.warehouses);
}

/// Products are found by sku and by number, each field as it was written.
pub fn products_come_back_whole_by_sku_and_by_number(database: &mut dyn Database) {
    let euros = Money { ten_thousandths: 12_345, currency: "EUR".parse().unwrap() };
    let odd = Product {
        name: parsed("Tee – „grün“ 'x' ; -- %_ \\"),
        unit: parsed("kg"),
        stockable: false,
        active: false,
        needs_inspection: true,
        quantity_step: Quantity::from_micros(1).unwrap(),
        weight_kg: Some(Quantity::from_micros(1).unwrap()),
        volume_m3: Some(Quantity::from_micros(999_999_999_999_999).unwrap()),
        over_receipt_percent: Some(Quantity::from_micros(2_500_000).unwrap()),
        standard_cost: Some(euros),
        version: Version(3),
        ..product(ProductId(50), "ODD/ß'\"%_", Tracking::Serial)
    };
    let mut changes = master();
    changes.products.insert(odd.id, odd.clone());
    flush(database, &changes).unwrap();
    let by_sku = stock(database, &StockNeeds { skus: [odd.sku.clone()].into(), ..StockNeeds::default() });
    assert_eq!(by_sku.products.into_values().collect::<Vec<_>>(), std::slice::from_ref(&odd));
    assert_eq!(by_sku.skus[&odd.sku], odd.id);
    let by_number = stock(database, &StockNeeds { products: [TEA, odd.id].into(), ..StockNeeds::default() });
    assert_eq!(by_number.products[&odd.id], odd);
    assert_eq!(by_number.products[&TEA], changes.products[&TEA]);
}

/// Codes differ by their case; the one that was asked for comes.
pub fn case_matters_in_codes(database: &mut dyn Database) {
    let mut changes = master();
    changes.products.insert(ProductId(51), product(ProductId(51), "tea", Tracking::None));
    flush(database, &changes).unwrap();
    let set = stock(database, &StockNeeds { skus: [parsed("tea")].into(), ..StockNeeds::default() });
    assert_eq!(set.products.keys().collect::<Vec<_>>(), [&ProductId(51)]);
}

/// Locations are found by code and by number, each field as it was written.
pub fn locations_come_back_whole_by_code_and_by_number(database: &mut dyn Database) {
    let written = master();
    flush(database, &written).unwrap();
    let needs = StockNeeds {
        location_codes: [parsed("DOCK")].into(),
        locations: [RACK].into(),
        ..StockNeeds::default()
    };
    let set = stock(database, &needs);
    assert_eq!(set.locations.keys().collect::<Vec<_>>(), [&DOCK, &RACK]);
    assert_eq!(set.locations[&DOCK], written.locations[&DOCK]);
    assert_eq!(set.locations[&RACK], written.locations[&RACK]);
    assert_eq!(set.location_codes[&parsed("RACK")], RACK);
}

/// A lot is found, with its date or without.
pub fn lots_come_back_with_their_date(database: &mut dyn Database) {
    stocked(database);
    let lots = [(MILK, parsed("L1")), (MILK, parsed("L2")), (CAMERA, parsed("L1"))];
    let set = stock(database, &StockNeeds { lots: lots.into(), ..StockNeeds::default() });
    let found: Vec<_> = set.lots.iter().map(|(key, facts)| (key.1.as_str(), facts.expires_on)).collect();
    assert_eq!(found, [("L1", Some(Day::of(NOW))), ("L2", None)]);
}

/// What is written again replaces what was there: products, locations, warehouses, lots.
pub fn master_data_can_be_changed(database: &mut dyn Database) {
    flush(database, &master()).unwrap();
    let mut changed = master();
    for row in changed.products.values_mut() {
        *row = Product { name: parsed("renamed"), active: false, version: Version(2), ..row.clone() };
    }
    for row in changed.locations.values_mut() {
        (row.name, row.pick_priority, row.active, row.version) = (parsed("moved"), 12, false, Version(2));
    }
    for row in changed.warehouses.values_mut() {
        (row.name, row.version) = (parsed("House"), Version(2));
    }
    changed.lots.insert((MILK, parsed("L2")), lot_until(Some(NOW.plus_seconds(86_400))));
    flush(database, &changed).unwrap();
    let needs = StockNeeds {
        warehouses: true,
        products: changed.products.keys().copied().collect(),
        locations: changed.locations.keys().copied().collect(),
        lots: changed.lots.keys().cloned().collect(),
        ..StockNeeds::default()
    };
    let set = stock(database, &needs);
    assert_eq!(set.products, changed.products);
    assert_eq!(set.locations, changed.locations);
    assert_eq!(set.warehouses, changed.warehouses);
    assert_eq!(set.lots, changed.lots);
}

/// Each bucket, version and hash as it was written, and `stored` is the version that the database has.
pub fn a_balance_comes_back_whole(database: &mut dyn Database) {
    flush(database, &master()).unwrap();
    let mut held = [Quantity::ZERO; 8];
    for (to, micros) in held.iter_mut().zip(3..) {
        *to = Quantity::from_micros(micros).unwrap();
    }
    let made = Balance {
        id: Some(BalanceId(1)),
        available: Quantity::MAX,
        reserved: Quantity::from_micros(2).unwrap(),
        held,
        version: Version(5),
        history: History(std::array::from_fn(|at| u8::try_from(at * 8).unwrap())),
        stored: Version::NONE,
    };
    let place = key(MILK, SHELF, "L1");
    flush(database, &balances([(place.clone(), made.clone())])).unwrap();
    let needs = StockNeeds { balances: [place.clone()].into(), ..StockNeeds::default() };
    let read = stock(database, &needs).balances[&place].clone();
    assert_eq!(read, Balance { stored: Version(5), ..made.clone() });
    held.reverse();
    let moved = Balance { available: Quantity::ZERO, held, version: Version(6), ..read };
    flush(database, &balances([(place.clone(), moved.clone())])).unwrap();
    assert_eq!(stock(database, &needs).balances[&place], Balance { stored: Version(6), ..moved });
}

/// With a balance come its product, its location and its lot, whether it was asked for by key or by scope.
pub fn a_balance_comes_with_all_that_it_names(database: &mut dyn Database) {
    stocked(database);
    let by_key = StockNeeds { balances: [key(MILK, SHELF, "L1")].into(), ..StockNeeds::default() };
    let by_scope = StockNeeds { scopes: [(MILK, MAIN)].into(), ..StockNeeds::default() };
    for needs in [by_key, by_scope] {
        let set = stock(database, &needs);
        assert!(set.balances.contains_key(&key(MILK, SHELF, "L1")), "{needs:?}");
        assert!(set.products.contains_key(&MILK) && set.skus.contains_key(&parsed("MILK")), "{needs:?}");
        assert!(set.locations.contains_key(&SHELF), "{needs:?}");
        assert_eq!(set.lots[&(MILK, parsed("L1"))].expires_on, Some(Day::of(NOW)), "{needs:?}");
    }
}

/// A balance without a row is in no set, its product and its location are; it reads as zero.
pub fn a_missing_balance_reads_as_zero(database: &mut dyn Database) {
    stocked(database);
    let missing = key(CAMERA, DOCK, "S1");
    let needs = StockNeeds { balances: [missing.clone()].into(), ..StockNeeds::default() };
    let mut set = stock(database, &needs);
    assert!(set.balances.is_empty());
    assert!(set.products.contains_key(&CAMERA) && set.locations.contains_key(&DOCK));
    set.loaded.extend(needs);
    let numbering = Numbering { counters: Counters::FIRST, mint: Mint::new(NOW, [1; 32]) };
    let draft = StockDraft::new(&set, numbering);
    assert_eq!(draft.balance(&missing), Balance::default());
    assert!(!draft.is_void());
}

/// A scope is every balance of the product in the warehouse, and no other.
pub fn a_scope_is_every_balance_of_the_product_in_the_warehouse(database: &mut dyn Database) {
    stocked(database);
    let keys = |scopes: &[_], database: &mut dyn Database| {
        let needs = StockNeeds { scopes: scopes.iter().copied().collect(), ..StockNeeds::default() };
        stock(database, &needs).balances.into_keys().collect::<BTreeSet<BalanceKey>>()
    };
    assert_eq!(keys(&[(TEA, MAIN)], database), [key(TEA, SHELF, ""), key(TEA, DOCK, "")].into());
    assert_eq!(keys(&[(TEA, EAST)], database), [key(TEA, RACK, "")].into());
    assert_eq!(
        keys(&[(TEA, EAST), (MILK, MAIN), (CAMERA, MAIN)], database),
        [key(TEA, RACK, ""), key(MILK, SHELF, "L1"), key(MILK, SHELF, "L2")].into()
    );
}

/// One call serves hundreds of needs of each kind.
pub fn many_are_loaded_and_written_at_once(database: &mut dyn Database) {
    const MANY: i64 = 1_500;
    let mut changes = master();
    let mut wanted = StockNeeds::default();
    for number in 0..MANY {
        let id = ProductId(1_000 + number);
        changes.products.insert(id, product(id, &format!("P{number:04}"), Tracking::None));
        changes.balances.insert(key(id, SHELF, ""), balance(10_000 + number, 1));
        wanted.skus.insert(parsed(&format!("P{number:04}")));
        wanted.balances.insert(key(id, SHELF, ""));
        wanted.scopes.insert((id, MAIN));
    }
    flush(database, &changes).unwrap();
    let set = stock(database, &wanted);
    assert_eq!((set.products.len(), set.balances.len()), (1_500, 1_500));
    let moved = set.balances.into_iter().map(|(place, row)| (place, Balance { version: Version(2), ..row }));
    flush(database, &balances(moved)).unwrap();
    let set = stock(database, &wanted);
    assert!(set.balances.values().all(|row| row.stored == Version(2)));
}

/// What is in the set already was changed by this batch and stays as it is.
pub fn what_is_in_the_set_is_not_replaced(database: &mut dyn Database) {
    stocked(database);
    let needs = StockNeeds {
        warehouses: true,
        skus: [parsed("MILK")].into(),
        location_codes: [parsed("SHELF")].into(),
        scopes: [(MILK, MAIN)].into(),
        ..StockNeeds::default()
    };
    let mut set = stock(database, &needs);
    set.warehouses.values_mut().for_each(|row| row.version = Version(7));
    set.products.values_mut().for_each(|row| row.version = Version(7));
    set.locations.values_mut().for_each(|row| row.version = Version(7));
    set.balances.values_mut().for_each(|row| row.version = Version(7));
    set.lots.insert((MILK, parsed("L2")), lot_until(Some(NOW)));
    database.write(&mut |tx| tx.load_stock(&needs, &mut set)).unwrap();
    assert!(set.warehouses.values().all(|row| row.version == Version(7)));
    assert!(set.products.values().all(|row| row.version == Version(7)));
    assert!(set.locations.values().all(|row| row.version == Version(7)));
    assert!(set.balances.values().all(|row| row.version == Version(7)));
    assert_eq!(set.lots[&(MILK, parsed("L2"))].expires_on, Some(Day::of(NOW)));
}

/// A balance is written only over the version that was loaded; otherwise it is a conflict, and nothing is written.
pub fn a_stale_balance_is_a_conflict(database: &mut dyn Database) {
    stocked(database);
    let (tea, milk) = (key(TEA, SHELF, ""), key(MILK, SHELF, "L1"));
    let write = |database: &mut dyn Database, version, stored| {
        let fresh = Balance { version: Version(2), stored: Version(1), ..balance(104, 0) };
        let stale = Balance { version: Version(version), stored: Version(stored), ..balance(101, 1) };
        flush(database, &balances([(tea.clone(), stale), (milk.clone(), fresh)]))
    };
    for (version, stored) in [(3, 2), (1, 0)] {
        assert_eq!(write(database, version, stored), Err(StoreError::Conflict), "stored {stored}");
        let needs = StockNeeds { balances: [tea.clone(), milk.clone()].into(), ..StockNeeds::default() };
        let set = stock(database, &needs);
        assert_eq!((set.balances[&tea].version, set.balances[&milk].version), (Version(1), Version(1)));
    }
    assert_eq!(write(database, 2, 1), Ok(()));
}

/// A balance that was changed, of which there is no row, is a conflict too.
pub fn a_balance_that_is_gone_is_a_conflict(database: &mut dyn Database) {
    stocked(database);
    let gone = Balance { version: Version(2), stored: Version(1), ..balance(999, 1) };
    assert_eq!(flush(database, &balances([(key(CAMERA, SHELF, "S1"), gone)])), Err(StoreError::Conflict));
}

/// No changes at all are no error.
pub fn nothing_to_write_is_written(database: &mut dyn Database) {
    assert_eq!(flush(database, &StockChanges::default()), Ok(()));
    assert_eq!(put(database, []), Ok(()));
}

fn details() -> ProductDetails {
    let barcode = |code: &str, units| PackBarcode { barcode: parsed(code), quantity: units };
    let settings = |warehouse: &str| StockSettings {
        warehouse: parsed(warehouse),
        reorder_point: Some(Quantity::from_micros(1).unwrap()),
        safety_stock: None,
        target: Some(Quantity::units(80)),
        minimum_order: Some(units(24)),
        order_multiple: None,
        lead_time_days: Some(14),
        vendor: Some(parsed("Potter's, \"Ltd\"")),
        putaway_bins: vec![parsed("SHELF"), parsed("DOCK")],
    };
    ProductDetails {
        barcodes: vec![barcode("20", units(12)), barcode("10", units(1))],
        bill_of_materials: vec![
            Component { sku: parsed("MILK"), quantity: units(2) },
            Component { sku: parsed("CAMERA"), quantity: units(1) },
        ],
        settings: vec![settings("main"), settings("east")],
    }
}

/// Details come back whole and in their order; a product that has none has empty ones.
pub fn details_come_back_whole(database: &mut dyn Database) {
    let mut changes = master();
    changes.details.insert(TEA, details());
    flush(database, &changes).unwrap();
    let set = stock(database, &StockNeeds { details: [TEA, MILK].into(), ..StockNeeds::default() });
    assert_eq!(set.details[&TEA], details());
    assert_eq!(set.details[&MILK], ProductDetails::default());
}

/// Details are replaced as a whole, and a barcode that one product gave up another can take.
pub fn details_are_replaced_as_a_whole(database: &mut dyn Database) {
    let mut changes = master();
    changes.details.insert(TEA, details());
    flush(database, &changes).unwrap();
    let of = |codes: &[&str]| ProductDetails {
        barcodes: codes
            .iter()
            .map(|code| PackBarcode { barcode: parsed(code), quantity: units(1) })
            .collect(),
        ..ProductDetails::default()
    };
    let mut changed = StockChanges::default();
    // The products come along, as they do when a command changes their details.
    changed.products.extend([TEA, MILK].map(|id| (id, master().products.remove(&id).unwrap())));
    changed.details.extend([(TEA, of(&["30"])), (MILK, of(&["20"]))]);
    flush(database, &changed).unwrap();
    let needs = StockNeeds {
        details: [TEA, MILK].into(),
        barcodes: [parsed("10"), parsed("20"), parsed("30")].into(),
        ..StockNeeds::default()
    };
    let set = stock(database, &needs);
    assert_eq!((&set.details[&TEA], &set.details[&MILK]), (&of(&["30"]), &of(&["20"])));
    let found: Vec<_> = set.barcodes.iter().map(|(code, id)| (code.as_str(), *id)).collect();
    assert_eq!(found, [("20", MILK), ("30", TEA)]);
}

/// What stands of a product, at a location or in a warehouse comes, but for balances that are all zero.
pub fn holdings_are_balances_that_are_not_empty(database: &mut dyn Database) {
    stocked(database);
    let found = |holder: Holder| -> Vec<i64> {
        let set = stock(&mut *database, &StockNeeds { holdings: [holder].into(), ..StockNeeds::default() });
        let mut ids: Vec<_> = set.balances.values().filter_map(|row| row.id.map(|id| id.0)).collect();
        ids.sort_unstable();
        ids
    };
    let mut found = found;
    assert_eq!(found(Holder::Product(TEA)), [101, 103], "102 is empty");
    assert_eq!(found(Holder::Location(SHELF)), [101, 104, 105]);
    assert_eq!(found(Holder::Warehouse(EAST)), [103]);
    assert_eq!(found(Holder::Location(DOCK)), Vec::<i64>::new());
}
