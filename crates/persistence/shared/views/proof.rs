//! What shows that a balance is right: the arithmetic behind it, and its recomputation.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text};
use inventory::{
    AvailabilityFilter, AvailabilityRow, BalanceAudit, CheckedBalance, ExplainFilter, Explanation, Grouping,
    KindSum, LedgerFilter, LedgerViews, MovementEntry, Page, Sku, StockHolder, StockViews,
};
use kernel::{RecordId, StoreError, Timestamp};

use super::ledger::transfers;
use super::movements;
use crate::Tx;
use crate::dialect::{DbId, DbTime, IdSql, TimeSql, classify};
use crate::rows::{Stored, id, line, quantity, shown, sum_or_most, sum_parts, summed, text, time};
use crate::statement::{Bind, statement};
use crate::store::{BALANCE, BalanceRow, BalanceSql, balance_of};
use crate::views::{cursor_number, cut};

/// Where a filter looks: conditions on `p`, `b`, `l` and `w`.
fn scope(filter: &ExplainFilter) -> (String, Vec<Bind>) {
    let mut sql = "p.sku = ?".to_owned();
    let mut binds = vec![Bind::Text(filter.sku.to_string())];
    let more = [
        ("w.code", filter.warehouse.as_ref().map(ToString::to_string)),
        ("l.code", filter.location.as_ref().map(ToString::to_string)),
        ("b.lot", filter.lot.as_ref().map(ToString::to_string)),
    ];
    for (column, wanted) in more {
        if let Some(wanted) = wanted {
            sql.push_str(&format!(" AND {column} = ?"));
            binds.push(Bind::Text(wanted));
        }
    }
    (sql, binds)
}

const BALANCES: &str = "products p JOIN balances b ON b.product_id = p.id JOIN locations l ON l.id = b.location_id \
     JOIN warehouses w ON w.id = b.warehouse_id";

/// Adds what every transfer of the scope did, movement kind by movement kind.
fn arithmetic(tx: &mut Tx<'_>, filter: &ExplainFilter) -> Stored<Vec<KindSum>> {
    let (scope, binds) = scope(filter);
    let mut sums: BTreeMap<String, [i128; 3]> = BTreeMap::new();
    for (end, sign) in [("to", 1), ("from", -1)] {
        let sql = format!(
            "SELECT m.kind, t.{end}_bucket, {} FROM {BALANCES} \
             JOIN transfers t ON t.{end}_balance = b.id JOIN movements m ON m.seq = t.movement_seq \
             WHERE {scope} GROUP BY m.kind, t.{end}_bucket",
            sum_parts("t.quantity")
        );
        let rows = statement::<(Text, SmallInt, BigInt, BigInt)>(&sql, binds.clone())
            .load::<(String, i16, i64, i64)>(tx.conn)
            .map_err(|error| classify(&error))?;
        for (kind, bucket, whole, rest) in rows {
            let sums = sums.entry(kind).or_default();
            let at = usize::try_from(bucket.min(2)).unwrap_or(2);
            if let Some(sum) = sums.get_mut(at) {
                *sum += sign * summed(whole, rest);
            }
        }
    }
    let of = |end: &str| {
        format!(
            "SELECT t.movement_seq FROM {BALANCES} JOIN transfers t ON t.{end}_balance = b.id WHERE {scope}"
        )
    };
    let sql = format!(
        "SELECT m.kind, CAST(count(*) AS BIGINT) FROM ({} UNION {}) AS moved \
         JOIN movements m ON m.seq = moved.movement_seq GROUP BY m.kind",
        of("to"),
        of("from")
    );
    let binds = [binds.clone(), binds].concat();
    let counts: BTreeMap<String, i64> = statement::<(Text, BigInt)>(&sql, binds)
        .load::<(String, i64)>(tx.conn)
        .map_err(|error| classify(&error))?
        .into_iter()
        .collect();
    let show = |(kind, [available, reserved, held]): (String, [i128; 3])| {
        Ok(KindSum {
            kind: text(&kind)?,
            movements: counts.get(&kind).copied().unwrap_or_default(),
            available: shown(available),
            reserved: shown(reserved),
            held: shown(held),
            owned: shown(available + reserved + held),
        })
    };
    sums.into_iter().map(show).collect()
}

type HolderSql = (IdSql, Text, Text, BigInt, Text, Text, BigInt, Nullable<TimeSql>);
type HolderRow = (DbId, String, String, i64, String, String, i64, Option<DbTime>);

fn holders(tx: &mut Tx<'_>, filter: &ExplainFilter, most: u32) -> Stored<Vec<StockHolder>> {
    let (scope, mut binds) = scope(filter);
    let sql = format!(
        "SELECT r.id, r.order_ref, r.source, a.line_no, l.code, b.lot, a.remaining, r.expires_at FROM {BALANCES} \
         JOIN allocations a ON a.balance_id = b.id JOIN reservations r ON r.id = a.reservation_id \
         WHERE a.remaining > 0 AND {scope} ORDER BY r.seq, a.line_no, a.position LIMIT ?"
    );
    binds.push(Bind::Int(most.into()));
    let rows =
        statement::<HolderSql>(&sql, binds).load::<HolderRow>(tx.conn).map_err(|error| classify(&error))?;
    let show = |row: HolderRow| {
        Ok(StockHolder {
            reservation_id: RecordId(id(row.0)),
            order_ref: row.1,
            source_system: text(&row.2)?,
            line_no: line(row.3)?,
            location: text(&row.4)?,
            lot: text(&row.5)?,
            quantity: quantity(row.6)?,
            expires_at: row.7.map(time),
        })
    };
    rows.into_iter().map(show).collect()
}

