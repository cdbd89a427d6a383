//! Scans as they are shown.

use inventory::Sku;
use kernel::{ActorId, Quantity, RecordId, ScanId, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::{ClientScanId, DeviceId, Expected, Found, RawCode, Scan, ScanReason, ScanState};
use crate::Reference;

/// A scan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields are those of Scan")]
pub struct ScanView {
    pub id: ScanId,
    pub state: ScanState,
    pub reason: Option<ScanReason>,
    /// The reason in words, for the person with the scanner; or what is doubtful about a scan that nobody here knows.
    pub detail: Option<String>,
    pub raw: RawCode,
    pub symbology: Option<scanning::Symbology>,
    pub scanned_at: Timestamp,
    pub device_id: DeviceId,
    pub client_scan_id: Option<ClientScanId>,
    pub record: Option<Reference>,
    pub expected: Option<Expected>,
    pub apply: bool,
    /// What the barcode says; null where it cannot be read.
    #[cfg_attr(feature = "wire", schemars(with = "Option<scanning::Reading>"))]
    pub reading: Option<Value>,
    /// What it names here.
    pub found: Found,
    /// The line of the record that it fits.
    pub line_no: Option<u32>,
    /// What that line's actual quantity is by it.
    pub counted: Option<Quantity>,
    pub taken_by: ActorId,
    pub recorded_at: Timestamp,
}

impl From<&Scan> for ScanView {
    fn from(scan: &Scan) -> Self {
        let told = &scan.told;
        Self {
            id: scan.id,
            state: scan.state,
            reason: scan.rejection.as_ref().map(|rejection| rejection.reason),
            detail: scan.rejection.as_ref().map(|rejection| rejection.detail.clone()).or_else(|| doubt(scan)),
            raw: told.raw.clone(),
            symbology: told.symbology,
            scanned_at: told.scanned_at,
            device_id: told.device_id.clone(),
            client_scan_id: told.client_scan_id.clone(),
            record: told.record.clone(),
            expected: told.expected.clone(),
            apply: told.apply,
            reading: scan.reading.clone(),
            found: scan.found.clone(),
            line_no: scan.line_no,
            counted: scan.counted,
            taken_by: scan.taken_by.id.clone(),
            recorded_at: scan.recorded_at,
        }
    }
}

/// Which scans are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScanFilter {
    /// What came of them.
    pub state: Option<ScanState>,
    /// By this scanner.
    pub device: Option<DeviceId>,
    /// For this record.
    pub record: Option<RecordId>,
    /// Of this product.
    pub sku: Option<Sku>,
}

/// Digits whose check digit does not fit, and that nobody has stored so, were misread most likely.
fn doubt(scan: &Scan) -> Option<String> {
    let notes = scan.reading.as_ref()?.get("notes")?.as_array()?;
    let fits = |note: &&Value| note.get("code").and_then(Value::as_str) == Some("check_digit_does_not_fit");
    let expected = notes.iter().find(fits)?.get("expected")?.as_str()?;
    let is_unknown = scan.found == Found::default();
    is_unknown.then(|| format!("The check digit does not fit; {expected} would. Scan it again."))
}
