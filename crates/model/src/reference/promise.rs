//! Reservations in the reference.

use kernel::{Code, Timestamp};

use super::stock::{Key, Shelf, Spot};
use super::{Outcome, Reference};
use crate::catalogue::{PLACES, PRODUCTS};

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Consumed,
    Released,
    Expired,
}

/// A line: requested = reserved + short + released + consumed. `held` says where what is reserved stands, each shelf
/// once, in the order in which it was first taken from.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) asked: Asked,
    pub(crate) short: i64,
    pub(crate) released: i64,
    pub(crate) consumed: i64,
    /// What is in the hands of the floor and is to come back.
    pub(crate) back: i64,
    pub(crate) held: Vec<Held>,
}

/// What a line holds on a shelf, and how much of that is in the hands of the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) key: Key,
    pub(crate) quantity: i64,
    pub(crate) bound: i64,
}

impl Held {
    /// What nobody handles yet.
    pub(crate) fn free(&self) -> i64 {
        self.quantity - self.bound
    }
}

/// What a line asks for, and what it is bound to.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) product: usize,
    pub(crate) quantity: i64,
    pub(crate) place: Option<usize>,
    pub(crate) lot: Option<&'static str>,
}

/// A reservation.
#[derive(Debug, Clone)]
pub(crate) struct Promise {
    pub(crate) order: u8,
    pub(crate) warehouse: usize,
    pub(crate) backorder: bool,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) state: State,
    pub(crate) version: i64,
    pub(crate) lines: Vec<Order>,
}

/// A line by its number, and how much of it; none for all.
pub(crate) type Selected = (u32, Option<i64>);

impl Order {
    /// A line that is short of everything.
    pub(crate) fn bare(asked: &Asked) -> Self {
        Self {
            asked: asked.clone(),
            short: asked.quantity,
            released: 0,
            consumed: 0,
            back: 0,
            held: Vec::new(),
        }
    }

    pub(crate) fn reserved(&self) -> i64 {
        self.held.iter().map(|held| held.quantity).sum()
    }

    pub(crate) fn bound(&self) -> i64 {
        self.held.iter().map(|held| held.bound).sum()
    }

    pub(crate) fn free(&self) -> i64 {
        self.reserved() - self.bound()
    }

    /// What is in the hands of the floor and nobody wants back.
    pub(crate) fn going_out(&self) -> i64 {
        self.bound() - self.back
    }

    /// Puts so much on the list of what is held on a shelf.
    pub(crate) fn hold(&mut self, key: Key, quantity: i64, bound: i64) {
        match self.held.iter_mut().find(|held| held.key == key) {
            Some(held) => (held.quantity, held.bound) = (held.quantity + quantity, held.bound + bound),
            None => self.held.push(Held { key, quantity, bound }),
        }
    }

    fn suits(&self, key: &Key) -> bool {
        self.asked.place.is_none_or(|place| place == key.1) && self.asked.lot.is_none_or(|lot| lot == key.2)
    }
}

impl Promise {
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.state == State::Active && self.expires_at.is_some_and(|at| at <= now)
    }

    pub(crate) fn reserved(&self) -> i64 {
        self.sum(Order::reserved)
    }

    pub(crate) fn bound(&self) -> i64 {
        self.sum(Order::bound)
    }

    fn sum(&self, part: impl Fn(&Order) -> i64) -> i64 {
        self.lines.iter().map(part).sum()
    }
}

impl Reference {
    /// The reservation, if it is active and of this version.
    pub(crate) fn open(&self, which: usize, version: Option<i64>) -> Result<&Promise, Code> {
        let promise = &self.promises[which];
        if version.is_some_and(|version| version != promise.version) {
            return Err(Code::VersionMismatch);
        }
        if promise.state != State::Active { Err(Code::ReservationNotActive) } else { Ok(promise) }
    }

    /// The lines that are meant, by place and quantity: each once, and all that there are where none is named.
    pub(crate) fn selected(
        &self,
        which: usize,
        lines: Option<&[Selected]>,
    ) -> Result<Vec<(usize, Option<i64>)>, Code> {
        let count = self.promises[which].lines.len();
        let Some(lines) = lines else { return Ok((0..count).map(|at| (at, None)).collect()) };
        let mut found: Vec<(usize, Option<i64>)> = Vec::new();
        for (line_no, quantity) in lines {
            let at = usize::try_from(*line_no).unwrap().wrapping_sub(1);
            if at >= count || found.iter().any(|(named, _)| *named == at) {
                return Err(Code::UnknownLine);
            }
            found.push((at, *quantity));
        }
        Ok(found)
    }

