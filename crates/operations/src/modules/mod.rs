//! The modules, one file each.

mod purchase_orders;
mod putaway_tasks;
mod receiving_sessions;
mod vendors;

pub use purchase_orders::{PurchaseOrder, PurchaseOrderLine, PurchaseOrders};
pub use putaway_tasks::{PutawayLine, PutawayTask, PutawayTasks};
pub(crate) use receiving_sessions::open_order;
pub use receiving_sessions::{ReceivingLine, ReceivingSession, ReceivingSessions};
pub use vendors::{Vendor, VendorCode, Vendors};
