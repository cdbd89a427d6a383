//! Master data as it is shown, and the port for reading it.

use kernel::{Day, StoreError, Version};
use serde::Serialize;

use crate::{
    Barcode, Location, LocationCode, LocationFacts, LocationKind, Lot, Name, Page, ProductFacts, Sku,
    StockDraft, Tracking, WarehouseCode, WarehouseFacts,
};

/// A product.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of ProductFacts")]
pub struct ProductView {
    pub sku: Sku,
    #[serde(flatten)]
    pub facts: ProductFacts,
    pub version: Version,
}

/// A location.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of LocationFacts")]
pub struct LocationView {
    pub code: LocationCode,
    #[serde(flatten)]
    pub facts: LocationFacts,
    pub version: Version,
}

/// A warehouse.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of WarehouseFacts")]
pub struct WarehouseView {
    pub code: WarehouseCode,
    #[serde(flatten)]
    pub facts: WarehouseFacts,
    pub version: Version,
}

/// A lot or serial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct LotView {
    /// Of which product.
    pub sku: Sku,
    /// Its number.
    pub lot: Lot,
    /// Its last good day; none where it keeps.
    pub expires_on: Option<Day>,
    /// Whether it is called back: its stock is held until the recall ends.
    pub recalled: bool,
    /// Raised with each change.
    pub version: Version,
}

impl ProductView {
    /// Shows a product of a draft.
    pub fn in_draft(sku: &Sku, stock: &StockDraft<'_>) -> Option<Self> {
        let product = stock.product_by_sku(sku)?;
        let facts = product.facts(stock.details(product.id)?);
        Some(Self { sku: sku.clone(), facts, version: product.version })
    }
}

impl LocationView {
    /// Shows a location of a draft.
    pub fn in_draft(code: &LocationCode, stock: &StockDraft<'_>) -> Option<Self> {
        let location = stock.location_by_code(code)?;
        let warehouse = stock.warehouses().find(|warehouse| warehouse.id == location.warehouse)?;
        Some(Self::of(location, &warehouse.code))
    }

    /// Shows a location.
    pub fn of(location: &Location, warehouse: &WarehouseCode) -> Self {
        let facts = LocationFacts {
            warehouse: Some(warehouse.clone()),
            name: Some(location.name.clone()),
            kind: location.kind,
            pick_priority: location.pick_priority,
            capacity_m3: location.capacity_m3,
            active: location.active,
        };
        Self { code: location.code.clone(), facts, version: location.version }
    }
}

impl WarehouseView {
    /// Shows a warehouse of a draft.
    pub fn in_draft(code: &WarehouseCode, stock: &StockDraft<'_>) -> Option<Self> {
        let warehouse = stock.warehouse(Some(code))?;
        let default_location = match warehouse.default_location {
            None => None,
            Some(id) => Some(stock.location(id)?.code.clone()),
        };
        let facts = WarehouseFacts {
            name: warehouse.name.clone(),
            is_default: warehouse.is_default,
            default_location,
            active: warehouse.active,
        };
        Some(Self { code: code.clone(), facts, version: warehouse.version })
    }
}

impl LotView {
    /// Shows a lot of a draft.
    pub fn in_draft(sku: &Sku, lot: &Lot, stock: &StockDraft<'_>) -> Option<Self> {
        let facts = stock.lot(stock.product_by_sku(sku)?.id, lot)?;
        Some(Self {
            sku: sku.clone(),
            lot: lot.clone(),
            expires_on: facts.expires_on,
            recalled: facts.recalled,
            version: facts.version,
        })
    }
}

/// The columns of a product file, read and written: pointers into a [`ProductView`].
pub const PRODUCT_COLUMNS: &[&str] = &[
    "sku",
    "name",
    "unit",
    "stockable",
    "active",
    "tracking",
    "needs_inspection",
    "quantity_step",
    "weight_kg",
    "volume_m3",
    "over_receipt_percent",
    "standard_cost/amount",
    "standard_cost/currency",
    "barcodes",
    "bill_of_materials",
    "settings",
];
/// The columns of a location file.
pub const LOCATION_COLUMNS: &[&str] =
    &["code", "warehouse", "name", "kind", "pick_priority", "capacity_m3", "active"];
/// The columns of a warehouse file.
pub const WAREHOUSE_COLUMNS: &[&str] = &["code", "name", "is_default", "default_location", "active"];

/// Which products are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFilter {
    /// These; empty: all.
    pub skus: Vec<Sku>,
    /// With this barcode.
    pub barcode: Option<Barcode>,
    /// With this text in sku or name, in any case of ASCII letters.
    pub search: Option<Name>,
    /// Tracked like this.
    pub tracking: Option<Tracking>,
    /// In use, or not.
    pub active: Option<bool>,
}

/// Which locations are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocationFilter {
    /// This one.
    pub code: Option<LocationCode>,
    /// In this warehouse.
    pub warehouse: Option<WarehouseCode>,
    /// Of this kind.
    pub kind: Option<LocationKind>,
    /// In use, or not.
    pub active: Option<bool>,
}

/// Reads of master data. Each call reads one snapshot; rows come in the order of their codes (by bytes), with the place
/// where the page ended if there are more.
pub trait MasterViews {
    /// Products.
    ///
    /// # Errors
    /// [`StoreError`].
    fn products(
        &mut self,
        filter: &ProductFilter,
        page: &Page,
    ) -> Result<(Vec<ProductView>, Option<String>), StoreError>;

    /// Locations.
    ///
    /// # Errors
    /// [`StoreError`].
    fn locations(
        &mut self,
        filter: &LocationFilter,
        page: &Page,
    ) -> Result<(Vec<LocationView>, Option<String>), StoreError>;

    /// Warehouses: this one, or those in use or not, or all.
    ///
    /// # Errors
    /// [`StoreError`].
    fn warehouses(
        &mut self,
        code: Option<&WarehouseCode>,
        active: Option<bool>,
        page: &Page,
    ) -> Result<(Vec<WarehouseView>, Option<String>), StoreError>;

    /// Lots of a product: this one, or all, in the order of their numbers.
    ///
    /// # Errors
    /// [`StoreError`].
    fn lots(
        &mut self,
        sku: &Sku,
        lot: Option<&Lot>,
        page: &Page,
    ) -> Result<(Vec<LotView>, Option<String>), StoreError>;

    /// Up to `limit` lots that may not leave any more (expired at `now`, or recalled) and of which something on a
    /// storage location is still available or reserved.
    ///
    /// # Errors
    /// [`StoreError`].
    fn lots_to_withdraw(&mut self, now: kernel::Timestamp, limit: u32)
    -> Result<Vec<(Sku, Lot)>, StoreError>;
}
