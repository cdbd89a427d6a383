//! Commands and the batch: one ordered history, decided in memory.
//!
//! [`run_batch`] takes the head of the history, loads what its jobs ask for in rounds, decides them in order over
//! drafts, writes the outcome in a few statements and answers everyone. It is pure: a store is handed in, time is an
//! argument, and nothing here knows a database, HTTP or a thread.

mod batch;
mod draft;
mod file_row;
mod import;
mod job;
mod jobs;
mod master;
mod operations;
mod preview;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod verify;
mod views;

pub use self::operations::{Operate, UseCase};
pub use batch::{BatchLimits, preview, run_batch};
pub use draft::{Draft, Needs, WorkingSet};
pub use file_row::FileRow;
pub use import::{Flaw, IMPORT_CHUNK, Import, ImportRow, ImportTally, rehearse};
pub use job::{Backend, Job, Outcome, QueueFull, Render, Task, Work};
pub use jobs::{Amend, Create, Expire, Fill};
pub use master::{
    HoldLot, ReleaseLot, SaveLocation, SaveLot, SaveProduct, SaveWarehouse, SetUp, WithdrawLot,
};
pub use preview::{BalanceChange, BucketsView, MovementView, Preview, PreviewHash, TransferView};
pub use store::{Answered, Head, Replayed, Store, StoredAnswer};
pub use verify::{Report, verify};
pub use views::{EventEntry, IntegrityCounts, LedgerReader, ReplayEntry, RequestTrail, TrailViews, Views};
