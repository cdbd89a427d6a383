//! The store of a batch: loading in rounds, flushing at the end.

mod answers;
mod master;
mod records;
mod reservations;
mod scans;
mod stock;

pub(crate) use answers::reply;
pub(crate) use master::{
    LOCATION, LOT, LocationRow, LocationSql, LotRow, LotSql, PRODUCT, ProductRow, ProductSql, load_details,
    location_of, lot_of, product_of,
};
pub(crate) use records::{load_records_where, load_work_where};
pub(crate) use reservations::load_where;
pub(crate) use scans::load_scans_where;
pub(crate) use stock::{BALANCE, BalanceRow, BalanceSql, HELD, balance_of};
