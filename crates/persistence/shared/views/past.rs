//! Balances as they were: today's, with the transfers since then taken back.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, SmallInt, Text};
use inventory::{AvailabilityFilter, AvailabilityRow, Grouping, Page, Sku};
use kernel::{SignedQuantity, StoreError, Timestamp, Version};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{DbTime, TimeSql, classify};
use crate::rows::{Stored, db_time, load_by, opt_text, shown, sum_parts, summed, text};
use crate::statement::{Bind, statement};
use crate::store::{BALANCE, BalanceRow, BalanceSql};
use crate::views::{cursor_number, cursor_parts};

/// The ten quantities of a balance, in micros and in the order of the buckets' numbers. What moved in a long time can
/// leave 64 bits.
type Buckets = [i128; 10];

/// What happened to a balance since a moment.
#[derive(Default)]
struct Since {
    moved: Buckets,
    /// The first version that was recorded after the moment.
    first_version: Option<i64>,
}

/// The place of a row in the list: product, location number and lot.
type RowPlace = (i64, i64, String);

/// A moment of the ledger: what was recorded by then, and of that what had happened by then.
#[derive(Clone, Copy)]
struct Moment {
    /// Movements up to this one were recorded.
    recorded: i64,
    /// Movements up to this one are known to have happened; later ones, if they did so before `happened_at`.
    happened: i64,
    happened_at: Option<Timestamp>,
}

/// A balance as it was.
struct Then {
    product: i64,
    sku: String,
    warehouse: String,
    location_id: i64,
    location: String,
    lot: String,
    buckets: Buckets,
    /// None where the moment is not one of recording.
    version: Option<i64>,
}

/// The last movement that was recorded by this moment; 0 where there was none. The ledger has no gap and its times
/// never go back, so it is searched by halves.
pub(crate) fn last_recorded(tx: &mut Tx<'_>, at: Timestamp) -> Stored<i64> {
    let next = commands::Store::lock_head(tx)?.counters.movement;
    super::last_where(next.saturating_sub(1), |seq| {
        let sql = "SELECT recorded_at FROM movements WHERE seq = ?";
        let rows = statement::<(TimeSql,)>(sql, vec![Bind::Int(seq)])
            .load::<(DbTime,)>(tx.conn)
            .map_err(|error| classify(&error))?;
        let gone = || StoreError::Broken(format!("movement {seq} is gone"));
        rows.first().map(|(found,)| found.0 <= at.micros()).ok_or_else(gone)
    })
}

fn moment(tx: &mut Tx<'_>, filter: &AvailabilityFilter) -> Stored<Moment> {
    let recorded = match filter.as_of {
        Some(at) => last_recorded(tx, at)?,
        None => i64::MAX,
    };
    // Nothing happens after it is recorded: what was recorded by then had happened by then.
    let happened = match filter.effective_as_of {
        Some(at) => last_recorded(tx, at)?.min(recorded),
        None => recorded,
    };
    Ok(Moment { recorded, happened, happened_at: filter.effective_as_of })
}

/// The rows as they were, like [`inventory::StockViews::availability`].
pub(crate) fn availability(
    tx: &mut Tx<'_>,
    filter: &AvailabilityFilter,
    page: &Page,
) -> Stored<(Vec<AvailabilityRow>, Option<String>)> {
    let moment = moment(tx, filter)?;
    let after = match &page.after {
        None => None,
        Some(after) => {
            let parts = cursor_parts(after, 3)?;
            let lot = parts.get(2).copied().unwrap_or_default().to_owned();
            Some((cursor_number(parts.first())?, cursor_number(parts.get(1))?, lot))
        }
    };
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let mut rows: Vec<(RowPlace, AvailabilityRow)> = Vec::new();
    let mut from = after.as_ref().map_or(0, |(product, ..)| *product);
    loop {
        let products = products_from(tx, filter, from, page.limit.saturating_add(1))?;
        let Some((last, _)) = products.last() else { break };
        from = last + 1;
        let balances = balances_then(tx, filter, &products, moment)?;
        let found = grouped(filter, &products, &balances)?;
        rows.extend(found.into_iter().filter(|(place, _)| after.as_ref().is_none_or(|after| place > after)));
        if rows.len() > limit {
            break;
        }
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|((product, location, lot), _)| format!("{product}:{location}:{lot}"));
    Ok((rows.into_iter().map(|(_, row)| row).collect(), next))
}

