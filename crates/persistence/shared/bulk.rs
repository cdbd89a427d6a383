//! Whole columns of values: what a batch reads by and writes.

use crate::dialect::{DbId, DbTime};

/// The values of one column, row by row.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    Int(Vec<i64>),
    OptInt(Vec<Option<i64>>),
    Small(Vec<i16>),
    Text(Vec<String>),
    OptText(Vec<Option<String>>),
    Bytes(Vec<Vec<u8>>),
    Id(Vec<DbId>),
    OptId(Vec<Option<DbId>>),
    Time(Vec<DbTime>),
    OptTime(Vec<Option<DbTime>>),
    Json(Vec<String>),
}
