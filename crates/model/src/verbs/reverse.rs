//! Undoing a movement.

use commands::testing::Reverse as Undo;
use kernel::{Code, MovementId};
use proptest::prelude::*;

use super::{Act, Known, Make, Moved, make};
use crate::reference::{Outcome, Reference, Spot};

/// A movement of the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Reverse {
    which: usize,
    target: Option<(MovementId, Moved)>,
}

impl Act for Reverse {
    fn strategy() -> BoxedStrategy<Self> {
        (0_usize..1000).prop_map(|which| Self { which, target: None }).boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        let which = self.which.checked_rem(known.movements.len());
        self.target = which.map(|which| known.movements[which]);
        self.target.is_some()
    }

    /// An opening, once, while what it brought is still available there. Never a reversal; and what a reservation
    /// moved goes back through the reservation.
    fn expect(&self, world: &mut Reference) -> Outcome {
        let (_, moved) = self.target.unwrap();
        let Moved::Opening(key) = moved else { return Err(Code::StockNotAllowed) };
        let opening = world.openings[&key];
        if opening.is_undone {
            return Err(Code::MovementAlreadyReversed);
        }
        if world.shelves[&key].available < opening.quantity {
            return Err(Code::InsufficientStock);
        }
        world.transfer(key, opening.quantity, Spot::Available, Spot::Outside);
        world.openings.get_mut(&key).unwrap().is_undone = true;
        world.moved(true);
        Ok(())
    }

    fn job(&self, _: &Known) -> Make {
        let (id, _) = self.target.unwrap();
        make(move || Undo { id, reason: "a mistake".parse().unwrap() })
    }
}
