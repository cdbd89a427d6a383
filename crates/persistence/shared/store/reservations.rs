//! Loading and flushing reservations.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text};
use inventory::BalanceKey;
use kernel::{BalanceId, LocationId, ProductId, RequestSeq, ReservationId, Timestamp, Version, WarehouseId};
use reservations::{
    Allocation, KitPart, Line, PORTION, Reservation, ReservationChanges, ReservationNeeds, ReservationSet,
    ReservationStore,
};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{DbId, DbTime, IdSql, TimeSql, classify};
use crate::rows::{
    Stored, db_id, db_time, id, insert, line, load_by, object, opt_text, positive, quantity, text, time,
    update_all, version,
};
use crate::statement::{Bind, statement};

/// The columns of a reservation, for tables `r` and `w`.
pub(crate) const RESERVATION: &str = "r.id, r.seq, r.source, r.order_ref, r.warehouse_id, w.code, r.state, r.version, \
     r.allow_partial, r.backorder, r.expires_at, r.ship_to, r.ship_by, r.metadata, r.created_at, \
     r.updated_at, r.request_seq";

type ReservationSql = (
    IdSql,
    BigInt,
    Text,
    Text,
    BigInt,
    Text,
    Text,
    BigInt,
    SmallInt,
    SmallInt,
    Nullable<TimeSql>,
    Nullable<Text>,
    Nullable<TimeSql>,
    Nullable<Text>,
    TimeSql,
    TimeSql,
    BigInt,
);
type ReservationRow = (
    DbId,
    i64,
    String,
    String,
    i64,
    String,
    String,
    i64,
    i16,
    i16,
    Option<DbTime>,
    Option<String>,
    Option<DbTime>,
    Option<String>,
    DbTime,
    DbTime,
    i64,
);
type LineSql = (
    IdSql,
    BigInt,
    Nullable<Text>,
    BigInt,
    Text,
    Nullable<Text>,
    Nullable<Text>,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<BigInt>,
    BigInt,
);
type LineRow = (
    DbId,
    i64,
    Option<String>,
    i64,
    String,
    Option<String>,
    Option<String>,
    i64,
    i64,
    i64,
    i64,
    Option<String>,
    Option<String>,
    Option<i64>,
    i64,
);
type AllocationSql = (IdSql, BigInt, BigInt, BigInt, BigInt, Text, BigInt, BigInt, BigInt);
type AllocationRow = (DbId, i64, i64, i64, i64, String, i64, i64, i64);

/// Loads whole reservations: `SELECT {columns} FROM reservations r JOIN warehouses w …` and then `rest`, in the
/// order that `rest` gives. `{keys}` in it stands for a table of the binds' keys, made by the caller.
pub(crate) fn load_where(tx: &mut Tx<'_>, rest: &str, binds: Vec<Bind>) -> Stored<Vec<Reservation>> {
    let sql =
        format!("SELECT {RESERVATION} FROM reservations r JOIN warehouses w ON w.id = r.warehouse_id {rest}");
    let rows = statement::<ReservationSql>(&sql, binds)
        .load::<ReservationRow>(tx.conn)
        .map_err(|error| classify(&error))?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<DbId> = rows.iter().map(|row| row.0).collect();
    let mut lines = load_lines(tx, ids)?;
    rows.into_iter().map(|row| reservation(row, &mut lines)).collect()
}

fn reservation(row: ReservationRow, lines: &mut BTreeMap<[u8; 16], Vec<Line>>) -> Stored<Reservation> {
    Ok(Reservation {
        id: ReservationId(id(row.0)),
        seq: row.1,
        source: text(&row.2)?,
        order_ref: text(&row.3)?,
        warehouse: WarehouseId(row.4),
        warehouse_code: text(&row.5)?,
        state: text(&row.6)?,
        version: Version(row.7),
        allow_partial: row.8 != 0,
        backorder: row.9 != 0,
        expires_at: row.10.map(time),
        ship_to: object(row.11.as_ref())?,
        ship_by: row.12.map(time),
        metadata: object(row.13.as_ref())?,
        created_at: time(row.14),
        updated_at: time(row.15),
        request: RequestSeq(row.16),
        stored: Version(row.7),
        lines: lines.remove(&row.0.0).unwrap_or_default(),
    })
}

