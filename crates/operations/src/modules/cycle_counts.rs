//! Cycle counts: what stands on a shelf is counted, and the books follow, however much they moved since.
//!
//! A count is compared with the books of the moment at which it was taken: what is available, reserved and held there, but
//! for what is missing, and less what pickers have taken and not posted yet. The difference is posted later as a
//! difference, so that what moved in between does not matter.

use std::collections::BTreeSet;

use inventory::{
    BalanceKey, Bucket, HoldReason, LocationCode, Lot, MovementKind, NewTransfer, Party, Place, Reason, Sku,
};
use kernel::{ActorId, Quantity, RecordId, ReservationId, Version};
use reservations::{Fate, Handled, ReservationState, held_stock};
use serde::{Deserialize, Serialize};

use super::fulfilment::follow;
use super::spot::{free_at, location, lot_of, product};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{Asked, Declaration, Kind, Moved, Plan, Sheet, SheetLine, Step, StepRule, numbered};
use crate::{Body, Floor, Head, OperationsRefusal, RecordState, WorkKind};

/// Shelves to be counted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct CycleCount {
    /// Whether who counts is not shown what is expected.
    #[serde(default)]
    pub blind: bool,
    /// How far a count may be off without a recount and a second person, in percent of what is expected; none: not at
    /// all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance_percent: Option<Quantity>,
    /// The pick on which something was missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pick_task_id: Option<RecordId>,
}

/// A product and lot on a shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct CountLine {
    /// What.
    pub sku: Sku,
    /// Which lot, where the product is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// Where.
    pub location: LocationCode,
    /// How much was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Quantity>,
    /// What should have stood there when it was counted. Nobody sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Quantity>,
    /// The version of the balance that was counted against. Nobody sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted_version: Option<Version>,
    /// Who counted. Nobody sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted_by: Option<ActorId>,
    /// Everybody who counted. Nobody sets it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub counters: BTreeSet<ActorId>,
    /// How often it was counted. Nobody sets it.
    #[serde(default)]
    pub counts: u32,
}

impl CountLine {
    /// How much more stood there than expected, in millionths; less is below zero.
    fn variance(&self) -> i64 {
        let (counted, expected) = (self.actual.unwrap_or_default(), self.expected.unwrap_or_default());
        counted.micros().saturating_sub(expected.micros())
    }

    fn is_beyond(&self, tolerance: Option<Quantity>) -> bool {
        let expected = self.expected.unwrap_or_default();
        let allowed = expected.percent(tolerance.unwrap_or_default());
        self.variance().unsigned_abs() > allowed.micros().unsigned_abs()
    }
}

impl SheetLine for CountLine {
    const ACTUALS: &'static [&'static str] = &["actual"];
    const COMPUTED: &'static [&'static str] =
        &["expected", "counted_version", "counted_by", "counters", "counts"];

    fn sku(&self) -> Option<&Sku> {
        Some(&self.sku)
    }

    fn planned(&self) -> Quantity {
        Quantity::ZERO
    }

    fn actual(&self) -> Option<Quantity> {
        self.actual
    }

    /// What is scanned one by one is one count.
    fn count_up(&mut self, by: Quantity) {
        self.actual = Some(self.actual.unwrap_or_default().saturating_add(by));
        if self.counted_version.take().is_some() {
            self.counts = self.counts.saturating_sub(1);
        }
    }

    fn touched(&mut self, fields: &serde_json::Map<String, serde_json::Value>) {
        if fields.contains_key("actual") {
            self.counted_version = None;
        }
    }

    fn lot(&self) -> Option<&Lot> {
        self.lot.as_ref()
    }

    fn locations(&self) -> Vec<&LocationCode> {
        vec![&self.location]
    }
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleCounts;

impl Kind for CycleCounts {
    const DECLARATION: Declaration = Declaration {
        title: "Cycle count",
        prefix: "CNT",
        path: Path {
            states: &[
                RecordState::Open,
                RecordState::InProgress,
                RecordState::Approved,
                RecordState::Posted,
                RecordState::Closed,
            ],
            posts_stock: true,
        },
        steps: &[StepRule::once(Step::Post, RecordState::Approved)],
        work: WorkKind::Warehouse,
        approval_completes: false,
        has_lines: true,
        takes_blocked: true,
    };
    type Payload = CycleCount;
    type Line = CountLine;

