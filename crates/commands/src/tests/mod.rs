//! The batch, over the store in memory; and that store against the contract.

mod batch;
mod contract;
mod failures;
mod keys;
mod preview;
mod world;
