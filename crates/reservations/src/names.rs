//! The names that other systems give to orders and their lines.

use kernel::{check_line, checked_text};

checked_text!(
    /// The order in the system that reserves; one active reservation for each (source, order).
    OrderRef, check_line, 255
);
checked_text!(
    /// The line in the system that reserves; unique within a reservation.
    LineRef, check_line, 255
);
checked_text!(
    /// A carrier, or a tracking number.
    ProofText, check_line, 100
);
