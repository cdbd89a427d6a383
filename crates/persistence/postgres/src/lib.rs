//! The production database: the shared store and views, compiled for PostgreSQL.

mod dialect;
#[path = "../../shared/bulk.rs"]
mod bulk;
#[path = "../../shared/connection.rs"]
mod connection;
#[path = "../../shared/migrate.rs"]
mod migrate;
#[path = "../../shared/rows.rs"]
mod rows;
#[path = "../../shared/statement.rs"]
mod statement;
#[path = "../../shared/store/mod.rs"]
mod store;
#[path = "../../shared/views/mod.rs"]
mod views;

pub use connection::{Connection, Pool, Tx};
pub use migrate::{MigrateError, SchemaState};
