//! What the content of every record can do, whichever module it is of: reading, changing, planning. Written once.

use inventory::{LocationCode, Lot, Reason, Sku, WarehouseCode};
use kernel::{Day, Quantity, ReservationId};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::module::{Asked, Kind, Moved, Plan, Sheet, SheetLine, fault, numbered, place_of_line};
use crate::scans::{Chosen, Counting, Takes};
use crate::{Fault, Floor, Head, OperationsRefusal, RecordState, Step};

/// Content as JSON.
#[derive(Debug, Clone)]
pub struct Source {
    /// Of the whole.
    pub payload: Map<String, Value>,
    /// Line by line.
    pub lines: Vec<Map<String, Value>>,
    /// Whether it comes from outside: then it may not have what only postings write.
    pub is_asked: bool,
}

/// A change of lines that somebody asks for: a line by its number, or a new one.
#[derive(Debug, Clone)]
pub struct LinePatch {
    /// Which line; none: one more.
    pub line_no: Option<u32>,
    /// Its fields; null takes one away.
    pub fields: Map<String, Value>,
}

/// What of a line others look for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of SheetLine and Kind")]
pub struct LineFacts {
    pub line_no: u32,
    pub sku: Option<Sku>,
    pub lot: Option<Lot>,
    pub locations: Vec<LocationCode>,
    pub goes_to: Option<LocationCode>,
    pub expires_on: Option<Day>,
    pub planned: Quantity,
    pub actual: Option<Quantity>,
    pub reservation: Option<ReservationId>,
    pub reservation_line: Option<u32>,
    pub source_line: Option<u32>,
    pub owed: Quantity,
    pub owed_to: Option<WarehouseCode>,
}

/// How far a record is that somebody changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SoFar {
    /// Its plan may still change.
    pub(crate) is_open: bool,
    /// A step of it was posted and stands.
    pub(crate) has_posted: bool,
}

