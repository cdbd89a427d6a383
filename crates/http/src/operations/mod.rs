//! Work items and operations records over HTTP.

mod body;
mod read;
mod write;

pub(crate) use write::job;

use ::operations::{HistoryEntry, RecordView, WorkItemView};
use actix_web::http::Method;
use kernel::Code;

use crate::principal::Role;
use crate::routes::{Answer, Handler, Param, Route, Status, Value, param, schema};

const RECORD_STATES: Value = Value::OneOf(&[
    "open",
    "approved",
    "ordered",
    "receiving",
    "in_progress",
    "posted",
    "closed",
    "blocked",
    "cancelled",
]);
const RECORD_FILTERS: &[Param] = &[
    param("state", RECORD_STATES, "in this state"),
    param("sku", Value::Code, "with a line of this product"),
    param("warehouse", Value::Code, "of this warehouse"),
    param("source_record_id", Value::Id, "made from this record"),
    param("number", Value::Code, "with this number, like PO-000123"),
];
const WORK_KINDS: Value = Value::OneOf(&["purchasing", "receiving", "warehouse", "vendor", "scan", "report"]);
const WORK_STATES: Value =
    Value::OneOf(&["draft", "open", "in_progress", "blocked", "completed", "cancelled"]);
const WORK_FILTERS: &[Param] = &[
    param("kind", WORK_KINDS, "of this kind"),
    param("state", WORK_STATES, "in this state"),
    param("priority", Value::OneOf(&["low", "normal", "high", "urgent"]), "of this urgency"),
    param("assignee", Value::Line, "of this person"),
    param("module", Value::Module, "about a record of this module"),
    param("record_id", Value::Id, "about this record"),
];
const MADE: &[Answer] = &[(201, "The record that was made", schema::<RecordView>)];
const MADE_OR_THERE: &[Answer] = &[
    (200, "The unfinished record that was made before", schema::<RecordView>),
    (201, "The record that was made", schema::<RecordView>),
];
const CHANGED: &[Answer] = &[(200, "The record as it is now", schema::<RecordView>)];
/// What may be wrong with any change of a record that is there.
macro_rules! changing {
    ($($own:ident),*) => {
        &[
            Code::UnknownModule,
            Code::RecordNotFound,
            Code::VersionMismatch,
            Code::InvalidTransition,
            Code::RecordInvalid,
            $(Code::$own,)*
        ]
    };
}
/// What may keep stock from being posted.
macro_rules! posting {
    ($($own:ident),*) => {
        changing!(
            PreviewStale,
            LiveStockUntrusted,
            InvalidTime,
            InsufficientStock,
            StockNotAllowed,
            UnknownSku,
            UnknownLocation,
            NotStockable,
            LotBlocked,
            LotRequired,
            LotNotTracked,
            SerialTaken,
            QuantityOverflow,
            QuantityExceedsReserved,
            ReservationNotActive,
            UnknownLine,
            $($own),*
        )
    };
}

/// What may keep a record from being made from another one.
const GOING_ON: &[Code] = &[
    Code::RecordNotFound,
    Code::RecordInvalid,
    Code::VersionMismatch,
    Code::UnknownSku,
    Code::InvalidTransition,
    Code::NothingLeft,
    Code::PreviewStale,
    Code::UnknownLocation,
    Code::UnknownWarehouse,
];
/// The same, where an order may have asked for the goods to come back.
const GOING_OUT: &[Code] = &[
    Code::UnpickRequested,
    Code::RecordNotFound,
    Code::RecordInvalid,
    Code::VersionMismatch,
    Code::UnknownSku,
    Code::InvalidTransition,
    Code::NothingLeft,
    Code::PreviewStale,
    Code::UnknownLocation,
    Code::UnknownWarehouse,
];

