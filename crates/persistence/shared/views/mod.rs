//! Reads without a command, each over the snapshot of its transaction.

mod ledger;
mod reservations;
mod stock;

pub(crate) use ledger::recorded_movement;

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
