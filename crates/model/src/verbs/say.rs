//! Changing what a record says: how much it really was, or shall be.

use inventory::Tracking;
use kernel::Version;
use operations::{AmendRecord, LinePatch, Module};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{Act, Known, Make, Record, Seen, operate};
use crate::catalogue::{PLACES, PRODUCTS, UNIT};
use crate::forms::{code, quantity};
use crate::reference::{Line, Outcome, Reference, Said};

/// A record, and what somebody says of its lines.
#[derive(Debug, Clone)]
pub(crate) struct Say {
    record: Record,
    /// What is said of each line: how far off the plan, and what else.
    raw: Vec<(u8, u8)>,
    said: Vec<Said>,
    carrier: bool,
}

/// What is said of a line: nothing was there; or, of a count, one more than should be.
pub(super) const NOTHING: (u8, u8) = (7, 10);
pub(super) const ONE_MORE: (u8, u8) = (3, 10);

impl Say {
    /// Somebody says that it went as planned, or nearly.
    pub(crate) fn of(record: Record, raw: Vec<(u8, u8)>) -> Self {
        Self { record, raw, said: Vec::new(), carrier: false }
    }

    pub(crate) fn raw() -> impl Strategy<Value = Vec<(u8, u8)>> {
        prop::collection::vec((0_u8..12, 0_u8..12), 1..4)
    }

    fn line(seen: &Seen, known: &Known, line_no: u32, line: &Line, (off, other): (u8, u8)) -> Said {
        let is_serial = PRODUCTS[line.product].tracking == Tracking::Serial;
        let plan = match seen.module {
            Module::CycleCounts => {
                let key = (line.product, line.place.unwrap(), line.lot);
                known.shelves.get(&key).map_or(0, |shelf| {
                    let missing = shelf.held[inventory::HoldReason::Missing.index()];
                    shelf.available + shelf.reserved + shelf.held.iter().sum::<i64>() - missing
                })
            }
            _ => line.planned,
        };
        let is_count = seen.module == Module::CycleCounts;
        let actual = match off {
            3..=5 if is_count => plan + UNIT,
            0..=5 => plan,
            6 => plan + UNIT,
            7 => 0,
            8 if !is_serial => plan - UNIT / 2,
            9..=11 if !is_serial => plan - UNIT,
            _ => 0,
        };
        let mut said = Said { line_no, actual: Some(actual.max(0)), ..Said::default() };
        let is_received = seen.module == Module::ReceivingSessions;
        said.rejected = (is_received && other < 3).then_some(UNIT.min(actual.max(0)));
        let has_to = matches!(seen.module, Module::PutawayTasks | Module::Transfers);
        let places = [0, 1, 2, 4, 3];
        let to = places[usize::from(other) % 5];
        let fits = PLACES[to].warehouse == seen.warehouse || seen.module == Module::Transfers;
        said.to = (has_to && fits && other < 6).then_some(to);
        if other == 11 && matches!(seen.module, Module::PickTasks | Module::Transfers) {
            said.planned = Some(UNIT);
        }
        if matches!(seen.module, Module::PurchaseOrders | Module::Adjustments) {
            (said.actual, said.planned) = (None, Some(actual.max(UNIT)));
        }
        said
    }
}

impl Act for Say {
    fn strategy() -> BoxedStrategy<Self> {
        (Record::strategy(), Self::raw()).prop_map(|(record, raw)| Self::of(record, raw)).boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        let is_there = self.record.aim(known, |seen| !seen.is_over());
        if is_there {
            let seen = &known.records[self.record.which];
            let lines = (1_u32..).zip(&seen.sheet.lines).zip(&self.raw);
            self.said = lines.map(|((no, line), raw)| Self::line(seen, known, no, line, *raw)).collect();
            self.carrier = seen.module == Module::ShipConfirmations;
        }
        is_there
    }

    fn about(&self) -> String {
        self.record.about()
    }

    fn expect(&self, world: &mut Reference) -> Outcome {
        world.say(self.record.which, (&self.said, self.carrier), self.record.version, self.record.who)
    }

    fn job(&self, known: &Known) -> Make {
        let seen = &known.records[self.record.which];
        let number = |micros: i64| serde_json::to_value(quantity(micros)).unwrap();
        let patch = |said: &Said| {
            let mut fields = Map::new();
            let quantities =
                [("planned", said.planned), ("actual", said.actual), ("rejected", said.rejected)];
            for (name, micros) in quantities {
                fields.extend(micros.map(|micros| (name.to_owned(), number(micros))));
            }
            fields.extend(said.to.map(|to| ("to".to_owned(), Value::from(code(to).as_str()))));
            LinePatch { line_no: Some(said.line_no), fields }
        };
        let carrier = [("carrier", "DHL"), ("tracking_number", "JD014600")];
        let carrier = carrier.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
        let command = AmendRecord {
            module: seen.module,
            id: seen.id,
            payload: self.carrier.then(|| carrier.collect()),
            lines: self.said.iter().map(patch).collect(),
            expected_version: self.record.version.map(Version),
        };
        operate(command, self.record.who)
    }
}
