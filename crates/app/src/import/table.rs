//! A CSV file as rows of JSON, in the form that the API takes: a header is a field's name, with `_` between the names
//! of a field in a field.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, bail};
use kernel::Invalid;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// How a cell is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// As text (quantities too: they are read digit by digit).
    Text,
    /// As JSON: `true`, `12`, `[…]`.
    Json,
}

/// The columns that a file may have, by pointer into the row (without the first slash).
pub(super) type Columns = [(&'static str, Cell)];

/// A row: its fields. A column that the file has not is absent, an empty cell is null.
pub(super) type Row = Map<String, Value>;

/// What a file holds: the rows that can be read, and why the others cannot. Rows are numbered as a spreadsheet does, the
/// header being row 1.
pub(super) struct Contents<Row> {
    pub(super) rows: Vec<Row>,
    /// The number of each row.
    pub(super) numbers: Vec<u64>,
    /// The numbers of the rows that cannot be read, and why.
    pub(super) bad: Vec<(u64, String)>,
}

/// Reads the whole file.
///
/// # Errors
/// In words for whoever made the file, where it has no rows that could be read one by one.
pub(super) fn read<T>(
    file: &Path,
    known: &Columns,
    parse: impl Fn(Row) -> Result<T, Invalid>,
) -> anyhow::Result<Contents<T>> {
    let open = || format!("cannot read {}", file.display());
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_path(file).with_context(open)?;
    let columns = columns(reader.headers().with_context(open)?, known)?;
    let mut contents = Contents { rows: Vec::new(), numbers: Vec::new(), bad: Vec::new() };
    for (record, number) in reader.records().zip(2_u64..) {
        let parsed = record.map_err(|error| Invalid(error.to_string()));
        match parsed.and_then(|record| parse(row(&record, &columns)?)) {
            Ok(row) => {
                contents.rows.push(row);
                contents.numbers.push(number);
            }
            Err(error) => contents.bad.push((number, error.0)),
        }
    }
    Ok(contents)
}

fn columns<'c>(
    headers: &csv::StringRecord,
    known: &'c Columns,
) -> anyhow::Result<Vec<&'c (&'static str, Cell)>> {
    let names: Vec<_> = known.iter().map(|(pointer, _)| pointer.replace('/', "_")).collect();
    let (mut found, mut unknown, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for header in headers.iter().map(|header| header.trim_start_matches('\u{feff}').trim()) {
        if !seen.insert(header) {
            bail!("the column {header} stands in the file twice");
        }
        match names.iter().position(|name| name == header).and_then(|at| known.get(at)) {
            Some(column) => found.push(column),
            None => unknown.push(header),
        }
    }
    if !unknown.is_empty() {
        bail!("unknown columns: {} (the known ones are {})", unknown.join(", "), names.join(", "));
    }
    Ok(found)
}

fn row(record: &csv::StringRecord, columns: &[&(&'static str, Cell)]) -> Result<Row, Invalid> {
    let mut row = Row::new();
    for (cell, (pointer, kind)) in record.iter().zip(columns) {
        let value = value(cell.trim(), *kind)
            .map_err(|error| Invalid(format!("{} {error}", pointer.replace('/', "_"))))?;
        match pointer.split_once('/') {
            None => drop(row.insert((*pointer).to_owned(), value)),
            Some((outer, inner)) => {
                let place = row.entry(outer).or_insert(Value::Null);
                if !value.is_null() {
                    if place.is_null() {
                        *place = Value::Object(Map::new());
                    }
                    if let Some(place) = place.as_object_mut() {
                        place.insert(inner.to_owned(), value);
                    }
                }
            }
        }
    }
    Ok(row)
}

fn value(cell: &str, kind: Cell) -> Result<Value, Invalid> {
    if cell.is_empty() {
        return Ok(Value::Null);
    }
    match kind {
        Cell::Text => Ok(Value::String(plain(cell).to_owned())),
        Cell::Json => serde_json::from_str(cell).map_err(|error| Invalid(format!("is not JSON: {error}"))),
    }
}

/// An export puts an apostrophe before a text that a spreadsheet would take for a formula.
fn plain(cell: &str) -> &str {
    let first = cell.trim_start_matches('\'').chars().next();
    let is_formula = first.is_some_and(|first| "=+-@\t\r".contains(first));
    if is_formula { cell.strip_prefix('\'').unwrap_or(cell) } else { cell }
}

/// Takes a field out of a row.
pub(super) fn take<T: DeserializeOwned>(row: &mut Row, name: &str) -> Result<T, Invalid> {
    let value = row.remove(name).filter(|value| !value.is_null());
    let value = value.ok_or_else(|| Invalid(format!("{name} is required")))?;
    serde_json::from_value(value).map_err(|error| Invalid(format!("{name} {error}")))
}

/// Reads what is left of a row; an empty cell is the default.
pub(super) fn rest<T: DeserializeOwned>(mut row: Row) -> Result<T, Invalid> {
    row.retain(|_, value| !value.is_null());
    serde_path_to_error::deserialize(Value::Object(row)).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!("{path} ") };
        Invalid(format!("{place}{}", error.inner()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_becomes_a_field() {
        let known: &Columns = &[("sku", Cell::Text), ("cost/amount", Cell::Text), ("list", Cell::Json)];
        let headers = csv::StringRecord::from(vec!["cost_amount", "sku", "list"]);
        let found = columns(&headers, known).unwrap();
        let read = |cells: [&str; 3]| row(&csv::StringRecord::from(cells.to_vec()), &found);
        let made = Value::Object(read(["1.50", "'=A", "[1]"]).unwrap());
        assert_eq!(made, serde_json::json!({ "cost": { "amount": "1.50" }, "sku": "=A", "list": [1] }));
        let empty = Value::Object(read(["", "", ""]).unwrap());
        assert_eq!(empty, serde_json::json!({ "cost": null, "sku": null, "list": null }));
        assert!(read(["", "", "[1"]).unwrap_err().0.starts_with("list is not JSON"));
        assert!(columns(&csv::StringRecord::from(vec!["sku", "price"]), known).is_err());
        assert!(columns(&csv::StringRecord::from(vec!["sku", "sku"]), known).is_err());
    }

    #[test]
    fn only_the_apostrophe_of_an_export_is_taken_away() {
        for (cell, text) in [("'=1", "=1"), ("''+1", "'+1"), ("'S MUG", "'S MUG"), ("-1", "-1"), ("'", "'")] {
            assert_eq!(plain(cell), text);
        }
    }
}
