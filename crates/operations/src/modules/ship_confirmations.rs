//! Ship confirmations: packages leave for the customer, and the reservations are consumed.

use inventory::{MovementKind, Party, Place};
use kernel::RecordId;
use reservations::ProofText;
use serde::{Deserialize, Serialize};

use super::fulfilment::{
    GoodsLine, check_goods, check_lots, check_unswapped, check_wanted, follow, moved_goods, reserved_to,
};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{Asked, Declaration, Kind, Moved, Plan, Sheet, Step, StepRule, numbered};
use crate::{Fault, Floor, Head, OperationsRefusal, RecordState, WorkKind};

/// Packages to be shipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct ShipConfirmation {
    /// The pack session that they came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack_session_id: Option<RecordId>,
    /// Who carries them; to be said before it is posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<ProofText>,
    /// Under which number; to be said before it is posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<ProofText>,
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipConfirmations;

impl Kind for ShipConfirmations {
    const DECLARATION: Declaration = Declaration {
        title: "Ship confirmation",
        prefix: "SHP",
        path: Path {
            states: &[RecordState::Open, RecordState::InProgress, RecordState::Posted, RecordState::Closed],
            posts_stock: true,
        },
        steps: &[StepRule::once(Step::Post, RecordState::InProgress)],
        work: WorkKind::Warehouse,
        approval_completes: false,
        has_lines: true,
        takes_blocked: false,
    };
    const PAYLOAD_ACTUALS: &'static [&'static str] = &["carrier", "tracking_number"];
    type Payload = ShipConfirmation;
    type Line = GoodsLine;

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        check_goods(sheet, floor)?;
        check_unswapped(sheet)
    }

    /// Reserved → customer.
    fn plan(
        sheet: &Sheet<Self>,
        _: &Head,
        _: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        let said = [("carrier", &sheet.payload.carrier), ("tracking_number", &sheet.payload.tracking_number)];
        let missing = said.into_iter().filter(|(_, said)| said.is_none());
        let why = || "is required before it is posted".to_owned();
        let faults: Vec<_> =
            missing.map(|(name, _)| Fault { pointer: format!("/payload/{name}"), why: why() }).collect();
        if !faults.is_empty() {
            return Err(OperationsRefusal::Invalid(faults));
        }
        check_wanted(sheet, floor)?;
        check_lots(sheet, floor)?;
        let mut transfers = Vec::new();
        for (line_no, line) in numbered(&sheet.lines) {
            let goods = line.look_up(floor)?;
            let to = Place::Outside(Party::Customer);
            transfers.extend(reserved_to(&goods, (line_no, line.handled()), to));
        }
        Ok(Plan { kind: MovementKind::Ship, transfers, completes: true })
    }

    fn settle(
        sheet: &mut Sheet<Self>,
        _: &Head,
        moved: Moved<'_>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        follow(moved_goods(sheet, moved.transfers, moved.undone), floor)
    }
}
