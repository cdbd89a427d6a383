//! Stock in the reference: shelves, and how stock moves.

use inventory::{HoldReason, LocationKind, Tracking};
use kernel::{Code, Timestamp};

use super::{Outcome, Reference};
use crate::catalogue::{DAY_SECONDS, DEFAULT_PLACES, PLACES, PRODUCTS, UNIT};

/// Names a shelf: product, place, lot (empty where there is none).
pub(crate) type Key = (usize, usize, &'static str);

/// What stands on a shelf, in millionths of a unit, and how often that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shelf {
    pub(crate) available: i64,
    pub(crate) reserved: i64,
    /// Held, reason by reason.
    pub(crate) held: [i64; 8],
    pub(crate) version: i64,
}

impl Shelf {
    pub(crate) fn of(&self, spot: Spot) -> i64 {
        match spot {
            Spot::Available => self.available,
            Spot::Reserved => self.reserved,
            Spot::Held(reason) => self.held[reason.index()],
            Spot::Outside => 0,
        }
    }

    fn change(&mut self, spot: Spot, change: i64) {
        match spot {
            Spot::Available => self.available += change,
            Spot::Reserved => self.reserved += change,
            Spot::Held(reason) => self.held[reason.index()] += change,
            Spot::Outside => {}
        }
    }

    /// Everything that stands there.
    pub(crate) fn owned(&self) -> i64 {
        self.available + self.reserved + self.held.iter().sum::<i64>()
    }
}

/// Where stock can go within a shelf, or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spot {
    Available,
    Reserved,
    Held(HoldReason),
    Outside,
}

/// An end of a haul: a spot at a place; none: outside.
pub(crate) type End = Option<(usize, Spot)>;

/// Goods that go from one end to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Haul {
    pub(crate) product: usize,
    pub(crate) lot: &'static str,
    pub(crate) quantity: i64,
    pub(crate) from: End,
    pub(crate) to: End,
    /// The line of the record that says so.
    pub(crate) line: Option<usize>,
}

impl Haul {
    pub(crate) fn key(&self, end: End) -> Option<Key> {
        end.map(|(place, _)| (self.product, place, self.lot))
    }

    /// The other way round.
    pub(crate) fn back(self) -> Self {
        Self { from: self.to, to: self.from, ..self }
    }

    /// Whether it ends in this spot, wherever.
    pub(crate) fn is_to(&self, spot: Spot) -> bool {
        self.to.is_some_and(|(_, to)| to == spot)
    }
}

/// Where goods are free at a place: available on storage, else waiting to be put away.
pub(crate) fn free_at(place: usize) -> End {
    let spot = if PLACES[place].is_storage() { Spot::Available } else { Spot::Held(HoldReason::Putaway) };
    Some((place, spot))
}

/// A place that somebody names must be one of the warehouse.
pub(crate) fn place_in(place: usize, warehouse: usize) -> Result<usize, Code> {
    if PLACES[place].warehouse == warehouse { Ok(place) } else { Err(Code::UnknownLocation) }
}

/// The place of a kind that a warehouse has.
pub(crate) fn place_for(kind: LocationKind, warehouse: usize) -> Result<usize, Code> {
    let found = PLACES.iter().position(|place| place.kind == kind && place.warehouse == warehouse);
    found.ok_or(Code::UnknownLocation)
}

/// Where goods stand that nobody says a place for.
pub(crate) fn default_place(warehouse: usize) -> Result<usize, Code> {
    DEFAULT_PLACES[warehouse].ok_or(Code::UnknownLocation)
}

impl Reference {
    /// One transfer: out of one spot, into the other, and the shelf has changed once.
    pub(crate) fn transfer(&mut self, key: Key, quantity: i64, from: Spot, to: Spot) {
        assert!(quantity > 0, "a transfer moves something");
        let shelf = self.shelves.entry(key).or_default();
        shelf.change(from, -quantity);
        shelf.change(to, quantity);
        let held = shelf.held.iter().chain([&shelf.available, &shelf.reserved]);
        assert!(held.into_iter().all(|spot| *spot >= 0), "the reference itself went below zero at {key:?}");
        shelf.version += 1;
        self.touched.insert(key);
    }

