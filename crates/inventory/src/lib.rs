//! Stock: products, locations, balances, and the one posting engine that moves quantities between places.
//!
//! Every change of a balance is a transfer in an append-only ledger, so stock is conserved by construction. This
//! crate knows no order, no document and no cohort; it never loads, locks or writes: it decides over a
//! [`StockDraft`] and names what it has not been shown.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod audit;
mod balance;
mod draft;
mod history;
mod hold_lot;
mod ledger_views;
mod location;
mod master_refusal;
mod master_views;
mod movement;
mod names;
mod open_stock;
mod place;
mod posting;
mod product;
mod product_facts;
mod refusal;
mod reverse_movement;
mod save_location;
mod save_product;
mod save_warehouse;
mod store;
mod views;

#[cfg(test)]
mod tests;

pub use audit::{Audit, AuditedTransfer, BalanceAudit, Violation};
pub use balance::{Balance, BalanceKey};
pub use draft::{Holder, StockChanges, StockDraft, StockNeeds, StockSet};
pub use history::History;
pub use hold_lot::{end_recall, recall_lot, save_lot};
pub use ledger_views::{
    CheckedBalance, Difference, ExplainFilter, Explanation, KindSum, LedgerFilter, LedgerViews,
    MovementEntry, PlaceView, StockHolder, TransferEntry,
};
pub use location::{Location, LocationKind, Warehouse};
pub use master_refusal::MasterRefusal;
pub use master_views::{
    LOCATION_COLUMNS, LocationFilter, LocationView, LotView, MasterViews, PRODUCT_COLUMNS, ProductFilter,
    ProductView, WAREHOUSE_COLUMNS, WarehouseView,
};
pub use movement::{
    Context, Cost, Movement, MovementKind, NewMovement, NewTransfer, RecordedMovement, Transfer, Trust,
};
pub use names::{Barcode, LocationCode, Lot, Name, Reason, Sku, WarehouseCode};
pub use open_stock::{OpenStock, Opened, open_stock};
pub use place::{Bucket, HoldReason, Party, Place};
pub use product::{LotFacts, Product, Tracking};
pub use product_facts::{Component, PackBarcode, ProductDetails, ProductFacts, StockSettings};
pub use refusal::{Shortage, StockRefusal};
pub use reverse_movement::reverse_movement;
pub use save_location::{LocationFacts, LocationSpec, save_location};
pub use save_product::{ProductSpec, Saved, UsedElsewhere, save_product};
pub use save_warehouse::{WarehouseFacts, WarehouseSpec, save_warehouse};
pub use store::StockStore;
pub use views::{AvailabilityFilter, AvailabilityRow, Grouping, Page, StockViews};
