//! Cancellations: what is still held is released; what was shipped comes back and goes to its shelf again. Knows which
//! shipment a row means, as far as the file says so.

use std::collections::BTreeMap;

use serde_json::json;
use time::Date;

use super::client::{Client, Write};
use super::crew::in_parallel;
use super::orders::{Document, Product};
use super::records::{Record, at};
use super::sell::Held;
use super::tally::{Became, count};

/// Units of a line of a reservation.
struct Of {
    id: String,
    line_no: u64,
    sku: String,
    units: u64,
}

/// What left, by customer and sku, the latest last: what of it may come back.
#[derive(Default)]
pub(super) struct Shipped(BTreeMap<(String, String), Vec<Of>>);

impl Shipped {
    /// An order that left.
    pub(super) fn add(&mut self, held: &Held) {
        for line in held.lines.iter().filter(|line| line.left > 0) {
            let (id, sku) = (held.id.clone(), line.sku.clone());
            let of = Of { id, line_no: line.line_no, sku: sku.clone(), units: line.left };
            self.0.entry((held.customer.clone(), sku)).or_default().push(of);
        }
    }
}

/// What one cancellation gives back: of reservations, and of shipments.
pub(super) struct Cancelled {
    number: String,
    releases: BTreeMap<String, BTreeMap<u64, u64>>,
    returns: Vec<Of>,
    became: Became,
}

/// What the day's cancellations give back: of the same customer and sku, what is held before what was shipped, and the
/// latest first.
pub(super) fn plan(
    cancellations: &[Document],
    held: &mut [Held],
    shipped: &mut Shipped,
    products: &BTreeMap<String, Product>,
) -> Vec<Cancelled> {
    let mut planned = Vec::new();
    for cancellation in cancellations {
        let mut cancelled = Cancelled {
            number: cancellation.number.clone(),
            releases: BTreeMap::new(),
            returns: Vec::new(),
            became: Became::default(),
        };
        for row in &cancellation.lines {
            if !products.get(&row.sku).is_some_and(|product| product.stockable) {
                cancelled.became.count("non-stock code (postage, fees, discounts)", 1, row.units);
                continue;
            }
            let after = cancelled.release(cancellation, &row.sku, row.units, held);
            let rest = cancelled.give_back(&cancellation.customer, &row.sku, after, shipped);
            let name = match (after == row.units, after == rest, rest == 0) {
                (false, true, true) => "released the same day",
                (true, false, true) => "returned",
                (true, true, _) => "no shipment to this customer that is not returned yet",
                (_, _, true) => "a part released, the rest returned",
                (_, _, false) => "a part released or returned, no shipment for the rest",
            };
            let units = &mut cancelled.became.units;
            for (kind, part) in [
                ("released", row.units.saturating_sub(after)),
                ("returned", after.saturating_sub(rest)),
                ("no shipment to be returned", rest),
            ] {
                count(units, kind, part);
            }
            count(&mut cancelled.became.rows, name, 1);
        }
        planned.push(cancelled);
    }
    planned
}

impl Cancelled {
    /// Takes from what is held; answers what is left to be taken.
    fn release(&mut self, of: &Document, sku: &str, units: u64, held: &mut [Held]) -> u64 {
        let mut wanted = units;
        let same =
            |held: &&mut Held| !of.customer.is_empty() && held.customer == of.customer && held.at <= of.at;
        for held in held.iter_mut().rev().filter(same) {
            for line in held.lines.iter_mut().filter(|line| line.sku == sku && line.left > 0) {
                let taken = wanted.min(line.left);
                if taken > 0 {
                    line.left = line.left.saturating_sub(taken);
                    wanted = wanted.saturating_sub(taken);
                    let of_this = self.releases.entry(held.id.clone()).or_default();
                    let units = of_this.entry(line.line_no).or_default();
                    *units = units.saturating_add(taken);
                }
            }
        }
        wanted
    }

    /// Takes from what was shipped; answers what is left to be taken.
    fn give_back(&mut self, customer: &str, sku: &str, units: u64, shipped: &mut Shipped) -> u64 {
        let mut wanted = units;
        let Some(of_this) = shipped.0.get_mut(&(customer.to_owned(), sku.to_owned())) else { return wanted };
        while wanted > 0
            && let Some(last) = of_this.last_mut()
        {
            let taken = wanted.min(last.units);
            wanted = wanted.saturating_sub(taken);
            last.units = last.units.saturating_sub(taken);
            let same = |of: &&mut Of| of.id == last.id && of.line_no == last.line_no;
            match self.returns.iter_mut().find(same) {
                Some(of) => of.units = of.units.saturating_add(taken),
                None => {
                    let (id, line_no) = (last.id.clone(), last.line_no);
                    self.returns.push(Of { id, line_no, sku: sku.to_owned(), units: taken });
                }
            }
            if last.units == 0 {
                of_this.pop();
            }
        }
        wanted
    }
}

