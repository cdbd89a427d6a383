//! What tests need of the ports: a store in memory, and the contract that every store must keep. Behind the feature
//! `testing`; no program has it.

pub mod contract;
mod database;
mod jobs;
mod mem_ledger;
mod mem_records;
mod mem_reservations;
mod mem_stock;
mod mem_store;
mod mem_views;

pub use database::{Database, Transaction, TransactionWork, run};
pub use jobs::{Codes, Reverse, code_of, job, keyed, operate, request};
pub use mem_store::{MemStore, MemTx};
