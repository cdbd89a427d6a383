//! What people write records about: mostly what is there, now and then something odd.

use inventory::{HoldReason, Tracking};
use operations::Module;
use operations::modules::Change;
use proptest::prelude::*;

use super::Known;
use crate::catalogue::{LOTS, PLACES, PRODUCTS, UNIT, expires_on};
use crate::reference::{Key, Line, Payload, Sheet, Shelf};

/// A draft of a record: numbers that become something when it is known what is there.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) module: Module,
    pub(crate) warehouse: usize,
    which: usize,
    flag: bool,
    lines: Vec<Raw>,
    pub(crate) sheet: Sheet,
}

/// A line of it.
#[derive(Debug, Clone)]
struct Raw {
    which: usize,
    units: i64,
    kind: u8,
    place: usize,
    lot: usize,
    /// 0: something is odd about it.
    odd: u8,
}

fn raw() -> impl Strategy<Value = Raw> {
    (0_usize..1000, 1_i64..7, 0_u8..12, 0_usize..8, 0..LOTS.len(), 0_u8..25)
        .prop_map(|(which, units, kind, place, lot, odd)| Raw { which, units, kind, place, lot, odd })
}

/// A draft of any kind.
pub(crate) fn any_draft() -> impl Strategy<Value = Draft> {
    draft(prop_oneof![
        3 => Just(Module::PurchaseOrders),
        4 => Just(Module::ReceivingSessions),
        1 => Just(Module::PutawayTasks),
        5 => Just(Module::Transfers),
        4 => Just(Module::Adjustments),
        1 => Just(Module::Returns),
        4 => Just(Module::CycleCounts),
        3 => Just(Module::KitAssemblies),
    ])
}

/// A draft of one of these kinds.
pub(crate) fn draft(module: impl Strategy<Value = Module>) -> impl Strategy<Value = Draft> {
    let warehouse = prop_oneof![9 => Just(0_usize), 1 => Just(1)];
    let lines = prop::collection::vec(raw(), 1..3);
    (module, warehouse, 0_usize..1000, any::<bool>(), lines).prop_map(
        |(module, warehouse, which, flag, lines)| Draft {
            module,
            warehouse,
            which,
            flag,
            lines,
            sheet: Sheet::default(),
        },
    )
}

/// One of those that are there.
pub(crate) fn choose<T>(from: impl Iterator<Item = T>, which: usize) -> Option<T> {
    let mut from: Vec<T> = from.collect();
    let at = which.checked_rem(from.len())?;
    Some(from.swap_remove(at))
}

impl Raw {
    /// A shelf of the warehouse that has something of interest.
    fn shelf(&self, known: &Known, warehouse: usize, has: impl Fn(&Shelf) -> i64) -> Option<(Key, Shelf)> {
        let here = |(key, shelf): &(&Key, &Shelf)| PLACES[key.1].warehouse == warehouse && has(shelf) > 0;
        let odd = usize::from(self.odd == 0);
        let fits = known.shelves.iter().filter(|row| odd == 1 || here(row));
        choose(fits.map(|(key, shelf)| (*key, *shelf)), self.which)
    }

    /// What there is of it, or less, or too much.
    fn part_of(&self, there: i64, product: usize) -> i64 {
        let most = if PRODUCTS[product].tracking == Tracking::Serial { UNIT } else { self.units * UNIT };
        if self.odd == 1 { most } else { most.min(there.max(PRODUCTS[product].step)) }
    }

    fn quantity(&self, product: usize) -> i64 {
        match self.odd {
            0 => UNIT / 2,
            _ if PRODUCTS[product].tracking == Tracking::Serial => UNIT,
            _ => self.units * UNIT,
        }
    }

    /// A place of the warehouse; an odd one of another.
    fn place_in(&self, warehouse: usize, of: &[usize]) -> Option<usize> {
        choose(
            of.iter().copied().filter(|place| self.odd == 2 || PLACES[*place].warehouse == warehouse),
            self.place,
        )
    }

    fn product(&self) -> usize {
        [0, 1, 4, 0, 1, 4, 0, 1, 2, 2, 5, 3][self.which % if self.odd == 3 { 12 } else { 11 }]
    }