    /// What was counted anew is compared with the books of now; what was approved is not counted anew.
    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        let mut seen = BTreeSet::new();
        let is_approved = head.blocked_from.unwrap_or(head.state) == RecordState::Approved;
        for at in 0..sheet.lines.len() {
            let Some(line) = sheet.lines.get(at) else { continue };
            let key = key_of(line, head, floor)?;
            let wrong = |field, why| {
                let line_no = u32::try_from(at.saturating_add(1)).unwrap_or(u32::MAX);
                Err(OperationsRefusal::Invalid(vec![crate::module::fault(line_no, field, why)]))
            };
            if !seen.insert(key.clone()) {
                return wrong("", "is counted on another line already");
            }
            if is_approved && line.counted_version.is_none() {
                return wrong("actual", "was approved: cancel this count, and count anew");
            }
            if line.actual.is_none() || line.counted_version.is_some() {
                continue;
            }
            let balance = floor.stock.balance(&key);
            let taken = taken(line, floor);
            let books = balance.owned().saturating_sub(balance.held(HoldReason::Missing));
            if let Some(line) = sheet.lines.get_mut(at) {
                line.expected = Some(books.saturating_sub(taken));
                line.counted_version = Some(balance.version);
                line.counted_by = Some(floor.actor.id.clone());
                line.counters.insert(floor.actor.id.clone());
                line.counts = line.counts.saturating_add(1);
            }
        }
        Ok(())
    }

    fn hidden(sheet: &Sheet<Self>, head: &Head) -> &'static [&'static str] {
        let is_counted = matches!(head.state, RecordState::Open | RecordState::InProgress);
        if sheet.payload.blind && is_counted { &["expected"] } else { &[] }
    }

    /// Beyond the tolerance it is counted again, and approved by somebody who did not count.
    fn enter(
        sheet: &mut Sheet<Self>,
        head: &Head,
        to: RecordState,
        _: Option<&Reason>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        if to != RecordState::Approved || head.state != RecordState::InProgress {
            return Ok(());
        }
        let number = head.number.to_string();
        let missing = numbered(&sheet.lines).filter(|(_, line)| line.actual.is_none());
        let lines: Vec<_> = missing.map(|(line_no, _)| line_no).collect();
        if !lines.is_empty() {
            return Err(OperationsRefusal::ActualMissing { number, lines });
        }
        let tolerance = sheet.payload.tolerance_percent;
        let off: Vec<_> = numbered(&sheet.lines).filter(|(_, line)| line.is_beyond(tolerance)).collect();
        let once = off.iter().filter(|(_, line)| line.counts < 2);
        let lines: Vec<_> = once.map(|(line_no, _)| *line_no).collect();
        if !lines.is_empty() {
            return Err(OperationsRefusal::RecountRequired { number, lines });
        }
        if off.iter().any(|(_, line)| line.counters.contains(&floor.actor.id)) {
            let why = "The count is beyond its tolerance: somebody who did not count has to approve it.";
            return Err(OperationsRefusal::ApproverMayNot { why });
        }
        Ok(())
    }

    /// A surplus first clears what is missing, then comes from adjustment; a loss goes there, of what is promised as far as
    /// an approver names the reservations; what stays missing is written off.
    fn plan(
        sheet: &Sheet<Self>,
        head: &Head,
        asked: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        let (mut transfers, mut short) = (Vec::new(), Vec::new());
        for (line_no, line) in numbered(&sheet.lines) {
            let key = key_of(line, head, floor)?;
            let at = location(&line.location, head.warehouse, floor)?;
            let balance = floor.stock.balance(&key);
            let missing_at = Place::At(key.location, Bucket::Held(HoldReason::Missing));
            let (outside, free) = (Place::Outside(Party::Adjustment), free_at(at));
            let bucket = match free {
                Place::At(_, bucket) => bucket,
                Place::Outside(_) => Bucket::Available,
            };
            let missing = balance.held(HoldReason::Missing);
            let variance = Quantity::from_micros(line.variance().saturating_abs()).unwrap_or_default();
            let mut moves = Vec::new();
            let mut cleared = Quantity::ZERO;
            if line.variance() < 0 {
                let on_hand = balance.bucket(bucket);
                let promised = variance.saturating_sub(on_hand);
                let cuts = cut_of(&key, promised, asked.cut, floor);
                let cut = cuts.iter().fold(Quantity::ZERO, |sum, cut| sum.saturating_add(cut.2));
                if cut < promised {
                    short.push((line_no, line.sku.clone(), variance, on_hand, balance.id));
                }
                moves.push((variance.saturating_sub(promised), free, outside));
                moves.push((promised, Place::At(key.location, Bucket::Reserved), outside));
            } else {
                cleared = variance.min(missing);
                moves.push((cleared, missing_at, free));
                moves.push((variance.saturating_sub(cleared), outside, free));
            }
            moves.push((missing.saturating_sub(cleared), missing_at, outside));
            for (quantity, from, to) in moves {
                let Some(quantity) = quantity.positive() else { continue };
                transfers.push(NewTransfer {
                    product: key.product,
                    lot: key.lot.clone(),
                    quantity,
                    from,
                    to,
                    record_line: Some(line_no),
                    unit_cost: None,
                });
            }
        }
        if !short.is_empty() {
            return Err(promised(short, floor));
        }
        Ok(Plan { kind: MovementKind::Count, transfers, completes: true })
    }

    /// The reservations that were named go short of what was promised and is not there.
    fn settle(
        _: &mut Sheet<Self>,
        head: &Head,
        moved: Moved<'_>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        let cut = |transfer: &&NewTransfer| matches!(transfer.from, Place::At(_, Bucket::Reserved));
        let mut handled = Vec::new();
        for transfer in moved.transfers.iter().filter(cut) {
            if moved.undone {
                let why = "What was promised and not there is short by now: receive or adjust it.".to_owned();
                return Err(OperationsRefusal::Blocked { why, by: vec![head.number.to_string()] });
            }
            let Some(location) = transfer.from.location() else { continue };
            let key = BalanceKey { product: transfer.product, location, lot: transfer.lot.clone() };
            for (id, line_no, quantity) in cut_of(&key, transfer.quantity.get(), moved.cut, floor) {
                handled.push((id, Handled { line_no, from: key.clone(), quantity, fate: Fate::Cut }));
            }
        }
        follow(handled, floor)
    }
}

