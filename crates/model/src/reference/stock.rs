//! Stock in the reference: shelves, and the two ways in which stock moves so far.

use kernel::Timestamp;

use super::Reference;
use crate::catalogue::{DAY_SECONDS, PLACES, PRODUCTS};

/// Names a shelf: product, place, lot (empty where there is none).
pub(crate) type Key = (usize, usize, &'static str);

/// What stands on a shelf, in millionths of a unit, and how often that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shelf {
    pub(crate) available: i64,
    pub(crate) reserved: i64,
    /// Held because the lot has expired.
    pub(crate) expired: i64,
    /// Held because the lot is recalled.
    pub(crate) recalled: i64,
    pub(crate) version: i64,
}

/// Where stock can go within a shelf, or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spot {
    Available,
    Reserved,
    Expired,
    Recalled,
    Outside,
}

impl Reference {
    /// One transfer: out of one spot, into the other, and the shelf has changed once.
    pub(crate) fn transfer(&mut self, key: Key, quantity: i64, from: Spot, to: Spot) {
        assert!(quantity > 0, "a transfer moves something");
        let shelf = self.shelves.entry(key).or_default();
        for (spot, change) in [(from, -quantity), (to, quantity)] {
            match spot {
                Spot::Available => shelf.available += change,
                Spot::Reserved => shelf.reserved += change,
                Spot::Expired => shelf.expired += change,
                Spot::Recalled => shelf.recalled += change,
                Spot::Outside => {}
            }
        }
        let spots = [shelf.available, shelf.reserved, shelf.expired, shelf.recalled];
        assert!(spots.iter().all(|spot| *spot >= 0), "the reference itself went below zero at {key:?}");
        shelf.version += 1;
        self.touched.insert(key);
    }

    /// Whether anything of a lot, or the unit with this serial number, stands anywhere.
    pub(crate) fn stands_anywhere(&self, (product, lot): (usize, &'static str)) -> bool {
        let mut shelves = self.shelves.iter().filter(|(key, _)| (key.0, key.2) == (product, lot));
        shelves.any(|(_, shelf)| shelf.available + shelf.reserved + shelf.expired + shelf.recalled > 0)
    }

    /// Whether a lot may leave no more: the day that it expires on is its last good one.
    pub(crate) fn is_expired(&self, product: usize, lot: &'static str, now: Timestamp) -> bool {
        let date = self.lots.get(&(product, lot)).copied().flatten();
        date.is_some_and(|date| date.plus_seconds(DAY_SECONDS) <= now)
    }

    /// Where stock of a lot that may leave no more is held, if it may not.
    pub(crate) fn blocked(&self, lot: (usize, &'static str)) -> Option<Spot> {
        if self.recalled.contains(&lot) {
            return Some(Spot::Recalled);
        }
        self.is_expired(lot.0, lot.1, self.now).then_some(Spot::Expired)
    }

    /// Whether there is such a lot.
    pub(crate) fn check_lot(&self, lot: (usize, &'static str)) -> super::Outcome {
        if PRODUCTS[lot.0].tracking == inventory::Tracking::None {
            return Err(kernel::Code::LotNotTracked);
        }
        if self.lots.contains_key(&lot) { Ok(()) } else { Err(kernel::Code::UnknownLot) }
    }

    /// What a lot has there goes to where it belongs now. (Only storage ever holds it here.)
    pub(crate) fn free(&mut self, lot: (usize, &'static str), from: Spot) {
        let to = self.blocked(lot).unwrap_or(Spot::Available);
        let keys: Vec<Key> = self.shelves.keys().filter(|key| (key.0, key.2) == lot).copied().collect();
        let mut anything = false;
        for key in keys {
            let shelf = self.shelves[&key];
            let held = if from == Spot::Recalled { shelf.recalled } else { shelf.expired };
            if held > 0 {
                self.transfer(key, held, from, to);
                anything = true;
            }
        }
        self.moved(anything);
    }

    /// The shelves that stock of a product is promised from, best first: what expires first (no date comes last, an
    /// expired lot never), then the lowest pick priority, then the fullest. What the API leaves open: then the place
    /// that was made first, then the lot's name.
    pub(crate) fn best_first(&self, product: usize, warehouse: usize) -> Vec<Key> {
        let suits = |key: &&Key| {
            let place = &PLACES[key.1];
            key.0 == product
                && place.warehouse == warehouse
                && place.is_storage
                && self.shelves[*key].available > 0
                && self.blocked((product, key.2)).is_none()
        };
        let mut keys: Vec<Key> = self.shelves.keys().filter(suits).copied().collect();
        keys.sort_by_key(|key| {
            let date = self.lots.get(&(product, key.2)).copied().flatten();
            let fullest_first = -self.shelves[key].available;
            (date.is_none(), date, PLACES[key.1].pick_priority, fullest_first, key.1, key.2)
        });
        keys
    }
}
