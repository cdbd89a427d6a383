//! Whether the store and the reference are the same: every row that the reference knows of.

use std::collections::{BTreeMap, BTreeSet};

use commands::testing::{Database, Transaction};
use inventory::{BalanceKey, HoldReason, Party, Place, StockNeeds, StockSet};
use kernel::{LocationId, ProductId, RecordId, StoreError, Timestamp};
use operations::{Module, RecordNeeds, RecordSet, RecordState, Step, WorkState};
use reservations::{Reservation, ReservationState};

use crate::catalogue::{PEOPLE, PLACES, PRODUCTS, WAREHOUSES};
use crate::forms::{Book, lot_of};
use crate::reference::{Counts, Held, Key, Order, Promise, Record, Reference, Sheet, Shelf, State};
use crate::verbs::{Known, Moved, Reserved, Seen, SeenPosting};

/// The numbers that the store gave to the catalogue.
#[derive(Debug, Default)]
pub(crate) struct Names {
    products: BTreeMap<ProductId, usize>,
    places: BTreeMap<LocationId, usize>,
}

/// A reservation, in words that both sides have.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    order: String,
    state: State,
    version: i64,
    expires_at: Option<Timestamp>,
    lines: Vec<ShownLine>,
}

/// Product, requested, short, released, consumed, what is to come back, and where what is reserved stands.
type ShownLine = (usize, i64, i64, i64, i64, i64, Vec<Held>);

/// A record, and the work that it is.
#[derive(Debug, PartialEq, Eq)]
struct ShownRecord {
    module: Module,
    warehouse: usize,
    state: RecordState,
    blocked_from: Option<RecordState>,
    version: i64,
    source: Option<usize>,
    maker: usize,
    work: WorkState,
    /// The steps that were posted, and whether each was undone.
    postings: Vec<(Step, bool)>,
    sheet: Sheet,
}

impl Names {
    /// Reads them.
    pub(crate) fn read(database: &mut dyn Database) -> Result<Self, StoreError> {
        let needs = StockNeeds {
            skus: PRODUCTS.iter().map(|product| product.sku.parse().unwrap()).collect(),
            location_codes: PLACES.iter().map(|place| place.code.parse().unwrap()).collect(),
            ..StockNeeds::default()
        };
        let mut set = StockSet::default();
        database.read(&mut |tx| tx.load_stock(&needs, &mut set))?;
        let product =
            |id: &ProductId| PRODUCTS.iter().position(|facts| set.products[id].sku.as_str() == facts.sku);
        let place =
            |id: &LocationId| PLACES.iter().position(|facts| set.locations[id].code.as_str() == facts.code);
        Ok(Self {
            products: set.products.keys().map(|id| (*id, product(id).unwrap())).collect(),
            places: set.locations.keys().map(|id| (*id, place(id).unwrap())).collect(),
        })
    }

    fn key(&self, key: &BalanceKey) -> Key {
        let lot = Some(&key.lot).filter(|lot| !lot.is_none());
        (self.products[&key.product], self.places[&key.location], lot_of(lot))
    }

    fn show(&self, row: &Reservation) -> Shown {
        let line = |line: &reservations::Line| {
            let held = line.allocations.iter().map(|held| Held {
                key: self.key(&held.key),
                quantity: held.remaining.micros(),
                bound: held.bound.micros(),
            });
            (
                self.products[&line.product],
                line.requested.get().micros(),
                line.short.micros(),
                line.released.micros(),
                line.consumed.micros(),
                line.to_unpick.micros(),
                held.collect(),
            )
        };
        Shown {
            order: row.order_ref.to_string(),
            state: match row.state {
                ReservationState::Active => State::Active,
                ReservationState::Consumed => State::Consumed,
                ReservationState::Released => State::Released,
                ReservationState::Expired => State::Expired,
            },
            version: row.version.0,
            expires_at: row.expires_at,
            lines: row.lines.iter().map(line).collect(),
        }
    }
}

fn show(promise: &Promise) -> Shown {
    let line = |line: &Order| {
        let requested = line.asked.quantity;
        assert_eq!(requested, line.reserved() + line.short + line.released + line.consumed);
        (
            line.asked.product,
            requested,
            line.short,
            line.released,
            line.consumed,
            line.back,
            line.held.clone(),
        )
    };
    Shown {
        order: format!("order-{}", promise.order),
        state: promise.state,
        version: promise.version,
        expires_at: promise.expires_at,
        lines: promise.lines.iter().map(line).collect(),
    }
}

fn show_record(record: &Record) -> ShownRecord {
    ShownRecord {
        module: record.module,
        warehouse: record.warehouse,
        state: record.state,
        blocked_from: record.blocked_from,
        version: record.version,
        source: record.source,
        maker: record.maker,
        work: record.work(),
        postings: record.postings.iter().map(|posting| (posting.step, posting.is_undone)).collect(),
        sheet: record.sheet.clone(),
    }
}

/// Reads the records with these ids and what came of them, the oldest first, with the work that each is.
fn read_records(
    transaction: &mut dyn Transaction,
    ids: &BTreeSet<RecordId>,
) -> Result<Vec<(operations::Record, WorkState)>, StoreError> {
    let needs = RecordNeeds {
        ids: ids.clone(),
        made_from: ids.iter().map(|id| (*id, Module::CycleCounts)).collect(),
        ..RecordNeeds::default()
    };
    let mut set = RecordSet::default();
    transaction.load_records(&needs, &mut set)?;
    let work_items = set.records.values().map(|record| record.head.work_item).collect();
    transaction.load_records(&RecordNeeds { work_items, ..RecordNeeds::default() }, &mut set)?;
    let mut records: Vec<_> = set.records.into_values().collect();
    records.sort_by_key(|record| record.head.seq);
    let with_work = |record: operations::Record| {
        let work = set.work_items[&record.head.work_item].state;
        (record, work)
    };
    Ok(records.into_iter().map(with_work).collect())
}

