//! What somebody can know who asks: ids and versions that were answered, and what stands where.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{MovementId, RecordId, ReservationId};
use operations::{Module, RecordState, Step};
use reservations::{Reservation, ReservationState};

use crate::forms::{Book, lot_of};
use crate::reference::{Key, Sheet, Shelf};

/// What a caller can know before a batch: ids and versions that were answered.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Reservations in the order in which they were made.
    pub(crate) reservations: Vec<Reserved>,
    /// Movements that no record posted, in the order of the ledger.
    pub(crate) movements: Vec<(MovementId, Moved)>,
    /// Records in the order in which they were made.
    pub(crate) records: Vec<Seen>,
    /// What stands where.
    pub(crate) shelves: BTreeMap<Key, Shelf>,
    /// The names of reservations and records.
    pub(crate) book: Book,
}

impl Known {
    /// The movements that records posted, and those that undid them.
    pub(crate) fn of_records(&self) -> BTreeSet<MovementId> {
        let postings = self.records.iter().flat_map(|record| &record.postings);
        postings.flat_map(|posting| std::iter::once(posting.movement).chain(posting.undone_by)).collect()
    }
}

/// A record as it was answered.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) id: RecordId,
    pub(crate) module: Module,
    pub(crate) state: RecordState,
    pub(crate) blocked_from: Option<RecordState>,
    pub(crate) version: i64,
    pub(crate) warehouse: usize,
    pub(crate) postings: Vec<SeenPosting>,
    pub(crate) sheet: Sheet,
}

/// A posting of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenPosting {
    pub(crate) step: Step,
    pub(crate) movement: MovementId,
    pub(crate) undone_by: Option<MovementId>,
}

impl Seen {
    pub(super) fn stands(&self, step: Step) -> bool {
        self.postings.iter().any(|posting| posting.step == step && posting.undone_by.is_none())
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, RecordState::Closed | RecordState::Cancelled)
    }
}

/// A reservation as it was answered.
#[derive(Debug, Clone)]
pub(crate) struct Reserved {
    pub(crate) id: ReservationId,
    pub(crate) version: i64,
    pub(crate) is_active: bool,
    /// The product of each line, what was shipped of it, and from which lot first.
    pub(crate) lines: Vec<(usize, i64, &'static str)>,
}

impl Reserved {
    /// What a caller sees of a reservation, whose lines are for these products.
    pub(crate) fn of(row: &Reservation, products: impl Iterator<Item = usize>) -> Self {
        let lot = |line: &reservations::Line| {
            let first = line.allocations.first().map(|held| &held.key.lot).filter(|lot| !lot.is_none());
            lot_of(first)
        };
        let line =
            |(line, product): (&reservations::Line, usize)| (product, line.consumed.micros(), lot(line));
        Self {
            id: row.id,
            version: row.version.0,
            is_active: row.state == ReservationState::Active,
            lines: row.lines.iter().zip(products).map(line).collect(),
        }
    }
}

/// What a movement in the ledger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    /// It opened a shelf.
    Opening(Key),
    /// It undid another one.
    Reversal,
    /// A reservation posted it.
    OfReservation,
}
