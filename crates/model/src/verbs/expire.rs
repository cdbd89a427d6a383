//! Giving back what ran out: what the sweeper does.

use proptest::prelude::*;

use super::{Act, Known, Make, Target, make};
use crate::reference::{Outcome, Reference};

/// A reservation, overdue or not.
#[derive(Debug, Clone)]
pub(crate) struct Expire {
    target: Target,
}

impl Act for Expire {
    fn strategy() -> BoxedStrategy<Self> {
        Target::strategy().prop_map(|target| Self { target }).boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        self.target.aim(known)
    }

    /// One that is not due is left alone.
    fn expect(&self, world: &mut Reference) -> Outcome {
        if world.promises[self.target.which].is_due(world.now) {
            world.run_out(self.target.which);
        }
        Ok(())
    }

    fn job(&self, known: &Known) -> Make {
        let id = self.target.id(known);
        make(move || commands::Expire(id))
    }
}
