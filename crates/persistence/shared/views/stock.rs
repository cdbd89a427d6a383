//! Availability.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use inventory::{
    AvailabilityFilter, AvailabilityRow, Grouping, LocationCode, Page, Sku, StockViews, WarehouseCode,
};
use kernel::{SignedQuantity, Version};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{JOIN_IN_ORDER, classify, keys};
use crate::rows::{Stored, count, load_by, opt_text, quantity, sum_or_most, text};
use crate::statement::{Bind, statement};
use crate::store::HELD;
use crate::views::{cursor_number, cursor_parts, cut, past};

type RowSql = (
    BigInt,
    BigInt,
    Text,
    Text,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
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
    Nullable<BigInt>,
);
type Row = (
    i64,
    i64,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    Option<i64>,
);

/// What tells rows of a grouping apart beside the product: a location number and a lot.
const fn parts(grouping: Grouping) -> (&'static str, &'static str) {
    const LOCATION: &str = "coalesce(b.location_id, 0)";
    const LOT: &str = "coalesce(b.lot, '')";
    // A bare constant in ORDER BY would mean the number of a column.
    const NOWHERE: &str = "CAST(0 AS BIGINT)";
    const NO_LOT: &str = "CAST('' AS TEXT)";
    match grouping {
        Grouping::Balance => (LOCATION, LOT),
        Grouping::Location => (LOCATION, NO_LOT),
        Grouping::Lot => (NOWHERE, LOT),
        Grouping::Sku => (NOWHERE, NO_LOT),
    }
}

/// The statement, and its values.
fn query(filter: &AvailabilityFilter, page: &Page) -> Stored<(String, Vec<Bind>)> {
    let (location, lot) = parts(filter.grouping);
    let summed = filter.grouping != Grouping::Balance;
    let mut binds = Vec::new();
    let sum = |name: &str| match summed {
        true => sum_or_most(&format!("b.{name}")),
        false => format!("coalesce(b.{name}, 0)"),
    };
    let only = |column: &str, by: &str| match summed {
        true => format!("CASE WHEN count(DISTINCT {by}) = 1 THEN max({column}) END"),
        false => column.to_owned(),
    };
    let mut sql = format!(
        "SELECT p.id, CAST({location} AS BIGINT), CAST({lot} AS TEXT), p.sku, {}, {}, {}, {}, {} FROM ",
        only("w.code", "b.warehouse_id"),
        only("l.code", "b.location_id"),
        only("b.lot", "b.lot"),
        ["available", "reserved"].into_iter().chain(HELD).map(sum).collect::<Vec<_>>().join(", "),
        if summed { "CAST(NULL AS BIGINT)" } else { "b.version" },
    );
    let join = if filter.skus.is_empty() {
        sql.push_str("products p");
        JOIN_IN_ORDER
    } else {
        let (table, keys) = keys(vec![Column::Text(filter.skus.iter().map(ToString::to_string).collect())]);
        sql.push_str(&format!("{table} JOIN products p ON p.sku = n.k1"));
        binds.extend(keys);
        "LEFT JOIN"
    };
    // The filters are part of the join, so that a sku that has nothing there still gets its row of zeros.
    sql.push_str(&format!(
        " {join} (balances b JOIN locations l ON l.id = b.location_id JOIN warehouses w ON w.id = b.warehouse_id) \
         ON b.product_id = p.id"
    ));
    let filters = [
        ("w.code", filter.warehouse.as_ref().map(ToString::to_string)),
        ("l.code", filter.location.as_ref().map(ToString::to_string)),
        ("b.lot", filter.lot.as_ref().map(ToString::to_string)),
    ];
    for (column, wanted) in filters {
        if let Some(wanted) = wanted {
            sql.push_str(&format!(" AND {column} = ?"));
            binds.push(Bind::Text(wanted));
        }
    }
    // The first page has a lower bound, too: it shows a planner the index that the rows come in order by.
    sql.push_str(" WHERE p.id >= ?");
    if let Some(after) = &page.after {
        let after = cursor_parts(after, 3)?;
        let product = cursor_number(after.first())?;
        sql.push_str(&format!(" AND (p.id, {location}, {lot}) > (?, ?, ?)"));
        binds.extend([Bind::Int(product), Bind::Int(product), Bind::Int(cursor_number(after.get(1))?)]);
        binds.push(Bind::Text(after.get(2).copied().unwrap_or_default().to_owned()));
    } else {
        binds.push(Bind::Int(0));
    }
    if summed {
        sql.push_str(&format!(" GROUP BY p.id, p.sku{}", group_by(filter.grouping)));
    }
    sql.push_str(&format!(" ORDER BY p.id, {location}, {lot} LIMIT ?"));
    binds.push(Bind::Int(i64::from(page.limit) + 1));
    Ok((sql, binds))
}

const fn group_by(grouping: Grouping) -> &'static str {
    match grouping {
        Grouping::Balance | Grouping::Sku => "",
        Grouping::Location => ", b.location_id",
        Grouping::Lot => ", b.lot",
    }
}

fn show(row: Row) -> Stored<AvailabilityRow> {
    let mut held = [SignedQuantity::ZERO; 8];
    let micros = [row.9, row.10, row.11, row.12, row.13, row.14, row.15, row.16];
    for (to, micros) in held.iter_mut().zip(micros) {
        *to = quantity(micros)?.into();
    }
    Ok(AvailabilityRow {
        sku: text(&row.3)?,
        warehouse: opt_text(row.4.as_ref())?,
        location: opt_text(row.5.as_ref())?,
        lot: opt_text(row.6.as_ref())?,
        available: quantity(row.7)?.into(),
        reserved: quantity(row.8)?.into(),
        held,
        version: row.17.map(Version),
    })
}

impl StockViews for Tx<'_> {
    fn availability(
        &mut self,
        filter: &AvailabilityFilter,
        page: &Page,
    ) -> Stored<(Vec<AvailabilityRow>, Option<String>)> {
        if filter.as_of.is_some() || filter.effective_as_of.is_some() {
            return past::availability(self, filter, page);
        }
        let (sql, binds) = query(filter, page)?;
        let rows =
            statement::<RowSql>(&sql, binds).load::<Row>(self.conn).map_err(|error| classify(&error))?;
        let (rows, next) = cut(rows, page, |row| format!("{}:{}:{}", row.0, row.1, row.2));
        Ok((rows.into_iter().map(show).collect::<Stored<_>>()?, next))
    }

    fn unknown_skus(&mut self, skus: &[Sku]) -> Stored<Vec<Sku>> {
        let keys = vec![Column::Text(skus.iter().map(ToString::to_string).collect())];
        let sql = "SELECT p.sku FROM {keys} JOIN products p ON p.sku = n.k1";
        let known = load_by!(self.conn, sql, keys => (Text,), (String,))?;
        Ok(skus.iter().filter(|sku| !known.iter().any(|(known,)| known == sku.as_str())).cloned().collect())
    }

    fn has_warehouse(&mut self, code: &WarehouseCode) -> Stored<bool> {
        let sql = "SELECT CAST(count(*) AS BIGINT) FROM warehouses WHERE code = ?";
        Ok(count(self.conn, sql, vec![Bind::Text(code.to_string())])? > 0)
    }

    fn has_location(&mut self, code: &LocationCode) -> Stored<bool> {
        let sql = "SELECT CAST(count(*) AS BIGINT) FROM locations WHERE code = ?";
        Ok(count(self.conn, sql, vec![Bind::Text(code.to_string())])? > 0)
    }
}
