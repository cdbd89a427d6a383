//! What every sequence begins with: two warehouses, five places, four products, and lots that may come.

use commands::{Draft, Work};
use inventory::{
    Context, LocationFacts, LocationKind, LocationSpec, ProductSpec, Tracking, WarehouseFacts, WarehouseSpec,
    save_location, save_product, save_warehouse,
};
use kernel::{Quantity, Refusal, Timestamp};

/// When a sequence begins: some time in the afternoon.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_764_082_800_000_000);
/// Midnight of that day.
const TODAY: Timestamp = Timestamp::from_micros(1_764_028_800_000_000);
pub(crate) const DAY_SECONDS: i64 = 86_400;
/// One unit, in the millionths that quantities are kept in.
pub(crate) const UNIT: i64 = 1_000_000;

/// A place: its code, its warehouse, whether it is storage, how early it is picked.
pub(crate) struct PlaceFacts {
    pub(crate) code: &'static str,
    pub(crate) warehouse: usize,
    pub(crate) is_storage: bool,
    pub(crate) pick_priority: i32,
}

/// A product: its sku, how it is tracked, the step of its quantities in millionths, whether it has stock.
pub(crate) struct ProductFacts {
    pub(crate) sku: &'static str,
    pub(crate) tracking: Tracking,
    pub(crate) step: i64,
    pub(crate) is_stockable: bool,
}

pub(crate) const WAREHOUSES: [&str; 2] = ["MAIN", "EAST"];

const fn place(code: &'static str, warehouse: usize, is_storage: bool, pick_priority: i32) -> PlaceFacts {
    PlaceFacts { code, warehouse, is_storage, pick_priority }
}

pub(crate) const PLACES: [PlaceFacts; 5] = [
    place("A-01", 0, true, 1),
    place("A-02", 0, true, 1),
    place("B-01", 0, true, 2),
    place("DOCK", 0, false, 0),
    place("E-01", 1, true, 5),
];

const fn product(sku: &'static str, tracking: Tracking, step: i64, is_stockable: bool) -> ProductFacts {
    ProductFacts { sku, tracking, step, is_stockable }
}

pub(crate) const PRODUCTS: [ProductFacts; 4] = [
    product("TEA", Tracking::None, UNIT / 2, true),
    product("MILK", Tracking::Lot, UNIT, true),
    product("CAMERA", Tracking::Serial, UNIT, true),
    product("POSTAGE", Tracking::None, UNIT, false),
];

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
        for code in WAREHOUSES {
            let facts = WarehouseFacts {
                name: code.parse().unwrap(),
                is_default: code == WAREHOUSES[0],
                default_location: None,
                active: true,
            };
            save_warehouse(
                stock,
                &WarehouseSpec { code: code.parse().unwrap(), facts },
                None,
                &|_| Vec::new(),
                context,
            )?;
        }
        for place in &PLACES {
            let facts = LocationFacts {
                warehouse: Some(WAREHOUSES[place.warehouse].parse().unwrap()),
                name: None,
                kind: if place.is_storage { LocationKind::Storage } else { LocationKind::Receiving },
                pick_priority: place.pick_priority,
                capacity_m3: None,
                active: true,
            };
            let spec = LocationSpec { code: place.code.parse().unwrap(), facts };
            save_location(stock, &spec, None, &|_| Vec::new(), context)?;
        }
        for product in &PRODUCTS {
            let facts = inventory::ProductFacts {
                name: product.sku.parse().unwrap(),
                unit: "each".parse().unwrap(),
                stockable: product.is_stockable,
                active: true,
                tracking: product.tracking,
                needs_inspection: false,
                quantity_step: Quantity::from_micros(product.step).unwrap(),
                weight_kg: None,
                volume_m3: None,
                over_receipt_percent: None,
                standard_cost: None,
                barcodes: Vec::new(),
                bill_of_materials: Vec::new(),
                settings: Vec::new(),
            };
            let spec = ProductSpec { sku: product.sku.parse().unwrap(), facts };
            save_product(stock, &spec, None, &|_| Vec::new(), context)?;
        }
        Ok(())
    }
}
