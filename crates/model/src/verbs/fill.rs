//! Trying again for what is short.

use kernel::{Code, Version};
use proptest::prelude::*;

use super::{Act, Known, Make, Target, make};
use crate::reference::{Outcome, Reference};

/// A reservation.
#[derive(Debug, Clone)]
pub(crate) struct Fill {
    target: Target,
}

impl Act for Fill {
    fn strategy() -> BoxedStrategy<Self> {
        Target::strategy().prop_map(|target| Self { target }).boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        self.target.aim(known)
    }

    /// If there is nothing, nothing of the reservation changes, and it is done all the same.
    fn expect(&self, world: &mut Reference) -> Outcome {
        let which = self.target.which;
        let promise = world.open(which, self.target.version)?;
        if promise.is_due(world.now) {
            return Err(Code::ReservationExpired);
        }
        let short = promise.lines.iter().filter(|line| line.short > 0);
        let (short, warehouse): (Vec<usize>, _) =
            (short.map(|line| line.asked.product).collect(), promise.warehouse);
        world.hold_blocked(&short, warehouse);
        let mut lines = world.promises[which].lines.clone();
        let found = world.find_stock(&lines, warehouse);
        if !found.is_empty() {
            world.reserve(&mut lines, &found);
            world.promises[which].lines = lines;
            world.settle(which, false);
        }
        Ok(())
    }

    fn job(&self, known: &Known) -> Make {
        let (id, version) = (self.target.id(known), self.target.version.map(Version));
        make(move || commands::Fill { id, expected_version: version })
    }
}
