//! Loading and flushing master data: warehouses, locations, products and lots.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text};
use inventory::{
    Component, Location, LotFacts, PackBarcode, Product, ProductDetails, StockChanges, StockNeeds, StockSet,
    StockSettings, Warehouse,
};
use kernel::{Day, LocationId, ProductId, RequestSeq, StoreError, Version, WarehouseId};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{DbTime, JSON_TEXT, TimeSql, classify};
use crate::rows::{
    Stored, db_time, insert, load_by, money, opt_quantity, opt_text, positive, quantity, run_by, text, time,
};
use crate::statement::statement;

type WarehouseSql = (BigInt, Text, Text, SmallInt, Nullable<BigInt>, SmallInt, BigInt, BigInt);
type WarehouseRow = (i64, String, String, i16, Option<i64>, i16, i64, i64);
pub(crate) type LocationSql =
    (BigInt, BigInt, Text, Text, Text, BigInt, SmallInt, BigInt, BigInt, Nullable<BigInt>);
pub(crate) type LocationRow = (i64, i64, String, String, String, i64, i16, i64, i64, Option<i64>);
pub(crate) type ProductSql = (
    BigInt,
    Text,
    Text,
    Text,
    SmallInt,
    SmallInt,
    Text,
    SmallInt,
    BigInt,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    BigInt,
    BigInt,
    Nullable<BigInt>,
);
pub(crate) type ProductRow = (
    i64,
    String,
    String,
    String,
    i16,
    i16,
    String,
    i16,
    i64,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<String>,
    i64,
    i64,
    Option<i64>,
);
pub(crate) type LotSql = (BigInt, Text, Nullable<TimeSql>, SmallInt, BigInt, BigInt);
pub(crate) type LotRow = (i64, String, Option<DbTime>, i16, i64, i64);

/// The columns of a location, for table `l`.
pub(crate) const LOCATION: &str = "l.id, l.warehouse_id, l.code, l.name, l.kind, l.pick_priority, l.active, l.version, l.request_seq, \
     l.capacity_m3";
/// The columns of a product, for table `p`.
pub(crate) const PRODUCT: &str = "p.id, p.sku, p.name, p.unit, p.stockable, p.active, p.tracking, p.needs_inspection, \
     p.quantity_step, p.weight_kg, p.volume_m3, p.standard_cost, p.currency, p.version, p.request_seq, \
     p.over_receipt_percent";
/// The columns of a lot, for table `t`.
pub(crate) const LOT: &str = "t.product_id, t.lot, t.expires_on, t.recalled, t.version, t.request_seq";

/// A product from its row.
pub(crate) fn product_of(row: ProductRow) -> Stored<Product> {
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
        weight_kg: opt_quantity(row.9)?,
        volume_m3: opt_quantity(row.10)?,
        over_receipt_percent: opt_quantity(row.15)?,
        standard_cost: money(row.11, row.12.as_ref())?,
        version: Version(row.13),
        request: RequestSeq(row.14),
    })
}

/// A location from its row.
pub(crate) fn location_of(row: LocationRow) -> Stored<Location> {
    Ok(Location {
        id: LocationId(row.0),
        warehouse: WarehouseId(row.1),
        code: text(&row.2)?,
        name: text(&row.3)?,
        kind: text(&row.4)?,
        pick_priority: i32::try_from(row.5).map_err(|error| StoreError::Broken(error.to_string()))?,
        capacity_m3: opt_quantity(row.9)?,
        active: row.6 != 0,
        version: Version(row.7),
        request: RequestSeq(row.8),
    })
}

/// A lot from its row.
pub(crate) fn lot_of(row: &LotRow) -> LotFacts {
    LotFacts {
        expires_on: row.2.map(|at| Day::of(time(at))),
        recalled: row.3 != 0,
        version: Version(row.4),
        request: RequestSeq(row.5),
    }
}

