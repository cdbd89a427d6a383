//! What can go wrong between a store and its caller, told by what the caller should do.

use std::fmt;

/// A failure of the store, not of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// Somebody was faster: run the same work again.
    Conflict,
    /// The database cannot be reached or cannot write now: answer 503, the caller repeats with the same key.
    /// The text is for the log.
    Unavailable(String),
    /// The database refused for a reason that repeating does not mend. The text is for the log.
    Broken(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("somebody else wrote first"),
            Self::Unavailable(why) => write!(f, "the database is unavailable: {why}"),
            Self::Broken(why) => write!(f, "the database refused: {why}"),
        }
    }
}

impl std::error::Error for StoreError {}
