//! What the contract promises to callers, route by route. Knows no table and no file of the program.

mod bad_bodies;
mod bad_headers;
mod bad_reads;
mod expiry;
mod idempotency;
mod lists;
mod partial;
mod preview;
mod quantities;
mod refusals;
mod reservations;
mod routes;
mod versions;
