//! The commands on master data.

use inventory::{
    Context, LocationCode, LocationSpec, Lot, MasterRefusal, ProductSpec, Reason, Saved, Sku, WarehouseCode,
    WarehouseSpec, end_recall, recall_lot, save_location, save_lot, save_product, save_warehouse,
};
use kernel::{Day, Refusal, Version};
use reservations::withdraw_lot;

use crate::{Draft, Work};

/// Make a product or change it.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct SaveProduct {
    pub spec: ProductSpec,
    pub expected_version: Option<Version>,
}

impl Work for SaveProduct {
    type Done = (Sku, Saved);
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(Sku, Saved), Refusal> {
        let saved = put_product(draft, &self.spec, self.expected_version, context)?;
        Ok((self.spec.sku.clone(), saved))
    }
}

pub(crate) fn put_product(
    draft: &mut Draft<'_>,
    spec: &ProductSpec,
    expected_version: Option<Version>,
    context: &Context,
) -> Result<Saved, MasterRefusal> {
    let Draft { stock, reservations, records } = draft;
    let used = |id| used_by(reservations.any_open_on(id), records.any_open_on(&spec.sku));
    save_product(stock, spec, expected_version, &used, context)
}

pub(crate) fn put_location(
    draft: &mut Draft<'_>,
    spec: &LocationSpec,
    expected_version: Option<Version>,
    context: &Context,
) -> Result<Saved, MasterRefusal> {
    let Draft { stock, reservations, records } = draft;
    let used = |code| used_by(reservations.any_open_at(&code), records.any_open_at(&code));
    save_location(stock, spec, expected_version, &used, context)
}

pub(crate) fn put_warehouse(
    draft: &mut Draft<'_>,
    spec: &WarehouseSpec,
    expected_version: Option<Version>,
    context: &Context,
) -> Result<Saved, MasterRefusal> {
    let Draft { stock, reservations, records } = draft;
    let used = |id| used_by(reservations.any_open_in(id), records.any_open_in(id));
    save_warehouse(stock, spec, expected_version, &used, context)
}

fn used_by(reservations: bool, records: bool) -> Vec<&'static str> {
    let users = [("reservations", reservations), ("operations records", records)];
    users.into_iter().filter(|(_, uses)| *uses).map(|(user, _)| user).collect()
}

/// Make a location or change it.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct SaveLocation {
    pub spec: LocationSpec,
    pub expected_version: Option<Version>,
}

impl Work for SaveLocation {
    type Done = (LocationCode, Saved);
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(LocationCode, Saved), Refusal> {
        let saved = put_location(draft, &self.spec, self.expected_version, context)?;
        Ok((self.spec.code.clone(), saved))
    }
}

/// Make a warehouse or change it.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct SaveWarehouse {
    pub spec: WarehouseSpec,
    pub expected_version: Option<Version>,
}

impl Work for SaveWarehouse {
    type Done = (WarehouseCode, Saved);
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(WarehouseCode, Saved), Refusal> {
        let saved = put_warehouse(draft, &self.spec, self.expected_version, context)?;
        Ok((self.spec.code.clone(), saved))
    }
}

/// Change the day a lot expires on.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct SaveLot {
    pub sku: Sku,
    pub lot: Lot,
    pub expires_on: Option<Day>,
    pub expected_version: Option<Version>,
}

impl Work for SaveLot {
    type Done = (Sku, Lot);
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(Sku, Lot), Refusal> {
        let lot = (&self.sku, &self.lot);
        save_lot(&mut draft.stock, lot, self.expires_on, self.expected_version, context)?;
        withdraw(draft, lot, None, context)
    }
}

/// Recall a lot: its stock is held, and the reservations that lose it are allocated anew or become short.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct HoldLot {
    pub sku: Sku,
    pub lot: Lot,
    pub reason: Reason,
    pub expected_version: Option<Version>,
}

impl Work for HoldLot {
    type Done = (Sku, Lot);
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(Sku, Lot), Refusal> {
        let lot = (&self.sku, &self.lot);
        recall_lot(&mut draft.stock, lot, self.expected_version, context)?;
        withdraw(draft, lot, Some(&self.reason), context)
    }
}

/// End the recall of a lot.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct ReleaseLot {
    pub sku: Sku,
    pub lot: Lot,
    pub reason: Reason,
    pub expected_version: Option<Version>,
}

impl Work for ReleaseLot {
    type Done = (Sku, Lot);
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(Sku, Lot), Refusal> {
        end_recall(&mut draft.stock, (&self.sku, &self.lot), &self.reason, self.expected_version, context)?;
        Ok((self.sku.clone(), self.lot.clone()))
    }
}

/// Hold what is left of a lot that may not leave any more: the worker's.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct WithdrawLot {
    pub sku: Sku,
    pub lot: Lot,
}

impl Work for WithdrawLot {
    type Done = ();
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(), Refusal> {
        withdraw(draft, (&self.sku, &self.lot), None, context).map(|_| ())
    }
}

fn withdraw(
    draft: &mut Draft<'_>,
    (sku, lot): (&Sku, &Lot),
    reason: Option<&Reason>,
    context: &Context,
) -> Result<(Sku, Lot), Refusal> {
    if let Some(product) = draft.stock.product_by_sku(sku).map(|product| product.id) {
        withdraw_lot(&mut draft.stock, &mut draft.reservations, product, lot, reason, context)?;
    }
    Ok((sku.clone(), lot.clone()))
}

/// Make the warehouse and its default location that every database begins with.
#[derive(Debug)]
pub struct SetUp {
    /// The warehouse, with its default location.
    pub warehouse: WarehouseSpec,
    /// That location.
    pub location: LocationSpec,
}

impl Work for SetUp {
    type Done = Saved;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<Saved, Refusal> {
        if draft.stock.warehouses().next().is_some() {
            return Ok(Saved::Unchanged);
        }
        put_warehouse(draft, &self.warehouse, None, context)?;
        Ok(put_location(draft, &self.location, None, context)?)
    }
}
