//! The batch, over the store in memory; and that store against the contract.

mod contract;
