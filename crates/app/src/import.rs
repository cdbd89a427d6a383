//! `erp import`: products, locations and opening stock from CSV. The whole file is checked first and every bad row
//! named; then it goes through the writer in chunks, each of which may be repeated.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, bail};
use clap::ValueEnum;
use commands::{ImportLocations, ImportProducts, ImportStock, SetUp, Work};
use inventory::{LocationKind, LocationSpec, Lot, OpenStock, ProductSpec, Tracking, WarehouseSpec};
use kernel::{Currency, Invalid, Money, Quantity, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::cli::say;
use crate::database::Database;
use crate::internal::{Plainly, request, run as run_command};
use crate::settings::Settings;
use crate::writer::Writer;

/// Rows of one command.
const CHUNK: usize = 1000;
/// The most bad rows that are named.
const MOST_NAMED: usize = 100;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// sku,name and optionally unit,stockable,tracking,needs_inspection,quantity_step,barcode,standard_cost,currency
    Products,
    /// code and optionally warehouse,name,kind,pick_priority
    Locations,
    /// sku,quantity and optionally location,lot,expires_on,unit_cost,currency
    Stock,
}

/// Makes the warehouse and location that every database begins with, if there is none.
pub(crate) fn set_up(writer: &Writer) -> anyhow::Result<()> {
    let code: inventory::LocationCode = "MAIN-STORAGE-DEFAULT".parse()?;
    let warehouse = WarehouseSpec {
        code: "MAIN".parse()?,
        name: "Main Warehouse".parse()?,
        default_location: Some(code.clone()),
    };
    let location = LocationSpec {
        warehouse: Some(warehouse.code.clone()),
        code,
        name: "Default storage".parse()?,
        kind: LocationKind::Storage,
        pick_priority: 100,
    };
    let request = request("erp", "erp", "set-up", "set up the main warehouse")?;
    run_command(writer, request, Plainly(SetUp { warehouse, location }))?;
    Ok(())
}

/// Imports a file.
pub(crate) fn run(settings: &Settings, kind: Kind, file: &Path) -> anyhow::Result<()> {
    let database = Database::new(&settings.database()?, 1);
    database.require_current()?;
    let writer = database.writer()?;
    match kind {
        Kind::Products => {
            send(&writer, read(file, &PRODUCT_COLUMNS, product, |row| row.sku.to_string())?, ImportProducts)
        }
        Kind::Locations => send(
            &writer,
            read(file, &LOCATION_COLUMNS, location, |row| row.code.to_string())?,
            ImportLocations,
        ),
        Kind::Stock => {
            let key = |row: &OpenStock| {
                format!("{}, {:?}, {}", row.sku, row.location.as_ref().map(ToString::to_string), row.lot)
            };
            send(&writer, read(file, &STOCK_COLUMNS, stock, key)?, ImportStock)
        }
    }
}

/// One line of a CSV file, by the names of its columns.
struct Row<'r> {
    headers: &'r csv::StringRecord,
    record: &'r csv::StringRecord,
}

impl Row<'_> {
    /// A cell that is not empty.
    fn cell(&self, name: &str) -> Option<&str> {
        let at = self.headers.iter().position(|header| header == name)?;
        self.record.get(at).map(str::trim).filter(|cell| !cell.is_empty())
    }

    fn optional<T: FromStr<Err = Invalid>>(&self, name: &str) -> Result<Option<T>, Invalid> {
        let named = |error: Invalid| Invalid(format!("{name} {error}"));
        self.cell(name).map(|cell| cell.parse().map_err(named)).transpose()
    }

    fn required<T: FromStr<Err = Invalid>>(&self, name: &str) -> Result<T, Invalid> {
        self.optional(name)?.ok_or_else(|| Invalid(format!("{name} is required")))
    }

    fn flag(&self, name: &str, default: bool) -> Result<bool, Invalid> {
        match self.cell(name) {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(Invalid(format!("{name} must be true or false"))),
        }
    }

    fn money(&self, name: &str) -> Result<Option<Money>, Invalid> {
        let Some(amount) = self.cell(name) else { return Ok(None) };
        let currency: Currency = self.required("currency")?;
        Money::parse(amount, currency).map(Some).map_err(|error| Invalid(format!("{name} {error}")))
    }
}

const PRODUCT_COLUMNS: [&str; 10] = [
    "sku",
    "name",
    "unit",
    "stockable",
    "tracking",
    "needs_inspection",
    "quantity_step",
    "barcode",
    "standard_cost",
    "currency",
];
const LOCATION_COLUMNS: [&str; 5] = ["warehouse", "code", "name", "kind", "pick_priority"];
const STOCK_COLUMNS: [&str; 7] =
    ["sku", "location", "lot", "expires_on", "quantity", "unit_cost", "currency"];

