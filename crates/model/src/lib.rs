//! The model test: random sequences of commands, decided twice. Once by the program, through `run_batch` over some
//! store; once by a reference that is written from the words of the API and not from the code. After every batch
//! both must have come to the same.
//!
//! The reference is naive on purpose: numbers in maps, one command at a time, nothing loaded or flushed. It must never
//! call a rule of the domain crates. It knows no store: the tests of each store hand one in.
//!
//! A new command is a file in `verbs/` (how it is drawn, what the API says of it, the job that asks for it) and a line
//! in `verbs/mod.rs`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "all of this is a test")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a new module or step is nothing to the rest of the model"
)]

mod catalogue;
mod compare;
mod drive;
mod forms;
mod plan;
mod reference;
mod verbs;

#[cfg(test)]
mod tests;

pub use drive::{Figures, agree, run};