/// Releases what is still held.
pub(super) fn release_all(client: &Client, cancelled: &[Cancelled], workers: usize) {
    let releases: Vec<_> = cancelled
        .iter()
        .flat_map(|one| one.releases.iter().map(|(id, units)| (one.number.as_str(), id, units)))
        .collect();
    in_parallel(workers, &releases, |(number, id, units)| {
        let lines: Vec<_> =
            units.iter().map(|(line_no, units)| json!({ "line_no": line_no, "quantity": units })).collect();
        let body = json!({ "reason": format!("cancelled by {number}"), "lines": lines });
        let path = format!("/reservations/{id}/release");
        client.must(&Write::post(path, format!("{number}-release-{id}"), body), &[200])?;
        let mut tally = client.tally();
        tally.done("releases");
        let sum = units.values().fold(0_u64, |sum, units| sum.saturating_add(*units));
        count(&mut tally.sold.units, "released", sum);
        Some(())
    });
}

/// Receives what was shipped and puts it on its shelf again.
pub(super) fn return_all(client: &Client, cancelled: Vec<Cancelled>, date: Date, workers: usize) {
    in_parallel(workers, &cancelled, |one| {
        if !one.returns.is_empty() {
            return_one(client, one, date)?;
        }
        Some(())
    });
    let mut tally = client.tally();
    for one in cancelled {
        tally.cancelled.take(one.became);
    }
}

fn return_one(client: &Client, one: &Cancelled, date: Date) -> Option<()> {
    let lines: Vec<_> = one
        .returns
        .iter()
        .map(|of| json!({ "reservation_id": of.id, "reservation_line": of.line_no, "sku": of.sku, "planned": of.units }))
        .collect();
    let body = json!({ "payload": { "reference": one.number }, "lines": lines });
    let record = Record::make(client, "returns", &format!("{}-return", one.number), body)?;
    let record = record.moved("receiving")?.post((Some("receive"), None), &at(date, 22), "receiving")?;
    let parts: Vec<_> = (1_u64..)
        .zip(&one.returns)
        .map(|(line_no, of)| json!({ "line_no": line_no, "quantity": of.units, "disposition": "restock" }))
        .collect();
    record.post((Some("dispose"), Some(parts.into())), &at(date, 23), "posted")?;
    let mut tally = client.tally();
    tally.done("returns");
    for of in &one.returns {
        let flow = tally.flow(&of.sku);
        flow.returned = flow.returned.saturating_add(of.units);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::orders::Units;
    use super::super::sell::HeldLine;
    use super::*;

    fn held(id: &str, left: u64) -> Held {
        let lines = vec![HeldLine { line_no: 1, sku: "A".into(), left }];
        Held { id: id.into(), number: id.into(), at: "2011-01-01".into(), customer: "C".into(), lines }
    }

    #[test]
    fn what_is_held_goes_first_then_what_was_shipped_then_nothing() {
        let mut shipped = Shipped::default();
        shipped.add(&held("old", 2));
        shipped.add(&held("new", 3));
        let row = Units { sku: "A".into(), units: 9 };
        let number = "C1".to_owned();
        let of = Document { number, at: "2011-01-02".into(), customer: "C".into(), lines: vec![row] };
        let products = BTreeMap::from([("A".to_owned(), Product { stockable: true, ..Product::default() })]);
        let mut today = [held("today", 1)];
        let planned = plan(std::slice::from_ref(&of), &mut today, &mut shipped, &products);
        let back: Vec<_> = planned[0].returns.iter().map(|of| (of.id.as_str(), of.units)).collect();
        assert_eq!(back, [("new", 3), ("old", 2)]);
        assert_eq!(planned[0].releases["today"][&1], 1);
        assert_eq!(planned[0].became.units["no shipment to be returned"], 3);
        assert!(!today[0].holds_anything());
        let planned = plan(std::slice::from_ref(&of), &mut [], &mut shipped, &products);
        assert!(planned[0].returns.is_empty(), "nothing comes back twice");
    }
}
