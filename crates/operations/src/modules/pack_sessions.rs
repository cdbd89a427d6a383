//! Pack sessions: picked goods are put into packages.

use inventory::{Bucket, LocationCode, LocationKind, MovementKind, Place};
use kernel::RecordId;
use serde::{Deserialize, Serialize};

use super::fulfilment::{
    GoodsLine, check_goods, check_lots, check_unswapped, check_wanted, follow, moved_goods, place_of,
    reserved_to,
};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{Asked, Declaration, Kind, Moved, Plan, Sheet, Step, StepRule, numbered};
use crate::{Floor, Head, OperationsRefusal, RecordState, WorkKind};

/// Goods to be packed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct PackSession {
    /// The pick that they came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pick_task_id: Option<RecordId>,
    /// Where they are packed; none: the warehouse's first packing location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packing: Option<LocationCode>,
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackSessions;

impl Kind for PackSessions {
    const DECLARATION: Declaration = Declaration {
        title: "Pack session",
        prefix: "PAK",
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
    type Payload = PackSession;
    type Line = GoodsLine;

    fn places(payload: &PackSession) -> Vec<&LocationCode> {
        payload.packing.iter().collect()
    }

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        check_goods(sheet, floor)?;
        check_unswapped(sheet)
    }

    /// Staging reserved → packing reserved.
    fn plan(
        sheet: &Sheet<Self>,
        head: &Head,
        _: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        check_wanted(sheet, floor)?;
        check_lots(sheet, floor)?;
        let packing = place_of(sheet.payload.packing.as_ref(), LocationKind::Packing, head, floor)?;
        let mut transfers = Vec::new();
        for (line_no, line) in numbered(&sheet.lines) {
            let goods = line.look_up(floor)?;
            let to = Place::At(packing, Bucket::Reserved);
            transfers.extend(reserved_to(&goods, (line_no, line.handled()), to));
        }
        Ok(Plan { kind: MovementKind::Pack, transfers, completes: true })
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
