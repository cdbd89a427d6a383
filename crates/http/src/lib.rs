//! The HTTP adapter: parses requests into commands and queries, hands them to the backend, renders answers.
//!
//! It decides nothing about stock and knows no database. One table names the routes, one maps codes to statuses, and
//! every request takes the one way of `dispatch`.

mod body;
mod call;
mod csv;
mod dispatch;
mod docs;
mod examples;
mod master;
mod observe;
mod openapi;
mod operations;
mod principal;
mod problem;
mod query;
mod render;
mod requests;
mod reservations;
mod routes;
mod scans;
mod server;
mod stock;
mod write_headers;

pub use principal::Role;
pub use problem::status_of;
pub use routes::{Route, Status, routes};
pub use server::{HttpConfig, serve};
