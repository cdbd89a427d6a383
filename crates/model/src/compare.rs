//! Whether the store and the reference are the same: every row that the reference knows of.

use std::collections::BTreeMap;

use commands::testing::{Database, Transaction};
use inventory::{BalanceKey, HoldReason, Party, Place, StockNeeds, StockSet};
use kernel::{LocationId, ProductId, StoreError, Timestamp};
use reservations::{Reservation, ReservationState};

use crate::catalogue::{LOTS, PLACES, PRODUCTS};
use crate::reference::{Counts, Key, Order, Promise, Reference, Shelf, State};
use crate::verbs::{Known, Moved, Reserved};

/// The numbers that the store gave to the catalogue.
#[derive(Debug, Default)]
pub(crate) struct Names {
    products: BTreeMap<ProductId, usize>,
    places: BTreeMap<LocationId, usize>,
}

/// A reservation, in words that both sides have.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    order: String,
    state: State,
    version: i64,
    expires_at: Option<Timestamp>,
    lines: Vec<ShownLine>,
}

/// Product, requested, short, released, consumed, and where what is reserved stands.
type ShownLine = (usize, i64, i64, i64, i64, Vec<(Key, i64)>);

impl Names {
    /// Reads them.
    pub(crate) fn read(database: &mut dyn Database) -> Result<Self, StoreError> {
        let needs = StockNeeds {
            skus: PRODUCTS.iter().map(|product| product.sku.parse().unwrap()).collect(),
            location_codes: PLACES.iter().map(|place| place.code.parse().unwrap()).collect(),
            ..StockNeeds::default()
        };
        let mut set = StockSet::default();
        database.read(&mut |tx| tx.load_stock(&needs, &mut set))?;
        let product =
            |id: &ProductId| PRODUCTS.iter().position(|facts| set.products[id].sku.as_str() == facts.sku);
        let place =
            |id: &LocationId| PLACES.iter().position(|facts| set.locations[id].code.as_str() == facts.code);
        Ok(Self {
            products: set.products.keys().map(|id| (*id, product(id).unwrap())).collect(),
            places: set.locations.keys().map(|id| (*id, place(id).unwrap())).collect(),
        })
    }

    fn key(&self, key: &BalanceKey) -> Key {
        let lot = LOTS.iter().map(|(lot, _)| *lot).find(|lot| *lot == key.lot.as_str()).unwrap_or_default();
        (self.products[&key.product], self.places[&key.location], lot)
    }

    fn show(&self, row: &Reservation) -> Shown {
        let line = |line: &reservations::Line| {
            let held = line.allocations.iter().map(|held| (self.key(&held.key), held.remaining.micros()));
            (
                self.products[&line.product],
                line.requested.get().micros(),
                line.short.micros(),
                line.released.micros(),
                line.consumed.micros(),
                held.collect(),
            )
        };
        Shown {
            order: row.order_ref.to_string(),
            state: match row.state {
                ReservationState::Active => State::Active,
                ReservationState::Consumed => State::Consumed,
                ReservationState::Released => State::Released,
                ReservationState::Expired => State::Expired,
            },
            version: row.version.0,
            expires_at: row.expires_at,
            lines: row.lines.iter().map(line).collect(),
        }
    }
}

fn show(promise: &Promise) -> Shown {
    let line = |line: &Order| {
        let requested = line.asked.quantity;
        assert_eq!(requested, line.reserved() + line.short + line.released + line.consumed);
        (line.asked.product, requested, line.short, line.released, line.consumed, line.held.clone())
    };
    Shown {
        order: format!("order-{}", promise.order),
        state: promise.state,
        version: promise.version,
        expires_at: promise.expires_at,
        lines: promise.lines.iter().map(line).collect(),
    }
}

/// Compares everything; answers what a caller can know now, or the first difference in words.
pub(crate) fn compare(
    transaction: &mut dyn Transaction,
    names: &Names,
    world: &Reference,
) -> Result<Result<Known, String>, StoreError> {
    let mut shelves: BTreeMap<Key, Shelf> = BTreeMap::new();
    let mut held = 0;
    transaction.each_balance(&mut |key, _, row| {
        let [available, reserved] = [row.available, row.reserved].map(kernel::Quantity::micros);
        let [expired, recalled] =
            [HoldReason::Expired, HoldReason::Recall].map(|reason| row.held(reason).micros());
        let version = row.version.0;
        shelves.insert(names.key(key), Shelf { available, reserved, expired, recalled, version });
        held += row.held_total().micros() - expired - recalled;
    })?;
    let (mut shown, mut known) = (Vec::new(), Known::default());
    transaction.each_reservation(&mut |row| {
        shown.push(names.show(row));
        let is_active = row.state == ReservationState::Active;
        known.reservations.push(Reserved { id: row.id, version: row.version.0, is_active });
    })?;
    transaction.each_transfer(&mut |read| {
        let moved = match (read.transfer.moved.from, read.transfer.moved.to) {
            (Place::Outside(Party::Adjustment), _) => {
                Moved::Opening(read.transfer.to_key().map(|key| names.key(&key)).unwrap())
            }
            (_, Place::Outside(Party::Adjustment)) => Moved::Reversal,
            (Place::At(..) | Place::Outside(_), _) => Moved::OfReservation,
        };
        if known.movements.last().is_none_or(|(id, _)| *id != read.movement) {
            known.movements.push((read.movement, moved));
        }
    })?;
    let head = transaction.head()?;
    let counters = head.counters;
    let counts = Counts {
        requests: counters.request - 1,
        movements: counters.movement - 1,
        events: counters.event - 1,
    };
    let expected: Vec<Shown> = world.promises.iter().map(show).collect();
    let movements = i64::try_from(known.movements.len()).unwrap();
    let difference = different("balances", &world.shelves, &shelves)
        .or_else(|| different("held for another reason", &0, &held))
        .or_else(|| different("reservations", &expected, &shown))
        .or_else(|| different("counts", &world.counts, &counts))
        .or_else(|| different("movements in the ledger", &world.counts.movements, &movements))
        .or_else(|| different("recorded_at", &world.now, &head.recorded_at));
    Ok(difference.map_or(Ok(known), Err))
}

/// What differs, in words, if it does.
pub(crate) fn different<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &T,
    found: &T,
) -> Option<String> {
    (expected != found)
        .then(|| format!("{what}:\n  the reference has {expected:?}\n  the store has     {found:?}"))
}