fn load_lines(tx: &mut Tx<'_>, ids: Vec<DbId>) -> Stored<BTreeMap<[u8; 16], Vec<Line>>> {
    let sql = "SELECT i.reservation_id, i.line_no, i.line_ref, i.product_id, p.sku, i.location, i.lot, i.requested, \
               i.short, i.released, i.consumed, i.kit_sku, i.kit_line_ref, i.kit_quantity, i.to_unpick FROM {keys} JOIN reservation_lines i ON i.reservation_id = n.k1 \
               JOIN products p ON p.id = i.product_id ORDER BY i.reservation_id, i.line_no";
    let rows = load_by!(tx.conn, sql, vec![Column::Id(ids.clone())] => LineSql, LineRow)?;
    let mut allocations = load_allocations(tx, ids)?;
    let mut lines: BTreeMap<_, Vec<Line>> = BTreeMap::new();
    for row in rows {
        let kit = match (row.11.as_ref(), row.13) {
            (Some(sku), Some(units)) => Some(KitPart {
                sku: text(sku)?,
                line_ref: opt_text(row.12.as_ref())?,
                quantity: positive(units)?,
            }),
            _ => None,
        };
        let read = Line {
            line_no: line(row.1)?,
            line_ref: opt_text(row.2.as_ref())?,
            product: ProductId(row.3),
            sku: text(&row.4)?,
            location: opt_text(row.5.as_ref())?,
            lot: opt_text(row.6.as_ref())?,
            requested: positive(row.7)?,
            short: quantity(row.8)?,
            released: quantity(row.9)?,
            consumed: quantity(row.10)?,
            to_unpick: quantity(row.14)?,
            kit,
            allocations: allocations.remove(&(row.0.0, row.1)).unwrap_or_default(),
        };
        lines.entry(row.0.0).or_default().push(read);
    }
    Ok(lines)
}

/// What lines hold, by reservation and line number.
type Held = BTreeMap<([u8; 16], i64), Vec<Allocation>>;

fn load_allocations(tx: &mut Tx<'_>, ids: Vec<DbId>) -> Stored<Held> {
    let sql = "SELECT a.reservation_id, a.line_no, a.balance_id, b.product_id, b.location_id, b.lot, a.quantity, \
               a.remaining, a.bound FROM {keys} JOIN allocations a ON a.reservation_id = n.k1 \
               JOIN balances b ON b.id = a.balance_id ORDER BY a.reservation_id, a.line_no, a.position";
    let rows = load_by!(tx.conn, sql, vec![Column::Id(ids)] => AllocationSql, AllocationRow)?;
    let mut found: BTreeMap<_, Vec<Allocation>> = BTreeMap::new();
    for row in rows {
        let key = BalanceKey { product: ProductId(row.3), location: LocationId(row.4), lot: text(&row.5)? };
        let held = Allocation {
            key,
            balance: BalanceId(row.2),
            quantity: quantity(row.6)?,
            remaining: quantity(row.7)?,
            bound: quantity(row.8)?,
        };
        found.entry((row.0.0, row.1)).or_default().push(held);
    }
    Ok(found)
}

/// `{keys}` in `rest` replaced, and loaded.
fn load_by_keys(tx: &mut Tx<'_>, rest: &str, keys: Vec<Column>, more: Vec<Bind>) -> Stored<Vec<Reservation>> {
    let (table, mut binds) = crate::dialect::keys(keys);
    binds.extend(more);
    load_where(tx, &rest.replace("{keys}", &table), binds)
}

