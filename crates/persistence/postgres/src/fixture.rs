//! What the tests need of PostgreSQL: a database of their own, and what only PostgreSQL has to prove.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::{Connection as _, SimpleConnection};
use kernel::StoreError;

use crate::Connection;
use crate::dialect::Conn;

/// The name in figures.
pub(crate) const NAME: &str = "postgres";
/// A table with a column of every type.
pub(crate) const SCRATCH: &str = "CREATE TABLE scratch (n BIGINT PRIMARY KEY NOT NULL, opt_int BIGINT, small SMALLINT NOT NULL, \
     text TEXT NOT NULL, opt_text TEXT, bytes BYTEA NOT NULL, id UUID NOT NULL, opt_id UUID, time TIMESTAMPTZ NOT NULL, \
     opt_time TIMESTAMPTZ, json JSONB NOT NULL)";
/// Every way to change rows that are there.
pub(crate) const CHANGES: [&str; 3] =
    ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table}"];

/// An empty database that goes when dropped.
pub(crate) struct Database {
    name: String,
}

fn admin_url() -> String {
    std::env::var("ERPTEST_POSTGRES_URL").expect(
        "ERPTEST_POSTGRES_URL must name a PostgreSQL where tests may make databases, \
         like postgres://postgres@127.0.0.1:5432/postgres; `cargo xtask test` starts one and sets it",
    )
}

fn admin(sql: &str) {
    Conn::establish(&admin_url()).unwrap().batch_execute(sql).unwrap();
}

impl Database {
    pub(crate) fn empty() -> Self {
        let database = Self::named();
        admin(&format!("CREATE DATABASE {}", database.name));
        database
    }

    fn named() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        Self { name: format!("persistence_{}_{made}", std::process::id()) }
    }

    /// With the schema, and a connection to it.
    pub(crate) fn with_schema() -> (Self, Connection) {
        let database = Self::empty();
        let mut connection = Connection::open(&database.url()).unwrap();
        connection.migrate().unwrap();
        (database, connection)
    }

    /// Another one with what this one has; nobody may be connected to this one.
    pub(crate) fn copy(&self) -> (Self, Connection) {
        let database = Self::named();
        admin(&format!("CREATE DATABASE {} TEMPLATE {}", database.name, self.name));
        let connection = Connection::open(&database.url()).unwrap();
        (database, connection)
    }

    pub(crate) fn url(&self) -> String {
        let admin = admin_url();
        let (server, rest) = admin.rsplit_once('/').unwrap();
        let settings = rest.split_once('?').map(|(_, settings)| format!("?{settings}")).unwrap_or_default();
        format!("{server}/{}{settings}", self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A second panic while a test fails would hide the first.
        if let Ok(mut conn) = Conn::establish(&admin_url()) {
            drop(conn.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)));
        }
    }
}

#[test]
fn a_statement_or_a_wait_that_takes_too_long_is_unavailable() {
    let database = Database::empty();
    let mut connection = Connection::open(&database.url()).unwrap();
    connection.0.batch_execute("CREATE TABLE held (n BIGINT); SET statement_timeout = '50ms'").unwrap();
    let late = connection.write(&mut |tx| {
        tx.conn.batch_execute("SELECT pg_sleep(5)").map_err(|error| crate::dialect::classify(&error))
    });
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");

    let mut holder = Connection::open(&database.url()).unwrap();
    holder.0.batch_execute("BEGIN; LOCK TABLE held").unwrap();
    connection.0.batch_execute("SET statement_timeout = 0; SET lock_timeout = '50ms'").unwrap();
    let waited = connection.write(&mut |tx| {
        tx.conn.batch_execute("LOCK TABLE held").map_err(|error| crate::dialect::classify(&error))
    });
    assert!(matches!(waited, Err(StoreError::Unavailable(_))), "{waited:?}");
}

#[test]
fn a_paused_batch_gives_the_head_free() {
    let database = Database::empty();
    let mut paused = Connection::open(&database.url()).unwrap();
    paused.migrate().unwrap();
    let mut other = Connection::open(&database.url()).unwrap();
    let lost = paused.write(&mut |tx| {
        commands::Store::lock_head(tx)?;
        // The head is waited for, so this is over as soon as the server has ended the paused session.
        other.write(&mut |tx| commands::Store::lock_head(tx).map(|_| ()))
    });
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
}

#[test]
fn a_deadlock_is_a_conflict() {
    let database = Database::empty();
    let mut first = Connection::open(&database.url()).unwrap();
    let mut second = Connection::open(&database.url()).unwrap();
    first.0.batch_execute("CREATE TABLE a (n BIGINT); CREATE TABLE b (n BIGINT)").unwrap();
    first.0.batch_execute("SET deadlock_timeout = '50ms'; BEGIN; LOCK TABLE a").unwrap();
    second.0.batch_execute("SET deadlock_timeout = '10s'; BEGIN; LOCK TABLE b").unwrap();
    let ends = std::thread::scope(|scope| {
        let other = scope.spawn(|| second.0.batch_execute("LOCK TABLE a; COMMIT"));
        let end = first.0.batch_execute("LOCK TABLE b; COMMIT");
        drop(first.0.batch_execute("ROLLBACK"));
        [end, other.join().unwrap()]
    });
    let errors: Vec<_> =
        ends.iter().filter_map(|end| end.as_ref().err()).map(crate::dialect::classify).collect();
    assert_eq!(errors, [StoreError::Conflict]);
}
