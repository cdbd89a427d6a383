//! Receiving sessions: goods at the dock, counted, accepted or rejected, and inspected where the product wants it.

use inventory::{
    Bucket, HoldReason, Location, LocationCode, LocationKind, Lot, MovementKind, Name, NewTransfer, Party,
    Place, Product, Sku, StockRefusal,
};
use kernel::{Day, Money, Quantity, RecordId};
use serde::{Deserialize, Serialize};

use super::vendors::vendor;
use super::{PurchaseOrderLine, PurchaseOrders, VendorCode};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{
    Asked, Declaration, Kind, Moved, Plan, Sheet, SheetLine, Step, StepRule, fault, numbered,
};
use crate::{Body, Fault, Floor, Head, Module, OperationsRefusal, OverReceipt, RecordState, WorkKind};

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

    /// What waits for inspection, where the product wants it.
    fn waiting(&self) -> Quantity {
        self.accepted().saturating_sub(self.inspected).saturating_sub(self.failed)
    }
}

impl SheetLine for ReceivingLine {
    const ACTUALS: &'static [&'static str] = &["actual", "rejected", "lot", "expires_on", "location"];
    const COMPUTED: &'static [&'static str] = &["inspected", "failed"];

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
            StepRule { step: Step::Post, from: RecordState::Receiving, in_parts: false },
            StepRule { step: Step::Inspect, from: RecordState::Posted, in_parts: true },
        ],
        work: WorkKind::Receiving,
        approval_completes: false,
        has_lines: true,
    };
    type Payload = ReceivingSession;
    type Line = ReceivingLine;

    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        check_lines(&sheet.lines, head, floor)?;
        let mut faults = Vec::new();
        if let Some(code) = &sheet.payload.vendor
            && vendor(code, floor).is_none()
        {
            let why = format!("there is no vendor {code}");
            faults.push(Fault { pointer: "/payload/vendor".to_owned(), why });
        }
        if let Some(code) = &sheet.payload.dock {
            let known = floor.stock.location_by_code(code);
            if !known.is_some_and(|dock| dock.warehouse == head.warehouse && dock.active) {
                let why = format!("{} has no location {code} in use", head.warehouse_code);
                faults.push(Fault { pointer: "/payload/dock".to_owned(), why });
            }
        }
        for (line_no, line) in numbered(&sheet.lines) {
            if line.rejected > line.actual.unwrap_or(line.planned) {
                faults.push(fault(line_no, "rejected", "is more than came"));
            }
            let ordered = line.order_line.map(|at| order_line(sheet.payload.purchase_order_id, at, floor));
            if ordered.is_some_and(|ordered| ordered.is_none_or(|ordered| ordered.sku != line.sku)) {
                faults.push(fault(line_no, "order_line", "is no line of the purchase order for this sku"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
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
            | Step::Dispose) => {
                Err(OperationsRefusal::UnknownStep { step: Some(step), steps: Self::DECLARATION.steps })
            }
        }
    }

    fn settle(
        sheet: &mut Sheet<Self>,
        _: &Head,
        moved: Moved<'_>,
        floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
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

fn is_to(transfer: &NewTransfer, reason: HoldReason) -> bool {
    matches!(transfer.to, Place::At(_, Bucket::Held(held)) if held == reason)
}

/// Writes down where the goods stand, and what is known of their lot.
fn remember(line_no: u32, line: &mut ReceivingLine, moved: &Moved<'_>, floor: &mut Floor<'_, '_>) {
    let Some(transfer) = moved.transfers.iter().find(|transfer| transfer.record_line == Some(line_no)) else {
        return;
    };
    let at = transfer.to.location().and_then(|location| floor.stock.location(location));
    line.location = at.map(|location| location.code.clone()).or_else(|| line.location.clone());
    if !moved.undone {
        floor.stock.register_lot(transfer.product, &transfer.lot, line.expires_on, floor.context);
    }
}

fn order_line<'f>(
    order: Option<RecordId>,
    line_no: u32,
    floor: &'f Floor<'_, '_>,
) -> Option<&'f PurchaseOrderLine> {
    let at = usize::try_from(line_no.checked_sub(1)?).ok()?;
    let Body::PurchaseOrders(sheet) = &floor.records.get(order?)?.body else { return None };
    sheet.lines.get(at)
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
    found.ok_or_else(|| StockRefusal::UnknownLocation { code: said.cloned() }.into())
}

fn product<'f>(sku: &Sku, floor: &'f Floor<'_, '_>) -> Result<&'f Product, OperationsRefusal> {
    let unknown = || StockRefusal::UnknownSku { skus: vec![sku.clone()] };
    floor.stock.product_by_sku(sku).ok_or_else(|| unknown().into())
}

