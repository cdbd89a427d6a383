//! Pick tasks from reservations: what they hold and nobody picks yet.

use std::collections::{BTreeMap, BTreeSet};

use inventory::{LocationKind, StockRefusal, WarehouseCode};
use kernel::{RecordId, ReservationId, Source};
use reservations::{OrderRef, ReservationRefusal, held_stock};

use crate::create_record::make;
use crate::modules::{GoodsLine, PickTask, Strategy};
use crate::{Body, CreateRecord, Floor, Module, OperationsRefusal, Priority, RecordState, Sheet};

/// Which reservations are picked.
#[derive(Debug, Clone)]
pub enum PickWhich {
    /// Those of these orders of the asking system.
    Orders(Vec<OrderRef>),
    /// These.
    Reservations(Vec<ReservationId>),
    /// The oldest of a warehouse (none: the default one), at most so many.
    Warehouse(Option<WarehouseCode>, usize),
}

/// Make pick tasks from active reservations.
#[derive(Debug, Clone)]
pub struct GeneratePickTasks {
    /// Which.
    pub which: PickWhich,
    /// The system that asks: its order references are meant.
    pub source: Source,
    /// How their goods are put together.
    pub strategy: Strategy,
}

/// What was made, or was there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct PickTasksMade {
    pub records: Vec<RecordId>,
    pub is_new: bool,
}

/// The most lines of a pick task: more than anybody walks for.
const MOST_LINES: usize = 2000;

/// Makes pick tasks for what the reservations hold on storage and no other pick that is open or in progress has, in
/// walking order: by pick priority, then by code. Where all of them are on such picks, it answers those.
///
/// # Errors
/// [`ReservationRefusal::NotFound`] and [`ReservationRefusal::NotActive`] for those that are named,
/// [`OperationsRefusal::NothingLeft`].
pub fn generate_pick_tasks(
    floor: &mut Floor<'_, '_>,
    command: &GeneratePickTasks,
) -> Result<PickTasksMade, OperationsRefusal> {
    let wanted = wanted(floor, command)?;
    let mut there = BTreeSet::new();
    let mut found = Vec::new();
    for id in &wanted {
        let on_picks = floor.records.on_reservation(*id, Module::PickTasks);
        let is_open = |state: RecordState| !state.is_final() && state != RecordState::Posted;
        let unfinished = on_picks.into_iter().filter(|record| is_open(record.head.state));
        let unfinished: Vec<_> = unfinished.map(|record| record.head.id).collect();
        if unfinished.is_empty() {
            found.extend(goods(floor, *id));
        }
        there.extend(unfinished);
    }
    if found.is_empty() {
        if there.is_empty() {
            return Err(OperationsRefusal::NothingLeft { number: "these reservations".to_owned() });
        }
        return Ok(PickTasksMade { records: there.into_iter().collect(), is_new: false });
    }
    found.sort_by(|one, other| one.walk.cmp(&other.walk));
    let mut groups: BTreeMap<(WarehouseCode, String), Vec<GoodsLine>> = BTreeMap::new();
    for goods in found {
        let group = match command.strategy {
            Strategy::Batch => String::new(),
            Strategy::Single => goods.line.reservation_id.to_string(),
            Strategy::Zone => goods.line.from.as_str().split('-').next().unwrap_or_default().to_owned(),
        };
        groups.entry((goods.warehouse, group)).or_default().push(goods.line);
    }
    let mut records = Vec::new();
    for ((warehouse, _), lines) in groups {
        for lines in lines.chunks(MOST_LINES) {
            let payload = PickTask { strategy: Some(command.strategy), staging: None };
            let create = CreateRecord {
                body: Body::PickTasks(Sheet { payload, lines: lines.to_vec() }),
                warehouse: Some(warehouse.clone()),
                priority: Priority::Normal,
                assignee: None,
                due_at: None,
            };
            records.push(make(floor, &create, None)?);
        }
    }
    Ok(PickTasksMade { records, is_new: true })
}

fn wanted(
    floor: &Floor<'_, '_>,
    command: &GeneratePickTasks,
) -> Result<Vec<ReservationId>, OperationsRefusal> {
    match &command.which {
        PickWhich::Orders(orders) => {
            let of_order = |order: &OrderRef| {
                let unknown = || ReservationRefusal::NoneOfOrder { order: order.clone() };
                let found = floor.reservations.active_of(&command.source, order);
                Ok(found.map(|found| found.id).ok_or_else(unknown)?)
            };
            orders.iter().map(of_order).collect()
        }
        PickWhich::Reservations(ids) => {
            let active = |id: &ReservationId| Ok(floor.reservations.active(*id, None)?.id);
            ids.iter().map(active).collect()
        }
        PickWhich::Warehouse(code, most) => {
            let unknown = || StockRefusal::UnknownWarehouse { code: code.clone() };
            let warehouse = floor.stock.warehouse(code.as_ref()).ok_or_else(unknown)?.id;
            Ok(floor.reservations.active_in(warehouse).into_iter().take(*most).collect())
        }
    }
}

struct Goods {
    walk: (i32, String, ReservationId, u32),
    warehouse: WarehouseCode,
    line: GoodsLine,
}

/// What a reservation holds free on storage.
fn goods(floor: &Floor<'_, '_>, id: ReservationId) -> Vec<Goods> {
    let Some(reservation) = floor.reservations.get(id) else { return Vec::new() };
    let mut found = Vec::new();
    for held in held_stock(floor.stock, reservation) {
        let place = floor.stock.location(held.key.location);
        let place = place.filter(|place| place.kind == LocationKind::Storage);
        let product = floor.stock.product(held.key.product);
        let (Some(place), Some(product), Some(planned)) = (place, product, held.free.positive()) else {
            continue;
        };
        found.push(Goods {
            walk: (place.pick_priority, place.code.to_string(), id, held.line_no),
            warehouse: reservation.warehouse_code.clone(),
            line: GoodsLine {
                reservation_id: id,
                reservation_line: held.line_no,
                order_ref: Some(reservation.order_ref.clone()),
                sku: product.sku.clone(),
                lot: Some(held.key.lot).filter(|lot| !lot.is_none()),
                from: held.location,
                planned,
                actual: None,
                package: None,
                picked_lot: None,
                override_reason: None,
                source_line: None,
                unpicked: kernel::Quantity::ZERO,
            },
        });
    }
    found
}
