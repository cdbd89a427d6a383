//! Shipping reserved stock.

use kernel::{Code, Timestamp, Version};
use proptest::prelude::*;
use reservations::{ConsumeReservation, ShipmentProof};

use super::{Act, Known, Make, Target, operate, selection, selections};
use crate::catalogue::START;
use crate::reference::{Outcome, Reference, Selected, Spot};

/// A reservation, which of its lines, and when they left.
#[derive(Debug, Clone)]
pub(crate) struct Consume {
    target: Target,
    lines: Option<Vec<Selected>>,
    shipped_at: Timestamp,
}

/// Clocks of others may be so far ahead.
const AHEAD_SECONDS: i64 = 300;

impl Act for Consume {
    fn strategy() -> BoxedStrategy<Self> {
        let shipped = prop_oneof![8 => -1000_i64..300, 1 => 300_i64..900];
        (Target::strategy(), selection(), shipped)
            .prop_map(|(target, lines, seconds)| Self {
                target,
                lines,
                shipped_at: START.plus_seconds(seconds),
            })
            .boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        self.target.aim(known)
    }

    fn expect(&self, world: &mut Reference) -> Outcome {
        let which = self.target.which;
        if self.shipped_at > world.now.plus_seconds(AHEAD_SECONDS) {
            return Err(Code::InvalidTime);
        }
        if world.open(which, self.target.version)?.bound() > 0 {
            return Err(Code::FulfilmentInProgress);
        }
        let mut anything = false;
        for (at, quantity) in world.selected(which, self.lines.as_deref())? {
            let reserved = world.promises[which].lines[at].reserved();
            let quantity = quantity.unwrap_or(reserved);
            world.check_part(which, at, quantity, reserved)?;
            if quantity > reserved {
                return Err(Code::QuantityExceedsReserved);
            }
            anything |= world.take_out(which, at, quantity, Spot::Outside);
            world.promises[which].lines[at].consumed += quantity;
        }
        if !anything {
            return Err(Code::QuantityExceedsReserved);
        }
        world.moved(true);
        world.settle(which, false);
        Ok(())
    }

    fn job(&self, known: &Known) -> Make {
        let command = ConsumeReservation {
            id: self.target.id(known),
            proof: ShipmentProof {
                carrier: "DHL".parse().unwrap(),
                tracking_number: "JD014600".parse().unwrap(),
                shipped_at: self.shipped_at,
            },
            lines: selections(self.lines.as_deref()),
            expected_version: self.target.version.map(Version),
        };
        operate(command, 0)
    }
}
