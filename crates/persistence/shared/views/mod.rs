//! Reads without a command, each over the snapshot of its transaction.

mod ledger;
mod master;
mod movements;
mod past;
mod proof;
mod records;
mod reservations;
mod stock;
mod trace;
mod trail;

pub(crate) use ledger::recorded_movement;

use inventory::Page;
use kernel::StoreError;

use crate::Tx;
use crate::statement::Bind;

/// The parts of the place where a page ended, in the form that this list gave out.
pub(crate) fn cursor_parts(after: &str, parts: usize) -> Result<Vec<&str>, StoreError> {
    let found: Vec<_> = after.splitn(parts, ':').collect();
    if found.len() == parts {
        Ok(found)
    } else {
        Err(StoreError::Broken("a cursor of another list".to_owned()))
    }
}

/// A number of a cursor.
pub(crate) fn cursor_number(part: Option<&&str>) -> Result<i64, StoreError> {
    let number = part.and_then(|part| part.parse().ok());
    number.ok_or_else(|| StoreError::Broken("a cursor of another list".to_owned()))
}

/// The rows of a page, of which one more was read to know whether there is more, and the place where it ended then.
pub(crate) fn cut<R>(
    mut rows: Vec<R>,
    page: &Page,
    place: impl Fn(&R) -> String,
) -> (Vec<R>, Option<String>) {
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = if more { rows.last().map(place) } else { None };
    (rows, next)
}

/// The last number up to `most` for which this holds, where it holds for all before and for none after; 0 for none.
pub(crate) fn last_where(
    most: i64,
    mut holds: impl FnMut(i64) -> Result<bool, StoreError>,
) -> Result<i64, StoreError> {
    let (mut low, mut high) = (0, most.max(0));
    while low < high {
        let middle = low + (high - low + 1) / 2;
        if holds(middle)? { low = middle } else { high = middle - 1 }
    }
    Ok(low)
}

/// The last row of `movements` or `events` that was made by this request or an earlier one; 0 where there is none.
/// Their numbers and those of the requests grow together, without gaps.
pub(crate) fn last_numbered(tx: &mut Tx<'_>, table: &str, request: i64) -> Result<i64, StoreError> {
    let counters = commands::Store::lock_head(tx)?.counters;
    let next = if table == "events" { counters.event } else { counters.movement };
    let sql = format!("SELECT request_seq FROM {table} WHERE seq = ?");
    last_where(next.saturating_sub(1), |seq| {
        let made_by = crate::rows::count(tx.conn, &sql, vec![Bind::Int(seq)])?;
        Ok(made_by <= request)
    })
}
