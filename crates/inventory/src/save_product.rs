//! Making and changing products.

use kernel::{Money, ProductId, Quantity, Version};

use crate::{Name, Product, Sku, StockDraft, StockRefusal, Tracking};

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
#[expect(missing_docs, reason = "the fields are those of Product")]
pub struct ProductSpec {
    pub sku: Sku,
    pub name: Name,
    pub unit: Name,
    pub stockable: bool,
    pub tracking: Tracking,
    pub needs_inspection: bool,
    pub quantity_step: Quantity,
    pub barcode: Option<Name>,
    pub standard_cost: Option<Money>,
}

/// Makes the product or changes it. A repeat changes nothing.
///
/// # Errors
/// [`StockRefusal::FieldFixed`] where unit, tracking or stockability of a known product would change: the ledger was
/// written under them.
pub fn save_product(stock: &mut StockDraft<'_>, spec: &ProductSpec) -> Result<Saved, StockRefusal> {
    let known = stock.product_by_sku(&spec.sku).cloned();
    if let Some(known) = &known {
        let fixed = [
            ("unit", known.unit != spec.unit),
            ("tracking", known.tracking != spec.tracking),
            ("stockability", known.stockable != spec.stockable),
        ];
        if let Some((field, _)) = fixed.into_iter().find(|(_, changes)| *changes) {
            return Err(StockRefusal::FieldFixed { sku: spec.sku.clone(), field });
        }
    }
    let wanted = Product {
        id: known.as_ref().map_or_else(|| ProductId(stock.numbering.counters.take_id()), |known| known.id),
        sku: spec.sku.clone(),
        name: spec.name.clone(),
        unit: spec.unit.clone(),
        stockable: spec.stockable,
        active: known.as_ref().is_none_or(|known| known.active),
        tracking: spec.tracking,
        needs_inspection: spec.needs_inspection,
        quantity_step: spec.quantity_step,
        barcode: spec.barcode.clone(),
        standard_cost: spec.standard_cost,
        version: known.as_ref().map_or(Version::NONE, |known| known.version),
    };
    if known.as_ref() == Some(&wanted) {
        return Ok(Saved::Unchanged);
    }
    let version = wanted.version.next();
    stock.changes.products.insert(wanted.id, Product { version, ..wanted });
    Ok(if known.is_some() { Saved::Changed } else { Saved::Made })
}
