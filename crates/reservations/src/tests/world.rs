//! A small warehouse in memory, and a way to run one command after the other on it.

use std::collections::BTreeMap;

use inventory::{
    Balance, BalanceKey, Bucket, Context, Location, LocationKind, Lot, LotFacts, MovementKind, NewMovement,
    NewTransfer, Party, Place, Product, Sku, StockDraft, StockRefusal, StockSet, Tracking, Trust, Warehouse,
};
use kernel::{
    Counters, Day, LocationId, Mint, Numbering, PositiveQuantity, ProductId, Quantity, RequestSeq,
    ReservationId, Timestamp, Version, WarehouseId,
};

use crate::*;

pub(super) const START: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);
const DAY_SECONDS: i64 = 86_400;
/// Not tracked, any quantity.
pub(super) const TEA: ProductId = ProductId(1);
/// By lot, whole units.
pub(super) const MILK: ProductId = ProductId(2);
/// Storage in the main warehouse, picked first.
pub(super) const FRONT: LocationId = LocationId(10);
/// Storage in the main warehouse, picked later.
pub(super) const BACK: LocationId = LocationId(11);
/// Staging in the main warehouse.
pub(super) const STAGE: LocationId = LocationId(12);
/// Storage in the other warehouse.
pub(super) const RACK: LocationId = LocationId(13);

/// What happened to a command: done, or the refusal.
pub(super) type Decided<T> = Result<T, ReservationRefusal>;

pub(super) struct World {
    pub(super) stock: StockSet,
    pub(super) own: ReservationSet,
    pub(super) now: Timestamp,
    /// Kinds of the movements that were posted, in order.
    pub(super) posted: Vec<MovementKind>,
    /// Kinds of the events that were told, in order.
    pub(super) told: Vec<&'static str>,
    counters: Counters,
    decisions: u64,
}

pub(super) fn units(units: u32) -> Quantity {
    Quantity::units(units)
}

pub(super) fn positive(units: u32) -> PositiveQuantity {
    Quantity::units(units).positive().unwrap()
}

pub(super) fn sku(product: ProductId) -> Sku {
    if product == TEA { "TEA".parse().unwrap() } else { "MILK".parse().unwrap() }
}

fn product(id: ProductId, tracking: Tracking, quantity_step: Quantity) -> Product {
    Product {
        id,
        sku: sku(id),
        name: "a product".parse().unwrap(),
        unit: "each".parse().unwrap(),
        stockable: true,
        active: true,
        tracking,
        needs_inspection: false,
        quantity_step,
        weight_kg: None,
        volume_m3: None,
        over_receipt_percent: None,
        standard_cost: None,
        version: Version(1),
        request: RequestSeq(1),
    }
}

impl World {
    /// Two warehouses, four locations, two products, no stock.
    pub(super) fn empty() -> Self {
        let mut stock = StockSet::default();
        for (id, code) in [(WarehouseId(1), "MAIN"), (WarehouseId(2), "EAST")] {
            let name = code.parse().unwrap();
            let code = code.parse().unwrap();
            let is_default = id == WarehouseId(1);
            let warehouse = Warehouse {
                id,
                code,
                name,
                is_default,
                default_location: None,
                active: true,
                version: Version(1),
                request: RequestSeq(1),
            };
            stock.warehouses.insert(id, warehouse);
        }
        stock.loaded.warehouses = true;
        let places = [
            (FRONT, 1, "FRONT", LocationKind::Storage, 1),
            (BACK, 1, "BACK", LocationKind::Storage, 2),
            (STAGE, 1, "STAGE", LocationKind::Staging, 0),
            (RACK, 2, "RACK", LocationKind::Storage, 0),
        ];
        for (id, warehouse, code, kind, pick_priority) in places {
            stock.put_location(Location {
                id,
                warehouse: WarehouseId(warehouse),
                code: code.parse().unwrap(),
                name: code.parse().unwrap(),
                kind,
                pick_priority,
                capacity_m3: None,
                active: true,
                version: Version(1),
                request: RequestSeq(1),
            });
        }
        stock.put_product(product(TEA, Tracking::None, Quantity::ZERO));
        stock.put_product(product(MILK, Tracking::Lot, units(1)));
        Self {
            stock,
            own: ReservationSet::default(),
            now: START,
            posted: Vec::new(),
            told: Vec::new(),
            counters: Counters::FIRST,
            decisions: 0,
        }
    }

