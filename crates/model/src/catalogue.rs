//! What every sequence begins with: two warehouses, their places, six products, a vendor, and lots that may come.

use commands::{Draft, Operate, Work};
use inventory::{
    Context, LocationFacts, LocationKind, LocationSpec, ProductSpec, Tracking, WarehouseFacts, WarehouseSpec,
    save_location, save_product, save_warehouse,
};
use kernel::{Actor, ActorType, Quantity, RecordId, Refusal, Timestamp};
use operations::modules::Vendor;
use operations::{Body, CreateRecord, Module, Priority, RecordState, Sheet, TransitionRecord};

/// When a sequence begins: some time in the afternoon.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_764_082_800_000_000);
/// Midnight of that day.
const TODAY: Timestamp = Timestamp::from_micros(1_764_028_800_000_000);
pub(crate) const DAY_SECONDS: i64 = 86_400;
/// One unit, in the millionths that quantities are kept in.
pub(crate) const UNIT: i64 = 1_000_000;

/// A place: its code, its warehouse, what it is for, how early it is picked.
pub(crate) struct PlaceFacts {
    pub(crate) code: &'static str,
    pub(crate) warehouse: usize,
    pub(crate) kind: LocationKind,
    pub(crate) pick_priority: i32,
}

impl PlaceFacts {
    pub(crate) fn is_storage(&self) -> bool {
        self.kind == LocationKind::Storage
    }
}

/// A product: its sku, how it is tracked, the step of its quantities in millionths, whether it has stock, whether what
/// comes waits for inspection.
pub(crate) struct ProductFacts {
    pub(crate) sku: &'static str,
    pub(crate) tracking: Tracking,
    pub(crate) step: i64,
    pub(crate) is_stockable: bool,
    pub(crate) is_inspected: bool,
}

pub(crate) const WAREHOUSES: [&str; 2] = ["MAIN", "EAST"];

const fn place(code: &'static str, warehouse: usize, kind: LocationKind, pick_priority: i32) -> PlaceFacts {
    PlaceFacts { code, warehouse, kind, pick_priority }
}

pub(crate) const PLACES: [PlaceFacts; 9] = [
    place("A-01", 0, LocationKind::Storage, 1),
    place("A-02", 0, LocationKind::Storage, 1),
    place("B-01", 0, LocationKind::Storage, 2),
    place("DOCK", 0, LocationKind::Receiving, 0),
    place("E-01", 1, LocationKind::Storage, 5),
    place("STAGE", 0, LocationKind::Staging, 0),
    place("PACK", 0, LocationKind::Packing, 0),
    place("BACK", 0, LocationKind::Returns, 0),
    place("TRUCK", 0, LocationKind::Transit, 0),
];
/// Where goods go that nobody says a place for, warehouse by warehouse.
pub(crate) const DEFAULT_PLACES: [Option<usize>; 2] = [Some(0), None];

const fn product(
    sku: &'static str,
    tracking: Tracking,
    step: i64,
    is_stockable: bool,
    is_inspected: bool,
) -> ProductFacts {
    ProductFacts { sku, tracking, step, is_stockable, is_inspected }
}

pub(crate) const PRODUCTS: [ProductFacts; 6] = [
    product("TEA", Tracking::None, UNIT / 2, true, false),
    product("MILK", Tracking::Lot, UNIT, true, false),
    product("CAMERA", Tracking::Serial, UNIT, true, false),
    product("POSTAGE", Tracking::None, UNIT, false, false),
    product("GLASS", Tracking::None, UNIT, true, true),
    product("SET", Tracking::None, UNIT, true, false),
];
/// The product that is a kit, and what one of it is made of.
pub(crate) const KIT: usize = 5;
pub(crate) const PARTS: [(usize, i64); 2] = [(0, UNIT / 2), (4, 2 * UNIT)];

/// Whom goods are bought from, and how many percent more than ordered may come.
pub(crate) const VENDOR: &str = "POTTER";
pub(crate) const OVER_RECEIPT_PERCENT: i64 = 50;

/// Who works on the floor.
pub(crate) const PEOPLE: [&str; 2] = ["anna", "bert"];

