//! What a record says, in the words of the program and in those of the reference: one into the other and back.

use inventory::{LocationCode, Lot, Sku};
use kernel::{Day, PositiveQuantity, Quantity, RecordId, ReservationId, Version};
use operations::modules::{
    Adjustment, AdjustmentLine, ComponentLine, CountLine, CustomerReturn, CycleCount, GoodsLine,
    GoodsTransfer, KitAssembly, PurchaseOrder, PurchaseOrderLine, PutawayLine, PutawayTask, ReasonCode,
    ReceivingLine, ReceivingSession, ReturnLine, TransferLine,
};
use operations::{Body, Module};

use crate::catalogue::{KIT, LOTS, PEOPLE, PLACES, PRODUCTS, VENDOR, WAREHOUSES};
use crate::reference::{Line, Payload, Sheet};

/// The names that the store gave, in the order in which things were made.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) reservations: Vec<ReservationId>,
    pub(crate) records: Vec<RecordId>,
}

fn sku(product: usize) -> Sku {
    PRODUCTS[product].sku.parse().unwrap()
}

pub(crate) fn code(place: usize) -> LocationCode {
    PLACES[place].code.parse().unwrap()
}

fn lot(lot: &str) -> Option<Lot> {
    (!lot.is_empty()).then(|| lot.parse().unwrap())
}

pub(crate) fn quantity(micros: i64) -> Quantity {
    Quantity::from_micros(micros).unwrap()
}

fn positive(micros: i64) -> PositiveQuantity {
    quantity(micros).positive().unwrap()
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap() + 1
}

fn product_of(sku: &Sku) -> usize {
    PRODUCTS.iter().position(|product| product.sku == sku.as_str()).unwrap()
}

fn place_of(code: &LocationCode) -> usize {
    PLACES.iter().position(|place| place.code == code.as_str()).unwrap()
}

pub(crate) fn lot_of(lot: Option<&Lot>) -> &'static str {
    let known = LOTS.iter().map(|(name, _)| *name);
    lot.map_or("", |lot| known.into_iter().find(|name| *name == lot.as_str()).unwrap_or("?"))
}

fn at(line_no: u32) -> usize {
    usize::try_from(line_no).unwrap() - 1
}

impl Book {
    fn promise(&self, id: ReservationId, line_no: u32) -> Option<(usize, usize)> {
        Some((self.reservations.iter().position(|known| *known == id).unwrap(), at(line_no)))
    }

    pub(crate) fn record(&self, id: RecordId) -> usize {
        self.records.iter().position(|known| *known == id).unwrap()
    }

    /// What a caller sends for a sheet of the reference. Picks, packages and shipments are made from others.
    pub(crate) fn body(&self, module: Module, sheet: &Sheet) -> Body {
        let (payload, lines) = (&sheet.payload, sheet.lines.iter());
        match module {
            Module::PurchaseOrders => Body::PurchaseOrders(operations::Sheet {
                payload: order(),
                lines: lines.map(ordered).collect(),
            }),
            Module::ReceivingSessions => {
                let payload = ReceivingSession {
                    purchase_order_id: payload.order.map(|order| self.records[order]),
                    vendor: None,
                    dock: payload.dock.map(code),
                    reference: None,
                };
                Body::ReceivingSessions(operations::Sheet { payload, lines: lines.map(coming).collect() })
            }
            Module::PutawayTasks => {
                let payload = PutawayTask { receiving_session_id: None };
                Body::PutawayTasks(operations::Sheet { payload, lines: lines.map(put_away).collect() })
            }
            Module::Transfers => {
                let payload = GoodsTransfer {
                    to_warehouse: payload.goal.map(|goal| WAREHOUSES[goal].parse().unwrap()),
                    transit: None,
                    direct: payload.is_direct,
                };
                Body::Transfers(operations::Sheet { payload, lines: lines.map(moving).collect() })
            }
            Module::Adjustments => {
                let payload = Adjustment { reason_code: ReasonCode::Correction, note: None };
                Body::Adjustments(operations::Sheet { payload, lines: lines.map(corrected).collect() })
            }
            Module::Returns => {
                let payload = CustomerReturn::default();
                let lines = lines.map(|line| self.coming_back(line)).collect();
                Body::Returns(operations::Sheet { payload, lines })
            }
            Module::CycleCounts => {
                let tolerance_percent = payload.tolerance.map(quantity);
                let payload = CycleCount { tolerance_percent, ..CycleCount::default() };
                Body::CycleCounts(operations::Sheet { payload, lines: lines.map(counted).collect() })
            }
            Module::KitAssemblies => {
                let payload = KitAssembly {
                    sku: sku(KIT),
                    quantity: positive(payload.kits),
                    lot: None,
                    location: payload.kits_at.map(code),
                    disassemble: payload.is_apart,
                };
                Body::KitAssemblies(operations::Sheet { payload, lines: lines.map(part).collect() })
            }
            _ => unreachable!("nobody writes {module:?}"),
        }
    }

