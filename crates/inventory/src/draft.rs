//! What a command sees of the stock, and what it changes there: a draft over the set that the batch has loaded.
//!
//! A draft answers only from what was loaded or changed. Whatever else is asked for is noted in
//! [`StockDraft::missing`]; the command's outcome is then void, the batch loads what is missing and decides again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use kernel::{Audience, BalanceId, Day, LocationId, MovementId, NewEvent, Numbering, ProductId, WarehouseId};

use crate::{
    Balance, BalanceKey, Barcode, Context, Location, LocationCode, LocationFacts, LocationKind, Lot,
    LotFacts, Movement, Product, ProductDetails, RecordedMovement, Sku, Trust, Warehouse, WarehouseCode,
    WarehouseFacts,
};

/// What somebody asked for and has not been shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StockNeeds {
    /// All warehouses (there are few).
    pub warehouses: bool,
    /// Products by sku.
    pub skus: BTreeSet<Sku>,
    /// Products by number.
    pub products: BTreeSet<ProductId>,
    /// Locations by code.
    pub location_codes: BTreeSet<LocationCode>,
    /// Locations by number.
    pub locations: BTreeSet<LocationId>,
    /// The locations in use of a kind in a warehouse.
    pub kinds: BTreeSet<(WarehouseId, LocationKind)>,
    /// Lots.
    pub lots: BTreeSet<(ProductId, Lot)>,
    /// Every balance of a product in a warehouse, with its locations and lots.
    pub scopes: BTreeSet<(ProductId, WarehouseId)>,
    /// Single balances, with their locations and lots.
    pub balances: BTreeSet<BalanceKey>,
    /// Earlier movements.
    pub movements: BTreeSet<MovementId>,
    /// Details of products.
    pub details: BTreeSet<ProductId>,
    /// The products with these barcodes.
    pub barcodes: BTreeSet<Barcode>,
    /// Every balance that is not empty of a product, at a location or in a warehouse.
    pub holdings: BTreeSet<Holder>,
}

/// What stock may belong to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// It is of this product.
    Product(ProductId),
    /// It is of this lot, or it is the unit with this serial number.
    Lot(ProductId, Lot),
    /// It stands at this location.
    Location(LocationId),
    /// It stands in this warehouse.
    Warehouse(WarehouseId),
}

impl StockNeeds {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Asks for what the other one asks for, too.
    pub fn extend(&mut self, other: Self) {
        self.warehouses |= other.warehouses;
        self.skus.extend(other.skus);
        self.products.extend(other.products);
        self.location_codes.extend(other.location_codes);
        self.locations.extend(other.locations);
        self.kinds.extend(other.kinds);
        self.lots.extend(other.lots);
        self.scopes.extend(other.scopes);
        self.balances.extend(other.balances);
        self.movements.extend(other.movements);
        self.details.extend(other.details);
        self.barcodes.extend(other.barcodes);
        self.holdings.extend(other.holdings);
    }
}

/// What the batch has loaded, with what its commands have changed so far.
#[derive(Debug, Default)]
pub struct StockSet {
    /// What was asked for, found or not: what is in here and not below does not exist.
    pub loaded: StockNeeds,
    /// Warehouses.
    pub warehouses: BTreeMap<WarehouseId, Warehouse>,
    /// Locations.
    pub locations: BTreeMap<LocationId, Location>,
    /// Locations by code.
    pub location_codes: BTreeMap<LocationCode, LocationId>,
    /// Products.
    pub products: BTreeMap<ProductId, Product>,
    /// Products by sku.
    pub skus: BTreeMap<Sku, ProductId>,
    /// Lots.
    pub lots: BTreeMap<(ProductId, Lot), LotFacts>,
    /// Balances.
    pub balances: BTreeMap<BalanceKey, Balance>,
    /// Earlier movements, as the database has them, and those of this batch that may be undone.
    pub movements: BTreeMap<MovementId, RecordedMovement>,
    /// Details of products; one that has none has empty ones.
    pub details: BTreeMap<ProductId, ProductDetails>,
    /// Products by barcode.
    pub barcodes: BTreeMap<Barcode, ProductId>,
}

impl StockSet {
    /// Puts a product where both names find it.
    pub fn put_product(&mut self, product: Product) {
        self.skus.insert(product.sku.clone(), product.id);
        self.products.insert(product.id, product);
    }

    /// Puts a location where both names find it.
    pub fn put_location(&mut self, location: Location) {
        self.location_codes.insert(location.code.clone(), location.id);
        self.locations.insert(location.id, location);
    }

