//! From rows to the domain's words. A row that the domain would refuse means that the database was written by
//! something else: that is an error of the store, never of the caller.

use std::str::FromStr;

use diesel::prelude::*;
use kernel::{
    Currency, Invalid, Money, PositiveQuantity, Quantity, SignedQuantity, StoreError, Timestamp, Version,
};
use uuid::Uuid;

use crate::bulk::Column;
use crate::dialect::{self, Conn, DbId, DbTime};
use crate::statement::{Bind, statement};

/// What a store answers.
pub(crate) type Stored<T> = Result<T, StoreError>;

/// Reads a text that was checked when it was written.
pub(crate) fn text<T: FromStr<Err = Invalid>>(text: &str) -> Stored<T> {
    text.parse().map_err(|error| StoreError::Broken(format!("the row says {text:?}: {error}")))
}

/// The same, where there is one.
pub(crate) fn opt_text<T: FromStr<Err = Invalid>>(value: Option<&String>) -> Stored<Option<T>> {
    value.map(|value| text(value)).transpose()
}

/// Reads a quantity.
pub(crate) fn quantity(micros: i64) -> Stored<Quantity> {
    Quantity::from_micros(micros)
        .ok_or_else(|| StoreError::Broken(format!("the row has a quantity of {micros}")))
}

/// Two columns that sum up quantities exactly, whole units and the rest: a sum of micros may leave 64 bits.
pub(crate) fn sum_parts(column: &str) -> String {
    format!("CAST(sum({column} / 1000000) AS BIGINT), CAST(sum({column} % 1000000) AS BIGINT)")
}

/// What the two columns of [`sum_parts`] say, in micros.
pub(crate) fn summed(whole: i64, rest: i64) -> i128 {
    i128::from(whole) * 1_000_000 + i128::from(rest)
}

/// A sum that leaves 64 bits is shown as the end of them.
pub(crate) fn shown(micros: i128) -> SignedQuantity {
    let end = if micros < 0 { i64::MIN } else { i64::MAX };
    SignedQuantity::from_micros(i64::try_from(micros).unwrap_or(end))
}

/// One column that sums up quantities, or the largest number of 64 bits where the sum would leave them; 0 for none.
pub(crate) fn sum_or_most(column: &str) -> String {
    format!(
        "CAST(CASE WHEN sum({column} / 1000000) >= 9223372036854 THEN 9223372036854775807 \
         ELSE coalesce(sum({column} / 1000000) * 1000000 + sum({column} % 1000000), 0) END AS BIGINT)"
    )
}

/// Reads a quantity, where there is one.
pub(crate) fn opt_quantity(micros: Option<i64>) -> Stored<Option<Quantity>> {
    micros.map(quantity).transpose()
}

/// Reads a quantity above zero.
pub(crate) fn positive(micros: i64) -> Stored<PositiveQuantity> {
    let nothing = || StoreError::Broken("the row has a quantity of nothing".to_owned());
    quantity(micros)?.positive().ok_or_else(nothing)
}

/// Reads an amount, where there is one.
pub(crate) fn money(amount: Option<i64>, currency: Option<&String>) -> Stored<Option<Money>> {
    let currency: Option<Currency> = opt_text(currency)?;
    Ok(amount.zip(currency).map(|(ten_thousandths, currency)| Money { ten_thousandths, currency }))
}

/// Reads a JSON object, where there is one.
pub(crate) fn object(text: Option<&String>) -> Stored<Option<serde_json::Map<String, serde_json::Value>>> {
    text.map(|text| {
        serde_json::from_str(text).map_err(|error| StoreError::Broken(format!("stored JSON: {error}")))
    })
    .transpose()
}

/// Reads a hash.
pub(crate) fn hash(bytes: Vec<u8>) -> Stored<[u8; 32]> {
    bytes.try_into().map_err(|_| StoreError::Broken("a hash has 32 bytes".to_owned()))
}

pub(crate) fn time(time: DbTime) -> Timestamp {
    Timestamp::from_micros(time.0)
}

pub(crate) fn db_time(time: Timestamp) -> DbTime {
    DbTime(time.micros())
}

pub(crate) fn id(id: DbId) -> Uuid {
    Uuid::from_bytes(id.0)
}

pub(crate) fn db_id(id: Uuid) -> DbId {
    DbId(id.into_bytes())
}

pub(crate) fn version(version: Version) -> i64 {
    version.0
}

/// A line number, from a column that is wider than it needs to be.
pub(crate) fn line(number: i64) -> Stored<u32> {
    number.try_into().map_err(|_| StoreError::Broken(format!("the row has a line {number}")))
}

/// Runs a read by keys: `{keys}` in the SQL stands for the table `n(k1, k2, …)` of these columns.
macro_rules! load_by {
    ($conn:expr, $sql:expr, $keys:expr => $row:ty, $answer:ty) => {{
        let (table, binds) = crate::dialect::keys($keys);
        let sql = $sql.replace("{keys}", &table);
        crate::statement::statement::<$row>(&sql, binds)
            .load::<$answer>($conn)
            .map_err(|error| crate::dialect::classify(&error))
    }};
}
pub(crate) use load_by;

/// Runs a statement by keys, like `load_by!` without an answer.
pub(crate) fn run_by(conn: &mut Conn, sql: &str, columns: Vec<Column>) -> Stored<()> {
    let (table, binds) = dialect::keys(columns);
    let sql = sql.replace("{keys}", &table);
    statement::<()>(&sql, binds).execute(conn).map(|_| ()).map_err(|error| dialect::classify(&error))
}

/// One number.
pub(crate) fn count(conn: &mut Conn, sql: &str, binds: Vec<Bind>) -> Stored<i64> {
    statement::<(diesel::sql_types::BigInt,)>(sql, binds)
        .load::<(i64,)>(conn)
        .map_err(|error| dialect::classify(&error))
        .map(|rows| rows.first().map_or(0, |(count,)| *count))
}

/// Inserts rows, with what follows the statement.
pub(crate) fn insert(conn: &mut Conn, table: &str, columns: &[(&str, Column)], then: &str) -> Stored<()> {
    dialect::insert(conn, table, columns, then).map(|_| ()).map_err(|error| dialect::classify(&error))
}

/// Updates rows; each must be there as it was expected, else somebody was faster.
pub(crate) fn update_all(
    conn: &mut Conn,
    table: &str,
    set: usize,
    columns: &[(&str, Column)],
    rows: usize,
) -> Stored<()> {
    let updated = dialect::update(conn, table, set, columns).map_err(|error| dialect::classify(&error))?;
    if updated == rows { Ok(()) } else { Err(StoreError::Conflict) }
}