    /// A part of a line is whole steps; all that is left may be anything.
    pub(crate) fn check_part(&self, which: usize, at: usize, quantity: i64, all: i64) -> Outcome {
        let product = self.promises[which].lines[at].asked.product;
        if quantity != all && quantity % PRODUCTS[product].step != 0 { Err(Code::OffStep) } else { Ok(()) }
    }

    /// Makes a reservation.
    pub(crate) fn promise(&mut self, made: Promise) {
        self.changed.insert(self.promises.len());
        self.promises.push(made);
    }

    /// Takes a quantity out of what a line holds and nobody handles; what was taken last goes first. Says whether anything moved.
    pub(crate) fn take_out(&mut self, which: usize, at: usize, quantity: i64, to: Spot) -> bool {
        let mut left = quantity;
        let mut moves = Vec::new();
        for held in self.promises[which].lines[at].held.iter_mut().rev() {
            let taken = left.min(held.free());
            if taken > 0 {
                held.quantity -= taken;
                left -= taken;
                moves.push((held.key, taken));
            }
        }
        assert_eq!(left, 0, "the caller looked at what is reserved");
        for (key, taken) in &moves {
            self.transfer(*key, *taken, Spot::Reserved, to);
        }
        !moves.is_empty()
    }

    /// A command has moved stock: that is one movement, however many transfers.
    pub(crate) fn moved(&mut self, anything: bool) {
        self.counts.movements += i64::from(anything);
    }

    /// Ends a change of a reservation. Without backorder what is short goes with the last reserved unit; one that
    /// neither holds nor lacks anything is over.
    pub(crate) fn settle(&mut self, which: usize, ran_out: bool) {
        let promise = &mut self.promises[which];
        if promise.sum(Order::reserved) == 0 && (!promise.backorder || ran_out) {
            for line in &mut promise.lines {
                line.released += line.short;
                line.short = 0;
            }
        }
        self.end(which, ran_out);
    }

    /// The same, but what is short stays, whatever is held.
    pub(crate) fn settle_kept(&mut self, which: usize) {
        self.end(which, false);
    }

    fn end(&mut self, which: usize, ran_out: bool) {
        let promise = &mut self.promises[which];
        if ran_out {
            promise.state = State::Expired;
        } else if promise.sum(Order::reserved) == 0 && promise.sum(|line| line.short) == 0 {
            let shipped = promise.sum(|line| line.consumed) > 0;
            promise.state = if shipped { State::Consumed } else { State::Released };
        }
        self.raise(which);
    }

    /// Gives back what ran out. What is in the hands of the floor stays, and does not run out any more.
    pub(crate) fn run_out(&mut self, which: usize) {
        let mut anything = false;
        for at in 0..self.promises[which].lines.len() {
            let free = self.promises[which].lines[at].free();
            anything |= self.take_out(which, at, free, Spot::Available);
            let line = &mut self.promises[which].lines[at];
            line.released += free + line.short;
            line.short = 0;
        }
        self.moved(anything);
        if self.promises[which].bound() > 0 {
            self.promises[which].expires_at = None;
            self.settle_kept(which);
        } else {
            self.settle(which, true);
        }
    }