impl Tx<'_> {
    pub(super) fn load_warehouses(&mut self, into: &mut StockSet) -> Stored<()> {
        let sql = "SELECT id, code, name, is_default, default_location_id, active, version, request_seq \
                   FROM warehouses ORDER BY id";
        let rows = statement::<WarehouseSql>(sql, Vec::new())
            .load::<WarehouseRow>(self.conn)
            .map_err(|error| classify(&error))?;
        for row in rows {
            let warehouse = Warehouse {
                id: WarehouseId(row.0),
                code: text(&row.1)?,
                name: text(&row.2)?,
                is_default: row.3 != 0,
                default_location: row.4.map(LocationId),
                active: row.5 != 0,
                version: Version(row.6),
                request: RequestSeq(row.7),
            };
            into.warehouses.entry(warehouse.id).or_insert(warehouse);
        }
        Ok(())
    }

    pub(super) fn load_products(&mut self, needs: &StockNeeds, into: &mut StockSet) -> Stored<()> {
        self.load_barcodes(needs, into)?;
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
        let wanted =
            needs.details.iter().filter(|id| !into.details.contains_key(id)).map(|id| id.0).collect();
        let details = load_details(self, wanted)?;
        into.details.extend(details);
        Ok(())
    }

    fn load_barcodes(&mut self, needs: &StockNeeds, into: &mut StockSet) -> Stored<()> {
        if needs.barcodes.is_empty() {
            return Ok(());
        }
        let sql = "SELECT c.barcode, c.product_id FROM {keys} JOIN product_barcodes c ON c.barcode = n.k1";
        let keys = vec![Column::Text(needs.barcodes.iter().map(ToString::to_string).collect())];
        for (barcode, product) in load_by!(self.conn, sql, keys => (Text, BigInt), (String, i64))? {
            // Details that are known here may have changed in this batch: they are newer than what the database has.
            let (barcode, product) = (text(&barcode)?, ProductId(product));
            let known = into.details.get(&product);
            if known.is_none_or(|known| known.barcodes.iter().any(|row| row.barcode == barcode)) {
                into.barcodes.entry(barcode).or_insert(product);
            }
        }
        Ok(())
    }

    pub(super) fn load_locations(&mut self, by: &str, keys: Column, into: &mut StockSet) -> Stored<()> {
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

    pub(super) fn load_lots(&mut self, needs: &StockNeeds, into: &mut StockSet) -> Stored<()> {
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
        let sql = format!("SELECT {LOT} FROM {{keys}} JOIN lots t ON t.product_id = n.k1 AND t.lot = n.k2");
        for row in load_by!(self.conn, sql, keys => LotSql, LotRow)? {
            into.lots.insert((ProductId(row.0), text(&row.1)?), lot_of(&row));
        }
        Ok(())
    }

    pub(super) fn flush_warehouses(&mut self, changes: &StockChanges) -> Stored<()> {
        // The one that is the default no more comes first: there is never more than one.
        let mut rows: Vec<&Warehouse> = changes.warehouses.values().collect();
        rows.sort_by_key(|row| row.is_default);
        let (others, default): (Vec<&Warehouse>, Vec<&Warehouse>) =
            rows.into_iter().partition(|row| !row.is_default);
        for rows in [others, default] {
            if rows.is_empty() {
                continue;
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
                ("active", Column::Small(rows.iter().map(|row| row.active.into()).collect())),
                ("version", Column::Int(rows.iter().map(|row| row.version.0).collect())),
                ("request_seq", Column::Int(rows.iter().map(|row| row.request.0).collect())),
            ];
            let set = ["name", "is_default", "default_location_id", "active", "version", "request_seq"];
            insert(self.conn, "warehouses", &columns, &upsert("id", &set))?;
        }
        Ok(())
    }

    pub(super) fn flush_locations(&mut self, changes: &StockChanges) -> Stored<()> {
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
            (
                "capacity_m3",
                Column::OptInt(
                    rows.iter().map(|row| row.capacity_m3.map(kernel::Quantity::micros)).collect(),
                ),
            ),
            ("active", Column::Small(rows.iter().map(|row| row.active.into()).collect())),
            ("version", Column::Int(rows.iter().map(|row| row.version.0).collect())),
            ("request_seq", Column::Int(rows.iter().map(|row| row.request.0).collect())),
        ];
        let set = ["name", "kind", "pick_priority", "capacity_m3", "active", "version", "request_seq"];
        insert(self.conn, "locations", &columns, &upsert("id", &set))
    }

    pub(super) fn flush_products(&mut self, changes: &StockChanges) -> Stored<()> {
        let rows: Vec<&Product> = changes.products.values().collect();
        if rows.is_empty() {
            return Ok(());
        }
        let cost = |row: &&Product| row.standard_cost.map(|cost| cost.ten_thousandths);
        let currency = |row: &&Product| row.standard_cost.map(|cost| cost.currency.as_str().to_owned());
        let micros = |of: fn(&Product) -> Option<kernel::Quantity>| {
            Column::OptInt(rows.iter().map(|row| of(row).map(kernel::Quantity::micros)).collect())
        };
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
            ("weight_kg", micros(|row| row.weight_kg)),
            ("volume_m3", micros(|row| row.volume_m3)),
            ("over_receipt_percent", micros(|row| row.over_receipt_percent)),
            ("standard_cost", Column::OptInt(rows.iter().map(cost).collect())),
            ("currency", Column::OptText(rows.iter().map(currency).collect())),
            ("version", Column::Int(rows.iter().map(|row| row.version.0).collect())),
            ("request_seq", Column::Int(rows.iter().map(|row| row.request.0).collect())),
        ];
        let names = columns.iter().map(|(name, _)| *name);
        let set: Vec<_> = names.filter(|name| !matches!(*name, "id" | "sku")).collect();
        insert(self.conn, "products", &columns, &upsert("id", &set))?;
        self.flush_details(&changes.details)
    }

    /// What a product had is taken away, what it has is written: that changes seldom, and is little.
    fn flush_details(&mut self, changed: &BTreeMap<ProductId, ProductDetails>) -> Stored<()> {
        if changed.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = changed.keys().map(|id| id.0).collect();
        for table in ["product_barcodes", "product_components", "product_settings"] {
            let sql = format!("DELETE FROM {table} WHERE product_id IN (SELECT n.k1 FROM {{keys}})");
            run_by(self.conn, &sql, vec![Column::Int(ids.clone())])?;
        }
        flush_barcodes(self, changed)?;
        flush_components(self, changed)?;
        flush_settings(self, changed)
    }

    pub(super) fn flush_lots(&mut self, changes: &StockChanges) -> Stored<()> {
        let rows = &changes.lots;
        if rows.is_empty() {
            return Ok(());
        }
        let day = |lot: &LotFacts| lot.expires_on.map(|day| db_time(day.begins()));
        let columns = [
            ("product_id", Column::Int(rows.keys().map(|(product, _)| product.0).collect())),
            ("lot", Column::Text(rows.keys().map(|(_, lot)| lot.to_string()).collect())),
            ("expires_on", Column::OptTime(rows.values().map(day).collect())),
            ("recalled", Column::Small(rows.values().map(|row| row.recalled.into()).collect())),
            ("version", Column::Int(rows.values().map(|row| row.version.0).collect())),
            ("request_seq", Column::Int(rows.values().map(|row| row.request.0).collect())),
        ];
        let set = ["expires_on", "recalled", "version", "request_seq"];
        insert(self.conn, "lots", &columns, &upsert("product_id, lot", &set))
    }
}

