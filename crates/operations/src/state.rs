//! Where an operations record stands.

use crate::words::words;

words!(
    /// The state of an operations record. Which of them a module has, and in which order, its declaration says.
    RecordState {
        /// Written down; its plan may change.
        Open = "open",
        /// Somebody who may has agreed.
        Approved = "approved",
        /// Sent to the vendor.
        Ordered = "ordered",
        /// Goods are coming in.
        Receiving = "receiving",
        /// Somebody works on it.
        InProgress = "in_progress",
        /// Its stock is posted.
        Posted = "posted",
        /// Over.
        Closed = "closed",
        /// Something keeps it from going on; it goes back to where it was.
        Blocked = "blocked",
        /// Given up before anything was posted.
        Cancelled = "cancelled",
    }
);

impl RecordState {
    /// Whether nothing leaves it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }
}
