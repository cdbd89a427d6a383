//! All that PostgreSQL does differently: connecting, types, the shape of batch statements, errors.

use diesel::connection::SimpleConnection;
use diesel::deserialize::{self, FromSql};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Array, BigInt, Bytea, Nullable, SmallInt, Text, Timestamptz, Uuid};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::StoreError;
// The library is linked for diesel; naming it here keeps its bundled form.
use pq_sys as _;

use crate::bulk::Column;
use crate::migrate::MigrateError;
use crate::statement::Bind;

/// The records that are not over and have a text of the keys in their payload or lines.
pub(crate) const OPEN_AT: &str = "JOIN {keys} ON strpos(r.payload, n.k1) + strpos(r.lines, n.k1) > 0 \
     WHERE r.state NOT IN ('posted', 'closed', 'cancelled')";

pub(crate) type Backend = diesel::pg::Pg;
pub(crate) type Conn = PgConnection;
/// A column of keys, or of values to write.
pub(crate) type Keys = Column;
/// How ids are stored.
pub(crate) type IdSql = Uuid;
/// How times are stored.
pub(crate) type TimeSql = Timestamptz;
pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../../migrations/postgres");
/// Locks the head.
pub(crate) const LOCK_HEAD: &str = " FOR UPDATE";
/// PostgreSQL sees by itself that a page needs few rows.
pub(crate) const JOIN_IN_ORDER: &str = "JOIN";
/// Reads a JSON column as text.
pub(crate) const JSON_TEXT: &str = "::text";
/// Keeps a connection for reading from writing. One that streams may wait for its reader: it holds no lock.
pub(crate) const READ_ONLY: &str =
    "SET default_transaction_read_only = on; SET idle_in_transaction_session_timeout = '40s'";
/// Makes JSON of a text that was bound as a key.
pub(crate) const FROM_JSON_TEXT: &str = "::jsonb";
pub(crate) const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
pub(crate) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Counts the triggers that keep the ledger from being changed.
pub(crate) const COUNT_TRIGGERS: &str = "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O' AND NOT tgisinternal \
     AND (tgname LIKE '%\\_no\\_update' OR tgname LIKE '%\\_no\\_delete' OR tgname LIKE '%\\_no\\_truncate')";
pub(crate) const TRIGGERS: i64 = 18;

/// What a writer's connection sets besides: its statements go by the indexes. They are planned once for each connection, without looking at the keys;
/// a plan that was made while the tables were small would read them whole for as long as the connection lives.
pub(crate) const FOR_BATCHES: &str =
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

/// How long a statement may run, and wait for a lock.
const TIMEOUTS: &str = "SET statement_timeout = '30s'; SET lock_timeout = '10s'";
/// The advisory lock of whoever migrates: "erp" in ASCII.
const MIGRATING: i64 = 0x65_72_70;

/// 2000-01-01, where PostgreSQL counts from, in microseconds since the Unix epoch.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// An id, in 16 bytes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, diesel::deserialize::FromSqlRow, diesel::expression::AsExpression,
)]
#[diesel(sql_type = Uuid)]
pub(crate) struct DbId(pub(crate) [u8; 16]);

impl FromSql<IdSql, Backend> for DbId {
    fn from_sql(value: <Backend as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(value.as_bytes().try_into()?))
    }
}

impl ToSql<IdSql, Backend> for DbId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        std::io::Write::write_all(out, &self.0)?;
        Ok(IsNull::No)
    }
}

/// A time, in microseconds since the Unix epoch.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, diesel::deserialize::FromSqlRow, diesel::expression::AsExpression,
)]
#[diesel(sql_type = Timestamptz)]
pub(crate) struct DbTime(pub(crate) i64);

impl FromSql<TimeSql, Backend> for DbTime {
    fn from_sql(value: <Backend as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let PgTimestamp(micros) = FromSql::<Timestamptz, Backend>::from_sql(value)?;
        Ok(Self(micros.saturating_add(POSTGRES_EPOCH)))
    }
}

impl ToSql<TimeSql, Backend> for DbTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        let micros = PgTimestamp(self.0.saturating_sub(POSTGRES_EPOCH));
        ToSql::<Timestamptz, Backend>::to_sql(&micros, &mut out.reborrow())
    }
}

/// A text whose ASCII letters are lower case and whose others are as they were.
pub(crate) fn lower(column: &str) -> String {
    format!("lower({column} COLLATE \"C\")")
}

/// Connects. A server that is paused in the middle of a batch gives the head free after two seconds.
pub(crate) fn establish(url: &str) -> Result<Conn, StoreError> {
    let mut conn = Conn::establish(url).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    // Compiling a statement takes longer than any of ours should run.
    let settings = "SET jit = off; SET idle_in_transaction_session_timeout = '2s'; SET timezone = 'UTC'; \
                    SET client_min_messages = 'warning'; SET plan_cache_mode = 'force_generic_plan'";
    conn.batch_execute(&format!("{settings}; {TIMEOUTS}")).map_err(|error| classify(&error))?;
    Ok(conn)
}