fn seen((record, work): &(operations::Record, WorkState), book: &Book) -> (ShownRecord, Seen) {
    let head = &record.head;
    let by = head.created_by.id.as_str();
    let shown = ShownRecord {
        module: record.module(),
        warehouse: WAREHOUSES.iter().position(|code| *code == head.warehouse_code.as_str()).unwrap(),
        state: head.state,
        blocked_from: head.blocked_from,
        version: head.version.0,
        source: head.source.map(|id| book.record(id)),
        maker: PEOPLE.iter().position(|name| *name == by).unwrap(),
        work: *work,
        postings: head.postings.iter().map(|one| (one.step, one.reversed_by.is_some())).collect(),
        sheet: book.sheet(&record.body),
    };
    let posting = |one: &operations::Posting| SeenPosting {
        step: one.step,
        movement: one.movement_id,
        undone_by: one.reversed_by,
    };
    let seen = Seen {
        id: head.id,
        module: shown.module,
        state: shown.state,
        blocked_from: shown.blocked_from,
        version: shown.version,
        warehouse: shown.warehouse,
        postings: head.postings.iter().map(posting).collect(),
        sheet: shown.sheet.clone(),
    };
    (shown, seen)
}

fn read_shelves(
    transaction: &mut dyn Transaction,
    names: &Names,
) -> Result<BTreeMap<Key, Shelf>, StoreError> {
    let mut shelves: BTreeMap<Key, Shelf> = BTreeMap::new();
    transaction.each_balance(&mut |key, _, row| {
        let [available, reserved] = [row.available, row.reserved].map(kernel::Quantity::micros);
        let held = HoldReason::ALL.map(|reason| row.held(reason).micros());
        let version = row.version.0;
        shelves.insert(names.key(key), Shelf { available, reserved, held, version });
    })?;
    Ok(shelves)
}

/// Compares everything; answers what a caller can know now, or the first difference in words. `ids` are the records
/// that answers named.
pub(crate) fn compare(
    transaction: &mut dyn Transaction,
    names: &Names,
    ids: &BTreeSet<RecordId>,
    world: &Reference,
) -> Result<Result<Known, String>, StoreError> {
    let shelves = read_shelves(transaction, names)?;
    let (mut shown, mut known) = (Vec::new(), Known::default());
    transaction.each_reservation(&mut |row| {
        shown.push(names.show(row));
        known.book.reservations.push(row.id);
        known.reservations.push(Reserved::of(row, shown[shown.len() - 1].lines.iter().map(|line| line.0)));
    })?;
    let records = read_records(transaction, ids)?;
    known.book.records = records.iter().map(|(record, _)| record.head.id).collect();
    let (records, seen): (Vec<_>, Vec<_>) = records.iter().map(|record| seen(record, &known.book)).unzip();
    known.records = seen;
    let by_records = known.of_records();
    let (mut movements, mut last) = (0, None);
    transaction.each_transfer(&mut |read| {
        if last.replace(read.movement) == Some(read.movement) {
            return;
        }
        movements += 1;
        let moved = match (read.transfer.moved.from, read.transfer.moved.to) {
            (Place::Outside(Party::Adjustment), _) => {
                Moved::Opening(read.transfer.to_key().map(|key| names.key(&key)).unwrap())
            }
            (_, Place::Outside(Party::Adjustment)) => Moved::Reversal,
            (Place::At(..) | Place::Outside(_), _) => Moved::OfReservation,
        };
        // What a record moved is undone through the record.
        if !by_records.contains(&read.movement) {
            known.movements.push((read.movement, moved));
        }
    })?;
    let head = transaction.head()?;
    let counters = head.counters;
    let counts = Counts {
        requests: counters.request - 1,
        movements: counters.movement - 1,
        events: counters.event - 1,
    };
    let expected: Vec<Shown> = world.promises.iter().map(show).collect();
    let of_records: Vec<ShownRecord> = world.records.iter().map(show_record).collect();
    let difference = different("balances", &world.shelves, &shelves)
        .or_else(|| different_rows("reservation", &expected, &shown))
        .or_else(|| different_rows("record", &of_records, &records))
        .or_else(|| different("counts", &world.counts, &counts))
        .or_else(|| different("movements in the ledger", &world.counts.movements, &movements))
        .or_else(|| different("recorded_at", &world.now, &head.recorded_at))
        .or_else(|| world.unsound());
    known.shelves = shelves;
    Ok(difference.map_or(Ok(known), Err))
}

/// The first of rows that differs.
fn different_rows<T: PartialEq + std::fmt::Debug>(what: &str, expected: &[T], found: &[T]) -> Option<String> {
    let each = expected.iter().zip(found).enumerate();
    let first = each.filter_map(|(at, (one, other))| different(&format!("{what} {at}"), one, other)).next();
    first.or_else(|| different(&format!("number of {what}s"), &expected.len(), &found.len()))
}

/// What differs, in words, if it does.
pub(crate) fn different<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &T,
    found: &T,
) -> Option<String> {
    (expected != found)
        .then(|| format!("{what}:\n  the reference has {expected:?}\n  the store has     {found:?}"))
}
