//! The HTTP adapter: parses requests into commands and queries, hands them to the backend, renders answers.
//!
//! It decides nothing about stock and knows no database. One table names the routes, one maps codes to statuses.

mod body;
mod openapi;
mod problem;
mod query;
mod reservations;
mod routes;
mod server;
mod stock;
mod submit;
mod write_headers;

pub use problem::status_of;
pub use routes::{ROUTES, Role, Route, Status};
pub use server::{HttpConfig, serve};
