//! What every test stands on: a fresh database, a server, a client whose every answer is checked against the
//! server's own description, and a database that must be clean at the end. Knows no single test.

mod answer;
mod client;
mod database;
mod openapi;
mod process;
mod program;
mod seed;
mod wait;
mod world;

pub(crate) use answer::{Answer, quantity};
pub(crate) use client::{Call, Client};
pub(crate) use database::{Database, Db, psql};
pub(crate) use openapi::{description, error_pages, escape, examples, operations};
pub(crate) use process::Server;
pub(crate) use program::{erp, finish, variable};
pub(crate) use seed::{Seed, order, proof};
pub(crate) use wait::{SOON, until};
pub(crate) use world::World;

/// Makes each test run on both databases: `on_both!(name, …)` for `fn name(db: Db)`.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            #[test]
            fn sqlite() {
                super::$test(crate::harness::Db::Sqlite);
            }

            #[test]
            fn postgres() {
                super::$test(crate::harness::Db::Postgres);
            }
        }
    )+};
}
