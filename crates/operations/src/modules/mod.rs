//! The modules, one file each.

mod adjustments;
mod cycle_counts;
mod fulfilment;
mod kit_assemblies;
mod pack_sessions;
mod pick_tasks;
mod purchase_orders;
mod putaway_tasks;
mod received_orders;
mod receiving_sessions;
mod returns;
mod ship_confirmations;
mod spot;
mod transfers;
mod vendors;

pub use adjustments::{Adjustment, AdjustmentLine, Adjustments, Change, ReasonCode};
pub use cycle_counts::{CountLine, CycleCount, CycleCounts};
pub use fulfilment::GoodsLine;
pub(crate) use fulfilment::is_unwanted;
pub use kit_assemblies::{ComponentLine, KitAssemblies, KitAssembly};
pub use pack_sessions::{PackSession, PackSessions};
pub use pick_tasks::{PickTask, PickTasks, Strategy};
pub(crate) use pick_tasks::{in_hand, take_off, waiting};
pub use purchase_orders::{PurchaseOrder, PurchaseOrderLine, PurchaseOrders};
pub use putaway_tasks::{PutawayLine, PutawayTask, PutawayTasks};
pub(crate) use received_orders::open_order;
pub use receiving_sessions::{ReceivingLine, ReceivingSession, ReceivingSessions};
pub use returns::{CustomerReturn, ReturnLine, ReturnSource, Returns};
pub use ship_confirmations::{ShipConfirmation, ShipConfirmations};
pub use transfers::{GoodsTransfer, TransferLine, Transfers};
pub use vendors::{Vendor, VendorCode, Vendors};
