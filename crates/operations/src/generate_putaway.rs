//! The putaway task of a receiving session: what was accepted and stands at the dock.

use inventory::{LocationCode, LocationKind};
use kernel::RecordId;

use crate::chain::{next_of, posted_from, unfinished};
use crate::create_record::make;
use crate::module::numbered;
use crate::modules::{PutawayLine, PutawayTask, ReceivingLine, ReceivingSessions};
use crate::{Body, Floor, Head, Module, OperationsRefusal, Sheet};

/// Make the putaway task of a receiving session.
#[derive(Debug, Clone)]
pub struct GeneratePutaway {
    /// The session.
    pub session: RecordId,
    /// The version of it that the caller has seen.
    pub expected_version: Option<kernel::Version>,
}

/// Makes a task for what the session brought and nobody puts away yet: what was accepted, or has passed inspection,
/// and stands away from storage. The bins are those of the product's settings, else the warehouse's default location.
/// While there is a task that is neither posted nor cancelled, it answers that one.
///
/// # Errors
/// [`OperationsRefusal::RecordNotFound`], [`OperationsRefusal::InvalidTransition`] before the session is posted,
/// [`OperationsRefusal::NothingLeft`].
pub fn generate_putaway(
    floor: &mut Floor<'_, '_>,
    command: &GeneratePutaway,
) -> Result<RecordId, OperationsRefusal> {
    let record =
        floor.records.of(Module::ReceivingSessions, command.session, command.expected_version)?.clone();
    let head = &record.head;
    let Body::ReceivingSessions(session) = &record.body else {
        let (module, id) = (Module::ReceivingSessions, command.session.to_string());
        return Err(OperationsRefusal::RecordNotFound { module, id });
    };
    if let Some(open) = unfinished(floor, command.session, Module::PutawayTasks) {
        return Ok(open);
    }
    if head.standing().has_posted {
        let lines = left(session, head, floor)?;
        if lines.is_empty() {
            return Err(OperationsRefusal::NothingLeft { number: head.number.to_string() });
        }
        let payload = PutawayTask { receiving_session_id: Some(command.session) };
        let body = Body::PutawayTasks(Sheet { payload, lines });
        return make(floor, &next_of(head, body), Some(command.session));
    }
    let (what, allowed) = (head.number.to_string(), record.allowed());
    Err(OperationsRefusal::InvalidTransition { what, from: head.state, to: None, allowed })
}

/// What the session brought, less what earlier tasks put away.
fn left(
    session: &Sheet<ReceivingSessions>,
    head: &Head,
    floor: &Floor<'_, '_>,
) -> Result<Vec<PutawayLine>, OperationsRefusal> {
    let done = posted_from(floor, head.id, Module::PutawayTasks);
    let mut lines = Vec::new();
    for (line_no, line) in numbered(&session.lines) {
        let ready = Sheet::<ReceivingSessions>::ready(line, floor);
        let left = ready.saturating_sub(done.get(&line_no).copied().unwrap_or_default());
        let (Some(planned), Some(from)) = (left.positive(), line.location.clone()) else { continue };
        lines.push(PutawayLine {
            sku: line.sku.clone(),
            lot: line.lot.clone(),
            from,
            to: bin(line, head, floor),
            planned,
            actual: None,
            source_line: Some(line_no),
        });
    }
    Ok(lines)
}

/// The first bin of the product's settings that is in use, else the warehouse's default location.
fn bin(line: &ReceivingLine, head: &Head, floor: &Floor<'_, '_>) -> Option<LocationCode> {
    let product = floor.stock.product_by_sku(&line.sku)?;
    let settings = floor.stock.details(product.id).map(|details| details.settings.as_slice());
    let own = settings.into_iter().flatten().find(|row| row.warehouse == head.warehouse_code);
    let in_use = |code: &&LocationCode| {
        let known = floor.stock.location_by_code(code);
        known.is_some_and(|location| {
            location.active && location.warehouse == head.warehouse && location.kind == LocationKind::Storage
        })
    };
    let bin = own.and_then(|row| row.putaway_bins.iter().find(in_use));
    bin.cloned().or_else(|| {
        let warehouse = floor.stock.warehouses().find(|warehouse| warehouse.id == head.warehouse)?;
        Some(floor.stock.location(warehouse.default_location?)?.code.clone())
    })
}
