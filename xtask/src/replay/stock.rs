//! What the server says is owned, held against what the file says went in and out. Knows availability and nothing of
//! reservations.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::client::Client;
use super::orders::Product;

/// Whole units of a sku.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stock {
    owned: u64,
    reserved: u64,
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
            let stock = Stock { owned: units("owned")?, reserved: units("reserved")? };
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
    let wanted = |product: &Product| Stock { owned: product.opening(), reserved: 0 };
    let wrong = products.iter().filter(|(sku, product)| at(found, sku) != wanted(product));
    wrong
        .map(|(sku, product)| {
            format!("{sku} begins with {:?}, not with {}", at(found, sku), product.opening())
        })
        .collect()
}

/// Products for which owned is not opening − consumed, or (where the replay is alone) something is still reserved.
pub(super) fn differences_at_last(
    opening: &BTreeMap<String, Stock>,
    closing: &BTreeMap<String, Stock>,
    consumed: &BTreeMap<String, u64>,
    alone: bool,
) -> Vec<String> {
    let skus: BTreeSet<_> = opening.keys().chain(closing.keys()).chain(consumed.keys()).collect();
    let judge = |sku: &String| {
        let (before, after) = (at(opening, sku), at(closing, sku));
        let shipped = consumed.get(sku).copied().unwrap_or_default();
        if before.owned.checked_sub(shipped) != Some(after.owned) {
            return Some(format!(
                "{sku}: {} − {shipped} consumed is not the {} owned",
                before.owned, after.owned
            ));
        }
        (alone && after.reserved > 0).then(|| format!("{sku}: {} are still reserved", after.reserved))
    };
    skus.into_iter().filter_map(judge).collect()
}

fn at(all: &BTreeMap<String, Stock>, sku: &str) -> Stock {
    all.get(sku).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_accounted_for() {
        let of = |owned, reserved| BTreeMap::from([("A".to_owned(), Stock { owned, reserved })]);
        let shipped = |units| BTreeMap::from([("A".to_owned(), units)]);
        assert!(differences_at_last(&of(9, 0), &of(5, 0), &shipped(4), true).is_empty());
        assert_eq!(differences_at_last(&of(9, 0), &of(5, 0), &shipped(3), true).len(), 1);
        assert_eq!(differences_at_last(&of(9, 0), &of(5, 1), &shipped(4), true).len(), 1);
        assert!(differences_at_last(&of(9, 0), &of(5, 1), &shipped(4), false).is_empty());
        assert_eq!(differences_at_last(&BTreeMap::new(), &BTreeMap::new(), &shipped(4), true).len(), 1);
    }
}
