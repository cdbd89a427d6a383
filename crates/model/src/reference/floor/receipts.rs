//! Receipts in the reference: what comes for orders, what is rejected, what waits for inspection.

use inventory::{HoldReason, LocationKind};
use kernel::Code;
use operations::{Module, RecordState, Step};

use super::{Line, PostAsked, Record, at};
use crate::catalogue::{OVER_RECEIPT_PERCENT, PLACES, PRODUCTS};
use crate::reference::stock::{End, Haul, default_place, free_at, place_for, place_in};
use crate::reference::{Outcome, Reference, Spot};

const DAMAGED: Spot = Spot::Held(HoldReason::Damaged);
const QC: Spot = Spot::Held(HoldReason::Qc);

impl Reference {
    /// A line for a product that one line of the order names is for that line.
    pub(super) fn check_receipt(&self, record: &mut Record) -> Outcome {
        let order = record.sheet.payload.order.map(|order| &self.records[order]);
        let dock = record.sheet.payload.dock;
        let is_elsewhere = |place: usize| PLACES[place].warehouse != record.warehouse;
        if dock.is_some_and(is_elsewhere) || order.is_some_and(|order| order.warehouse != record.warehouse) {
            return Err(Code::RecordInvalid);
        }
        for line in &mut record.sheet.lines {
            let ordered = order.map_or(&[][..], |order| &order.sheet.lines);
            let mut same = (0..ordered.len()).filter(|at| ordered[*at].product == line.product);
            if let (None, Some(only), None) = (line.order_line, same.next(), same.next()) {
                line.order_line = Some(only);
            }
            let known = self.lots.get(&(line.product, line.lot)).copied().flatten();
            if line.rejected > line.actual.unwrap_or(line.planned)
                || line.rejected % PRODUCTS[line.product].step != 0
                || known.is_some_and(|known| line.date.is_some_and(|date| date != known))
            {
                return Err(Code::RecordInvalid);
            }
        }
        Ok(())
    }

    /// From the vendor to the dock: into inspection where the product wants it, straight to a shelf, or waiting to be put
    /// away; what is rejected is damaged.
    pub(super) fn receive(&self, record: &Record, asked: &PostAsked) -> Result<(Vec<Haul>, bool), Code> {
        let (sheet, warehouse) = (&record.sheet, record.warehouse);
        if let Some(order) = sheet.payload.order {
            let order = &self.records[order];
            if !matches!(order.state, RecordState::Ordered | RecordState::Receiving) {
                return Err(Code::InvalidTransition);
            }
            if !asked.may_exceed && is_over(&sheet.lines, &order.sheet.lines) {
                return Err(Code::OverReceipt);
            }
        }
        let mut hauls = Vec::new();
        for (at, line) in sheet.lines.iter().enumerate() {
            let place = match line.place.or(sheet.payload.dock) {
                Some(place) => place_in(place, warehouse)?,
                None => place_for(LocationKind::Receiving, warehouse).or(default_place(warehouse))?,
            };
            let good = if PRODUCTS[line.product].is_inspected { Some((place, QC)) } else { free_at(place) };
            for (quantity, to) in [(line.accepted(), good), (line.rejected, Some((place, DAMAGED)))] {
                hauls.extend(haul(line, at, quantity, (None, to)));
            }
        }
        Ok((hauls, true))
    }

