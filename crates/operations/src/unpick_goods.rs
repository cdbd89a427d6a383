//! Bringing picked goods back to a shelf.

use inventory::{LocationCode, Reason};
use kernel::{Quantity, RecordId, ReservationId, Version};

use crate::module::{Part, numbered, place_of_line};
use crate::modules::waiting;
use crate::{Body, Fault, Floor, Module, OperationsRefusal, PostRecord, Step, post_record};

/// Unpick goods of a pick task.
#[derive(Debug, Clone)]
pub struct UnpickGoods {
    /// The pick.
    pub pick: RecordId,
    /// The reservation whose goods come back; none: those of all.
    pub reservation: Option<ReservationId>,
    /// Lines of the pick, and how much of each; none: everything that waits.
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
        None => waiting(sheet, floor)?.into_iter().filter(|(line_no, _)| is_meant(*line_no)).collect(),
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
