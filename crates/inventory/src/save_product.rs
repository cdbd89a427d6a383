//! Making and changing products.

use std::collections::BTreeSet;

use kernel::{ProductId, Version};

use crate::{
    Barcode, Component, Context, Holder, MasterRefusal, Product, ProductDetails, ProductFacts, Sku,
    StockDraft, StockRefusal, StockSettings,
};

/// What saving did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// There was none; now there is.
    Made,
    /// It was changed.
    Changed,
    /// It was like that already.
    Unchanged,
}

/// A product as somebody wants it.
#[derive(Debug, Clone)]
pub struct ProductSpec {
    /// Its code, which never changes.
    pub sku: Sku,
    /// Everything else.
    pub facts: ProductFacts,
}

/// What else uses something, by name ("reservations"), where this crate cannot know.
pub type UsedElsewhere<'a, Id> = dyn Fn(Id) -> Vec<&'static str> + 'a;

/// How deep kits may be made of kits.
const MOST_LEVELS: usize = 8;

/// Makes the product or changes it. A repeat changes nothing. Unit, tracking, kind (stockable or not) and being in
/// use change only while there is no stock of it and nothing else uses it.
///
/// # Errors
/// [`MasterRefusal::InUse`], [`MasterRefusal::VersionMismatch`], [`MasterRefusal::BarcodeTaken`],
/// [`StockRefusal::UnknownSku`] for components, [`StockRefusal::UnknownWarehouse`] and
/// [`StockRefusal::UnknownLocation`] for settings, [`MasterRefusal::ProductInvalid`].
pub fn save_product(
    stock: &mut StockDraft<'_>,
    spec: &ProductSpec,
    expected_version: Option<Version>,
    used: &UsedElsewhere<'_, ProductId>,
    context: &Context,
) -> Result<Saved, MasterRefusal> {
    let known = stock.product_by_sku(&spec.sku).cloned();
    let version = known.as_ref().map_or(Version::NONE, |known| known.version);
    check_version(spec.sku.as_str(), expected_version, version)?;
    let details = spec.facts.details();
    let before = match &known {
        Some(known) => stock.details(known.id).cloned().unwrap_or_default(),
        None => ProductDetails::default(),
    };
    if let Some(known) = &known {
        check_guarded(stock, known, &spec.facts, used)?;
    }
    let id = known.as_ref().map_or_else(|| ProductId(stock.numbering.counters.take_id()), |known| known.id);
    let request = known.as_ref().map_or(context.request, |known| known.request);
    let wanted = Product::new(id, spec, version, request);
    if known.as_ref() == Some(&wanted) && before == details {
        return Ok(Saved::Unchanged);
    }
    check_lengths(&details)?;
    check_barcodes(stock, id, &details.barcodes.iter().map(|row| &row.barcode).collect::<Vec<_>>())?;
    check_components(stock, &spec.sku, &details.bill_of_materials)?;
    check_settings(stock, &details.settings)?;
    let version = version.next();
    stock.put_product(Product { version, request: context.request, ..wanted });
    if before != details || known.is_none() {
        stock.put_details(id, details);
    }
    Ok(if known.is_some() { Saved::Changed } else { Saved::Made })
}

/// Refuses a change by somebody who has seen another version; 0 stands for "there is none yet".
pub(crate) fn check_version(
    what: &str,
    expected: Option<Version>,
    actual: Version,
) -> Result<(), MasterRefusal> {
    match expected.filter(|expected| *expected != actual) {
        Some(expected) => Err(MasterRefusal::VersionMismatch { what: what.to_owned(), expected, actual }),
        None => Ok(()),
    }
}

/// No list of a product is longer.
const MOST_ROWS: usize = 500;

fn check_lengths(details: &ProductDetails) -> Result<(), MasterRefusal> {
    let bins = details.settings.iter().map(|row| ("/settings", row.putaway_bins.len()));
    let lists = [
        ("/barcodes", details.barcodes.len()),
        ("/bill_of_materials", details.bill_of_materials.len()),
        ("/settings", details.settings.len()),
    ];
    match lists.into_iter().chain(bins).find(|(_, rows)| *rows > MOST_ROWS) {
        Some((pointer, _)) => Err(MasterRefusal::ProductInvalid {
            pointer,
            why: format!("A list has at most {MOST_ROWS} rows."),
        }),
        None => Ok(()),
    }
}

