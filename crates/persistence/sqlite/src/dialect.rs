//! All that SQLite does differently: connecting, types, the shape of batch statements, errors.

use diesel::connection::SimpleConnection;
use diesel::deserialize::{self, FromSql};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Nullable, SmallInt, Text};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::StoreError;
use serde_json::Value;

use crate::bulk::Column;
use crate::migrate::MigrateError;
use crate::statement::Bind;

/// The records that are not over and have a text of the keys in their payload or lines.
pub(crate) const OPEN_AT: &str = "JOIN {keys} ON instr(r.payload, n.k1) + instr(r.lines, n.k1) > 0 \
     WHERE r.state NOT IN ('posted', 'closed', 'cancelled')";

pub(crate) type Backend = diesel::sqlite::Sqlite;
pub(crate) type Conn = SqliteConnection;
/// Rows of keys, as one JSON text.
pub(crate) type Keys = String;
/// How ids are stored: 16 bytes.
pub(crate) type IdSql = Binary;
/// How times are stored: microseconds since the Unix epoch.
pub(crate) type TimeSql = BigInt;
pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../../migrations/sqlite");
/// Locks the head: `BEGIN IMMEDIATE` has locked the whole file already.
pub(crate) const LOCK_HEAD: &str = "";
/// Joins in the order that is written: left to itself, SQLite reads and sorts everything for one page.
pub(crate) const JOIN_IN_ORDER: &str = "CROSS JOIN";
/// Reads a JSON column as text.
pub(crate) const JSON_TEXT: &str = "";
/// Keeps a connection for reading from writing.
pub(crate) const READ_ONLY: &str = "PRAGMA query_only = ON";
/// Makes JSON of a text that was bound as a key.
pub(crate) const FROM_JSON_TEXT: &str = "";
pub(crate) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
pub(crate) const BEGIN_READ: &str = "BEGIN DEFERRED";
/// What a writer's connection sets besides: its pages are those that are used again. The readers, of which there are
/// many, keep to SQLite's two megabytes each.
pub(crate) const FOR_BATCHES: &str = "PRAGMA cache_size = -8000";
/// Counts the triggers that keep the ledger from being changed.
pub(crate) const COUNT_TRIGGERS: &str = "SELECT CAST(count(*) AS BIGINT) FROM sqlite_schema WHERE type = 'trigger' \
     AND (name LIKE '%_no_update' OR name LIKE '%_no_delete')";
pub(crate) const TRIGGERS: i64 = 12;

/// An id, in 16 bytes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, diesel::deserialize::FromSqlRow, diesel::expression::AsExpression,
)]
#[diesel(sql_type = Binary)]
pub(crate) struct DbId(pub(crate) [u8; 16]);

impl FromSql<IdSql, Backend> for DbId {
    fn from_sql(value: <Backend as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Backend>>::from_sql(value)?;
        Ok(Self(bytes.try_into().map_err(|_| "an id has 16 bytes")?))
    }
}

impl ToSql<IdSql, Backend> for DbId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        out.set_value(self.0.as_slice());
        Ok(IsNull::No)
    }
}

/// A time, in microseconds since the Unix epoch.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, diesel::deserialize::FromSqlRow, diesel::expression::AsExpression,
)]
#[diesel(sql_type = BigInt)]
pub(crate) struct DbTime(pub(crate) i64);

impl FromSql<TimeSql, Backend> for DbTime {
    fn from_sql(value: <Backend as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Backend>>::from_sql(value).map(Self)
    }
}

impl ToSql<TimeSql, Backend> for DbTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

/// A text whose ASCII letters are lower case and whose others are as they were.
pub(crate) fn lower(column: &str) -> String {
    format!("lower({column})")
}

/// Opens the file, making it if need be. Writes are durable: WAL with `synchronous=FULL`.
pub(crate) fn establish(url: &str) -> Result<Conn, StoreError> {
    let unavailable = |error: String| StoreError::Unavailable(error);
    let path = std::path::Path::new(url);
    if !path.exists() {
        make_private_file(path).map_err(|error| unavailable(error.to_string()))?;
    }
    let mut conn = Conn::establish(url).map_err(|error| unavailable(error.to_string()))?;
    prepare(&mut conn).map_err(|error| classify(&error))?;
    Ok(conn)
}

