//! Purchase orders: what is bought, and what of it is still owed.

use inventory::{Name, Reason, Sku};
use kernel::{Day, Money, PositiveQuantity, Quantity};
use serde::{Deserialize, Serialize};

use super::VendorCode;
use super::vendors::{check_approved, vendor};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{Declaration, Kind, Sheet, SheetLine, fault, numbered};
use crate::{Fault, Floor, Head, OperationsRefusal, RecordState, WorkKind};

/// An order to a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct PurchaseOrder {
    /// Whom it is bought from.
    pub vendor: VendorCode,
    /// When it should come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<Day>,
    /// What the vendor calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_reference: Option<Name>,
    /// Whether it closed by itself, since all of it came. Nobody sets it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub received_in_full: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What is bought of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct PurchaseOrderLine {
    /// What.
    pub sku: Sku,
    /// How much is ordered.
    pub planned: PositiveQuantity,
    /// What one unit costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Money>,
    /// When it should come, where that is another day than the order's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<Day>,
    /// How much came, over all receipts. Nobody sets it.
    #[serde(default)]
    pub received: Quantity,
    /// How much of that was rejected. Nobody sets it.
    #[serde(default)]
    pub rejected: Quantity,
}

impl SheetLine for PurchaseOrderLine {
    const COMPUTED: &'static [&'static str] = &["received", "rejected"];

    fn sku(&self) -> Option<&Sku> {
        Some(&self.sku)
    }

    fn planned(&self) -> Quantity {
        self.planned.get()
    }

    /// Ordered − received + rejected.
    fn owed(&self) -> Quantity {
        let accepted = self.received.saturating_sub(self.rejected);
        self.planned.get().saturating_sub(accepted)
    }
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseOrders;

impl Sheet<PurchaseOrders> {
    /// Whether everything came that was ordered.
    pub fn is_complete(&self) -> bool {
        self.lines.iter().all(|line| line.owed().is_zero())
    }

    /// Whether anything came.
    pub fn has_received(&self) -> bool {
        self.lines.iter().any(|line| !line.received.is_zero())
    }
}

impl Kind for PurchaseOrders {
    const DECLARATION: Declaration = Declaration {
        title: "Purchase order",
        prefix: "PO",
        path: Path {
            states: &[
                RecordState::Open,
                RecordState::Approved,
                RecordState::Ordered,
                RecordState::Receiving,
                RecordState::Closed,
            ],
            posts_stock: false,
        },
        steps: &[],
        work: WorkKind::Purchasing,
        approval_completes: false,
        has_lines: true,
        takes_blocked: false,
    };
    const COMPUTED: &'static [&'static str] = &["received_in_full"];
    type Payload = PurchaseOrder;
    type Line = PurchaseOrderLine;

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        let code = &sheet.payload.vendor;
        if vendor(code, floor).is_none() {
            let (pointer, why) =
                ("/payload/vendor".to_owned(), format!("is {code}, and there is no such vendor"));
            return Err(OperationsRefusal::Invalid(vec![Fault { pointer, why }]));
        }
        let is_old = |line: &PurchaseOrderLine| {
            floor.stock.product_by_sku(&line.sku).is_some_and(|product| !product.active)
        };
        let old = numbered(&sheet.lines).filter(|(_, line)| is_old(line));
        let faults: Vec<_> =
            old.map(|(line_no, line)| fault(line_no, "sku", format!("{} is not in use", line.sku))).collect();
        if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
    }

    /// What has received is closed short, not cancelled.
    fn allows(sheet: &Sheet<Self>, _: &Head, to: RecordState) -> bool {
        to != RecordState::Cancelled || !sheet.has_received()
    }

    fn enter(
        sheet: &mut Sheet<Self>,
        _: &Head,
        to: RecordState,
        reason: Option<&Reason>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        match to {
            RecordState::Approved | RecordState::Ordered => check_approved(&sheet.payload.vendor, floor),
            RecordState::Closed if !sheet.is_complete() && reason.is_none() => {
                Err(OperationsRefusal::ReasonRequired {
                    why: "not everything came, so the order is closed short",
                })
            }
            RecordState::Closed
            | RecordState::Cancelled
            | RecordState::Open
            | RecordState::Receiving
            | RecordState::InProgress
            | RecordState::Posted
            | RecordState::Blocked => Ok(()),
        }
    }
}
