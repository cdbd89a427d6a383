//! The port through which the batch loads reservations and writes its changes.

use kernel::{StoreError, Timestamp};

use crate::{ReservationChanges, ReservationNeeds, ReservationSet};

/// Loads and flushes reservations inside the batch's transaction. Adapters MUST:
///
/// - load whole reservations: every line and every allocation, in the order in which they were written, and put
///   them with [`ReservationSet::put`], but leave what is in the set already as it is;
/// - for `orders`, load the active reservation of that source and order;
/// - for `due`, load the active reservations of that warehouse with `expires_at` at or before `now` that hold stock of
///   that product, those that ran out first, up to [`crate::PORTION`] for each `due` in all;
/// - for `holders`, load the oldest [`crate::PORTION`] active reservations that hold stock of each balance;
/// - for `products`, load the oldest [`crate::PORTION`] active reservations with a line of that product that holds or
///   lacks something;
/// - for `warehouses`, load the oldest [`crate::PORTION`] active reservations of that warehouse, and for `locations`
///   those with a line that is bound to that location and holds or lacks something;
/// - keep a second active reservation of one source and order out with [`StoreError::Conflict`], but let one that ends
///   leave its order free for one that begins in the same flush;
/// - write a reservation only while the database still has its `stored` version (0: the row is not there), and
///   answer [`StoreError::Conflict`] otherwise.
pub trait ReservationStore {
    /// Loads what is needed, in a few statements however much it is.
    ///
    /// # Errors
    /// [`StoreError`], with the transaction to be given up.
    fn load_reservations(
        &mut self,
        needs: &ReservationNeeds,
        now: Timestamp,
        into: &mut ReservationSet,
    ) -> Result<(), StoreError>;

    /// Writes the changes, in a few statements however many they are.
    ///
    /// # Errors
    /// [`StoreError`], with the transaction to be given up.
    fn flush_reservations(&mut self, changes: &ReservationChanges) -> Result<(), StoreError>;
}