    fn coming_back(&self, line: &Line) -> ReturnLine {
        let (reservation, row) = line.promise.unwrap();
        ReturnLine {
            reservation_id: Some(self.reservations[reservation]),
            reservation_line: Some(number(row)),
            from: None,
            hold_reason: None,
            sku: sku(line.product),
            lot: lot(line.lot),
            planned: quantity(line.planned),
            actual: line.actual.map(quantity),
            why: None,
            undisposed: Quantity::ZERO,
        }
    }

    /// What the store has, as the reference says it.
    pub(crate) fn sheet(&self, body: &Body) -> Sheet {
        let none = Payload::default();
        match body {
            Body::PurchaseOrders(sheet) => {
                let payload = Payload { is_complete: sheet.payload.received_in_full, ..none };
                Sheet { payload, lines: sheet.lines.iter().map(order_line).collect() }
            }
            Body::ReceivingSessions(sheet) => {
                let order = sheet.payload.purchase_order_id.map(|id| self.record(id));
                let dock = sheet.payload.dock.as_ref().map(place_of);
                Sheet {
                    payload: Payload { order, dock, ..none },
                    lines: sheet.lines.iter().map(receiving_line).collect(),
                }
            }
            Body::PutawayTasks(sheet) => {
                Sheet { payload: none, lines: sheet.lines.iter().map(putaway_line).collect() }
            }
            Body::PickTasks(sheet) => self.goods(&sheet.lines, none),
            Body::PackSessions(sheet) => self.goods(&sheet.lines, none),
            Body::ShipConfirmations(sheet) => {
                self.goods(&sheet.lines, Payload { has_carrier: sheet.payload.carrier.is_some(), ..none })
            }
            Body::Transfers(sheet) => {
                let goal = sheet.payload.to_warehouse.as_ref();
                let goal =
                    goal.map(|goal| WAREHOUSES.iter().position(|code| *code == goal.as_str()).unwrap());
                Sheet {
                    payload: Payload { goal, is_direct: sheet.payload.direct, ..none },
                    lines: sheet.lines.iter().map(transfer_line).collect(),
                }
            }
            Body::Adjustments(sheet) => {
                Sheet { payload: none, lines: sheet.lines.iter().map(adjustment_line).collect() }
            }
            Body::Returns(sheet) => {
                let line = |line: &ReturnLine| Line {
                    promise: self.promise(line.reservation_id.unwrap(), line.reservation_line.unwrap()),
                    waits: line.undisposed.micros(),
                    ..row(&line.sku, line.lot.as_ref(), None, (line.planned, line.actual))
                };
                Sheet { payload: none, lines: sheet.lines.iter().map(line).collect() }
            }
            Body::CycleCounts(sheet) => {
                let tolerance = sheet.payload.tolerance_percent.map(Quantity::micros);
                Sheet {
                    payload: Payload { tolerance, ..none },
                    lines: sheet.lines.iter().map(count_line).collect(),
                }
            }
            Body::KitAssemblies(sheet) => {
                let payload = Payload {
                    kits: sheet.payload.quantity.get().micros(),
                    kits_at: sheet.payload.location.as_ref().map(place_of),
                    is_apart: sheet.payload.disassemble,
                    ..none
                };
                let line = |line: &ComponentLine| {
                    let quantities = (line.planned.get(), line.actual);
                    row(&line.sku, line.lot.as_ref(), line.location.as_ref(), quantities)
                };
                Sheet { payload, lines: sheet.lines.iter().map(line).collect() }
            }
            Body::Vendors(_) => Sheet::default(),
        }
    }

    fn goods(&self, lines: &[GoodsLine], payload: Payload) -> Sheet {
        let line = |line: &GoodsLine| Line {
            promise: self.promise(line.reservation_id, line.reservation_line),
            source_line: line.source_line.map(at),
            unpicked: line.unpicked.micros(),
            ..row(&line.sku, line.lot.as_ref(), Some(&line.from), (line.planned.get(), line.actual))
        };
        Sheet { payload, lines: lines.iter().map(line).collect() }
    }
}

fn order() -> PurchaseOrder {
    PurchaseOrder {
        vendor: VENDOR.parse().unwrap(),
        expected_on: None,
        vendor_reference: None,
        received_in_full: false,
    }
}

fn ordered(line: &Line) -> PurchaseOrderLine {
    PurchaseOrderLine {
        sku: sku(line.product),
        planned: positive(line.planned),
        unit_cost: None,
        expected_on: None,
        received: Quantity::ZERO,
        rejected: Quantity::ZERO,
    }
}

