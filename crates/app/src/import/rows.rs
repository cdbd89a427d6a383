//! The rows of each kind of file.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;

use commands::FileRow;
use inventory::{
    LocationCode, LocationFacts, Lot, OpenStock, ProductFacts, Sku, WarehouseCode, WarehouseFacts,
};
use kernel::{Day, Invalid, Money, PositiveQuantity};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::table::{Cell, Columns, Contents, Row, read, rest, take};

const WAREHOUSES: &Columns = &[
    ("code", Cell::Text),
    ("name", Cell::Text),
    ("is_default", Cell::Json),
    ("default_location", Cell::Text),
    ("active", Cell::Json),
];
const LOCATIONS: &Columns = &[
    ("code", Cell::Text),
    ("warehouse", Cell::Text),
    ("name", Cell::Text),
    ("kind", Cell::Text),
    ("pick_priority", Cell::Json),
    ("capacity_m3", Cell::Text),
    ("active", Cell::Json),
];
const PRODUCTS: &Columns = &[
    ("sku", Cell::Text),
    ("name", Cell::Text),
    ("unit", Cell::Text),
    ("stockable", Cell::Json),
    ("active", Cell::Json),
    ("tracking", Cell::Text),
    ("needs_inspection", Cell::Json),
    ("quantity_step", Cell::Text),
    ("weight_kg", Cell::Text),
    ("volume_m3", Cell::Text),
    ("over_receipt_percent", Cell::Text),
    ("standard_cost/amount", Cell::Text),
    ("standard_cost/currency", Cell::Text),
    ("barcodes", Cell::Json),
    ("bill_of_materials", Cell::Json),
    ("settings", Cell::Json),
];
const STOCK: &Columns = &[
    ("sku", Cell::Text),
    ("location", Cell::Text),
    ("lot", Cell::Text),
    ("expires_on", Cell::Text),
    ("quantity", Cell::Text),
    ("unit_cost/amount", Cell::Text),
    ("unit_cost/currency", Cell::Text),
];

pub(super) fn warehouses(file: &Path) -> anyhow::Result<Contents<FileRow<WarehouseCode>>> {
    read(file, WAREHOUSES, over_known::<WarehouseCode, WarehouseFacts>("code"))
}

pub(super) fn locations(file: &Path) -> anyhow::Result<Contents<FileRow<LocationCode>>> {
    read(file, LOCATIONS, over_known::<LocationCode, LocationFacts>("code"))
}

/// Products, each after the components that it is made of.
pub(super) fn products(file: &Path) -> anyhow::Result<Contents<FileRow<Sku>>> {
    let Contents { rows, numbers, bad } = read(file, PRODUCTS, over_known::<Sku, ProductFacts>("sku"))?;
    let (numbers, rows) = in_order(numbers.into_iter().zip(rows).collect()).into_iter().unzip();
    Ok(Contents { rows, numbers, bad })
}

/// Reads a row whose columns make `Facts`, over what is known or by themselves.
fn over_known<Code, Facts>(key: &'static str) -> impl Fn(Row) -> Result<FileRow<Code>, Invalid>
where
    Code: DeserializeOwned + Display,
    Facts: DeserializeOwned,
{
    move |mut row| {
        let code: Code = take(&mut row, key)?;
        let mut whole = row.clone();
        // A file without names changes what has one.
        whole.entry("name").or_insert_with(|| code.to_string().into());
        rest::<Facts>(whole)?;
        Ok(FileRow { code, columns: row })
    }
}

fn components(row: &FileRow<Sku>) -> BTreeSet<String> {
    let parts = row.columns.get("bill_of_materials").and_then(serde_json::Value::as_array);
    let sku =
        |part: &serde_json::Value| part.get("sku").and_then(serde_json::Value::as_str).map(str::to_owned);
    parts.into_iter().flatten().filter_map(sku).collect()
}

/// Kits come after what they are made of, so that a component of the same file is there already. What is made of
/// itself stays where it is, and is refused.
fn in_order(rows: Vec<(u64, FileRow<Sku>)>) -> Vec<(u64, FileRow<Sku>)> {
    let (mut ordered, mut kits): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(_, row)| components(row).is_empty());
    while !kits.is_empty() {
        let waiting: BTreeSet<String> = kits.iter().map(|(_, row)| row.code.to_string()).collect();
        let (ready, later): (Vec<_>, Vec<_>) =
            kits.into_iter().partition(|(_, row)| components(row).is_disjoint(&waiting));
        if ready.is_empty() {
            ordered.extend(later);
            return ordered;
        }
        ordered.extend(ready);
        kits = later;
    }
    ordered
}

#[derive(Deserialize)]
struct StockRow {
    sku: Sku,
    location: Option<LocationCode>,
    lot: Option<Lot>,
    expires_on: Option<Day>,
    quantity: PositiveQuantity,
    unit_cost: Option<Money>,
}

pub(super) fn stock(file: &Path) -> anyhow::Result<Contents<OpenStock>> {
    let parse = |row: Row| {
        let row: StockRow = rest(row)?;
        let lot = row.lot.unwrap_or_else(Lot::none);
        let StockRow { sku, location, expires_on, quantity, unit_cost, .. } = row;
        Ok::<_, Invalid>(OpenStock { sku, location, lot, expires_on, quantity, unit_cost })
    };
    read(file, STOCK, parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_comes_after_what_it_is_made_of() {
        let row = |sku: &str, parts: &[&str]| {
            let parts: Vec<_> =
                parts.iter().map(|sku| serde_json::json!({ "sku": sku, "quantity": 1 })).collect();
            let mut columns = Row::new();
            columns.insert("bill_of_materials".to_owned(), parts.into());
            (2, FileRow { code: sku.parse().unwrap(), columns })
        };
        let rows = vec![row("BOX", &["SET", "A"]), row("SET", &["A", "B"]), row("A", &[]), row("B", &[])];
        let ordered: Vec<_> = in_order(rows).iter().map(|(_, row)| row.code.to_string()).collect();
        assert_eq!(ordered, ["A", "B", "SET", "BOX"]);
        assert_eq!(in_order(vec![row("X", &["Y"]), row("Y", &["X"])]).len(), 2);
    }

    #[test]
    fn the_columns_of_a_file_are_those_of_an_export() {
        let names = |columns: &Columns| columns.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(PRODUCTS), inventory::PRODUCT_COLUMNS);
        assert_eq!(names(LOCATIONS), inventory::LOCATION_COLUMNS);
        assert_eq!(names(WAREHOUSES), inventory::WAREHOUSE_COLUMNS);
    }
}
