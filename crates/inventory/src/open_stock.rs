//! The stock that stands there when the ledger begins.

use kernel::{Day, PositiveQuantity};

use crate::{
    BalanceKey, Bucket, Context, Cost, Location, LocationCode, Lot, MovementKind, NewMovement, NewTransfer,
    Party, Place, Sku, StockDraft, StockRefusal, Tracking, Warehouse,
};

/// Stock that was found somewhere, to open its balance with.
#[derive(Debug, Clone)]
pub struct OpenStock {
    /// What.
    pub sku: Sku,
    /// Where; none for the default location of the default warehouse.
    pub location: Option<LocationCode>,
    /// Which lot.
    pub lot: Lot,
    /// The last good day of the lot, if it does not keep.
    pub expires_on: Option<Day>,
    /// How much.
    pub quantity: PositiveQuantity,
    /// What one unit cost.
    pub unit_cost: Cost,
}

/// What opening did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// The balance was opened with this stock.
    Posted,
    /// The balance has a history already: nothing was done.
    HasHistory,
}

/// Opens a balance, once: `adjustment` → `available`. A balance that has a history is left alone, so that a repeat
/// changes nothing. Answers which balance it was, too.
///
/// # Errors
/// A [`StockRefusal`] where the product, location or lot does not fit.
pub fn open_stock(
    stock: &mut StockDraft<'_>,
    line: &OpenStock,
    context: &Context,
) -> Result<(Opened, BalanceKey), StockRefusal> {
    let unknown = || StockRefusal::UnknownSku { skus: vec![line.sku.clone()] };
    let product = stock.product_by_sku(&line.sku).ok_or_else(unknown)?.clone();
    let default_location = stock.warehouse(None).and_then(|warehouse| warehouse.default_location);
    let location = match &line.location {
        Some(code) => stock.location_by_code(code),
        None => default_location.and_then(|id| stock.location(id)),
    };
    let in_use = |location: &&Location| {
        let holds = |warehouse: &&Warehouse| warehouse.id == location.warehouse;
        location.active && stock.warehouses().find(holds).is_some_and(|warehouse| warehouse.active)
    };
    let unknown = || StockRefusal::UnknownLocation { code: line.location.clone() };
    let location = location.filter(in_use).ok_or_else(unknown)?.id;
    let key = BalanceKey { product: product.id, location, lot: line.lot.clone() };
    if stock.balance(&key).id.is_some() {
        return Ok((Opened::HasHistory, key));
    }
    product.check_step(line.quantity.get())?;
    if product.tracking != Tracking::None {
        stock.register_lot(product.id, &line.lot, line.expires_on, context);
    }
    let transfer = NewTransfer {
        product: product.id,
        lot: line.lot.clone(),
        quantity: line.quantity,
        from: Place::Outside(Party::Adjustment),
        to: Place::At(location, Bucket::Available),
        record_line: None,
        unit_cost: line.unit_cost,
    };
    stock.post(
        NewMovement {
            kind: MovementKind::Opening,
            record: None,
            reason: None,
            effective_at: context.now,
            transfers: vec![transfer],
        },
        context,
    )?;
    Ok((Opened::Posted, key))
}
