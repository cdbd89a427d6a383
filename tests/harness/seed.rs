//! What a test begins with, as CSV files, and the bodies that most tests send. Knows the import formats and nothing
//! of what tests expect.

use serde_json::{Value, json};

use super::{Database, erp, finish};

/// Products, locations and opening stock.
pub(crate) struct Seed {
    products: String,
    locations: String,
    stock: String,
}

impl Seed {
    /// No product at all.
    pub(crate) fn empty() -> Self {
        Self {
            products: "sku,name,unit,stockable,tracking,quantity_step\n".to_owned(),
            locations: "warehouse,code,name,kind,pick_priority\n".to_owned(),
            stock: "sku,location,lot,expires_on,quantity\n".to_owned(),
        }
    }

    /// One of each kind: BOLT 500, NUT 20 + 5 on SHELF-A, FLOUR 12.345678 kg, MILK in two lots, EMPTY without stock,
    /// POSTAGE that has none.
    pub(crate) fn standard() -> Self {
        Self::empty()
            .product("BOLT", "true", "none", "1")
            .product("NUT", "true", "none", "1")
            .product("FLOUR", "true", "none", "0.000001")
            .product("MILK", "true", "lot", "1")
            .product("EMPTY", "true", "none", "1")
            .product("POSTAGE", "false", "none", "1")
            .location("SHELF-A")
            .stock("BOLT", "MAIN-STORAGE-DEFAULT", "", "", "500")
            .stock("NUT", "MAIN-STORAGE-DEFAULT", "", "", "20")
            .stock("NUT", "SHELF-A", "", "", "5")
            .stock("FLOUR", "MAIN-STORAGE-DEFAULT", "", "", "12.345678")
            .stock("MILK", "MAIN-STORAGE-DEFAULT", "LATE", "2099-12-31", "3")
            .stock("MILK", "MAIN-STORAGE-DEFAULT", "EARLY", "2098-12-31", "4")
    }

    /// With six of a lot of milk that has expired long ago.
    pub(crate) fn expired_milk(self) -> Self {
        self.stock("MILK", "SHELF-A", "OLD", "2020-01-31", "6")
    }

    /// A plain product with this much of it.
    pub(crate) fn with(self, sku: &str, units: u32) -> Self {
        self.product(sku, "true", "none", "1").stock(sku, "MAIN-STORAGE-DEFAULT", "", "", &units.to_string())
    }

    fn product(mut self, sku: &str, stockable: &str, tracking: &str, step: &str) -> Self {
        self.products.push_str(&format!("{sku},{sku} for tests,each,{stockable},{tracking},{step}\n"));
        self
    }

    fn location(mut self, code: &str) -> Self {
        self.locations.push_str(&format!("MAIN,{code},{code},storage,5\n"));
        self
    }

    fn stock(mut self, sku: &str, location: &str, lot: &str, expires_on: &str, quantity: &str) -> Self {
        self.stock.push_str(&format!("{sku},{location},{lot},{expires_on},{quantity}\n"));
        self
    }

    /// Brings it in through `erp import`.
    pub(crate) fn import(&self, database: &Database) {
        for (kind, content) in
            [("products", &self.products), ("locations", &self.locations), ("stock", &self.stock)]
        {
            if content.lines().nth(1).is_some() {
                let file = database.file(&format!("{kind}.csv"), content);
                finish(erp(&database.url, &["import", kind, file.to_str().unwrap()]));
            }
        }
    }
}

/// An order of one line.
pub(crate) fn order(order_ref: &str, sku: &str, quantity: impl Into<Value>) -> Value {
    json!({ "order_ref": order_ref, "lines": [{ "sku": sku, "quantity": quantity.into() }] })
}

/// A consumption of everything.
pub(crate) fn proof() -> Value {
    json!({ "shipment_proof":
        { "carrier": "DHL", "tracking_number": "00340434161094042557", "shipped_at": "2026-01-02T03:04:05Z" } })
}
