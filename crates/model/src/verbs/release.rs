//! Giving reserved stock back.

use kernel::{Code, Version};
use proptest::prelude::*;
use reservations::ReleaseReservation;

use super::{Act, Known, Make, Target, make, selection, selections};
use crate::reference::{Outcome, Reference, Selected, Spot};

/// A reservation, and which of its lines.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    target: Target,
    lines: Option<Vec<Selected>>,
}

impl Act for Release {
    fn strategy() -> BoxedStrategy<Self> {
        (Target::strategy(), selection()).prop_map(|(target, lines)| Self { target, lines }).boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        self.target.aim(known)
    }

    /// Takes what is reserved first, then what is short; never what is in the hands of the floor.
    fn expect(&self, world: &mut Reference) -> Outcome {
        let which = self.target.which;
        world.open(which, self.target.version)?;
        let mut anything = false;
        let selected = world.selected(which, self.lines.as_deref())?;
        let lines = &world.promises[which].lines;
        if selected.iter().all(|(at, _)| lines[*at].free() + lines[*at].short == 0) {
            let in_hand = selected.iter().any(|(at, _)| lines[*at].bound() > 0);
            return Err(if in_hand { Code::FulfilmentInProgress } else { Code::QuantityExceedsReserved });
        }
        for (at, quantity) in selected {
            let line = &world.promises[which].lines[at];
            let (reserved, open) = (line.free(), line.free() + line.short);
            let quantity = quantity.unwrap_or(open);
            world.check_part(which, at, quantity, open)?;
            if quantity > open {
                return Err(Code::QuantityExceedsReserved);
            }
            anything |= world.take_out(which, at, quantity.min(reserved), Spot::Available);
            let line = &mut world.promises[which].lines[at];
            line.short -= quantity - quantity.min(reserved);
            line.released += quantity;
        }
        world.moved(anything);
        world.settle(which, false);
        Ok(())
    }

    fn job(&self, known: &Known) -> Make {
        let command = ReleaseReservation {
            id: self.target.id(known),
            reason: "the model says so".parse().unwrap(),
            lines: selections(self.lines.as_deref()),
            expected_version: self.target.version.map(Version),
        };
        make(move || commands::Release(command.clone()))
    }
}