    /// A lot that such goods come in.
    fn lot(&self, product: usize) -> usize {
        if PRODUCTS[product].tracking == Tracking::None && self.odd != 4 { LOTS.len() } else { self.lot }
    }
}

fn lot_name(lot: usize) -> &'static str {
    LOTS.get(lot).map_or("", |lot| lot.0)
}

const STORAGE: [usize; 4] = [0, 1, 2, 4];
const ANYWHERE: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

impl Draft {
    /// Fills the sheet with what is there; false where there is nothing to write about.
    pub(crate) fn aim(&mut self, known: &Known) -> bool {
        let lines: Vec<Option<Line>> = self.lines.iter().map(|raw| self.line(raw, known)).collect();
        let lines = lines.into_iter().flatten();
        let first = &self.lines[0];
        let payload = match self.module {
            Module::ReceivingSessions => {
                let orders = known.records.iter().enumerate();
                let orders =
                    orders.filter(|(_, seen)| seen.module == Module::PurchaseOrders && !seen.is_over());
                let order = choose(orders.map(|(at, _)| at), self.which).filter(|_| first.kind < 4);
                let dock = first.place_in(self.warehouse, &ANYWHERE).filter(|_| first.kind == 5);
                Payload { order, dock, ..Payload::default() }
            }
            Module::Transfers => {
                let is_far = (!self.flag && first.kind.is_multiple_of(2)) || first.odd == 5;
                let goal = is_far.then_some(1 - self.warehouse);
                Payload { goal, is_direct: self.flag, ..Payload::default() }
            }
            Module::CycleCounts => {
                Payload { tolerance: (first.kind < 5).then_some(50 * UNIT), ..Payload::default() }
            }
            Module::KitAssemblies => Payload {
                kits: first.quantity(5).min(3 * UNIT),
                kits_at: first.place_in(self.warehouse, &STORAGE).filter(|_| first.kind % 4 < 3),
                is_apart: self.flag,
                ..Payload::default()
            },
            _ => Payload::default(),
        };
        let lines: Vec<Line> = match self.module {
            Module::KitAssemblies if first.kind < 6 => Vec::new(),
            _ => lines.collect(),
        };
        let is_something = !lines.is_empty() || self.module == Module::KitAssemblies;
        self.sheet = Sheet { payload, lines };
        is_something
    }

