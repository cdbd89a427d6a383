//! What a command sees of records and work items, and what it changes: a draft over what the batch has loaded.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use inventory::{Context, LocationCode, Reason, Sku, StockDraft};
use kernel::{Actor, RecordId, ReservationId, ScanId, Version, WarehouseId, WorkItemId};
use reservations::ReservationDraft;

use crate::{
    ClientScanId, DeviceId, Module, OperationsRefusal, Record, RecordNumber, RecordState, Scan, WorkItem,
    WorkState, events,
};

/// What somebody asked for and has not been shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordNeeds {
    /// Records by id.
    pub ids: BTreeSet<RecordId>,
    /// Work items by id.
    pub work_items: BTreeSet<WorkItemId>,
    /// The work items about a record that are neither completed nor cancelled.
    pub work_of: BTreeSet<RecordId>,
    /// Records by the number that people say.
    pub numbered: BTreeSet<RecordNumber>,
    /// The last numbers of all modules.
    pub numbers: bool,
    /// Records by the name that only one may have that is not cancelled.
    pub keys: BTreeSet<(Module, String)>,
    /// Every record of a module that was made from another one.
    pub made_from: BTreeSet<(RecordId, Module)>,
    /// Every record of a module that is not cancelled with a line for a reservation.
    pub reservations: BTreeSet<(ReservationId, Module)>,
    /// Scans, by the scanner's own name for them.
    pub scans: BTreeSet<(DeviceId, ClientScanId)>,
    /// Every record that is not over with a line for a product.
    pub open_on: BTreeSet<Sku>,
    /// Every record that is not over and names a location.
    pub open_at: BTreeSet<LocationCode>,
    /// Every record of a warehouse that is not over.
    pub open_in: BTreeSet<WarehouseId>,
}

impl RecordNeeds {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Asks for what the other one asks for, too.
    pub fn extend(&mut self, other: Self) {
        self.ids.extend(other.ids);
        self.work_items.extend(other.work_items);
        self.work_of.extend(other.work_of);
        self.numbered.extend(other.numbered);
        self.numbers |= other.numbers;
        self.keys.extend(other.keys);
        self.made_from.extend(other.made_from);
        self.reservations.extend(other.reservations);
        self.scans.extend(other.scans);
        self.open_on.extend(other.open_on);
        self.open_at.extend(other.open_at);
        self.open_in.extend(other.open_in);
    }
}

/// What the batch has loaded, with what its commands have changed so far.
#[derive(Debug, Default)]
pub struct RecordSet {
    /// What was asked for, found or not.
    pub loaded: RecordNeeds,
    /// Records.
    pub records: BTreeMap<RecordId, Record>,
    /// Work items.
    pub work_items: BTreeMap<WorkItemId, WorkItem>,
    /// The last number of each module that has one.
    pub numbers: BTreeMap<Module, i64>,
    /// Scans, by the scanner's own name for them.
    pub scans: BTreeMap<(DeviceId, ClientScanId), Scan>,
}

impl RecordSet {
    /// Lets the commands after this one see what it changed.
    pub fn merge(&mut self, changes: &RecordChanges) {
        self.records.extend(changes.records.iter().map(|(id, record)| (*id, record.clone())));
        self.work_items.extend(changes.work_items.iter().map(|(id, item)| (*id, item.clone())));
        self.numbers.extend(&changes.numbers);
        for scan in &changes.scans {
            self.scans.extend(scan.name().map(|name| (name, scan.clone())));
        }
    }
}

/// What was done to a record or a work item: a row of its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The record or work item.
    pub subject: uuid::Uuid,
    /// Its version after the change.
    pub version: Version,
    /// The request that did it.
    pub request: kernel::RequestSeq,
    /// What was done.
    pub action: &'static str,
    /// Where it stood before and stands now.
    pub states: (Option<&'static str>, &'static str),
    /// Why.
    pub reason: Option<Reason>,
}

/// Records and work items as they are afterwards.
#[derive(Debug, Clone, Default)]
pub struct RecordChanges {
    /// Made or changed.
    pub records: BTreeMap<RecordId, Record>,
    /// Made or changed.
    pub work_items: BTreeMap<WorkItemId, WorkItem>,
    /// The numbers that were taken.
    pub numbers: BTreeMap<Module, i64>,
    /// Who did what: at most one for a subject and version.
    pub history: Vec<Change>,
    /// Scans that were taken.
    pub scans: Vec<Scan>,
}

