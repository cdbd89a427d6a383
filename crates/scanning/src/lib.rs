//! What a barcode says: article numbers (EAN, UPC, ITF-14), GS1 element strings and Digital Links, the ERP's own
//! labels, or a text that may be anything.
//!
//! [`parse`] takes what a scanner sent and answers a [`Reading`] or a [`ScanRefusal`]. It has no clock (the century of
//! a day of two-digit years takes `today`), does no I/O, and knows no product, location or record: whether what was
//! read is one, somebody else finds out. An article is best looked up by each of [`Gtin14::spellings`], and by the
//! digits as they were read.
//!
//! The table of application identifiers is the data of GS1, under a licence of its own: see
//! `data/application_identifiers.txt`.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod ai;
mod codes;
mod companions;
mod elements;
mod facts;
mod gtin;
mod link;
mod own;
mod percent;
mod refusal;
mod rule;
mod scan;
mod settings;
mod symbology;
mod table;
mod transmission;

pub use ai::Ai;
pub use elements::{Element, Elements, FNC1};
pub use facts::{Weight, WeightUnit};
pub use gtin::{Gtin, Gtin14, check_digit};
pub use link::{GS1_RESOLVER, Link};
pub use own::{LocationLabel, Own, RecordLabel};
pub use percent::{percent_decode, percent_encode};
pub use refusal::ScanRefusal;
pub use scan::{Content, MOST_BYTES, Note, Reading, parse};
pub use settings::{Settings, UnknownAis};
pub use symbology::Symbology;
pub use transmission::{Transmission, transmit};