    /// Lets the commands after this one see what it changed.
    pub fn merge(&mut self, changes: &StockChanges) {
        self.warehouses.extend(changes.warehouses.clone());
        changes.locations.values().for_each(|location| self.put_location(location.clone()));
        changes.products.values().for_each(|product| self.put_product(product.clone()));
        self.lots.extend(changes.lots.clone());
        self.balances.extend(changes.balances.clone());
        for (id, details) in &changes.details {
            // Whose details change, their earlier ones are loaded.
            for gone in self.details.get(id).into_iter().flat_map(|before| &before.barcodes) {
                if self.barcodes.get(&gone.barcode) == Some(id) {
                    self.barcodes.remove(&gone.barcode);
                }
            }
            self.barcodes.extend(details.barcodes.iter().map(|row| (row.barcode.clone(), *id)));
            self.details.insert(*id, details.clone());
        }
        for movement in &changes.movements {
            let undone = |known: &&mut RecordedMovement| Some(known.movement.seq) == movement.reverses;
            if let Some(known) = self.movements.values_mut().find(undone) {
                known.reversed = true;
            }
            // Nobody asks for what the reservations moved, and that is most.
            if !movement.kind.is_of_reservations() {
                let (movement, latest_of_record) = (movement.clone(), movement.id);
                let known = RecordedMovement { movement, reversed: false, latest_of_record };
                self.movements.insert(latest_of_record, known);
            }
        }
    }
}

/// What a command, or a whole batch, writes.
#[derive(Debug, Clone, Default)]
pub struct StockChanges {
    /// Warehouses, made or changed.
    pub warehouses: BTreeMap<WarehouseId, Warehouse>,
    /// Locations, made or changed.
    pub locations: BTreeMap<LocationId, Location>,
    /// Products, made or changed.
    pub products: BTreeMap<ProductId, Product>,
    /// Details of products, made or changed.
    pub details: BTreeMap<ProductId, ProductDetails>,
    /// Lots, made or changed.
    pub lots: BTreeMap<(ProductId, Lot), LotFacts>,
    /// Balances as they are afterwards.
    pub balances: BTreeMap<BalanceKey, Balance>,
    /// New movements, in the order of the ledger.
    pub movements: Vec<Movement>,
}

impl StockChanges {
    /// Adds what a later command changed.
    pub fn extend(&mut self, later: Self) {
        self.warehouses.extend(later.warehouses);
        self.locations.extend(later.locations);
        self.products.extend(later.products);
        self.details.extend(later.details);
        self.lots.extend(later.lots);
        self.balances.extend(later.balances);
        self.movements.extend(later.movements);
    }
}

/// What one command has changed, by the names that people use.
#[derive(Debug, Default)]
struct ChangedNames {
    skus: BTreeMap<Sku, ProductId>,
    location_codes: BTreeMap<LocationCode, LocationId>,
    barcodes: BTreeMap<Barcode, ProductId>,
}

/// One command's view of the stock and its changes, dropped or merged as a whole.
#[derive(Debug)]
pub struct StockDraft<'a> {
    base: &'a StockSet,
    missing: RefCell<StockNeeds>,
    pub(crate) changes: StockChanges,
    names: ChangedNames,
    /// Numbers and ids for what this command makes.
    pub numbering: Numbering,
    /// What this command tells others.
    pub events: Vec<NewEvent>,
}

impl<'a> StockDraft<'a> {
    /// A draft that has changed nothing yet.
    pub fn new(base: &'a StockSet, numbering: Numbering) -> Self {
        Self {
            base,
            missing: RefCell::default(),
            changes: StockChanges::default(),
            names: ChangedNames::default(),
            numbering,
            events: Vec::new(),
        }
    }

    /// Whether something was asked for that nobody has loaded: what was decided since is void.
    pub fn is_void(&self) -> bool {
        !self.missing.borrow().is_empty()
    }

    /// What to load before deciding again.
    pub fn take_missing(&self) -> StockNeeds {
        self.missing.take()
    }

    /// What was changed.
    pub fn changes(&self) -> &StockChanges {
        &self.changes
    }

    /// Gives the changes up to be merged and flushed.
    pub fn into_changes(self) -> (StockChanges, Numbering, Vec<NewEvent>) {
        (self.changes, self.numbering, self.events)
    }

    /// Makes or changes a product.
    pub(crate) fn put_product(&mut self, product: Product) {
        self.names.skus.insert(product.sku.clone(), product.id);
        self.changes.products.insert(product.id, product);
    }

