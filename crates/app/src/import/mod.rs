//! `erp import`: master data and opening stock from CSV. The whole file is read and rehearsed first, and every bad row
//! named; then it goes through the writer in chunks, each of which may be repeated.

mod rows;
mod table;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use commands::{Flaw, IMPORT_CHUNK, Import, ImportRow, SetUp, rehearse};
use inventory::{LocationFacts, LocationKind, LocationSpec, WarehouseFacts, WarehouseSpec};
use kernel::StoreError;
use serde_json::Value;
use uuid::Uuid;

use self::table::Contents;
use crate::cli::{complain, say};
use crate::database::{Database, clock};
use crate::internal::{Plainly, request, run as run_command};
use crate::settings::Settings;
use crate::writer::Writer;

/// The most bad rows that are named.
const MOST_NAMED: usize = 100;
/// How long a chunk waits for a database that was away, before each further try.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10)];

/// What a file holds. A column that a file has not leaves what is there as it is; an empty cell is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// code,name and optionally is_default,default_location,active
    Warehouses,
    /// code and optionally warehouse,name,kind,pick_priority,capacity_m3,active
    Locations,
    /// sku,name and optionally unit,stockable,active,tracking,needs_inspection,quantity_step,weight_kg,volume_m3,over_receipt_percent,
    /// standard_cost_amount,standard_cost_currency and, as JSON, barcodes,bill_of_materials,settings
    Products,
    /// sku,quantity and optionally location,lot,expires_on,unit_cost_amount,unit_cost_currency
    Stock,
}

/// Makes the warehouse and location that every database begins with, if there is none.
pub(crate) fn set_up(writer: &Writer) -> anyhow::Result<()> {
    let code: inventory::LocationCode = "MAIN-STORAGE-DEFAULT".parse()?;
    let facts = WarehouseFacts {
        name: "Main Warehouse".parse()?,
        is_default: true,
        default_location: Some(code.clone()),
        active: true,
    };
    let warehouse = WarehouseSpec { code: "MAIN".parse()?, facts };
    let facts = LocationFacts {
        warehouse: Some(warehouse.code.clone()),
        name: Some("Default storage".parse()?),
        kind: LocationKind::Storage,
        pick_priority: 100,
        capacity_m3: None,
        active: true,
    };
    let location = LocationSpec { code, facts };
    let request = request("erp", "erp", "set-up", "set up the main warehouse")?;
    run_command(writer, request, Plainly(SetUp { warehouse, location }))?;
    Ok(())
}

/// Imports a file.
pub(crate) fn run(settings: &Settings, kind: Kind, file: &Path) -> anyhow::Result<()> {
    let database = Database::new(&settings.database()?, 1);
    database.require_current()?;
    match kind {
        Kind::Warehouses => bring_in(&database, rows::warehouses(file)?),
        Kind::Locations => bring_in(&database, rows::locations(file)?),
        Kind::Products => bring_in(&database, rows::products(file)?),
        Kind::Stock => bring_in(&database, rows::stock(file)?),
    }
}

/// Rehearses the whole file, names every bad row, and writes the rows where there is none.
fn bring_in<Row>(database: &Database, file: Contents<Row>) -> anyhow::Result<()>
where
    Row: ImportRow + Clone + 'static,
{
    let Contents { numbers, rows, mut bad } = file;
    let number = |at: usize| numbers.get(at).copied().unwrap_or_default();
    let flaws = database.read(|snapshot| rehearse(snapshot, &rows, clock()))?;
    bad.extend(flaws.into_iter().map(|(at, flaw)| {
        let why = match flaw {
            Flaw::Refused(refusal) => refusal.detail,
            Flaw::Twice(first) => format!("is about the same as row {}", number(first)),
        };
        (number(at), why)
    }));
    refuse(bad)?;
    write(&database.writer()?, &rows)
}

/// Refuses a file with bad rows; nothing was written.
fn refuse(mut bad: Vec<(u64, String)>) -> anyhow::Result<()> {
    if bad.is_empty() {
        return Ok(());
    }
    bad.sort();
    for (row, why) in bad.iter().take(MOST_NAMED) {
        complain(&format!("row {row}: {why}"));
    }
    bail!("nothing was imported; bad rows: {} (at most {MOST_NAMED} are named)", bad.len())
}

/// Sends the rows in chunks. A repeat of the file finds what is there and changes nothing, so one that was broken off
/// is gone on with by running it again.
fn write<Row>(writer: &Writer, rows: &[Row]) -> anyhow::Result<()>
where
    Row: ImportRow + Clone + 'static,
{
    let mut sum = [0_u64; 3];
    let names = ["made", "changed", "unchanged"];
    let mut written = 0_usize;
    for chunk in rows.chunks(IMPORT_CHUNK) {
        let told = write_chunk(writer, chunk).with_context(|| {
            let all = rows.len();
            format!("the import stopped after {written} of {all} rows; run it again to go on")
        })?;
        written = written.saturating_add(chunk.len());
        for (sum, name) in sum.iter_mut().zip(names) {
            *sum += told.get(name).and_then(Value::as_u64).unwrap_or_default();
        }
    }
    let said: Vec<_> = sum.iter().zip(names).map(|(count, name)| format!("{count} {name}")).collect();
    say(&said.join(", "));
    Ok(())
}

/// Writes a chunk, again under the same key where the database was away: it is written once.
fn write_chunk<Row>(writer: &Writer, chunk: &[Row]) -> anyhow::Result<Value>
where
    Row: ImportRow + Clone + 'static,
{
    let request = request("erp-import", "erp", &format!("import/{}", Uuid::now_v7()), "import")?;
    let mut pauses = PAUSES.iter();
    loop {
        let told = run_command(writer, request.clone(), Import(chunk.to_vec()));
        match (&told, pauses.next()) {
            (Err(error), Some(pause)) if error.is::<StoreError>() => std::thread::park_timeout(*pause),
            _ => return told,
        }
    }
}