fn prepare(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("PRAGMA busy_timeout = 5000;")?;
    use_wal(conn)?;
    conn.batch_execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA cache_size = -2000;")
}

/// Where several open a new file at once, SQLite refuses the change of its form without waiting.
fn use_wal(conn: &mut Conn) -> QueryResult<()> {
    const ATTEMPTS: usize = 20;
    const WAL: &str = "PRAGMA journal_mode = WAL;";
    for _ in 1..ATTEMPTS {
        if conn.batch_execute(WAL).is_ok() {
            return Ok(());
        }
        // This does wait, for whoever is at it.
        conn.batch_execute("BEGIN IMMEDIATE; ROLLBACK;")?;
    }
    conn.batch_execute(WAL)
}

fn make_private_file(path: &std::path::Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

/// What a failed statement means for its caller.
pub(crate) fn classify(error: &Error) -> StoreError {
    let text = error.to_string();
    let lasting = ["locked", "busy", "disk", "full", "I/O", "readonly", "unable to open"];
    if matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) {
        return StoreError::Conflict;
    }
    if matches!(error, Error::DatabaseError(..)) && lasting.iter().any(|word| text.contains(word)) {
        return StoreError::Unavailable(text);
    }
    StoreError::Broken(text)
}

/// Runs `work` while no other process writes; the transactions of its steps are savepoints in this one.
pub(crate) fn alone<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    conn.immediate_transaction(work)
}

/// A table `n(k1, k2, …)` of keys, bound as one JSON text.
pub(crate) fn keys(columns: Vec<Column>) -> (String, Vec<Bind>) {
    let name = |(column, at): (&Column, usize)| {
        let value = format!("value ->> {at}");
        // JSON has no bytes: they travel as hexadecimal digits.
        if matches!(column, Column::Id(_) | Column::OptId(_) | Column::Bytes(_)) {
            format!("unhex({value}) AS k{}", at + 1)
        } else {
            format!("{value} AS k{}", at + 1)
        }
    };
    let names: Vec<_> = columns.iter().zip(0..).map(name).collect();
    let rows: Vec<Value> = (0..length(columns.first()))
        .map(|row| columns.iter().map(|column| json(column, row)).collect())
        .collect();
    let sql = format!("(SELECT {} FROM json_each(?)) AS n", names.join(", "));
    (sql, vec![Bind::Keys(Value::Array(rows).to_string())])
}

fn length(column: Option<&Column>) -> usize {
    match column {
        None => 0,
        Some(Column::Int(values)) => values.len(),
        Some(Column::OptInt(values)) => values.len(),
        Some(Column::Small(values)) => values.len(),
        Some(Column::Text(values) | Column::Json(values)) => values.len(),
        Some(Column::OptText(values)) => values.len(),
        Some(Column::Bytes(values)) => values.len(),
        Some(Column::Id(values)) => values.len(),
        Some(Column::OptId(values)) => values.len(),
        Some(Column::Time(values)) => values.len(),
        Some(Column::OptTime(values)) => values.len(),
    }
}

/// A key, as JSON that a query can take apart again.
fn json(column: &Column, row: usize) -> Value {
    match column {
        Column::Int(values) => values.get(row).copied().into(),
        Column::OptInt(values) => values.get(row).copied().flatten().into(),
        Column::Small(values) => values.get(row).copied().into(),
        Column::Text(values) | Column::Json(values) => values.get(row).cloned().into(),
        Column::OptText(values) => values.get(row).cloned().flatten().into(),
        Column::Bytes(values) => values.get(row).map(|bytes| hex(bytes)).into(),
        Column::Id(values) => values.get(row).map(|id| hex(&id.0)).into(),
        Column::OptId(values) => values.get(row).copied().flatten().map(|id| hex(&id.0)).into(),
        Column::Time(values) => values.get(row).map(|time| time.0).into(),
        Column::OptTime(values) => values.get(row).copied().flatten().map(|time| time.0).into(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One row of a batch, bound to a statement that SQLite has cached: that beats any batch form.
struct Row<'q> {
    sql: &'q str,
    columns: &'q [(&'q str, Column)],
    row: usize,
}

