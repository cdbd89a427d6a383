//! Purchasing: every Monday what the past four weeks say, delivered ten days later over the dock. Knows purchase orders,
//! receiving and putaway, and nothing of customers.

use std::collections::BTreeMap;

use serde_json::json;
use time::{Date, Duration};

use super::answers::{list, number, text};
use super::client::Client;
use super::crew::in_parallel;
use super::orders::{FOUR_WEEKS, Orders};
use super::past::escaped;
use super::records::{Record, at};
use super::setup::VENDOR;

/// How long a delivery takes.
const LEAD_TIME: Duration = Duration::days(10);
/// The most lines of an order: a record may have 2000, but whoever looks at a movement sees all of it.
const MOST_LINES: usize = 250;
/// Products of one question.
const SKUS: usize = 200;

/// An order at the vendor.
struct Ordered {
    due: Date,
    id: String,
    lines: Vec<(String, u64)>,
}

/// What vendors owe.
#[derive(Default)]
pub(super) struct Purchasing {
    open: Vec<Ordered>,
}

impl Purchasing {
    /// What is owed of each product.
    pub(super) fn owed(&self) -> BTreeMap<String, u64> {
        let mut owed: BTreeMap<String, u64> = BTreeMap::new();
        for (sku, units) in self.open.iter().flat_map(|order| &order.lines) {
            let sum = owed.entry(sku.clone()).or_default();
            *sum = sum.saturating_add(*units);
        }
        owed
    }

    /// Orders what was asked for in the past four weeks, less what is available and incoming.
    pub(super) fn order(&mut self, client: &Client, orders: &Orders, monday: Date, workers: usize) {
        let demand = orders.demand(monday.saturating_sub(FOUR_WEEKS), monday);
        let wanted: Vec<(String, u64)> =
            demand.into_iter().map(|(sku, units)| (sku.to_owned(), units)).collect();
        let asked: Vec<_> = wanted.chunks(SKUS).collect();
        let answers = in_parallel(workers, &asked, |skus| missing(client, skus));
        let lines: Vec<_> = answers.into_iter().flatten().collect();
        for (nth, lines) in lines.chunks(MOST_LINES).enumerate() {
            if let Some(id) = buy(client, &format!("po-{monday}-{nth}"), lines) {
                self.open.push(Ordered { due: monday.saturating_add(LEAD_TIME), id, lines: lines.to_vec() });
            }
        }
    }

    /// Receives and puts away what is due.
    pub(super) fn deliver(&mut self, client: &Client, today: Date, workers: usize) {
        let due: Vec<Ordered> = self.open.extract_if(.., |order| order.due <= today).collect();
        in_parallel(workers, &due, |order| {
            receive(client, order, today).or_else(|| {
                client.tally().failed(format!("purchase order {} did not come in", order.id));
                None
            })
        });
    }
}

/// What is to be bought of these products; nothing where there is enough.
fn missing(client: &Client, wanted: &[(String, u64)]) -> Vec<(String, u64)> {
    let skus: Vec<_> = wanted.iter().map(|(sku, _)| escaped(sku)).collect();
    let found = client.get(&format!("/availability?group_by=sku&limit=500&sku={}", skus.join(",")));
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            client.tally().failed(format!("availability before ordering: {error:#}"));
            return Vec::new();
        }
    };
    let there: BTreeMap<String, u64> = list(&found, "data")
        .iter()
        .map(|row| (text(row, "sku"), number(row, "available").saturating_add(number(row, "incoming"))))
        .collect();
    let missing = wanted
        .iter()
        .map(|(sku, units)| (sku.clone(), units.saturating_sub(there.get(sku).copied().unwrap_or_default())));
    missing.filter(|(_, units)| *units > 0).collect()
}

fn buy(client: &Client, key: &str, lines: &[(String, u64)]) -> Option<String> {
    let lines_of: Vec<_> = lines.iter().map(|(sku, units)| json!({ "sku": sku, "planned": units })).collect();
    let body = json!({ "payload": { "vendor": VENDOR, "vendor_reference": key }, "lines": lines_of });
    let order = Record::make(client, "purchase-orders", key, body)?;
    let order = order.moved_by("replay-approver", "approved")?.moved("ordered")?;
    let mut tally = client.tally();
    tally.done("purchase orders");
    for (sku, units) in lines {
        let flow = tally.flow(sku);
        flow.ordered = flow.ordered.saturating_add(*units);
    }
    Some(order.id())
}

/// Over the dock, as planned, to the shelf; the order closes by itself.
fn receive(client: &Client, order: &Ordered, today: Date) -> Option<()> {
    let of = json!({ "id": order.id });
    let key = format!("po-{}", order.id);
    let session = Record::of(client, "purchase-orders", &key, of);
    let session = session.next("create-receiving-session", "receiving-sessions")?;
    let session = session.moved("receiving")?.done(&at(today, 6))?;
    let task = session.next("generate-putaway", "putaway-tasks")?;
    task.moved("in_progress")?.done(&at(today, 7))?;
    let closed = client.get(&format!("/operations/purchase-orders/{}", order.id)).ok()?;
    let state = text(&closed, "state");
    let mut tally = client.tally();
    if state != "closed" {
        tally.failed(format!("purchase order {} is {state} after all of it came", order.id));
    }
    tally.done("receiving sessions");
    tally.done("putaway tasks");
    for (sku, units) in &order.lines {
        let flow = tally.flow(sku);
        flow.received = flow.received.saturating_add(*units);
    }
    Some(())
}
