//! What people do in a warehouse, from the dock to the customer, through the API alone.

mod dock;
mod records;
mod work;
