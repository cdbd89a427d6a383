//! Write-offs: what the file says is gone becomes adjustments, one a day for each reason. Knows which words mean which
//! reason.

use std::collections::BTreeMap;

use serde_json::json;
use time::Date;

use super::answers::{list, number, text};
use super::client::Client;
use super::orders::{Product, WriteOff};
use super::past::escaped;
use super::records::{Record, at};
use super::tally::{Became, count};

/// Where all stock stands.
const SHELF: &str = "MAIN-STORAGE-DEFAULT";
/// Products of one question.
const SKUS: usize = 200;
/// Words of the file, and the reason that they mean; what has none of them is a correction.
const REASONS: [(&str, &str); 16] = [
    ("damag", "damage"),
    ("broken", "damage"),
    ("crush", "damage"),
    ("crack", "damage"),
    ("wet", "damage"),
    ("rust", "damage"),
    ("mould", "damage"),
    ("smudge", "damage"),
    ("throw", "damage"),
    ("thrown", "damage"),
    ("lost", "loss"),
    ("missing", "loss"),
    ("sample", "sample"),
    ("given away", "sample"),
    ("display", "internal_use"),
    ("showroom", "internal_use"),
];

fn reason(why: &str) -> &'static str {
    REASONS.iter().find(|(word, _)| why.contains(word)).map_or("correction", |(_, reason)| reason)
}

/// Writes off what the file says, as far as it is there.
pub(super) fn all(
    client: &Client,
    write_offs: &[WriteOff],
    products: &BTreeMap<String, Product>,
    date: Date,
) {
    let mut left = match available(client, write_offs) {
        Ok(left) => left,
        Err(error) => return client.tally().failed(format!("availability before write-offs: {error:#}")),
    };
    let mut became = Became::default();
    let mut by_reason: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for row in write_offs {
        if !products.get(&row.sku).is_some_and(|product| product.stockable) {
            became.count("non-stock code", 1, row.units);
            continue;
        }
        let there = left.entry(row.sku.clone()).or_default();
        let taken = row.units.min(*there);
        *there = there.saturating_sub(taken);
        let name = match (taken, row.units.saturating_sub(taken)) {
            (_, 0) => "written off",
            (0, _) => "nothing of it there",
            (_, _) => "written off as far as there",
        };
        count(&mut became.rows, name, 1);
        count(&mut became.units, "written off", taken);
        count(&mut became.units, "not there", row.units.saturating_sub(taken));
        if taken > 0 {
            let lines = by_reason.entry(reason(&row.why)).or_default();
            let units = lines.entry(&row.sku).or_default();
            *units = units.saturating_add(taken);
        }
    }
    for (reason, lines) in by_reason {
        if adjust(client, reason, &lines, date).is_none() {
            client.tally().failed(format!("{date}: the write-offs for {reason} were not posted"));
        }
    }
    client.tally().written_off.take(became);
}

/// What is available of what is to be written off. Nobody else takes any of it meanwhile.
fn available(client: &Client, write_offs: &[WriteOff]) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut skus: Vec<_> = write_offs.iter().map(|row| escaped(&row.sku)).collect();
    skus.sort();
    skus.dedup();
    let mut there = BTreeMap::new();
    for skus in skus.chunks(SKUS) {
        let path = format!("/availability?limit=500&location={SHELF}&sku={}", skus.join(","));
        let found = client.get(&path)?;
        there.extend(list(&found, "data").iter().map(|row| (text(row, "sku"), number(row, "available"))));
    }
    Ok(there)
}

fn adjust(client: &Client, reason: &str, lines: &BTreeMap<&str, u64>, date: Date) -> Option<()> {
    let line = |(sku, units): (&&str, &u64)| json!({ "sku": sku, "location": SHELF, "change": "decrease", "planned": units });
    let lines_of: Vec<_> = lines.iter().map(line).collect();
    let body = json!({ "payload": { "reason_code": reason }, "lines": lines_of });
    let record = Record::make(client, "adjustments", &format!("adjust-{date}-{reason}"), body)?;
    record.moved_by("replay-approver", "approved")?.done(&at(date, 23))?;
    let mut tally = client.tally();
    tally.done("adjustments");
    for (sku, units) in lines {
        let flow = tally.flow(sku);
        flow.adjusted = flow.adjusted.saturating_add(*units);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_reasons() {
        let found =
            ["wet/rusty", "?lost", "samples/damages", "showroom", "", "sold as set on dotcom"].map(reason);
        assert_eq!(found, ["damage", "loss", "damage", "internal_use", "correction", "correction"]);
    }
}
