//! What the tests need of SQLite: a file of their own, and what only SQLite has to prove.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use kernel::StoreError;

use crate::Connection;
use crate::statement::statement;
use diesel::RunQueryDsl;

/// The name in figures.
pub(crate) const NAME: &str = "sqlite";
/// A table with a column of every type.
pub(crate) const SCRATCH: &str = "CREATE TABLE scratch (n BIGINT PRIMARY KEY NOT NULL, opt_int BIGINT, small SMALLINT NOT NULL, \
     text TEXT NOT NULL, opt_text TEXT, bytes BLOB NOT NULL, id BLOB NOT NULL, opt_id BLOB, time BIGINT NOT NULL, \
     opt_time BIGINT, json TEXT NOT NULL)";
/// Every way to change rows that are there.
pub(crate) const CHANGES: [&str; 2] = ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"];

/// An empty database that goes when dropped.
pub(crate) struct Database {
    folder: PathBuf,
}

impl Database {
    pub(crate) fn empty() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("persistence-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        Self { folder }
    }

    /// With the schema, and a connection to it.
    pub(crate) fn with_schema() -> (Self, Connection) {
        let database = Self::empty();
        let mut connection = Connection::open(&database.url()).unwrap();
        connection.migrate().unwrap();
        (database, connection)
    }

    /// Another one with what this one has; nobody may be connected to this one. Its connection does not wait for the
    /// disk: for tests of what is written, not of how safely.
    pub(crate) fn copy(&self) -> (Self, Connection) {
        let database = Self::empty();
        std::fs::copy(self.url(), database.url()).unwrap();
        let mut connection = Connection::open(&database.url()).unwrap();
        connection.0.batch_execute("PRAGMA synchronous = OFF").unwrap();
        (database, connection)
    }

    pub(crate) fn url(&self) -> String {
        self.folder.join("test.sqlite").to_str().unwrap().to_owned()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

#[test]
fn only_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let database = Database::empty();
    let mut connection = Connection::open(&database.url()).unwrap();
    connection.migrate().unwrap();
    for file in std::fs::read_dir(&database.folder).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[test]
fn commits_are_durable_and_references_are_checked() {
    let database = Database::empty();
    let mut connection = Connection::open(&database.url()).unwrap();
    let pragmas = [("busy_timeout", 5000), ("synchronous", 2), ("foreign_keys", 1)];
    for (name, expected) in pragmas {
        // The column of busy_timeout has a name of its own.
        let column = if name == "busy_timeout" { "timeout" } else { name };
        let sql = format!("SELECT CAST({column} AS BIGINT) FROM pragma_{name}");
        let said = statement::<(BigInt,)>(&sql, Vec::new()).load::<(i64,)>(&mut connection.0).unwrap();
        assert_eq!(said, [(expected,)], "{name}");
    }
    let mode = statement::<(Text,)>("SELECT journal_mode FROM pragma_journal_mode", Vec::new());
    assert_eq!(mode.load::<(String,)>(&mut connection.0).unwrap(), [("wal".to_owned(),)]);
}

#[test]
fn a_file_that_another_holds_is_unavailable() {
    let database = Database::empty();
    let mut holder = Connection::open(&database.url()).unwrap();
    let mut waiter = Connection::open(&database.url()).unwrap();
    waiter.0.batch_execute("PRAGMA busy_timeout = 0").unwrap();
    holder.0.batch_execute("BEGIN IMMEDIATE").unwrap();
    let refused = waiter.write(&mut |_| Ok(())).unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    holder.0.batch_execute("ROLLBACK").unwrap();
    waiter.write(&mut |_| Ok(())).unwrap();
}
