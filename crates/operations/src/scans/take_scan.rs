//! Taking a scan, or a list of them one by one: each is written down, or refused alone.

use kernel::{Audience, NewEvent, Refusal, ScanId, Version};
use serde_json::json;

use super::judge::judge;
use super::{Scan, ScanState, TakeScan};
use crate::{Fault, Floor, OperationsRefusal, Record, RecordState};

/// Take scans in their order. What could not be read of one is its refusal.
#[derive(Debug, Clone)]
pub struct TakeScans {
    /// The scans.
    pub scans: Vec<Result<TakeScan, Refusal>>,
}

/// A scan that is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanTaken {
    /// Which one.
    pub id: ScanId,
    /// Whether it was written down now; otherwise it was before, under the same name of the same scanner.
    pub is_new: bool,
}

/// What came of each scan of a list, in their order.
#[derive(Debug, Clone)]
pub struct ScansTaken {
    /// Taken, or refused alone.
    pub each: Vec<Result<ScanTaken, Refusal>>,
}

/// Takes scan by scan as [`take_scan`] does: one that is refused changes nothing, and the others are taken nevertheless.
///
/// # Errors
/// None as a whole; each scan has its own.
pub fn take_scans(floor: &mut Floor<'_, '_>, command: &TakeScans) -> Result<ScansTaken, OperationsRefusal> {
    let one = |scan: &Result<TakeScan, Refusal>| match scan {
        Ok(told) => take_scan(floor, told).map_err(Refusal::from),
        Err(refusal) => Err(refusal.clone()),
    };
    Ok(ScansTaken { each: command.scans.iter().map(one).collect() })
}

/// Takes a scan: reads it, compares it with what is expected, and writes it down with what came of it; where it fits and
/// is to be applied, the line that it fits counts up. A scan whose `client_scan_id` the device has used is not taken
/// again: it counts once.
///
/// # Errors
/// [`OperationsRefusal::RecordNotFound`], [`OperationsRefusal::InvalidTransition`] where the record is over,
/// [`OperationsRefusal::ScanIdReused`] where the name stands for another scan, [`OperationsRefusal::Invalid`] where the
/// record cannot count up by it.
pub fn take_scan(floor: &mut Floor<'_, '_>, told: &TakeScan) -> Result<ScanTaken, OperationsRefusal> {
    let client = told.client_scan_id.as_ref();
    if let Some(known) = client.and_then(|client| floor.records.scan_of(&told.device_id, client)) {
        if known.told != *told {
            let (device, id) = (told.device_id.to_string(), known.id);
            return Err(OperationsRefusal::ScanIdReused { device, id });
        }
        return Ok(ScanTaken { id: known.id, is_new: false });
    }
    let record = match &told.record {
        Some(of) => Some(floor.records.of(of.module, of.record_id, None)?.clone()),
        None => None,
    };
    if told.apply {
        check_countable(record.as_ref())?;
    }
    let judged = judge(told, record.as_ref(), floor);
    let state = match (&judged.rejection, told.record.is_some() || told.expected.is_some()) {
        (Some(_), _) => ScanState::Rejected,
        (None, true) => ScanState::Matched,
        (None, false) => ScanState::Captured,
    };
    let mut line_no = judged.fits.as_ref().and_then(|(_, chosen)| chosen.line_no());
    let mut counted = None;
    if let (true, Some((counting, chosen)), Some(mut record)) = (told.apply, &judged.fits, record) {
        let (line, actual) = record.body.content_mut().count_up(counting, *chosen)?;
        record.body.content_mut().check(&record.head, floor)?;
        (line_no, counted) = (Some(line), Some(actual));
        floor.save(record, "scanned", None);
    }
    let numbering = &mut floor.stock.numbering;
    let scan = Scan {
        id: ScanId(numbering.mint.uuid()),
        seq: numbering.counters.take_id(),
        told: told.clone(),
        state,
        rejection: judged.rejection,
        reading: judged.reading.and_then(|reading| serde_json::to_value(reading).ok()),
        found: judged.found,
        line_no,
        counted,
        taken_by: floor.actor.clone(),
        recorded_at: floor.context.now,
        request: floor.context.request,
    };
    let id = scan.id;
    floor.stock.events.push(event(&scan));
    floor.records.put_scan(scan);
    Ok(ScanTaken { id, is_new: true })
}

/// A line counts up only where it has an actual quantity, and while the record is not over.
fn check_countable(record: Option<&Record>) -> Result<(), OperationsRefusal> {
    let wrong = |why: &str| {
        let fault = Fault { pointer: "/apply".to_owned(), why: why.to_owned() };
        Err(OperationsRefusal::Invalid(vec![fault]))
    };
    let Some(record) = record else { return wrong("needs a context with a record whose line it counts up") };
    if !record.body.content().takes().counts {
        return wrong("is for modules whose lines have an actual quantity");
    }
    let head = &record.head;
    if head.standing().has_posted && head.state != RecordState::Posted {
        return wrong("is too late: what the lines count was posted");
    }
    let before = head.blocked_from.unwrap_or(head.state);
    if before.is_final() || before == RecordState::Posted {
        let (what, allowed) = (head.number.to_string(), record.allowed());
        return Err(OperationsRefusal::InvalidTransition { what, from: head.state, to: None, allowed });
    }
    Ok(())
}

fn event(scan: &Scan) -> NewEvent {
    NewEvent {
        subject: format!("barcode-scans/{}", scan.id),
        subject_seq: Version::NONE.next(),
        kind: "barcode.scanned",
        audience: Audience::Internal,
        data: json!({
            "id": scan.id,
            "state": scan.state,
            "reason": scan.rejection.as_ref().map(|rejection| rejection.reason),
            "device_id": scan.told.device_id,
            "record": scan.told.record,
            "sku": scan.found.sku,
            "line_no": scan.line_no,
            "counted": scan.counted,
        }),
    }
}
