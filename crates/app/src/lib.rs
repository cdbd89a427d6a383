//! The program `erp`: settings, wiring, command line and telemetry. The only crate that names a concrete adapter.
//!
//! No rule of the business lives here: commands are handed to the writer, reads to the views.

pub mod cli;
mod database;
mod demo;
mod doctor;
mod import;
mod internal;
mod serve;
mod settings;
mod sweeper;
mod telemetry;
mod verify;
pub mod writer;

pub use database::Database;