/// Products in order, from this number on.
fn products_from(
    tx: &mut Tx<'_>,
    filter: &AvailabilityFilter,
    from: i64,
    limit: u32,
) -> Stored<Vec<(i64, String)>> {
    let mut binds = Vec::new();
    let mut sql = "SELECT p.id, p.sku FROM products p".to_owned();
    if !filter.skus.is_empty() {
        let (table, keys) =
            crate::dialect::keys(vec![Column::Text(filter.skus.iter().map(Sku::to_string).collect())]);
        sql = format!("SELECT p.id, p.sku FROM {table} JOIN products p ON p.sku = n.k1");
        binds.extend(keys);
    }
    sql.push_str(" WHERE p.id >= ? ORDER BY p.id LIMIT ?");
    binds.extend([Bind::Int(from), Bind::Int(limit.into())]);
    statement::<(BigInt, Text)>(&sql, binds).load(tx.conn).map_err(|error| classify(&error))
}

/// Every balance of these products that the filter lets through and that was there then.
fn balances_then(
    tx: &mut Tx<'_>,
    filter: &AvailabilityFilter,
    products: &[(i64, String)],
    moment: Moment,
) -> Stored<Vec<Then>> {
    let ids: Vec<i64> = products.iter().map(|(id, _)| *id).collect();
    let sql = format!(
        "SELECT w.code, l.code, {BALANCE} FROM {{keys}} JOIN balances b ON b.product_id = n.k1 \
         JOIN locations l ON l.id = b.location_id JOIN warehouses w ON w.id = b.warehouse_id \
         ORDER BY b.product_id, b.location_id, b.lot"
    );
    let rows = load_by!(tx.conn, sql, vec![Column::Int(ids.clone())] => (Text, Text, BalanceSql), (String, String, BalanceRow))?;
    let since = since(tx, ids, moment)?;
    let skus: BTreeMap<i64, &String> = products.iter().map(|(id, sku)| (*id, sku)).collect();
    let wanted = |code: Option<String>, has: &str| code.is_none_or(|code| code == has);
    let mut found = Vec::new();
    for (warehouse, location, row) in rows {
        let lets_through = wanted(filter.warehouse.as_ref().map(ToString::to_string), &warehouse)
            && wanted(filter.location.as_ref().map(ToString::to_string), &location)
            && wanted(filter.lot.as_ref().map(ToString::to_string), &row.3);
        if !lets_through {
            continue;
        }
        let mut buckets: Buckets =
            [row.4, row.5, row.6, row.7, row.8, row.9, row.10, row.11, row.12, row.13].map(i128::from);
        let mut version = row.14;
        if let Some(since) = since.get(&row.0) {
            buckets.iter_mut().zip(since.moved).for_each(|(now, moved)| *now -= moved);
            version = since.first_version.map_or(version, |first| first - 1);
        }
        if version == 0 {
            continue;
        }
        found.push(Then {
            product: row.1,
            sku: skus.get(&row.1).map(ToString::to_string).unwrap_or_default(),
            warehouse,
            location_id: row.2,
            location,
            lot: row.3,
            buckets,
            version: filter.effective_as_of.is_none().then_some(version),
        });
    }
    Ok(found)
}

