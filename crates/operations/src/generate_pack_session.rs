//! The pack session of a pick, and the ship confirmation of a pack session: what was handled and nobody goes on with yet.

use inventory::LocationKind;
use kernel::{Quantity, RecordId};

use crate::chain::{next_of, posted_from, unfinished};
use crate::create_record::make;
use crate::module::numbered;
use crate::modules::{GoodsLine, PackSession, ShipConfirmation, is_unwanted, place_of};
use crate::{Body, Floor, Module, OperationsRefusal, Record, Sheet};

/// Make the pack session of a pick task.
#[derive(Debug, Clone)]
pub struct GeneratePackSession {
    /// The pick.
    pub pick: RecordId,
    /// The version of it that the caller has seen.
    pub expected_version: Option<kernel::Version>,
}

/// Makes a session for what the pick took, nobody packs yet, and nobody wants back. While there is one that is neither posted nor cancelled,
/// it answers that one.
///
/// # Errors
/// [`OperationsRefusal::RecordNotFound`], [`OperationsRefusal::InvalidTransition`] before the pick is posted,
/// [`OperationsRefusal::NothingLeft`].
pub fn generate_pack_session(
    floor: &mut Floor<'_, '_>,
    command: &GeneratePackSession,
) -> Result<RecordId, OperationsRefusal> {
    let source = (Module::PickTasks, command.pick, command.expected_version);
    go_on(floor, source, Module::PackSessions, |lines| {
        let payload = PackSession { pick_task_id: Some(command.pick), packing: None };
        Body::PackSessions(Sheet { payload, lines })
    })
}

/// Make the ship confirmation of a pack session.
#[derive(Debug, Clone)]
pub struct GenerateShipConfirmation {
    /// The pack session.
    pub pack: RecordId,
    /// The version of it that the caller has seen.
    pub expected_version: Option<kernel::Version>,
}

/// Makes a confirmation for what the session packed and nobody ships yet. While there is one that is neither posted nor
/// cancelled, it answers that one.
///
/// # Errors
/// Those of [`generate_pack_session`].
pub fn generate_ship_confirmation(
    floor: &mut Floor<'_, '_>,
    command: &GenerateShipConfirmation,
) -> Result<RecordId, OperationsRefusal> {
    let source = (Module::PackSessions, command.pack, command.expected_version);
    go_on(floor, source, Module::ShipConfirmations, |lines| {
        let payload =
            ShipConfirmation { pack_session_id: Some(command.pack), carrier: None, tracking_number: None };
        Body::ShipConfirmations(Sheet { payload, lines })
    })
}

fn go_on(
    floor: &mut Floor<'_, '_>,
    (module, source, expected): (Module, RecordId, Option<kernel::Version>),
    next: Module,
    body: impl FnOnce(Vec<GoodsLine>) -> Body,
) -> Result<RecordId, OperationsRefusal> {
    let record: Record = floor.records.of(module, source, expected)?.clone();
    let head = &record.head;
    if let Some(open) = unfinished(floor, source, next) {
        return Ok(open);
    }
    if !head.standing().has_posted {
        let (what, allowed) = (head.number.to_string(), record.allowed());
        return Err(OperationsRefusal::InvalidTransition { what, from: head.state, to: None, allowed });
    }
    let (lines, place) = match &record.body {
        Body::PickTasks(sheet) => (&sheet.lines, (sheet.payload.staging.as_ref(), LocationKind::Staging)),
        Body::PackSessions(sheet) => (&sheet.lines, (sheet.payload.packing.as_ref(), LocationKind::Packing)),
        Body::PurchaseOrders(_)
        | Body::ReceivingSessions(_)
        | Body::PutawayTasks(_)
        | Body::Vendors(_)
        | Body::ShipConfirmations(_)
        | Body::Transfers(_)
        | Body::Adjustments(_)
        | Body::Returns(_)
        | Body::CycleCounts(_)
        | Body::KitAssemblies(_) => {
            return Err(OperationsRefusal::RecordNotFound { module, id: source.to_string() });
        }
    };
    let at = place_of(place.0, place.1, head, floor)?;
    let from = floor.stock.location(at).map(|location| location.code.clone());
    let done = posted_from(floor, source, next);
    let mut left = Vec::new();
    for (line_no, line) in numbered(lines) {
        let done = done.get(&line_no).copied().unwrap_or_default();
        let rest: Quantity = line.handled().saturating_sub(line.unpicked).saturating_sub(done);
        let (Some(planned), Some(from)) = (rest.positive(), from.clone()) else { continue };
        if is_unwanted(line, floor) {
            continue;
        }
        left.push(GoodsLine {
            from,
            planned,
            actual: None,
            lot: Some(line.lot_in_hand()).filter(|lot| !lot.is_none()),
            picked_lot: None,
            override_reason: None,
            source_line: Some(line_no),
            unpicked: Quantity::ZERO,
            ..line.clone()
        });
    }
    if left.is_empty() {
        return Err(OperationsRefusal::NothingLeft { number: head.number.to_string() });
    }
    make(floor, &next_of(head, body(left)), Some(source))
}