    /// Whether anything of a lot, or the unit with this serial number, stands anywhere.
    pub(crate) fn stands_anywhere(&self, (product, lot): (usize, &'static str)) -> bool {
        let mut shelves = self.shelves.iter().filter(|(key, _)| (key.0, key.2) == (product, lot));
        shelves.any(|(_, shelf)| shelf.owned() > 0)
    }

    /// Whether a lot may leave no more: the day that it expires on is its last good one.
    pub(crate) fn is_expired(&self, product: usize, lot: &'static str, now: Timestamp) -> bool {
        let date = self.lots.get(&(product, lot)).copied().flatten();
        date.is_some_and(|date| date.plus_seconds(DAY_SECONDS) <= now)
    }

    /// Where stock of a lot that may leave no more is held, if it may not.
    pub(crate) fn blocked(&self, lot: (usize, &'static str)) -> Option<Spot> {
        if self.recalled.contains(&lot) {
            return Some(Spot::Held(HoldReason::Recall));
        }
        self.is_expired(lot.0, lot.1, self.now).then_some(Spot::Held(HoldReason::Expired))
    }

    /// Whether there is such a lot.
    pub(crate) fn check_lot(&self, lot: (usize, &'static str)) -> Outcome {
        if PRODUCTS[lot.0].tracking == Tracking::None {
            return Err(Code::LotNotTracked);
        }
        if self.lots.contains_key(&lot) { Ok(()) } else { Err(Code::UnknownLot) }
    }

    /// What a lot has there goes to where it belongs now.
    pub(crate) fn free(&mut self, lot: (usize, &'static str), reason: HoldReason) {
        let from = Spot::Held(reason);
        let keys: Vec<Key> = self.shelves.keys().filter(|key| (key.0, key.2) == lot).copied().collect();
        let mut anything = false;
        for key in keys {
            let to = self.blocked(lot).or(free_at(key.1).map(|(_, spot)| spot)).unwrap();
            let held = self.shelves[&key].of(from);
            if held > 0 {
                self.transfer(key, held, from, to);
                anything = true;
            }
        }
        self.moved(anything);
    }

    /// One movement of these hauls, all of them or none.
    pub(crate) fn haul(&mut self, hauls: &[Haul]) -> Outcome {
        let mut came = Vec::new();
        for haul in hauls {
            self.check_haul(haul)?;
            let comes_in = PRODUCTS[haul.product].tracking == Tracking::Serial && haul.from.is_none();
            if comes_in && came.contains(&(haul.product, haul.lot)) {
                return Err(Code::SerialTaken);
            }
            came.extend(comes_in.then_some((haul.product, haul.lot)));
        }
        let mut is_short = false;
        for haul in hauls {
            let from = haul.from.zip(haul.key(haul.from));
            if let Some(((_, spot), key)) = from {
                let there = self.shelves.get(&key).map_or(0, |shelf| shelf.of(spot));
                if there < haul.quantity {
                    is_short = true;
                    continue;
                }
                self.shelves.entry(key).or_default().change(spot, -haul.quantity);
            }
            if let Some(((_, spot), key)) = haul.to.zip(haul.key(haul.to)) {
                self.shelves.entry(key).or_default().change(spot, haul.quantity);
            }
            let keys: std::collections::BTreeSet<Key> =
                [haul.key(haul.from), haul.key(haul.to)].into_iter().flatten().collect();
            for key in keys {
                self.shelves.entry(key).or_default().version += 1;
                self.touched.insert(key);
            }
        }
        if is_short {
            return Err(Code::InsufficientStock);
        }
        self.moved(true);
        Ok(())
    }

    /// What may not be, however much there is.
    fn check_haul(&self, haul: &Haul) -> Outcome {
        let product = &PRODUCTS[haul.product];
        if !product.is_stockable {
            return Err(Code::NotStockable);
        }
        match (product.tracking, haul.lot) {
            (Tracking::None, "") => {}
            (Tracking::None, _) => return Err(Code::LotNotTracked),
            (Tracking::Lot | Tracking::Serial, "") => return Err(Code::LotRequired),
            (Tracking::Lot, _) => {}
            (Tracking::Serial, _) => {
                let is_here = haul.from.is_none() && self.stands_anywhere((haul.product, haul.lot));
                if is_here || haul.quantity != UNIT {
                    return Err(Code::SerialTaken);
                }
            }
        }
        let is_away = |(place, spot): (usize, Spot)| spot == Spot::Available && !PLACES[place].is_storage();
        if haul.from == haul.to || [haul.from, haul.to].into_iter().flatten().any(is_away) {
            return Err(Code::StockNotAllowed);
        }
        Ok(())
    }

    /// Somebody brought goods of a lot: what is known of its date stays, the first who names one says it.
    pub(crate) fn bring_lot(&mut self, product: usize, lot: &'static str, date: Option<Timestamp>) {
        if !lot.is_empty() {
            let known = self.lots.entry((product, lot)).or_insert(date);
            *known = known.or(date);
        }
    }

    /// The shelves that stock of a product is promised from, best first: what expires first (no date comes last, an
    /// expired lot never), then the lowest pick priority, then the fullest. What the API leaves open: then the place
    /// that was made first, then the lot's name.
    pub(crate) fn best_first(&self, product: usize, warehouse: usize) -> Vec<Key> {
        let suits = |key: &&Key| {
            let place = &PLACES[key.1];
            key.0 == product
                && place.warehouse == warehouse
                && place.is_storage()
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
