//! What a command sees of the reservations, and what it changes: a draft over what the batch has loaded, like the
//! one for stock.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use inventory::{LocationCode, StockDraft};
use kernel::{BalanceId, ProductId, ReservationId, Source, Timestamp, Version, WarehouseId};

use crate::{Line, OrderRef, Reservation, ReservationRefusal, ReservationState, events};

/// What somebody asked for and has not been shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReservationNeeds {
    /// By id.
    pub ids: BTreeSet<ReservationId>,
    /// The active reservation of an order.
    pub orders: BTreeSet<(Source, OrderRef)>,
    /// Active reservations that have run out and hold stock of a product in a warehouse: those that ran out first, at
    /// most [`PORTION`] for each of these in all.
    pub due: BTreeSet<(ProductId, WarehouseId)>,
    /// Active reservations that hold stock of a balance: the oldest of each, at most [`PORTION`].
    pub holders: BTreeSet<BalanceId>,
    /// Active reservations with an open line of a product: the oldest ones, at most [`PORTION`].
    pub products: BTreeSet<ProductId>,
    /// Active reservations of a warehouse: the oldest ones, at most [`PORTION`].
    pub warehouses: BTreeSet<WarehouseId>,
    /// Active reservations with an open line that is bound to a location: the oldest ones, at most [`PORTION`].
    pub locations: BTreeSet<LocationCode>,
}

/// The most reservations of a kind that are loaded at a time.
pub const PORTION: u32 = 500;

impl ReservationNeeds {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Asks for what the other one asks for, too.
    pub fn extend(&mut self, other: Self) {
        self.ids.extend(other.ids);
        self.orders.extend(other.orders);
        self.due.extend(other.due);
        self.holders.extend(other.holders);
        self.products.extend(other.products);
        self.warehouses.extend(other.warehouses);
        self.locations.extend(other.locations);
    }
}

/// What the batch has loaded, with what its commands have changed so far.
#[derive(Debug, Default)]
pub struct ReservationSet {
    /// What was asked for, found or not.
    pub loaded: ReservationNeeds,
    /// Whole reservations.
    pub reservations: BTreeMap<ReservationId, Reservation>,
    /// The active ones by order.
    pub orders: BTreeMap<(Source, OrderRef), ReservationId>,
}

impl ReservationSet {
    /// Puts a reservation where its id and, while it is active, its order find it.
    pub fn put(&mut self, reservation: Reservation) {
        let order = (reservation.source.clone(), reservation.order_ref.clone());
        if reservation.state == ReservationState::Active {
            self.orders.insert(order, reservation.id);
        } else if self.orders.get(&order) == Some(&reservation.id) {
            self.orders.remove(&order);
        }
        self.reservations.insert(reservation.id, reservation);
    }

    /// Lets the commands after this one see what it changed.
    pub fn merge(&mut self, changes: &ReservationChanges) {
        // What ends comes first, so that an order's new reservation is the one that is found.
        let (active, over): (Vec<_>, Vec<_>) =
            changes.reservations.values().partition(|changed| changed.state == ReservationState::Active);
        over.into_iter().chain(active).for_each(|changed| self.put(changed.clone()));
    }
}

/// Reservations as they are afterwards.
#[derive(Debug, Clone, Default)]
pub struct ReservationChanges {
    /// Made or changed.
    pub reservations: BTreeMap<ReservationId, Reservation>,
}

impl ReservationChanges {
    /// Adds what a later command changed.
    pub fn extend(&mut self, later: Self) {
        self.reservations.extend(later.reservations);
    }
}

/// One command's view of the reservations and its changes, dropped or merged as a whole.
#[derive(Debug)]
pub struct ReservationDraft<'a> {
    base: &'a ReservationSet,
    missing: RefCell<ReservationNeeds>,
    changes: ReservationChanges,
}

impl<'a> ReservationDraft<'a> {
    /// A draft that has changed nothing yet.
    pub fn new(base: &'a ReservationSet) -> Self {
        Self { base, missing: RefCell::default(), changes: ReservationChanges::default() }
    }

