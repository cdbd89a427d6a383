//! The posting engine: the only code that writes balances.
//!
//! A movement is checked as a whole before anything is changed; a refusal names every place that is short.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{BalanceId, MovementId, Quantity};

use crate::history::Canonical;
use crate::{
    Balance, BalanceKey, Bucket, Context, Holder, LocationKind, Movement, NewMovement, NewTransfer, Place,
    Product, Shortage, StockDraft, StockRefusal, Transfer,
};

impl StockDraft<'_> {
    /// Posts a movement: takes its transfers in order, raises the version of each balance that a transfer touches by
    /// one (once where both ends are the same balance) and extends its history hash. Needs the products, locations
    /// and balances of all ends. Calling it twice posts twice: repeats are the caller's matter.
    ///
    /// # Errors
    /// A [`StockRefusal`], with the draft unchanged.
    pub fn post(&mut self, asked: NewMovement, context: &Context) -> Result<MovementId, StockRefusal> {
        self.post_as(asked, None, context)
    }

    pub(crate) fn post_as(
        &mut self,
        asked: NewMovement,
        reverses: Option<kernel::MovementSeq>,
        context: &Context,
    ) -> Result<MovementId, StockRefusal> {
        // All that is to be looked for, at once.
        for transfer in &asked.transfers {
            let product = self.product(transfer.product);
            if product.is_some_and(|product| product.tracking == crate::Tracking::Serial) {
                let _asked = self.has_stock(Holder::Lot(transfer.product, transfer.lot.clone()));
            }
        }
        let mut serials = BTreeSet::new();
        for transfer in &asked.transfers {
            self.check(transfer)?;
            let product = self.known_product(transfer)?;
            let comes_in = product.tracking == crate::Tracking::Serial && transfer.from.location().is_none();
            if comes_in && !serials.insert((product.id, &transfer.lot)) {
                let (sku, serial) = (product.sku.clone(), transfer.lot.clone());
                return Err(StockRefusal::SerialTaken { sku, serial });
            }
        }
        let mut numbering = self.numbering.clone();
        let id = MovementId(numbering.mint.uuid());
        let mut touched = Touched { draft: self, balances: BTreeMap::new(), short: BTreeMap::new() };
        let mut transfers = Vec::with_capacity(asked.transfers.len());
        for (line, transfer) in asked.transfers.iter().enumerate() {
            touched.apply(transfer, &mut numbering.counters)?;
            transfers.push(touched.record(line, transfer, id, asked.effective_at, context)?);
        }
        let Touched { balances, short, .. } = touched;
        if !short.is_empty() {
            let shortages =
                short.into_iter().filter_map(|(place, sums)| self.shortage(&place, sums)).collect();
            return Err(StockRefusal::Insufficient { shortages });
        }
        self.changes.balances.extend(balances);
        self.changes.movements.push(Movement {
            seq: numbering.counters.take_movement(),
            id,
            kind: asked.kind,
            request: context.request,
            record: asked.record,
            reverses,
            reason: asked.reason,
            effective_at: asked.effective_at,
            recorded_at: context.now,
            transfers,
        });
        self.numbering = numbering;
        Ok(id)
    }

    /// What can be said of a transfer without looking at quantities.
    fn check(&self, transfer: &NewTransfer) -> Result<(), StockRefusal> {
        let product = self.known_product(transfer)?;
        if !product.stockable {
            return Err(StockRefusal::NotStockable { sku: product.sku.clone() });
        }
        match product.tracking {
            crate::Tracking::None if !transfer.lot.is_none() => {
                return Err(StockRefusal::LotNotTracked { sku: product.sku.clone() });
            }
            crate::Tracking::Lot | crate::Tracking::Serial if transfer.lot.is_none() => {
                return Err(StockRefusal::LotRequired { sku: product.sku.clone() });
            }
            crate::Tracking::None | crate::Tracking::Lot | crate::Tracking::Serial => {}
        }
        self.check_serial(product, transfer)?;
        let outside = |place: Place| place.location().is_none();
        if outside(transfer.from) && outside(transfer.to) {
            return Err(StockRefusal::NotAllowed { why: "Stock cannot move from outside to outside." });
        }
        if transfer.from == transfer.to {
            return Err(StockRefusal::NotAllowed { why: "Stock cannot move from a place to itself." });
        }
        for place in [transfer.from, transfer.to] {
            let Place::At(location, bucket) = place else { continue };
            let location = self.location(location).ok_or(StockRefusal::UnknownLocation { code: None })?;
            if bucket == Bucket::Available && location.kind != LocationKind::Storage {
                return Err(StockRefusal::NotAllowed {
                    why: "Only stock on a storage location can be available.",
                });
            }
        }
        Ok(())
    }

    /// A serial number is one unit, and comes in only while it is nowhere.
    fn check_serial(&self, product: &Product, transfer: &NewTransfer) -> Result<(), StockRefusal> {
        if product.tracking != crate::Tracking::Serial {
            return Ok(());
        }
        let comes_in = transfer.from.location().is_none();
        let is_here = comes_in && self.has_stock(Holder::Lot(product.id, transfer.lot.clone()));
        if is_here || transfer.quantity.get() != kernel::Quantity::units(1) {
            return Err(StockRefusal::SerialTaken { sku: product.sku.clone(), serial: transfer.lot.clone() });
        }
        Ok(())
    }

    fn known_product(&self, transfer: &NewTransfer) -> Result<&Product, StockRefusal> {
        self.product(transfer.product).ok_or(StockRefusal::UnknownSku { skus: Vec::new() })
    }

    fn shortage(
        &self,
        place: &(BalanceKey, Bucket),
        (requested, available): (Quantity, Quantity),
    ) -> Option<Shortage> {
        let (key, bucket) = place;
        let (bucket, hold_reason) = match bucket {
            Bucket::Available => ("available", None),
            Bucket::Reserved => ("reserved", None),
            Bucket::Held(reason) => ("held", Some(*reason)),
        };
        Some(Shortage {
            sku: self.product(key.product)?.sku.clone(),
            location: Some(self.location(key.location)?.code.clone()),
            lot: Some(key.lot.clone()).filter(|lot| !lot.is_none()),
            bucket,
            hold_reason,
            requested,
            available,
        })
    }
}

