//! Changing what an order asks for.

use kernel::{Code, Timestamp, Version};
use proptest::prelude::*;
use reservations::{AmendReservation, Expiry, LineChange, LineWanted, NewLine};

use super::create::asked;
use super::{Act, Known, Make, Target, make, positive};
use crate::catalogue::{LOTS, PLACES, PRODUCTS, START, UNIT};
use crate::reference::{Asked, Order, Outcome, Reference, Spot};

/// Lines that ask for more or less, lines that come on top, and another end.
#[derive(Debug, Clone)]
pub(crate) struct Amend {
    target: Target,
    sets: Vec<(u32, i64)>,
    added: Vec<Asked>,
    until: Option<Option<Timestamp>>,
}

impl Act for Amend {
    fn strategy() -> BoxedStrategy<Self> {
        let quantity = prop_oneof![12 => (2_i64..9).prop_map(|units| units * UNIT), 8 => Just(UNIT), 1 => Just(UNIT / 2)];
        let line_no = prop_oneof![6 => Just(1_u32), 3 => Just(2), 1 => Just(4)];
        let sets = prop::collection::vec((line_no, quantity), 0..3);
        let added = prop::collection::vec(asked(), 0..2);
        let at = (0_i64..900).prop_map(|seconds| Some(START.plus_seconds(seconds)));
        let until = prop_oneof![3 => Just(None), 1 => Just(Some(None)), 1 => at.prop_map(Some)];
        (Target::strategy(), sets, added, until)
            .prop_map(|(target, sets, added, until)| Self { target, sets, added, until })
            .boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        self.target.aim(known)
    }

    /// All of it, or nothing: what grows must be there in full.
    fn expect(&self, world: &mut Reference) -> Outcome {
        let which = self.target.which;
        let promise = world.open(which, self.target.version)?;
        if promise.is_due(world.now) {
            return Err(Code::ReservationExpired);
        }
        let warehouse = promise.warehouse;
        let mut products: Vec<usize> = promise.lines.iter().map(|line| line.asked.product).collect();
        for asked in &self.added {
            world.check_line(asked, warehouse)?;
            products.push(asked.product);
        }
        world.hold_blocked(&products, warehouse);
        if let Some(until) = self.until {
            if until.is_some_and(|at| at <= world.now) {
                return Err(Code::InvalidTime);
            }
            world.promises[which].expires_at = until;
        }
        let held_something = world.promises[which].reserved() > 0;
        let mut wanted = self.resize(world, warehouse)?;
        for asked in &self.added {
            wanted.push(asked.quantity);
            world.promises[which].lines.push(Order::bare(asked));
        }
        let lines = world.promises[which].lines.clone();
        let asked: Vec<Order> = lines
            .iter()
            .zip(&wanted)
            .map(|(line, wanted)| Order { short: *wanted, ..line.clone() })
            .collect();
        let found = world.find_stock(&asked, warehouse);
        let mut lines = world.promises[which].lines.clone();
        world.reserve(&mut lines, &found);
        let got: i64 = found.iter().map(|(.., quantity)| quantity).sum();
        if got < wanted.iter().sum() {
            return Err(Code::InsufficientStock);
        }
        world.promises[which].lines = lines;
        if held_something {
            world.settle(which, false)
        } else {
            world.settle_kept(which)
        }
        Ok(())
    }

    fn job(&self, known: &Known) -> Make {
        let set = |(line_no, quantity): &(u32, i64)| LineChange::Set {
            line: LineWanted::Number(*line_no),
            quantity: positive(*quantity),
        };
        let add = |asked: &Asked| {
            LineChange::Add(NewLine {
                sku: PRODUCTS[asked.product].sku.parse().unwrap(),
                quantity: positive(asked.quantity),
                line_ref: None,
                location: asked.place.map(|place| PLACES[place].code.parse().unwrap()),
                lot: asked.lot.map(|lot| lot.parse().unwrap()),
            })
        };
        let command = AmendReservation {
            id: self.target.id(known),
            expected_version: self.target.version.map(Version),
            expiry: self.until.map(|until| until.map(Expiry::At)),
            lines: self.sets.iter().map(set).chain(self.added.iter().map(add)).collect(),
            explode_kits: false,
        };
        make(move || commands::Amend(command.clone()))
    }
}

impl Amend {
    /// Lines ask for so much in all from now on. What is wanted less is given up, what is short first; answers what each
    /// line wants more.
    fn resize(&self, world: &mut Reference, warehouse: usize) -> Result<Vec<i64>, Code> {
        let which = self.target.which;
        let mut wanted = vec![0; world.promises[which].lines.len()];
        let mut back = Vec::new();
        for (named, (line_no, quantity)) in self.sets.iter().enumerate() {
            let at = usize::try_from(*line_no).unwrap() - 1;
            let is_again = self.sets[..named].iter().any(|(earlier, _)| earlier == line_no);
            if at >= wanted.len() || is_again {
                return Err(Code::UnknownLine);
            }
            let line = &mut world.promises[which].lines[at];
            if *quantity < line.released + line.consumed + line.bound() {
                return Err(Code::QuantityBelowDone);
            }
            let more = quantity - line.asked.quantity;
            line.asked.quantity = *quantity;
            if more > 0 {
                wanted[at] = more;
                line.short += more;
            } else {
                let given_up = (-more).min(line.short);
                line.short -= given_up;
                back.push((at, -more - given_up));
            }
            // Neither may ask for a part of a step, unless that is what is done already.
            let open = quantity - line.released - line.consumed;
            let asked = Asked { place: None, lot: None, ..line.asked.clone() };
            if more > 0 {
                world.check_line(&asked, warehouse)?;
            } else if open > 0 && quantity % PRODUCTS[asked.product].step != 0 {
                return Err(Code::OffStep);
            }
        }
        let mut anything = false;
        for (at, quantity) in back {
            anything |= world.take_out(which, at, quantity, Spot::Available);
        }
        world.moved(anything);
        Ok(wanted)
    }
}

/// The lots by name, for whoever recalls one or gives it another day.
pub(super) fn lot() -> impl Strategy<Value = (usize, usize)> {
    (prop_oneof![1 => Just(0_usize), 8 => Just(1), 4 => Just(2)], 0..LOTS.len())
}