impl RecordChanges {
    /// Adds what a later command changed.
    pub fn extend(&mut self, later: Self) {
        self.records.extend(later.records);
        self.work_items.extend(later.work_items);
        self.numbers.extend(later.numbers);
        self.history.extend(later.history);
        self.scans.extend(later.scans);
    }
}

/// One command's view of the records and its changes, dropped or merged as a whole.
#[derive(Debug)]
pub struct RecordDraft<'a> {
    base: &'a RecordSet,
    missing: RefCell<RecordNeeds>,
    changes: RecordChanges,
}

impl<'a> RecordDraft<'a> {
    /// A draft that has changed nothing yet.
    pub fn new(base: &'a RecordSet) -> Self {
        Self { base, missing: RefCell::default(), changes: RecordChanges::default() }
    }

    /// What to load before deciding again.
    pub fn take_missing(&self) -> RecordNeeds {
        self.missing.take()
    }

    /// Gives the changes up to be merged and flushed.
    pub fn into_changes(self) -> RecordChanges {
        self.changes
    }

    /// Whether this command made or changed the record.
    pub fn has_changed(&self, id: RecordId) -> bool {
        self.changes.records.contains_key(&id)
    }

    /// The record with this id, of any module.
    pub fn get(&self, id: RecordId) -> Option<&Record> {
        let found = self.changes.records.get(&id).or_else(|| self.base.records.get(&id));
        if found.is_none() && !self.base.loaded.ids.contains(&id) {
            self.missing.borrow_mut().ids.insert(id);
        }
        found
    }

    /// The record of this module, at this version if one is expected.
    ///
    /// # Errors
    /// [`OperationsRefusal::RecordNotFound`], [`OperationsRefusal::VersionMismatch`].
    pub fn of(
        &self,
        module: Module,
        id: RecordId,
        expected: Option<Version>,
    ) -> Result<&Record, OperationsRefusal> {
        let found = self.get(id).filter(|found| found.module() == module);
        let found = found.ok_or_else(|| OperationsRefusal::RecordNotFound { module, id: id.to_string() })?;
        check_version(&found.head.number, expected, found.head.version)?;
        Ok(found)
    }

    /// The work item with this id.
    pub fn work_item(&self, id: WorkItemId) -> Option<&WorkItem> {
        let found = self.changes.work_items.get(&id).or_else(|| self.base.work_items.get(&id));
        if found.is_none() && !self.base.loaded.work_items.contains(&id) {
            self.missing.borrow_mut().work_items.insert(id);
        }
        found
    }

    /// The record with this number.
    pub fn by_number(&self, number: RecordNumber) -> Option<&Record> {
        if !self.base.loaded.numbered.contains(&number) {
            self.missing.borrow_mut().numbered.insert(number);
            return None;
        }
        self.current().find(|record| record.head.number == number)
    }

    /// The work items about a record that are neither completed nor cancelled.
    pub(crate) fn open_work_of(&self, record: RecordId) -> Vec<&WorkItem> {
        if !self.base.loaded.work_of.contains(&record) {
            self.missing.borrow_mut().work_of.insert(record);
            return Vec::new();
        }
        let changed = &self.changes.work_items;
        let unchanged = self.base.work_items.values().filter(|item| !changed.contains_key(&item.id));
        let about = |item: &&WorkItem| item.reference.as_ref().is_some_and(|of| of.record_id == record);
        let is_open = |item: &&WorkItem| !matches!(item.state, WorkState::Completed | WorkState::Cancelled);
        unchanged.chain(changed.values()).filter(about).filter(is_open).collect()
    }

    /// Every record that is known here, as it is now.
    fn current(&self) -> impl Iterator<Item = &Record> {
        let changed = &self.changes.records;
        let unchanged = self.base.records.values().filter(|record| !changed.contains_key(&record.head.id));
        unchanged.chain(changed.values())
    }