    /// A lot of milk that expires so many days from the start, or keeps.
    pub(super) fn lot(&mut self, lot: &str, expires_in_days: Option<i64>) {
        // Midnight of the day.
        let today = START.micros().div_euclid(DAY_SECONDS * 1_000_000) * DAY_SECONDS;
        let day = |days: i64| Timestamp::from_micros(0).plus_seconds(today + days * DAY_SECONDS);
        let facts = LotFacts { expires_on: expires_in_days.map(day).map(Day::of), ..LotFacts::default() };
        self.stock.lots.insert((MILK, lot.parse().unwrap()), facts);
    }

    /// Puts stock somewhere, from outside.
    pub(super) fn receive(&mut self, product: ProductId, at: LocationId, lot: &str, quantity: u32) {
        let to = if at == STAGE { Bucket::Reserved } else { Bucket::Available };
        let transfer = NewTransfer {
            product,
            lot: lot.parse().unwrap(),
            quantity: positive(quantity),
            from: Place::Outside(Party::Vendor),
            to: Place::At(at, to),
            record_line: None,
            unit_cost: None,
        };
        self.decide(|stock, _, context| {
            let movement = NewMovement {
                kind: MovementKind::Opening,
                record: None,
                reason: None,
                effective_at: context.now,
                transfers: vec![transfer.clone()],
            };
            Ok(stock.post(movement, context)?)
        })
        .unwrap();
    }

    /// Decides until nothing is missing; what is not in the sets does not exist. Done is merged, refused is dropped.
    pub(super) fn decide<T>(
        &mut self,
        work: impl Fn(&mut StockDraft<'_>, &mut ReservationDraft<'_>, &Context) -> Decided<T>,
    ) -> Decided<T> {
        self.decisions += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.decisions.to_be_bytes());
        let context = Context { now: self.now, request: RequestSeq(1), trust: Trust::default() };
        loop {
            let numbering = Numbering { counters: self.counters, mint: Mint::new(self.now, seed) };
            let mut stock = StockDraft::new(&self.stock, numbering);
            let mut own = ReservationDraft::new(&self.own);
            let done = work(&mut stock, &mut own, &context);
            let missing = (stock.take_missing(), own.take_missing());
            if missing.0.is_empty() && missing.1.is_empty() {
                let (changes, numbering, events) = stock.into_changes();
                let reservations = own.into_changes();
                if done.is_ok() {
                    self.posted.extend(changes.movements.iter().map(|movement| movement.kind));
                    self.told.extend(events.iter().map(|event| event.kind));
                    self.counters = numbering.counters;
                    self.stock.merge(&changes);
                    self.own.merge(&reservations);
                }
                return done;
            }
            self.stock.loaded.extend(missing.0);
            self.own.loaded.extend(missing.1);
        }
    }

    pub(super) fn create(&mut self, command: &CreateReservation) -> Decided<ReservationId> {
        self.decide(|stock, own, context| create_reservation(stock, own, command, context))
    }

    pub(super) fn release(
        &mut self,
        id: ReservationId,
        lines: Option<Vec<LineSelection>>,
    ) -> Decided<ReservationId> {
        let reason = "not wanted".parse().unwrap();
        let command = ReleaseReservation { id, reason, lines, request_unpick: false, expected_version: None };
        self.decide(|stock, own, context| release_reservation(stock, own, &command, context))
    }

    pub(super) fn consume(
        &mut self,
        id: ReservationId,
        lines: Option<Vec<LineSelection>>,
    ) -> Decided<ReservationId> {
        let command = ConsumeReservation { id, proof: proof(self.now), lines, expected_version: None };
        self.decide(|stock, own, context| consume_reservation(stock, own, &command, context))
    }

    pub(super) fn fill(&mut self, id: ReservationId) -> Decided<bool> {
        self.decide(|stock, own, context| fill_reservation(stock, own, id, None, context))
    }

    pub(super) fn expire(&mut self, id: ReservationId) -> Decided<bool> {
        self.decide(|stock, own, context| expire_reservation(stock, own, id, context))
    }

    pub(super) fn get(&self, id: ReservationId) -> &Reservation {
        &self.own.reservations[&id]
    }

    /// Available and reserved, in whole units, of a balance.
    pub(super) fn at(&self, product: ProductId, location: LocationId, lot: &str) -> (i64, i64) {
        let key = BalanceKey { product, location, lot: lot.parse().unwrap() };
        let balance = self.stock.balances.get(&key).cloned().unwrap_or_default();
        (balance.available.micros() / 1_000_000, balance.reserved.micros() / 1_000_000)
    }

    /// Everything that a refusal must leave as it is.
    pub(super) fn snapshot(&self) -> (BTreeMap<BalanceKey, Balance>, BTreeMap<ReservationId, Reservation>) {
        (self.stock.balances.clone(), self.own.reservations.clone())
    }

    /// The parts of a line in whole units: reserved, short, released, consumed.
    pub(super) fn parts(&self, id: ReservationId, line: usize) -> [i64; 4] {
        let line = &self.get(id).lines[line];
        [line.reserved(), line.short, line.released, line.consumed].map(|part| part.micros() / 1_000_000)
    }
}

