//! The putaway task of a receiving session: what was accepted and stands at the dock.

use std::collections::BTreeMap;

use inventory::{Location, LocationCode, LocationKind, Product};
use kernel::{LocationId, PositiveQuantity, ProductId, Quantity, RecordId};

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
/// and stands away from storage. The bins are those of the product's settings in their order, each as far as it has room
/// (capacity and volumes are known), then the warehouse's default location.
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

/// What the session brought, less what earlier tasks put away, bin by bin.
fn left(
    session: &Sheet<ReceivingSessions>,
    head: &Head,
    floor: &Floor<'_, '_>,
) -> Result<Vec<PutawayLine>, OperationsRefusal> {
    let done = posted_from(floor, head.id, Module::PutawayTasks);
    let mut bins = Bins { head, floor, taken: BTreeMap::new() };
    let mut lines = Vec::new();
    for (line_no, line) in numbered(&session.lines) {
        let ready = Sheet::<ReceivingSessions>::ready(line, floor);
        let left = ready.saturating_sub(done.get(&line_no).copied().unwrap_or_default());
        let Some(from) = line.location.clone().filter(|_| !left.is_zero()) else { continue };
        for (to, planned) in bins.propose(line, left) {
            lines.push(PutawayLine {
                sku: line.sku.clone(),
                lot: line.lot.clone(),
                from: from.clone(),
                to,
                planned,
                actual: None,
                source_line: Some(line_no),
            });
        }
    }
    Ok(lines)
}

/// Bins that fill up while lines are proposed to them.
struct Bins<'f, 'd, 'a> {
    head: &'f Head,
    floor: &'f Floor<'d, 'a>,
    /// What this task takes of each bin's room, in millionths of a cubic metre.
    taken: BTreeMap<LocationId, i128>,
}

impl Bins<'_, '_, '_> {
    /// The bins of the product's settings in their order, each for what fits there; the rest goes to the warehouse's
    /// default location.
    fn propose(
        &mut self,
        line: &ReceivingLine,
        left: Quantity,
    ) -> Vec<(Option<LocationCode>, PositiveQuantity)> {
        let (head, stock) = (self.head, &self.floor.stock);
        let mut proposed = Vec::new();
        let mut rest = left;
        let Some(product) = stock.product_by_sku(&line.sku) else { return proposed };
        let settings = stock.details(product.id).map(|details| details.settings.as_slice());
        let own = settings.into_iter().flatten().find(|row| row.warehouse == head.warehouse_code);
        for code in own.into_iter().flat_map(|row| &row.putaway_bins) {
            let known = stock.location_by_code(code);
            let bin = known.filter(|location| {
                location.active
                    && location.warehouse == head.warehouse
                    && location.kind == LocationKind::Storage
            });
            let Some(bin) = bin else { continue };
            let here = self.fits(bin, product, rest);
            rest = rest.saturating_sub(here);
            proposed.extend(here.positive().map(|here| (Some(code.clone()), here)));
        }
        let warehouse = stock.warehouses().find(|warehouse| warehouse.id == head.warehouse);
        let default = warehouse.and_then(|warehouse| stock.location(warehouse.default_location?));
        let default = default.map(|location| location.code.clone());
        proposed.extend(rest.positive().map(|rest| (default, rest)));
        proposed
    }

    /// How much of a quantity fits into a bin beside what stands there, what is on its way there, and what this task brings: whole steps of the
    /// product. Where the bin or the product was not measured, all of it.
    fn fits(&mut self, bin: &Location, product: &Product, wanted: Quantity) -> Quantity {
        let Some((capacity, volume)) = bin.capacity_m3.zip(product.volume_m3.and_then(Quantity::positive))
        else {
            return wanted;
        };
        let taken = self
            .taken
            .entry(bin.id)
            .or_insert_with(|| standing(bin.id, self.floor).saturating_add(coming(bin, self.floor)));
        let room = i128::from(capacity.micros()).saturating_sub(*taken).max(0);
        let volume = i128::from(volume.get().micros());
        let units = room.saturating_mul(1_000_000).checked_div(volume).unwrap_or_default();
        let step = i128::from(product.quantity_step.micros()).max(1);
        let whole = units.saturating_sub(units.checked_rem(step).unwrap_or_default());
        let fits = i64::try_from(whole).ok().and_then(Quantity::from_micros).unwrap_or(Quantity::MAX);
        let here = fits.min(wanted);
        *taken = taken.saturating_add(filled(product, here));
        here
    }
}

/// What putaway tasks that are not over bring to a place, in millionths of a cubic metre.
fn coming(bin: &Location, floor: &Floor<'_, '_>) -> i128 {
    let mut sum = 0_i128;
    for record in floor.records.open_at(&bin.code) {
        let Body::PutawayTasks(task) = &record.body else { continue };
        for line in task.lines.iter().filter(|line| line.to.as_ref() == Some(&bin.code)) {
            let Some(product) = floor.stock.product_by_sku(&line.sku) else { continue };
            sum = sum.saturating_add(filled(product, line.actual.unwrap_or_else(|| line.planned.get())));
        }
    }
    sum
}

fn filled(product: &Product, quantity: Quantity) -> i128 {
    let volume = i128::from(product.volume_m3.unwrap_or_default().micros());
    i128::from(quantity.micros()).saturating_mul(volume).checked_div(1_000_000).unwrap_or_default()
}

/// What everything that stands at a place fills, in millionths of a cubic metre; what was not measured fills nothing.
fn standing(at: LocationId, floor: &Floor<'_, '_>) -> i128 {
    let volume = |(id, owned): (ProductId, Quantity)| {
        floor.stock.product(id).map_or(0, |product| filled(product, owned))
    };
    floor.stock.standing_at(at).into_iter().map(volume).fold(0_i128, i128::saturating_add)
}
