//! The adapter against the reference model: the same random sequences as over the store in memory.

use super::contract::Fresh;
use crate::fixture::{Database, NAME};

#[test]
fn the_model_agrees() {
    // Copied for each sequence: a migration for each would take most of the time.
    let (template, connection) = Database::with_schema();
    drop(connection);
    println!("{}", model::agree(NAME, 20, || Fresh::of(template.copy())));
}
