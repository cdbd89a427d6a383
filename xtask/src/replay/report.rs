//! What a replay says at its end, with the rules that it went by. Knows only what was counted.

use std::time::Duration;

use super::orders::Orders;
use super::sums::{Ledger, Sum, by_kind, total};
use super::tally::{Counts, Tally};
use crate::shell::say;

const RULES: &str = "\
rules of this replay (the file has no receipts, stock on hand or warehouses):
  products      every code of the file, with its case; named by its most frequent description
  demand        what orders ask for, less what C invoices take back, over four weeks; below zero is zero
  opening stock the demand of the file's first four weeks; non-stock codes have none
  purchasing    every Monday, before its orders: of each product the demand of the past four weeks, less what is available
                and incoming; as purchase orders of at most 250 lines, approved and ordered at once
  receipts      ten days later, in full: a receiving session at the dock, posted as planned, and a putaway task to the shelf
  orders        every invoice is one reservation with allow_partial, its lines as in the file, in time order day by day;
                non-stock lines are left out, and sent (to be refused) where an order has no others
  cancellations a C invoice releases what is still active of its customer and sku on its day, after the day's orders
                and the latest first; the rest is returned, of what was shipped to that customer (rows without one: to
                nobody known) on earlier days and has not come back, the latest first: received, and restocked; what
                matches no shipment is counted
  shipment      at the end of its day every reservation that is still active leaves: of four orders one by pick task, pack
                session and ship confirmation, the others consumed with a carrier's proof
  write-offs    negative rows that are no C invoice: an adjustment a day for each reason that the description means
                (damage, loss, sample, internal use, else correction), after shipment, as far as the goods are there
  repeats       one write in twelve is sent twice with its key, half of those from two threads at the same moment";

/// What was measured around a replay.
pub(super) struct Run {
    pub(super) wall: Duration,
    pub(super) memory_kb: Option<u64>,
    pub(super) workers: usize,
    pub(super) products: usize,
    /// Units owned before and after.
    pub(super) opening: u64,
    pub(super) closing: u64,
    pub(super) differences: usize,
    /// Products for which the ledger's sums are not what was done, and those of which another quantity is incoming.
    pub(super) unsaid: usize,
    pub(super) not_incoming: usize,
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
pub(super) fn output(tally: &mut Tally, sums: &[Sum], ledger: &Ledger, run: &Run) {
    table("orders", &tally.orders);
    table("documents", &tally.documents);
    say("sums:");
    for sum in sums {
        say(&format!("  {}", sum.in_words()));
    }
    let flow = total(&tally.flows);
    say(&format!(
        "units: {} at first + {} received + {} returned − {} shipped − {} adjusted; {} owned at last",
        run.opening, flow.received, flow.returned, flow.shipped, flow.adjusted, run.closing
    ));
    let kinds: Vec<_> = by_kind(ledger).iter().map(|(kind, units)| format!("{kind} {units}")).collect();
    say(&format!("the ledger: {}", kinds.join(", ")));
    say(&format!(
        "balances, ledger and what was done: {} and {} differences over {} products; incoming: {}",
        run.differences, run.unsaid, run.products, run.not_incoming
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
