//! Vendors: whom goods are bought from. Only from an approved one.

use inventory::Name;
use kernel::{Quantity, check_code, checked_text};
use serde::{Deserialize, Serialize};

use crate::machine::Path;
use crate::module::{Declaration, Kind, NoLine, Sheet};
use crate::{Floor, Head, Module, OperationsRefusal, RecordState, WorkKind};

checked_text!(
    /// What orders and products call a vendor by.
    VendorCode, check_code, 64
);

/// A vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Vendor {
    /// Unique among the vendors that are not cancelled.
    pub code: VendorCode,
    /// For people.
    pub name: Name,
    /// Where orders go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Name>,
    /// How long a delivery takes where a product does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_time_days: Option<u32>,
    /// How many percent more than ordered may come. Absent: not set here; 0: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_receipt_percent: Option<Quantity>,
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendors;

impl Kind for Vendors {
    const DECLARATION: Declaration = Declaration {
        title: "Vendor",
        prefix: "VND",
        path: Path {
            states: &[RecordState::Open, RecordState::Approved, RecordState::Closed],
            posts_stock: false,
        },
        steps: &[],
        work: WorkKind::Vendor,
        approval_completes: true,
        has_lines: false,
        takes_blocked: false,
    };
    type Payload = Vendor;
    type Line = NoLine;

    fn check(_: &mut Sheet<Self>, _: &Head, _: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        Ok(())
    }

    /// Orders may name what was approved once: it is blocked or closed, not cancelled.
    fn allows(_: &Sheet<Self>, head: &Head, to: RecordState) -> bool {
        to != RecordState::Cancelled || head.approved_by.is_none()
    }

    fn key(payload: &Vendor) -> Option<String> {
        Some(payload.code.to_string())
    }
}

/// The vendor of this code, whatever state it is in.
pub(crate) fn vendor<'f>(code: &VendorCode, floor: &'f Floor<'_, '_>) -> Option<(&'f Head, &'f Vendor)> {
    let record = floor.records.by_key(Module::Vendors, code.as_str())?;
    let crate::Body::Vendors(sheet) = &record.body else { return None };
    Some((&record.head, &sheet.payload))
}

/// Refuses to buy from a vendor that is not approved.
pub(crate) fn check_approved(code: &VendorCode, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    let state = vendor(code, floor).map(|(head, _)| head.state);
    if state == Some(RecordState::Approved) {
        return Ok(());
    }
    Err(OperationsRefusal::VendorNotApproved { code: code.to_string(), state })
}
