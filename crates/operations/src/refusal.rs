//! Why a record or a work item is not made or not changed.

use inventory::{LocationKind, Lot, Sku, StockRefusal, WarehouseCode};
use kernel::{Code, MovementId, Quantity, RecordId, Refusal, ReservationId, ScanId, Version, WorkItemId};
use reservations::ReservationRefusal;
use serde::Serialize;
use serde_json::json;

use crate::{Module, RecordState, Reference, Step, StepRule, WorkState};

/// Something that is wrong with what was sent, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A JSON pointer into the body.
    pub pointer: String,
    /// In words, to be read after the place.
    pub why: String,
}

/// More came than was ordered and is tolerated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct OverReceipt {
    pub line_no: u32,
    pub sku: Sku,
    pub ordered: Quantity,
    pub received_before: Quantity,
    pub received_now: Quantity,
    /// Ordered and what is tolerated beyond it.
    pub most: Quantity,
}

/// Why a command on operations was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they are; each code has its page")]
pub enum OperationsRefusal {
    /// The stock does not allow it.
    Stock(StockRefusal),
    /// The reservations do not allow it.
    Reservation(ReservationRefusal),
    /// Fields are wrong.
    Invalid(Vec<Fault>),
    /// The module has no such record.
    RecordNotFound { module: Module, id: String },
    /// Nobody knows this work item.
    WorkItemNotFound { id: WorkItemId },
    /// Somebody changed it in between.
    VersionMismatch { what: String, expected: Version, actual: Version },
    /// The path leads elsewhere.
    InvalidTransition { what: String, from: RecordState, to: Option<RecordState>, allowed: Vec<RecordState> },
    /// The work item cannot go there.
    InvalidWork { id: WorkItemId, from: WorkState, to: WorkState, allowed: Vec<WorkState> },
    /// The work item follows its record.
    WorkFollows { id: WorkItemId, module: Module, record: RecordId },
    /// Somebody has to say why.
    ReasonRequired { why: &'static str },
    /// Nobody said how much it really was.
    ActualMissing { number: String, lines: Vec<u32> },
    /// The step was posted.
    StepPosted { step: Step, movement: MovementId },
    /// The module has no such step, or has several and none was named.
    UnknownStep { step: Option<Step>, steps: &'static [StepRule] },
    /// Nothing would move.
    NothingToPost { number: String },
    /// Nothing is left to make a record from.
    NothingLeft { number: String },
    /// More came than was ordered.
    OverReceipt { lines: Vec<OverReceipt> },
    /// No vendor of this code may be bought from.
    VendorNotApproved { code: String, state: Option<RecordState> },
    /// Another record has this name.
    KeyTaken { key: String, id: RecordId },
    /// The approver may not be this person.
    ApproverMayNot { why: &'static str },
    /// The record has no such movement, or nothing to reverse.
    NoSuchPosting { number: String },
    /// What was shipped comes back by a return.
    UseReturn,
    /// No ship confirmation has goods of the reservation.
    NoConfirmation { id: RecordId },
    /// Goods of the reservation are on these records.
    GoodsInHand { id: ReservationId, records: Vec<(String, Reference)> },
    /// The confirmation is not posted.
    NotShippedYet { number: String, record: RecordId },
    /// Goods of these lots may not leave any more.
    LotsBlocked { lots: Vec<(Sku, Lot)> },
    /// A release has asked for these goods to come back: lines, each with its reservation.
    UnpickRequested { lines: Vec<(u32, ReservationId)> },
    /// The warehouse has no place of this kind.
    NoPlace { warehouse: WarehouseCode, kind: LocationKind },
    /// A count that is beyond its tolerance was taken once only.
    RecountRequired { number: String, lines: Vec<u32> },
    /// A loss would cut into what is promised: line, product, loss and what is available.
    LossPromised { lines: Vec<(u32, Sku, Quantity, Quantity)>, reservations: Vec<ReservationId> },
    /// What came of it is in the way.
    Blocked { why: String, by: Vec<String> },
    /// The scanner has used its name for a scan for another one.
    ScanIdReused { device: String, id: ScanId },
    /// The caller wants trusted stock.
    Untrusted { skus: Vec<Sku> },
    /// A time that cannot be.
    InvalidTime { field: &'static str, why: &'static str },
}

impl From<StockRefusal> for OperationsRefusal {
    fn from(refusal: StockRefusal) -> Self {
        Self::Stock(refusal)
    }
}

impl From<ReservationRefusal> for OperationsRefusal {
    fn from(refusal: ReservationRefusal) -> Self {
        Self::Reservation(refusal)
    }
}

fn words<T: Copy>(list: &[T], word: fn(T) -> &'static str) -> String {
    let words: Vec<_> = list.iter().map(|one| word(*one)).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

impl From<OperationsRefusal> for Refusal {
    #[expect(clippy::too_many_lines, reason = "a table: one refusal after the other")]
    fn from(refusal: OperationsRefusal) -> Self {
        use OperationsRefusal as R;
        match refusal {
            R::Stock(refusal) => refusal.into(),
            R::Reservation(refusal) => refusal.into(),
            R::Invalid(faults) => {
                let error = |fault: &Fault| {
                    json!({ "pointer": fault.pointer, "code": "invalid_value", "detail": fault.why })
                };
                let first = faults.first().map_or_else(String::new, |fault| {
                    format!(" {} {}.", fault.pointer, fault.why)
                });
                let errors: Vec<_> = faults.iter().map(error).collect();
                Self::new(Code::RecordInvalid, format!("The record does not hold together:{first}"))
                    .fact("errors", errors)
            }
            R::RecordNotFound { module, id } => {
                Self::new(Code::RecordNotFound, format!("There is no record {id} in {}.", module.as_str()))
            }
            R::WorkItemNotFound { id } => {
                Self::new(Code::WorkItemNotFound, format!("There is no work item {id}."))
            }
            R::VersionMismatch { what, expected, actual } => Self::new(
                Code::VersionMismatch,
                format!("{what} is at version {actual}, not {expected}: read it again."),
            )
            .fact("expected_version", expected)
            .fact("version", actual),
            R::InvalidTransition { what, from, to, allowed } => {
                let (next, from_word) = (words(&allowed, RecordState::as_str), from.as_str());
                let detail = match to {
                    Some(to) => {
                        let goal = to.as_str();
                        format!("{what} is {from_word} and cannot become {goal}: it can become {next}.")
                    }
                    None => format!("{what} is {from_word}, and this is not done then: it can become {next}."),
                };
                Self::new(Code::InvalidTransition, detail)
                    .fact("state", from)
                    .fact("allowed_transitions", allowed)
            }
            R::InvalidWork { id, from, to, allowed } => {
                let next = words(&allowed, WorkState::as_str);
                let (from_word, to) = (from.as_str(), to.as_str());
                let detail = format!(
                    "Work item {id} is {from_word} and cannot become {to}: it can become {next}."
                );
                Self::new(Code::InvalidTransition, detail)
                    .fact("state", from)
                    .fact("allowed_transitions", allowed)
            }
            R::WorkFollows { id, module, record } => Self::new(
                Code::WorkItemFollows,
                format!("Work item {id} follows its record: move {} {record} instead.", module.as_str()),
            )
            .fact("reference", json!({ "module": module, "record_id": record })),
            R::ReasonRequired { why } => Self::new(Code::ReasonRequired, format!("Say the reason: {why}.")),
            R::ActualMissing { number, lines } => Self::new(
                Code::ActualMissing,
                format!("{number} lacks the actual quantity of some lines: say it (0, too), or post with accept_planned."),
            )
            .fact("lines", lines),
            R::StepPosted { step, movement } => {
                Self::new(Code::StepAlreadyPosted, format!("The step {} was posted before.", step.as_str()))
                    .fact("movement_id", movement)
            }
            R::UnknownStep { step, steps } => {
                let names: Vec<_> = steps.iter().map(|rule| rule.step).collect();
                let (steps, names) = (names.clone(), words(&names, Step::as_str));
                let detail = match step {
                    Some(step) => format!("{} is no step of this module: it has {names}.", step.as_str()),
                    None => format!("Name the step: {names}."),
                };
                Self::new(Code::UnknownStep, detail).fact("steps", steps)
            }
            R::NothingToPost { number } => {
                Self::new(Code::NothingToPost, format!("{number} would move nothing."))
            }
            R::NothingLeft { number } => {
                Self::new(Code::NothingLeft, format!("Nothing of {number} is left to make a record from."))
            }
            R::OverReceipt { lines } => {
                let each: Vec<_> = lines
                    .iter()
                    .map(|line| format!("{}: {} ordered, at most {}", line.sku, line.ordered, line.most))
                    .collect();
                let detail = format!(
                    "More came than was ordered: {}. An approver may post it with a reason.",
                    each.join("; ")
                );
                Self::new(Code::OverReceipt, detail).fact("lines", lines)
            }
            R::VendorNotApproved { code, state } => {
                let is = state.map_or("unknown", RecordState::as_str);
                Self::new(Code::VendorNotApproved, format!("The vendor {code} is {is}, not approved."))
                    .fact("vendor", code)
                    .fact("state", state)
            }
            R::KeyTaken { key, id } => {
                Self::new(Code::RecordExists, format!("{key} is the name of another record already."))
                    .fact("record_id", id)
            }
            R::ApproverMayNot { why } => Self::new(Code::ApproverMayNot, why),
            R::NoSuchPosting { number } => {
                Self::new(Code::NothingToReverse, format!("{number} has no such movement to reverse."))
            }
            R::UseReturn => {
                Self::new(Code::UseReturn, "What was shipped is not reversed: take it back by a return.")
            }
            R::NoConfirmation { id } => Self::new(
                Code::ShipConfirmationNotFound,
                format!("There is no ship confirmation {id} with goods of this reservation."),
            ),
            R::GoodsInHand { id, records } => {
                let numbers: Vec<_> = records.iter().map(|(number, _)| number.as_str()).collect();
                let detail = format!(
                    "Goods of reservation {id} are in hand ({}): post that, cancel a pick that is not posted, or release with \
                     request_unpick.",
                    numbers.join(", ")
                );
                let record = |(number, of): &(String, Reference)| {
                    json!({ "number": number, "module": of.module, "record_id": of.record_id })
                };
                let records: Vec<_> = records.iter().map(record).collect();
                Self::new(Code::FulfilmentInProgress, detail).fact("reservation_id", id).fact("records", records)
            }
            R::NotShippedYet { number, record } => {
                Self::new(Code::FulfilmentInProgress, format!("{number} is not posted: post it, and the goods are consumed."))
                    .fact("record_id", record)
            }
            R::LotsBlocked { lots } => {
                let each: Vec<_> = lots.iter().map(|(sku, lot)| format!("{lot} of {sku}")).collect();
                let detail =
                    format!("Expired or recalled: {}. Bring it back to a shelf (unpick).", each.join(", "));
                let lots: Vec<_> = lots.iter().map(|(sku, lot)| json!({ "sku": sku, "lot": lot })).collect();
                Self::new(Code::LotBlocked, detail).fact("lots", lots)
            }
            R::UnpickRequested { lines } => {
                let each: Vec<_> = lines.iter().map(|(line_no, _)| line_no.to_string()).collect();
                let detail = format!(
                    "The order gave these goods back: bring them to a shelf (unpick). Lines {}.",
                    each.join(", ")
                );
                let lines: Vec<_> = lines
                    .iter()
                    .map(|(line_no, id)| json!({ "line_no": line_no, "reservation_id": id }))
                    .collect();
                Self::new(Code::UnpickRequested, detail).fact("lines", lines)
            }
            R::NoPlace { warehouse, kind } => Self::new(
                Code::UnknownLocation,
                format!("{warehouse} has no {} location in use: make one.", kind.as_str()),
            )
            .fact("kind", kind),
            R::RecountRequired { number, lines } => Self::new(
                Code::RecountRequired,
                format!("{number} is beyond its tolerance: count the lines that are named again."),
            )
            .fact("lines", lines),
            R::LossPromised { lines, reservations } => {
                let each: Vec<_> = lines
                    .iter()
                    .map(|(_, sku, loss, available)| format!("{sku}: {loss} lost, {available} available"))
                    .collect();
                let detail = format!(
                    "The loss would cut into what is promised: {}. An approver may name the reservations that go short.",
                    each.join("; ")
                );
                Self::new(Code::LossPromised, detail).fact("reservations", reservations)
            }
            R::Blocked { why, by } => Self::new(Code::ReversalBlocked, why).fact("blocked_by", by),
            R::ScanIdReused { device, id } => {
                let detail = format!("{device} has used this client_scan_id for another scan: take a new one for each.");
                Self::new(Code::ScanIdReused, detail).fact("scan_id", id)
            }
            R::Untrusted { skus } => {
                Self::new(Code::LiveStockUntrusted, "Live stock is not trusted for all of this.")
                    .fact("skus", skus)
            }
            R::InvalidTime { field, why } => {
                let error = json!({ "pointer": format!("/{field}"), "code": "invalid_value", "detail": why });
                Self::new(Code::InvalidTime, format!("{field} {why}.")).fact("errors", vec![error])
            }
        }
    }
}
