//! Putaway tasks: goods on their way from the dock to their shelves.

use inventory::{Bucket, HoldReason, LocationCode, Lot, MovementKind, NewTransfer, Place, Sku};
use kernel::{PositiveQuantity, Quantity, RecordId};
use serde::{Deserialize, Serialize};

use super::spot::{location, lot_of, product};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{Asked, Declaration, Kind, Plan, Sheet, SheetLine, Step, StepRule, fault, numbered};
use crate::{Fault, Floor, Head, OperationsRefusal, RecordState, WorkKind};

/// Goods to be put away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct PutawayTask {
    /// The receiving session that they came by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiving_session_id: Option<RecordId>,
}

/// What of one product and lot is put away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct PutawayLine {
    /// What.
    pub sku: Sku,
    /// Which lot, where the product is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// Where it stands.
    pub from: LocationCode,
    /// Where it goes; to be said before it is posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<LocationCode>,
    /// How much is to be put away.
    pub planned: PositiveQuantity,
    /// How much was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Quantity>,
    /// The line of the receiving session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_line: Option<u32>,
}

impl SheetLine for PutawayLine {
    const ACTUALS: &'static [&'static str] = &["actual", "to"];

    fn sku(&self) -> Option<&Sku> {
        Some(&self.sku)
    }

    fn planned(&self) -> Quantity {
        self.planned.get()
    }

    fn actual(&self) -> Option<Quantity> {
        self.actual
    }

    fn set_actual(&mut self, actual: Quantity) {
        self.actual = Some(actual);
    }

    fn lot(&self) -> Option<&Lot> {
        self.lot.as_ref()
    }

    fn locations(&self) -> Vec<&LocationCode> {
        std::iter::once(&self.from).chain(&self.to).collect()
    }

    fn source_line(&self) -> Option<u32> {
        self.source_line
    }
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutawayTasks;

impl Kind for PutawayTasks {
    const DECLARATION: Declaration = Declaration {
        title: "Putaway task",
        prefix: "PUT",
        path: Path {
            states: &[RecordState::Open, RecordState::InProgress, RecordState::Posted, RecordState::Closed],
            posts_stock: true,
        },
        steps: &[StepRule::once(Step::Post, RecordState::InProgress)],
        work: WorkKind::Receiving,
        approval_completes: false,
        has_lines: true,
        takes_blocked: true,
    };
    type Payload = PutawayTask;
    type Line = PutawayLine;

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        if sheet.payload.receiving_session_id != head.source {
            let why = "is set by generate-putaway only".to_owned();
            let pointer = "/payload/receiving_session_id".to_owned();
            return Err(OperationsRefusal::Invalid(vec![Fault { pointer, why }]));
        }
        check_lines(&sheet.lines, head, floor)
    }

    /// Held (putaway), wherever it stands → available on storage.
    fn plan(
        sheet: &Sheet<Self>,
        head: &Head,
        _: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        let (mut transfers, mut faults) = (Vec::new(), Vec::new());
        for (line_no, line) in numbered(&sheet.lines) {
            let Some(quantity) = line.actual.and_then(Quantity::positive) else { continue };
            let Some(to) = &line.to else {
                faults.push(fault(line_no, "to", "is required before it is posted"));
                continue;
            };
            transfers.push(NewTransfer {
                product: product(&line.sku, floor)?.id,
                lot: lot_of(line.lot.as_ref()),
                quantity,
                from: Place::At(
                    location(&line.from, head.warehouse, floor)?.id,
                    Bucket::Held(HoldReason::Putaway),
                ),
                to: Place::At(location(to, head.warehouse, floor)?.id, Bucket::Available),
                record_line: Some(line_no),
                unit_cost: None,
            });
        }
        if !faults.is_empty() {
            return Err(OperationsRefusal::Invalid(faults));
        }
        Ok(Plan { kind: MovementKind::Putaway, transfers, completes: true })
    }
}
