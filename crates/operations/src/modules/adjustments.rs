//! Adjustments: the books follow what somebody found, with a reason always. They never cut into what is promised.

use inventory::{
    Bucket, HoldReason, LocationCode, Lot, MovementKind, Name, NewTransfer, Party, Place, Reason, Sku,
};
use kernel::{Day, Money, PositiveQuantity, Quantity};
use serde::{Deserialize, Serialize};

use super::spot::{free_at, location, lot_of, product};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{
    Asked, Declaration, Kind, Moved, Plan, Sheet, SheetLine, Step, StepRule, fault, numbered,
};
use crate::words::words;
use crate::{Floor, Head, OperationsRefusal, RecordState, WorkKind};

words!(
    /// Why the books were wrong.
    ReasonCode {
        /// Broken, spoiled.
        Damage = "damage",
        /// Stolen.
        Theft = "theft",
        /// Gone, and nobody knows where.
        Loss = "loss",
        /// There was more than was known.
        Found = "found",
        /// Past its date.
        Expiry = "expiry",
        /// Used in the house.
        InternalUse = "internal_use",
        /// A sample or a gift.
        Sample = "sample",
        /// Somebody wrote down something wrong.
        Correction = "correction",
        /// It waits for somebody to look at it.
        Quality = "quality",
        /// Something else: the note says what.
        Other = "other",
    }
);
words!(
    /// What an adjustment does.
    Change {
        /// More than was known.
        Increase = "increase",
        /// Less than was known.
        Decrease = "decrease",
        /// It may not leave for now.
        Hold = "hold",
        /// It may leave again.
        Unhold = "unhold",
    }
);

/// What somebody found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Adjustment {
    /// Why.
    pub reason_code: ReasonCode,
    /// In words; required for `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Name>,
}

/// What changes at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct AdjustmentLine {
    /// What.
    pub sku: Sku,
    /// Which lot, where the product is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// Where.
    pub location: LocationCode,
    /// What happens.
    pub change: Change,
    /// How much.
    pub planned: PositiveQuantity,
    /// Why it is held, or was: required to hold and unhold; otherwise what is held for it changes, not what is available.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_reason: Option<HoldReason>,
    /// The last good day of a lot that was not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Day>,
    /// What one unit of an increase is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Money>,
}

impl SheetLine for AdjustmentLine {
    fn sku(&self) -> Option<&Sku> {
        Some(&self.sku)
    }

    fn planned(&self) -> Quantity {
        self.planned.get()
    }

    fn actual(&self) -> Option<Quantity> {
        Some(self.planned.get())
    }

    fn lot(&self) -> Option<&Lot> {
        self.lot.as_ref()
    }

    fn locations(&self) -> Vec<&LocationCode> {
        vec![&self.location]
    }
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustments;

/// Beyond so many units of one line, whoever made the adjustment does not approve it.
const MOST_UNITS_ALONE: u32 = 100;

impl Kind for Adjustments {
    const DECLARATION: Declaration = Declaration {
        title: "Adjustment",
        prefix: "ADJ",
        path: Path {
            states: &[RecordState::Open, RecordState::Approved, RecordState::Posted, RecordState::Closed],
            posts_stock: true,
        },
        steps: &[StepRule::once(Step::Post, RecordState::Approved)],
        work: WorkKind::Warehouse,
        approval_completes: false,
        has_lines: true,
        takes_blocked: true,
    };
    type Payload = Adjustment;
    type Line = AdjustmentLine;

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        let mut faults = Vec::new();
        if sheet.payload.reason_code == ReasonCode::Other && sheet.payload.note.is_none() {
            let why = "is required where the reason is other".to_owned();
            faults.push(crate::Fault { pointer: "/payload/note".to_owned(), why });
        }
        for (line_no, line) in numbered(&sheet.lines) {
            let needs_reason = matches!(line.change, Change::Hold | Change::Unhold);
            if needs_reason && line.hold_reason.is_none() {
                faults.push(fault(line_no, "hold_reason", "is required to hold and to unhold"));
            }
            if line.hold_reason == Some(HoldReason::InTransit) {
                faults.push(fault(line_no, "hold_reason", "in_transit is begun and ended by a transfer"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
    }

    fn enter(
        sheet: &mut Sheet<Self>,
        head: &Head,
        to: RecordState,
        _: Option<&Reason>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        let limit = Quantity::units(MOST_UNITS_ALONE);
        let is_large = sheet.lines.iter().any(|line| line.planned.get() > limit);
        let is_own = floor.actor.id == head.created_by.id;
        if to == RecordState::Approved && head.state == RecordState::Open && is_large && is_own {
            let why = "More than 100 units of a line: somebody else than who made it has to approve it.";
            return Err(OperationsRefusal::ApproverMayNot { why });
        }
        Ok(())
    }

    /// ± available or held, or hold and unhold. What may not leave any more does not become available.
    fn plan(
        sheet: &Sheet<Self>,
        head: &Head,
        _: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        let mut transfers = Vec::new();
        for (line_no, line) in numbered(&sheet.lines) {
            let location = location(&line.location, head.warehouse, floor)?;
            check_free(line_no, line, floor)?;
            let at = |bucket| Place::At(location.id, bucket);
            let held = line.hold_reason.map(|reason| at(Bucket::Held(reason)));
            let (available, outside) = (at(Bucket::Available), Place::Outside(Party::Adjustment));
            let (from, to) = match line.change {
                Change::Increase => (outside, held.unwrap_or(available)),
                Change::Decrease => (held.unwrap_or(available), outside),
                Change::Hold => (available, held.unwrap_or(available)),
                Change::Unhold => (held.unwrap_or(available), free_at(location)),
            };
            transfers.push(NewTransfer {
                product: product(&line.sku, floor)?.id,
                lot: lot_of(line.lot.as_ref()),
                quantity: line.planned,
                from,
                to,
                record_line: Some(line_no),
                unit_cost: line.unit_cost,
            });
        }
        Ok(Plan { kind: MovementKind::Adjustment, transfers, completes: true })
    }

    fn settle(
        sheet: &mut Sheet<Self>,
        _: &Head,
        moved: Moved<'_>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        if moved.undone {
            return Ok(());
        }
        for (transfer, line) in moved.transfers.iter().zip(&sheet.lines) {
            floor.stock.register_lot(transfer.product, &transfer.lot, line.expires_on, floor.context);
        }
        Ok(())
    }
}

/// Refuses to make a lot available that is expired or recalled.
fn check_free(line_no: u32, line: &AdjustmentLine, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    let frees = match line.change {
        Change::Increase => line.hold_reason.is_none(),
        Change::Unhold => true,
        Change::Decrease | Change::Hold => false,
    };
    let id = product(&line.sku, floor)?.id;
    let lot = line.lot.as_ref().and_then(|lot| floor.stock.lot(id, lot));
    match lot.and_then(|lot| lot.blocked(floor.context.now)).filter(|_| frees) {
        None => Ok(()),
        Some(HoldReason::Recall) => {
            let why = "is recalled: end the recall of the lot first";
            Err(OperationsRefusal::Invalid(vec![fault(line_no, "lot", why)]))
        }
        Some(_) => {
            let why = "is expired: it stays held, or its last good day is set anew";
            Err(OperationsRefusal::Invalid(vec![fault(line_no, "lot", why)]))
        }
    }
}
