//! The days, one after the other: orders, cancellations, and in the evening shipment. Knows the order of things; how
//! a call is made is the client's.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::client::{Client, Write};
use super::orders::{Day, Document, Orders, Product};
use super::tally::count;

/// A reservation of this day.
struct Held {
    id: String,
    number: String,
    at: String,
    customer: String,
    lines: Vec<HeldLine>,
}

struct HeldLine {
    line_no: u64,
    sku: String,
    /// What it holds and no cancellation has taken yet.
    left: u64,
}

/// What one cancellation gives back of one reservation.
struct Release {
    number: String,
    id: String,
    units: BTreeMap<u64, u64>,
}

/// Replays every day.
pub(super) fn replay(client: &Client, orders: &Orders, workers: usize) {
    for (date, day) in &orders.days {
        let made = in_parallel(workers, &day.orders, |order| reserve(client, order, &orders.products));
        let mut held: Vec<Held> = made.into_iter().flatten().collect();
        let releases = plan_releases(client, day, &mut held);
        in_parallel(workers, &releases, |planned| release(client, planned));
        held.retain(|held| held.lines.iter().any(|line| line.left > 0));
        in_parallel(workers, &held, |held| consume(client, held, date));
    }
}

/// Hands the items to the workers in their order, and answers what became of each, in the same order.
fn in_parallel<T: Sync, R: Send>(workers: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..workers.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { return };
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, result);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

/// One order: what stands on shelves is asked for; what does not is only asked for where there is nothing else, to be
/// refused.
fn reserve(client: &Client, order: &Document, products: &BTreeMap<String, Product>) -> Option<Held> {
    let on_shelves = |sku: &str| products.get(sku).is_some_and(|product| product.stockable);
    let mut lines: Vec<_> = order.lines.iter().filter(|line| on_shelves(&line.sku)).collect();
    if lines.is_empty() {
        lines = order.lines.iter().collect();
    } else {
        let left_out = order.lines.len().saturating_sub(lines.len());
        count(
            &mut client.tally().lines,
            "not sent: non-stock code (postage, fees, vouchers)",
            as_u64(left_out),
        );
    }
    let asked: Vec<_> = lines.iter().map(|line| json!({ "sku": line.sku, "quantity": line.units })).collect();
    let metadata = json!({ "customer": order.customer, "ordered_at": order.at });
    let write = Write {
        path: "/reservations".to_owned(),
        key: format!("{}-reserve", order.number),
        body: json!({ "order_ref": order.number, "lines": asked, "allow_partial": true, "metadata": metadata }),
    };
    let answer = client.write(&write)?;
    let mut tally = client.tally();
    if answer.status != 201 {
        let code = answer.code();
        count(&mut tally.orders, format!("refused: {code}"), 1);
        count(&mut tally.lines, format!("refused: {code}"), as_u64(lines.len()));
        if code == "insufficient_stock" {
            let units = lines.iter().fold(0_u64, |sum, line| sum.saturating_add(line.units));
            tally.units_short = tally.units_short.saturating_add(units);
        } else if code != "not_stockable" {
            tally
                .failed(format!("order {} is refused for no reason that the file has: {code}", order.number));
        }
        return None;
    }
    let body = answer.json();
    let mut held = Vec::new();
    let mut in_full = true;
    for line in body.get("lines").and_then(Value::as_array).into_iter().flatten() {
        let (reserved, short) = (number(line, "reserved"), number(line, "short"));
        let name = match (reserved, short) {
            (_, 0) => "reserved in full",
            (0, _) => "short: nothing left",
            (_, _) => "short: a part reserved",
        };
        in_full &= short == 0;
        count(&mut tally.lines, name, 1);
        tally.units_short = tally.units_short.saturating_add(short);
        held.push(HeldLine { line_no: number(line, "line_no"), sku: text(line, "sku"), left: reserved });
    }
    if held.len() != lines.len() {
        tally.failed(format!(
            "order {} has {} lines, its reservation {}",
            order.number,
            lines.len(),
            held.len()
        ));
    }
    count(&mut tally.orders, if in_full { "reserved in full" } else { "reserved in part" }, 1);
    let (number, at, customer) = (order.number.clone(), order.at.clone(), order.customer.clone());
    Some(Held { id: text(&body, "id"), number, at, customer, lines: held })
}

/// What the day's cancellations give back: of the same customer and sku, the latest order before it first.
fn plan_releases(client: &Client, day: &Day, held: &mut [Held]) -> Vec<Release> {
    let mut planned = Vec::new();
    for cancellation in &day.cancellations {
        let mut of_this: BTreeMap<String, BTreeMap<u64, u64>> = BTreeMap::new();
        for row in &cancellation.lines {
            let mut wanted = row.units;
            let same = |held: &&mut Held| {
                !held.customer.is_empty()
                    && held.customer == cancellation.customer
                    && held.at <= cancellation.at
            };
            for held in held.iter_mut().rev().filter(same) {
                for line in held.lines.iter_mut().filter(|line| line.sku == row.sku && line.left > 0) {
                    let taken = wanted.min(line.left);
                    if taken > 0 {
                        line.left = line.left.saturating_sub(taken);
                        wanted = wanted.saturating_sub(taken);
                        let units =
                            of_this.entry(held.id.clone()).or_default().entry(line.line_no).or_default();
                        *units = units.saturating_add(taken);
                    }
                }
            }
            if wanted > 0 {
                let mut tally = client.tally();
                tally.rows_to_return = tally.rows_to_return.saturating_add(1);
                tally.units_to_return = tally.units_to_return.saturating_add(wanted);
            }
        }
        let release = |(id, units)| Release { number: cancellation.number.clone(), id, units };
        planned.extend(of_this.into_iter().map(release));
    }
    planned
}

fn release(client: &Client, release: &Release) {
    let Release { number, id, units } = release;
    let lines: Vec<_> =
        units.iter().map(|(line_no, units)| json!({ "line_no": line_no, "quantity": units })).collect();
    let write = Write {
        path: format!("/reservations/{id}/release"),
        key: format!("{number}-release-{id}"),
        body: json!({ "reason": format!("cancelled by {number}"), "lines": lines }),
    };
    let Some(answer) = client.write(&write) else { return };
    let mut tally = client.tally();
    if answer.status != 200 {
        tally.failed(format!("cancellation {number} is refused: {} {}", answer.status, answer.code()));
        return;
    }
    tally.releases = tally.releases.saturating_add(1);
    tally.units_released = units.values().fold(tally.units_released, |sum, units| sum.saturating_add(*units));
}

fn consume(client: &Client, held: &Held, date: &str) {
    let proof = json!({ "carrier": "Replay Post", "tracking_number": held.number, "shipped_at": format!("{date}T23:00:00Z") });
    let write = Write {
        path: format!("/reservations/{}/consume", held.id),
        key: format!("{}-consume", held.number),
        body: json!({ "shipment_proof": proof }),
    };
    let Some(answer) = client.write(&write) else { return };
    let body = answer.json();
    let mut tally = client.tally();
    if answer.status != 200 || text(&body, "state") != "consumed" {
        tally.failed(format!("order {} is not consumed: {} {}", held.number, answer.status, answer.code()));
        return;
    }
    tally.consumptions = tally.consumptions.saturating_add(1);
    for line in &held.lines {
        let shipped = tally.consumed.entry(line.sku.clone()).or_default();
        *shipped = shipped.saturating_add(line.left);
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A quantity: whole units, as all of the file are.
fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn as_u64(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
