//! What is stocked.

use std::str::FromStr;

use kernel::{Invalid, Money, ProductId, Quantity, Timestamp, Version};
use serde::{Deserialize, Serialize};

use crate::{Name, Sku, StockRefusal};

/// How finely the stock of a product is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum Tracking {
    /// One unit is as good as another.
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
    /// The code that scanners read.
    pub barcode: Option<Name>,
    /// What one unit is taken to cost where nothing better is known.
    pub standard_cost: Option<Money>,
    /// Raised with each change.
    pub version: Version,
}

impl Product {
    /// Whether an order may ask for this quantity of this product.
    ///
    /// # Errors
    /// [`StockRefusal::NotStockable`] or [`StockRefusal::OffStep`].
    pub fn check_order(&self, quantity: Quantity) -> Result<(), StockRefusal> {
        if !self.stockable || !self.active {
            return Err(StockRefusal::NotStockable { sku: self.sku.clone() });
        }
        if !quantity.is_multiple_of(self.quantity_step) {
            return Err(StockRefusal::OffStep { sku: self.sku.clone(), step: self.quantity_step });
        }
        Ok(())
    }
}

/// What is known of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LotFacts {
    /// Midnight UTC of the last day on which the lot may leave; none where it keeps.
    pub expires_on: Option<Timestamp>,
}

impl LotFacts {
    /// Whether the lot may leave no more: the day it expires on is its last good one.
    pub fn is_expired(self, now: Timestamp) -> bool {
        const DAY_SECONDS: i64 = 86_400;
        self.expires_on.is_some_and(|day| day.plus_seconds(DAY_SECONDS) <= now)
    }
}