    /// Whether something was asked for that nobody has loaded: what was decided since is void.
    pub fn is_void(&self) -> bool {
        !self.missing.borrow().is_empty()
    }

    /// What to load before deciding again.
    pub fn take_missing(&self) -> ReservationNeeds {
        self.missing.take()
    }

    /// Gives the changes up to be merged and flushed.
    pub fn into_changes(self) -> ReservationChanges {
        self.changes
    }

    /// The reservation with this id.
    pub fn get(&self, id: ReservationId) -> Option<&Reservation> {
        let found = self.changes.reservations.get(&id).or_else(|| self.base.reservations.get(&id));
        if found.is_none() && !self.base.loaded.ids.contains(&id) {
            self.missing.borrow_mut().ids.insert(id);
        }
        found
    }

    /// The reservations that were there before and of which less is to come back now.
    pub fn brought_back(&self) -> Vec<ReservationId> {
        let sum = |reservation: &Reservation| {
            let each = reservation.lines.iter().map(|line| line.to_unpick);
            each.fold(kernel::Quantity::ZERO, kernel::Quantity::saturating_add)
        };
        let less = |changed: &&Reservation| {
            let before = self.base.reservations.get(&changed.id);
            before.is_some_and(|before| sum(changed) < sum(before))
        };
        self.changes.reservations.values().filter(less).map(|changed| changed.id).collect()
    }

    /// The reservations that were there before and offer a pick less now: of some stock that they hold, less is free.
    pub fn gave_up(&self) -> Vec<ReservationId> {
        let free = |reservation: &Reservation| {
            let mut free: BTreeMap<(u32, BalanceId), kernel::Quantity> = BTreeMap::new();
            for line in &reservation.lines {
                free.extend(line.allocations.iter().map(|held| ((line.line_no, held.balance), held.free())));
            }
            free
        };
        let less = |changed: &&Reservation| {
            let Some(before) = self.base.reservations.get(&changed.id) else { return false };
            let now = free(changed);
            free(before)
                .into_iter()
                .any(|(held, before)| now.get(&held).copied().unwrap_or_default() < before)
        };
        self.changes.reservations.values().filter(less).map(|changed| changed.id).collect()
    }

    /// The active reservation with this id, at this version if one is expected.
    ///
    /// # Errors
    /// [`ReservationRefusal::NotFound`], [`ReservationRefusal::VersionMismatch`], [`ReservationRefusal::NotActive`].
    pub fn active(
        &self,
        id: ReservationId,
        expected: Option<Version>,
    ) -> Result<Reservation, ReservationRefusal> {
        let found = self.get(id).ok_or(ReservationRefusal::NotFound { id })?;
        if let Some(expected) = expected.filter(|expected| *expected != found.version) {
            return Err(ReservationRefusal::VersionMismatch { id, expected, actual: found.version });
        }
        if found.state != ReservationState::Active {
            return Err(ReservationRefusal::NotActive { id, state: found.state });
        }
        Ok(found.clone())
    }

    /// The active reservation of an order.
    pub fn active_of(&self, source: &Source, order: &OrderRef) -> Option<&Reservation> {
        let key = (source.clone(), order.clone());
        let is_it = |held: &&Reservation| {
            held.state == ReservationState::Active && held.source == key.0 && held.order_ref == key.1
        };
        let changed = self.changes.reservations.values().find(is_it);
        let found = changed.or_else(|| {
            let id = self.base.orders.get(&key)?;
            self.base.reservations.get(id).filter(|_| !self.changes.reservations.contains_key(id))
        });
        if found.is_none() && !self.base.loaded.orders.contains(&key) {
            self.missing.borrow_mut().orders.insert(key);
        }
        found
    }