impl ReservationStore for Tx<'_> {
    fn load_reservations(
        &mut self,
        needs: &ReservationNeeds,
        now: Timestamp,
        into: &mut ReservationSet,
    ) -> Stored<()> {
        let mut found = Vec::new();
        if !needs.ids.is_empty() {
            let keys = vec![Column::Id(needs.ids.iter().map(|wanted| db_id(wanted.0)).collect())];
            found.extend(load_by_keys(self, "JOIN {keys} ON n.k1 = r.id", keys, Vec::new())?);
        }
        if !needs.orders.is_empty() {
            let keys = vec![
                Column::Text(needs.orders.iter().map(|(source, _)| source.to_string()).collect()),
                Column::Text(needs.orders.iter().map(|(_, order)| order.to_string()).collect()),
            ];
            // One look for each order, whatever a planner believes of a table that was small when it looked: as a join
            // it may read all active reservations for every key.
            let rest = "WHERE r.id IN (SELECT (SELECT x.id FROM reservations x WHERE x.source = n.k1 \
                        AND x.order_ref = n.k2 AND x.state = 'active') FROM {keys})";
            found.extend(load_by_keys(self, rest, keys, Vec::new())?);
        }
        if !needs.due.is_empty() {
            let keys = vec![
                Column::Int(needs.due.iter().map(|(product, _)| product.0).collect()),
                Column::Int(needs.due.iter().map(|(_, warehouse)| warehouse.0).collect()),
            ];
            let rest = "WHERE r.state = 'active' AND r.id IN (SELECT a.reservation_id FROM {keys} \
                        JOIN balances b ON b.product_id = n.k1 AND b.warehouse_id = n.k2 \
                        JOIN allocations a ON a.balance_id = b.id WHERE a.remaining > 0) AND r.expires_at <= ? \
                        ORDER BY r.expires_at, r.seq LIMIT ?";
            let scopes = i64::try_from(needs.due.len()).unwrap_or(i64::MAX);
            let most = i64::from(PORTION).saturating_mul(scopes);
            found.extend(load_by_keys(self, rest, keys, vec![Bind::Time(db_time(now)), Bind::Int(most)])?);
        }
        for balance in &needs.holders {
            let rest = "WHERE r.state = 'active' AND r.id IN (SELECT a.reservation_id FROM allocations a \
                        WHERE a.balance_id = ? AND a.remaining > 0) ORDER BY r.seq LIMIT ?";
            found.extend(load_where(self, rest, vec![Bind::Int(balance.0), Bind::Int(PORTION.into())])?);
        }
        for product in &needs.products {
            let rest = "WHERE r.state = 'active' AND r.id IN (SELECT i.reservation_id FROM reservation_lines i \
                        WHERE i.product_id = ? AND i.requested > i.released + i.consumed) ORDER BY r.seq LIMIT ?";
            found.extend(load_where(self, rest, vec![Bind::Int(product.0), Bind::Int(PORTION.into())])?);
        }
        for warehouse in &needs.warehouses {
            let rest = "WHERE r.state = 'active' AND r.warehouse_id = ? ORDER BY r.seq LIMIT ?";
            found.extend(load_where(self, rest, vec![Bind::Int(warehouse.0), Bind::Int(PORTION.into())])?);
        }
        for code in &needs.locations {
            let rest = "WHERE r.state = 'active' AND r.id IN (SELECT i.reservation_id FROM reservation_lines i \
                        WHERE i.location = ? AND i.requested > i.released + i.consumed) ORDER BY r.seq LIMIT ?";
            found.extend(load_where(
                self,
                rest,
                vec![Bind::Text(code.to_string()), Bind::Int(PORTION.into())],
            )?);
        }
        // What a command of this batch changed meanwhile is newer than what the database has.
        found.retain(|read| !into.reservations.contains_key(&read.id));
        found.into_iter().for_each(|read| into.put(read));
        Ok(())
    }

    fn flush_reservations(&mut self, changes: &ReservationChanges) -> Stored<()> {
        let (made, changed): (Vec<_>, Vec<_>) =
            changes.reservations.values().partition(|changed| changed.stored == Version::NONE);
        // What ends leaves its order free for what begins.
        self.update_reservations(&changed)?;
        self.insert_reservations(&made)?;
        // An upsert looks every row up first: what is new needs none.
        self.write_lines(&made, "")?;
        self.write_lines(&changed, UPSERT_LINES)?;
        self.write_allocations(&made, "")?;
        self.write_allocations(&changed, UPSERT_ALLOCATIONS)
    }
}

const UPSERT_LINES: &str = "ON CONFLICT (reservation_id, line_no) DO UPDATE SET requested = excluded.requested, short = excluded.short, \
     released = excluded.released, consumed = excluded.consumed, to_unpick = excluded.to_unpick";
const UPSERT_ALLOCATIONS: &str = "ON CONFLICT (reservation_id, line_no, balance_id) DO UPDATE SET \
     quantity = excluded.quantity, remaining = excluded.remaining, bound = excluded.bound";

