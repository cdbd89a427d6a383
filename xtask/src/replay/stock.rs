//! What the server says is owned, held against what the file says went in and out. Knows availability and nothing of
//! reservations.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::client::Client;
use super::orders::Product;
use super::tally::Flow;

/// Whole units of a sku.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stock {
    owned: u64,
    reserved: u64,
    held: u64,
}

/// Everything that is owned, page by page.
pub(super) fn owned(client: &Client) -> Result<BTreeMap<String, Stock>> {
    let mut all = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("/availability?group_by=sku&limit=500{cursor}"))?;
        for row in page.get("data").and_then(Value::as_array).context("a page without data")? {
            let units = |name: &str| {
                row.get(name).and_then(Value::as_u64).with_context(|| format!("{name} in {row}"))
            };
            let sku = row.get("sku").and_then(Value::as_str).context("a row without sku")?;
            let stock = Stock { owned: units("owned")?, reserved: units("reserved")?, held: units("held")? };
            if all.insert(sku.to_owned(), stock).is_some() {
                bail!("{sku} has two rows");
            }
        }
        match page.get("next_cursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

/// Products that do not begin with their opening stock.
pub(super) fn differences_at_first(
    found: &BTreeMap<String, Stock>,
    products: &BTreeMap<String, Product>,
) -> Vec<String> {
    let wanted = |product: &Product| Stock { owned: product.opening, ..Stock::default() };
    let wrong = products.iter().filter(|(sku, product)| at(found, sku) != wanted(product));
    wrong
        .map(|(sku, product)| format!("{sku} begins with {:?}, not with {}", at(found, sku), product.opening))
        .collect()
}

/// Products for which owned is not opening + received + returned − shipped − adjusted, or (where the replay is alone)
/// something is still reserved or held.
pub(super) fn differences_at_last(
    opening: &BTreeMap<String, Stock>,
    closing: &BTreeMap<String, Stock>,
    flows: &BTreeMap<String, Flow>,
    alone: bool,
) -> Vec<String> {
    let skus: BTreeSet<_> = opening.keys().chain(closing.keys()).chain(flows.keys()).collect();
    let judge = |sku: &String| {
        let (before, after) = (at(opening, sku), at(closing, sku));
        let flow = flows.get(sku).copied().unwrap_or_default();
        let more = before.owned.saturating_add(flow.received).saturating_add(flow.returned);
        let less = flow.shipped.saturating_add(flow.adjusted);
        if more.checked_sub(less) != Some(after.owned) {
            return Some(format!("{sku}: {} and {flow:?} are not the {} owned", before.owned, after.owned));
        }
        let rest = after.reserved.saturating_add(after.held);
        (alone && rest > 0).then(|| format!("{sku}: {rest} are still reserved or held"))
    };
    skus.into_iter().filter_map(judge).collect()
}

/// All units that are owned.
pub(super) fn total(all: &BTreeMap<String, Stock>) -> u64 {
    all.values().fold(0, |sum, stock| sum.saturating_add(stock.owned))
}

fn at(all: &BTreeMap<String, Stock>, sku: &str) -> Stock {
    all.get(sku).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_accounted_for() {
        let of = |owned, reserved| BTreeMap::from([("A".to_owned(), Stock { owned, reserved, held: 0 })]);
        let flow = Flow { received: 2, returned: 1, adjusted: 3, ..Flow::default() };
        let shipped = |shipped| BTreeMap::from([("A".to_owned(), Flow { shipped, ..flow })]);
        assert!(differences_at_last(&of(9, 0), &of(5, 0), &shipped(4), true).is_empty());
        assert_eq!(differences_at_last(&of(9, 0), &of(5, 0), &shipped(3), true).len(), 1);
        assert_eq!(differences_at_last(&of(9, 0), &of(5, 1), &shipped(4), true).len(), 1);
        assert!(differences_at_last(&of(9, 0), &of(5, 1), &shipped(4), false).is_empty());
        assert_eq!(differences_at_last(&BTreeMap::new(), &BTreeMap::new(), &shipped(4), true).len(), 1);
    }
}
