//! Reads without a command, each over the snapshot of its transaction.

mod ledger;
mod master;
mod reservations;
mod stock;

pub(crate) use ledger::recorded_movement;

use inventory::Page;
use kernel::StoreError;

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