/// Vendor → held (putaway; qc where the product wants inspection), straight to available on storage; what is rejected
/// → held damaged.
fn receive(
    sheet: &Sheet<ReceivingSessions>,
    head: &Head,
    asked: Asked<'_>,
    floor: &Floor<'_, '_>,
) -> Result<Plan, OperationsRefusal> {
    if !asked.may_exceed {
        check_tolerance(sheet, floor)?;
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

/// Percent of the order line over all its receipts: of the vendor, else none.
fn check_tolerance(sheet: &Sheet<ReceivingSessions>, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
    let Some(order) = sheet.payload.purchase_order_id.and_then(|id| floor.records.get(id)) else {
        return Ok(());
    };
    let Body::PurchaseOrders(order) = &order.body else { return Ok(()) };
    let percent = vendor(&order.payload.vendor, floor).and_then(|(_, vendor)| vendor.over_receipt_percent);
    let mut over = Vec::new();
    for (line_no, ordered) in numbered(&order.lines) {
        let of_line = sheet.lines.iter().filter(|line| line.order_line == Some(line_no));
        let now = of_line.fold(Quantity::ZERO, |sum, line| sum.saturating_add(line.accepted()));
        let before = ordered.received.saturating_sub(ordered.rejected);
        let extra = ordered.planned.get().percent(percent.unwrap_or_default());
        let most = ordered.planned.get().saturating_add(extra);
        if !now.is_zero() && before.saturating_add(now) > most {
            over.push(OverReceipt {
                line_no,
                sku: ordered.sku.clone(),
                ordered: ordered.planned.get(),
                received_before: before,
                received_now: now,
                most,
            });
        }
    }
    if over.is_empty() { Ok(()) } else { Err(OperationsRefusal::OverReceipt { lines: over }) }
}

/// Held qc → held putaway, or available on storage; what fails → held damaged.
fn inspect(
    sheet: &Sheet<ReceivingSessions>,
    asked: Asked<'_>,
    floor: &Floor<'_, '_>,
) -> Result<Plan, OperationsRefusal> {
    let (mut transfers, mut faults) = (Vec::new(), Vec::new());
    let mut seen = std::collections::BTreeSet::new();
    for (at, part) in numbered(asked.parts) {
        let place = usize::try_from(part.line_no.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(line) = sheet.lines.get(place).filter(|_| seen.insert(part.line_no)) else {
            faults.push(fault(at, "line_no", "is no line of this record, or stands twice"));
            continue;
        };
        let product = product(&line.sku, floor)?;
        let sum = part.quantity.saturating_add(part.rejected);
        if !product.needs_inspection || sum > line.waiting() {
            let waiting = if product.needs_inspection { line.waiting() } else { Quantity::ZERO };
            faults.push(fault(at, "quantity", format!("is more than waits for inspection: {waiting}")));
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

/// The order counts what came and what was rejected. It closes by itself when nothing is owed, and opens again when a
/// receipt is undone.
fn tell_order(
    id: RecordId,
    sheet: &Sheet<ReceivingSessions>,
    moved: &Moved<'_>,
    floor: &mut Floor<'_, '_>,
) -> Result<(), OperationsRefusal> {
    let mut record = floor.records.of(Module::PurchaseOrders, id, None)?.clone();
    let Body::PurchaseOrders(order) = &mut record.body else { return Ok(()) };
    for (line_no, line) in numbered(&sheet.lines) {
        let Some(at) = line.order_line.and_then(|at| usize::try_from(at.checked_sub(1)?).ok()) else {
            continue;
        };
        let Some(ordered) = order.lines.get_mut(at) else { continue };
        if moved.step == Step::Post {
            ordered.received = moved.added(ordered.received, line_no, |_| true);
        }
        let is_rejected = |transfer: &NewTransfer| is_to(transfer, HoldReason::Damaged);
        ordered.rejected = moved.added(ordered.rejected, line_no, is_rejected);
    }
    let is_complete = order.is_complete();
    let head = &mut record.head;
    let had_closed_itself = std::mem::replace(&mut order.payload.received_in_full, is_complete);
    match head.state {
        RecordState::Ordered | RecordState::Receiving => {
            head.state = if is_complete { RecordState::Closed } else { RecordState::Receiving };
        }
        RecordState::Closed if had_closed_itself && !is_complete => head.state = RecordState::Receiving,
        RecordState::Closed => order.payload.received_in_full = had_closed_itself,
        RecordState::Open
        | RecordState::Approved
        | RecordState::InProgress
        | RecordState::Posted
        | RecordState::Blocked
        | RecordState::Cancelled => order.payload.received_in_full = false,
    }
    floor.save(record, if moved.undone { "receipt_reversed" } else { "received" }, None);
    Ok(())
}

impl Sheet<ReceivingSessions> {
    /// What of a line has come so far that it can be put away: all that was accepted, or of what wants inspection, what
    /// has passed.
    pub(crate) fn ready(line: &ReceivingLine, floor: &Floor<'_, '_>) -> Result<Quantity, OperationsRefusal> {
        let product = product(&line.sku, floor)?;
        let location = line.location.as_ref().and_then(|code| floor.stock.location_by_code(code));
        if location.is_none_or(|location| location.kind == LocationKind::Storage) {
            return Ok(Quantity::ZERO);
        }
        Ok(if product.needs_inspection { line.inspected } else { line.accepted() })
    }
}

/// The order that a session belongs to, where goods may still come for it.
pub(crate) fn open_order<'f>(
    id: RecordId,
    floor: &'f Floor<'_, '_>,
) -> Result<(&'f Head, &'f Sheet<PurchaseOrders>), OperationsRefusal> {
    let record = floor.records.of(Module::PurchaseOrders, id, None)?;
    let head = &record.head;
    let Body::PurchaseOrders(sheet) = &record.body else {
        return Err(OperationsRefusal::RecordNotFound { module: Module::PurchaseOrders, id: id.to_string() });
    };
    if !matches!(head.state, RecordState::Ordered | RecordState::Receiving) {
        let (what, allowed) = (head.number.to_string(), record.allowed());
        return Err(OperationsRefusal::InvalidTransition { what, from: head.state, to: None, allowed });
    }
    Ok((head, sheet))
}