    /// Makes or changes the details of a product; its earlier ones are loaded, if it has any.
    pub(crate) fn put_details(&mut self, id: ProductId, details: ProductDetails) {
        let barcodes: Vec<_> = details.barcodes.iter().map(|row| row.barcode.clone()).collect();
        let before = self.changes.details.insert(id, details);
        for gone in before.into_iter().flat_map(|before| before.barcodes) {
            self.names.barcodes.remove(&gone.barcode);
        }
        self.names.barcodes.extend(barcodes.into_iter().map(|barcode| (barcode, id)));
    }

    /// Makes or changes a location.
    pub(crate) fn put_location(&mut self, location: Location) {
        self.names.location_codes.insert(location.code.clone(), location.id);
        self.changes.locations.insert(location.id, location);
    }

    /// A balance as it was before this command.
    pub fn before(&self, key: &BalanceKey) -> Balance {
        self.base.balances.get(key).cloned().unwrap_or_default()
    }

    /// Every warehouse.
    pub fn warehouses(&self) -> impl Iterator<Item = &Warehouse> {
        if !self.base.loaded.warehouses {
            self.missing.borrow_mut().warehouses = true;
        }
        let unchanged =
            self.base.warehouses.values().filter(|old| !self.changes.warehouses.contains_key(&old.id));
        unchanged.chain(self.changes.warehouses.values())
    }

    /// The warehouse with this code, or else the default one.
    pub fn warehouse(&self, code: Option<&WarehouseCode>) -> Option<&Warehouse> {
        self.warehouses().find(|warehouse| match code {
            Some(code) => warehouse.code == *code,
            None => warehouse.is_default,
        })
    }

    /// What is known of the location with this code, as one would ask for it.
    pub fn location_facts(&self, code: &LocationCode) -> Option<LocationFacts> {
        let known = self.location_by_code(code)?;
        let warehouse = self.warehouses().find(|warehouse| warehouse.id == known.warehouse);
        Some(LocationFacts {
            warehouse: warehouse.map(|warehouse| warehouse.code.clone()),
            name: Some(known.name.clone()),
            kind: known.kind,
            pick_priority: known.pick_priority,
            capacity_m3: known.capacity_m3,
            active: known.active,
        })
    }

    /// What is known of the warehouse with this code, as one would ask for it.
    pub fn warehouse_facts(&self, code: &WarehouseCode) -> Option<WarehouseFacts> {
        let known = self.warehouse(Some(code))?;
        let default_location = known.default_location.and_then(|id| self.location(id));
        Some(WarehouseFacts {
            name: known.name.clone(),
            is_default: known.is_default,
            default_location: default_location.map(|location| location.code.clone()),
            active: known.active,
        })
    }

    /// The product with this sku.
    pub fn product_by_sku(&self, sku: &Sku) -> Option<&Product> {
        let changed = self.names.skus.get(sku).and_then(|id| self.changes.products.get(id));
        let found = changed.or_else(|| self.base.skus.get(sku).and_then(|id| self.base.products.get(id)));
        if found.is_none() && !self.base.loaded.skus.contains(sku) {
            self.missing.borrow_mut().skus.insert(sku.clone());
        }
        found
    }

    /// The product with this number.
    pub fn product(&self, id: ProductId) -> Option<&Product> {
        let found = self.changes.products.get(&id).or_else(|| self.base.products.get(&id));
        if found.is_none() && !self.base.loaded.products.contains(&id) {
            self.missing.borrow_mut().products.insert(id);
        }
        found
    }

    /// The details of a product that is there.
    pub fn details(&self, id: ProductId) -> Option<&ProductDetails> {
        let found = self.changes.details.get(&id).or_else(|| self.base.details.get(&id));
        if found.is_none() && !self.base.loaded.details.contains(&id) {
            self.missing.borrow_mut().details.insert(id);
        }
        found
    }

    /// The product with this barcode.
    pub fn product_by_barcode(&self, barcode: &Barcode) -> Option<ProductId> {
        let found = self.names.barcodes.get(barcode).copied().or_else(|| {
            let known = self.base.barcodes.get(barcode).copied();
            known.filter(|id| !self.changes.details.contains_key(id))
        });
        if found.is_none() && !self.base.loaded.barcodes.contains(barcode) {
            self.missing.borrow_mut().barcodes.insert(barcode.clone());
        }
        found
    }