pub(super) fn proof(shipped_at: Timestamp) -> ShipmentProof {
    ShipmentProof { carrier: "DHL".parse().unwrap(), tracking_number: "JD01".parse().unwrap(), shipped_at }
}

/// An order of these lines, all or nothing.
pub(super) fn order(order_ref: &str, lines: Vec<NewLine>) -> CreateReservation {
    CreateReservation {
        source: "commerce".parse().unwrap(),
        order_ref: order_ref.parse().unwrap(),
        warehouse: None,
        lines,
        allow_partial: false,
        backorder: false,
        expiry: None,
        ship_to: None,
        ship_by: None,
        metadata: None,
        explode_kits: false,
    }
}

/// The same, but less will do.
pub(super) fn partial(order_ref: &str, lines: Vec<NewLine>) -> CreateReservation {
    CreateReservation { allow_partial: true, ..order(order_ref, lines) }
}

pub(super) fn line(product: ProductId, quantity: u32) -> NewLine {
    NewLine { sku: sku(product), quantity: positive(quantity), line_ref: None, location: None, lot: None }
}

pub(super) fn line_at(product: ProductId, quantity: u32, location: &str) -> NewLine {
    NewLine { location: Some(location.parse().unwrap()), ..line(product, quantity) }
}

pub(super) fn line_of(quantity: u32, lot: &str) -> NewLine {
    NewLine { lot: Some(lot.parse::<Lot>().unwrap()), ..line(MILK, quantity) }
}

pub(super) fn some(line_no: u32, quantity: u32) -> LineSelection {
    LineSelection { line: LineWanted::Number(line_no), quantity: Some(positive(quantity)) }
}

pub(super) fn all_of(line_no: u32) -> LineSelection {
    LineSelection { line: LineWanted::Number(line_no), quantity: None }
}

/// The shortages of a refusal: sku, requested and available in whole units.
pub(super) fn shortages<T: std::fmt::Debug>(refused: Decided<T>) -> Vec<(String, i64, i64)> {
    let Err(ReservationRefusal::Stock(StockRefusal::Insufficient { shortages })) = refused else {
        panic!("a shortage was expected, not {refused:?}");
    };
    let row = |short: inventory::Shortage| {
        let [requested, available] = [short.requested, short.available].map(|of| of.micros() / 1_000_000);
        (short.sku.to_string(), requested, available)
    };
    shortages.into_iter().map(row).collect()
}
