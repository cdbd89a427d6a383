//! Receiving sessions: goods at the dock, counted, accepted or rejected, and inspected where the product wants it.

use inventory::{
    Bucket, HoldReason, Location, LocationCode, LocationKind, Lot, MovementKind, Name, NewTransfer, Party,
    Place, Sku, StockRefusal,
};
use kernel::{Day, Money, Quantity, RecordId};
use serde::{Deserialize, Serialize};

use super::VendorCode;
use super::received_orders::{bind, check_tolerance, open_order, order_line, tell_order};
use super::spot::product;
use super::vendors::vendor;
use crate::chain::unfinished;
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{
    Asked, Declaration, Kind, Moved, Plan, Sheet, SheetLine, Step, StepRule, fault, is_false, numbered,
    parts_of_all, place_of_line,
};
use crate::{Fault, Floor, Head, Module, OperationsRefusal, RecordState, WorkKind};

/// Goods that come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct ReceivingSession {
    /// The purchase order that they belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_order_id: Option<RecordId>,
    /// Who sent them, where there is no order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<VendorCode>,
    /// Where they stand where a line does not say it; none: the warehouse's receiving location, or its default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dock: Option<LocationCode>,
    /// The delivery note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Name>,
}

/// What came of one product and lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct ReceivingLine {
    /// What.
    pub sku: Sku,
    /// How much was expected; 0 for what nobody expected.
    #[serde(default)]
    pub planned: Quantity,
    /// How much came, the rejected included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Quantity>,
    /// How much of that is rejected.
    #[serde(default)]
    pub rejected: Quantity,
    /// Its lot or serial number, where the product is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// The last good day of the lot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Day>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationCode>,
    /// What one unit cost; none: what the order says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Money>,
    /// The line of the purchase order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_line: Option<u32>,
    /// Whether what was accepted went into inspection. Nobody sets it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub into_inspection: bool,
    /// How much passed inspection. Nobody sets it.
    #[serde(default)]
    pub inspected: Quantity,
    /// How much failed inspection. Nobody sets it.
    #[serde(default)]
    pub failed: Quantity,
}

impl ReceivingLine {
    /// What came and was not rejected at the dock.
    pub fn accepted(&self) -> Quantity {
        self.actual.unwrap_or_default().saturating_sub(self.rejected)
    }

    /// What waits for inspection.
    fn waiting(&self) -> Quantity {
        let accepted = if self.into_inspection { self.accepted() } else { Quantity::ZERO };
        accepted.saturating_sub(self.inspected).saturating_sub(self.failed)
    }
}

impl SheetLine for ReceivingLine {
    const ACTUALS: &'static [&'static str] = &["actual", "rejected", "lot", "expires_on", "location"];
    const COMPUTED: &'static [&'static str] = &["into_inspection", "inspected", "failed"];

    fn sku(&self) -> Option<&Sku> {
        Some(&self.sku)
    }

    fn planned(&self) -> Quantity {
        self.planned
    }

    fn actual(&self) -> Option<Quantity> {
        self.actual
    }

    fn set_actual(&mut self, actual: Quantity) {
        self.actual = Some(actual);
    }

    fn lot(&self) -> Option<&Lot> {
        self.lot.as_ref()
    }

    fn expires_on(&self) -> Option<Day> {
        self.expires_on
    }

    fn take_lot(&mut self, lot: Lot, expires_on: Option<Day>) {
        self.lot = Some(lot);
        self.expires_on = expires_on.or(self.expires_on);
    }

    fn another(&self) -> Option<Self> {
        Some(Self {
            planned: Quantity::ZERO,
            actual: None,
            rejected: Quantity::ZERO,
            lot: None,
            expires_on: None,
            into_inspection: false,
            inspected: Quantity::ZERO,
            failed: Quantity::ZERO,
            ..self.clone()
        })
    }

    fn locations(&self) -> Vec<&LocationCode> {
        self.location.iter().collect()
    }
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivingSessions;

