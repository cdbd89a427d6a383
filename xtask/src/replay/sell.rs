//! Customers' orders: reserved when they come, shipped in the evening, some of them by way of pick, pack and ship. Knows
//! reservations and fulfilment.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::Date;

use super::answers::{as_u64, list, number, text};
use super::client::{Client, Write};
use super::crew::in_parallel;
use super::orders::{Document, Orders, Product};
use super::records::{Record, at};
use super::tally::count;

/// Of the orders of a day, every so many is picked, packed and shipped; the others leave with a carrier's proof.
const PICKED: usize = 4;

/// A reservation of this day.
pub(super) struct Held {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) at: String,
    pub(super) customer: String,
    pub(super) lines: Vec<HeldLine>,
}

pub(super) struct HeldLine {
    pub(super) line_no: u64,
    pub(super) sku: String,
    /// What it holds and no cancellation has taken.
    pub(super) left: u64,
}

impl Held {
    /// Whether anything of it is to be shipped.
    pub(super) fn holds_anything(&self) -> bool {
        self.lines.iter().any(|line| line.left > 0)
    }
}

/// Reserves the orders of a day.
pub(super) fn reserve_all(
    client: &Client,
    orders: &Orders,
    of_day: &[Document],
    workers: usize,
) -> Vec<Held> {
    let made = in_parallel(workers, of_day, |order| reserve(client, order, &orders.products));
    made.into_iter().flatten().collect()
}

/// One order: what stands on shelves is asked for; what does not is only asked for where there is nothing else, to be
/// refused.
fn reserve(client: &Client, order: &Document, products: &BTreeMap<String, Product>) -> Option<Held> {
    let on_shelves = |sku: &str| products.get(sku).is_some_and(|product| product.stockable);
    let (mut lines, others): (Vec<_>, Vec<_>) = order.lines.iter().partition(|line| on_shelves(&line.sku));
    if lines.is_empty() {
        lines = others;
    } else {
        let units = others.iter().fold(0_u64, |sum, line| sum.saturating_add(line.units));
        let name = "not sent: non-stock code (postage, fees, vouchers)";
        client.tally().sold.count(name, as_u64(others.len()), units);
    }
    let asked: Vec<_> = lines.iter().map(|line| json!({ "sku": line.sku, "quantity": line.units })).collect();
    let metadata = json!({ "customer": order.customer, "ordered_at": order.at });
    let body =
        json!({ "order_ref": order.number, "lines": asked, "allow_partial": true, "metadata": metadata });
    let answer = client.write(&Write::post("/reservations", format!("{}-reserve", order.number), body))?;
    let mut tally = client.tally();
    if answer.status != 201 {
        let code = answer.code();
        count(&mut tally.orders, format!("refused: {code}"), 1);
        let units = lines.iter().fold(0_u64, |sum, line| sum.saturating_add(line.units));
        tally.sold.count(&format!("refused: {code}"), as_u64(lines.len()), units);
        if code != "insufficient_stock" && code != "not_stockable" {
            tally
                .failed(format!("order {} is refused for no reason that the file has: {code}", order.number));
        }
        return None;
    }
    let body = answer.json();
    let mut held = Vec::new();
    let mut in_full = true;
    for line in list(&body, "lines") {
        let (reserved, short) = (number(line, "reserved"), number(line, "short"));
        let name = match (reserved, short) {
            (_, 0) => "reserved in full",
            (0, _) => "short: nothing left",
            (_, _) => "short: a part reserved",
        };
        in_full &= short == 0;
        count(&mut tally.sold.rows, name, 1);
        count(&mut tally.sold.units, "short", short);
        held.push(HeldLine { line_no: number(line, "line_no"), sku: text(line, "sku"), left: reserved });
    }
    if held.len() != lines.len() {
        let (asked, there) = (lines.len(), held.len());
        tally.failed(format!("order {} has {asked} lines, its reservation {there}", order.number));
    }
    count(&mut tally.orders, if in_full { "reserved in full" } else { "reserved in part" }, 1);
    let (number, at, customer) = (order.number.clone(), order.at.clone(), order.customer.clone());
    Some(Held { id: text(&body, "id"), number, at, customer, lines: held })
}