pub(crate) const ROUTES: &[Route] = &[
    Route {
        resource: "Work items",
        method: Method::GET,
        path: "/api/v1/inventory/work-items",
        status: Status::Implemented,
        purpose: "list purchasing, receiving, warehouse, vendor, scan, and report work",
        role: Role::Viewer,
        query: WORK_FILTERS,
        refusals: &[],
        handler: Handler::List {
            run: read::work_items,
            row: schema::<WorkItemView>,
            columns: read::WORK_COLUMNS,
        },
    },
    Route {
        resource: "Work items",
        method: Method::POST,
        path: "/api/v1/inventory/work-items",
        status: Status::Implemented,
        purpose: "create an operational workflow item",
        role: Role::Operator,
        query: &[],
        refusals: &[Code::RecordNotFound],
        handler: Handler::Write {
            run: write::create_work,
            body: schema::<body::WorkBody>,
            answers: &[(201, "The work item", schema::<WorkItemView>)],
        },
    },
    Route {
        resource: "Work items",
        method: Method::GET,
        path: "/api/v1/inventory/work-items/{id}",
        status: Status::Companion,
        purpose: "read one work item",
        role: Role::Viewer,
        query: &[],
        refusals: &[Code::WorkItemNotFound],
        handler: Handler::Read { run: read::work_item, answer: schema::<WorkItemView> },
    },
    Route {
        resource: "Work items",
        method: Method::GET,
        path: "/api/v1/inventory/work-items/{id}/history",
        status: Status::Companion,
        purpose: "list who did what to a work item",
        role: Role::Viewer,
        query: &[],
        refusals: &[Code::WorkItemNotFound],
        handler: Handler::List {
            run: read::work_history,
            row: schema::<HistoryEntry>,
            columns: read::HISTORY_COLUMNS,
        },
    },
    Route {
        resource: "Work items",
        method: Method::POST,
        path: "/api/v1/inventory/work-items/{id}/transition",
        status: Status::Implemented,
        purpose: "move a workflow item between draft, open, in progress, blocked, completed, or cancelled",
        role: Role::Operator,
        query: &[],
        refusals: &[
            Code::WorkItemNotFound,
            Code::VersionMismatch,
            Code::InvalidTransition,
            Code::WorkItemFollows,
            Code::ReasonRequired,
        ],
        handler: Handler::Write {
            run: write::transition_work,
            body: schema::<body::WorkTransitionBody>,
            answers: &[(200, "The work item as it is now", schema::<WorkItemView>)],
        },
    },
    Route {
        resource: "Operations",
        method: Method::GET,
        path: "/api/v1/inventory/operations/{module}",
        status: Status::Implemented,
        purpose: "list concrete workflow records for receiving, purchasing, putaway, picking, transfers, counts, adjustments, returns, vendors, RFQs, invoices, forecasts, landed cost, and kits",
        role: Role::Viewer,
        query: RECORD_FILTERS,
        refusals: &[Code::UnknownModule],
        handler: Handler::List {
            run: read::records,
            row: schema::<RecordView>,
            columns: read::RECORD_COLUMNS,
        },
    },
    Route {
        resource: "Operations",
        method: Method::POST,
        path: "/api/v1/inventory/operations/{module}",
        status: Status::Implemented,
        purpose: "create a module workflow record and linked operational work item",
        role: Role::Operator,
        query: &[],
        refusals: &[
            Code::UnknownModule,
            Code::UnknownWarehouse,
            Code::UnknownSku,
            Code::UnknownLocation,
            Code::RecordExists,
            Code::RecordInvalid,
        ],
        handler: Handler::Write { run: write::create, body: schema::<body::CreateBody>, answers: MADE },
    },
    Route {
        resource: "Operations",
        method: Method::GET,
        path: "/api/v1/inventory/operations/{module}/{record_id}",
        status: Status::Companion,
        purpose: "read one record",
        role: Role::Viewer,
        query: &[],
        refusals: &[Code::UnknownModule, Code::RecordNotFound],
        handler: Handler::Read { run: read::record, answer: schema::<RecordView> },
    },
    Route {
        resource: "Operations",
        method: Method::PATCH,
        path: "/api/v1/inventory/operations/{module}/{record_id}",
        status: Status::Companion,
        purpose: "change what a record plans while it is open, and what was really done until it is posted",
        role: Role::Operator,
        query: &[],
        refusals: changing!(RecordExists, UnknownSku, UnknownLocation),
        handler: Handler::Write { run: write::amend, body: schema::<body::AmendBody>, answers: CHANGED },
    },
    Route {
        resource: "Operations",
        method: Method::GET,
        path: "/api/v1/inventory/operations/{module}/{record_id}/history",
        status: Status::Companion,
        purpose: "list who did what to a record",
        role: Role::Viewer,
        query: &[],
        refusals: &[Code::UnknownModule, Code::RecordNotFound],
        handler: Handler::List {
            run: read::record_history,
            row: schema::<HistoryEntry>,
            columns: read::HISTORY_COLUMNS,
        },
    },
    Route {
        resource: "Operations",
        method: Method::POST,
        path: "/api/v1/inventory/operations/{module}/{record_id}/transition",
        status: Status::Implemented,
        purpose: "transition module records through open, approved, ordered, receiving, in progress, posted, closed, blocked, or cancelled states",
        role: Role::Operator,
        query: &[],
        refusals: changing!(
            ReasonRequired,
            VendorNotApproved,
            ApproverMayNot,
            ActualMissing,
            RecountRequired,
            NothingLeft,
            ReservationNotActive,
            QuantityExceedsReserved,
            UnknownLine,
            UnknownSku,
            UnknownLocation
        ),
        handler: Handler::Write {
            run: write::transition,
            body: schema::<body::TransitionBody>,
            answers: CHANGED,
        },
    },
    Route {
        resource: "Operations",
        method: Method::POST,
        path: "/api/v1/inventory/operations/{module}/{record_id}/post-stock",
        status: Status::Guarded,
        purpose: "post receiving, putaway, transfer, pick, pack, ship, count, adjustment, and return stock movements to balances and ledger",
        role: Role::Operator,
        query: &[],
        refusals: posting!(
            ActualMissing,
            UnknownStep,
            StepAlreadyPosted,
            NothingToPost,
            OverReceipt,
            UnpickRequested,
            LossPromised
        ),
        handler: Handler::Write { run: write::post, body: schema::<body::PostBody>, answers: CHANGED },
    },
    Route {
        resource: "Operations",
        method: Method::POST,
        path: "/api/v1/inventory/operations/{module}/{record_id}/reverse-stock",
        status: Status::Companion,
        purpose: "post the reversal of what a record posted",
        role: Role::Approver,
        query: &[],
        refusals: posting!(NothingToReverse, UseReturn, MovementAlreadyReversed, ReversalBlocked),
        handler: Handler::Write { run: write::reverse, body: schema::<body::ReverseBody>, answers: CHANGED },
    },
    Route {
        resource: "Receiving",
        method: Method::POST,
        path: "/api/v1/inventory/operations/purchase-orders/{record_id}/create-receiving-session",
        status: Status::Implemented,
        purpose: "create a receiving session from an ERP-owned purchase order record",
        role: Role::Operator,
        query: &[],
        refusals: GOING_ON,
        handler: Handler::Write {
            run: write::receive,
            body: schema::<body::ChainBody>,
            answers: MADE_OR_THERE,
        },
    },
    Route {
        resource: "Receiving",
        method: Method::POST,
        path: "/api/v1/inventory/operations/receiving-sessions/{record_id}/inspect",
        status: Status::Companion,
        purpose: "post what the inspection of received goods found, in parts",
        role: Role::Operator,
        query: &[],
        refusals: posting!(NothingToPost),
        handler: Handler::Write { run: write::inspect, body: schema::<body::InspectBody>, answers: CHANGED },
    },
    Route {
        resource: "Receiving",
        method: Method::POST,
        path: "/api/v1/inventory/operations/receiving-sessions/{record_id}/generate-putaway",
        status: Status::Implemented,
        purpose: "create putaway work from a receiving session",
        role: Role::Operator,
        query: &[],
        refusals: GOING_ON,
        handler: Handler::Write {
            run: write::put_away,
            body: schema::<body::ChainBody>,
            answers: MADE_OR_THERE,
        },
    },
    Route {
        resource: "Fulfillment",
        method: Method::POST,
        path: "/api/v1/inventory/operations/pick-tasks/generate-from-reservations",
        status: Status::Implemented,
        purpose: "create ERP pick tasks from active ERP reservation rows",
        role: Role::Operator,
        query: &[],
        refusals: &[
            Code::ReservationNotFound,
            Code::ReservationNotActive,
            Code::RecordInvalid,
            Code::UnknownWarehouse,
            Code::NothingLeft,
            Code::PreviewStale,
        ],
        handler: Handler::Write {
            run: write::pick,
            body: schema::<body::PickBody>,
            answers: &[
                (200, "The unfinished pick tasks that were made before", schema::<write::PickTasksView>),
                (201, "The pick tasks that were made", schema::<write::PickTasksView>),
            ],
        },
    },
    Route {
        resource: "Fulfillment",
        method: Method::POST,
        path: "/api/v1/inventory/operations/pick-tasks/{record_id}/generate-pack-session",
        status: Status::Implemented,
        purpose: "create a pack session from an ERP pick task",
        role: Role::Operator,
        query: &[],
        refusals: GOING_OUT,
        handler: Handler::Write { run: write::pack, body: schema::<body::ChainBody>, answers: MADE_OR_THERE },
    },
    Route {
        resource: "Fulfillment",
        method: Method::POST,
        path: "/api/v1/inventory/operations/pack-sessions/{record_id}/generate-ship-confirmation",
        status: Status::Implemented,
        purpose: "create a ship confirmation from an ERP pack session",
        role: Role::Operator,
        query: &[],
        refusals: GOING_OUT,
        handler: Handler::Write { run: write::ship, body: schema::<body::ChainBody>, answers: MADE_OR_THERE },
    },
    Route {
        resource: "Advanced",
        method: Method::POST,
        path: "/api/v1/inventory/operations/kit-assemblies/{record_id}/post-assembly",
        status: Status::Guarded,
        purpose: "consume component stock and create finished kit stock through ERP ledger movements",
        role: Role::Operator,
        query: &[],
        refusals: posting!(ActualMissing, UnknownStep, StepAlreadyPosted, NothingToPost),
        handler: Handler::Write { run: write::assemble, body: schema::<body::PostBody>, answers: CHANGED },
    },
    Route {
        resource: "Fulfillment",
        method: Method::POST,
        path: "/api/v1/inventory/operations/pick-tasks/{record_id}/unpick",
        status: Status::Companion,
        purpose: "bring picked goods back to a shelf and release them",
        role: Role::Operator,
        query: &[],
        refusals: posting!(NothingToPost),
        handler: Handler::Write { run: write::unpick, body: schema::<body::UnpickBody>, answers: CHANGED },
    },
];