impl Kind for ReceivingSessions {
    const DECLARATION: Declaration = Declaration {
        title: "Receiving session",
        prefix: "RCV",
        path: Path {
            states: &[RecordState::Open, RecordState::Receiving, RecordState::Posted, RecordState::Closed],
            posts_stock: true,
        },
        steps: &[
            StepRule::once(Step::Post, RecordState::Receiving),
            StepRule::in_parts(Step::Inspect, RecordState::Posted),
        ],
        work: WorkKind::Receiving,
        approval_completes: false,
        has_lines: true,
        takes_blocked: false,
    };
    type Payload = ReceivingSession;
    type Line = ReceivingLine;

    fn places(payload: &ReceivingSession) -> Vec<&LocationCode> {
        payload.dock.iter().collect()
    }

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        let mut faults = check_payload(sheet, head, floor);
        bind(sheet, floor);
        for (line_no, line) in numbered(&sheet.lines) {
            if line.rejected > line.actual.unwrap_or(line.planned) {
                faults.push(fault(line_no, "rejected", "is more than came"));
            }
            let product = floor.stock.product_by_sku(&line.sku);
            if product.is_some_and(|product| product.check_step(line.rejected).is_err()) {
                faults.push(fault(line_no, "rejected", format!("{} comes in whole steps", line.sku)));
            }
            let ordered = line.order_line.map(|at| order_line(sheet.payload.purchase_order_id, at, floor));
            if ordered.is_some_and(|ordered| ordered.is_none_or(|ordered| ordered.sku != line.sku)) {
                faults.push(fault(line_no, "order_line", "is no line of the purchase order for this sku"));
            }
            let same = sheet
                .lines
                .iter()
                .filter(|other| line.lot.is_some() && (&other.sku, &other.lot) == (&line.sku, &line.lot));
            let others = same
                .filter_map(|other| other.expires_on)
                .any(|day| line.expires_on.is_some_and(|own| own < day));
            if others {
                faults.push(fault(line_no, "expires_on", "differs from that of another line of the lot"));
            }
            let lot = line.lot.as_ref().zip(product);
            let known = lot.and_then(|(lot, product)| floor.stock.lot(product.id, lot)?.expires_on);
            if known.is_some() && line.expires_on.is_some_and(|day| Some(day) != known) {
                faults.push(fault(line_no, "expires_on", "differs from what is known of the lot"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
    }

    /// What waits for inspection keeps the session from closing.
    fn allows(sheet: &Sheet<Self>, _: &Head, to: RecordState) -> bool {
        to != RecordState::Closed || sheet.lines.iter().all(|line| line.waiting().is_zero())
    }

    fn plan(
        sheet: &Sheet<Self>,
        head: &Head,
        asked: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        match asked.step {
            Step::Post => receive(sheet, head, asked, floor),
            Step::Inspect => inspect(sheet, asked, floor),
            step @ (Step::Dispatch
            | Step::Receive
            | Step::Found
            | Step::ReturnToSource
            | Step::WriteOff
            | Step::Unpick
            | Step::Dispose) => {
                Err(OperationsRefusal::UnknownStep { step: Some(step), steps: Self::DECLARATION.steps })
            }
        }
    }

    fn settle(
        sheet: &mut Sheet<Self>,
        head: &Head,
        moved: Moved<'_>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        if moved.step == Step::Post && moved.undone {
            check_no_putaway(head, floor)?;
        }
        let is_damaged = |transfer: &NewTransfer| is_to(transfer, HoldReason::Damaged);
        for (line_no, line) in (1_u32..).zip(&mut sheet.lines) {
            if moved.step == Step::Inspect {
                line.failed = moved.added(line.failed, line_no, is_damaged);
                line.inspected = moved.added(line.inspected, line_no, |transfer| !is_damaged(transfer));
            } else {
                remember(line_no, line, &moved, floor);
            }
        }
        match sheet.payload.purchase_order_id {
            Some(order) => tell_order(order, sheet, &moved, floor),
            None => Ok(()),
        }
    }
}

fn check_payload(sheet: &Sheet<ReceivingSessions>, head: &Head, floor: &Floor<'_, '_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut wrong = |field: &str, why: String| {
        faults.push(Fault { pointer: format!("/payload/{field}"), why });
    };
    let payload = &sheet.payload;
    if head.source.is_some() && payload.purchase_order_id != head.source {
        wrong("purchase_order_id", "stays the order that the session was made from".to_owned());
    }
    match payload.purchase_order_id {
        Some(id) => {
            let order = floor.records.get(id);
            let fits = order.is_some_and(|order| {
                order.module() == Module::PurchaseOrders && order.head.warehouse == head.warehouse
            });
            if !fits {
                wrong("purchase_order_id", format!("is no purchase order of {}", head.warehouse_code));
            }
        }
        None => {
            if let Some(code) = payload.vendor.as_ref().filter(|code| vendor(code, floor).is_none()) {
                wrong("vendor", format!("is {code}, and there is no such vendor"));
            }
        }
    }
    if let Some(code) = &payload.dock {
        let known = floor.stock.location_by_code(code);
        if !known.is_some_and(|dock| dock.warehouse == head.warehouse && dock.active) {
            wrong("dock", format!("is {code}, and {} has no such location in use", head.warehouse_code));
        }
    }
    faults
}

/// A putaway that is planned would take other goods.
fn check_no_putaway(head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    match unfinished(floor, head.id, Module::PutawayTasks).and_then(|id| floor.records.get(id)) {
        Some(task) => {
            let number = task.head.number.to_string();
            let why = format!("{number} would put these goods away: cancel it first.");
            Err(OperationsRefusal::Blocked { why, by: vec![number] })
        }
        None => Ok(()),
    }
}

pub(crate) fn is_to(transfer: &NewTransfer, reason: HoldReason) -> bool {
    matches!(transfer.to, Place::At(_, Bucket::Held(held)) if held == reason)
}

/// Writes down where the goods stand, and what is known of their lot.
fn remember(line_no: u32, line: &mut ReceivingLine, moved: &Moved<'_>, floor: &mut Floor<'_, '_>) {
    let Some(transfer) = moved.transfers.iter().find(|transfer| transfer.record_line == Some(line_no)) else {
        return;
    };
    let at = transfer.to.location().and_then(|location| floor.stock.location(location));
    line.location = at.map(|location| location.code.clone()).or_else(|| line.location.clone());
    let into_qc = |transfer: &NewTransfer| is_to(transfer, HoldReason::Qc);
    line.into_inspection = !moved.undone && !moved.of_line(line_no, into_qc).is_zero();
    if !moved.undone {
        floor.stock.register_lot(transfer.product, &transfer.lot, line.expires_on, floor.context);
    }
}

/// Where the goods of a line stand.
fn place<'f>(
    line: &ReceivingLine,
    sheet: &Sheet<ReceivingSessions>,
    head: &Head,
    floor: &'f Floor<'_, '_>,
) -> Result<&'f Location, OperationsRefusal> {
    let stock = &floor.stock;
    let said = line.location.as_ref().or(sheet.payload.dock.as_ref());
    let found = match said {
        Some(code) => stock.location_by_code(code),
        None => stock.first_of_kind(head.warehouse, LocationKind::Receiving).or_else(|| {
            let warehouse = stock.warehouses().find(|warehouse| warehouse.id == head.warehouse)?;
            stock.location(warehouse.default_location?)
        }),
    };
    let in_use = found.filter(|location| location.active && location.warehouse == head.warehouse);
    in_use.ok_or_else(|| StockRefusal::UnknownLocation { code: said.cloned() }.into())
}

