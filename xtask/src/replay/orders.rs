//! The file of orders, read once: products, and day by day the orders and cancellations in time order. What is dirty
//! in it is counted, never repaired in silence. Knows nothing of the program.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use time::{Date, Duration, Month};

/// Codes of postage, fees, discounts and vouchers: sold, but nothing that stands on a shelf.
const NON_STOCK: [&str; 12] =
    ["POST", "DOT", "M", "C2", "BANK CHARGES", "D", "S", "AMAZONFEE", "B", "CRUK", "PADS", "m"];
/// What begins the codes of gift vouchers.
const VOUCHERS: &str = "gift_";

/// How far opening stock and purchasing look.
pub(super) const FOUR_WEEKS: Duration = Duration::weeks(4);

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
    /// What is there at first.
    pub(super) opening: u64,
    pub(super) stockable: bool,
}

/// Units of a sku: a row.
#[derive(Debug, Clone)]
pub(super) struct Units {
    pub(super) sku: String,
    pub(super) units: u64,
}

/// Units that are gone, and why as the file says.
#[derive(Debug)]
pub(super) struct WriteOff {
    pub(super) sku: String,
    pub(super) units: u64,
    pub(super) why: String,
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
    pub(super) write_offs: Vec<WriteOff>,
}

/// What the rows of one kind come to.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sum {
    pub(super) rows: u64,
    pub(super) units: u64,
}

impl Sum {
    fn take(&mut self, units: u64) {
        add(&mut self.rows, 1);
        add(&mut self.units, units);
    }
}

/// The file.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub(super) rows: u64,
    pub(super) sold: Sum,
    pub(super) cancelled: Sum,
    pub(super) written_off: Sum,
    pub(super) products: BTreeMap<String, Product>,
    pub(super) days: BTreeMap<Date, Day>,
    /// Rows (or codes, where it says so) by what is wrong with them.
    pub(super) dirt: BTreeMap<&'static str, u64>,
}

impl Orders {
    /// What was asked for from one day until before another, less what was cancelled then: by sku, where it is not zero.
    pub(super) fn demand(&self, from: Date, before: Date) -> BTreeMap<&str, u64> {
        let mut asked: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (_, day) in self.days.range(from..before) {
            for row in day.orders.iter().flat_map(|order| &order.lines) {
                add(&mut asked.entry(&row.sku).or_default().0, row.units);
            }
            for row in day.cancellations.iter().flat_map(|cancellation| &cancellation.lines) {
                add(&mut asked.entry(&row.sku).or_default().1, row.units);
            }
        }
        let net = asked.into_iter().map(|(sku, (more, less))| (sku, more.saturating_sub(less)));
        net.filter(|(sku, net)| *net > 0 && is_stockable(sku)).collect()
    }
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
        reading.take(row)?;
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
    fn take(&mut self, row: Row) -> Result<()> {
        add(&mut self.orders.rows, 1);
        self.count_dirt(&row);
        if !row.description.trim().is_empty() && row.quantity > 0 {
            let names = self.descriptions.entry(row.sku.clone()).or_default();
            add(names.entry(row.description.trim().to_owned()).or_default(), 1);
        }
        let product = self.orders.products.entry(row.sku.clone()).or_default();
        product.stockable = is_stockable(&row.sku);
        let units = row.quantity.unsigned_abs();
        let day = self.orders.days.entry(day_of(&row.date)?).or_default();
        let (documents, sum) = if row.is_order() {
            self.invoices.insert(row.invoice.clone());
            (&mut day.orders, &mut self.orders.sold)
        } else if row.is_cancellation() {
            (&mut day.cancellations, &mut self.orders.cancelled)
        } else {
            self.orders.written_off.take(units);
            day.write_offs.push(WriteOff { sku: row.sku, units, why: row.description.trim().to_lowercase() });
            return Ok(());
        };
        sum.take(units);
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
        Ok(())
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
        if let Some((first, _)) = orders.days.first_key_value() {
            let opening = orders.demand(*first, first.saturating_add(FOUR_WEEKS));
            let opening: Vec<_> = opening.into_iter().map(|(sku, units)| (sku.to_owned(), units)).collect();
            for (sku, units) in opening {
                orders.products.entry(sku).or_default().opening = units;
            }
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

/// The day of a moment like `2010-12-01 08:26:00`.
fn day_of(moment: &str) -> Result<Date> {
    let mut parts = moment.get(..10).unwrap_or_default().split('-').map(str::parse::<u16>);
    let mut part = || parts.next().and_then(Result::ok);
    let date = part().zip(part()).zip(part()).and_then(|((year, month), day)| {
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()
    });
    date.with_context(|| format!("{moment} begins with no day"))
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
            reading.take(row).unwrap();
        }
        let orders = reading.finish();
        let day = &orders.days[&day_of("2010-12-01 08:26:00").unwrap()];
        assert_eq!(day.write_offs[0].units, 1);
        assert_eq!((day.orders.len(), day.cancellations.len()), (1, 1));
        assert_eq!(day.orders[0].lines.len(), 3, "the same sku on two lines stays two lines");
        assert_eq!(day.orders[0].at, "2010-12-01T08:26:00Z");
        assert_eq!(orders.products["a"].opening, 6, "what was asked for less what was cancelled");
        assert_eq!((orders.sold.rows, orders.cancelled.rows, orders.written_off.rows), (3, 1, 1));
        assert_eq!((orders.sold.units, day.write_offs[0].units), (17, 1));
        assert_eq!(orders.dirt["rows of write-offs (negative, no cancellation)"], 1);
        assert_eq!(orders.dirt["exact duplicates of an earlier row (kept as lines)"], 1);
        assert_eq!(orders.dirt["codes that differ from another only by case"], 2);
        assert_eq!(orders.dirt["rows with a price of three decimals"], 5);
    }

    #[test]
    fn what_stands_on_no_shelf_has_no_stock() {
        let mut reading = Reading::default();
        for row in [row("1", "POST", 6), row("1", "a", 6)] {
            reading.take(row).unwrap();
        }
        let orders = reading.finish();
        assert_eq!((orders.products["POST"].opening, orders.products["a"].opening), (0, 6));
        assert!(!is_stockable("gift_0001_20") && !is_stockable("m") && is_stockable("M1"));
        assert!(day_of("soon").is_err());
    }
}