fn coming(line: &Line) -> ReceivingLine {
    ReceivingLine {
        sku: sku(line.product),
        planned: quantity(line.planned),
        actual: line.actual.map(quantity),
        rejected: quantity(line.rejected),
        lot: lot(line.lot),
        expires_on: line.date.map(Day::of),
        location: line.place.map(code),
        unit_cost: None,
        order_line: line.order_line.map(number),
        into_inspection: false,
        inspected: Quantity::ZERO,
        failed: Quantity::ZERO,
    }
}

fn put_away(line: &Line) -> PutawayLine {
    PutawayLine {
        sku: sku(line.product),
        lot: lot(line.lot),
        from: code(line.place.unwrap()),
        to: line.to.map(code),
        planned: positive(line.planned),
        actual: line.actual.map(quantity),
        source_line: None,
    }
}

fn moving(line: &Line) -> TransferLine {
    TransferLine {
        sku: sku(line.product),
        lot: lot(line.lot),
        from: code(line.place.unwrap()),
        to: line.to.map(code),
        hold_reason: line.reason,
        reserved: false,
        planned: positive(line.planned),
        actual: line.actual.map(quantity),
        in_transit: Quantity::ZERO,
        received: Quantity::ZERO,
        returned: Quantity::ZERO,
        written_off: Quantity::ZERO,
    }
}

fn corrected(line: &Line) -> AdjustmentLine {
    AdjustmentLine {
        sku: sku(line.product),
        lot: lot(line.lot),
        location: code(line.place.unwrap()),
        change: line.change.unwrap(),
        planned: positive(line.planned),
        hold_reason: line.reason,
        expires_on: None,
        unit_cost: None,
    }
}

fn counted(line: &Line) -> CountLine {
    CountLine {
        sku: sku(line.product),
        lot: lot(line.lot),
        location: code(line.place.unwrap()),
        actual: line.actual.map(quantity),
        expected: None,
        counted_version: None,
        counted_by: None,
        counters: std::collections::BTreeSet::new(),
        counts: 0,
    }
}

fn part(line: &Line) -> ComponentLine {
    ComponentLine {
        sku: sku(line.product),
        lot: lot(line.lot),
        location: line.place.map(code),
        planned: positive(line.planned),
        actual: line.actual.map(quantity),
    }
}

/// What most lines have.
fn row(
    sku: &Sku,
    lot: Option<&Lot>,
    place: Option<&LocationCode>,
    (planned, actual): (Quantity, Option<Quantity>),
) -> Line {
    Line {
        product: product_of(sku),
        lot: lot_of(lot),
        place: place.map(place_of),
        planned: planned.micros(),
        actual: actual.map(Quantity::micros),
        ..Line::default()
    }
}

fn order_line(line: &PurchaseOrderLine) -> Line {
    let (came, no_good) = (line.received.micros(), line.rejected.micros());
    Line { came, no_good, ..row(&line.sku, None, None, (line.planned.get(), None)) }
}

fn receiving_line(line: &ReceivingLine) -> Line {
    Line {
        rejected: line.rejected.micros(),
        date: line.expires_on.map(Day::begins),
        order_line: line.order_line.map(at),
        is_inspected: line.into_inspection,
        passed: line.inspected.micros(),
        failed: line.failed.micros(),
        ..row(&line.sku, line.lot.as_ref(), line.location.as_ref(), (line.planned, line.actual))
    }
}

fn putaway_line(line: &PutawayLine) -> Line {
    let (to, source_line) = (line.to.as_ref().map(place_of), line.source_line.map(at));
    let quantities = (line.planned.get(), line.actual);
    Line { to, source_line, ..row(&line.sku, line.lot.as_ref(), Some(&line.from), quantities) }
}

fn transfer_line(line: &TransferLine) -> Line {
    Line {
        to: line.to.as_ref().map(place_of),
        reason: line.hold_reason,
        on_way: line.in_transit.micros(),
        arrived: line.received.micros(),
        went_back: line.returned.micros(),
        lost: line.written_off.micros(),
        ..row(&line.sku, line.lot.as_ref(), Some(&line.from), (line.planned.get(), line.actual))
    }
}

fn adjustment_line(line: &AdjustmentLine) -> Line {
    let (change, reason) = (Some(line.change), line.hold_reason);
    Line {
        change,
        reason,
        ..row(&line.sku, line.lot.as_ref(), Some(&line.location), (line.planned.get(), None))
    }
}

fn count_line(line: &CountLine) -> Line {
    let by = line.counted_by.as_ref();
    Line {
        expected: line.expected.unwrap_or_default().micros(),
        counted_version: line.counted_version.map(|Version(version)| version),
        counted_by: by.map(person_of),
        counters: line.counters.iter().map(person_of).collect(),
        counts: line.counts,
        ..row(&line.sku, line.lot.as_ref(), Some(&line.location), (Quantity::ZERO, line.actual))
    }
}

fn person_of(by: &kernel::ActorId) -> usize {
    PEOPLE.iter().position(|name| *name == by.as_str()).unwrap()
}
