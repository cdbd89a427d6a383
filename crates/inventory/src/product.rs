//! What is stocked.

use std::str::FromStr;

use kernel::{Day, Invalid, Money, ProductId, Quantity, RequestSeq, Timestamp, Version};
use serde::{Deserialize, Serialize};

use crate::{HoldReason, Name, ProductDetails, ProductFacts, ProductSpec, Sku, StockRefusal};

/// How finely the stock of a product is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum Tracking {
    /// One unit is as good as another.
    #[default]
    None,
    /// By lot: units made together.
    Lot,
    /// By serial number: each unit for itself.
    Serial,
}

impl Tracking {
    /// As it is written in rows and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lot => "lot",
            Self::Serial => "serial",
        }
    }
}

impl FromStr for Tracking {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::None, Self::Lot, Self::Serial]
            .into_iter()
            .find(|tracking| tracking.as_str() == text)
            .ok_or_else(|| Invalid::new("must be none, lot or serial"))
    }
}

/// A product, as far as its stock is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Inside.
    pub id: ProductId,
    /// Outside.
    pub sku: Sku,
    /// For people.
    pub name: Name,
    /// What one unit of quantity is: `each`, `kg`.
    pub unit: Name,
    /// Whether it has stock at all (postage and services have none).
    pub stockable: bool,
    /// Whether new orders may name it.
    pub active: bool,
    /// How finely its stock is told apart.
    pub tracking: Tracking,
    /// Whether what arrives waits for quality control.
    pub needs_inspection: bool,
    /// Order quantities are whole multiples of this (1: no third of a shirt).
    pub quantity_step: Quantity,
    /// Of one unit.
    pub weight_kg: Option<Quantity>,
    /// Of one unit.
    pub volume_m3: Option<Quantity>,
    /// How much more than ordered is taken, in percent; none: as its vendor says.
    pub over_receipt_percent: Option<Quantity>,
    /// What one unit is taken to cost where nothing better is known.
    pub standard_cost: Option<Money>,
    /// Raised with each change.
    pub version: Version,
    /// The request that changed it last.
    pub request: RequestSeq,
}

impl Product {
    /// A product as somebody wants it.
    pub(crate) fn new(id: ProductId, spec: &ProductSpec, version: Version, request: RequestSeq) -> Self {
        let facts = &spec.facts;
        Self {
            id,
            sku: spec.sku.clone(),
            name: facts.name.clone(),
            unit: facts.unit.clone(),
            stockable: facts.stockable,
            active: facts.active,
            tracking: facts.tracking,
            needs_inspection: facts.needs_inspection,
            quantity_step: facts.quantity_step,
            weight_kg: facts.weight_kg,
            volume_m3: facts.volume_m3,
            over_receipt_percent: facts.over_receipt_percent,
            standard_cost: facts.standard_cost,
            version,
            request,
        }
    }

    /// What is said of it outside.
    pub fn facts(&self, details: &ProductDetails) -> ProductFacts {
        ProductFacts {
            name: self.name.clone(),
            unit: self.unit.clone(),
            stockable: self.stockable,
            active: self.active,
            tracking: self.tracking,
            needs_inspection: self.needs_inspection,
            quantity_step: self.quantity_step,
            weight_kg: self.weight_kg,
            volume_m3: self.volume_m3,
            over_receipt_percent: self.over_receipt_percent,
            standard_cost: self.standard_cost,
            barcodes: details.barcodes.clone(),
            bill_of_materials: details.bill_of_materials.clone(),
            settings: details.settings.clone(),
        }
    }

    /// Whether an order may ask for this quantity of this product.
    ///
    /// # Errors
    /// [`StockRefusal::NotStockable`] or [`StockRefusal::OffStep`].
    pub fn check_order(&self, quantity: Quantity) -> Result<(), StockRefusal> {
        if !self.stockable || !self.active {
            return Err(StockRefusal::NotStockable { sku: self.sku.clone() });
        }
        self.check_step(quantity)
    }

    /// Whether this quantity is a whole number of the product's steps.
    ///
    /// # Errors
    /// [`StockRefusal::OffStep`].
    pub fn check_step(&self, quantity: Quantity) -> Result<(), StockRefusal> {
        if quantity.is_multiple_of(self.quantity_step) {
            Ok(())
        } else {
            Err(StockRefusal::OffStep { sku: self.sku.clone(), step: self.quantity_step })
        }
    }
}

/// What is known of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LotFacts {
    /// The last day on which the lot may leave; none where it keeps.
    pub expires_on: Option<Day>,
    /// Whether it is called back.
    pub recalled: bool,
    /// Raised with each change.
    pub version: Version,
    /// The request that changed it last.
    pub request: RequestSeq,
}

impl Default for LotFacts {
    fn default() -> Self {
        Self { expires_on: None, recalled: false, version: Version::NONE, request: RequestSeq(0) }
    }
}

impl LotFacts {
    /// Whether the day it expires on, its last good one, is over.
    pub fn is_expired(self, now: Timestamp) -> bool {
        self.expires_on.is_some_and(|day| day.ends() <= now)
    }

    /// Why its stock may not leave, if it may not.
    pub fn blocked(self, now: Timestamp) -> Option<HoldReason> {
        if self.recalled {
            return Some(HoldReason::Recall);
        }
        self.is_expired(now).then_some(HoldReason::Expired)
    }
}
