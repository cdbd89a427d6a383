//! The same proofs for both databases. What a test needs of its database is in the package's `fixture`.

mod bulk;
mod contract;
mod ledger;
mod migrate;
mod model;
mod transactions;

use diesel::connection::SimpleConnection;

use crate::Connection;
use crate::fixture::{Database, SCRATCH};

/// A connection to a database with the schema.
fn migrated() -> (Database, Connection) {
    Database::with_schema()
}

/// A connection to a database with a table of every type.
fn scratch() -> (Database, Connection) {
    let database = Database::empty();
    let mut connection = Connection::open(&database.url()).unwrap();
    connection.0.batch_execute(SCRATCH).unwrap();
    (database, connection)
}