    /// A command that looks for stock of these products holds the lots that may leave no more and are still offered in the warehouse:
    /// everything of such a lot on storage, whichever the warehouse. Who loses it takes other stock, the oldest first.
    pub(crate) fn hold_blocked(&mut self, products: &[usize], warehouse: usize) {
        let offered = |(key, shelf): &(&Key, &Shelf)| {
            products.contains(&key.0)
                && PLACES[key.1].warehouse == warehouse
                && shelf.available > 0
                && self.blocked((key.0, key.2)).is_some()
        };
        let lots: std::collections::BTreeSet<(usize, &'static str)> =
            self.shelves.iter().filter(offered).map(|(key, _)| (key.0, key.2)).collect();
        for lot in lots {
            self.withdraw(lot);
        }
    }

    /// Everything of such a lot on storage is held, whoever it is promised to.
    pub(crate) fn withdraw(&mut self, (product, lot): (usize, &'static str)) {
        let to = self.blocked((product, lot)).unwrap();
        let of_lot = |key: &&Key| key.0 == product && key.2 == lot && PLACES[key.1].is_storage();
        let shelves: Vec<Key> = self.shelves.keys().filter(of_lot).copied().collect();
        let mut anything = false;
        for key in &shelves {
            let available = self.shelves[key].available;
            if available > 0 {
                self.transfer(*key, available, Spot::Available, to);
                anything = true;
            }
        }
        self.moved(anything);
        for which in 0..self.promises.len() {
            if self.promises[which].state == State::Active {
                self.lose(which, &shelves, to);
            }
        }
    }

    /// One reservation gives up what it holds on these shelves and takes other stock for it where there is some.
    fn lose(&mut self, which: usize, shelves: &[Key], to: Spot) {
        let mut lines = self.promises[which].lines.clone();
        let mut lost = vec![0; lines.len()];
        for (at, line) in lines.iter_mut().enumerate() {
            for held in &mut line.held {
                let free = held.free();
                if shelves.contains(&held.key) && free > 0 {
                    self.transfer(held.key, free, Spot::Reserved, to);
                    lost[at] += free;
                    held.quantity -= free;
                }
            }
            line.short += lost[at];
        }
        if lost.iter().sum::<i64>() == 0 {
            return;
        }
        self.moved(true);
        self.promises[which].lines = lines;
        self.look_elsewhere(which, &lost, &[]);
        self.raise(which);
    }

    /// Takes other stock than that of these shelves for what lines have lost; what was short before waits.
    pub(crate) fn look_elsewhere(&mut self, which: usize, lost: &[i64], without: &[Key]) {
        let mut lines = self.promises[which].lines.clone();
        let asked: Vec<Order> =
            lines.iter().zip(lost).map(|(line, lost)| Order { short: *lost, ..line.clone() }).collect();
        let found = self.find(&asked, self.promises[which].warehouse, without);
        self.reserve(&mut lines, &found);
        self.promises[which].lines = lines;
    }

    /// A command raises the version of a reservation once, however often it changes it.
    pub(crate) fn raise(&mut self, which: usize) {
        if self.changed.insert(which) {
            self.promises[which].version += 1;
        }
    }

    /// What lines could take now, line by line: which shelf, how much. Bound lines choose before the others.
    fn find(&self, lines: &[Order], warehouse: usize, without: &[Key]) -> Vec<(usize, Key, i64)> {
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|at| (lines[*at].asked.lot.is_none(), lines[*at].asked.place.is_none()));
        let mut taken: Vec<(usize, Key, i64)> = Vec::new();
        for at in order {
            let mut wanted = lines[at].short;
            for key in self.best_first(lines[at].asked.product, warehouse) {
                let promised: i64 = taken.iter().filter(|(_, of, _)| *of == key).map(|(.., much)| much).sum();
                let quantity = wanted.min(self.shelves[&key].available - promised);
                if lines[at].suits(&key) && !without.contains(&key) && quantity > 0 {
                    wanted -= quantity;
                    taken.push((at, key, quantity));
                }
            }
        }
        taken
    }

    /// The same; but where a line would be short, everything that has run out and holds what is short goes back first.
    pub(crate) fn find_stock(&mut self, lines: &[Order], warehouse: usize) -> Vec<(usize, Key, i64)> {
        let first = self.find(lines, warehouse, &[]);
        let got = |at: usize| first.iter().filter(|(of, ..)| *of == at).map(|(.., much)| much).sum::<i64>();
        let short: Vec<usize> = lines
            .iter()
            .enumerate()
            .filter(|(at, line)| got(*at) < line.short)
            .map(|(_, line)| line.asked.product)
            .collect();
        let holds = |promise: &Promise| {
            promise.warehouse == warehouse
                && promise.lines.iter().any(|line| short.contains(&line.asked.product) && line.reserved() > 0)
        };
        let due: Vec<usize> = (0..self.promises.len())
            .filter(|which| self.promises[*which].is_due(self.now) && holds(&self.promises[*which]))
            .collect();
        if due.is_empty() {
            return first;
        }
        due.into_iter().for_each(|which| self.run_out(which));
        self.find(lines, warehouse, &[])
    }

    /// Moves what was found into the lines.
    pub(crate) fn reserve(&mut self, lines: &mut [Order], found: &[(usize, Key, i64)]) {
        for (at, key, quantity) in found {
            let line = &mut lines[*at];
            line.short -= quantity;
            line.hold(*key, *quantity, 0);
            self.transfer(*key, *quantity, Spot::Available, Spot::Reserved);
        }
        self.moved(!found.is_empty());
    }

    /// Whether a line may be ordered at all.
    pub(crate) fn check_line(&self, asked: &Asked, warehouse: usize) -> Outcome {
        let product = &PRODUCTS[asked.product];
        if !product.is_stockable {
            return Err(Code::NotStockable);
        }
        if asked.quantity % product.step != 0 {
            return Err(Code::OffStep);
        }
        if asked.place.is_some_and(|place| PLACES[place].warehouse != warehouse) {
            return Err(Code::UnknownLocation);
        }
        match asked.lot {
            Some(_) if product.tracking == inventory::Tracking::None => Err(Code::LotNotTracked),
            Some(lot) if !self.lots.contains_key(&(asked.product, lot)) => Err(Code::UnknownLot),
            Some(_) | None => Ok(()),
        }
    }
}