impl QueryFragment<Backend> for Row<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let mut parts = self.sql.split('?');
        out.push_sql(parts.next().unwrap_or(""));
        for (part, (_, column)) in parts.zip(self.columns) {
            push_value(&mut out, column, self.row)?;
            out.push_sql(part);
        }
        Ok(())
    }
}

impl QueryId for Row<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<Conn> for Row<'_> {}

fn push_value<'b>(out: &mut AstPass<'_, 'b, Backend>, column: &'b Column, row: usize) -> QueryResult<()> {
    let missing = || Error::QueryBuilderError("a column is shorter than the first".into());
    match column {
        Column::Int(values) => out.push_bind_param::<BigInt, _>(values.get(row).ok_or_else(missing)?),
        Column::OptInt(values) => {
            out.push_bind_param::<Nullable<BigInt>, _>(values.get(row).ok_or_else(missing)?)
        }
        Column::Small(values) => out.push_bind_param::<SmallInt, _>(values.get(row).ok_or_else(missing)?),
        Column::Text(values) | Column::Json(values) => {
            out.push_bind_param::<Text, _>(values.get(row).ok_or_else(missing)?)
        }
        Column::OptText(values) => {
            out.push_bind_param::<Nullable<Text>, _>(values.get(row).ok_or_else(missing)?)
        }
        Column::Bytes(values) => out.push_bind_param::<Binary, _>(values.get(row).ok_or_else(missing)?),
        Column::Id(values) => out.push_bind_param::<IdSql, _>(values.get(row).ok_or_else(missing)?),
        Column::OptId(values) => {
            out.push_bind_param::<Nullable<IdSql>, _>(values.get(row).ok_or_else(missing)?)
        }
        Column::Time(values) => out.push_bind_param::<TimeSql, _>(values.get(row).ok_or_else(missing)?),
        Column::OptTime(values) => {
            out.push_bind_param::<Nullable<TimeSql>, _>(values.get(row).ok_or_else(missing)?)
        }
    }
}

fn each_row(conn: &mut Conn, sql: &str, columns: &[(&str, Column)]) -> QueryResult<usize> {
    let mut affected = 0;
    for row in 0..length(columns.first().map(|(_, column)| column)) {
        affected += Row { sql, columns, row }.execute(conn)?;
    }
    Ok(affected)
}

/// `INSERT INTO table (columns) …`, with what follows (an ON CONFLICT clause, or nothing).
pub(crate) fn insert(
    conn: &mut Conn,
    table: &str,
    columns: &[(&str, Column)],
    then: &str,
) -> QueryResult<usize> {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let places = vec!["?"; names.len()].join(", ");
    each_row(conn, &format!("INSERT INTO {table} ({}) VALUES ({places}) {then}", names.join(", ")), columns)
}

/// `UPDATE table SET … WHERE …`: the first `set` columns are written, the others found by.
pub(crate) fn update(
    conn: &mut Conn,
    table: &str,
    set: usize,
    columns: &[(&str, Column)],
) -> QueryResult<usize> {
    let (set, found) = columns.split_at(set.min(columns.len()));
    let set: Vec<_> = set.iter().map(|(name, _)| format!("{name} = ?")).collect();
    let found: Vec<_> = found.iter().map(|(name, _)| format!("{} = ?", stored_name(name))).collect();
    each_row(conn, &format!("UPDATE {table} SET {} WHERE {}", set.join(", "), found.join(" AND ")), columns)
}

/// The version that is looked for stands beside the one that is written.
fn stored_name(name: &str) -> &str {
    name.strip_prefix("expected_").unwrap_or(name)
}

/// Binds keys.
pub(crate) fn push_keys<'b>(out: &mut AstPass<'_, 'b, Backend>, keys: &'b Keys) -> QueryResult<()> {
    out.push_bind_param::<Text, _>(keys)
}
