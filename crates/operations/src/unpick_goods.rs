//! Bringing picked goods back to a shelf.

use std::collections::BTreeMap;

use inventory::{LocationCode, Reason};
use kernel::{Quantity, RecordId, ReservationId, Version};

use crate::module::{Part, numbered, place_of_line};
use crate::modules::{PickTasks, waiting};
use crate::{Body, Fault, Floor, Module, OperationsRefusal, PostRecord, Sheet, Step, post_record};

/// Unpick goods of a pick task.
#[derive(Debug, Clone)]
pub struct UnpickGoods {
    /// The pick.
    pub pick: RecordId,
    /// The reservation whose goods come back; none: those of all.
    pub reservation: Option<ReservationId>,
    /// Lines of the pick, and how much of each; none: what releases have asked back, or everything that waits where none
    /// has.
    pub lines: Option<Vec<(u32, Quantity)>>,
    /// The shelf; none: where they came from.
    pub to: Option<LocationCode>,
    /// Why, where somebody says.
    pub reason: Option<Reason>,
    /// Whether stock that is not trusted is refused.
    pub require_trusted: bool,
    /// The version of the pick that the caller has seen.
    pub expected_version: Option<Version>,
}

/// Posts picked goods, wherever they wait, back to storage and releases them: one movement. What a release has asked to
/// come back is finished by it.
///
/// # Errors
/// Those of [`post_record`]; [`OperationsRefusal::Invalid`] where more is asked for than waits, or a line is not of the
/// reservation.
pub fn unpick_goods(floor: &mut Floor<'_, '_>, command: &UnpickGoods) -> Result<RecordId, OperationsRefusal> {
    let record = floor.records.of(Module::PickTasks, command.pick, command.expected_version)?.clone();
    let Body::PickTasks(sheet) = &record.body else {
        let id = command.pick.to_string();
        return Err(OperationsRefusal::RecordNotFound { module: Module::PickTasks, id });
    };
    let is_meant = |line_no: u32| {
        let line = place_of_line(line_no).and_then(|place| sheet.lines.get(place));
        line.is_some_and(|line| command.reservation.is_none_or(|id| line.reservation_id == id))
    };
    let wanted = match &command.lines {
        Some(lines) => lines.clone(),
        None => {
            let waits = waiting(sheet, floor)?.into_iter().filter(|(line_no, _)| is_meant(*line_no));
            asked_back(sheet, waits.collect(), floor)
        }
    };
    let wrong: Vec<_> = numbered(&wanted).filter(|(_, (line_no, _))| !is_meant(*line_no)).collect();
    if !wrong.is_empty() {
        let fault = |at: u32| Fault {
            pointer: format!("/lines/{}/line_no", at.saturating_sub(1)),
            why: "is no line of this pick for the reservation".to_owned(),
        };
        return Err(OperationsRefusal::Invalid(wrong.iter().map(|(at, _)| fault(*at)).collect()));
    }
    if wanted.is_empty() && record.head.standing().has_posted {
        return Err(OperationsRefusal::NothingToPost { number: record.head.number.to_string() });
    }
    let part = |part| Part { to: command.to.clone(), ..Part::of(part) };
    let post = PostRecord {
        module: Module::PickTasks,
        id: command.pick,
        step: Some(Step::Unpick),
        accept_planned: wanted.is_empty(),
        parts: wanted.into_iter().map(part).collect(),
        effective_at: None,
        reason: command.reason.clone(),
        is_approver: false,
        cut: Vec::new(),
        require_trusted: command.require_trusted,
        expected_version: None,
    };
    post_record(floor, &post)
}

/// Of what waits, what releases have asked to come back; all of it where none has.
fn asked_back(
    sheet: &Sheet<PickTasks>,
    waits: Vec<(u32, Quantity)>,
    floor: &Floor<'_, '_>,
) -> Vec<(u32, Quantity)> {
    let mut left: BTreeMap<(ReservationId, u32), Quantity> = BTreeMap::new();
    let mut asked = Vec::new();
    for (line_no, quantity) in &waits {
        let Some(line) = place_of_line(*line_no).and_then(|place| sheet.lines.get(place)) else { continue };
        let of = (line.reservation_id, line.reservation_line);
        let rest = left.entry(of).or_insert_with(|| {
            let reservation = floor.reservations.get(of.0);
            let row = reservation.and_then(|found| found.lines.iter().find(|row| row.line_no == of.1));
            row.map_or(Quantity::ZERO, |row| row.to_unpick)
        });
        let here = (*rest).min(*quantity);
        *rest = rest.saturating_sub(here);
        asked.extend(Some((*line_no, here)).filter(|_| !here.is_zero()));
    }
    if asked.is_empty() { waits } else { asked }
}