impl Tx<'_> {
    fn insert_reservations(&mut self, made: &[&Reservation]) -> Stored<()> {
        if made.is_empty() {
            return Ok(());
        }
        let json = |of: fn(&Reservation) -> &Option<serde_json::Map<String, serde_json::Value>>| {
            let text =
                |row: &&Reservation| of(row).clone().map(|map| serde_json::Value::Object(map).to_string());
            Column::OptText(made.iter().map(text).collect())
        };
        let columns = [
            ("id", Column::Id(made.iter().map(|row| db_id(row.id.0)).collect())),
            ("seq", Column::Int(made.iter().map(|row| row.seq).collect())),
            ("source", Column::Text(made.iter().map(|row| row.source.to_string()).collect())),
            ("order_ref", Column::Text(made.iter().map(|row| row.order_ref.to_string()).collect())),
            ("warehouse_id", Column::Int(made.iter().map(|row| row.warehouse.0).collect())),
            ("state", Column::Text(made.iter().map(|row| row.state.as_str().to_owned()).collect())),
            ("version", Column::Int(made.iter().map(|row| version(row.version)).collect())),
            ("allow_partial", Column::Small(made.iter().map(|row| row.allow_partial.into()).collect())),
            ("backorder", Column::Small(made.iter().map(|row| row.backorder.into()).collect())),
            ("expires_at", Column::OptTime(made.iter().map(|row| row.expires_at.map(db_time)).collect())),
            ("ship_to", json(|row| &row.ship_to)),
            ("ship_by", Column::OptTime(made.iter().map(|row| row.ship_by.map(db_time)).collect())),
            ("metadata", json(|row| &row.metadata)),
            ("created_at", Column::Time(made.iter().map(|row| db_time(row.created_at)).collect())),
            ("updated_at", Column::Time(made.iter().map(|row| db_time(row.updated_at)).collect())),
            ("request_seq", Column::Int(made.iter().map(|row| row.request.0).collect())),
        ];
        insert(self.conn, "reservations", &columns, "")
    }

    fn update_reservations(&mut self, changed: &[&Reservation]) -> Stored<()> {
        if changed.is_empty() {
            return Ok(());
        }
        let columns = [
            ("state", Column::Text(changed.iter().map(|row| row.state.as_str().to_owned()).collect())),
            ("version", Column::Int(changed.iter().map(|row| version(row.version)).collect())),
            ("expires_at", Column::OptTime(changed.iter().map(|row| row.expires_at.map(db_time)).collect())),
            ("updated_at", Column::Time(changed.iter().map(|row| db_time(row.updated_at)).collect())),
            ("id", Column::Id(changed.iter().map(|row| db_id(row.id.0)).collect())),
            ("expected_version", Column::Int(changed.iter().map(|row| version(row.stored)).collect())),
        ];
        update_all(self.conn, "reservations", 4, &columns, changed.len())
    }

    fn write_lines(&mut self, of: &[&Reservation], then: &str) -> Stored<()> {
        let rows: Vec<(&Reservation, &Line)> = of
            .iter()
            .flat_map(|reservation| reservation.lines.iter().map(move |line| (*reservation, line)))
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let kit = |of: fn(&KitPart) -> Option<String>| {
            Column::OptText(rows.iter().map(|(_, row)| row.kit.as_ref().and_then(of)).collect())
        };
        let units = |line: &Line| line.kit.as_ref().map(|kit| kit.quantity.get().micros());
        let location = |line: &Line| line.location.as_ref().map(ToString::to_string);
        let columns = [
            ("reservation_id", Column::Id(rows.iter().map(|(of, _)| db_id(of.id.0)).collect())),
            ("line_no", Column::Int(rows.iter().map(|(_, row)| row.line_no.into()).collect())),
            (
                "line_ref",
                Column::OptText(
                    rows.iter().map(|(_, row)| row.line_ref.as_ref().map(ToString::to_string)).collect(),
                ),
            ),
            ("product_id", Column::Int(rows.iter().map(|(_, row)| row.product.0).collect())),
            ("location", Column::OptText(rows.iter().map(|(_, row)| location(row)).collect())),
            (
                "lot",
                Column::OptText(
                    rows.iter().map(|(_, row)| row.lot.as_ref().map(ToString::to_string)).collect(),
                ),
            ),
            ("requested", Column::Int(rows.iter().map(|(_, row)| row.requested.get().micros()).collect())),
            ("short", Column::Int(rows.iter().map(|(_, row)| row.short.micros()).collect())),
            ("released", Column::Int(rows.iter().map(|(_, row)| row.released.micros()).collect())),
            ("consumed", Column::Int(rows.iter().map(|(_, row)| row.consumed.micros()).collect())),
            ("to_unpick", Column::Int(rows.iter().map(|(_, row)| row.to_unpick.micros()).collect())),
            ("kit_sku", kit(|kit| Some(kit.sku.to_string()))),
            ("kit_line_ref", kit(|kit| kit.line_ref.as_ref().map(ToString::to_string))),
            ("kit_quantity", Column::OptInt(rows.iter().map(|(_, row)| units(row)).collect())),
        ];
        insert(self.conn, "reservation_lines", &columns, then)
    }

    fn write_allocations(&mut self, of: &[&Reservation], then: &str) -> Stored<()> {
        let mut rows: Vec<(DbId, i64, i64, &Allocation)> = Vec::new();
        for reservation in of {
            for line in &reservation.lines {
                let held = line.allocations.iter().zip(1..);
                rows.extend(held.map(|(held, at)| (db_id(reservation.id.0), line.line_no.into(), at, held)));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let columns = [
            ("reservation_id", Column::Id(rows.iter().map(|row| row.0).collect())),
            ("line_no", Column::Int(rows.iter().map(|row| row.1).collect())),
            ("balance_id", Column::Int(rows.iter().map(|row| row.3.balance.0).collect())),
            ("position", Column::Int(rows.iter().map(|row| row.2).collect())),
            ("quantity", Column::Int(rows.iter().map(|row| row.3.quantity.micros()).collect())),
            ("remaining", Column::Int(rows.iter().map(|row| row.3.remaining.micros()).collect())),
            ("bound", Column::Int(rows.iter().map(|row| row.3.bound.micros()).collect())),
        ];
        insert(self.conn, "allocations", &columns, then)
    }
}
