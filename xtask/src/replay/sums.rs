//! Whether the counts add up: rows and units of the file, what was bought, and the ledger's own sums. Knows only what was
//! counted and read.

use std::collections::{BTreeMap, BTreeSet};

use super::orders::Orders;
use super::tally::{Became, Counts, Flow, Tally};

/// What movements of one kind brought (or took) of each product: by sku and kind.
pub(super) type Ledger = BTreeMap<String, BTreeMap<String, i64>>;

/// A whole and its parts.
pub(super) struct Sum {
    pub(super) what: &'static str,
    pub(super) whole: u64,
    pub(super) parts: Vec<(String, u64)>,
}

impl Sum {
    fn new(what: &'static str, whole: u64, parts: &[(&str, u64)]) -> Self {
        Self { what, whole, parts: parts.iter().map(|(name, part)| ((*name).to_owned(), *part)).collect() }
    }

    fn of(what: &'static str, whole: u64, counts: &Counts) -> Self {
        Self { what, whole, parts: counts.iter().map(|(name, part)| (name.clone(), *part)).collect() }
    }

    /// In one line.
    pub(super) fn in_words(&self) -> String {
        let parts: Vec<_> = self.parts.iter().map(|(name, part)| format!("{part} {name}")).collect();
        let sign = if self.holds() { "=" } else { "IS NOT" };
        format!("{} {} {sign} {}", self.whole, self.what, parts.join(" + "))
    }

    /// Whether the parts make the whole.
    pub(super) fn holds(&self) -> bool {
        self.parts.iter().fold(0_u64, |sum, (_, part)| sum.saturating_add(*part)) == self.whole
    }
}

/// Everything that must add up: the file's rows and units, and what was bought.
pub(super) fn sums(orders: &Orders, tally: &Tally, owed: &BTreeMap<String, u64>) -> Vec<Sum> {
    let rows = [
        ("sold", orders.sold.rows),
        ("cancelled", orders.cancelled.rows),
        ("written off", orders.written_off.rows),
    ];
    let mut sums = vec![Sum::new("rows read", orders.rows, &rows)];
    let kinds = [
        ("rows sold", "units sold", orders.sold, &tally.sold),
        ("rows cancelled", "units cancelled", orders.cancelled, &tally.cancelled),
        ("rows of write-offs", "units of write-offs", orders.written_off, &tally.written_off),
    ];
    for (rows, units, whole, became) in kinds {
        sums.push(Sum::of(rows, whole.rows, &became.rows));
        sums.push(Sum::of(units, whole.units, &became.units));
    }
    let flows = total(&tally.flows);
    let still = owed.values().fold(0_u64, |sum, units| sum.saturating_add(*units));
    let bought = [("received", flows.received), ("still owed", still)];
    sums.push(Sum::new("units ordered from vendors", flows.ordered, &bought));
    let part = |became: &Became, name: &str| became.units.get(name).copied().unwrap_or_default();
    let released = [("released of reservations", part(&tally.sold, "released"))];
    sums.push(Sum::new("units cancelled the same day", part(&tally.cancelled, "released"), &released));
    let returned = [("returned by records", flows.returned)];
    sums.push(Sum::new("units cancelled later", part(&tally.cancelled, "returned"), &returned));
    let adjusted = [("adjusted by records", flows.adjusted)];
    sums.push(Sum::new("units written off", part(&tally.written_off, "written off"), &adjusted));
    sums
}

/// All products together.
pub(super) fn total(flows: &BTreeMap<String, Flow>) -> Flow {
    flows.values().fold(Flow::default(), |sum, flow| Flow {
        ordered: sum.ordered.saturating_add(flow.ordered),
        received: sum.received.saturating_add(flow.received),
        shipped: sum.shipped.saturating_add(flow.shipped),
        returned: sum.returned.saturating_add(flow.returned),
        adjusted: sum.adjusted.saturating_add(flow.adjusted),
    })
}

/// Sums of the ledger over all products, by kind.
pub(super) fn by_kind(ledger: &Ledger) -> BTreeMap<&str, i64> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for (kind, units) in ledger.values().flatten() {
        let sum = sums.entry(kind).or_default();
        *sum = sum.saturating_add(*units);
    }
    sums.retain(|_, units| *units != 0);
    sums
}

/// Products for which the ledger does not say what was done: opening, receipts, shipments, returns, adjustments, and
/// nothing else.
pub(super) fn ledger_differences(orders: &Orders, tally: &Tally, ledger: &Ledger) -> Vec<String> {
    let skus: BTreeSet<_> = orders.products.keys().chain(ledger.keys()).collect();
    let none = BTreeMap::new();
    let judge = |sku: &String| {
        let found = ledger.get(sku).unwrap_or(&none);
        let flow = tally.flows.get(sku).copied().unwrap_or_default();
        let opening = orders.products.get(sku).map_or(0, |product| product.opening);
        let of = |kinds: &[&str]| {
            kinds.iter().fold(0_i64, |sum, kind| sum.saturating_add(found.get(*kind).copied().unwrap_or(0)))
        };
        let all = found.values().fold(0_i64, |sum, units| sum.saturating_add(*units));
        let said = [
            (of(&["opening"]), signed(opening)),
            (of(&["receipt"]), signed(flow.received)),
            (of(&["consume", "ship"]), 0_i64.saturating_sub(signed(flow.shipped))),
            (of(&["return"]), signed(flow.returned)),
            (of(&["adjustment"]), 0_i64.saturating_sub(signed(flow.adjusted))),
        ];
        let rest = said.iter().fold(all, |rest, (ledger, _)| rest.saturating_sub(*ledger));
        let wrong = rest != 0 || said.iter().any(|(ledger, done)| ledger != done);
        wrong.then(|| format!("{sku}: the ledger says {found:?}, done was {flow:?} after {opening}"))
    };
    skus.into_iter().filter_map(judge).collect()
}

fn signed(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::orders::Product;
    use super::*;

    #[test]
    fn parts_make_the_whole_or_not() {
        assert!(Sum::new("rows", 3, &[("a", 1), ("b", 2)]).holds());
        assert!(Sum::new("rows", 4, &[("a", 1), ("b", 2)]).in_words().contains("IS NOT"));
    }

    #[test]
    fn the_ledger_is_held_against_what_was_done() {
        let product = Product { opening: 5, stockable: true, ..Product::default() };
        let orders = Orders { products: BTreeMap::from([("A".to_owned(), product)]), ..Orders::default() };
        let mut tally = Tally::default();
        *tally.flow("A") = Flow { received: 4, shipped: 3, returned: 1, adjusted: 2, ..Flow::default() };
        let ledger = |ship: i64, count: i64| {
            let kinds = [
                ("opening", 5),
                ("receipt", 4),
                ("ship", ship),
                ("return", 1),
                ("adjustment", -2),
                ("count", count),
            ];
            Ledger::from([("A".to_owned(), kinds.map(|(kind, units)| (kind.to_owned(), units)).into())])
        };
        assert!(ledger_differences(&orders, &tally, &ledger(-3, 0)).is_empty());
        assert_eq!(ledger_differences(&orders, &tally, &ledger(-2, 0)).len(), 1);
        assert_eq!(ledger_differences(&orders, &tally, &ledger(-3, 1)).len(), 1, "nobody counted");
    }
}