fn check_guarded(
    stock: &StockDraft<'_>,
    known: &Product,
    facts: &ProductFacts,
    used: &UsedElsewhere<'_, ProductId>,
) -> Result<(), MasterRefusal> {
    let guarded = [
        ("unit", known.unit != facts.unit),
        ("tracking", known.tracking != facts.tracking),
        ("stockable", known.stockable != facts.stockable),
        ("active", known.active && !facts.active),
    ];
    let fields: Vec<_> = guarded.into_iter().filter(|(_, changes)| *changes).map(|(name, _)| name).collect();
    if fields.is_empty() {
        return Ok(());
    }
    let mut by = Vec::new();
    if stock.has_stock(Holder::Product(known.id)) {
        by.push("stock");
    }
    by.extend(used(known.id));
    if by.is_empty() { Ok(()) } else { Err(MasterRefusal::InUse { what: known.sku.to_string(), fields, by }) }
}

fn check_barcodes(stock: &StockDraft<'_>, id: ProductId, barcodes: &[&Barcode]) -> Result<(), MasterRefusal> {
    let mut seen = BTreeSet::new();
    for barcode in barcodes {
        if !seen.insert(*barcode) {
            let why = format!("The barcode {barcode} stands twice.");
            return Err(MasterRefusal::ProductInvalid { pointer: "/barcodes", why });
        }
        if let Some(other) = stock.product_by_barcode(barcode).filter(|other| *other != id) {
            let sku = stock.product(other).map(|other| other.sku.clone());
            return Err(MasterRefusal::BarcodeTaken { barcode: (*barcode).clone(), sku });
        }
    }
    Ok(())
}

/// Every component must be there, once, and nothing may be made of itself, however far down.
fn check_components(stock: &StockDraft<'_>, kit: &Sku, parts: &[Component]) -> Result<(), MasterRefusal> {
    let mut seen = BTreeSet::new();
    let invalid = |why: String| MasterRefusal::ProductInvalid { pointer: "/bill_of_materials", why };
    if let Some(twice) = parts.iter().find(|part| !seen.insert(&part.sku)) {
        return Err(invalid(format!("The component {} stands twice.", twice.sku)));
    }
    let unknown = |part: &&Component| part.sku != *kit && stock.product_by_sku(&part.sku).is_none();
    let unknown: Vec<_> = parts.iter().filter(unknown).map(|part| part.sku.clone()).collect();
    if !unknown.is_empty() {
        return Err(StockRefusal::UnknownSku { skus: unknown }.into());
    }
    let mut level: BTreeSet<Sku> = parts.iter().map(|part| part.sku.clone()).collect();
    for _ in 0..MOST_LEVELS {
        if level.contains(kit) {
            return Err(invalid(format!("{kit} would be made of itself.")));
        }
        let next = level.iter().filter_map(|sku| stock.details(stock.product_by_sku(sku)?.id));
        level =
            next.flat_map(|details| details.bill_of_materials.iter().map(|part| part.sku.clone())).collect();
        if level.is_empty() {
            return Ok(());
        }
    }
    Err(invalid(format!("Kits are made of kits over more than {MOST_LEVELS} levels.")))
}

fn check_settings(stock: &StockDraft<'_>, settings: &[StockSettings]) -> Result<(), MasterRefusal> {
    let mut seen = BTreeSet::new();
    for row in settings {
        if !seen.insert(&row.warehouse) {
            let why = format!("The warehouse {} stands twice.", row.warehouse);
            return Err(MasterRefusal::ProductInvalid { pointer: "/settings", why });
        }
        let unknown = || StockRefusal::UnknownWarehouse { code: Some(row.warehouse.clone()) };
        let warehouse = stock.warehouse(Some(&row.warehouse)).ok_or_else(unknown)?.id;
        for bin in &row.putaway_bins {
            let found = stock.location_by_code(bin).filter(|location| location.warehouse == warehouse);
            found.ok_or_else(|| StockRefusal::UnknownLocation { code: Some(bin.clone()) })?;
        }
    }
    Ok(())
}
