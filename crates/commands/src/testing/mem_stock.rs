//! Stock in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use inventory::{
    Balance, BalanceKey, Holder, Movement, Place, RecordedMovement, StockChanges, StockNeeds, StockSet,
    StockStore,
};
use kernel::{LocationId, MovementId, ProductId, StoreError, Version, WarehouseId};

use super::mem_store::{MemTx, Tables, insert_new};

impl StockStore for MemTx {
    fn load_stock(&mut self, needs: &StockNeeds, into: &mut StockSet) -> Result<(), StoreError> {
        let tables = &self.tables;
        if needs.warehouses {
            for (id, row) in &tables.warehouses {
                into.warehouses.entry(*id).or_insert_with(|| row.clone());
            }
        }
        for id in &needs.details {
            let of = tables.details.get(id).cloned().unwrap_or_default();
            into.details.entry(*id).or_insert(of);
        }
        for (id, details) in &tables.details {
            let wanted = details.barcodes.iter().filter(|row| needs.barcodes.contains(&row.barcode));
            for row in wanted {
                into.barcodes.entry(row.barcode.clone()).or_insert(*id);
            }
        }
        let keys = tables.wanted_balances(needs);
        tables.load_products(needs, &keys, into);
        tables.load_locations(needs, &keys, into);
        let of_balances = keys.iter().map(|key| (key.product, key.lot.clone()));
        for key in of_balances.chain(needs.lots.iter().cloned()) {
            if let Some(facts) = tables.lots.get(&key) {
                into.lots.entry(key).or_insert(*facts);
            }
        }
        for key in keys {
            if let Some(row) = tables.balances.get(&key) {
                into.balances.entry(key).or_insert_with(|| row.clone());
            }
        }
        for id in &needs.movements {
            if let Some(recorded) = tables.recorded(*id) {
                into.movements.entry(*id).or_insert(recorded);
            }
        }
        Ok(())
    }

    fn flush_stock(&mut self, changes: &StockChanges) -> Result<(), StoreError> {
        let tables = &mut self.tables;
        tables.warehouses.extend(changes.warehouses.clone());
        tables.locations.extend(changes.locations.iter().map(|(id, row)| (*id, Arc::new(row.clone()))));
        tables.products.extend(changes.products.iter().map(|(id, row)| (*id, Arc::new(row.clone()))));
        tables.lots.extend(changes.lots.clone());
        tables.details.extend(changes.details.clone());
        for (key, balance) in &changes.balances {
            let stored = tables.balances.get(key).map_or(Version::NONE, |row| row.version);
            if stored != balance.stored {
                return Err(StoreError::Conflict);
            }
            let row = Balance { stored: balance.version, ..balance.clone() };
            tables.balances.insert(key.clone(), row);
        }
        for movement in &changes.movements {
            let undone_before = tables.movements.values().any(|row| {
                row.id == movement.id || (row.reverses.is_some() && row.reverses == movement.reverses)
            });
            if undone_before {
                return Err(StoreError::Conflict);
            }
            insert_new(&mut tables.movements, movement.seq, Arc::new(movement.clone()))?;
        }
        Ok(())
    }
}

impl Tables {
    fn warehouse_of(&self, location: LocationId) -> Option<WarehouseId> {
        self.locations.get(&location).map(|row| row.warehouse)
    }

    /// Single balances, there or not, and those that stand in the scopes.
    fn wanted_balances(&self, needs: &StockNeeds) -> BTreeSet<BalanceKey> {
        let in_scope = |key: &&BalanceKey| {
            let warehouse = self.warehouse_of(key.location);
            warehouse.is_some_and(|warehouse| needs.scopes.contains(&(key.product, warehouse)))
        };
        let scoped = self.balances.keys().filter(in_scope).cloned();
        let is_held = |(key, balance): &(&BalanceKey, &Balance)| {
            let of = |holder: &Holder| match holder {
                Holder::Product(id) => key.product == *id,
                Holder::Lot(id, lot) => key.product == *id && key.lot == *lot,
                Holder::Location(id) => key.location == *id,
                Holder::Warehouse(id) => self.warehouse_of(key.location) == Some(*id),
            };
            !balance.owned().is_zero() && needs.holdings.iter().any(of)
        };
        let held = self.balances.iter().filter(is_held).map(|(key, _)| key.clone());
        scoped.chain(held).chain(needs.balances.iter().cloned()).collect()
    }

    fn load_products(&self, needs: &StockNeeds, keys: &BTreeSet<BalanceKey>, into: &mut StockSet) {
        let ids: BTreeSet<ProductId> = (needs.products.iter().copied())
            .chain(needs.scopes.iter().map(|(product, _)| *product))
            .chain(keys.iter().map(|key| key.product))
            .collect();
        for row in self.products.values() {
            let wanted = ids.contains(&row.id) || needs.skus.contains(&row.sku);
            if wanted && !into.products.contains_key(&row.id) {
                into.put_product(row.as_ref().clone());
            }
        }
    }

    fn load_locations(&self, needs: &StockNeeds, keys: &BTreeSet<BalanceKey>, into: &mut StockSet) {
        for row in self.locations.values() {
            let wanted = needs.locations.contains(&row.id)
                || needs.location_codes.contains(&row.code)
                || (row.active && needs.kinds.contains(&(row.warehouse, row.kind)))
                || keys.iter().any(|key| key.location == row.id);
            if wanted && !into.locations.contains_key(&row.id) {
                into.put_location(row.as_ref().clone());
            }
        }
    }

    fn recorded(&self, id: MovementId) -> Option<RecordedMovement> {
        let movement = self.movements.values().find(|row| row.id == id)?;
        let reversed = |row: &Movement| self.movements.values().any(|by| by.reverses == Some(row.seq));
        let latest = self.movements.values().rev().find(|row| {
            row.record.is_some() && row.record == movement.record && row.reverses.is_none() && !reversed(row)
        });
        Some(RecordedMovement {
            movement: movement.as_ref().clone(),
            reversed: reversed(movement),
            latest_of_record: latest.map_or(id, |row| row.id),
        })
    }

    /// The code of the location of a place, if it is inside.
    pub(super) fn code_of(&self, place: Place) -> Option<inventory::LocationCode> {
        place.location().and_then(|id| self.locations.get(&id)).map(|row| row.code.clone())
    }
}
