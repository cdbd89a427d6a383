//! The store of a batch: loading in rounds, flushing at the end.

mod answers;
mod reservations;
mod stock;

pub(crate) use reservations::load_where;
pub(crate) use stock::{BALANCE, BalanceRow, BalanceSql, balance_of};
