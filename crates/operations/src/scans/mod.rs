//! Barcode scans: what a scanner sent, what it names, and whether it is what somebody expected.
//!
//! A scan is written down whatever it is found to be, and never changed. It may count up the line of a record that it fits;
//! nothing else moves by it.

mod count_up;
mod found;
mod judge;
mod take_scan;
mod view;

use inventory::{LocationCode, Lot, Sku};
use kernel::{
    Actor, PositiveQuantity, Quantity, RequestSeq, ScanId, Timestamp, check_header, check_opaque,
    checked_text,
};
use scanning::Symbology;
use serde::{Deserialize, Serialize};

use crate::Reference;
use crate::words::words;

pub use found::Found;
pub use take_scan::{ScanTaken, ScansTaken, TakeScans, take_scan, take_scans};
pub use view::{ScanFilter, ScanView};

pub(crate) use count_up::{Chosen, Counting, Takes};

checked_text!(
    /// What a scanner sent, control characters included.
    RawCode, check_opaque, 4096
);
checked_text!(
    /// The scanner.
    DeviceId, check_header, 255
);
checked_text!(
    /// The scanner's own name for one pull of the trigger: the same scan sent again has the same.
    ClientScanId, check_header, 255
);
words!(
    /// What came of a scan.
    ScanState {
        /// It is written down; nobody expected anything.
        Captured = "captured",
        /// It is what was expected.
        Matched = "matched",
        /// It is not.
        Rejected = "rejected",
    }
);
words!(
    /// Why a scan was rejected.
    ScanReason {
        /// A check digit does not fit: misread, or mistyped.
        BadCheckDigit = "bad_check_digit",
        /// It is no barcode that can be read.
        Unreadable = "unreadable",
        /// Nothing here has this code.
        UnknownCode = "unknown_code",
        /// Another product is expected.
        WrongItem = "wrong_item",
        /// Another place is expected.
        WrongLocation = "wrong_location",
        /// Another lot or serial number is expected.
        WrongLot = "wrong_lot",
        /// The product is tracked, and the barcode does not say which lot or serial number it is.
        LotMissing = "lot_missing",
        /// Another record is expected.
        WrongRecord = "wrong_record",
        /// The lot is past its last good day.
        Expired = "expired",
        /// The lot is recalled.
        Recalled = "recalled",
        /// More than is expected.
        OverQuantity = "over_quantity",
    }
);

/// What somebody expects to be scanned; what is absent may be anything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Expected {
    /// This product.
    pub sku: Option<Sku>,
    /// This place: a scan of its label, or a product that stands there.
    pub location: Option<LocationCode>,
    /// This lot or serial number.
    pub lot: Option<Lot>,
    /// No more than this.
    pub quantity: Option<PositiveQuantity>,
}

/// One scan, as the scanner tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeScan {
    /// What was read.
    pub raw: RawCode,
    /// The kind of barcode, where the scanner says it.
    pub symbology: Option<Symbology>,
    /// When, by the scanner's clock.
    pub scanned_at: Timestamp,
    /// The scanner.
    pub device_id: DeviceId,
    /// Its name for the scan: under one name a scan counts once.
    pub client_scan_id: Option<ClientScanId>,
    /// The record that it is for.
    pub record: Option<Reference>,
    /// What should be scanned; none: whatever fits the record.
    pub expected: Option<Expected>,
    /// Whether a scan that fits counts up the line of the record.
    pub apply: bool,
}

/// Why a scan was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The reason.
    pub reason: ScanReason,
    /// In words, for the person with the scanner.
    pub detail: String,
}

/// A scan that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Its name outside.
    pub id: ScanId,
    /// Its place in lists.
    pub seq: i64,
    /// What the scanner told.
    pub told: TakeScan,
    /// What came of it.
    pub state: ScanState,
    /// Why it was rejected.
    pub rejection: Option<Rejection>,
    /// What the barcode says, as JSON of `scanning::Reading`; none where it cannot be read.
    pub reading: Option<serde_json::Value>,
    /// What it names here.
    pub found: Found,
    /// The line of the record that it fits.
    pub line_no: Option<u32>,
    /// What that line's actual quantity is by it, where it counted up.
    pub counted: Option<Quantity>,
    /// Who scanned.
    pub taken_by: Actor,
    /// When it was written down.
    pub recorded_at: Timestamp,
    /// The request that brought it.
    pub request: RequestSeq,
}

impl Scan {
    /// What its scanner calls it, where it does.
    pub fn name(&self) -> Option<(DeviceId, ClientScanId)> {
        Some((self.told.device_id.clone(), self.told.client_scan_id.clone()?))
    }
}

impl Rejection {
    fn new(reason: ScanReason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}