/// Vendor → held (putaway; qc where the product wants inspection), straight to available on storage; what is rejected
/// → held damaged.
fn receive(
    sheet: &Sheet<ReceivingSessions>,
    head: &Head,
    asked: Asked<'_>,
    floor: &Floor<'_, '_>,
) -> Result<Plan, OperationsRefusal> {
    if let Some(order) = sheet.payload.purchase_order_id {
        let (_, order) = open_order(order, floor)?;
        if !asked.may_exceed {
            check_tolerance(sheet, order, floor)?;
        }
    }
    let mut transfers = Vec::new();
    for (line_no, line) in numbered(&sheet.lines) {
        let product = product(&line.sku, floor)?;
        let location = place(line, sheet, head, floor)?;
        let bucket = match location.kind {
            _ if product.needs_inspection => Bucket::Held(HoldReason::Qc),
            LocationKind::Storage => Bucket::Available,
            LocationKind::Receiving
            | LocationKind::Quality
            | LocationKind::Staging
            | LocationKind::Packing
            | LocationKind::Returns
            | LocationKind::Transit => Bucket::Held(HoldReason::Putaway),
        };
        let ordered = line.order_line.and_then(|at| order_line(sheet.payload.purchase_order_id, at, floor));
        let unit_cost = line.unit_cost.or_else(|| ordered?.unit_cost);
        let parts = [(line.accepted(), bucket), (line.rejected, Bucket::Held(HoldReason::Damaged))];
        transfers.extend(parts.into_iter().filter_map(|(quantity, bucket)| {
            Some(NewTransfer {
                product: product.id,
                lot: line.lot.clone().unwrap_or_else(Lot::none),
                quantity: quantity.positive()?,
                from: Place::Outside(Party::Vendor),
                to: Place::At(location.id, bucket),
                record_line: Some(line_no),
                unit_cost,
            })
        }));
    }
    Ok(Plan { kind: MovementKind::Receipt, transfers, completes: true })
}

