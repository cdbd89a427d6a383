//! The port through which the batch loads records and work items and writes its changes.

use kernel::StoreError;

use crate::{RecordChanges, RecordNeeds, RecordSet};

/// Loads and flushes records inside the batch's transaction. Adapters MUST:
///
/// - leave what is in the set already as it is: a command of this batch may have changed it;
/// - for `numbered`, load the record with that number; for `keys`, load the record of that module and name that is not cancelled; for `made_from`, every record of that
///   module that was made from that one; for `reservations`, every record of that module that is not cancelled with a line
///   for that reservation; for `work_of` the work items about that record that are neither completed nor cancelled; for `open_on`, `open_at` and `open_in` every record that [`crate::Record`] says is open so;
/// - leave what does not exist out of the set (the caller marks it as looked for);
/// - keep a second record of one module and number, or of one module and name that is not cancelled, out with
///   [`StoreError::Conflict`];
/// - write a record or work item only while the database still has its `stored` version (0: the row is not there), and
///   answer [`StoreError::Conflict`] otherwise;
/// - keep a second scan of one device and `client_scan_id` out with [`StoreError::Conflict`];
/// - never change or delete a row of the history, or a scan.
pub trait RecordStore {
    /// Loads what is needed, in a few statements however much it is.
    ///
    /// # Errors
    /// [`StoreError`], with the transaction to be given up.
    fn load_records(&mut self, needs: &RecordNeeds, into: &mut RecordSet) -> Result<(), StoreError>;

    /// Writes the changes, in a few statements however many they are.
    ///
    /// # Errors
    /// [`StoreError`], with the transaction to be given up.
    fn flush_records(&mut self, changes: &RecordChanges) -> Result<(), StoreError>;
}
