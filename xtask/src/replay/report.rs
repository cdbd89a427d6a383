//! What a replay says at its end, with the rules that it went by. Knows only what was counted.

use std::time::Duration;

use super::orders::Orders;
use super::tally::{Counts, Tally};
use crate::shell::say;

const RULES: &str = "\
rules of this replay (the file has no receipts, stock on hand or warehouses):
  products      every code of the file, with its case; named by its most frequent description
  opening stock 90 % of what the file's orders ask for of each product, rounded down; non-stock codes have none
  orders        every invoice is one reservation with allow_partial, its lines as in the file, in time order day by day;
                non-stock lines are left out, and sent (to be refused) where an order has no others
  cancellations a C invoice releases what is still active of its customer and sku on its day, after the day's orders
                and the latest first; the rest is counted for the returns that come later
  shipment      at the end of its day every reservation that is still active is consumed with a shipment proof
  write-offs    counted only
  repeats       one write in twelve is sent twice with its key, half of those from two threads at the same moment";

/// What was measured around a replay.
pub(super) struct Run {
    pub(super) wall: Duration,
    pub(super) memory_kb: Option<u64>,
    pub(super) workers: usize,
    pub(super) products: usize,
    pub(super) differences: usize,
    /// Answers that were asked again for their moment, and how many of them were not the same.
    pub(super) looks: usize,
    pub(super) changed: usize,
    /// Products whose arithmetic was added up, and how many of them did not give their stock.
    pub(super) explained: usize,
    pub(super) unexplained: usize,
}

/// What the file holds.
pub(super) fn input(orders: &Orders) {
    say(RULES);
    let documents = |of: fn(&super::orders::Day) -> usize| orders.days.values().map(of).sum::<usize>();
    say(&format!(
        "\n{} rows, {} products, {} days, {} orders, {} cancellations",
        orders.rows,
        orders.products.len(),
        orders.days.len(),
        documents(|day| day.orders.len()),
        documents(|day| day.cancellations.len()),
    ));
    say("dirt:");
    for (kind, found) in &orders.dirt {
        say(&format!("  {found:>8}  {kind}"));
    }
}

/// What became of it.
pub(super) fn output(tally: &mut Tally, run: &Run) {
    table("orders", &tally.orders);
    table("lines", &tally.lines);
    say(&format!("units short: {}", tally.units_short));
    say(&format!(
        "releases: {} ({} units); for later returns: {} rows ({} units); consumptions: {}",
        tally.releases, tally.units_released, tally.rows_to_return, tally.units_to_return, tally.consumptions
    ));
    say(&format!(
        "writes sent twice: {} one after the other, {} at the same moment",
        tally.repeated_later, tally.repeated_at_once
    ));
    let millis = u64::try_from(run.wall.as_millis()).unwrap_or(u64::MAX).max(1);
    let (p50, p99) = (tally.percentile(50), tally.percentile(99));
    say(&format!(
        "answers: {} in {} ms by {} workers: {} a second, p50 {} µs, p99 {} µs",
        tally.answers,
        millis,
        run.workers,
        tally.answers.saturating_mul(1000).checked_div(millis).unwrap_or_default(),
        p50.as_micros(),
        p99.as_micros(),
    ));
    if let Some(memory_kb) = run.memory_kb {
        say(&format!("server's peak memory: {} MB", memory_kb / 1024));
    }
    say(&format!(
        "owned = opening − consumed: {} differences over {} products",
        run.differences, run.products
    ));
    say(&format!("the past (as_of): {} differences over {} looks at random moments", run.changed, run.looks));
    say(&format!("explain: {} of {} products do not sum to their stock", run.unexplained, run.explained));
}

fn table(name: &str, counts: &Counts) {
    let total = counts.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    say(&format!("{name}: {total}"));
    for (kind, count) in counts {
        say(&format!("  {count:>8}  {kind}"));
    }
}
