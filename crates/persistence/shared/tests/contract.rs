//! The adapter keeps the contract of stores.

use commands::testing::TransactionWork;
use kernel::StoreError;

use crate::Connection;
use crate::fixture::Database;

/// A database of its own, with its schema.
pub(super) struct Fresh {
    connection: Connection,
    _database: Database,
}

impl Fresh {
    pub(super) fn of((database, connection): (Database, Connection)) -> Self {
        Self { connection, _database: database }
    }
}

fn fresh() -> Fresh {
    Fresh::of(Database::with_schema())
}

impl commands::testing::Database for Fresh {
    fn write(&mut self, work: &mut TransactionWork<'_>) -> Result<(), StoreError> {
        self.connection.write(&mut |tx| work(tx))
    }

    fn read(&mut self, work: &mut TransactionWork<'_>) -> Result<(), StoreError> {
        self.connection.read(&mut |tx| work(tx))
    }
}

commands::store_contract!(super::fresh);
