//! Loading and flushing master data, balances and movements.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, SmallInt, Text};
use inventory::{
    Balance, BalanceKey, History, Location, LotFacts, Movement, Place, Product, StockChanges, StockNeeds,
    StockSet, StockStore, Transfer, Warehouse,
};
use kernel::{BalanceId, LocationId, ProductId, StoreError, Version, WarehouseId};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{DbTime, IdSql, TimeSql, classify};
use crate::rows::{
    Stored, db_id, db_time, hash, insert, load_by, money, opt_text, quantity, text, time, update_all,
};
use crate::statement::statement;

type WarehouseSql = (BigInt, Text, Text, SmallInt, Nullable<BigInt>, BigInt);
type LocationSql = (BigInt, BigInt, Text, Text, Text, BigInt, SmallInt, BigInt);
type LocationRow = (i64, i64, String, String, String, i64, i16, i64);
type ProductSql = (
    BigInt,
    Text,
    Text,
    Text,
    SmallInt,
    SmallInt,
    Text,
    SmallInt,
    BigInt,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<Text>,
    BigInt,
);
type ProductRow = (
    i64,
    String,
    String,
    String,
    i16,
    i16,
    String,
    i16,
    i64,
    Option<String>,
    Option<i64>,
    Option<String>,
    i64,
);
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
const HELD: [&str; 8] = [
    "held_putaway",
    "held_qc",
    "held_damaged",
    "held_returned",
    "held_expired",
    "held_missing",
    "held_in_transit",
    "held_recall",
];
const LOCATION: &str = "l.id, l.warehouse_id, l.code, l.name, l.kind, l.pick_priority, l.active, l.version";
const PRODUCT: &str = "p.id, p.sku, p.name, p.unit, p.stockable, p.active, p.tracking, p.needs_inspection, \
     p.quantity_step, p.barcode, p.standard_cost, p.currency, p.version";

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

fn product_of(row: ProductRow) -> Stored<Product> {
    Ok(Product {
        id: ProductId(row.0),
        sku: text(&row.1)?,
        name: text(&row.2)?,
        unit: text(&row.3)?,
        stockable: row.4 != 0,
        active: row.5 != 0,
        tracking: text(&row.6)?,
        needs_inspection: row.7 != 0,
        quantity_step: quantity(row.8)?,
        barcode: opt_text(row.9.as_ref())?,
        standard_cost: money(row.10, row.11.as_ref())?,
        version: Version(row.12),
    })
}