/// What transfers after the moment did to each balance of these products, and the first version that one recorded
/// after it made.
fn since(tx: &mut Tx<'_>, products: Vec<i64>, moment: Moment) -> Stored<BTreeMap<i64, Since>> {
    type Sql = (BigInt, SmallInt, BigInt, BigInt, SmallInt, BigInt);
    let mut found: BTreeMap<i64, Since> = BTreeMap::new();
    for (end, sign) in [("to", 1), ("from", -1)] {
        // A movement between the two moments counts as later only where it happened later.
        let sql = format!(
            "SELECT t.{end}_balance, t.{end}_bucket, {}, \
             CAST(CASE WHEN t.movement_seq > ? THEN 1 ELSE 0 END AS SMALLINT) AS later, min(t.{end}_version) \
             FROM {{keys}} JOIN transfers t ON t.product_id = n.k1 \
             JOIN movements m ON m.seq = t.movement_seq \
             WHERE t.movement_seq > ? AND t.{end}_balance IS NOT NULL AND (t.movement_seq > ? OR m.effective_at > ?) \
             GROUP BY t.{end}_balance, t.{end}_bucket, later",
            sum_parts("t.quantity")
        );
        let (table, keys) = crate::dialect::keys(vec![Column::Int(products.clone())]);
        let at = moment.happened_at.unwrap_or(Timestamp::from_micros(0));
        let mut binds = vec![Bind::Int(moment.recorded)];
        binds.extend(keys);
        binds.extend([Bind::Int(moment.happened), Bind::Int(moment.recorded), Bind::Time(db_time(at))]);
        let rows = statement::<Sql>(&sql.replace("{keys}", &table), binds)
            .load::<(i64, i16, i64, i64, i16, i64)>(tx.conn)
            .map_err(|error| classify(&error))?;
        for (balance, bucket, whole, rest, later, version) in rows {
            let since = found.entry(balance).or_default();
            if let Some(moved) = usize::try_from(bucket).ok().and_then(|at| since.moved.get_mut(at)) {
                *moved += sign * summed(whole, rest);
            }
            if later == 1 {
                since.first_version = Some(since.first_version.map_or(version, |first| first.min(version)));
            }
        }
    }
    Ok(found)
}

/// The rows of a grouping, by product, location number and lot.
fn grouped(
    filter: &AvailabilityFilter,
    products: &[(i64, String)],
    balances: &[Then],
) -> Stored<Vec<(RowPlace, AvailabilityRow)>> {
    let mut groups: BTreeMap<RowPlace, Vec<&Then>> = BTreeMap::new();
    for then in balances {
        let location = |all: bool| if all { 0 } else { then.location_id };
        let lot = |all: bool| if all { String::new() } else { then.lot.clone() };
        let place = match filter.grouping {
            Grouping::Balance => (location(false), lot(false)),
            Grouping::Location => (location(false), lot(true)),
            Grouping::Lot => (location(true), lot(false)),
            Grouping::Sku => (location(true), lot(true)),
        };
        groups.entry((then.product, place.0, place.1)).or_default().push(then);
    }
    let with_rows: BTreeSet<i64> = groups.keys().map(|(product, ..)| *product).collect();
    let mut rows = Vec::new();
    for (place, group) in groups {
        rows.push((place, row_of(filter.grouping, &group)?));
    }
    // A product that was asked for and has nothing there gets a row of zeros.
    if !filter.skus.is_empty() {
        for (id, sku) in products.iter().filter(|(id, _)| !with_rows.contains(id)) {
            rows.push(((*id, 0, String::new()), AvailabilityRow::zero(text(sku)?)));
        }
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    }
    Ok(rows)
}

fn row_of(grouping: Grouping, group: &[&Then]) -> Stored<AvailabilityRow> {
    fn only<'t>(group: &[&'t Then], of: fn(&'t Then) -> &'t String) -> Option<&'t String> {
        let first = of(group.first()?);
        group.iter().all(|then| of(then) == first).then_some(first)
    }
    let sum = |at: usize| {
        let sum = group.iter().filter_map(|then| then.buckets.get(at)).sum();
        shown(sum)
    };
    let mut held = [SignedQuantity::ZERO; 8];
    held.iter_mut().zip(2..).for_each(|(held, at)| *held = sum(at));
    let lost = || StoreError::Broken("a group without a balance".to_owned());
    Ok(AvailabilityRow {
        sku: text(&group.first().ok_or_else(lost)?.sku)?,
        warehouse: opt_text(only(group, |then| &then.warehouse))?,
        location: opt_text(only(group, |then| &then.location))?,
        lot: opt_text(only(group, |then| &then.lot))?,
        available: sum(0),
        reserved: sum(1),
        held,
        version: match (grouping, group) {
            (Grouping::Balance, [one]) => one.version.map(Version),
            _ => None,
        },
    })
}
