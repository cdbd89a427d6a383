//! What people say of a product: the fields of its master data, as they are read and written outside.

use kernel::{Money, PositiveQuantity, Quantity};
use serde::{Deserialize, Serialize};

use crate::{Barcode, LocationCode, Name, Sku, Tracking, WarehouseCode};

/// A product without its sku. What is absent is the default; what is null is not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct ProductFacts {
    /// For people.
    pub name: Name,
    /// What one unit of quantity is: `each`, `kg`.
    #[serde(default = "Name::each")]
    pub unit: Name,
    /// Whether it has stock at all (postage and services have none).
    #[serde(default = "yes")]
    pub stockable: bool,
    /// Whether new orders may name it.
    #[serde(default = "yes")]
    pub active: bool,
    /// How finely its stock is told apart.
    #[serde(default)]
    pub tracking: Tracking,
    /// Whether what arrives waits for quality control.
    #[serde(default)]
    pub needs_inspection: bool,
    /// Order quantities are whole multiples of this (1: no third of a shirt; 0: anything goes).
    #[serde(default = "one")]
    pub quantity_step: Quantity,
    /// Of one unit.
    #[serde(default)]
    pub weight_kg: Option<Quantity>,
    /// Of one unit.
    #[serde(default)]
    pub volume_m3: Option<Quantity>,
    /// How much more than ordered is taken, in percent of the order line; null: as its vendor says; 0: nothing.
    #[serde(default)]
    pub over_receipt_percent: Option<Quantity>,
    /// What one unit is taken to cost where nothing better is known.
    #[serde(default)]
    pub standard_cost: Option<Money>,
    /// What scanners read on it.
    #[serde(default)]
    #[cfg_attr(feature = "wire", schemars(length(max = 500)))]
    pub barcodes: Vec<PackBarcode>,
    /// What one unit is made of; empty where it is no kit.
    #[serde(default)]
    #[cfg_attr(feature = "wire", schemars(length(max = 500)))]
    pub bill_of_materials: Vec<Component>,
    /// How it is kept, warehouse by warehouse.
    #[serde(default)]
    #[cfg_attr(feature = "wire", schemars(length(max = 500)))]
    pub settings: Vec<StockSettings>,
}

impl ProductFacts {
    /// The part that is loaded only where somebody asks for it.
    pub fn details(&self) -> ProductDetails {
        ProductDetails {
            barcodes: self.barcodes.clone(),
            bill_of_materials: self.bill_of_materials.clone(),
            settings: self.settings.clone(),
        }
    }
}

/// What orders and postings do not look at: loaded only where somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields are those of ProductFacts")]
pub struct ProductDetails {
    pub barcodes: Vec<PackBarcode>,
    pub bill_of_materials: Vec<Component>,
    pub settings: Vec<StockSettings>,
}

/// A code on a package, and how many units are in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct PackBarcode {
    /// What the scanner reads. No two products have the same.
    pub barcode: Barcode,
    /// The units that one scan stands for.
    #[serde(default = "one_unit")]
    pub quantity: PositiveQuantity,
}

/// A part of a kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Component {
    /// Which product.
    pub sku: Sku,
    /// How much of it is in one unit of the kit.
    pub quantity: PositiveQuantity,
}

/// How a product is kept in one warehouse. Quantities are in its stock unit; null: not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct StockSettings {
    /// Where.
    pub warehouse: WarehouseCode,
    /// Below this, more is ordered.
    #[serde(default)]
    pub reorder_point: Option<Quantity>,
    /// Below this, more is ordered at once.
    #[serde(default)]
    pub safety_stock: Option<Quantity>,
    /// Up to this, more is ordered.
    #[serde(default)]
    pub target: Option<Quantity>,
    /// No order is smaller.
    #[serde(default)]
    pub minimum_order: Option<PositiveQuantity>,
    /// Orders are whole multiples of this.
    #[serde(default)]
    pub order_multiple: Option<PositiveQuantity>,
    /// From the order to the dock.
    #[serde(default)]
    pub lead_time_days: Option<u16>,
    /// Who it is bought from.
    #[serde(default)]
    pub vendor: Option<Name>,
    /// Where it is put, the best place first.
    #[serde(default)]
    #[cfg_attr(feature = "wire", schemars(length(max = 500)))]
    pub putaway_bins: Vec<LocationCode>,
}

const fn yes() -> bool {
    true
}

const fn one() -> Quantity {
    Quantity::units(1)
}

const fn one_unit() -> PositiveQuantity {
    PositiveQuantity::ONE
}
