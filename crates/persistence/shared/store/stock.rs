//! Loading and flushing balances and movements.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use inventory::{
    Balance, BalanceKey, History, Holder, Movement, Place, StockChanges, StockNeeds, StockSet, StockStore,
    Transfer,
};
use kernel::{BalanceId, LocationId, ProductId, StoreError, Version};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{IdSql, classify};
use crate::rows::{Stored, db_id, db_time, hash, insert, load_by, quantity, text, update_all};
use crate::statement::{Bind, statement};

pub(crate) type BalanceSql = (
    BigInt,
    BigInt,
    BigInt,
    Text,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    Binary,
);
pub(crate) type BalanceRow =
    (i64, i64, i64, String, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, Vec<u8>);

/// The columns of a balance, for table `b`.
pub(crate) const BALANCE: &str = "b.id, b.product_id, b.location_id, b.lot, b.available, b.reserved, b.held_putaway, \
     b.held_qc, b.held_damaged, b.held_returned, b.held_expired, b.held_missing, b.held_in_transit, b.held_recall, \
     b.version, b.history";
/// What a balance `b` has in all.
const OWNED: &str = "(b.available + b.reserved + b.held_putaway + b.held_qc + b.held_damaged + b.held_returned \
     + b.held_expired + b.held_missing + b.held_in_transit + b.held_recall)";
/// The columns of what is held, in the order of [`inventory::HoldReason::ALL`].
pub(crate) const HELD: [&str; 8] = [
    "held_putaway",
    "held_qc",
    "held_damaged",
    "held_returned",
    "held_expired",
    "held_missing",
    "held_in_transit",
    "held_recall",
];
/// A balance from its row.
pub(crate) fn balance_of(row: BalanceRow) -> Stored<(BalanceKey, Balance)> {
    let key = BalanceKey { product: ProductId(row.1), location: LocationId(row.2), lot: text(&row.3)? };
    let held = [row.6, row.7, row.8, row.9, row.10, row.11, row.12, row.13];
    let mut quantities = [kernel::Quantity::ZERO; 8];
    for (to, micros) in quantities.iter_mut().zip(held) {
        *to = quantity(micros)?;
    }
    let version = Version(row.14);
    let balance = Balance {
        id: Some(BalanceId(row.0)),
        available: quantity(row.4)?,
        reserved: quantity(row.5)?,
        held: quantities,
        version,
        history: History(hash(row.15)?),
        stored: version,
    };
    Ok((key, balance))
}

impl StockStore for Tx<'_> {
    fn load_stock(&mut self, needs: &StockNeeds, into: &mut StockSet) -> Stored<()> {
        if needs.warehouses {
            self.load_warehouses(into)?;
        }
        self.load_products(needs, into)?;
        self.load_balances(needs, into)?;
        let codes = needs.location_codes.iter().map(ToString::to_string).collect();
        self.load_locations("l.code = n.k1", Column::Text(codes), into)?;
        let of_balances =
            into.balances.keys().map(|key| key.location).chain(needs.balances.iter().map(|key| key.location));
        let ids: BTreeSet<_> = of_balances
            .chain(needs.locations.iter().copied())
            .filter(|id| !into.locations.contains_key(id))
            .map(|id| id.0)
            .collect();
        self.load_locations("l.id = n.k1", Column::Int(ids.into_iter().collect()), into)?;
        for (warehouse, kind) in &needs.kinds {
            let by = format!("l.warehouse_id = n.k1 AND l.kind = '{}' AND l.active = 1", kind.as_str());
            self.load_locations(&by, Column::Int(vec![warehouse.0]), into)?;
        }
        self.load_lots(needs, into)?;
        if !needs.movements.is_empty() {
            self.load_movements(needs, into)?;
        }
        Ok(())
    }

    fn flush_stock(&mut self, changes: &StockChanges) -> Stored<()> {
        self.flush_warehouses(changes)?;
        self.flush_locations(changes)?;
        self.flush_products(changes)?;
        self.flush_lots(changes)?;
        self.flush_balances(changes)?;
        self.flush_movements(&changes.movements)?;
        self.flush_transfers(&changes.movements)
    }
}