fn product(row: &Row<'_>) -> Result<ProductSpec, Invalid> {
    Ok(ProductSpec {
        sku: row.required("sku")?,
        name: row.required("name")?,
        unit: row.optional("unit")?.map_or_else(|| "each".parse(), Ok)?,
        stockable: row.flag("stockable", true)?,
        tracking: row.optional("tracking")?.unwrap_or(Tracking::None),
        needs_inspection: row.flag("needs_inspection", false)?,
        quantity_step: row.optional("quantity_step")?.unwrap_or(Quantity::units(1)),
        barcode: row.optional("barcode")?,
        standard_cost: row.money("standard_cost")?,
    })
}

fn location(row: &Row<'_>) -> Result<LocationSpec, Invalid> {
    let priority =
        |cell: &str| cell.parse().map_err(|_| Invalid::new("pick_priority must be a whole number"));
    let code: inventory::LocationCode = row.required("code")?;
    Ok(LocationSpec {
        warehouse: row.optional("warehouse")?,
        name: row.optional("name")?.map_or_else(|| code.as_str().parse(), Ok)?,
        kind: row.optional("kind")?.unwrap_or(LocationKind::Storage),
        pick_priority: row.cell("pick_priority").map(priority).transpose()?.unwrap_or(100),
        code,
    })
}

fn stock(row: &Row<'_>) -> Result<OpenStock, Invalid> {
    let day = |cell: &str| -> Result<Timestamp, Invalid> {
        format!("{cell}T00:00:00Z")
            .parse()
            .map_err(|_| Invalid::new("expires_on must be a day like 2026-01-31"))
    };
    Ok(OpenStock {
        sku: row.required("sku")?,
        location: row.optional("location")?,
        lot: row.optional("lot")?.unwrap_or_else(Lot::none),
        expires_on: row.cell("expires_on").map(day).transpose()?,
        quantity: row.required("quantity")?,
        unit_cost: row.money("unit_cost")?,
    })
}

/// Reads and checks the whole file; every bad row is named, and a key that stands twice is one.
fn read<T>(
    file: &Path,
    known: &[&str],
    parse: fn(&Row<'_>) -> Result<T, Invalid>,
    key: impl Fn(&T) -> String,
) -> anyhow::Result<Vec<T>> {
    let open = || format!("cannot read {}", file.display());
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_path(file).with_context(open)?;
    let headers = reader.headers().with_context(open)?.clone();
    let unknown: Vec<_> = headers.iter().filter(|header| !known.contains(header)).collect();
    if !unknown.is_empty() {
        bail!("unknown columns: {} (the known ones are {})", unknown.join(", "), known.join(", "));
    }
    let (mut rows, mut bad, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (record, line) in reader.records().zip(2_u64..) {
        let parsed = record.map_err(|error| Invalid(error.to_string()));
        let parsed = parsed.and_then(|record| parse(&Row { headers: &headers, record: &record }));
        match parsed {
            Ok(row) if seen.insert(key(&row)) => rows.push(row),
            Ok(row) => bad.push(format!("row {line}: {} stands in the file twice", key(&row))),
            Err(error) => bad.push(format!("row {line}: {error}")),
        }
    }
    if !bad.is_empty() {
        let more = bad.len().saturating_sub(MOST_NAMED);
        bad.truncate(MOST_NAMED);
        let more = if more > 0 { format!("\n(and {more} more)") } else { String::new() };
        bail!("nothing was imported:\n{}{more}", bad.join("\n"));
    }
    Ok(rows)
}

/// Sends the rows in chunks. A repeat of the file finds what is there and changes nothing.
fn send<T: Clone, W>(writer: &Writer, rows: Vec<T>, work: fn(Vec<T>) -> W) -> anyhow::Result<()>
where
    W: Work<Done = commands::ImportTally> + 'static,
{
    let mut sum = Tally::default();
    for (chunk, at) in rows.chunks(CHUNK).zip(0_usize..) {
        let key = format!("import/{}", Uuid::now_v7());
        let request = request("erp-import", "erp", &key, "import")?;
        let told = run_command(writer, request, Counted(work(chunk.to_vec())))
            .with_context(|| format!("rows {} to {}", at * CHUNK + 2, at * CHUNK + 1 + chunk.len()))?;
        let count = |name: &str| told.get(name).and_then(serde_json::Value::as_u64).unwrap_or_default();
        sum.made += count("made");
        sum.changed += count("changed");
        sum.unchanged += count("unchanged");
    }
    say(&format!("{} made, {} changed, {} unchanged", sum.made, sum.changed, sum.unchanged));
    Ok(())
}

#[derive(Default, Serialize)]
struct Tally {
    made: u64,
    changed: u64,
    unchanged: u64,
}

/// A command that answers with its tally.
struct Counted<W>(W);

impl<W: Work<Done = commands::ImportTally>> Work for Counted<W> {
    type Done = serde_json::Value;
    fn decide(
        &self,
        draft: &mut commands::Draft<'_>,
        context: &inventory::Context,
    ) -> Result<serde_json::Value, kernel::Refusal> {
        let tally = self.0.decide(draft, context)?;
        Ok(serde_json::json!({ "made": tally.made, "changed": tally.changed, "unchanged": tally.unchanged }))
    }
}