    /// Whether anything stands of a product, at a location, or in a warehouse.
    pub fn has_stock(&self, holder: Holder) -> bool {
        if !self.base.loaded.holdings.contains(&holder) {
            self.missing.borrow_mut().holdings.insert(holder);
            return false;
        }
        let is_of = |key: &BalanceKey| match &holder {
            Holder::Product(id) => key.product == *id,
            Holder::Lot(id, lot) => key.product == *id && key.lot == *lot,
            Holder::Location(id) => key.location == *id,
            Holder::Warehouse(id) => {
                self.location(key.location).is_some_and(|location| location.warehouse == *id)
            }
        };
        if let Holder::Product(id) | Holder::Lot(id, _) = &holder {
            let keys = range_of(&self.base.balances, *id).chain(range_of(&self.changes.balances, *id));
            return keys.into_iter().any(|key| is_of(key) && !self.balance(key).owned().is_zero());
        }
        let changed = &self.changes.balances;
        let unchanged = self.base.balances.iter().filter(|(key, _)| !changed.contains_key(*key));
        unchanged.chain(changed).any(|(key, balance)| is_of(key) && !balance.owned().is_zero())
    }

    /// What stands at a location, product by product.
    pub fn standing_at(&self, location: LocationId) -> Vec<(ProductId, kernel::Quantity)> {
        let holder = Holder::Location(location);
        if !self.base.loaded.holdings.contains(&holder) {
            self.missing.borrow_mut().holdings.insert(holder);
            return Vec::new();
        }
        let changed = &self.changes.balances;
        let unchanged = self.base.balances.iter().filter(|(key, _)| !changed.contains_key(*key));
        let here = unchanged.chain(changed).filter(|(key, _)| key.location == location);
        here.map(|(key, balance)| (key.product, balance.owned())).collect()
    }

    /// The location with this code.
    pub fn location_by_code(&self, code: &LocationCode) -> Option<&Location> {
        let changed = self.names.location_codes.get(code).and_then(|id| self.changes.locations.get(id));
        let found =
            changed.or_else(|| self.base.location_codes.get(code).and_then(|id| self.base.locations.get(id)));
        if found.is_none() && !self.base.loaded.location_codes.contains(code) {
            self.missing.borrow_mut().location_codes.insert(code.clone());
        }
        found
    }

    /// The location with this number.
    pub fn location(&self, id: LocationId) -> Option<&Location> {
        let found = self.changes.locations.get(&id).or_else(|| self.base.locations.get(&id));
        if found.is_none() && !self.base.loaded.locations.contains(&id) {
            self.missing.borrow_mut().locations.insert(id);
        }
        found
    }

    /// The location of this kind in a warehouse that is meant where none is named: of those in use the one that is picked
    /// first, then the one with the first code.
    pub fn first_of_kind(&self, warehouse: WarehouseId, kind: LocationKind) -> Option<&Location> {
        if !self.base.loaded.kinds.contains(&(warehouse, kind)) {
            self.missing.borrow_mut().kinds.insert((warehouse, kind));
            return None;
        }
        let unchanged =
            self.base.locations.values().filter(|old| !self.changes.locations.contains_key(&old.id));
        let fits = |location: &&Location| {
            location.warehouse == warehouse && location.kind == kind && location.active
        };
        let found = unchanged.chain(self.changes.locations.values()).filter(fits);
        found.min_by_key(|location| (location.pick_priority, location.code.clone()))
    }

    /// Writes down what is known of a lot, if nothing is, or if its last good day was not known.
    pub fn register_lot(
        &mut self,
        product: ProductId,
        lot: &Lot,
        expires_on: Option<Day>,
        context: &Context,
    ) {
        let known = self.lot(product, lot);
        let tells_more = |known: LotFacts| known.expires_on.is_none() && expires_on.is_some();
        if lot.is_none() || known.is_some_and(|known| !tells_more(known)) {
            return;
        }
        let known = known.unwrap_or_default();
        let (recalled, version) = (known.recalled, known.version.next());
        let facts = LotFacts { expires_on, recalled, version, request: context.request };
        self.changes.lots.insert((product, lot.clone()), facts);
    }

    /// What is known of a lot.
    pub fn lot(&self, product: ProductId, lot: &Lot) -> Option<LotFacts> {
        let key = (product, lot.clone());
        let found = self.changes.lots.get(&key).or_else(|| self.base.lots.get(&key)).copied();
        if found.is_none() && !self.base.loaded.lots.contains(&key) {
            self.missing.borrow_mut().lots.insert(key);
        }
        found
    }

