//! Giving reserved stock back.

use kernel::{Code, Version};
use proptest::prelude::*;
use reservations::ReleaseReservation;

use super::{Act, Known, Make, Target, operate, selection, selections};
use crate::reference::{Outcome, Reference, Selected, Spot};

/// A reservation, and which of its lines.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    target: Target,
    lines: Option<Vec<Selected>>,
    /// Whether what is in the hands of the floor is to come back.
    asks_back: bool,
}

impl Act for Release {
    fn strategy() -> BoxedStrategy<Self> {
        let all = (Target::strategy(), selection(), prop::bool::weighted(0.25));
        all.prop_map(|(target, lines, asks_back)| Self { target, lines, asks_back }).boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        self.target.aim(known)
    }

    /// Takes what is reserved first, then what is short; what is in the hands of the floor comes back later, if asked for.
    fn expect(&self, world: &mut Reference) -> Outcome {
        let which = self.target.which;
        world.open(which, self.target.version)?;
        let mut anything = false;
        let selected = world.selected(which, self.lines.as_deref())?;
        let lines = &world.promises[which].lines;
        let can_go = selected.iter().any(|(at, _)| lines[*at].free() + lines[*at].short > 0);
        let comes_back = self.asks_back && selected.iter().any(|(at, _)| lines[*at].going_out() > 0);
        if !can_go && !comes_back {
            let in_hand = selected.iter().any(|(at, _)| lines[*at].bound() > 0);
            return match (in_hand, self.asks_back) {
                (false, _) => Err(Code::QuantityExceedsReserved),
                (true, false) => Err(Code::FulfilmentInProgress),
                (true, true) => {
                    let too_much = |(at, quantity): &(usize, Option<i64>)| {
                        quantity.is_some_and(|quantity| quantity > lines[*at].back)
                    };
                    if selected.iter().any(too_much) { Err(Code::QuantityExceedsReserved) } else { Ok(()) }
                }
            };
        }
        let mut marked = Vec::new();
        for (at, quantity) in selected {
            let line = &world.promises[which].lines[at];
            let (reserved, open) = (line.free(), line.free() + line.short);
            let all = open + if self.asks_back { line.going_out() } else { 0 };
            let quantity = quantity.unwrap_or(all);
            world.check_part(which, at, quantity, all)?;
            if quantity > all {
                return Err(Code::QuantityExceedsReserved);
            }
            let at_once = quantity.min(open);
            anything |= world.take_out(which, at, at_once.min(reserved), Spot::Available);
            let line = &mut world.promises[which].lines[at];
            line.short -= at_once - at_once.min(reserved);
            line.released += at_once;
            if line.back == 0 && quantity > at_once {
                marked.push(at);
            }
            line.back += quantity - at_once;
        }
        world.moved(anything);
        if can_go {
            world.settle(which, false);
        } else {
            world.settle_kept(which);
        }
        if !marked.is_empty() {
            world.ask_back(which, &marked);
        }
        Ok(())
    }

    fn about(&self) -> String {
        if self.asks_back { "back".to_owned() } else { String::new() }
    }

    fn job(&self, known: &Known) -> Make {
        let command = ReleaseReservation {
            id: self.target.id(known),
            reason: "the model says so".parse().unwrap(),
            lines: selections(self.lines.as_deref()),
            request_unpick: self.asks_back,
            expected_version: self.target.version.map(Version),
        };
        operate(command, 0)
    }
}
