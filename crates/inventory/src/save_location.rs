//! Making and changing warehouses and locations.

use kernel::{LocationId, Version, WarehouseId};

use crate::{
    Location, LocationCode, LocationKind, Name, Saved, StockDraft, StockRefusal, Warehouse, WarehouseCode,
};

/// A warehouse as somebody wants it.
#[derive(Debug, Clone)]
pub struct WarehouseSpec {
    /// Its code, which never changes.
    pub code: WarehouseCode,
    /// Its name.
    pub name: Name,
    /// The storage location that is meant where none is named; it must exist.
    pub default_location: Option<LocationCode>,
}

/// Makes the warehouse or changes it; the first one is the default one. A repeat changes nothing.
///
/// # Errors
/// [`StockRefusal::UnknownLocation`] where the default location is not a storage location of this warehouse.
pub fn save_warehouse(stock: &mut StockDraft<'_>, spec: &WarehouseSpec) -> Result<Saved, StockRefusal> {
    let known = stock.warehouse(Some(&spec.code)).cloned();
    let is_first = stock.warehouses().next().is_none();
    let default_location = match &spec.default_location {
        None => known.as_ref().and_then(|known| known.default_location),
        Some(code) => {
            let found = stock.location_by_code(code).filter(|location| {
                location.kind == LocationKind::Storage
                    && known.as_ref().is_some_and(|known| known.id == location.warehouse)
            });
            Some(found.ok_or_else(|| StockRefusal::UnknownLocation { code: Some(code.clone()) })?.id)
        }
    };
    let wanted = Warehouse {
        id: known.as_ref().map_or_else(|| WarehouseId(stock.numbering.counters.take_id()), |known| known.id),
        code: spec.code.clone(),
        name: spec.name.clone(),
        is_default: known.as_ref().map_or(is_first, |known| known.is_default),
        default_location,
        version: known.as_ref().map_or(Version::NONE, |known| known.version),
    };
    if known.as_ref() == Some(&wanted) {
        return Ok(Saved::Unchanged);
    }
    let version = wanted.version.next();
    stock.changes.warehouses.insert(wanted.id, Warehouse { version, ..wanted });
    Ok(if known.is_some() { Saved::Changed } else { Saved::Made })
}

/// A location as somebody wants it.
#[derive(Debug, Clone)]
pub struct LocationSpec {
    /// The warehouse; none for the default one.
    pub warehouse: Option<WarehouseCode>,
    /// Its code, which never changes.
    pub code: LocationCode,
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub kind: LocationKind,
    /// Lower is picked first.
    pub pick_priority: i32,
}

/// Makes the location or changes its name and priority. A repeat changes nothing.
///
/// # Errors
/// [`StockRefusal::UnknownWarehouse`]; [`StockRefusal::NotAllowed`] where the location exists in another warehouse
/// or is of another kind.
pub fn save_location(stock: &mut StockDraft<'_>, spec: &LocationSpec) -> Result<Saved, StockRefusal> {
    let unknown = || StockRefusal::UnknownWarehouse { code: spec.warehouse.clone() };
    let warehouse = stock.warehouse(spec.warehouse.as_ref()).ok_or_else(unknown)?.id;
    let known = stock.location_by_code(&spec.code).cloned();
    if known.as_ref().is_some_and(|known| known.warehouse != warehouse || known.kind != spec.kind) {
        let why = "A location stays in its warehouse and keeps its kind.";
        return Err(StockRefusal::NotAllowed { why });
    }
    let wanted = Location {
        id: known.as_ref().map_or_else(|| LocationId(stock.numbering.counters.take_id()), |known| known.id),
        warehouse,
        code: spec.code.clone(),
        name: spec.name.clone(),
        kind: spec.kind,
        pick_priority: spec.pick_priority,
        active: known.as_ref().is_none_or(|known| known.active),
        version: known.as_ref().map_or(Version::NONE, |known| known.version),
    };
    if known.as_ref() == Some(&wanted) {
        return Ok(Saved::Unchanged);
    }
    let version = wanted.version.next();
    stock.changes.locations.insert(wanted.id, Location { version, ..wanted });
    Ok(if known.is_some() { Saved::Changed } else { Saved::Made })
}