pub(crate) trait Content {
    fn payload(&self) -> Value;
    fn lines(&self) -> Vec<Value>;
    fn hidden(&self, head: &Head) -> &'static [&'static str];
    fn facts(&self) -> Vec<LineFacts>;
    fn key(&self) -> Option<String>;
    fn source(&self) -> Option<kernel::RecordId>;
    fn allows(&self, head: &Head, to: RecordState) -> bool;
    fn check(&mut self, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal>;
    fn amend(
        &mut self,
        payload: Option<&Map<String, Value>>,
        lines: &[LinePatch],
        so_far: SoFar,
    ) -> Result<(), OperationsRefusal>;
    fn missing_actuals(&self) -> Vec<u32>;
    fn usual_step(&self) -> Option<Step>;
    fn places(&self) -> Vec<&LocationCode>;
    fn takes(&self) -> Takes;
    fn count_up(&mut self, counting: &Counting, chosen: Chosen)
    -> Result<(u32, Quantity), OperationsRefusal>;
    fn accept_planned(&mut self);
    fn enter(
        &mut self,
        head: &Head,
        to: RecordState,
        reason: Option<&Reason>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal>;
    fn plan(&self, head: &Head, asked: Asked<'_>, floor: &Floor<'_, '_>) -> Result<Plan, OperationsRefusal>;
    fn settle(
        &mut self,
        head: &Head,
        moved: Moved<'_>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal>;
}

/// Reads content, and names every fault of it.
pub(crate) fn read<K: Kind>(source: Source) -> Result<Sheet<K>, Vec<Fault>> {
    let mut faults = Vec::new();
    if source.is_asked {
        refuse_computed(K::COMPUTED, &source.payload, "/payload", &mut faults);
    }
    let payload = part(source.payload, "/payload", &mut faults);
    if !K::DECLARATION.has_lines && !source.lines.is_empty() {
        faults.push(Fault { pointer: "/lines".to_owned(), why: "this module has no lines".to_owned() });
    }
    let mut lines = Vec::with_capacity(source.lines.len());
    for (at, line) in source.lines.into_iter().enumerate() {
        let pointer = format!("/lines/{at}");
        if source.is_asked {
            refuse_computed(K::Line::COMPUTED, &line, &pointer, &mut faults);
        }
        lines.extend(part::<K::Line>(line, &pointer, &mut faults));
    }
    match payload {
        Some(payload) if faults.is_empty() => Ok(Sheet { payload, lines }),
        _ => Err(faults),
    }
}

fn refuse_computed(computed: &[&str], fields: &Map<String, Value>, pointer: &str, faults: &mut Vec<Fault>) {
    for name in computed.iter().filter(|name| fields.contains_key(**name)) {
        let why = "is written by what was posted, and not set".to_owned();
        faults.push(Fault { pointer: format!("{pointer}/{name}"), why });
    }
}

/// Reads a payload or a line; null is absent.
fn part<T: DeserializeOwned>(
    mut fields: Map<String, Value>,
    pointer: &str,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    fields.retain(|_, value| !value.is_null());
    match serde_path_to_error::deserialize(Value::Object(fields)) {
        Ok(read) => Some(read),
        Err(error) => {
            let path = error.path().to_string();
            let place = if path == "." { String::new() } else { format!("/{}", path.replace('.', "/")) };
            faults.push(Fault { pointer: format!("{pointer}{place}"), why: error.inner().to_string() });
            None
        }
    }
}

fn object(value: impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}

fn overlay(mut fields: Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    fields.extend(patch.clone());
    fields
}

impl<K: Kind> Sheet<K> {
    /// Changes lines: what was planned only while the record is open. A line that nobody planned may come later.
    fn amend_line(&mut self, at: usize, patch: &LinePatch, so_far: SoFar, faults: &mut Vec<Fault>) {
        let SoFar { is_open, has_posted } = so_far;
        let pointer = format!("/lines/{at}");
        refuse_computed(K::Line::COMPUTED, &patch.fields, &pointer, faults);
        match patch.line_no {
            None => {
                let added = part::<K::Line>(patch.fields.clone(), &pointer, faults);
                if !is_open && added.as_ref().is_some_and(|line| !line.planned().is_zero()) {
                    let why = "plans something, and plans change only while the record is open".to_owned();
                    faults.push(Fault { pointer, why });
                }
                self.lines.extend(added);
            }
            Some(line_no) => {
                let line = place_of_line(line_no).and_then(|place| self.lines.get_mut(place));
                let Some(line) = line else {
                    let why = "there is no such line".to_owned();
                    faults.push(Fault { pointer: format!("{pointer}/line_no"), why });
                    return;
                };
                let planned = |name: &&String| {
                    let lists = [K::Line::ACTUALS, K::Line::COMPUTED];
                    !lists.into_iter().flatten().any(|known| *known == name.as_str())
                };
                for name in patch.fields.keys().filter(planned).filter(|_| !is_open) {
                    let why = format!(
                        "is planned: it changes only while the record is {}",
                        RecordState::Open.as_str()
                    );
                    faults.push(Fault { pointer: format!("{pointer}/{name}"), why });
                }
                let settled = |name: &&String| has_posted && K::Line::SETTLED.contains(&name.as_str());
                for name in patch.fields.keys().filter(settled) {
                    let why = "was posted: it changes only by a reversal".to_owned();
                    faults.push(Fault { pointer: format!("{pointer}/{name}"), why });
                }
                let changed = part::<K::Line>(overlay(object(&*line), &patch.fields), &pointer, faults);
                if let Some(mut changed) = changed {
                    changed.touched(&patch.fields);
                    *line = changed;
                }
            }
        }
    }
}

impl<K: Kind> Content for Sheet<K> {
    fn payload(&self) -> Value {
        Value::Object(object(&self.payload))
    }

    fn lines(&self) -> Vec<Value> {
        self.lines.iter().map(|line| Value::Object(object(line))).collect()
    }

    fn hidden(&self, head: &Head) -> &'static [&'static str] {
        K::hidden(self, head)
    }

    fn facts(&self) -> Vec<LineFacts> {
        let facts = numbered(&self.lines).map(|(line_no, line)| LineFacts {
            line_no,
            sku: line.sku().cloned(),
            lot: line.lot().cloned(),
            locations: line.locations().into_iter().cloned().collect(),
            goes_to: line.goes_to().cloned(),
            expires_on: line.expires_on(),
            planned: line.planned(),
            actual: line.actual(),
            reservation: line.reservation(),
            reservation_line: line.reservation_line(),
            source_line: line.source_line(),
            owed: line.owed(),
            owed_to: K::goal(&self.payload),
        });
        facts.collect()
    }

    fn key(&self) -> Option<String> {
        K::key(&self.payload)
    }

    fn source(&self) -> Option<kernel::RecordId> {
        K::source(&self.payload)
    }

    fn allows(&self, head: &Head, to: RecordState) -> bool {
        K::allows(self, head, to)
    }

    fn check(&mut self, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        K::check(self, head, floor)?;
        if K::DECLARATION.has_lines && self.lines.is_empty() {
            let why = "must have at least one line".to_owned();
            return Err(OperationsRefusal::Invalid(vec![Fault { pointer: "/lines".to_owned(), why }]));
        }
        Ok(())
    }

    fn amend(
        &mut self,
        payload: Option<&Map<String, Value>>,
        lines: &[LinePatch],
        so_far: SoFar,
    ) -> Result<(), OperationsRefusal> {
        let mut faults = Vec::new();
        if let Some(patch) = payload {
            refuse_computed(K::COMPUTED, patch, "/payload", &mut faults);
            let is_planned = |name: &&String| {
                let lists = [K::PAYLOAD_ACTUALS, K::COMPUTED];
                !so_far.is_open && !lists.into_iter().flatten().any(|known| *known == name.as_str())
            };
            for name in patch.keys().filter(is_planned) {
                let why = "is planned: it changes only while the record is open".to_owned();
                faults.push(Fault { pointer: format!("/payload/{name}"), why });
            }
            let changed = part(overlay(object(&self.payload), patch), "/payload", &mut faults);
            self.payload = changed.unwrap_or_else(|| self.payload.clone());
        }
        for (at, patch) in lines.iter().enumerate() {
            self.amend_line(at, patch, so_far, &mut faults);
        }
        if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
    }

    fn usual_step(&self) -> Option<Step> {
        K::usual_step(self)
    }

    fn places(&self) -> Vec<&LocationCode> {
        K::places(&self.payload)
    }

    fn missing_actuals(&self) -> Vec<u32> {
        let missing = numbered(&self.lines).filter(|(_, line)| line.actual().is_none());
        missing.map(|(line_no, _)| line_no).collect()
    }

    fn takes(&self) -> Takes {
        let has = |name: &str| K::Line::ACTUALS.contains(&name);
        let more_lines = self.lines.first().is_some_and(|line| line.another().is_some());
        Takes { counts: has("actual"), lots: has("lot"), more_lines }
    }

    fn count_up(
        &mut self,
        counting: &Counting,
        chosen: Chosen,
    ) -> Result<(u32, Quantity), OperationsRefusal> {
        let too_much = || {
            let why = "counts up to more than a line can have".to_owned();
            OperationsRefusal::Invalid(vec![Fault { pointer: "/raw".to_owned(), why }])
        };
        let line_no = match chosen {
            Chosen::Line(line_no) => line_no,
            Chosen::Another(like) => {
                let like = place_of_line(like).and_then(|place| self.lines.get(place));
                self.lines.extend(like.and_then(SheetLine::another));
                u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
            }
        };
        let line = place_of_line(line_no).and_then(|place| self.lines.get_mut(place)).ok_or_else(too_much)?;
        if let Some(lot) = counting.lot.as_ref().filter(|_| K::Line::ACTUALS.contains(&"lot")) {
            line.take_lot(lot.clone(), counting.expires_on);
        }
        line.count_up(counting.quantity.get());
        let actual = line.actual().filter(|actual| *actual <= Quantity::MAX).ok_or_else(too_much)?;
        Ok((line_no, actual))
    }

    fn accept_planned(&mut self) {
        for line in self.lines.iter_mut().filter(|line| line.actual().is_none()) {
            line.set_actual(line.planned());
        }
    }

    fn enter(
        &mut self,
        head: &Head,
        to: RecordState,
        reason: Option<&Reason>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        K::enter(self, head, to, reason, floor)
    }

    fn plan(&self, head: &Head, asked: Asked<'_>, floor: &Floor<'_, '_>) -> Result<Plan, OperationsRefusal> {
        touch(&self.lines, floor);
        K::plan(self, head, asked, floor)
    }

    fn settle(
        &mut self,
        head: &Head,
        moved: Moved<'_>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        K::settle(self, head, moved, floor)
    }
}

/// Asks for everything that the lines name at once, so that one round of loading serves all.
fn touch<L: SheetLine>(lines: &[L], floor: &Floor<'_, '_>) {
    for line in lines {
        let product = line.sku().and_then(|sku| floor.stock.product_by_sku(sku));
        for code in line.locations() {
            let _asked = floor.stock.location_by_code(code);
        }
        if let (Some(product), Some(lot)) = (product, line.lot()) {
            let _asked = floor.stock.lot(product.id, lot);
        }
    }
}

/// Checks that every sku of the lines is a product with stock, in whole steps, and every location one of the
/// record's warehouse: what all modules with stock demand.
pub(crate) fn check_lines<L: SheetLine>(
    lines: &[L],
    head: &Head,
    floor: &Floor<'_, '_>,
) -> Result<(), OperationsRefusal> {
    let mut faults = Vec::new();
    for (line_no, line) in numbered(lines) {
        let Some(sku) = line.sku() else { continue };
        match floor.stock.product_by_sku(sku) {
            None => faults.push(fault(line_no, "sku", format!("there is no product {sku}"))),
            Some(product) if !product.stockable => {
                faults.push(fault(line_no, "sku", format!("{sku} has no stock")));
            }
            Some(product) => {
                let quantities = [Some(line.planned()), line.actual()];
                let off =
                    quantities.into_iter().flatten().any(|quantity| product.check_step(quantity).is_err());
                if off {
                    let why = format!("{sku} comes in whole multiples of {}", product.quantity_step);
                    faults.push(fault(line_no, "", why));
                }
            }
        }
        for code in line.locations() {
            let known = floor.stock.location_by_code(code);
            if !known.is_some_and(|location| location.warehouse == head.warehouse && location.active) {
                let why = format!("{} has no location {code} in use", head.warehouse_code);
                faults.push(fault(line_no, "", why));
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
}
