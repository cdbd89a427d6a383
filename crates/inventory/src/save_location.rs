//! Making and changing locations.

use kernel::{LocationId, Quantity, Version};
use serde::{Deserialize, Serialize};

use crate::save_product::check_version;
use crate::{
    Context, Holder, Location, LocationCode, LocationKind, MasterRefusal, Name, Saved, StockDraft,
    StockRefusal, UsedElsewhere, WarehouseCode,
};

/// A location without its code. What is absent is the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct LocationFacts {
    /// The warehouse, for ever; none for the default one.
    #[serde(default)]
    pub warehouse: Option<WarehouseCode>,
    /// For people; none for its code.
    #[serde(default)]
    pub name: Option<Name>,
    /// What it is for.
    #[serde(default)]
    pub kind: LocationKind,
    /// Lower is picked first.
    #[serde(default = "middle")]
    pub pick_priority: i32,
    /// How much fits, in cubic metres; putaway proposes no more. null: nobody has measured it.
    #[serde(default)]
    pub capacity_m3: Option<Quantity>,
    /// Whether it is in use.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn middle() -> i32 {
    100
}

const fn yes() -> bool {
    true
}

/// A location as somebody wants it.
#[derive(Debug, Clone)]
pub struct LocationSpec {
    /// Its code, which never changes.
    pub code: LocationCode,
    /// Everything else.
    pub facts: LocationFacts,
}

/// Makes the location or changes it. A repeat changes nothing. It stays in its warehouse; its kind and being in use
/// change only while nothing stands there, nothing else uses it and no warehouse has it as its default one.
///
/// # Errors
/// [`StockRefusal::UnknownWarehouse`], [`MasterRefusal::VersionMismatch`], [`MasterRefusal::LocationFixed`],
/// [`MasterRefusal::InUse`].
pub fn save_location(
    stock: &mut StockDraft<'_>,
    spec: &LocationSpec,
    expected_version: Option<Version>,
    used: &UsedElsewhere<'_, LocationCode>,
    context: &Context,
) -> Result<Saved, MasterRefusal> {
    let facts = &spec.facts;
    let unknown = || StockRefusal::UnknownWarehouse { code: facts.warehouse.clone() };
    let warehouse = stock.warehouse(facts.warehouse.as_ref()).ok_or_else(unknown)?.id;
    let known = stock.location_by_code(&spec.code).cloned();
    let version = known.as_ref().map_or(Version::NONE, |known| known.version);
    check_version(spec.code.as_str(), expected_version, version)?;
    if let Some(known) = &known {
        if known.warehouse != warehouse {
            return Err(MasterRefusal::LocationFixed { code: spec.code.clone() });
        }
        check_guarded(stock, known, facts, used)?;
    }
    let name = match &facts.name {
        Some(name) => name.clone(),
        None => Name::of(&spec.code),
    };
    let wanted = Location {
        id: known.as_ref().map_or_else(|| LocationId(stock.numbering.counters.take_id()), |known| known.id),
        warehouse,
        code: spec.code.clone(),
        name,
        kind: facts.kind,
        pick_priority: facts.pick_priority,
        capacity_m3: facts.capacity_m3,
        active: facts.active,
        version,
        request: known.as_ref().map_or(context.request, |known| known.request),
    };
    if known.as_ref() == Some(&wanted) {
        return Ok(Saved::Unchanged);
    }
    let version = version.next();
    stock.put_location(Location { version, request: context.request, ..wanted });
    Ok(if known.is_some() { Saved::Changed } else { Saved::Made })
}

fn check_guarded(
    stock: &StockDraft<'_>,
    known: &Location,
    facts: &LocationFacts,
    used: &UsedElsewhere<'_, LocationCode>,
) -> Result<(), MasterRefusal> {
    let guarded = [("kind", known.kind != facts.kind), ("active", known.active && !facts.active)];
    let fields: Vec<_> = guarded.into_iter().filter(|(_, changes)| *changes).map(|(name, _)| name).collect();
    if fields.is_empty() {
        return Ok(());
    }
    let mut by = Vec::new();
    if stock.has_stock(Holder::Location(known.id)) {
        by.push("stock");
    }
    by.extend(used(known.code.clone()));
    if stock.warehouses().any(|warehouse| warehouse.default_location == Some(known.id)) {
        by.push("default location of a warehouse");
    }
    if by.is_empty() {
        Ok(())
    } else {
        Err(MasterRefusal::InUse { what: known.code.to_string(), fields, by })
    }
}
