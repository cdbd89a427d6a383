//! Recalling a lot, and ending the recall.

use commands::{HoldLot, ReleaseLot};
use inventory::HoldReason;
use kernel::Code;
use proptest::prelude::*;

use super::amend::lot;
use super::{Act, Known, Make, make};
use crate::catalogue::{LOTS, PRODUCTS};
use crate::reference::{Outcome, Reference};

/// A lot of a product.
#[derive(Debug, Clone)]
pub(crate) struct Recall {
    product: usize,
    lot: usize,
    /// Whether the recall ends.
    ends: bool,
}

impl Act for Recall {
    fn strategy() -> BoxedStrategy<Self> {
        (lot(), any::<bool>()).prop_map(|((product, lot), ends)| Self { product, lot, ends }).boxed()
    }

    fn expect(&self, world: &mut Reference) -> Outcome {
        let lot = (self.product, LOTS[self.lot].0);
        world.check_lot(lot)?;
        let is_recalled = world.recalled.contains(&lot);
        if self.ends {
            if !is_recalled {
                return Err(Code::LotNotHeld);
            }
            world.recalled.remove(&lot);
            world.free(lot, HoldReason::Recall);
            return Ok(());
        }
        if is_recalled {
            return Err(Code::LotHeld);
        }
        world.recalled.insert(lot);
        world.withdraw(lot);
        Ok(())
    }

    fn job(&self, _: &Known) -> Make {
        let (sku, lot) = (PRODUCTS[self.product].sku, LOTS[self.lot].0);
        let reason = || "the model says so".parse().unwrap();
        if self.ends {
            return make(move || ReleaseLot {
                sku: sku.parse().unwrap(),
                lot: lot.parse().unwrap(),
                reason: reason(),
                expected_version: None,
            });
        }
        make(move || HoldLot {
            sku: sku.parse().unwrap(),
            lot: lot.parse().unwrap(),
            reason: reason(),
            expected_version: None,
        })
    }
}
