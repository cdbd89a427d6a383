//! Records that are made from others in the reference: what is left of them.

use inventory::LocationKind;
use kernel::Code;
use operations::modules::Strategy;
use operations::{Module, RecordState};

use std::collections::BTreeMap;

use super::{Line, Payload, Record, Sheet};
use crate::catalogue::PLACES;
use crate::reference::stock::default_place;
use crate::reference::{Key, Outcome, Reference, State};

impl Reference {
    /// The records of a module that were made from one, with their place.
    pub(super) fn made_from(&self, source: usize, module: Module) -> impl Iterator<Item = (usize, &Record)> {
        let records = self.records.iter().enumerate();
        records.filter(move |(_, record)| record.source == Some(source) && record.module == module)
    }

    /// How much of a line those have handled that were posted.
    fn done(&self, source: usize, module: Module, at: usize) -> i64 {
        let posted = self.made_from(source, module).filter(|(_, record)| record.has_posted());
        let lines = posted.flat_map(|(_, record)| &record.sheet.lines);
        lines.filter(|line| line.source_line == Some(at)).map(Line::handled).sum()
    }

    /// Makes the next record of a chain for what is left of this one. While there is an unfinished one, that is it.
    pub(crate) fn carry_on(&mut self, which: usize, version: Option<i64>, who: usize) -> Outcome {
        let record = self.seen(which, version)?;
        let next = match record.module {
            Module::PurchaseOrders => Module::ReceivingSessions,
            Module::ReceivingSessions => Module::PutawayTasks,
            Module::PickTasks => Module::PackSessions,
            Module::PackSessions => Module::ShipConfirmations,
            _ => unreachable!("nothing goes on from {:?}", record.module),
        };
        if self.made_from(which, next).any(|(_, made)| made.is_unfinished()) {
            return Ok(());
        }
        let may_go_on = match record.module {
            Module::PurchaseOrders => matches!(record.state, RecordState::Ordered | RecordState::Receiving),
            _ => record.has_posted(),
        };
        if !may_go_on {
            return Err(Code::InvalidTransition);
        }
        let (mut lines, mut is_wanted_back) = (Vec::new(), false);
        let mut taken: BTreeMap<((usize, usize), Key), i64> = BTreeMap::new();
        for (at, line) in record.sheet.lines.iter().enumerate() {
            let of = Line { product: line.product, lot: line.lot, source_line: Some(at), ..Line::default() };
            let left = |all: i64| all - self.done(which, next, at);
            let line = match record.module {
                Module::PurchaseOrders => {
                    let planned = line.owed();
                    Line { planned, order_line: Some(at), source_line: None, ..of }
                }
                Module::ReceivingSessions => {
                    let is_away = line.place.is_some_and(|place| !PLACES[place].is_storage());
                    let ready = if line.is_inspected { line.passed } else { line.accepted() };
                    let (place, to) = (line.place, default_place(record.warehouse).ok());
                    Line { place, to, planned: if is_away { left(ready) } else { 0 }, ..of }
                }
                _ => {
                    let kind = if record.module == Module::PickTasks {
                        LocationKind::Staging
                    } else {
                        LocationKind::Packing
                    };
                    let promise = line.promise.unwrap();
                    let mut rest = left(line.handled() - line.unpicked);
                    if rest > 0 && self.is_wanted_back(line) {
                        is_wanted_back = true;
                        continue;
                    }
                    // As much as waits at places of the kind.
                    for held in &self.promises[promise.0].lines[promise.1].held {
                        if PLACES[held.key.1].kind != kind || held.key.2 != line.lot {
                            continue;
                        }
                        let before = taken.entry((promise, held.key)).or_default();
                        let planned = rest.min(held.bound - *before).max(0);
                        (*before, rest) = (*before + planned, rest - planned);
                        let (place, promise) = (Some(held.key.1), line.promise);
                        lines.extend(
                            Some(Line { place, promise, planned, ..of.clone() })
                                .filter(|line| line.planned > 0),
                        );
                    }
                    continue;
                }
            };
            lines.extend(Some(line).filter(|line| line.planned > 0));
        }
        if lines.is_empty() {
            return Err(if is_wanted_back { Code::UnpickRequested } else { Code::NothingLeft });
        }
        let order = (record.module == Module::PurchaseOrders).then_some(which);
        let sheet = Sheet { payload: Payload { order, ..Payload::default() }, lines };
        self.write((next, record.warehouse), sheet, Some(which), who)
    }

    /// Makes pick tasks for what reservations hold free on storage that are on no other unfinished pick; in walking
    /// order, together, order by order, or zone by zone. Where all are on such picks, those are it.
    pub(crate) fn make_picks(&mut self, wanted: &[usize], strategy: Strategy, who: usize) -> Outcome {
        let (mut goods, mut is_there) = (Vec::new(), false);
        for which in wanted {
            let is_on = |record: &Record| {
                record.module == Module::PickTasks
                    && record.is_unfinished()
                    && record.sheet.lines.iter().any(|line| line.promise.is_some_and(|of| of.0 == *which))
            };
            if self.records.iter().any(is_on) {
                is_there = true;
                continue;
            }
            for (at, line) in self.promises[*which].lines.iter().enumerate() {
                for held in line.held.iter().filter(|held| held.free() > 0 && PLACES[held.key.1].is_storage())
                {
                    let (product, place, lot) = held.key;
                    let (planned, promise) = (held.free(), Some((*which, at)));
                    goods.push(Line {
                        product,
                        lot,
                        place: Some(place),
                        planned,
                        promise,
                        ..Line::default()
                    });
                }
            }
        }
        if goods.is_empty() {
            return if is_there { Ok(()) } else { Err(Code::NothingLeft) };
        }
        let place = |line: &Line| &PLACES[line.place.unwrap()];
        goods.sort_by_key(|line| {
            let (which, at) = line.promise.unwrap();
            (place(line).pick_priority, place(line).code, self.ids.get(which).copied(), at)
        });
        let mut groups: std::collections::BTreeMap<_, Vec<Line>> = std::collections::BTreeMap::new();
        for line in goods {
            let which = line.promise.unwrap().0;
            let warehouse = self.promises[which].warehouse;
            let zone = place(&line).code.split('-').next().unwrap();
            let group = match strategy {
                Strategy::Batch => (None, ""),
                Strategy::Single => (self.ids.get(which).copied(), ""),
                Strategy::Zone => (None, zone),
            };
            // The code of the one in the east comes first.
            groups.entry((std::cmp::Reverse(warehouse), group)).or_default().push(line);
        }
        for ((warehouse, _), lines) in groups {
            self.write((Module::PickTasks, warehouse.0), Sheet { lines, ..Sheet::default() }, None, who)?;
        }
        Ok(())
    }

    /// The oldest active reservation of a warehouse.
    pub(crate) fn oldest_active(&self, warehouse: usize) -> Option<usize> {
        let is_it = |promise: &crate::reference::Promise| {
            promise.state == State::Active && promise.warehouse == warehouse
        };
        self.promises.iter().position(is_it)
    }
}
