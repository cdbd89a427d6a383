//! The stable codes of everything that can be refused. `docs/errors/` has a page for each; the HTTP adapter has the
//! one table from code to status.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($name:ident = $text:literal,)*) => {
        /// Why something was refused: stable, snake_case, one documented page each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each code has a page of its own in docs/errors")]
        pub enum Code {
            $($name,)*
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As it stands in answers.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    ActualMissing = "actual_missing",
    ApproverMayNot = "approver_may_not",
    BarcodeTaken = "barcode_taken",
    BodyTooLarge = "body_too_large",
    DatabaseUnavailable = "database_unavailable",
    FulfilmentInProgress = "fulfilment_in_progress",
    IdempotencyKeyReused = "idempotency_key_reused",
    InUse = "in_use",
    InsufficientStock = "insufficient_stock",
    InternalError = "internal_error",
    InvalidBody = "invalid_body",
    InvalidCursor = "invalid_cursor",
    InvalidHeaders = "invalid_headers",
    InvalidQuery = "invalid_query",
    InvalidTime = "invalid_time",
    InvalidTransition = "invalid_transition",
    LineRefRepeated = "line_ref_repeated",
    LiveStockUntrusted = "live_stock_untrusted",
    LocationFixed = "location_fixed",
    LossPromised = "loss_promised",
    LotBlocked = "lot_blocked",
    LotHeld = "lot_held",
    LotNotHeld = "lot_not_held",
    LotNotTracked = "lot_not_tracked",
    LotRequired = "lot_required",
    MalformedJson = "malformed_json",
    MalformedRequest = "malformed_request",
    MethodNotAllowed = "method_not_allowed",
    MovementAlreadyReversed = "movement_already_reversed",
    NotStockable = "not_stockable",
    NothingLeft = "nothing_left",
    NothingToPost = "nothing_to_post",
    NothingToReverse = "nothing_to_reverse",
    OffStep = "off_step",
    OrderAlreadyReserved = "order_already_reserved",
    OverReceipt = "over_receipt",
    PreviewStale = "preview_stale",
    ProductInvalid = "product_invalid",
    QuantityBelowDone = "quantity_below_done",
    QuantityExceedsReserved = "quantity_exceeds_reserved",
    QuantityOverflow = "quantity_overflow",
    ReasonRequired = "reason_required",
    RecountRequired = "recount_required",
    RecordExists = "record_exists",
    RecordInvalid = "record_invalid",
    RecordNotFound = "record_not_found",
    RequestNotFound = "request_not_found",
    RequestTimeout = "request_timeout",
    ReservationExpired = "reservation_expired",
    ReservationNotActive = "reservation_not_active",
    ReservationNotFound = "reservation_not_found",
    ReversalBlocked = "reversal_blocked",
    RoleMissing = "role_missing",
    RouteNotFound = "route_not_found",
    ScanIdReused = "scan_id_reused",
    ScanNotFound = "scan_not_found",
    SerialTaken = "serial_taken",
    ShipConfirmationNotFound = "ship_confirmation_not_found",
    ShipmentProofRequired = "shipment_proof_required",
    StepAlreadyPosted = "step_already_posted",
    StockNotAllowed = "stock_not_allowed",
    TooManyLines = "too_many_lines",
    UnknownLine = "unknown_line",
    UnknownLocation = "unknown_location",
    UnknownLot = "unknown_lot",
    UnknownModule = "unknown_module",
    UnknownSku = "unknown_sku",
    UnknownStep = "unknown_step",
    UnknownWarehouse = "unknown_warehouse",
    UnpickRequested = "unpick_requested",
    UnsupportedMediaType = "unsupported_media_type",
    UseReturn = "use_return",
    VendorNotApproved = "vendor_not_approved",
    VersionMismatch = "version_mismatch",
    WorkItemFollows = "work_item_follows",
    WorkItemNotFound = "work_item_not_found",
    WriteQueueFull = "write_queue_full",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
