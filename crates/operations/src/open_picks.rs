//! Picks that have not begun follow the reservations that they are for.

use inventory::Reason;

use crate::transition_record::enter;
use crate::{Body, Floor, Module, OperationsRefusal, Record, RecordState};

/// Takes what reservations have given up, or lost, off the picks of them that have not begun; a pick of which nothing is
/// left is cancelled. Every command ends with it.
///
/// # Errors
/// None that the caller can cause.
pub fn trim_open_picks(floor: &mut Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    for id in floor.reservations.gave_up() {
        let picks: Vec<Record> =
            floor.records.on_reservation(id, Module::PickTasks).into_iter().cloned().collect();
        for pick in picks {
            let state = pick.head.blocked_from.unwrap_or(pick.head.state);
            if state == RecordState::Open {
                trim(floor, pick)?;
            }
        }
    }
    Ok(())
}

fn trim(floor: &mut Floor<'_, '_>, mut pick: Record) -> Result<(), OperationsRefusal> {
    let Body::PickTasks(sheet) = &mut pick.body else { return Ok(()) };
    let before = sheet.lines.clone();
    crate::modules::take_off(sheet, floor)?;
    if sheet.lines == before {
        return Ok(());
    }
    if sheet.lines.is_empty() {
        // The lines stay, so that one can read what it was for.
        sheet.lines = before;
        let reason: Option<Reason> = "nothing on it is promised any more".parse().ok();
        return enter(floor, pick, RecordState::Cancelled, reason.as_ref());
    }
    floor.save(pick, "trimmed", None);
    Ok(())
}