impl Tx<'_> {
    fn load_balances(&mut self, needs: &StockNeeds, into: &mut StockSet) -> Stored<()> {
        let mut rows = Vec::new();
        if !needs.scopes.is_empty() {
            let keys = vec![
                Column::Int(needs.scopes.iter().map(|(product, _)| product.0).collect()),
                Column::Int(needs.scopes.iter().map(|(_, warehouse)| warehouse.0).collect()),
            ];
            let sql = format!(
                "SELECT {BALANCE} FROM {{keys}} JOIN balances b ON b.product_id = n.k1 AND b.warehouse_id = n.k2"
            );
            rows.extend(load_by!(self.conn, sql, keys => BalanceSql, BalanceRow)?);
        }
        if !needs.balances.is_empty() {
            let keys = vec![
                Column::Int(needs.balances.iter().map(|key| key.product.0).collect()),
                Column::Int(needs.balances.iter().map(|key| key.location.0).collect()),
                Column::Text(needs.balances.iter().map(|key| key.lot.to_string()).collect()),
            ];
            let sql = format!(
                "SELECT {BALANCE} FROM {{keys}} JOIN locations l ON l.id = n.k2 JOIN balances b \
                 ON b.product_id = n.k1 AND b.warehouse_id = l.warehouse_id AND b.location_id = n.k2 AND b.lot = n.k3"
            );
            rows.extend(load_by!(self.conn, sql, keys => BalanceSql, BalanceRow)?);
        }
        for holder in &needs.holdings {
            let (of, binds) = match holder {
                Holder::Product(id) => ("b.product_id = ?", vec![Bind::Int(id.0)]),
                Holder::Lot(id, lot) => {
                    ("b.product_id = ? AND b.lot = ?", vec![Bind::Int(id.0), Bind::Text(lot.to_string())])
                }
                Holder::Location(id) => ("b.location_id = ?", vec![Bind::Int(id.0)]),
                Holder::Warehouse(id) => ("b.warehouse_id = ?", vec![Bind::Int(id.0)]),
            };
            let sql = format!("SELECT {BALANCE} FROM balances b WHERE {of} AND {OWNED} > 0");
            let found = statement::<BalanceSql>(&sql, binds).load::<BalanceRow>(self.conn);
            rows.extend(found.map_err(|error| classify(&error))?);
        }
        for row in rows {
            let (key, balance) = balance_of(row)?;
            // What a command of this batch changed meanwhile is newer than what the database has.
            into.balances.entry(key).or_insert(balance);
        }
        Ok(())
    }

    fn flush_balances(&mut self, changes: &StockChanges) -> Stored<()> {
        let (made, changed): (Vec<_>, Vec<_>) =
            changes.balances.iter().partition(|(_, balance)| balance.stored == Version::NONE);
        if !changed.is_empty() {
            let mut columns = quantities(&changed);
            let set = columns.len();
            columns.push(("id", ids(&changed)));
            columns.push((
                "expected_version",
                Column::Int(changed.iter().map(|(_, row)| row.stored.0).collect()),
            ));
            update_all(self.conn, "balances", set, &columns, changed.len())?;
        }
        if !made.is_empty() {
            let warehouses = self.warehouses_of(&made)?;
            let mut columns = quantities(&made);
            columns.push(("id", ids(&made)));
            columns.push(("product_id", Column::Int(made.iter().map(|(key, _)| key.product.0).collect())));
            columns.push(("warehouse_id", Column::Int(warehouses)));
            columns.push(("location_id", Column::Int(made.iter().map(|(key, _)| key.location.0).collect())));
            columns.push(("lot", Column::Text(made.iter().map(|(key, _)| key.lot.to_string()).collect())));
            insert(self.conn, "balances", &columns, "")?;
        }
        Ok(())
    }

    fn warehouses_of(&mut self, made: &[(&BalanceKey, &Balance)]) -> Stored<Vec<i64>> {
        let wanted: BTreeSet<i64> = made.iter().map(|(key, _)| key.location.0).collect();
        let sql = "SELECT l.id, l.warehouse_id FROM {keys} JOIN locations l ON l.id = n.k1";
        let keys = vec![Column::Int(wanted.into_iter().collect())];
        let rows = load_by!(self.conn, sql, keys => (BigInt, BigInt), (i64, i64))?;
        let known: std::collections::BTreeMap<i64, i64> = rows.into_iter().collect();
        let missing = || StoreError::Broken("a balance at a location that is not there".to_owned());
        made.iter().map(|(key, _)| known.get(&key.location.0).copied().ok_or_else(missing)).collect()
    }

    fn flush_movements(&mut self, movements: &[Movement]) -> Stored<()> {
        if movements.is_empty() {
            return Ok(());
        }
        let columns = [
            ("seq", Column::Int(movements.iter().map(|row| row.seq.0).collect())),
            ("id", Column::Id(movements.iter().map(|row| db_id(row.id.0)).collect())),
            ("kind", Column::Text(movements.iter().map(|row| row.kind.as_str().to_owned()).collect())),
            ("request_seq", Column::Int(movements.iter().map(|row| row.request.0).collect())),
            (
                "record_id",
                Column::OptId(movements.iter().map(|row| row.record.map(|id| db_id(id.0))).collect()),
            ),
            ("reverses", Column::OptInt(movements.iter().map(|row| row.reverses.map(|seq| seq.0)).collect())),
            (
                "reason",
                Column::OptText(
                    movements.iter().map(|row| row.reason.as_ref().map(ToString::to_string)).collect(),
                ),
            ),
            ("effective_at", Column::Time(movements.iter().map(|row| db_time(row.effective_at)).collect())),
            ("recorded_at", Column::Time(movements.iter().map(|row| db_time(row.recorded_at)).collect())),
        ];
        insert(self.conn, "movements", &columns, "")
    }

    fn flush_transfers(&mut self, movements: &[Movement]) -> Stored<()> {
        let rows: Vec<(i64, i64, &Transfer)> = movements
            .iter()
            .flat_map(|movement| {
                movement.transfers.iter().zip(0..).map(|(row, line)| (movement.seq.0, line, row))
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let end =
            |of: fn(&Transfer) -> Option<i64>| Column::OptInt(rows.iter().map(|row| of(row.2)).collect());
        let bucket =
            |of: fn(&Transfer) -> Place| Column::Small(rows.iter().map(|row| of(row.2).code()).collect());
        let currency = |row: &Transfer| row.moved.unit_cost.map(|cost| cost.currency.as_str().to_owned());
        let columns = [
            ("movement_seq", Column::Int(rows.iter().map(|row| row.0).collect())),
            ("line", Column::Int(rows.iter().map(|row| row.1).collect())),
            ("product_id", Column::Int(rows.iter().map(|row| row.2.moved.product.0).collect())),
            ("lot", Column::Text(rows.iter().map(|row| row.2.moved.lot.to_string()).collect())),
            ("quantity", Column::Int(rows.iter().map(|row| row.2.moved.quantity.get().micros()).collect())),
            ("from_balance", end(|row| row.from.map(|(id, _)| id.0))),
            ("from_bucket", bucket(|row| row.moved.from)),
            ("from_version", end(|row| row.from.map(|(_, version)| version.0))),
            ("to_balance", end(|row| row.to.map(|(id, _)| id.0))),
            ("to_bucket", bucket(|row| row.moved.to)),
            ("to_version", end(|row| row.to.map(|(_, version)| version.0))),
            ("record_line", end(|row| row.moved.record_line.map(i64::from))),
            ("cohort_id", Column::OptId(rows.iter().map(|row| row.2.cohort.map(|id| db_id(id.0))).collect())),
            ("unit_cost", end(|row| row.moved.unit_cost.map(|cost| cost.ten_thousandths))),
            ("currency", Column::OptText(rows.iter().map(|row| currency(row.2)).collect())),
        ];
        insert(self.conn, "transfers", &columns, "")
    }

    fn load_movements(&mut self, needs: &StockNeeds, into: &mut StockSet) -> Stored<()> {
        let sql = "SELECT m.id, m.seq FROM {keys} JOIN movements m ON m.id = n.k1";
        let keys = vec![Column::Id(needs.movements.iter().map(|id| db_id(id.0)).collect())];
        let rows = load_by!(self.conn, sql, keys => (IdSql, BigInt), (crate::dialect::DbId, i64))?;
        for (_, seq) in rows {
            let recorded = crate::views::recorded_movement(self, seq)?;
            into.movements.entry(recorded.movement.id).or_insert(recorded);
        }
        Ok(())
    }
}

fn ids(rows: &[(&BalanceKey, &Balance)]) -> Column {
    Column::Int(rows.iter().map(|(_, row)| row.id.map_or(0, |id| id.0)).collect())
}

/// What is written of a balance whenever it changes.
fn quantities(rows: &[(&BalanceKey, &Balance)]) -> Vec<(&'static str, Column)> {
    let mut columns = vec![
        ("available", Column::Int(rows.iter().map(|(_, row)| row.available.micros()).collect())),
        ("reserved", Column::Int(rows.iter().map(|(_, row)| row.reserved.micros()).collect())),
        ("version", Column::Int(rows.iter().map(|(_, row)| row.version.0).collect())),
        ("history", Column::Bytes(rows.iter().map(|(_, row)| row.history.0.to_vec()).collect())),
    ];
    for (name, reason) in HELD.into_iter().zip(inventory::HoldReason::ALL) {
        columns.push((name, Column::Int(rows.iter().map(|(_, row)| row.held(reason).micros()).collect())));
    }
    columns
}