    /// What stands behind a key; zero where nothing ever did.
    pub fn balance(&self, key: &BalanceKey) -> Balance {
        match self.changes.balances.get(key).or_else(|| self.base.balances.get(key)) {
            Some(balance) => balance.clone(),
            None => {
                if !self.balance_is_loaded(key) {
                    self.missing.borrow_mut().balances.insert(key.clone());
                }
                Balance::default()
            }
        }
    }

    fn balance_is_loaded(&self, key: &BalanceKey) -> bool {
        let loaded = &self.base.loaded;
        loaded.balances.contains(key)
            || self
                .base
                .locations
                .get(&key.location)
                .is_some_and(|location| loaded.scopes.contains(&(key.product, location.warehouse)))
    }

    /// Every balance of a product in a warehouse, in the order of location and lot.
    pub fn scope(&self, product: ProductId, warehouse: WarehouseId) -> Vec<(BalanceKey, &Balance)> {
        if !self.base.loaded.scopes.contains(&(product, warehouse)) {
            self.missing.borrow_mut().scopes.insert((product, warehouse));
            return Vec::new();
        }
        let of_product = |key: &&BalanceKey| key.product == product;
        let keys: BTreeSet<&BalanceKey> = range_of(&self.base.balances, product)
            .chain(self.changes.balances.keys().filter(of_product))
            .filter(|key| self.location(key.location).is_some_and(|location| location.warehouse == warehouse))
            .collect();
        keys.into_iter()
            .filter_map(|key| {
                let balance = self.changes.balances.get(key).or_else(|| self.base.balances.get(key))?;
                Some((key.clone(), balance))
            })
            .collect()
    }

    /// The key of a balance row that a stored allocation names.
    pub fn key_of(&self, product: ProductId, id: BalanceId) -> Option<BalanceKey> {
        range_of(&self.base.balances, product)
            .find(|key| self.base.balances.get(*key).is_some_and(|balance| balance.id == Some(id)))
            .cloned()
    }

    /// What others are told of the balances that this command changed: one event for each, with its new version.
    pub fn balance_events(&self, trust: &Trust) -> Vec<NewEvent> {
        let events = self.changes.balances.iter().filter_map(|(key, balance)| {
            let (product, location) = (self.product(key.product)?, self.location(key.location)?);
            let mut facts = serde_json::Map::new();
            facts.insert("sku".to_owned(), product.sku.as_str().into());
            facts.insert("location".to_owned(), location.code.as_str().into());
            facts.insert("lot".to_owned(), key.lot.as_str().into());
            let quantities = [
                ("available", balance.available),
                ("reserved", balance.reserved),
                ("held", balance.held_total()),
                ("owned", balance.owned()),
            ];
            for (name, quantity) in quantities {
                facts.insert(name.to_owned(), serde_json::to_value(quantity).ok()?);
            }
            facts.insert("version".to_owned(), balance.version.0.into());
            let trusted = trust.cohort(key.product, key.location).is_some();
            facts.insert("trusted".to_owned(), trusted.into());
            Some(NewEvent {
                subject: format!("balances/{}", balance.id?),
                subject_seq: balance.version,
                kind: "stock.balance_changed",
                audience: Audience::Commerce,
                data: facts.into(),
            })
        });
        events.collect()
    }

    /// The latest movement of the same record that is neither a reversal nor undone, the commands of this batch included;
    /// itself, if none came later. Complete where every movement of the record was asked for.
    pub(crate) fn latest_of_record(&self, known: &RecordedMovement) -> MovementId {
        if !self.base.movements.contains_key(&known.latest_of_record) {
            return known.latest_of_record;
        }
        let stands = |other: &&RecordedMovement| {
            let movement = &other.movement;
            let of_record = movement.record.is_some() && movement.record == known.movement.record;
            of_record && movement.reverses.is_none() && !other.reversed
        };
        let latest = self.base.movements.values().filter(stands).max_by_key(|other| other.movement.seq);
        latest.map_or(known.movement.id, |latest| latest.movement.id)
    }

    /// An earlier movement.
    pub fn movement(&self, id: MovementId) -> Option<&RecordedMovement> {
        let found = self.base.movements.get(&id);
        if found.is_none() && !self.base.loaded.movements.contains(&id) {
            self.missing.borrow_mut().movements.insert(id);
        }
        found
    }
}

/// The keys of a product; keys are ordered by product first.
fn range_of(
    balances: &BTreeMap<BalanceKey, Balance>,
    product: ProductId,
) -> impl Iterator<Item = &BalanceKey> {
    let first = BalanceKey { product, location: LocationId(i64::MIN), lot: Lot::none() };
    balances.range(first..).map(|(key, _)| key).take_while(move |key| key.product == product)
}