    /// The record of this name that is not cancelled.
    pub fn by_key(&self, module: Module, key: &str) -> Option<&Record> {
        let name = (module, key.to_owned());
        if !self.base.loaded.keys.contains(&name) {
            self.missing.borrow_mut().keys.insert(name);
            return None;
        }
        let is_it = |record: &&Record| {
            record.module() == module
                && record.head.state != RecordState::Cancelled
                && record.body.content().key().as_deref() == Some(key)
        };
        self.current().find(is_it)
    }

    /// Every record of a module that was made from another one, the oldest first.
    pub fn made_from(&self, source: RecordId, module: Module) -> Vec<&Record> {
        if !self.base.loaded.made_from.contains(&(source, module)) {
            self.missing.borrow_mut().made_from.insert((source, module));
            return Vec::new();
        }
        let is_it = |record: &&Record| record.head.source == Some(source) && record.module() == module;
        let mut found: Vec<_> = self.current().filter(is_it).collect();
        found.sort_by_key(|record| record.head.seq);
        found
    }

    /// Whether a record that is not over has a line for a product.
    pub fn any_open_on(&self, sku: &Sku) -> bool {
        !self.open_on(sku).is_empty()
    }

    /// The records that are not over and have a line for a product.
    pub fn open_on(&self, sku: &Sku) -> Vec<&Record> {
        if !self.base.loaded.open_on.contains(sku) {
            self.missing.borrow_mut().open_on.insert(sku.clone());
            return Vec::new();
        }
        self.current().filter(|record| record.is_open_on(sku)).collect()
    }

    /// Whether a record that is not over names a location.
    pub fn any_open_at(&self, code: &LocationCode) -> bool {
        !self.open_at(code).is_empty()
    }

    /// The records that are not over and name a location.
    pub fn open_at(&self, code: &LocationCode) -> Vec<&Record> {
        if !self.base.loaded.open_at.contains(code) {
            self.missing.borrow_mut().open_at.insert(code.clone());
            return Vec::new();
        }
        self.current().filter(|record| record.is_open_at(code)).collect()
    }

    /// Whether a warehouse has a record that is not over.
    pub fn any_open_in(&self, warehouse: WarehouseId) -> bool {
        if !self.base.loaded.open_in.contains(&warehouse) {
            self.missing.borrow_mut().open_in.insert(warehouse);
            return false;
        }
        self.current().any(|record| record.is_open() && record.head.warehouse == warehouse)
    }

    /// Every record of a module with a line for a reservation that is not cancelled, the oldest first.
    pub fn on_reservation(&self, id: ReservationId, module: Module) -> Vec<&Record> {
        let mut found = self.on_reservation_lately(id, module);
        found.retain(|record| record.head.state != RecordState::Cancelled);
        found
    }

    /// The same, with those that this command has cancelled.
    pub(crate) fn on_reservation_lately(&self, id: ReservationId, module: Module) -> Vec<&Record> {
        if !self.base.loaded.reservations.contains(&(id, module)) {
            self.missing.borrow_mut().reservations.insert((id, module));
            return Vec::new();
        }
        let is_it = |record: &&Record| {
            let lines = record.body.content().facts();
            let is_there = record.head.state != RecordState::Cancelled || self.has_changed(record.head.id);
            record.module() == module && is_there && lines.iter().any(|line| line.reservation == Some(id))
        };
        let mut found: Vec<_> = self.current().filter(is_it).collect();
        found.sort_by_key(|record| record.head.seq);
        found
    }

    /// The scan that a scanner calls so, or one that this command has made or loaded.
    pub(crate) fn scan_of(&self, device: &DeviceId, client: &ClientScanId) -> Option<&Scan> {
        let name = (device.clone(), client.clone());
        let made = self.changes.scans.iter().find(|scan| scan.name().as_ref() == Some(&name));
        let found = made.or_else(|| self.base.scans.get(&name));
        if found.is_none() && !self.base.loaded.scans.contains(&name) {
            self.missing.borrow_mut().scans.insert(name);
        }
        found
    }

    /// A scan that this command has taken, or that it has met.
    pub fn scan(&self, id: ScanId) -> Option<&Scan> {
        self.changes.scans.iter().chain(self.base.scans.values()).find(|scan| scan.id == id)
    }

    /// Writes a scan down.
    pub(crate) fn put_scan(&mut self, scan: Scan) {
        self.changes.scans.push(scan);
    }