pub(crate) fn person(who: usize) -> Actor {
    Actor { id: PEOPLE[who].parse().unwrap(), kind: ActorType::User }
}

/// Lots and serials: what the first who names one says of its date.
pub(crate) const LOTS: [(&str, Option<i64>); 4] =
    [("L0", Some(0)), ("L1", Some(2)), ("L2", None), ("L3", Some(-1))];

/// The date of a lot.
pub(crate) fn expires_on(days: Option<i64>) -> Option<Timestamp> {
    days.map(|days| TODAY.plus_seconds(days * DAY_SECONDS))
}

/// Makes all of it.
#[derive(Debug)]
pub(crate) struct Prepare;

impl Work for Prepare {
    type Done = ();
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(), Refusal> {
        let stock = &mut draft.stock;
        let warehouse = |at: usize, default: Option<usize>| WarehouseSpec {
            code: WAREHOUSES[at].parse().unwrap(),
            facts: WarehouseFacts {
                name: WAREHOUSES[at].parse().unwrap(),
                is_default: at == 0,
                default_location: default.map(|place| PLACES[place].code.parse().unwrap()),
                active: true,
            },
        };
        for at in 0..WAREHOUSES.len() {
            save_warehouse(stock, &warehouse(at, None), None, &|_| Vec::new(), context)?;
        }
        for place in &PLACES {
            let facts = LocationFacts {
                warehouse: Some(WAREHOUSES[place.warehouse].parse().unwrap()),
                name: None,
                kind: place.kind,
                pick_priority: place.pick_priority,
                capacity_m3: None,
                active: true,
            };
            let spec = LocationSpec { code: place.code.parse().unwrap(), facts };
            save_location(stock, &spec, None, &|_| Vec::new(), context)?;
        }
        for (at, default) in DEFAULT_PLACES.into_iter().enumerate() {
            save_warehouse(stock, &warehouse(at, default), None, &|_| Vec::new(), context)?;
        }
        for product in &PRODUCTS {
            let facts = inventory::ProductFacts {
                name: product.sku.parse().unwrap(),
                unit: "each".parse().unwrap(),
                stockable: product.is_stockable,
                active: true,
                tracking: product.tracking,
                needs_inspection: product.is_inspected,
                quantity_step: Quantity::from_micros(product.step).unwrap(),
                weight_kg: None,
                volume_m3: None,
                over_receipt_percent: None,
                standard_cost: None,
                barcodes: Vec::new(),
                bill_of_materials: if product.sku == PRODUCTS[KIT].sku { parts() } else { Vec::new() },
                settings: Vec::new(),
            };
            let spec = ProductSpec { sku: product.sku.parse().unwrap(), facts };
            save_product(stock, &spec, None, &|_| Vec::new(), context)?;
        }
        Ok(())
    }
}

fn parts() -> Vec<inventory::Component> {
    let part = |(product, quantity): (usize, i64)| inventory::Component {
        sku: PRODUCTS[product].sku.parse().unwrap(),
        quantity: Quantity::from_micros(quantity).and_then(Quantity::positive).unwrap(),
    };
    PARTS.into_iter().map(part).collect()
}

/// The vendor's record.
pub(crate) fn vendor() -> Operate<CreateRecord> {
    let percent = Quantity::from_micros(OVER_RECEIPT_PERCENT * UNIT);
    let (code, name) = (VENDOR.parse().unwrap(), VENDOR.parse().unwrap());
    let payload = Vendor { code, name, email: None, lead_time_days: None, over_receipt_percent: percent };
    let command = CreateRecord {
        body: Body::Vendors(Sheet { payload, lines: Vec::new() }),
        warehouse: None,
        priority: Priority::Normal,
        assignee: None,
        due_at: None,
    };
    Operate { command, actor: person(0) }
}

/// Lets goods be bought from the vendor.
pub(crate) fn approve_vendor(id: RecordId) -> Operate<TransitionRecord> {
    let (module, to) = (Module::Vendors, RecordState::Approved);
    let command = TransitionRecord { module, id, to, reason: None, expected_version: None };
    Operate { command, actor: person(0) }
}
