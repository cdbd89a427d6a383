//! Files of master data and opening stock. A row is one change, a chunk of rows is a command, and a whole file is
//! rehearsed before its first chunk is written.

use std::collections::BTreeMap;

use inventory::{
    BalanceKey, Context, LocationCode, LocationSpec, OpenStock, Opened, ProductSpec, Saved, Sku,
    WarehouseCode, WarehouseSpec, open_stock,
};
use kernel::{Refusal, StoreError, Timestamp};
use serde::Serialize;

use crate::batch::Run;
use crate::master::{put_location, put_product, put_warehouse};
use crate::{Draft, FileRow, Store, Work};

/// How many rows are written at a time: enough to load and flush well, few enough to let others write in between.
pub const IMPORT_CHUNK: usize = 1000;

/// A row of a file.
pub trait ImportRow: Send + Sync {
    /// What the row is about, as the stock knows it: a file has at most one row about it.
    type Subject: Ord;

    /// Saves what the row says.
    ///
    /// # Errors
    /// The refusal; what the draft has of this row then is void.
    fn save(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(Saved, Self::Subject), Refusal>;
}

impl ImportRow for FileRow<Sku> {
    type Subject = Sku;
    fn save(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(Saved, Sku), Refusal> {
        let known = draft.stock.product_by_sku(&self.code).cloned();
        let known = known.and_then(|known| draft.stock.details(known.id).map(|details| known.facts(details)));
        let spec = ProductSpec { sku: self.code.clone(), facts: self.over(known.as_ref())? };
        Ok((put_product(draft, &spec, None, context)?, spec.sku))
    }
}

impl ImportRow for FileRow<LocationCode> {
    type Subject = LocationCode;
    fn save(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(Saved, LocationCode), Refusal> {
        let known = draft.stock.location_facts(&self.code);
        let spec = LocationSpec { code: self.code.clone(), facts: self.over(known.as_ref())? };
        Ok((put_location(draft, &spec, None, context)?, spec.code))
    }
}

impl ImportRow for FileRow<WarehouseCode> {
    type Subject = WarehouseCode;
    fn save(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(Saved, WarehouseCode), Refusal> {
        let known = draft.stock.warehouse_facts(&self.code);
        let spec = WarehouseSpec { code: self.code.clone(), facts: self.over(known.as_ref())? };
        Ok((put_warehouse(draft, &spec, None, context)?, spec.code))
    }
}

impl ImportRow for OpenStock {
    type Subject = BalanceKey;
    fn save(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(Saved, BalanceKey), Refusal> {
        let (opened, key) = open_stock(&mut draft.stock, self, context)?;
        let saved = match opened {
            Opened::Posted => Saved::Made,
            Opened::HasHistory => Saved::Unchanged,
        };
        Ok((saved, key))
    }
}

/// What a chunk of an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ImportTally {
    /// New rows.
    pub made: usize,
    /// Changed rows.
    pub changed: usize,
    /// Rows that were like that already.
    pub unchanged: usize,
}

impl ImportTally {
    fn count(&mut self, saved: Saved) {
        let counter = match saved {
            Saved::Made => &mut self.made,
            Saved::Changed => &mut self.changed,
            Saved::Unchanged => &mut self.unchanged,
        };
        *counter = counter.saturating_add(1);
    }
}

/// Save these rows, all or none.
#[derive(Debug)]
pub struct Import<Row>(pub Vec<Row>);

impl<Row: ImportRow> Work for Import<Row> {
    type Done = ImportTally;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<ImportTally, Refusal> {
        let mut tally = ImportTally::default();
        let mut first = None;
        // Those behind a refusal, too: one round of loading serves the whole chunk.
        for row in &self.0 {
            match row.save(draft, context) {
                Ok((saved, _)) => tally.count(saved),
                Err(refusal) => first = first.or(Some(refusal)),
            }
        }
        first.map_or(Ok(tally), Err)
    }
}

/// Why a row cannot be imported.
#[derive(Debug)]
pub enum Flaw {
    /// The rules refuse it.
    Refused(Refusal),
    /// An earlier row, by its place from 0, is about the same.
    Twice(usize),
}

/// Decides all rows in their order over a snapshot, as the chunks of an import would be, and answers what is wrong
/// with which of them, by its place from 0. Nothing is written.
///
/// # Errors
/// [`StoreError`].
pub fn rehearse<Row: ImportRow>(
    store: &mut dyn Store,
    rows: &[Row],
    now: Timestamp,
) -> Result<Vec<(usize, Flaw)>, StoreError> {
    let mut run = Run::new(store.lock_head()?, now);
    let mut firsts = BTreeMap::new();
    let mut flaws = Vec::new();
    for (chunk, start) in rows.chunks(IMPORT_CHUNK).zip((0_usize..).step_by(IMPORT_CHUNK)) {
        let saved = run.settle(store, [0; 32], &mut |draft, context| {
            chunk.iter().map(|row| row.save(draft, context)).collect::<Vec<_>>()
        })?;
        for (at, saved) in (start..).zip(saved) {
            match saved {
                Err(refusal) => flaws.push((at, Flaw::Refused(refusal))),
                Ok((_, subject)) => {
                    let first = *firsts.entry(subject).or_insert(at);
                    if first != at {
                        flaws.push((at, Flaw::Twice(first)));
                    }
                }
            }
        }
    }
    Ok(flaws)
}
