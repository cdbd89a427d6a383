//! The rules of reservations over sets that are filled by hand: tables, and properties of random sequences.

mod create;
mod ends;
mod order;
mod properties;
mod world;
