//! Lots: the day they expire on, and recalls. What a recall or a date does to promises is not known here.

use kernel::{Day, Version};

use crate::save_product::check_version;
use crate::{
    Bucket, Context, HoldReason, LocationKind, Lot, LotFacts, MasterRefusal, MovementKind, NewMovement,
    NewTransfer, Place, Product, Reason, Sku, StockDraft, StockRefusal, Tracking,
};

/// A product and one of its lots, as they are.
fn known(stock: &StockDraft<'_>, sku: &Sku, lot: &Lot) -> Result<(Product, LotFacts), MasterRefusal> {
    let unknown = || StockRefusal::UnknownSku { skus: vec![sku.clone()] };
    let product = stock.product_by_sku(sku).ok_or_else(unknown)?.clone();
    if product.tracking == Tracking::None {
        return Err(StockRefusal::LotNotTracked { sku: sku.clone() }.into());
    }
    let unknown = || StockRefusal::UnknownLot { sku: sku.clone(), lot: lot.clone() };
    let facts = stock.lot(product.id, lot).ok_or_else(unknown)?;
    Ok((product, facts))
}

fn name(sku: &Sku, lot: &Lot) -> String {
    format!("{sku} lot {lot}")
}

impl StockDraft<'_> {
    fn put_lot(&mut self, product: &Product, lot: &Lot, facts: LotFacts, context: &Context) {
        let facts = LotFacts { version: facts.version.next(), request: context.request, ..facts };
        self.changes.lots.insert((product.id, lot.clone()), facts);
    }
}

/// Changes the day a lot expires on. One that keeps longer than was thought gives back what was held as expired; one
/// that is over already is withdrawn by whoever knows the promises. A repeat changes nothing.
///
/// # Errors
/// [`StockRefusal::UnknownSku`], [`StockRefusal::UnknownLot`], [`StockRefusal::LotNotTracked`],
/// [`MasterRefusal::VersionMismatch`].
pub fn save_lot(
    stock: &mut StockDraft<'_>,
    (sku, lot): (&Sku, &Lot),
    expires_on: Option<Day>,
    expected_version: Option<Version>,
    context: &Context,
) -> Result<(), MasterRefusal> {
    let (product, facts) = known(stock, sku, lot)?;
    check_version(&name(sku, lot), expected_version, facts.version)?;
    if facts.expires_on == expires_on {
        return Ok(());
    }
    let wanted = LotFacts { expires_on, ..facts };
    stock.put_lot(&product, lot, wanted, context);
    if facts.is_expired(context.now) && !wanted.is_expired(context.now) {
        free(stock, &product, lot, HoldReason::Expired, wanted, None, context)?;
    }
    Ok(())
}

/// Marks a lot as recalled; its stock is held by whoever knows the promises.
///
/// # Errors
/// [`MasterRefusal::LotHeld`] where it is recalled already, and those of [`save_lot`].
pub fn recall_lot(
    stock: &mut StockDraft<'_>,
    (sku, lot): (&Sku, &Lot),
    expected_version: Option<Version>,
    context: &Context,
) -> Result<(), MasterRefusal> {
    let (product, facts) = known(stock, sku, lot)?;
    check_version(&name(sku, lot), expected_version, facts.version)?;
    if facts.recalled {
        return Err(MasterRefusal::LotHeld { sku: sku.clone(), lot: lot.clone() });
    }
    stock.put_lot(&product, lot, LotFacts { recalled: true, ..facts }, context);
    Ok(())
}

/// Ends a recall: what was held for it is available again where it stands on storage, else waits to be put away; what
/// has expired meanwhile stays held, as expired.
///
/// # Errors
/// [`MasterRefusal::LotNotHeld`] where it is not recalled, and those of [`save_lot`].
pub fn end_recall(
    stock: &mut StockDraft<'_>,
    (sku, lot): (&Sku, &Lot),
    reason: &Reason,
    expected_version: Option<Version>,
    context: &Context,
) -> Result<(), MasterRefusal> {
    let (product, facts) = known(stock, sku, lot)?;
    check_version(&name(sku, lot), expected_version, facts.version)?;
    if !facts.recalled {
        return Err(MasterRefusal::LotNotHeld { sku: sku.clone(), lot: lot.clone() });
    }
    let wanted = LotFacts { recalled: false, ..facts };
    stock.put_lot(&product, lot, wanted, context);
    free(stock, &product, lot, HoldReason::Recall, wanted, Some(reason.clone()), context)
}

/// Moves everything of a lot that is held for a reason to where it belongs now.
fn free(
    stock: &mut StockDraft<'_>,
    product: &Product,
    lot: &Lot,
    reason: HoldReason,
    facts: LotFacts,
    why: Option<Reason>,
    context: &Context,
) -> Result<(), MasterRefusal> {
    let warehouses: Vec<_> = stock.warehouses().map(|warehouse| warehouse.id).collect();
    let mut transfers = Vec::new();
    for warehouse in warehouses {
        for (key, balance) in
            stock.scope(product.id, warehouse).into_iter().filter(|(key, _)| key.lot == *lot)
        {
            let Some(quantity) = balance.held(reason).positive() else { continue };
            let kind = stock.location(key.location).map(|location| location.kind);
            let bucket = match facts.blocked(context.now) {
                Some(other) => Bucket::Held(other),
                None if kind == Some(LocationKind::Storage) => Bucket::Available,
                None => Bucket::Held(HoldReason::Putaway),
            };
            transfers.push(NewTransfer {
                product: product.id,
                lot: lot.clone(),
                quantity,
                from: Place::At(key.location, Bucket::Held(reason)),
                to: Place::At(key.location, bucket),
                record_line: None,
                unit_cost: None,
            });
        }
    }
    if transfers.is_empty() {
        return Ok(());
    }
    let kind = MovementKind::Unhold;
    let movement = NewMovement { kind, record: None, reason: why, effective_at: context.now, transfers };
    stock.post(movement, context)?;
    Ok(())
}
