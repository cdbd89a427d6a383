//! What holds after any sequence of commands. Each property names the bug that it would catch.

use std::collections::BTreeMap;

use inventory::BalanceKey;
use kernel::{LocationId, ProductId, Quantity, ReservationId};
use proptest::prelude::*;

use super::world::*;
use crate::*;

#[derive(Debug, Clone)]
enum Step {
    Receive { milk: Option<u8>, at: bool, quantity: u32 },
    Create { order: u8, lines: Vec<Wanted>, allow_partial: bool, backorder: bool, ttl_seconds: Option<u32> },
    Release { which: usize, lines: Option<Vec<(u32, Option<u32>)>> },
    Consume { which: usize, lines: Option<Vec<(u32, Option<u32>)>> },
    Fill { which: usize },
    Expire { which: usize },
    Wait { seconds: i64 },
}

/// Milk of a lot or tea; how much; bound to a location or lot or not.
#[derive(Debug, Clone)]
struct Wanted {
    milk: bool,
    quantity: u32,
    location: Option<bool>,
    lot: Option<u8>,
}

const LOTS: [(&str, Option<i64>); 3] = [("A", Some(0)), ("B", Some(5)), ("C", None)];

fn lot(number: u8) -> &'static str {
    LOTS[usize::from(number) % LOTS.len()].0
}

fn place(front: bool) -> LocationId {
    if front { FRONT } else { BACK }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wanted = (
        any::<bool>(),
        1_u32..8,
        prop::option::weighted(0.2, any::<bool>()),
        prop::option::weighted(0.2, 0_u8..3),
    );
    let wanted = wanted.prop_map(|(milk, quantity, location, lot)| Wanted { milk, quantity, location, lot });
    let selection = || prop::option::of(prop::collection::vec((1_u32..4, prop::option::of(1_u32..6)), 1..3));
    let which = || 0_usize..8;
    let ttl = prop::option::of(1_u32..100);
    let create = (0_u8..5, prop::collection::vec(wanted, 1..4), any::<bool>(), any::<bool>(), ttl);
    let step = prop_oneof![
        3 => (prop::option::of(0_u8..3), any::<bool>(), 1_u32..12)
            .prop_map(|(milk, at, quantity)| Step::Receive { milk, at, quantity }),
        4 => create.prop_map(|(order, lines, allow_partial, backorder, ttl_seconds)| {
            Step::Create { order, lines, allow_partial, backorder, ttl_seconds }
        }),
        2 => (which(), selection()).prop_map(|(which, lines)| Step::Release { which, lines }),
        2 => (which(), selection()).prop_map(|(which, lines)| Step::Consume { which, lines }),
        1 => which().prop_map(|which| Step::Fill { which }),
        1 => which().prop_map(|which| Step::Expire { which }),
        1 => prop_oneof![1_i64..60, 80_000_i64..90_000].prop_map(|seconds| Step::Wait { seconds }),
    ];
    prop::collection::vec(step, 1..40)
}

/// A world, and what is known of it from the steps alone.
struct Run {
    world: World,
    made: Vec<ReservationId>,
    received: BTreeMap<ProductId, Quantity>,
}

fn selections(lines: Option<&Vec<(u32, Option<u32>)>>) -> Option<Vec<LineSelection>> {
    let select = |(line_no, quantity): &(u32, Option<u32>)| LineSelection {
        line: LineWanted::Number(*line_no),
        quantity: quantity.map(positive),
    };
    lines.map(|lines| lines.iter().map(select).collect())
}

impl Run {
    fn new() -> Self {
        let mut world = World::empty();
        LOTS.iter().for_each(|(lot, days)| world.lot(lot, *days));
        Self { world, made: Vec::new(), received: BTreeMap::new() }
    }

    /// Takes a step; whether it was done.
    fn take(&mut self, step: &Step) -> bool {
        let chosen = |made: &[ReservationId], which: usize| {
            made.len().checked_sub(1).map(|last| made[which.min(last)])
        };
        match step {
            Step::Receive { milk, at, quantity } => {
                let (product, lot) = milk.map_or((TEA, ""), |number| (MILK, lot(number)));
                self.world.receive(product, place(*at), lot, *quantity);
                let sum = self.received.entry(product).or_default();
                *sum = sum.saturating_add(units(*quantity));
                true
            }
            Step::Create { order, lines, allow_partial, backorder, ttl_seconds } => {
                let lines = lines.iter().map(|wanted| {
                    let product = if wanted.milk { MILK } else { TEA };
                    let code = |front| if front { "FRONT" } else { "BACK" }.parse().unwrap();
                    let lot = wanted.lot.filter(|_| wanted.milk).map(|number| lot(number).parse().unwrap());
                    NewLine { location: wanted.location.map(code), lot, ..line(product, wanted.quantity) }
                });
                let made = self.world.create(&CreateReservation {
                    allow_partial: *allow_partial,
                    backorder: *backorder,
                    expiry: ttl_seconds.map(Expiry::AfterSeconds),
                    ..super::world::order(&format!("order-{order}"), lines.collect())
                });
                self.made.extend(made.as_ref().ok());
                made.is_ok()
            }
            Step::Release { which, lines } => chosen(&self.made, *which)
                .is_some_and(|id| self.world.release(id, selections(lines.as_ref())).is_ok()),
            Step::Consume { which, lines } => chosen(&self.made, *which)
                .is_some_and(|id| self.world.consume(id, selections(lines.as_ref())).is_ok()),
            // Done even where nothing suits: what ran out may have been given back on the way.
            Step::Fill { which } => chosen(&self.made, *which).is_some_and(|id| self.world.fill(id).is_ok()),
            Step::Expire { which } => {
                chosen(&self.made, *which).is_some_and(|id| self.world.expire(id) == Ok(true))
            }
            Step::Wait { seconds } => {
                self.world.now = self.world.now.plus_seconds(*seconds);
                true
            }
        }
    }

