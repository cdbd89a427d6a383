//! Reserving stock for an order.

use kernel::{Code, Timestamp};
use proptest::prelude::*;
use reservations::{CreateReservation, Expiry, NewLine};

use super::{Act, Known, Make, make, positive};
use crate::catalogue::{LOTS, PLACES, PRODUCTS, START, UNIT, WAREHOUSES};
use crate::reference::{Asked, Order, Outcome, Promise, Reference, State};

/// An order.
#[derive(Debug, Clone)]
pub(crate) struct Create {
    order: u8,
    warehouse: Option<usize>,
    lines: Vec<Asked>,
    allow_partial: bool,
    backorder: bool,
    until: Option<Until>,
}

/// When it runs out.
#[derive(Debug, Clone, Copy)]
enum Until {
    Seconds(u32),
    At(Timestamp),
}

pub(super) fn asked() -> impl Strategy<Value = Asked> {
    let product = prop_oneof![18 => Just(0_usize), 18 => Just(1), 6 => Just(2), 1 => Just(3), 3 => Just(4), 2 => Just(5)];
    let place = prop::option::weighted(0.15, 0_usize..5);
    let lot = prop::option::weighted(0.15, 0..LOTS.len());
    // Half units are off the step of most products.
    let quantity = prop_oneof![30 => (1_i64..7).prop_map(|units| units * UNIT), 1 => Just(UNIT / 2)];
    (product, quantity, place, lot, prop::bool::weighted(0.2)).prop_map(
        |(product, quantity, place, lot, odd)| {
            let tracked = PRODUCTS[product].tracking != inventory::Tracking::None;
            let lot = lot.filter(|_| tracked || odd).map(|lot| LOTS[lot].0);
            Asked { product, quantity, place, lot }
        },
    )
}

impl Create {
    /// An order for what is there, or that waits for it.
    pub(crate) fn plain() -> impl Strategy<Value = Self> {
        let product = prop_oneof![4 => Just(0_usize), 3 => Just(1), 1 => Just(2), 1 => Just(4)];
        let quantity = (1_i64..5).prop_map(|units| units * UNIT);
        let line = (product, quantity).prop_map(|(product, quantity)| Asked {
            product,
            quantity,
            place: None,
            lot: None,
        });
        let until =
            prop_oneof![4 => Just(None), 1 => (1_u32..90).prop_map(|seconds| Some(Until::Seconds(seconds)))];
        let lines = prop::collection::vec(line, 1..3);
        (0_u8..6, lines, any::<bool>(), until).prop_map(|(order, lines, backorder, until)| Self {
            order,
            warehouse: None,
            lines,
            allow_partial: true,
            backorder,
            until,
        })
    }
}

impl Act for Create {
    fn strategy() -> BoxedStrategy<Self> {
        let until = prop_oneof![
            4 => Just(None),
            4 => (1_u32..90).prop_map(|seconds| Some(Until::Seconds(seconds))),
            1 => (0_i64..400).prop_map(|seconds| Some(Until::At(START.plus_seconds(seconds)))),
        ];
        let warehouse = prop_oneof![8 => Just(None), 1 => Just(Some(0_usize)), 2 => Just(Some(1))];
        let lines = prop::collection::vec(asked(), 1..4);
        (0_u8..6, warehouse, lines, any::<bool>(), any::<bool>(), until)
            .prop_map(|(order, warehouse, lines, allow_partial, backorder, until)| Self {
                order,
                warehouse,
                lines,
                allow_partial,
                backorder,
                until,
            })
            .boxed()
    }

    /// First what was asked for, then the order, then the stock.
    fn expect(&self, world: &mut Reference) -> Outcome {
        let warehouse = self.warehouse.unwrap_or(0);
        for asked in &self.lines {
            world.check_line(asked, warehouse)?;
        }
        let expires_at = match self.until {
            None => None,
            Some(Until::Seconds(seconds)) => Some(world.now.plus_seconds(seconds.into())),
            Some(Until::At(at)) if at > world.now => Some(at),
            Some(Until::At(_)) => return Err(Code::InvalidTime),
        };
        let active = |promise: &Promise| promise.order == self.order && promise.state == State::Active;
        if let Some(which) = world.promises.iter().position(active) {
            // One that has run out does not stand in the way, unless its goods are in hand.
            let promise = &world.promises[which];
            if !promise.is_due(world.now) || promise.bound() > 0 {
                return Err(Code::OrderAlreadyReserved);
            }
            world.run_out(which);
        }
        let mut lines: Vec<Order> = self.lines.iter().map(Order::bare).collect();
        let products: Vec<usize> = self.lines.iter().map(|asked| asked.product).collect();
        world.hold_blocked(&products, warehouse);
        let found = world.find_stock(&lines, warehouse);
        world.reserve(&mut lines, &found);
        let is_short = lines.iter().any(|line| line.short > 0);
        let is_nothing = found.is_empty() && !self.backorder;
        if is_short && (!self.allow_partial || is_nothing) {
            return Err(Code::InsufficientStock);
        }
        world.promise(Promise {
            order: self.order,
            warehouse,
            backorder: self.backorder,
            expires_at,
            state: State::Active,
            version: 1,
            lines,
        });
        Ok(())
    }

    fn job(&self, _: &Known) -> Make {
        let line = |asked: &Asked| NewLine {
            sku: PRODUCTS[asked.product].sku.parse().unwrap(),
            quantity: positive(asked.quantity),
            line_ref: None,
            location: asked.place.map(|place| PLACES[place].code.parse().unwrap()),
            lot: asked.lot.map(|lot| lot.parse().unwrap()),
        };
        let command = CreateReservation {
            source: "commerce".parse().unwrap(),
            order_ref: format!("order-{}", self.order).parse().unwrap(),
            warehouse: self.warehouse.map(|warehouse| WAREHOUSES[warehouse].parse().unwrap()),
            lines: self.lines.iter().map(line).collect(),
            allow_partial: self.allow_partial,
            backorder: self.backorder,
            expiry: self.until.map(|until| match until {
                Until::Seconds(seconds) => Expiry::AfterSeconds(seconds),
                Until::At(at) => Expiry::At(at),
            }),
            ship_to: None,
            ship_by: None,
            metadata: None,
            explode_kits: false,
        };
        make(move || commands::Create(command.clone()))
    }
}
