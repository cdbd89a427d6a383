//! Operations: work items, and the records of the modules in which a warehouse works.
//!
//! A record goes along the path of its module; one machine adds what all paths have. Posting a step hands one movement
//! to the posting engine of `inventory`: nothing here writes a balance. It must never know a database, HTTP, a clock
//! or another record's rules: what a module does elsewhere it does through the other's use-case.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod amend_record;
mod chain;
mod confirm_shipped;
mod consume_order;
mod content;
mod create_receiving_session;
mod create_record;
mod create_work_item;
mod draft;
mod events;
mod generate_pack_session;
mod generate_pick_tasks;
mod generate_putaway;
mod machine;
#[cfg(test)]
mod machine_table;
mod module;
pub mod modules;
mod open_picks;
mod post_record;
mod record;
mod refusal;
mod release_order;
mod reverse_record;
mod scans;
mod state;
mod store;
mod trace;
mod transition_record;
mod transition_work_item;
mod unpick_goods;
mod views;
mod words;
mod work_item;

pub use amend_record::{AmendRecord, amend_record};
pub use confirm_shipped::{ConfirmShipped, confirm_shipped};
pub use consume_order::consume_order;
pub use content::{LineFacts, LinePatch, Source};
pub use create_receiving_session::{CreateReceivingSession, create_receiving_session};
pub use create_record::{CreateRecord, create_record};
pub use create_work_item::{CreateWorkItem, create_work_item};
pub use draft::{Change, Floor, RecordChanges, RecordDraft, RecordNeeds, RecordSet};
pub use generate_pack_session::{
    GeneratePackSession, GenerateShipConfirmation, generate_pack_session, generate_ship_confirmation,
};
pub use generate_pick_tasks::{GeneratePickTasks, PickTasksMade, PickWhich, generate_pick_tasks};
pub use generate_putaway::{GeneratePutaway, generate_putaway};
pub use machine::{Path, Standing};
pub use module::{
    Body, Declaration, Disposition, Kind, Module, NoLine, Part, Sheet, SheetLine, Step, StepRule,
};
#[cfg(feature = "wire")]
pub use module::{ModuleSchemas, module_schemas};
pub use open_picks::trim_open_picks;
pub use post_record::{PostRecord, post_record};
pub use record::{Head, Posting, Record, RecordNumber};
pub use refusal::{Fault, OperationsRefusal, OverReceipt};
pub use release_order::{finish_unpicks, release_order};
pub use reverse_record::{ReverseRecord, reverse_record};
pub use scans::{
    ClientScanId, DeviceId, Expected, Found, RawCode, Rejection, Scan, ScanFilter, ScanReason, ScanState,
    ScanTaken, ScanView, ScansTaken, TakeScan, TakeScans, take_scan, take_scans,
};
pub use state::RecordState;
pub use store::RecordStore;
pub use trace::{Direction, TraceEntry};
pub use transition_record::{TransitionRecord, transition_record};
pub use transition_work_item::{TransitionWorkItem, transition_work_item};
pub use unpick_goods::{UnpickGoods, unpick_goods};
pub use views::{HistoryEntry, RecordFilter, RecordView, RecordViews, Supply, WorkFilter, WorkItemView};
pub use work_item::{Assignee, Priority, Reference, Title, WorkItem, WorkKind, WorkState};