fn upsert(key: &str, set: &[&str]) -> String {
    let set: Vec<_> = set.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    format!("ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", "))
}

/// Rows of a product's details, numbered in their order.
fn numbered<'a, T: 'a>(
    changed: &'a BTreeMap<ProductId, ProductDetails>,
    of: fn(&ProductDetails) -> &Vec<T>,
) -> Vec<(i64, i64, &'a T)> {
    let rows = |(id, details): (&'a ProductId, &'a ProductDetails)| {
        of(details).iter().zip(1..).map(|(row, position)| (id.0, position, row))
    };
    changed.iter().flat_map(rows).collect()
}

fn flush_barcodes(tx: &mut Tx<'_>, changed: &BTreeMap<ProductId, ProductDetails>) -> Stored<()> {
    let rows = numbered(changed, |details| &details.barcodes);
    if rows.is_empty() {
        return Ok(());
    }
    let columns = [
        ("barcode", Column::Text(rows.iter().map(|row| row.2.barcode.to_string()).collect())),
        ("product_id", Column::Int(rows.iter().map(|row| row.0).collect())),
        ("position", Column::Int(rows.iter().map(|row| row.1).collect())),
        ("quantity", Column::Int(rows.iter().map(|row| row.2.quantity.get().micros()).collect())),
    ];
    insert(tx.conn, "product_barcodes", &columns, "")
}

fn flush_components(tx: &mut Tx<'_>, changed: &BTreeMap<ProductId, ProductDetails>) -> Stored<()> {
    let rows = numbered(changed, |details| &details.bill_of_materials);
    if rows.is_empty() {
        return Ok(());
    }
    let keys = vec![
        Column::Int(rows.iter().map(|row| row.0).collect()),
        Column::Text(rows.iter().map(|row| row.2.sku.to_string()).collect()),
        Column::Int(rows.iter().map(|row| row.1).collect()),
        Column::Int(rows.iter().map(|row| row.2.quantity.get().micros()).collect()),
    ];
    let sql = "INSERT INTO product_components (product_id, component_id, position, quantity) \
               SELECT n.k1, p.id, n.k3, n.k4 FROM {keys} JOIN products p ON p.sku = n.k2";
    run_by(tx.conn, sql, keys)
}

fn flush_settings(tx: &mut Tx<'_>, changed: &BTreeMap<ProductId, ProductDetails>) -> Stored<()> {
    let rows = numbered(changed, |details| &details.settings);
    if rows.is_empty() {
        return Ok(());
    }
    let some = |of: fn(&StockSettings) -> Option<kernel::Quantity>| {
        Column::OptInt(rows.iter().map(|row| of(row.2).map(kernel::Quantity::micros)).collect())
    };
    let bins = |row: &StockSettings| serde_json::to_string(&row.putaway_bins).unwrap_or_default();
    let keys = vec![
        Column::Int(rows.iter().map(|row| row.0).collect()),
        Column::Text(rows.iter().map(|row| row.2.warehouse.to_string()).collect()),
        Column::Int(rows.iter().map(|row| row.1).collect()),
        some(|row| row.reorder_point),
        some(|row| row.safety_stock),
        some(|row| row.target),
        some(|row| row.minimum_order.map(kernel::PositiveQuantity::get)),
        some(|row| row.order_multiple.map(kernel::PositiveQuantity::get)),
        Column::OptInt(rows.iter().map(|row| row.2.lead_time_days.map(i64::from)).collect()),
        Column::OptText(rows.iter().map(|row| row.2.vendor.as_ref().map(ToString::to_string)).collect()),
        Column::Text(rows.iter().map(|row| bins(row.2)).collect()),
    ];
    let json = crate::dialect::FROM_JSON_TEXT;
    let sql = format!(
        "INSERT INTO product_settings (product_id, warehouse_id, position, reorder_point, safety_stock, target, \
         minimum_order, order_multiple, lead_time_days, vendor, putaway_bins) \
         SELECT n.k1, w.id, n.k3, n.k4, n.k5, n.k6, n.k7, n.k8, n.k9, n.k10, n.k11{json} \
         FROM {{keys}} JOIN warehouses w ON w.code = n.k2"
    );
    run_by(tx.conn, &sql, keys)
}

type SettingsSql = (
    BigInt,
    Text,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Text,
);
type SettingsRow = (
    i64,
    String,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<String>,
    String,
);

/// The details of these products; one that has none has empty ones.
pub(crate) fn load_details(tx: &mut Tx<'_>, ids: Vec<i64>) -> Stored<BTreeMap<ProductId, ProductDetails>> {
    let mut found: BTreeMap<ProductId, ProductDetails> =
        ids.iter().map(|id| (ProductId(*id), ProductDetails::default())).collect();
    if ids.is_empty() {
        return Ok(found);
    }
    let keys = || vec![Column::Int(ids.clone())];
    let sql = "SELECT c.product_id, c.barcode, c.quantity FROM {keys} JOIN product_barcodes c \
               ON c.product_id = n.k1 ORDER BY c.product_id, c.position";
    for (id, barcode, units) in load_by!(tx.conn, sql, keys() => (BigInt, Text, BigInt), (i64, String, i64))?
    {
        let row = PackBarcode { barcode: text(&barcode)?, quantity: positive(units)? };
        found.entry(ProductId(id)).or_default().barcodes.push(row);
    }
    let sql = "SELECT c.product_id, p.sku, c.quantity FROM {keys} JOIN product_components c \
               ON c.product_id = n.k1 JOIN products p ON p.id = c.component_id ORDER BY c.product_id, c.position";
    for (id, sku, units) in load_by!(tx.conn, sql, keys() => (BigInt, Text, BigInt), (i64, String, i64))? {
        let row = Component { sku: text(&sku)?, quantity: positive(units)? };
        found.entry(ProductId(id)).or_default().bill_of_materials.push(row);
    }
    let sql = format!(
        "SELECT s.product_id, w.code, s.reorder_point, s.safety_stock, s.target, s.minimum_order, \
         s.order_multiple, s.lead_time_days, s.vendor, s.putaway_bins{JSON_TEXT} FROM {{keys}} \
         JOIN product_settings s ON s.product_id = n.k1 JOIN warehouses w ON w.id = s.warehouse_id \
         ORDER BY s.product_id, s.position"
    );
    for row in load_by!(tx.conn, sql, keys() => SettingsSql, SettingsRow)? {
        let id = ProductId(row.0);
        let settings = settings_of(row)?;
        found.entry(id).or_default().settings.push(settings);
    }
    Ok(found)
}

fn settings_of(row: SettingsRow) -> Stored<StockSettings> {
    let days = row.7.map(u16::try_from).transpose().map_err(|error| StoreError::Broken(error.to_string()))?;
    Ok(StockSettings {
        warehouse: text(&row.1)?,
        reorder_point: opt_quantity(row.2)?,
        safety_stock: opt_quantity(row.3)?,
        target: opt_quantity(row.4)?,
        minimum_order: row.5.map(positive).transpose()?,
        order_multiple: row.6.map(positive).transpose()?,
        lead_time_days: days,
        vendor: opt_text(row.8.as_ref())?,
        putaway_bins: serde_json::from_str(&row.9)
            .map_err(|error| StoreError::Broken(format!("stored bins: {error}")))?,
    })
}