    fn line(&self, raw: &Raw, known: &Known) -> Option<Line> {
        let warehouse = self.warehouse;
        match self.module {
            Module::KitAssemblies => {
                let ((product, place, lot), shelf) = raw.shelf(known, warehouse, |shelf| shelf.available)?;
                let planned = raw.part_of(shelf.available, product);
                Some(Line { product, lot, place: Some(place), planned, ..Line::default() })
            }
            Module::PurchaseOrders => {
                let product = raw.product();
                Some(Line { product, planned: raw.quantity(product), ..Line::default() })
            }
            Module::ReceivingSessions => Some(self.coming(raw)),
            Module::PutawayTasks => {
                let waits = |shelf: &Shelf| shelf.held[HoldReason::Putaway.index()];
                let ((product, place, lot), shelf) = raw.shelf(known, warehouse, waits)?;
                let planned = raw.part_of(waits(&shelf), product);
                let to = raw.place_in(warehouse, &STORAGE).filter(|_| raw.kind > 0);
                Some(Line { product, lot, place: Some(place), to, planned, ..Line::default() })
            }
            Module::Transfers => self.moving(raw, known),
            Module::Adjustments => self.corrected(raw, known),
            Module::Returns => {
                let lines = known.reservations.iter().enumerate().flat_map(|(which, row)| {
                    let shipped =
                        move |(at, line): (usize, &(usize, i64, &'static str))| ((which, at), *line);
                    row.lines.iter().enumerate().map(shipped)
                });
                let shipped = lines.filter(|(_, (_, consumed, _))| *consumed > 0 || raw.odd == 0);
                let (promise, (product, consumed, lot)) = choose(shipped, raw.which)?;
                let planned = raw.part_of(consumed, product);
                let actual = (raw.kind < 4).then_some(planned);
                Some(Line { product, lot, planned, actual, promise: Some(promise), ..Line::default() })
            }
            Module::CycleCounts => {
                // Mostly where something is promised, or missing.
                let missing = |shelf: &Shelf| shelf.held[HoldReason::Missing.index()];
                let odd = |shelf: &Shelf| if raw.kind < 8 { shelf.reserved + missing(shelf) } else { 1 };
                let any = || raw.shelf(known, warehouse, |_| 1);
                let ((product, place, lot), _) = raw.shelf(known, warehouse, odd).or_else(any)?;
                Some(Line { product, lot, place: Some(place), ..Line::default() })
            }
            _ => None,
        }
    }

    fn coming(&self, raw: &Raw) -> Line {
        let product = raw.product();
        let (planned, lot) = (raw.quantity(product), raw.lot(product));
        let date = LOTS.get(lot).and_then(|lot| expires_on(lot.1)).filter(|_| raw.kind != 9);
        let rejected = if raw.kind.is_multiple_of(3) { UNIT.min(planned) } else { 0 };
        let place = raw.place_in(self.warehouse, &ANYWHERE).filter(|_| raw.kind < 6);
        let (lot, actual) = (lot_name(lot), (raw.kind % 4 < 3).then_some(planned));
        Line { product, lot, place, planned, actual, rejected, date, ..Line::default() }
    }

    fn moving(&self, raw: &Raw, known: &Known) -> Option<Line> {
        let warehouse = self.warehouse;
        let is_held = (self.flag && raw.kind.is_multiple_of(3)) || raw.odd == 6;
        let held = |shelf: &Shelf| HoldReason::ALL.into_iter().find(|reason| shelf.held[reason.index()] > 0);
        let has = |shelf: &Shelf| {
            let of = |reason: HoldReason| shelf.held[reason.index()];
            if is_held { held(shelf).map_or(0, of) } else { shelf.available }
        };
        let ((product, place, lot), shelf) = raw.shelf(known, warehouse, has)?;
        let reason = if is_held { held(&shelf) } else { None };
        let planned = raw.part_of(has(&shelf), product);
        let goal = if self.flag || raw.kind % 2 == 1 { warehouse } else { 1 - warehouse };
        let to = raw.place_in(goal, &ANYWHERE).filter(|_| self.flag || raw.kind < 6);
        let actual = (raw.kind == 11).then_some(planned);
        Some(Line { product, lot, place: Some(place), to, planned, actual, reason, ..Line::default() })
    }

    fn corrected(&self, raw: &Raw, known: &Known) -> Option<Line> {
        let warehouse = self.warehouse;
        let held = |shelf: &Shelf| HoldReason::ALL.into_iter().rfind(|reason| shelf.held[reason.index()] > 0);
        if raw.kind < 4 {
            let product = raw.product();
            let lot = lot_name(raw.lot(product));
            let place = raw.place_in(warehouse, &ANYWHERE)?;
            let is_held = !PLACES[place].is_storage() && raw.odd != 7 || raw.kind == 0;
            let reason = is_held.then_some(HoldReason::ALL[raw.which % 8]);
            let planned = if raw.odd == 8 { 101 * UNIT } else { raw.quantity(product) };
            let change = Some(Change::Increase);
            return Some(Line {
                product,
                lot,
                place: Some(place),
                planned,
                change,
                reason,
                ..Line::default()
            });
        }
        let is_held = raw.kind > 8;
        let has = |shelf: &Shelf| {
            if is_held { held(shelf).map_or(0, |reason| shelf.held[reason.index()]) } else { shelf.available }
        };
        let ((product, place, lot), shelf) = raw.shelf(known, warehouse, has)?;
        let planned = raw.part_of(has(&shelf), product);
        let (change, reason) = match raw.kind {
            4 | 5 => (Change::Decrease, None),
            6..=8 => (Change::Hold, (raw.odd != 9).then_some(HoldReason::ALL[raw.which % 8])),
            9 => (Change::Decrease, held(&shelf)),
            _ => (Change::Unhold, held(&shelf)),
        };
        let (change, place) = (Some(change), Some(place));
        Some(Line { product, lot, place, planned, change, reason, ..Line::default() })
    }
}
