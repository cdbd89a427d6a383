//! Looking up what a line names: the product, a place, a balance.

use inventory::{
    Bucket, HoldReason, Location, LocationCode, LocationKind, Lot, Place, Product, Sku, StockRefusal,
};
use kernel::WarehouseId;

use crate::{Floor, Head};

/// The product of a line.
pub(crate) fn product<'f>(sku: &Sku, floor: &'f Floor<'_, '_>) -> Result<&'f Product, StockRefusal> {
    let unknown = || StockRefusal::UnknownSku { skus: vec![sku.clone()] };
    floor.stock.product_by_sku(sku).ok_or_else(unknown)
}

/// A location in use of a warehouse.
pub(crate) fn location<'f>(
    code: &LocationCode,
    warehouse: WarehouseId,
    floor: &'f Floor<'_, '_>,
) -> Result<&'f Location, StockRefusal> {
    let known = floor.stock.location_by_code(code);
    let fits = known.filter(|location| location.warehouse == warehouse && location.active);
    fits.ok_or_else(|| StockRefusal::UnknownLocation { code: Some(code.clone()) })
}

/// The location that is meant where none is named: the default one of the record's warehouse.
pub(crate) fn default_location<'f>(
    head: &Head,
    floor: &'f Floor<'_, '_>,
) -> Result<&'f Location, StockRefusal> {
    let warehouse = floor.stock.warehouses().find(|warehouse| warehouse.id == head.warehouse);
    let default = warehouse.and_then(|warehouse| floor.stock.location(warehouse.default_location?));
    default.ok_or(StockRefusal::UnknownLocation { code: None })
}

/// Where goods stand that may leave again: available on storage, else held for putaway.
pub(crate) fn free_at(location: &Location) -> Place {
    let bucket = match location.kind {
        LocationKind::Storage => Bucket::Available,
        LocationKind::Receiving
        | LocationKind::Quality
        | LocationKind::Staging
        | LocationKind::Packing
        | LocationKind::Returns
        | LocationKind::Transit => Bucket::Held(HoldReason::Putaway),
    };
    Place::At(location.id, bucket)
}

/// The lot of a line; none where it names none.
pub(crate) fn lot_of(lot: Option<&Lot>) -> Lot {
    lot.cloned().unwrap_or_else(Lot::none)
}