    /// Active reservations that have run out and hold stock of a product in a warehouse.
    pub fn due(&self, product: ProductId, warehouse: WarehouseId, now: Timestamp) -> Vec<ReservationId> {
        if !self.base.loaded.due.contains(&(product, warehouse)) {
            self.missing.borrow_mut().due.insert((product, warehouse));
            return Vec::new();
        }
        let holds = |held: &&Reservation| {
            let current = self.changes.reservations.get(&held.id).unwrap_or(held);
            current.is_due(now)
                && current.warehouse == warehouse
                && current.lines.iter().any(|line| line.product == product && !line.reserved().is_zero())
        };
        self.base.reservations.values().filter(holds).map(|held| held.id).collect()
    }

    /// Every reservation that is known here, as it is now.
    fn current(&self) -> impl Iterator<Item = &Reservation> {
        let changed = &self.changes.reservations;
        let unchanged = self.base.reservations.values().filter(|held| !changed.contains_key(&held.id));
        unchanged.chain(changed.values())
    }

    fn active_ones(&self) -> impl Iterator<Item = &Reservation> {
        self.current().filter(|held| held.state == ReservationState::Active)
    }

    /// Active reservations that hold stock of one of these balances, the oldest first; see
    /// [`ReservationNeeds::holders`].
    pub fn holding(&self, balances: &BTreeSet<BalanceId>) -> Vec<ReservationId> {
        let unknown: Vec<_> = balances.difference(&self.base.loaded.holders).copied().collect();
        if !unknown.is_empty() {
            self.missing.borrow_mut().holders.extend(unknown);
            return Vec::new();
        }
        let holds = |line: &Line| {
            line.allocations.iter().any(|held| balances.contains(&held.balance) && !held.remaining.is_zero())
        };
        let mut found: Vec<_> = self
            .active_ones()
            .filter(|held| held.lines.iter().any(holds))
            .map(|held| (held.seq, held.id))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether any active reservation holds or lacks something of a product.
    pub fn any_open_on(&self, product: ProductId) -> bool {
        if !self.base.loaded.products.contains(&product) {
            self.missing.borrow_mut().products.insert(product);
            return false;
        }
        self.active_ones().any(|held| held.lines.iter().any(|line| line.product == product && line.is_open()))
    }

    /// The active reservations of a warehouse, the oldest first; see [`ReservationNeeds::warehouses`].
    pub fn active_in(&self, warehouse: WarehouseId) -> Vec<ReservationId> {
        if !self.base.loaded.warehouses.contains(&warehouse) {
            self.missing.borrow_mut().warehouses.insert(warehouse);
            return Vec::new();
        }
        let own = self.active_ones().filter(|held| held.warehouse == warehouse);
        let mut found: Vec<_> = own.map(|held| (held.seq, held.id)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether a warehouse has any active reservation.
    pub fn any_open_in(&self, warehouse: WarehouseId) -> bool {
        if !self.base.loaded.warehouses.contains(&warehouse) {
            self.missing.borrow_mut().warehouses.insert(warehouse);
            return false;
        }
        self.active_ones().any(|held| held.warehouse == warehouse)
    }

    /// Whether any active reservation has an open line that may take from this location only.
    pub fn any_open_at(&self, code: &LocationCode) -> bool {
        if !self.base.loaded.locations.contains(code) {
            self.missing.borrow_mut().locations.insert(code.clone());
            return false;
        }
        let is_bound = |line: &Line| line.location.as_ref() == Some(code) && line.is_open();
        self.active_ones().any(|held| held.lines.iter().any(is_bound))
    }

    /// Puts a reservation that was made or changed, and tells others. A command that changes it several times raises
    /// its version once and tells the last of it.
    pub(crate) fn record(
        &mut self,
        stock: &mut StockDraft<'_>,
        mut reservation: Reservation,
        kind: &'static str,
        fact: Option<(&str, serde_json::Value)>,
    ) {
        let before = self.base.reservations.get(&reservation.id);
        reservation.version = before.map_or(Version::NONE, |before| before.version).next();
        let event = events::of(&reservation, kind, fact);
        stock.events.retain(|earlier| earlier.subject != event.subject);
        stock.events.push(event);
        self.changes.reservations.insert(reservation.id, reservation);
    }
}