    /// Takes the next number of a module.
    pub(crate) fn take_number(&mut self, module: Module) -> RecordNumber {
        if !self.base.loaded.numbers {
            self.missing.borrow_mut().numbers = true;
        }
        let last = self.changes.numbers.get(&module).or_else(|| self.base.numbers.get(&module));
        let number = last.copied().unwrap_or_default().saturating_add(1);
        self.changes.numbers.insert(module, number);
        RecordNumber { module, number }
    }

    /// Puts a work item that was made or changed, and tells others. A command that changes it several times raises its
    /// version once.
    pub(crate) fn save_work(
        &mut self,
        stock: &mut StockDraft<'_>,
        mut item: WorkItem,
        (action, reason): (&'static str, Option<&Reason>),
        context: &Context,
    ) {
        let before = self.base.work_items.get(&item.id);
        item.version = before.map_or(Version::NONE, |before| before.version).next();
        item.updated_at = context.now;
        item.request = context.request;
        let states = (before.map(|before| before.state.as_str()), item.state.as_str());
        self.note(item.id.0, item.version, context, action, states, reason);
        events::tell(stock, events::of_work(&item));
        self.changes.work_items.insert(item.id, item);
    }

    /// Puts a record that was made or changed, lets its work item follow, and tells others. A command that changes it
    /// several times raises its version once.
    pub(crate) fn save(
        &mut self,
        stock: &mut StockDraft<'_>,
        mut record: Record,
        (action, reason): (&'static str, Option<&Reason>),
        context: &Context,
    ) {
        let head = &mut record.head;
        let before = self.base.records.get(&head.id);
        head.version = before.map_or(Version::NONE, |before| before.head.version).next();
        head.updated_at = context.now;
        head.request = context.request;
        let states = (before.map(|before| before.head.state.as_str()), head.state.as_str());
        self.note(head.id.0, head.version, context, action, states, reason);
        let declaration = record.module().declaration();
        let follows = WorkState::of_record(record.head.state, declaration.approval_completes);
        let moves = states.0 != Some(states.1);
        let item = self.work_item(record.head.work_item);
        if let Some(item) = item.filter(|item| moves && item.state != follows) {
            let blocked_reason =
                if follows == WorkState::Blocked { record.head.reason.clone() } else { None };
            let item = WorkItem { state: follows, blocked_reason, ..item.clone() };
            self.save_work(stock, item, ("followed", reason), context);
        }
        events::tell(stock, events::of_record(&record, action));
        self.changes.records.insert(record.head.id, record);
    }

    fn note(
        &mut self,
        subject: uuid::Uuid,
        version: Version,
        context: &Context,
        action: &'static str,
        states: (Option<&'static str>, &'static str),
        reason: Option<&Reason>,
    ) {
        self.changes.history.retain(|change| change.subject != subject);
        let reason = reason.cloned();
        let request = context.request;
        self.changes.history.push(Change { subject, version, request, action, states, reason });
    }
}

/// Refuses a change by somebody who has seen another version.
pub(crate) fn check_version(
    what: &impl ToString,
    expected: Option<Version>,
    actual: Version,
) -> Result<(), OperationsRefusal> {
    match expected.filter(|expected| *expected != actual) {
        Some(expected) => {
            Err(OperationsRefusal::VersionMismatch { what: what.to_string(), expected, actual })
        }
        None => Ok(()),
    }
}

/// Everything that a command on operations may see and change, and who asks.
#[derive(Debug)]
pub struct Floor<'d, 'a> {
    /// The stock.
    pub stock: &'d mut StockDraft<'a>,
    /// The reservations.
    pub reservations: &'d mut ReservationDraft<'a>,
    /// The records and work items.
    pub records: &'d mut RecordDraft<'a>,
    /// Under which the command is decided.
    pub context: &'d Context,
    /// Who asks.
    pub actor: &'d Actor,
}

impl Floor<'_, '_> {
    /// Saves a record; see [`RecordDraft::save`].
    pub(crate) fn save(&mut self, record: Record, action: &'static str, reason: Option<&Reason>) {
        self.records.save(self.stock, record, (action, reason), self.context);
    }

    /// Saves a work item; see [`RecordDraft::save_work`].
    pub(crate) fn save_work(&mut self, item: WorkItem, action: &'static str, reason: Option<&Reason>) {
        self.records.save_work(self.stock, item, (action, reason), self.context);
    }
}
