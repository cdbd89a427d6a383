//! Making pick tasks from reservations.

use kernel::ReservationId;
use operations::modules::Strategy as Together;
use operations::{GeneratePickTasks, PickWhich};
use proptest::prelude::*;

use super::{Act, Known, Make, operate};
use crate::catalogue::WAREHOUSES;
use crate::reference::{Outcome, Reference};

/// Which reservations, and how they are put together.
#[derive(Debug, Clone)]
pub(crate) struct Pick {
    which: Which,
    strategy: Together,
    who: usize,
    ids: Vec<ReservationId>,
}

/// Some by name (mostly active ones), or the oldest of a warehouse.
#[derive(Debug, Clone)]
enum Which {
    Some(Vec<usize>, bool),
    OldestIn(usize),
}

impl Pick {
    /// Picks the latest active reservation.
    pub(crate) fn latest() -> impl Strategy<Value = Self> {
        (0_usize..2).prop_map(|who| Self {
            which: Which::Some(vec![0], true),
            strategy: Together::Batch,
            who,
            ids: Vec::new(),
        })
    }
}

impl Act for Pick {
    fn strategy() -> BoxedStrategy<Self> {
        let strategy = prop_oneof![Just(Together::Single), Just(Together::Batch), Just(Together::Zone)];
        let some = (prop::collection::vec(0_usize..1000, 1..3), prop::bool::weighted(0.95));
        let which = prop_oneof![
            4 => some.prop_map(|(which, is_active)| Which::Some(which, is_active)),
            1 => prop_oneof![4 => Just(0_usize), 1 => Just(1)].prop_map(Which::OldestIn),
        ];
        (which, strategy, 0_usize..2)
            .prop_map(|(which, strategy, who)| Self { which, strategy, who, ids: Vec::new() })
            .boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        let Which::Some(which, is_active) = &mut self.which else { return true };
        let rows = known.reservations.iter().enumerate();
        let fits: Vec<usize> =
            rows.rev().filter(|(_, row)| row.is_active || !*is_active).map(|(at, _)| at).collect();
        if fits.is_empty() {
            return false;
        }
        which.iter_mut().for_each(|which| *which = fits[*which % fits.len()]);
        which.sort_unstable();
        which.dedup();
        self.ids = which.iter().map(|which| known.book.reservations[*which]).collect();
        true
    }

    fn expect(&self, world: &mut Reference) -> Outcome {
        let wanted = match &self.which {
            Which::Some(which, _) => which.clone(),
            Which::OldestIn(warehouse) => world.oldest_active(*warehouse).into_iter().collect(),
        };
        for which in &wanted {
            world.open(*which, None)?;
        }
        world.make_picks(&wanted, self.strategy, self.who)
    }

    fn job(&self, _: &Known) -> Make {
        let which = match &self.which {
            Which::Some(..) => PickWhich::Reservations(self.ids.clone()),
            Which::OldestIn(warehouse) => {
                PickWhich::Warehouse(Some(WAREHOUSES[*warehouse].parse().unwrap()), 1)
            }
        };
        let command =
            GeneratePickTasks { which, source: "commerce".parse().unwrap(), strategy: self.strategy };
        operate(command, self.who)
    }
}
