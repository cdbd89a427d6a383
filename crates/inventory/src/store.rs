//! The port through which the batch loads stock and writes its changes.

use kernel::StoreError;

use crate::{StockChanges, StockNeeds, StockSet};

/// Loads and flushes stock inside the batch's transaction. Adapters MUST:
///
/// - load exactly what is committed, all of it from one snapshot under the lock of the head;
/// - load with every balance its product, its location and (if it has one) its lot; with one that is not there its
///   product and its location;
/// - leave what is in the set already as it is: a command of this batch may have changed it;
/// - load a movement with `reversed` and `latest_of_record` as of that snapshot;
/// - load the details of every product that was asked for (empty ones where it has none), and for `holdings` every
///   balance of theirs that is not all zero;
/// - leave what does not exist out of the set (the caller marks it as looked for);
/// - write a balance only while the database still has its `stored` version (0: the row is not there), and answer
///   [`StoreError::Conflict`] otherwise;
/// - never change or delete a movement.
pub trait StockStore {
    /// Loads what is needed, in a few statements however much it is.
    ///
    /// # Errors
    /// [`StoreError`], with the transaction to be given up.
    fn load_stock(&mut self, needs: &StockNeeds, into: &mut StockSet) -> Result<(), StoreError>;

    /// Writes the changes, in a few statements however many they are.
    ///
    /// # Errors
    /// [`StoreError`], with the transaction to be given up.
    fn flush_stock(&mut self, changes: &StockChanges) -> Result<(), StoreError>;
}