    /// What must hold now.
    fn check(&self) -> Result<(), TestCaseError> {
        let mut held: BTreeMap<&BalanceKey, Quantity> = BTreeMap::new();
        let mut shipped: BTreeMap<ProductId, Quantity> = BTreeMap::new();
        let mut orders = Vec::new();
        for reservation in self.world.own.reservations.values() {
            // Catches a part of a line that is moved twice, or lost; and a state that does not follow the lines.
            prop_assert_eq!(audit_reservation(reservation), Vec::new());
            if reservation.state == ReservationState::Active {
                orders.push((&reservation.source, &reservation.order_ref));
            }
            for line in &reservation.lines {
                let sum = shipped.entry(line.product).or_default();
                *sum = sum.saturating_add(line.consumed);
                for allocation in &line.allocations {
                    prop_assert!(allocation.remaining <= allocation.quantity);
                    let sum = held.entry(&allocation.key).or_default();
                    *sum = sum.saturating_add(allocation.remaining);
                }
            }
        }
        // Catches a second reservation of an order.
        let active = orders.len();
        orders.sort();
        orders.dedup();
        prop_assert_eq!(orders.len(), active);
        let mut owned: BTreeMap<ProductId, Quantity> = BTreeMap::new();
        for (key, balance) in &self.world.stock.balances {
            // Catches stock that is reserved and that no line holds, or the other way round.
            prop_assert_eq!(balance.reserved, held.remove(key).unwrap_or_default(), "{:?}", key);
            let sum = owned.entry(key.product).or_default();
            *sum = sum.saturating_add(balance.owned());
        }
        prop_assert!(held.values().all(|left| left.is_zero()), "held where there is no balance: {held:?}");
        for (product, received) in &self.received {
            // Catches stock made or lost: what came in is here or was shipped.
            let gone = shipped.get(product).copied().unwrap_or_default();
            prop_assert_eq!(owned[product].saturating_add(gone), *received);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn nothing_is_made_lost_or_promised_twice(steps in steps()) {
        let mut run = Run::new();
        for step in &steps {
            let before = run.world.snapshot();
            let done = run.take(step);
            if !done {
                // Catches a refusal that leaves something behind.
                prop_assert_eq!(run.world.snapshot(), before, "{:?}", step);
                continue;
            }
            run.check()?;
            for (id, old) in &before.1 {
                let new = run.world.get(*id);
                // Catches a final state that is left, and a change without a version.
                if old.state != ReservationState::Active {
                    prop_assert_eq!(new, old);
                }
                let raised = new.version == old.version.next();
                prop_assert!(new == old || raised, "{:?} became {:?}", old, new);
            }
        }
    }

    #[test]
    fn a_release_of_all_restores_what_was_available(steps in steps(), lines in 1_u32..4, quantity in 1_u32..9) {
        let mut run = Run::new();
        steps.iter().for_each(|step| { run.take(step); });
        let available = |world: &World| {
            let rows = world.stock.balances.iter().map(|(key, row)| (key.clone(), row.available));
            rows.collect::<BTreeMap<_, _>>()
        };
        // Nothing may run out in between, or stock comes back that the reservation did not take.
        for id in run.made.clone() {
            let _was_due = run.world.expire(id).unwrap();
        }
        let wanted = (0..lines).map(|at| line(if at % 2 == 0 { MILK } else { TEA }, quantity)).collect();
        let command = CreateReservation { backorder: true, ..partial("the last", wanted) };
        // The first to come holds the lots that have expired.
        let first = run.world.create(&command).unwrap();
        run.world.release(first, None).unwrap();
        let before = available(&run.world);
        let id = run.world.create(&command).unwrap();
        run.world.release(id, None).unwrap();
        prop_assert_eq!(available(&run.world), before);
        prop_assert_eq!(run.world.get(id).state, ReservationState::Released);
        run.check()?;
    }

    #[test]
    fn never_short_while_suitable_stock_is_there(steps in steps()) {
        // Catches an allocation that stops too early, or skips a place.
        let mut run = Run::new();
        for step in &steps {
            let (made, done) = (run.made.len(), run.take(step));
            let Step::Create { .. } = step else { continue };
            let Some(id) = run.made.get(made).filter(|_| done) else { continue };
            let reservation = run.world.get(*id);
            for line in reservation.lines.iter().filter(|line| !line.short.is_zero()) {
                let left = run.world.stock.balances.iter().filter(|(key, balance)| {
                    let lot = run.world.stock.lots.get(&(key.product, key.lot.clone()));
                    let code = &run.world.stock.locations[&key.location].code;
                    key.product == line.product
                        && !balance.available.is_zero()
                        && line.location.as_ref().is_none_or(|wanted| wanted == code)
                        && line.lot.as_ref().is_none_or(|wanted| *wanted == key.lot)
                        && !lot.is_some_and(|lot| lot.is_expired(run.world.now))
                });
                prop_assert_eq!(left.count(), 0, "line {} is short", line.line_no);
            }
        }
    }
}
