//! The file of orders, read once: products, and day by day the orders and cancellations in time order. What is dirty
//! in it is counted, never repaired in silence. Knows nothing of the program.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

/// Codes of postage, fees, discounts and vouchers: sold, but nothing that stands on a shelf.
const NON_STOCK: [&str; 12] =
    ["POST", "DOT", "M", "C2", "BANK CHARGES", "D", "S", "AMAZONFEE", "B", "CRUK", "PADS", "m"];
/// What begins the codes of gift vouchers.
const VOUCHERS: &str = "gift_";

/// A row of the file.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(rename = "InvoiceNo")]
    invoice: String,
    #[serde(rename = "StockCode")]
    sku: String,
    #[serde(rename = "Description")]
    description: String,
    #[serde(rename = "Quantity")]
    quantity: i64,
    #[serde(rename = "InvoiceDate")]
    date: String,
    #[serde(rename = "UnitPrice")]
    price: String,
    #[serde(rename = "CustomerID")]
    customer: String,
}

/// A product of the file.
#[derive(Debug, Default)]
pub(super) struct Product {
    /// The description that most rows have.
    pub(super) name: String,
    /// What orders ask for in the whole file.
    pub(super) demand: u64,
    pub(super) stockable: bool,
}

impl Product {
    /// The stated rule: the file has no receipts, so 90 % of the demand is there at first, rounded down.
    pub(super) fn opening(&self) -> u64 {
        if self.stockable { self.demand.saturating_mul(9) / 10 } else { 0 }
    }
}

/// Units of a sku.
#[derive(Debug, Clone)]
pub(super) struct Units {
    pub(super) sku: String,
    pub(super) units: u64,
}

/// An invoice, or a cancellation of one.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) number: String,
    /// RFC 3339; of its first row.
    pub(super) at: String,
    /// Empty where the file has none.
    pub(super) customer: String,
    pub(super) lines: Vec<Units>,
}

/// A day of trade.
#[derive(Debug, Default)]
pub(super) struct Day {
    pub(super) orders: Vec<Document>,
    pub(super) cancellations: Vec<Document>,
}

/// The file.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub(super) rows: u64,
    pub(super) products: BTreeMap<String, Product>,
    pub(super) days: BTreeMap<String, Day>,
    /// Rows (or codes, where it says so) by what is wrong with them.
    pub(super) dirt: BTreeMap<&'static str, u64>,
}

/// What is only needed while reading.
#[derive(Default)]
struct Reading {
    orders: Orders,
    seen: HashSet<String>,
    invoices: HashSet<String>,
    descriptions: HashMap<String, BTreeMap<String, u64>>,
}

/// Reads the file, or the rows of its first `limit` orders.
pub(super) fn read(path: &Path, limit: Option<usize>) -> Result<Orders> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut reader = csv::Reader::from_reader(MultiGzDecoder::new(file));
    let mut reading = Reading::default();
    for row in reader.deserialize() {
        let row: Row = row.with_context(|| format!("cannot read {}", path.display()))?;
        let is_new_order = row.is_order() && !reading.invoices.contains(&row.invoice);
        if is_new_order && limit.is_some_and(|limit| reading.invoices.len() >= limit) {
            break;
        }
        reading.take(row);
    }
    Ok(reading.finish())
}

impl Row {
    fn is_cancellation(&self) -> bool {
        self.invoice.starts_with('C')
    }

    fn is_order(&self) -> bool {
        self.quantity > 0 && !self.is_cancellation()
    }

    fn whole(&self) -> String {
        let Self { invoice, sku, description, quantity, date, price, customer } = self;
        [invoice, sku, description, &quantity.to_string(), date, price, customer]
            .map(String::as_str)
            .join("\u{1f}")
    }
}

fn is_stockable(sku: &str) -> bool {
    !NON_STOCK.contains(&sku) && !sku.starts_with(VOUCHERS)
}