    /// The line remembers where its goods stand and whether they wait; their lot is known from now on; the order counts.
    pub(super) fn settle_receipt(
        &mut self,
        which: usize,
        record: &mut Record,
        step: Step,
        (hauls, is_undone): (&[Haul], bool),
    ) -> Outcome {
        let is_planned =
            |made: &Self| made.made_from(which, Module::PutawayTasks).any(|(_, task)| task.is_unfinished());
        if step == Step::Post && is_undone && is_planned(self) {
            return Err(Code::ReversalBlocked);
        }
        let sign = if is_undone { -1 } else { 1 };
        for haul in hauls {
            let line = &mut record.sheet.lines[haul.line.unwrap()];
            let no_good = haul.is_to(DAMAGED);
            if step == Step::Inspect {
                *(if no_good { &mut line.failed } else { &mut line.passed }) += sign * haul.quantity;
                continue;
            }
            line.place = haul.to.map(|(place, _)| place);
            line.is_inspected = !is_undone && (line.is_inspected || haul.is_to(QC));
            if !is_undone {
                self.bring_lot(haul.product, haul.lot, line.date);
            }
        }
        let Some(order) = record.sheet.payload.order else { return Ok(()) };
        let mut ordered = self.records[order].clone();
        for haul in hauls {
            let Some(at) = record.sheet.lines[haul.line.unwrap()].order_line else { continue };
            let line = &mut ordered.sheet.lines[at];
            line.came += if step == Step::Post { sign * haul.quantity } else { 0 };
            line.no_good += if haul.is_to(DAMAGED) { sign * haul.quantity } else { 0 };
        }
        count_up(&mut ordered);
        self.save(order, ordered);
        Ok(())
    }
}

/// An order closes by itself when nothing is owed, and only such a one opens again.
fn count_up(order: &mut Record) {
    let is_complete = order.sheet.lines.iter().all(|line| line.owed() == 0);
    let had_closed_itself = order.sheet.payload.is_complete;
    match order.state {
        RecordState::Ordered | RecordState::Receiving => {
            order.state = if is_complete { RecordState::Closed } else { RecordState::Receiving };
            order.sheet.payload.is_complete = is_complete;
        }
        RecordState::Closed if had_closed_itself && !is_complete => {
            order.state = RecordState::Receiving;
            order.sheet.payload.is_complete = false;
        }
        RecordState::Closed => {}
        _ => order.sheet.payload.is_complete = false,
    }
}

/// Whether more comes than was ordered and is tolerated, over all receipts; what nobody ordered is over.
fn is_over(lines: &[Line], ordered: &[Line]) -> bool {
    let sum = |of: Option<usize>| {
        lines.iter().filter(|line| line.order_line == of).map(Line::accepted).sum::<i64>()
    };
    let is_over = |(at, ordered): (usize, &Line)| {
        let most = ordered.planned + ordered.planned * OVER_RECEIPT_PERCENT / 100;
        sum(Some(at)) > 0 && ordered.came - ordered.no_good + sum(Some(at)) > most
    };
    sum(None) > 0 || ordered.iter().enumerate().any(is_over)
}

pub(super) fn haul(line: &Line, at: usize, quantity: i64, (from, to): (End, End)) -> Option<Haul> {
    let (product, lot) = (line.product, line.lot);
    (quantity > 0).then_some(Haul { product, lot, quantity, from, to, line: Some(at) })
}

/// What waits for inspection passes, or is damaged.
pub(super) fn inspect(record: &Record, asked: &PostAsked) -> Result<(Vec<Haul>, bool), Code> {
    let lines = &record.sheet.lines;
    let (mut hauls, mut seen) = (Vec::new(), Vec::new());
    for part in super::parts(lines, asked, Line::uninspected) {
        let at = at(lines, part.line_no).filter(|at| !seen.contains(at)).ok_or(Code::RecordInvalid)?;
        seen.push(at);
        let line = &lines[at];
        let step = PRODUCTS[line.product].step;
        let is_off = part.quantity % step != 0 || part.rejected % step != 0;
        if is_off || part.quantity + part.rejected > line.uninspected() {
            return Err(Code::RecordInvalid);
        }
        let Some(place) = line.place else { continue };
        for (quantity, to) in [(part.quantity, free_at(place)), (part.rejected, Some((place, DAMAGED)))] {
            hauls.extend(haul(line, at, quantity, (Some((place, QC)), to)));
        }
    }
    Ok((hauls, false))
}
