//! Records and work items in memory.

use std::sync::Arc;

use kernel::{StoreError, Version};
use operations::{
    Record, RecordChanges, RecordNeeds, RecordSet, RecordState, RecordStore, WorkItem, WorkState,
};

use super::mem_store::{MemTx, Tables};

impl RecordStore for MemTx {
    fn load_records(&mut self, needs: &RecordNeeds, into: &mut RecordSet) -> Result<(), StoreError> {
        for row in self.tables.records.values().filter(|row| wanted(row, needs)) {
            into.records.entry(row.head.id).or_insert_with(|| row.as_ref().clone());
        }
        let is_open = |item: &WorkItem| !matches!(item.state, WorkState::Completed | WorkState::Cancelled);
        for row in self.tables.work_items.values().filter(|row| is_open(row)) {
            if row.reference.as_ref().is_some_and(|of| needs.work_of.contains(&of.record_id)) {
                into.work_items.entry(row.id).or_insert_with(|| row.as_ref().clone());
            }
        }
        for id in &needs.work_items {
            if let Some(row) = self.tables.work_items.get(id) {
                into.work_items.entry(*id).or_insert_with(|| row.as_ref().clone());
            }
        }
        for scan in self.tables.scans.iter() {
            if let Some(name) = scan.name().filter(|name| needs.scans.contains(name)) {
                into.scans.insert(name, scan.as_ref().clone());
            }
        }
        if needs.numbers {
            for (module, number) in &self.tables.numbers {
                into.numbers.entry(*module).or_insert(*number);
            }
        }
        Ok(())
    }

    fn flush_records(&mut self, changes: &RecordChanges) -> Result<(), StoreError> {
        let tables = &mut self.tables;
        for changed in changes.work_items.values() {
            let stored = tables.work_items.get(&changed.id).map_or(Version::NONE, |row| row.version);
            if stored != changed.stored {
                return Err(StoreError::Conflict);
            }
            let row = WorkItem { stored: changed.version, ..changed.clone() };
            tables.work_items.insert(row.id, Arc::new(row));
        }
        for changed in changes.records.values() {
            let stored = tables.records.get(&changed.head.id).map_or(Version::NONE, |row| row.head.version);
            if stored != changed.head.stored {
                return Err(StoreError::Conflict);
            }
            let mut row = changed.clone();
            row.head.stored = row.head.version;
            tables.records.insert(row.head.id, Arc::new(row));
        }
        if changes.records.values().any(|changed| tables.is_named(changed)) {
            return Err(StoreError::Conflict);
        }
        tables.numbers.extend(&changes.numbers);
        tables.history.extend(changes.history.iter().cloned());
        for taken in &changes.scans {
            if taken.name().is_some() && tables.scans.iter().any(|row| row.name() == taken.name()) {
                return Err(StoreError::Conflict);
            }
            tables.scans.push(Arc::new(taken.clone()));
        }
        Ok(())
    }
}

fn key_of(row: &Record) -> Option<String> {
    row.key().filter(|_| row.head.state != RecordState::Cancelled)
}

fn wanted(row: &Record, needs: &RecordNeeds) -> bool {
    let module = row.module();
    let named = || key_of(row).is_some_and(|key| needs.keys.contains(&(module, key)));
    let made = || row.head.source.is_some_and(|source| needs.made_from.contains(&(source, module)));
    let reserved = || {
        row.head.state != RecordState::Cancelled
            && row
                .lines()
                .iter()
                .any(|line| line.reservation.is_some_and(|id| needs.reservations.contains(&(id, module))))
    };
    let open = || {
        needs.open_on.iter().any(|sku| row.is_open_on(sku))
            || needs.open_at.iter().any(|code| row.is_open_at(code))
            || (row.is_open() && needs.open_in.contains(&row.head.warehouse))
    };
    needs.ids.contains(&row.head.id)
        || needs.numbered.contains(&row.head.number)
        || named()
        || made()
        || reserved()
        || open()
}

impl Tables {
    /// Whether another record of the module has this one's number or name.
    fn is_named(&self, changed: &Record) -> bool {
        self.records.values().any(|row| {
            row.head.id != changed.head.id
                && (row.head.number == changed.head.number
                    || (row.module() == changed.module()
                        && key_of(row).is_some()
                        && key_of(row) == key_of(changed)))
        })
    }
}