impl Reading {
    fn take(&mut self, row: Row) {
        self.orders.rows = self.orders.rows.saturating_add(1);
        self.count_dirt(&row);
        if !row.description.trim().is_empty() && row.quantity > 0 {
            let names = self.descriptions.entry(row.sku.clone()).or_default();
            add(names.entry(row.description.trim().to_owned()).or_default(), 1);
        }
        let product = self.orders.products.entry(row.sku.clone()).or_default();
        product.stockable = is_stockable(&row.sku);
        let units = row.quantity.unsigned_abs();
        if row.is_order() {
            add(&mut product.demand, units);
            self.invoices.insert(row.invoice.clone());
        } else if !row.is_cancellation() {
            return;
        }
        let day = self.orders.days.entry(row.date.chars().take(10).collect()).or_default();
        let is_order = row.is_order();
        let documents = if is_order { &mut day.orders } else { &mut day.cancellations };
        let line = Units { sku: row.sku, units };
        // Rows of one invoice stand together, but not always without another's between them.
        match documents.iter_mut().rev().find(|document| document.number == row.invoice) {
            Some(document) => document.lines.push(line),
            None => documents.push(Document {
                number: row.invoice,
                at: format!("{}Z", row.date.replace(' ', "T")),
                customer: row.customer,
                lines: vec![line],
            }),
        }
    }

    fn count_dirt(&mut self, row: &Row) {
        let decimals = row.price.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let zero = row.price.chars().all(|digit| matches!(digit, '0' | '.' | '-'));
        let kinds = [
            ("rows of cancellations", row.is_cancellation()),
            ("rows of write-offs (negative, no cancellation)", row.quantity <= 0 && !row.is_cancellation()),
            ("exact duplicates of an earlier row (kept as lines)", !self.seen.insert(row.whole())),
            ("rows with a price of zero", zero),
            ("rows with a negative price", !zero && row.price.starts_with('-')),
            ("rows with a price of three decimals", decimals >= 3),
            ("rows without a customer", row.customer.is_empty()),
            ("rows without a description", row.description.trim().is_empty()),
            ("rows of non-stock codes", !is_stockable(&row.sku)),
        ];
        for (kind, _) in kinds.into_iter().filter(|(_, found)| *found) {
            add(self.orders.dirt.entry(kind).or_default(), 1);
        }
    }

    fn finish(self) -> Orders {
        let Self { mut orders, descriptions, .. } = self;
        for (sku, product) in &mut orders.products {
            let names = descriptions.get(sku);
            // The most frequent; of equals the first by letters, so that every run says the same.
            let most = names.and_then(|names| names.iter().rev().max_by_key(|(_, count)| **count));
            product.name = most.map_or_else(|| sku.clone(), |(name, _)| name.clone());
        }
        let several = descriptions.values().filter(|names| names.len() > 1).count();
        let mut by_letters: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
        for sku in orders.products.keys() {
            by_letters.entry(sku.to_lowercase()).or_default().insert(sku);
        }
        let by_case: usize = by_letters.values().map(BTreeSet::len).filter(|codes| *codes > 1).sum();
        orders.dirt.insert("codes with several descriptions", u64::try_from(several).unwrap_or(u64::MAX));
        orders.dirt.insert(
            "codes that differ from another only by case",
            u64::try_from(by_case).unwrap_or(u64::MAX),
        );
        orders
    }
}

fn add(counter: &mut u64, more: u64) {
    *counter = counter.saturating_add(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(invoice: &str, sku: &str, quantity: i64) -> Row {
        Row {
            invoice: invoice.into(),
            sku: sku.into(),
            description: format!("{sku} things"),
            quantity,
            date: "2010-12-01 08:26:00".into(),
            price: "2.550".into(),
            customer: String::new(),
        }
    }

    #[test]
    fn tells_orders_cancellations_and_write_offs() {
        let mut reading = Reading::default();
        for row in
            [row("1", "a", 6), row("1", "a", 6), row("1", "A", 5), row("C2", "a", -6), row("3", "a", -1)]
        {
            reading.take(row);
        }
        let orders = reading.finish();
        let day = &orders.days["2010-12-01"];
        assert_eq!((day.orders.len(), day.cancellations.len()), (1, 1));
        assert_eq!(day.orders[0].lines.len(), 3, "the same sku on two lines stays two lines");
        assert_eq!(day.orders[0].at, "2010-12-01T08:26:00Z");
        assert_eq!((orders.products["a"].demand, orders.products["a"].opening()), (12, 10));
        assert_eq!(orders.dirt["rows of write-offs (negative, no cancellation)"], 1);
        assert_eq!(orders.dirt["exact duplicates of an earlier row (kept as lines)"], 1);
        assert_eq!(orders.dirt["codes that differ from another only by case"], 2);
        assert_eq!(orders.dirt["rows with a price of three decimals"], 5);
    }

    #[test]
    fn what_stands_on_no_shelf_has_no_stock() {
        let product = Product { demand: 100, ..Product::default() };
        assert_eq!(product.opening(), 0);
        assert!(!is_stockable("gift_0001_20") && !is_stockable("m") && is_stockable("M1"));
    }
}