/// Held qc → held putaway, or available on storage; what fails → held damaged.
fn inspect(
    sheet: &Sheet<ReceivingSessions>,
    asked: Asked<'_>,
    floor: &Floor<'_, '_>,
) -> Result<Plan, OperationsRefusal> {
    let (mut transfers, mut faults) = (Vec::new(), Vec::new());
    let mut seen = std::collections::BTreeSet::new();
    let all = parts_of_all(&sheet.lines, asked.parts, ReceivingLine::waiting);
    for (at, part) in numbered(&all) {
        let line = place_of_line(part.line_no).and_then(|place| sheet.lines.get(place));
        let Some(line) = line.filter(|_| seen.insert(part.line_no)) else {
            faults.push(fault(at, "line_no", "is no line of this record, or stands twice"));
            continue;
        };
        if part.to.is_some() || part.disposition.is_some() {
            faults.push(fault(at, "", "has no place and no disposition in an inspection"));
        }
        let product = product(&line.sku, floor)?;
        let sum = part.quantity.saturating_add(part.rejected);
        if sum > line.waiting() {
            faults.push(fault(at, "", format!("is more than waits for inspection: {}", line.waiting())));
            continue;
        }
        if [part.quantity, part.rejected].into_iter().any(|part| product.check_step(part).is_err()) {
            faults.push(fault(at, "", format!("{} comes in whole steps", line.sku)));
            continue;
        }
        let location = line.location.as_ref().and_then(|code| floor.stock.location_by_code(code));
        let Some(location) = location else { continue };
        let good = if location.kind == LocationKind::Storage {
            Bucket::Available
        } else {
            Bucket::Held(HoldReason::Putaway)
        };
        let parts = [(part.quantity, good), (part.rejected, Bucket::Held(HoldReason::Damaged))];
        transfers.extend(parts.into_iter().filter_map(|(quantity, bucket)| {
            Some(NewTransfer {
                product: product.id,
                lot: line.lot.clone().unwrap_or_else(Lot::none),
                quantity: quantity.positive()?,
                from: Place::At(location.id, Bucket::Held(HoldReason::Qc)),
                to: Place::At(location.id, bucket),
                record_line: Some(part.line_no),
                unit_cost: None,
            })
        }));
    }
    if !faults.is_empty() {
        return Err(OperationsRefusal::Invalid(faults));
    }
    Ok(Plan { kind: MovementKind::Inspection, transfers, completes: false })
}

impl Sheet<ReceivingSessions> {
    /// What of a line has come so far that it can be put away: all that was accepted, or of what wants inspection, what
    /// has passed.
    pub(crate) fn ready(line: &ReceivingLine, floor: &Floor<'_, '_>) -> Quantity {
        let location = line.location.as_ref().and_then(|code| floor.stock.location_by_code(code));
        if location.is_none_or(|location| location.kind == LocationKind::Storage) {
            return Quantity::ZERO;
        }
        if line.into_inspection { line.inspected } else { line.accepted() }
    }
}
