//! The production database: the shared store and views, compiled for PostgreSQL.

#[path = "../../shared/bulk.rs"]
mod bulk;
#[path = "../../shared/connection.rs"]
mod connection;
mod dialect;
#[cfg(test)]
mod fixture;
#[path = "../../shared/migrate.rs"]
mod migrate;
#[path = "../../shared/rows.rs"]
mod rows;
#[path = "../../shared/statement.rs"]
mod statement;
#[path = "../../shared/store/mod.rs"]
mod store;
#[cfg(test)]
#[path = "../../shared/tests/mod.rs"]
mod tests;
#[path = "../../shared/views/mod.rs"]
mod views;

pub use connection::{Connection, Pool, Tx};
pub use migrate::{MigrateError, SchemaState};
