//! A store in memory: rows and their keys, and no rule of the domain. It keeps what the ports ask of an adapter, so
//! that tests of the pure core need no database.

use std::collections::BTreeMap;
use std::sync::Arc;

use inventory::{Balance, BalanceKey, Location, Lot, LotFacts, Movement, Product, ProductDetails, Warehouse};
use kernel::{
    Counters, Event, IdempotencyKey, LocationId, MovementSeq, ProductId, RecordId, Reply, Request, RequestId,
    RequestSeq, ReservationId, Source, StoreError, Timestamp, Version, WarehouseId, WorkItemId,
};
use operations::{Change, Module, Record, Scan, WorkItem};
use reservations::Reservation;

use super::{Database, TransactionWork};
use crate::{Answered, Head, Replayed, Store, StoredAnswer};

/// The rows. What is large and rarely changes is shared, so that a copy of all of it is cheap.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    pub(super) head: Head,
    pub(super) requests: BTreeMap<RequestSeq, Arc<Request>>,
    pub(super) answers: BTreeMap<(Source, IdempotencyKey), Arc<StoredAnswer>>,
    pub(super) warehouses: BTreeMap<WarehouseId, Warehouse>,
    pub(super) locations: BTreeMap<LocationId, Arc<Location>>,
    pub(super) products: BTreeMap<ProductId, Arc<Product>>,
    pub(super) lots: BTreeMap<(ProductId, Lot), LotFacts>,
    pub(super) balances: BTreeMap<BalanceKey, Balance>,
    pub(super) movements: BTreeMap<MovementSeq, Arc<Movement>>,
    pub(super) reservations: BTreeMap<ReservationId, Arc<Reservation>>,
    pub(super) events: BTreeMap<i64, Arc<Event>>,
    pub(super) records: BTreeMap<RecordId, Arc<Record>>,
    pub(super) work_items: BTreeMap<WorkItemId, Arc<WorkItem>>,
    pub(super) numbers: BTreeMap<Module, i64>,
    pub(super) history: Vec<Change>,
    pub(super) scans: Vec<Arc<Scan>>,
    pub(super) details: BTreeMap<ProductId, ProductDetails>,
    pub(super) replays: Vec<(RequestSeq, RequestId, Timestamp)>,
    /// Subject, version and kind of each event.
    event_names: BTreeMap<(String, Version, &'static str), ()>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            head: Head { counters: Counters::FIRST, recorded_at: Timestamp::from_micros(0) },
            requests: BTreeMap::new(),
            answers: BTreeMap::new(),
            warehouses: BTreeMap::new(),
            locations: BTreeMap::new(),
            products: BTreeMap::new(),
            lots: BTreeMap::new(),
            balances: BTreeMap::new(),
            movements: BTreeMap::new(),
            reservations: BTreeMap::new(),
            events: BTreeMap::new(),
            records: BTreeMap::new(),
            work_items: BTreeMap::new(),
            numbers: BTreeMap::new(),
            history: Vec::new(),
            scans: Vec::new(),
            details: BTreeMap::new(),
            replays: Vec::new(),
            event_names: BTreeMap::new(),
        }
    }
}

/// A row that must not be there yet, as a primary key or a unique index has it.
pub(super) fn insert_new<K: Ord, V>(table: &mut BTreeMap<K, V>, key: K, row: V) -> Result<(), StoreError> {
    match table.insert(key, row) {
        None => Ok(()),
        Some(_) => Err(StoreError::Conflict),
    }
}

/// A database in memory.
#[derive(Debug, Clone, Default)]
pub struct MemStore {
    committed: Tables,
}

/// A transaction on it.
#[derive(Debug)]
pub struct MemTx {
    pub(super) tables: Tables,
}

impl Database for MemStore {
    fn write(&mut self, work: &mut TransactionWork<'_>) -> Result<(), StoreError> {
        let mut transaction = MemTx { tables: self.committed.clone() };
        work(&mut transaction)?;
        self.committed = transaction.tables;
        Ok(())
    }

    fn read(&mut self, work: &mut TransactionWork<'_>) -> Result<(), StoreError> {
        work(&mut MemTx { tables: self.committed.clone() })
    }
}

impl Store for MemTx {
    fn lock_head(&mut self) -> Result<Head, StoreError> {
        Ok(self.tables.head)
    }

    fn answers(&mut self, of: &[&Request]) -> Result<Vec<Option<StoredAnswer>>, StoreError> {
        let stored = |request: &&Request| {
            let found = self.tables.answers.get(&(request.source.clone(), request.key.clone()));
            found.map(|row| row.as_ref().clone())
        };
        Ok(of.iter().map(stored).collect())
    }

    fn flush_answers(
        &mut self,
        head: &Head,
        answered: &[Answered<'_>],
        events: &[Event],
    ) -> Result<(), StoreError> {
        let tables = &mut self.tables;
        for row in answered {
            let request = row.request;
            insert_new(&mut tables.requests, row.seq, Arc::new(request.clone()))?;
            let reply = Reply { replayed: false, ..row.reply.clone() };
            let key = (request.source.clone(), request.key.clone());
            let answer = StoredAnswer { seq: row.seq, fingerprint: request.fingerprint, reply };
            insert_new(&mut tables.answers, key, Arc::new(answer))?;
        }
        for event in events {
            let name = |row: &Event| (row.event.subject.clone(), row.event.subject_seq, row.event.kind);
            insert_new(&mut tables.event_names, name(event), ())?;
            insert_new(&mut tables.events, event.seq, Arc::new(event.clone()))?;
        }
        tables.head = *head;
        Ok(())
    }

    fn flush_replays(&mut self, at: Timestamp, replayed: &[Replayed<'_>]) -> Result<(), StoreError> {
        let rows = replayed.iter().map(|row| (row.of, row.request.request_id.clone(), at));
        self.tables.replays.extend(rows);
        Ok(())
    }
}