/// What a failed statement means for its caller.
pub(crate) fn classify(error: &Error) -> StoreError {
    let text = error.to_string();
    let away =
        ["connection", "terminat", "server closed", "timeout", "could not", "no space", "read-only", "shut"];
    let Error::DatabaseError(kind, _) = error else {
        let lost = matches!(error, Error::BrokenTransactionManager);
        return if lost { StoreError::Unavailable(text) } else { StoreError::Broken(text) };
    };
    let raced = matches!(kind, DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure);
    let lost = matches!(kind, DatabaseErrorKind::ClosedConnection);
    if raced || (!lost && text.contains("deadlock")) {
        StoreError::Conflict
    } else if lost || away.iter().any(|word| text.contains(word)) {
        StoreError::Unavailable(text)
    } else {
        StoreError::Broken(text)
    }
}

/// Runs `work` while no other process migrates; a step may take longer than a statement of the server.
pub(crate) fn alone<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    let wait =
        format!("SET statement_timeout = 0; SET lock_timeout = '60s'; SELECT pg_advisory_lock({MIGRATING})");
    let free = format!("SELECT pg_advisory_unlock({MIGRATING}); {TIMEOUTS}");
    conn.batch_execute(&wait)?;
    let done = work(conn);
    // A lost connection has lost the lock, too: what `work` said is the news.
    let freed = conn.batch_execute(&free);
    let done = done?;
    freed?;
    Ok(done)
}

fn table(columns: usize) -> String {
    let places = vec!["?"; columns].join(", ");
    let names: Vec<_> = (1..=columns).map(|at| format!("k{at}")).collect();
    format!("unnest({places}) AS n({})", names.join(", "))
}

/// A table `n(k1, k2, …)` of keys, bound as one array a column.
pub(crate) fn keys(columns: Vec<Column>) -> (String, Vec<Bind>) {
    (table(columns.len()), columns.into_iter().map(Bind::Keys).collect())
}

/// The value of a column of `n`: JSON travels as text.
fn value(at: usize, column: &Column) -> String {
    let cast = if matches!(column, Column::Json(_)) { "::jsonb" } else { "" };
    format!("n.k{}{cast}", at + 1)
}

/// The rows of a batch, each column bound as an array where it stands.
struct Rows<'q> {
    sql: &'q str,
    columns: &'q [(&'q str, Column)],
}

impl QueryFragment<Backend> for Rows<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let mut parts = self.sql.split('?');
        out.push_sql(parts.next().unwrap_or(""));
        for (part, (_, column)) in parts.zip(self.columns) {
            push_keys(&mut out, column)?;
            out.push_sql(part);
        }
        Ok(())
    }
}

impl QueryId for Rows<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<Conn> for Rows<'_> {}

/// `INSERT INTO table (columns) …`, with what follows (an ON CONFLICT clause, or nothing).
pub(crate) fn insert(
    conn: &mut Conn,
    into: &str,
    columns: &[(&str, Column)],
    then: &str,
) -> QueryResult<usize> {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<_> = columns.iter().enumerate().map(|(at, (_, column))| value(at, column)).collect();
    let sql = format!(
        "INSERT INTO {into} ({}) SELECT {} FROM {} {then}",
        names.join(", "),
        values.join(", "),
        table(columns.len())
    );
    Rows { sql: &sql, columns }.execute(conn)
}

/// `UPDATE table SET … WHERE …`: the first `set` columns are written, the others found by.
pub(crate) fn update(
    conn: &mut Conn,
    into: &str,
    set: usize,
    columns: &[(&str, Column)],
) -> QueryResult<usize> {
    let pairs: Vec<_> =
        columns.iter().enumerate().map(|(at, (name, column))| (*name, value(at, column))).collect();
    let (set, found) = pairs.split_at(set.min(pairs.len()));
    let set: Vec<_> = set.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let found: Vec<_> = found
        .iter()
        .map(|(name, value)| format!("t.{} = {value}", name.strip_prefix("expected_").unwrap_or(name)))
        .collect();
    let sql = format!(
        "UPDATE {into} AS t SET {} FROM {} WHERE {}",
        set.join(", "),
        table(columns.len()),
        found.join(" AND ")
    );
    Rows { sql: &sql, columns }.execute(conn)
}

/// Binds a whole column as an array.
pub(crate) fn push_keys<'b>(out: &mut AstPass<'_, 'b, Backend>, column: &'b Keys) -> QueryResult<()> {
    match column {
        Column::Int(values) => out.push_bind_param::<Array<BigInt>, _>(values),
        Column::OptInt(values) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(values),
        Column::Small(values) => out.push_bind_param::<Array<SmallInt>, _>(values),
        Column::Text(values) | Column::Json(values) => out.push_bind_param::<Array<Text>, _>(values),
        Column::OptText(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values),
        Column::Bytes(values) => out.push_bind_param::<Array<Bytea>, _>(values),
        Column::Id(values) => out.push_bind_param::<Array<Uuid>, _>(values),
        Column::OptId(values) => out.push_bind_param::<Array<Nullable<Uuid>>, _>(values),
        Column::Time(values) => out.push_bind_param::<Array<Timestamptz>, _>(values),
        Column::OptTime(values) => out.push_bind_param::<Array<Nullable<Timestamptz>>, _>(values),
    }
}
