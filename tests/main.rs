//! The black box: `erp` as it is shipped, over HTTP, on both databases. Knows no crate of the workspace. Run it with
//! `cargo xtask test`, which makes the databases and says where they are.

#[cfg(test)]
#[macro_use]
mod harness;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod floor;