/// The balances of a movement while it is taken transfer by transfer.
struct Touched<'d, 'a> {
    draft: &'d StockDraft<'a>,
    balances: BTreeMap<BalanceKey, Balance>,
    /// Places that ran short: what was asked of them in all, and what they had when they first did.
    short: BTreeMap<(BalanceKey, Bucket), (Quantity, Quantity)>,
}

impl Touched<'_, '_> {
    fn balance(&mut self, key: &BalanceKey) -> &mut Balance {
        self.balances.entry(key.clone()).or_insert_with(|| self.draft.balance(key))
    }

    fn apply(&mut self, transfer: &NewTransfer, counters: &mut kernel::Counters) -> Result<(), StockRefusal> {
        let quantity = transfer.quantity.get();
        if let (Some(key), Place::At(_, bucket)) = (transfer.key(transfer.from), transfer.from) {
            let had = self.balance(&key).bucket(bucket);
            match had.checked_sub(quantity) {
                Some(rest) => self.balance(&key).set_bucket(bucket, rest),
                None => {
                    let sums = self.short.entry((key, bucket)).or_insert((Quantity::ZERO, had));
                    sums.0 = sums.0.saturating_add(quantity);
                    return Ok(());
                }
            }
        }
        if let (Some(key), Place::At(_, bucket)) = (transfer.key(transfer.to), transfer.to) {
            let sku = self.draft.known_product(transfer)?.sku.clone();
            let balance = self.balance(&key);
            balance.id.get_or_insert_with(|| BalanceId(counters.take_id()));
            let sum = balance.bucket(bucket).saturating_add(quantity);
            balance.set_bucket(bucket, sum);
            if balance.owned() > Quantity::MAX {
                return Err(StockRefusal::Overflow { sku });
            }
        }
        Ok(())
    }

    fn record(
        &mut self,
        line: usize,
        transfer: &NewTransfer,
        movement: MovementId,
        effective_at: kernel::Timestamp,
        context: &Context,
    ) -> Result<Transfer, StockRefusal> {
        let draft = self.draft;
        let code =
            |place: Place| place.location().and_then(|id| draft.location(id)).map(|location| &location.code);
        let canonical = Canonical {
            movement,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            sku: &draft.known_product(transfer)?.sku,
            lot: &transfer.lot,
            quantity: transfer.quantity.get(),
            from: (transfer.from, code(transfer.from)),
            to: (transfer.to, code(transfer.to)),
            unit_cost: transfer.unit_cost,
            effective_at,
            recorded_at: context.now,
        };
        let (from, to) = (transfer.key(transfer.from), transfer.key(transfer.to));
        let mut raise = |key: &Option<BalanceKey>| {
            let balance = self.balance(key.as_ref()?);
            balance.version = balance.version.next();
            balance.history = balance.history.after(balance.version, &canonical);
            Some((balance.id?, balance.version))
        };
        let left = raise(&from);
        let reached = if from == to { left } else { raise(&to) };
        let inside = transfer.to.location().or(transfer.from.location());
        let cohort = inside.and_then(|location| context.trust.cohort(transfer.product, location));
        Ok(Transfer { moved: transfer.clone(), from: left, to: reached, cohort })
    }
}