/// What of a loss these reservations give up at a place, in their order: what they hold there and nobody handles.
fn cut_of(
    key: &BalanceKey,
    loss: Quantity,
    cut: &[ReservationId],
    floor: &Floor<'_, '_>,
) -> Vec<(ReservationId, u32, Quantity)> {
    let mut rest = loss;
    let mut cuts = Vec::new();
    let mut seen = BTreeSet::new();
    for id in cut.iter().filter(|id| seen.insert(**id)) {
        let reservation = floor.reservations.get(*id).filter(|found| found.state == ReservationState::Active);
        let held = reservation.map(|found| held_stock(floor.stock, found)).unwrap_or_default();
        for held in held.into_iter().filter(|held| held.key == *key) {
            let here = held.free.min(rest);
            rest = rest.saturating_sub(here);
            if !here.is_zero() {
                cuts.push((*id, held.line_no, here));
            }
        }
    }
    cuts
}

fn key_of(line: &CountLine, head: &Head, floor: &Floor<'_, '_>) -> Result<BalanceKey, OperationsRefusal> {
    Ok(BalanceKey {
        product: product(&line.sku, floor)?.id,
        location: location(&line.location, head.warehouse, floor)?.id,
        lot: lot_of(line.lot.as_ref()),
    })
}

/// What pickers have taken from there and not posted yet.
fn taken(line: &CountLine, floor: &Floor<'_, '_>) -> Quantity {
    let mut sum = Quantity::ZERO;
    for record in floor.records.open_on(&line.sku) {
        let at = record.head.blocked_from.unwrap_or(record.head.state);
        let Body::PickTasks(pick) = &record.body else { continue };
        let here = pick.lines.iter().filter(|picked| {
            at == RecordState::InProgress
                && picked.sku == line.sku
                && picked.from == line.location
                && picked.lot_in_hand() == lot_of(line.lot.as_ref())
        });
        sum = here.fold(sum, |sum, picked| sum.saturating_add(picked.handled()));
    }
    sum
}

/// A loss that would cut into what is promised.
fn promised(
    short: Vec<(u32, Sku, Quantity, Quantity, Option<kernel::BalanceId>)>,
    floor: &Floor<'_, '_>,
) -> OperationsRefusal {
    let balances: BTreeSet<_> = short.iter().filter_map(|row| row.4).collect();
    let reservations = floor.reservations.holding(&balances);
    let lines = short.into_iter().map(|(line_no, sku, loss, available, _)| (line_no, sku, loss, available));
    OperationsRefusal::LossPromised { lines: lines.collect(), reservations }
}
