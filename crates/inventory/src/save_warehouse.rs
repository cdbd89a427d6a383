//! Making and changing warehouses.

use kernel::{LocationId, Version, WarehouseId};
use serde::{Deserialize, Serialize};

use crate::save_product::check_version;
use crate::{
    Context, Holder, Location, LocationCode, LocationKind, MasterRefusal, Name, Saved, StockDraft,
    StockRefusal, UsedElsewhere, Warehouse, WarehouseCode,
};

/// A warehouse without its code. What is absent is the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct WarehouseFacts {
    /// For people.
    pub name: Name,
    /// Whether it is the one that is meant where none is named. There is always exactly one: the first, until another
    /// is made it.
    #[serde(default)]
    pub is_default: bool,
    /// The storage location that is meant where none is named; it is made if no location has this code.
    #[serde(default)]
    pub default_location: Option<LocationCode>,
    /// Whether it is in use.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}

/// A warehouse as somebody wants it.
#[derive(Debug, Clone)]
pub struct WarehouseSpec {
    /// Its code, which never changes.
    pub code: WarehouseCode,
    /// Everything else.
    pub facts: WarehouseFacts,
}

const IS_DEFAULT: &str = "the default warehouse: make another one the default first";

/// Makes the warehouse or changes it; one that becomes the default takes that from the other one. A repeat changes
/// nothing. It goes out of use only while nothing stands there and nothing else uses it.
///
/// # Errors
/// [`StockRefusal::UnknownLocation`] where the default location is not a storage location of this warehouse that is
/// in use; [`MasterRefusal::VersionMismatch`]; [`MasterRefusal::InUse`] for stock and for what else uses it, and where
/// the default warehouse would be out of use or be the default no more.
pub fn save_warehouse(
    stock: &mut StockDraft<'_>,
    spec: &WarehouseSpec,
    expected_version: Option<Version>,
    used: &UsedElsewhere<'_, WarehouseId>,
    context: &Context,
) -> Result<Saved, MasterRefusal> {
    let facts = &spec.facts;
    let known = stock.warehouse(Some(&spec.code)).cloned();
    let version = known.as_ref().map_or(Version::NONE, |known| known.version);
    check_version(spec.code.as_str(), expected_version, version)?;
    let is_first = stock.warehouses().next().is_none();
    let is_default = facts.is_default || is_first;
    if let Some(known) = &known {
        check_guarded(stock, known, facts, used)?;
    }
    if is_default && !facts.active {
        return Err(MasterRefusal::InUse {
            what: spec.code.to_string(),
            fields: vec!["active"],
            by: vec![IS_DEFAULT],
        });
    }
    let id = known.as_ref().map_or_else(|| WarehouseId(stock.numbering.counters.take_id()), |known| known.id);
    let default_location = match &facts.default_location {
        None => None,
        Some(code) => Some(default_location(stock, code, id, context)?),
    };
    let wanted = Warehouse {
        id,
        code: spec.code.clone(),
        name: facts.name.clone(),
        is_default,
        default_location,
        active: facts.active,
        version,
        request: known.as_ref().map_or(context.request, |known| known.request),
    };
    if known.as_ref() == Some(&wanted) {
        return Ok(Saved::Unchanged);
    }
    if is_default {
        let others = stock.warehouses().filter(|other| other.is_default && other.code != spec.code);
        for other in others.cloned().collect::<Vec<_>>() {
            let version = other.version.next();
            let other = Warehouse { is_default: false, version, request: context.request, ..other };
            stock.changes.warehouses.insert(other.id, other);
        }
    }
    let version = version.next();
    stock.changes.warehouses.insert(wanted.id, Warehouse { version, request: context.request, ..wanted });
    Ok(if known.is_some() { Saved::Changed } else { Saved::Made })
}

/// The default location of a warehouse; a code that no location has yet gets one, for storage.
fn default_location(
    stock: &mut StockDraft<'_>,
    code: &LocationCode,
    warehouse: WarehouseId,
    context: &Context,
) -> Result<LocationId, MasterRefusal> {
    let Some(known) = stock.location_by_code(code) else {
        let id = LocationId(stock.numbering.counters.take_id());
        let made = Location {
            id,
            warehouse,
            code: code.clone(),
            name: Name::of(code),
            kind: LocationKind::Storage,
            pick_priority: 100,
            capacity_m3: None,
            active: true,
            version: Version::NONE.next(),
            request: context.request,
        };
        stock.put_location(made);
        return Ok(id);
    };
    let fits = known.warehouse == warehouse && known.kind == LocationKind::Storage && known.active;
    let unknown = || StockRefusal::UnknownLocation { code: Some(code.clone()) };
    if fits { Ok(known.id) } else { Err(unknown().into()) }
}

fn check_guarded(
    stock: &StockDraft<'_>,
    known: &Warehouse,
    facts: &WarehouseFacts,
    used: &UsedElsewhere<'_, WarehouseId>,
) -> Result<(), MasterRefusal> {
    let closes = known.active && !facts.active;
    let guarded = [("is_default", known.is_default && !facts.is_default), ("active", closes)];
    let fields: Vec<_> = guarded.into_iter().filter(|(_, changes)| *changes).map(|(name, _)| name).collect();
    let mut by = Vec::new();
    if closes && stock.has_stock(Holder::Warehouse(known.id)) {
        by.push("stock");
    }
    if closes {
        by.extend(used(known.id));
    }
    if known.is_default && !fields.is_empty() {
        by.push(IS_DEFAULT);
    }
    if by.is_empty() {
        Ok(())
    } else {
        Err(MasterRefusal::InUse { what: known.code.to_string(), fields, by })
    }
}
