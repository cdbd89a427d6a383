//! What a batch has loaded, and one command's changes over it.

use inventory::{StockChanges, StockDraft, StockNeeds, StockSet};
use kernel::{Counters, Mint, NewEvent, Numbering};
use operations::{RecordChanges, RecordDraft, RecordNeeds, RecordSet};
use reservations::{ReservationChanges, ReservationDraft, ReservationNeeds, ReservationSet};

/// What somebody asked for and has not been shown, in all crates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Of the stock.
    pub stock: StockNeeds,
    /// Of the reservations.
    pub reservations: ReservationNeeds,
    /// Of the records and work items.
    pub records: RecordNeeds,
}

impl Needs {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.stock.is_empty() && self.reservations.is_empty() && self.records.is_empty()
    }

    /// Asks for what the other one asks for, too.
    pub fn extend(&mut self, other: Self) {
        self.stock.extend(other.stock);
        self.reservations.extend(other.reservations);
        self.records.extend(other.records);
    }
}

/// What the batch has loaded, with what its commands have changed so far.
#[derive(Debug)]
pub struct WorkingSet {
    /// The stock.
    pub stock: StockSet,
    /// The reservations.
    pub reservations: ReservationSet,
    /// The records and work items.
    pub records: RecordSet,
    /// The next free numbers.
    pub counters: Counters,
}

impl WorkingSet {
    /// A set that has loaded nothing.
    pub fn new(counters: Counters) -> Self {
        Self {
            stock: StockSet::default(),
            reservations: ReservationSet::default(),
            records: RecordSet::default(),
            counters,
        }
    }

    /// Marks as looked for what was just loaded.
    pub fn mark_loaded(&mut self, needs: Needs) {
        self.stock.loaded.extend(needs.stock);
        self.reservations.loaded.extend(needs.reservations);
        self.records.loaded.extend(needs.records);
    }
}

/// One command's view and its changes: merged as a whole, or dropped as if it had never been.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The stock, with the numbers and the events of the command.
    pub stock: StockDraft<'a>,
    /// The reservations.
    pub reservations: ReservationDraft<'a>,
    /// The records and work items.
    pub records: RecordDraft<'a>,
}

/// What a command changed, owned.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) stock: StockChanges,
    pub(crate) reservations: ReservationChanges,
    pub(crate) records: RecordChanges,
    pub(crate) events: Vec<NewEvent>,
}

impl<'a> Draft<'a> {
    /// A draft that has changed nothing yet.
    pub(crate) fn new(base: &'a WorkingSet, counters: Counters, mint: Mint) -> Self {
        let numbering = Numbering { counters, mint };
        Self {
            stock: StockDraft::new(&base.stock, numbering),
            reservations: ReservationDraft::new(&base.reservations),
            records: RecordDraft::new(&base.records),
        }
    }

    /// What was asked for and not loaded; while there is anything, the outcome is void.
    pub(crate) fn take_missing(&self) -> Needs {
        Needs {
            stock: self.stock.take_missing(),
            reservations: self.reservations.take_missing(),
            records: self.records.take_missing(),
        }
    }

    pub(crate) fn into_changes(self) -> (Changes, Numbering) {
        let (stock, numbering, events) = self.stock.into_changes();
        let (reservations, records) = (self.reservations.into_changes(), self.records.into_changes());
        (Changes { stock, reservations, records, events }, numbering)
    }
}
