//! The commands there are: each hands its draft to one use-case.

use inventory::{
    Context, LocationSpec, OpenStock, Opened, ProductSpec, Saved, WarehouseSpec, open_stock, save_location,
    save_product, save_warehouse,
};
use kernel::{Refusal, ReservationId, Version};
use reservations::{
    ConsumeReservation, CreateReservation, ReleaseReservation, ReservationRefusal, consume_reservation,
    create_reservation, expire_reservation, fill_reservation, release_reservation,
};

use crate::{Draft, Work};

/// Reserve stock for an order.
#[derive(Debug)]
pub struct Create(pub CreateReservation);

impl Work for Create {
    type Done = ReservationId;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<ReservationId, Refusal> {
        Ok(create_reservation(&mut draft.stock, &mut draft.reservations, &self.0, context)?)
    }
}

/// Give reserved stock back.
#[derive(Debug)]
pub struct Release(pub ReleaseReservation);

impl Work for Release {
    type Done = ReservationId;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<ReservationId, Refusal> {
        Ok(release_reservation(&mut draft.stock, &mut draft.reservations, &self.0, context)?)
    }
}

/// Ship reserved stock.
#[derive(Debug)]
pub struct Consume(pub ConsumeReservation);

impl Work for Consume {
    type Done = ReservationId;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<ReservationId, Refusal> {
        Ok(consume_reservation(&mut draft.stock, &mut draft.reservations, &self.0, context)?)
    }
}

/// Try again for what a reservation is short of.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Fill {
    pub id: ReservationId,
    pub expected_version: Option<Version>,
}

impl Work for Fill {
    type Done = ReservationId;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<ReservationId, Refusal> {
        let Draft { stock, reservations } = draft;
        fill_reservation(stock, reservations, self.id, self.expected_version, context)?;
        Ok(self.id)
    }
}

/// Give back what ran out.
#[derive(Debug)]
pub struct Expire(pub ReservationId);

impl Work for Expire {
    type Done = bool;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<bool, Refusal> {
        Ok(expire_reservation(&mut draft.stock, &mut draft.reservations, self.0, context)?)
    }
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
    fn decide(&self, draft: &mut Draft<'_>, _: &Context) -> Result<Saved, Refusal> {
        let stock = &mut draft.stock;
        if stock.warehouses().next().is_some() {
            return Ok(Saved::Unchanged);
        }
        let bare = WarehouseSpec { default_location: None, ..self.warehouse.clone() };
        save_warehouse(stock, &bare)?;
        save_location(stock, &self.location)?;
        Ok(save_warehouse(stock, &self.warehouse)?)
    }
}

/// What a chunk of an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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

/// Runs every row, so that one round of loading serves the whole chunk, and answers the first refusal.
fn each<T>(
    rows: &[T],
    refusal_of: impl Fn(usize, ReservationRefusal) -> Refusal,
    mut one: impl FnMut(&T) -> Result<Saved, inventory::StockRefusal>,
) -> Result<ImportTally, Refusal> {
    let mut tally = ImportTally::default();
    let mut first = None;
    for (at, row) in rows.iter().enumerate() {
        match one(row) {
            Ok(saved) => tally.count(saved),
            Err(refusal) if first.is_none() => first = Some(refusal_of(at, refusal.into())),
            Err(_) => {}
        }
    }
    first.map_or(Ok(tally), Err)
}

fn with_row(at: usize, refusal: ReservationRefusal) -> Refusal {
    Refusal::from(refusal).fact("row", at)
}

/// Make or change products.
#[derive(Debug)]
pub struct ImportProducts(pub Vec<ProductSpec>);

impl Work for ImportProducts {
    type Done = ImportTally;
    fn decide(&self, draft: &mut Draft<'_>, _: &Context) -> Result<ImportTally, Refusal> {
        each(&self.0, with_row, |spec| save_product(&mut draft.stock, spec))
    }
}

/// Make or change locations.
#[derive(Debug)]
pub struct ImportLocations(pub Vec<LocationSpec>);

impl Work for ImportLocations {
    type Done = ImportTally;
    fn decide(&self, draft: &mut Draft<'_>, _: &Context) -> Result<ImportTally, Refusal> {
        each(&self.0, with_row, |spec| save_location(&mut draft.stock, spec))
    }
}

/// Open balances with the stock that stands there.
#[derive(Debug)]
pub struct ImportStock(pub Vec<OpenStock>);

impl Work for ImportStock {
    type Done = ImportTally;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<ImportTally, Refusal> {
        each(&self.0, with_row, |line| {
            Ok(match open_stock(&mut draft.stock, line, context)? {
                Opened::Posted => Saved::Made,
                Opened::HasHistory => Saved::Unchanged,
            })
        })
    }
}