fn unmet(tx: &mut Tx<'_>, filter: &ExplainFilter) -> Stored<kernel::Quantity> {
    let mut sql = format!(
        "SELECT {} FROM products p JOIN reservation_lines i \
         ON i.product_id = p.id AND i.short > 0 JOIN reservations r ON r.id = i.reservation_id \
         JOIN warehouses w ON w.id = r.warehouse_id WHERE r.state = 'active' AND p.sku = ?",
        sum_or_most("i.short")
    );
    let mut binds = vec![Bind::Text(filter.sku.to_string())];
    if let Some(warehouse) = &filter.warehouse {
        sql.push_str(" AND w.code = ?");
        binds.push(Bind::Text(warehouse.to_string()));
    }
    quantity(crate::rows::count(tx.conn, &sql, binds)?)
}

impl LedgerViews for Tx<'_> {
    fn movements(
        &mut self,
        filter: &LedgerFilter,
        page: &Page,
    ) -> Stored<(Vec<MovementEntry>, Option<String>)> {
        movements::movements(self, filter, page)
    }

    fn explain(&mut self, filter: &ExplainFilter, most: u32) -> Stored<Option<Explanation>> {
        let skus = vec![filter.sku.clone()];
        if !self.unknown_skus(&skus)?.is_empty() {
            return Ok(None);
        }
        let now = AvailabilityFilter {
            skus,
            warehouse: filter.warehouse.clone(),
            location: filter.location.clone(),
            lot: filter.lot.clone(),
            grouping: Grouping::Sku,
            as_of: None,
            effective_as_of: None,
        };
        let (rows, _): (Vec<AvailabilityRow>, _) = self.availability(&now, &Page::FIRST)?;
        let total = rows.into_iter().next().unwrap_or_else(|| AvailabilityRow::zero(filter.sku.clone()));
        Ok(Some(Explanation {
            total,
            arithmetic: arithmetic(self, filter)?,
            holders: holders(self, filter, most)?,
            unmet_demand: unmet(self, filter)?,
        }))
    }

    fn integrity(&mut self, sku: Option<&Sku>, page: &Page) -> Stored<(Vec<CheckedBalance>, Option<String>)> {
        let mut sql = format!(
            "SELECT p.sku, l.code, {BALANCE} FROM balances b JOIN products p ON p.id = b.product_id \
             JOIN locations l ON l.id = b.location_id WHERE b.id > ?"
        );
        let after = page.after.as_deref().map_or(Ok(0), |after| cursor_number(Some(&after)))?;
        let mut binds = vec![Bind::Int(after)];
        if let Some(sku) = sku {
            sql.push_str(" AND p.sku = ?");
            binds.push(Bind::Text(sku.to_string()));
        }
        sql.push_str(" ORDER BY b.id LIMIT ?");
        binds.push(Bind::Int(i64::from(page.limit) + 1));
        let rows = statement::<(Text, Text, BalanceSql)>(&sql, binds)
            .load::<(String, String, BalanceRow)>(self.conn)
            .map_err(|error| classify(&error))?;
        let (rows, next) = cut(rows, page, |(_, _, row)| row.0.to_string());
        let mut checked = Vec::with_capacity(rows.len());
        for (sku, location, row) in rows {
            let (key, balance) = balance_of(row)?;
            let lost = || StoreError::Broken("a balance without a number".to_owned());
            let mut audit = BalanceAudit::new(key);
            replay(self, balance.id.ok_or_else(lost)?.0, &mut audit)?;
            checked.push(audit.checked(text(&sku)?, text(&location)?, &balance));
        }
        Ok((checked, next))
    }

    fn recorded_at(&mut self) -> Stored<Timestamp> {
        Ok(commands::Store::lock_head(self)?.recorded_at)
    }
}

/// Shows an audit every transfer of a balance, in the order of the ledger, in memory that does not grow with it.
fn replay(tx: &mut Tx<'_>, balance: i64, audit: &mut BalanceAudit) -> Stored<()> {
    const CHUNK: i64 = 2000;
    let end = |name: &str| {
        format!("SELECT coalesce(max({name}_version), 0) FROM transfers WHERE {name}_balance = ?")
    };
    let mut last = 0;
    for name in ["to", "from"] {
        last = crate::rows::count(tx.conn, &end(name), vec![Bind::Int(balance)])?.max(last);
    }
    let mut seen = 0;
    while seen < last {
        // Each version of a balance is one transfer's.
        let of = |name: &str| {
            format!(
                "SELECT movement_seq, line FROM transfers WHERE {name}_balance = ? \
                 AND {name}_version > ? AND {name}_version <= ?"
            )
        };
        let rest = format!(
            "JOIN ({} UNION {}) AS own ON own.movement_seq = t.movement_seq AND own.line = t.line \
             ORDER BY t.movement_seq, t.line",
            of("to"),
            of("from")
        );
        let range = [Bind::Int(balance), Bind::Int(seen), Bind::Int(seen + CHUNK)];
        let read = transfers(tx, &rest, [range.clone(), range].concat())?;
        read.iter().for_each(|read| audit.transfer(read));
        seen += CHUNK;
    }
    Ok(())
}
