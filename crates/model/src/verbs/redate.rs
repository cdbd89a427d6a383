//! Putting right the day a lot expires on.

use commands::SaveLot;
use inventory::HoldReason;
use kernel::Day;
use proptest::prelude::*;

use super::amend::lot;
use super::{Act, Known, Make, make};
use crate::catalogue::{LOTS, PRODUCTS, expires_on};
use crate::reference::{Outcome, Reference};

/// A lot of a product, and its day.
#[derive(Debug, Clone)]
pub(crate) struct Redate {
    product: usize,
    lot: usize,
    days: Option<i64>,
}

impl Act for Redate {
    fn strategy() -> BoxedStrategy<Self> {
        let days = prop_oneof![1 => Just(None), 4 => (-2_i64..4).prop_map(Some)];
        (lot(), days).prop_map(|((product, lot), days)| Self { product, lot, days }).boxed()
    }

    /// One that keeps after all gives back what was held; one that is over is held.
    fn expect(&self, world: &mut Reference) -> Outcome {
        let lot = (self.product, LOTS[self.lot].0);
        world.check_lot(lot)?;
        let was_expired = world.is_expired(lot.0, lot.1, world.now);
        world.lots.insert(lot, expires_on(self.days));
        if was_expired && !world.is_expired(lot.0, lot.1, world.now) {
            world.free(lot, HoldReason::Expired);
        }
        if world.blocked(lot).is_some() {
            world.withdraw(lot);
        }
        Ok(())
    }

    fn job(&self, _: &Known) -> Make {
        let (sku, lot, days) = (PRODUCTS[self.product].sku, LOTS[self.lot].0, self.days);
        make(move || SaveLot {
            sku: sku.parse().unwrap(),
            lot: lot.parse().unwrap(),
            expires_on: expires_on(days).map(Day::of),
            expected_version: None,
        })
    }
}
