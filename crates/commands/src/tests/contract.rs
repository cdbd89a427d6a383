//! The store in memory keeps the contract, or what is tested over it says nothing.

use crate::testing::MemStore;

crate::store_contract!(crate::testing::MemStore::default);

#[test]
fn a_copy_is_a_database_of_its_own() {
    let mut original = MemStore::default();
    let mut copy = original.clone();
    crate::testing::contract::batches::the_head_comes_back(&mut copy);
    crate::testing::contract::batches::a_fresh_head_begins_at_one(&mut original);
}