/// Ships what is held; answers of each whether it has left.
pub(super) fn ship_all(client: &Client, held: &[Held], date: Date, workers: usize) -> Vec<bool> {
    let is_picked = |nth: usize| nth.is_multiple_of(PICKED);
    let wave: Vec<_> =
        (0..held.len()).filter(|nth| is_picked(*nth)).filter_map(|nth| held.get(nth)).collect();
    let picks = pick_tasks(client, &wave, date);
    let numbered: Vec<_> = held.iter().collect();
    in_parallel(workers, &numbered, |held| {
        let left = match picks.get(&held.number) {
            Some(pick) => walk(client, held, pick, date),
            None => carry(client, held, date),
        };
        let Some(reservation) = left else { return false };
        let mut tally = client.tally();
        let consumed: BTreeMap<u64, u64> = list(&reservation, "lines")
            .iter()
            .map(|line| (number(line, "line_no"), number(line, "consumed")))
            .collect();
        let differs = |line: &&HeldLine| consumed.get(&line.line_no) != Some(&line.left);
        if text(&reservation, "state") != "consumed" || held.lines.iter().any(|line| differs(&line)) {
            tally.failed(format!("order {} did not leave as it was held: {reservation}", held.number));
            return false;
        }
        for line in &held.lines {
            count(&mut tally.sold.units, "shipped", line.left);
            let flow = tally.flow(&line.sku);
            flow.shipped = flow.shipped.saturating_add(line.left);
        }
        true
    })
}

/// The pick tasks of a day, one for each of these orders, by their numbers.
fn pick_tasks(client: &Client, wave: &[&Held], date: Date) -> BTreeMap<String, Value> {
    if wave.is_empty() {
        return BTreeMap::new();
    }
    let orders: Vec<_> = wave.iter().map(|held| held.number.as_str()).collect();
    let body = json!({ "order_refs": orders, "strategy": "single" });
    let path = "/operations/pick-tasks/generate-from-reservations";
    let made = client.must(&Write::post(path, format!("picks-{date}"), body), &[201]);
    let mut picks = BTreeMap::new();
    for record in made.as_ref().map_or(&[][..], |made| list(made, "data")) {
        let order = list(record, "lines").first().map(|line| text(line, "order_ref"));
        picks.extend(order.map(|order| (order, record.clone())));
    }
    if picks.len() != wave.len() {
        client.tally().failed(format!("{date}: {} picks for {} orders", picks.len(), wave.len()));
    }
    picks
}

/// Pick, pack, ship; answers the reservation as the shop sees it then.
fn walk(client: &Client, held: &Held, pick: &Value, date: Date) -> Option<Value> {
    let pick = Record::of(client, "pick-tasks", &format!("{}-pick", held.number), pick.clone());
    let pick = pick.moved("in_progress")?.done(&at(date, 20))?;
    let pack = pick.next("generate-pack-session", "pack-sessions")?;
    let pack = pack.moved("in_progress")?.done(&at(date, 21))?;
    let ship = pack.next("generate-ship-confirmation", "ship-confirmations")?;
    let ship =
        ship.say(json!({ "payload": { "carrier": "Replay Post", "tracking_number": held.number } }))?;
    let ship = ship.moved("in_progress")?.done(&at(date, 23))?;
    let mut tally = client.tally();
    for what in ["pick tasks", "pack sessions", "ship confirmations"] {
        tally.done(what);
    }
    drop(tally);
    consume(client, held, json!({ "ship_confirmation_id": ship.id() }))
}

/// A carrier's proof.
fn carry(client: &Client, held: &Held, date: Date) -> Option<Value> {
    let proof =
        json!({ "carrier": "Replay Post", "tracking_number": held.number, "shipped_at": at(date, 23) });
    let left = consume(client, held, proof)?;
    client.tally().done("consumptions by a carrier's proof");
    Some(left)
}

fn consume(client: &Client, held: &Held, proof: Value) -> Option<Value> {
    let path = format!("/reservations/{}/consume", held.id);
    let write = Write::post(path, format!("{}-consume", held.number), json!({ "shipment_proof": proof }));
    client.must(&write, &[200])
}
