//! `erp import`: master data and opening stock from CSV. The whole file is checked first and every bad row named;
//! then it goes through the writer in chunks, each of which may be repeated.

mod rows;
mod table;

use std::path::Path;

use anyhow::Context;
use clap::ValueEnum;
use commands::{ImportLocations, ImportProducts, ImportStock, ImportTally, ImportWarehouses, SetUp, Work};
use inventory::{LocationFacts, LocationKind, LocationSpec, WarehouseFacts, WarehouseSpec};
use uuid::Uuid;

use crate::cli::say;
use crate::database::Database;
use crate::internal::{Plainly, request, run as run_command};
use crate::settings::Settings;
use crate::writer::Writer;

/// Rows of one command.
const CHUNK: usize = 1000;

/// What a file holds. A column that a file has not leaves what is there as it is; an empty cell is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// code,name and optionally is_default,default_location,active
    Warehouses,
    /// code and optionally warehouse,name,kind,pick_priority,active
    Locations,
    /// sku,name and optionally unit,stockable,active,tracking,needs_inspection,quantity_step,weight_kg,volume_m3,
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
    let writer = database.writer()?;
    match kind {
        Kind::Warehouses => send(&writer, rows::warehouses(file)?, ImportWarehouses),
        Kind::Locations => send(&writer, rows::locations(file)?, ImportLocations),
        Kind::Products => send(&writer, rows::products(file)?, ImportProducts),
        Kind::Stock => send(&writer, rows::stock(file)?, ImportStock),
    }
}

/// Sends the rows in chunks. A repeat of the file finds what is there and changes nothing, so one that was broken off
/// is gone on with by running it again.
fn send<T: Clone, W>(writer: &Writer, rows: Vec<T>, work: fn(Vec<T>) -> W) -> anyhow::Result<()>
where
    W: Work<Done = ImportTally> + 'static,
{
    let mut sum = [0_u64; 3];
    let names = ["made", "changed", "unchanged"];
    for (chunk, at) in rows.chunks(CHUNK).zip(0_usize..) {
        let key = format!("import/{}", Uuid::now_v7());
        let request = request("erp-import", "erp", &key, "import")?;
        let told = run_command(writer, request, work(chunk.to_vec())).with_context(|| {
            format!(
                "rows {} to {} were not imported, those before them were",
                at * CHUNK + 1,
                at * CHUNK + chunk.len()
            )
        })?;
        for (sum, name) in sum.iter_mut().zip(names) {
            *sum += told.get(name).and_then(serde_json::Value::as_u64).unwrap_or_default();
        }
    }
    let said: Vec<_> = sum.iter().zip(names).map(|(count, name)| format!("{count} {name}")).collect();
    say(&said.join(", "));
    Ok(())
}
