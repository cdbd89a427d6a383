//! From what an order asks for to lines that are short of everything: products found, kits taken apart.

use std::collections::BTreeSet;

use inventory::{Product, StockDraft, StockRefusal, Tracking, Warehouse};
use kernel::{PositiveQuantity, Quantity};

use crate::create_reservation::NewLine;
use crate::{KitPart, Line, ReservationRefusal};

/// The most lines of a reservation, those of exploded kits counted.
pub(crate) const MOST_LINES: usize = 2000;

/// How deep kits of kits are taken apart; deeper ones cannot be saved.
const MOST_LEVELS: usize = 8;

/// Resolves lines, numbered from `first`, to be added to those that are there. Every unknown sku is named at once.
/// With `explode` a kit that has no stock of its own in the warehouse becomes a line for each of its components.
pub(crate) fn resolve(
    stock: &StockDraft<'_>,
    asked: &[NewLine],
    warehouse: &Warehouse,
    explode: bool,
    (first, there): (u32, &[Line]),
) -> Result<Vec<Line>, ReservationRefusal> {
    let unknown: BTreeSet<_> = asked
        .iter()
        .filter(|line| stock.product_by_sku(&line.sku).is_none())
        .map(|line| line.sku.clone())
        .collect();
    if !unknown.is_empty() {
        return Err(StockRefusal::UnknownSku { skus: unknown.into_iter().collect() }.into());
    }
    let of_kits = there.iter().filter_map(|line| line.kit.as_ref()?.line_ref.as_ref());
    let mut references: BTreeSet<_> =
        there.iter().filter_map(|line| line.line_ref.as_ref()).chain(of_kits).collect();
    let mut lines = Vec::with_capacity(asked.len());
    for asked in asked {
        if let Some(line_ref) = asked.line_ref.as_ref().filter(|line_ref| !references.insert(*line_ref)) {
            return Err(ReservationRefusal::LineRefTwice { line_ref: line_ref.clone() });
        }
        let mut parts = vec![(asked.clone(), None)];
        if explode {
            parts = take_apart(stock, asked, warehouse)?;
        }
        if there.len().saturating_add(lines.len()).saturating_add(parts.len()) > MOST_LINES {
            return Err(ReservationRefusal::TooManyLines);
        }
        for (part, kit) in parts {
            lines.push(Line { kit, ..resolve_line(stock, &part, warehouse)? });
        }
    }
    lines.iter_mut().zip(first..).for_each(|(line, line_no)| line.line_no = line_no);
    Ok(lines)
}

/// The line itself where it is no kit or has stock of its own; else a line for each component, however deep.
fn take_apart(
    stock: &StockDraft<'_>,
    asked: &NewLine,
    warehouse: &Warehouse,
) -> Result<Vec<(NewLine, Option<KitPart>)>, ReservationRefusal> {
    let of_kit =
        KitPart { sku: asked.sku.clone(), line_ref: asked.line_ref.clone(), quantity: asked.quantity };
    let mut level = vec![(asked.clone(), None)];
    for _ in 0..=MOST_LEVELS {
        let mut next = Vec::with_capacity(level.len());
        let mut exploded = false;
        for (line, kit) in level {
            if next.len() > MOST_LINES {
                break;
            }
            let parts = components(stock, &line, warehouse)?;
            exploded |= parts.is_some();
            match parts {
                None => next.push((line, kit)),
                Some(parts) => next.extend(parts.into_iter().map(|part| (part, Some(of_kit.clone())))),
            }
        }
        level = next;
        if level.len() > MOST_LINES {
            return Err(ReservationRefusal::TooManyLines);
        }
        if !exploded {
            break;
        }
    }
    Ok(level)
}

/// What a line is made of; nothing where it is no kit, or one with stock of its own in the warehouse.
fn components(
    stock: &StockDraft<'_>,
    line: &NewLine,
    warehouse: &Warehouse,
) -> Result<Option<Vec<NewLine>>, ReservationRefusal> {
    let unknown = || StockRefusal::UnknownSku { skus: vec![line.sku.clone()] };
    let product: &Product = stock.product_by_sku(&line.sku).ok_or_else(unknown)?;
    let Some(details) = stock.details(product.id).filter(|details| !details.bill_of_materials.is_empty())
    else {
        return Ok(None);
    };
    let stands = |(_, balance): &(_, &inventory::Balance)| !balance.owned().is_zero();
    if product.stockable && stock.scope(product.id, warehouse.id).iter().any(stands) {
        return Ok(None);
    }
    let part = |part: &inventory::Component| {
        let quantity = part.quantity.get().checked_mul(line.quantity.get());
        let quantity = quantity.filter(|quantity| *quantity <= Quantity::MAX).and_then(Quantity::positive);
        let not_exact = || ReservationRefusal::KitNotExact { sku: line.sku.clone() };
        let quantity: PositiveQuantity = quantity.ok_or_else(not_exact)?;
        Ok(NewLine {
            sku: part.sku.clone(),
            quantity,
            line_ref: None,
            location: line.location.clone(),
            lot: None,
        })
    };
    details.bill_of_materials.iter().map(part).collect::<Result<_, _>>().map(Some)
}

fn resolve_line(
    stock: &StockDraft<'_>,
    asked: &NewLine,
    warehouse: &Warehouse,
) -> Result<Line, StockRefusal> {
    let unknown = || StockRefusal::UnknownSku { skus: vec![asked.sku.clone()] };
    let product = stock.product_by_sku(&asked.sku).ok_or_else(unknown)?;
    product.check_order(asked.quantity.get())?;
    if let Some(code) = &asked.location {
        let found = stock
            .location_by_code(code)
            .filter(|location| location.warehouse == warehouse.id && location.active);
        found.ok_or_else(|| StockRefusal::UnknownLocation { code: Some(code.clone()) })?;
    }
    let lot = asked.lot.as_ref().filter(|lot| !lot.is_none());
    if let Some(lot) = lot {
        if product.tracking == Tracking::None {
            return Err(StockRefusal::LotNotTracked { sku: asked.sku.clone() });
        }
        let unknown = || StockRefusal::UnknownLot { sku: asked.sku.clone(), lot: lot.clone() };
        stock.lot(product.id, lot).ok_or_else(unknown)?;
    }
    Ok(Line {
        line_no: 0,
        line_ref: asked.line_ref.clone(),
        product: product.id,
        sku: asked.sku.clone(),
        location: asked.location.clone(),
        lot: lot.cloned(),
        requested: asked.quantity,
        short: asked.quantity.get(),
        released: Quantity::ZERO,
        consumed: Quantity::ZERO,
        to_unpick: Quantity::ZERO,
        kit: None,
        allocations: Vec::new(),
    })
}