fn location_of(row: LocationRow) -> Stored<Location> {
    Ok(Location {
        id: LocationId(row.0),
        warehouse: WarehouseId(row.1),
        code: text(&row.2)?,
        name: text(&row.3)?,
        kind: text(&row.4)?,
        pick_priority: i32::try_from(row.5).map_err(|error| StoreError::Broken(error.to_string()))?,
        active: row.6 != 0,
        version: Version(row.7),
    })
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
    fn load_warehouses(&mut self, into: &mut StockSet) -> Stored<()> {
        let sql =
            "SELECT id, code, name, is_default, default_location_id, version FROM warehouses ORDER BY id";
        let rows = statement::<WarehouseSql>(sql, Vec::new())
            .load::<(i64, String, String, i16, Option<i64>, i64)>(self.conn)
            .map_err(|error| classify(&error))?;
        for (id, code, name, is_default, default_location, version) in rows {
            let warehouse = Warehouse {
                id: WarehouseId(id),
                code: text(&code)?,
                name: text(&name)?,
                is_default: is_default != 0,
                default_location: default_location.map(LocationId),
                version: Version(version),
            };
            into.warehouses.entry(warehouse.id).or_insert(warehouse);
        }
        Ok(())
    }

    fn load_products(&mut self, needs: &StockNeeds, into: &mut StockSet) -> Stored<()> {
        let of_balances =
            needs.balances.iter().map(|key| key.product).chain(needs.scopes.iter().map(|(id, _)| *id));
        let ids: BTreeSet<i64> = needs
            .products
            .iter()
            .copied()
            .chain(of_balances)
            .filter(|id| !into.products.contains_key(id))
            .map(|id| id.0)
            .collect();
        let skus: Vec<String> = needs.skus.iter().map(ToString::to_string).collect();
        let mut rows = Vec::new();
        if !skus.is_empty() {
            let sql = format!("SELECT {PRODUCT} FROM {{keys}} JOIN products p ON p.sku = n.k1");
            rows.extend(load_by!(self.conn, sql, vec![Column::Text(skus)] => ProductSql, ProductRow)?);
        }
        if !ids.is_empty() {
            let sql = format!("SELECT {PRODUCT} FROM {{keys}} JOIN products p ON p.id = n.k1");
            let keys = vec![Column::Int(ids.into_iter().collect())];
            rows.extend(load_by!(self.conn, sql, keys => ProductSql, ProductRow)?);
        }
        for row in rows {
            let product = product_of(row)?;
            if !into.products.contains_key(&product.id) {
                into.put_product(product);
            }
        }
        Ok(())
    }

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
        for row in rows {
            let (key, balance) = balance_of(row)?;
            // What a command of this batch changed meanwhile is newer than what the database has.
            into.balances.entry(key).or_insert(balance);
        }
        Ok(())
    }

    fn load_locations(&mut self, by: &str, keys: Column, into: &mut StockSet) -> Stored<()> {
        let is_empty = matches!(&keys, Column::Int(keys) if keys.is_empty())
            || matches!(&keys, Column::Text(keys) if keys.is_empty());
        if is_empty {
            return Ok(());
        }
        let sql = format!("SELECT {LOCATION} FROM {{keys}} JOIN locations l ON {by}");
        for row in load_by!(self.conn, sql, vec![keys] => LocationSql, LocationRow)? {
            let location = location_of(row)?;
            if !into.locations.contains_key(&location.id) {
                into.put_location(location);
            }
        }
        Ok(())
    }

    fn load_lots(&mut self, needs: &StockNeeds, into: &mut StockSet) -> Stored<()> {
        let of_balances = into.balances.keys().map(|key| (key.product, key.lot.clone()));
        let wanted: BTreeSet<_> = of_balances
            .chain(needs.lots.iter().cloned())
            .filter(|key| !key.1.is_none() && !into.lots.contains_key(key))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let keys = vec![
            Column::Int(wanted.iter().map(|(product, _)| product.0).collect()),
            Column::Text(wanted.iter().map(|(_, lot)| lot.to_string()).collect()),
        ];
        let sql = "SELECT t.product_id, t.lot, t.expires_on FROM {keys} \
                   JOIN lots t ON t.product_id = n.k1 AND t.lot = n.k2";
        let rows = load_by!(self.conn, sql, keys => (BigInt, Text, Nullable<TimeSql>), (i64, String, Option<DbTime>))?;
        for (product, lot, expires_on) in rows {
            into.lots
                .insert((ProductId(product), text(&lot)?), LotFacts { expires_on: expires_on.map(time) });
        }
        Ok(())
    }

    fn flush_warehouses(&mut self, changes: &StockChanges) -> Stored<()> {
        let rows: Vec<&Warehouse> = changes.warehouses.values().collect();
        if rows.is_empty() {
            return Ok(());
        }
        let columns = [
            ("id", Column::Int(rows.iter().map(|row| row.id.0).collect())),
            ("code", Column::Text(rows.iter().map(|row| row.code.to_string()).collect())),
            ("name", Column::Text(rows.iter().map(|row| row.name.to_string()).collect())),
            ("is_default", Column::Small(rows.iter().map(|row| row.is_default.into()).collect())),
            (
                "default_location_id",
                Column::OptInt(rows.iter().map(|row| row.default_location.map(|id| id.0)).collect()),
            ),
            ("version", Column::Int(rows.iter().map(|row| row.version.0).collect())),
        ];
        let then = "ON CONFLICT (id) DO UPDATE SET name = excluded.name, is_default = excluded.is_default, \
                    default_location_id = excluded.default_location_id, version = excluded.version";
        insert(self.conn, "warehouses", &columns, then)
    }

    fn flush_locations(&mut self, changes: &StockChanges) -> Stored<()> {
        let rows: Vec<&Location> = changes.locations.values().collect();
        if rows.is_empty() {
            return Ok(());
        }
        let columns = [
            ("id", Column::Int(rows.iter().map(|row| row.id.0).collect())),
            ("warehouse_id", Column::Int(rows.iter().map(|row| row.warehouse.0).collect())),
            ("code", Column::Text(rows.iter().map(|row| row.code.to_string()).collect())),
            ("name", Column::Text(rows.iter().map(|row| row.name.to_string()).collect())),
            ("kind", Column::Text(rows.iter().map(|row| row.kind.as_str().to_owned()).collect())),
            ("pick_priority", Column::Int(rows.iter().map(|row| row.pick_priority.into()).collect())),
            ("active", Column::Small(rows.iter().map(|row| row.active.into()).collect())),
            ("version", Column::Int(rows.iter().map(|row| row.version.0).collect())),
        ];
        let then = "ON CONFLICT (id) DO UPDATE SET name = excluded.name, pick_priority = excluded.pick_priority, \
                    active = excluded.active, version = excluded.version";
        insert(self.conn, "locations", &columns, then)
    }

    fn flush_products(&mut self, changes: &StockChanges) -> Stored<()> {
        let rows: Vec<&Product> = changes.products.values().collect();
        if rows.is_empty() {
            return Ok(());
        }
        let cost = |row: &&Product| row.standard_cost.map(|cost| cost.ten_thousandths);
        let currency = |row: &&Product| row.standard_cost.map(|cost| cost.currency.as_str().to_owned());
        let columns = [
            ("id", Column::Int(rows.iter().map(|row| row.id.0).collect())),
            ("sku", Column::Text(rows.iter().map(|row| row.sku.to_string()).collect())),
            ("name", Column::Text(rows.iter().map(|row| row.name.to_string()).collect())),
            ("unit", Column::Text(rows.iter().map(|row| row.unit.to_string()).collect())),
            ("stockable", Column::Small(rows.iter().map(|row| row.stockable.into()).collect())),
            ("active", Column::Small(rows.iter().map(|row| row.active.into()).collect())),
            ("tracking", Column::Text(rows.iter().map(|row| row.tracking.as_str().to_owned()).collect())),
            ("needs_inspection", Column::Small(rows.iter().map(|row| row.needs_inspection.into()).collect())),
            ("quantity_step", Column::Int(rows.iter().map(|row| row.quantity_step.micros()).collect())),
            (
                "barcode",
                Column::OptText(
                    rows.iter().map(|row| row.barcode.as_ref().map(ToString::to_string)).collect(),
                ),
            ),
            ("standard_cost", Column::OptInt(rows.iter().map(cost).collect())),
            ("currency", Column::OptText(rows.iter().map(currency).collect())),
            ("version", Column::Int(rows.iter().map(|row| row.version.0).collect())),
        ];
        let set = [
            "name",
            "unit",
            "stockable",
            "active",
            "tracking",
            "needs_inspection",
            "quantity_step",
            "barcode",
        ];
        let set = set.iter().chain(&["standard_cost", "currency", "version"]);
        let set: Vec<_> = set.map(|name| format!("{name} = excluded.{name}")).collect();
        insert(self.conn, "products", &columns, &format!("ON CONFLICT (id) DO UPDATE SET {}", set.join(", ")))
    }

    fn flush_lots(&mut self, changes: &StockChanges) -> Stored<()> {
        if changes.lots.is_empty() {
            return Ok(());
        }
        let columns = [
            ("product_id", Column::Int(changes.lots.keys().map(|(product, _)| product.0).collect())),
            ("lot", Column::Text(changes.lots.keys().map(|(_, lot)| lot.to_string()).collect())),
            (
                "expires_on",
                Column::OptTime(changes.lots.values().map(|lot| lot.expires_on.map(db_time)).collect()),
            ),
        ];
        insert(
            self.conn,
            "lots",
            &columns,
            "ON CONFLICT (product_id, lot) DO UPDATE SET expires_on = excluded.expires_on",
        )
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
