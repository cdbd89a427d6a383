//! What the contract promises to callers, route by route. Knows no table and no file of the program.

mod amend;
mod bad_bodies;
mod bad_headers;
mod bad_reads;
mod docs;
mod examples;
mod expiry;
mod history;
mod idempotency;
mod imports;
mod kits;
mod ledger;
mod lists;
mod lots;
mod master;
mod own_words;
mod partial;
mod preview;
mod quantities;
mod refusals;
mod reservations;
mod routes;
mod trail;
mod versions;
