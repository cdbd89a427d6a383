//! What the server says of the past, held against what it said then; and the arithmetic of every product, held against
//! its stock. Knows availability and explain, and nothing of orders.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::answers::{list, number, text};
use super::client::Client;
use super::crew::in_parallel;
use super::orders::Product;
use super::sums::Ledger;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// Products of one look.
const SKUS: usize = 40;
/// The most looks that are kept: they are asked again at the end.
const MOST: usize = 500;

/// An answer that must stay the same for its moment.
pub(super) struct Look {
    question: String,
    as_of: String,
    data: Value,
}

/// Looks at stock every now and then, until `stop` says something or its sender is gone.
pub(super) fn watch(
    client: &Client,
    products: &BTreeMap<String, Product>,
    stop: &Receiver<()>,
) -> Result<Vec<Look>> {
    let skus: Vec<String> = products.keys().map(|sku| escaped(sku)).collect();
    let mut looks = Vec::new();
    while stop.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        if looks.len() < MOST {
            looks.push(look(client, &question(looks.len(), &skus))?);
        }
    }
    Ok(looks)
}

/// The questions take turns: some products balance by balance, the same summed up, and a whole page.
fn question(turn: usize, skus: &[String]) -> String {
    // Any odd stride visits them all in an order that looks like none.
    let some = (0..SKUS).filter_map(|at| {
        let place = turn.wrapping_mul(7919).wrapping_add(at.wrapping_mul(104_729)).checked_rem(skus.len())?;
        skus.get(place).map(String::as_str)
    });
    let some = some.collect::<Vec<_>>().join(",");
    match turn % 3 {
        0 => format!("sku={some}"),
        1 => format!("sku={some}&group_by=sku"),
        _ => "limit=500&group_by=location".to_owned(),
    }
}

fn look(client: &Client, question: &str) -> Result<Look> {
    let (body, as_of) = client.get_as_of(&format!("/availability?{question}"))?;
    Ok(Look { question: question.to_owned(), as_of, data: stock_of(&body)? })
}

/// The rows, without what is on its way: of the past nothing is.
fn stock_of(body: &Value) -> Result<Value> {
    let mut data = body.get("data").cloned().context("an answer without data")?;
    for row in data.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        row.remove("incoming");
    }
    Ok(data)
}

/// Asks everything again for its moment; answers what is not the same any more.
pub(super) fn differences(client: &Client, looks: &[Look], workers: usize) -> Result<Vec<String>> {
    let found = in_parallel(workers, looks, |look| {
        let path = format!("/availability?{}&as_of={}", look.question, escaped(&look.as_of));
        let is_same = stock_of(&client.get(&path)?)? == look.data;
        Ok((!is_same).then(|| format!("{} is not what was answered at {}", look.question, look.as_of)))
    });
    Ok(found.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// What every product's explanation says.
#[derive(Default)]
pub(super) struct Explained {
    /// What movements of each kind did to what is owned.
    pub(super) ledger: Ledger,
    /// What purchase orders still owe.
    pub(super) owed: BTreeMap<String, u64>,
    /// Products whose arithmetic does not sum to their stock.
    pub(super) unexplained: Vec<String>,
}

/// Asks why the stock of every product is what it is.
pub(super) fn explain(
    client: &Client,
    products: &BTreeMap<String, Product>,
    workers: usize,
) -> Result<Explained> {
    let skus: Vec<_> = products.keys().collect();
    let found = in_parallel(workers, &skus, |sku| {
        // Only the sums are kept: the latest movements may be large.
        let body = client.get(&format!("/availability/{}/explain", escaped(sku)))?;
        let mut explained = Explained::default();
        explained.take(sku, &body)?;
        Ok(explained)
    });
    let mut all = Explained::default();
    for one in found.into_iter().collect::<Result<Vec<_>>>()? {
        all.ledger.extend(one.ledger);
        all.owed.extend(one.owed);
        all.unexplained.extend(one.unexplained);
    }
    Ok(all)
}

impl Explained {
    fn take(&mut self, sku: &str, body: &Value) -> Result<()> {
        let rows = body.get("arithmetic").and_then(Value::as_array).context("an explanation without sums")?;
        let stock = body.get("stock").context("an explanation without stock")?;
        for part in ["available", "reserved", "held", "owned"] {
            let units = |row: &Value| row.get(part).and_then(Value::as_i64).context("not whole units");
            let (sum, stock) = (rows.iter().map(units).sum::<Result<i64>>()?, units(stock)?);
            if sum != stock {
                let why = format!("{sku}: the movements sum to {sum} {part}, the stock is {stock}");
                self.unexplained.push(why);
            }
        }
        let kinds = self.ledger.entry(sku.to_owned()).or_default();
        for row in rows {
            let owned = row.get("owned").and_then(Value::as_i64).context("not whole units")?;
            kinds.insert(text(row, "kind"), owned);
        }
        let owed = list(body, "next_supply").iter().map(|supply| number(supply, "quantity"));
        self.owed.insert(sku.to_owned(), owed.fold(0, u64::saturating_add));
        Ok(())
    }
}

/// For a path or a query.
pub(super) fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_letter_is_escaped() {
        assert_eq!(escaped("a B/1+é"), "a%20B%2F1%2B%C3%A9");
    }

    #[test]
    fn questions_differ() {
        let skus: Vec<String> = (0..100).map(|at| format!("P{at}")).collect();
        let all: std::collections::BTreeSet<_> = (0..30).map(|turn| question(turn, &skus)).collect();
        assert!(all.len() > 20, "{}", all.len());
    }
}
