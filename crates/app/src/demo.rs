//! `erp demo`: a fresh embedded database with goods of a gift shop that the program makes itself, the same ones
//! every time, and a server to try.

use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use commands::{Create, FileRow, Import};
use inventory::{LocationCode, Lot, OpenStock, ProductFacts, Sku};
use kernel::Quantity;
use reservations::{CreateReservation, NewLine};
use serde_json::{Value, json};

use crate::cli::say;
use crate::database::Database;
use crate::internal::{Plainly, request, run as run_command};
use crate::settings::{DEFAULT_DATABASE_URL, DatabaseUrl, ServerSettings, Settings};
use crate::writer::Writer;
use crate::{import, serve};

/// Where the demo's database is, unless ERP_DATABASE_URL says otherwise.
const FOLDER: &str = "demo-data";
const KINDS: [(&str, &str, u32); 12] = [
    ("MUG", "mug", 650),
    ("CND", "scented candle", 899),
    ("NBK", "notebook", 425),
    ("TOT", "tote bag", 1250),
    ("APR", "apron", 1899),
    ("CSH", "cushion cover", 1575),
    ("LAN", "lantern", 2450),
    ("TWL", "tea towel", 550),
    ("PST", "poster", 999),
    ("BWL", "bowl", 1399),
    ("CLK", "wall clock", 3200),
    ("PUZ", "wooden puzzle", 1125),
];
const STYLES: [(&str, &str); 10] = [
    ("RED", "red spots"),
    ("BLU", "blue stripes"),
    ("GRN", "green leaves"),
    ("YEL", "yellow lemons"),
    ("BLK", "black lines"),
    ("WHT", "plain white"),
    ("ROS", "roses"),
    ("SEA", "seashells"),
    ("FOX", "foxes"),
    ("SKY", "night sky"),
];
const SIZES: [(&str, &str); 3] = [("S", "small"), ("M", "medium"), ("L", "large")];

/// Makes the data and serves it.
pub(crate) fn run(settings: &Settings, server: &ServerSettings) -> anyhow::Result<()> {
    let mut settings = settings.clone();
    let own = settings.database_url == DEFAULT_DATABASE_URL;
    if own {
        settings.database_url = format!("sqlite:{FOLDER}/erp.sqlite");
        std::fs::create_dir_all(FOLDER).with_context(|| format!("cannot make {FOLDER}"))?;
    }
    let url = settings.database()?;
    // Taken before anything is removed: a demo that runs keeps its files.
    let lock = serve::only_one(&url)?;
    if own {
        fresh(&PathBuf::from(FOLDER))?;
    }
    if matches!(&url, DatabaseUrl::Sqlite(path) if path.exists()) {
        bail!("ERP_DATABASE_URL names a database that exists: the demo wants a fresh one");
    }
    let database = Database::new(&url, server.read_connections);
    database.migrate()?;
    let is_used = |head: commands::Head| head.counters.request > kernel::Counters::FIRST.request;
    if database.read(|snapshot| snapshot.head()).is_ok_and(is_used) {
        bail!("ERP_DATABASE_URL names a database that is in use: the demo wants an empty one");
    }
    let writer = database.writer()?;
    import::set_up(&writer)?;
    fill(&writer).context("the fixture data could not be written")?;
    drop(writer);
    // The server takes it again.
    drop(lock);
    // The address of a server may carry a password.
    let place = match &url {
        DatabaseUrl::Sqlite(path) => path.display().to_string(),
        DatabaseUrl::Postgres(_) => "PostgreSQL".to_owned(),
    };
    say(&format!("Main Warehouse, MAIN-STORAGE-DEFAULT, preview, fixture data in {place}"));
    say("Try, in another terminal:");
    say(&example(server));
    serve::run(&settings, server)
}

/// Removes what an earlier demo left, and nothing else.
fn fresh(folder: &std::path::Path) -> anyhow::Result<()> {
    for name in ["erp.sqlite", "erp.sqlite-wal", "erp.sqlite-shm"] {
        let path = folder.join(name);
        if path.exists() {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

fn example(server: &ServerSettings) -> String {
    let at = format!("http://{}/api/v1/inventory", server.listen);
    format!(
        "  curl '{at}/availability?sku=MUG-RED-S,CND-ROS-L'\n  \
         curl -X POST '{at}/reservations' -H 'Content-Type: application/json' \\\n    \
         -H 'Request-Id: try-1' -H 'Idempotency-Key: order-1000' -H 'Actor-Id: me' -H 'Actor-Type: user' \\\n    \
         -H 'Source-System: commerce' -d '{{\"order_ref\":\"1000\",\"lines\":[{{\"sku\":\"MUG-RED-S\",\"quantity\":2}}]}}'"
    )
}

/// A number that looks random and is the same every time (the multiplier is Knuth's for 32 bits).
fn scatter(number: usize, below: u32) -> u32 {
    let number = u32::try_from(number).unwrap_or(u32::MAX).wrapping_add(1);
    (number.wrapping_mul(2_654_435_769) >> 8) % below.max(1)
}

fn products() -> anyhow::Result<Vec<FileRow<Sku>>> {
    let mut made = Vec::new();
    for (kind, kind_name, cents) in KINDS {
        for (style, style_name) in STYLES {
            for (size, size_name) in SIZES {
                let amount = format!("{}.{:02}", cents / 100, cents % 100);
                let columns = json!({
                    "name": format!("{size_name} {kind_name}, {style_name}"),
                    "standard_cost": { "amount": amount, "currency": "EUR" },
                    "barcodes": [{ "barcode": ean13(made.len()), "quantity": 1 }],
                    "settings": [{ "warehouse": "MAIN", "reorder_point": 20, "target": 80, "lead_time_days": 14 }]
                });
                made.push(row(&format!("{kind}-{style}-{size}"), columns)?);
            }
        }
    }
    let parts = json!([{ "sku": "MUG-RED-S", "quantity": 2 }, { "sku": "CND-ROS-S", "quantity": 1 }]);
    let set = json!({ "name": "gift set, red spots", "stockable": false, "bill_of_materials": parts });
    made.push(row("SET-RED", set)?);
    made.push(row(
        "TEA-LOOSE",
        json!({ "name": "loose tea", "unit": "kg", "quantity_step": 0.1, "tracking": "lot" }),
    )?);
    Ok(made)
}

fn row(sku: &str, columns: Value) -> anyhow::Result<FileRow<Sku>> {
    let columns = columns.as_object().cloned().context("columns are an object")?;
    Ok(FileRow { code: sku.parse()?, columns })
}

/// A barcode of the numbers that shops may use inside, with its check digit.
fn ean13(number: usize) -> String {
    let digits = format!("200{number:09}");
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .zip([3, 1].into_iter().cycle())
        .map(|(d, w)| d * w)
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn locations() -> anyhow::Result<Vec<FileRow<LocationCode>>> {
    let mut made = Vec::new();
    for aisle in ["A", "B", "C", "D"] {
        for (bay, priority) in (1..=10).zip(10..) {
            let code = format!("{aisle}-{bay:02}");
            let columns = json!({ "name": format!("Aisle {aisle}, bay {bay}"), "pick_priority": priority });
            let columns = columns.as_object().cloned().context("an object")?;
            made.push(FileRow { code: code.parse()?, columns });
        }
    }
    Ok(made)
}

/// Where goods come in, are picked to, packed, and come back.
fn floor() -> anyhow::Result<Vec<FileRow<LocationCode>>> {
    let places = [
        ("DOCK", "Dock", "receiving"),
        ("STAGE", "Picked goods", "staging"),
        ("PACK", "Packing table", "packing"),
        ("BACK", "Returned goods", "returns"),
        ("TRUCK", "On the way", "transit"),
        ("CAGE", "Quality", "quality"),
    ];
    let mut made = Vec::new();
    for (code, name, kind) in places {
        let columns = json!({ "name": name, "kind": kind });
        let columns = columns.as_object().cloned().context("an object")?;
        made.push(FileRow { code: code.parse()?, columns });
    }
    Ok(made)
}

/// Most goods in one bay, some of it in reserve at the default location; every twentieth product is sold out; tea in
/// two lots.
fn stock(products: &[FileRow<Sku>], locations: &[FileRow<LocationCode>]) -> anyhow::Result<Vec<OpenStock>> {
    let mut made = Vec::new();
    let goods = products.iter().enumerate().filter(|(_, row)| row.columns.contains_key("standard_cost"));
    for (at, product) in goods.filter(|(at, _)| at % 20 != 19) {
        let bay = locations.get(at % locations.len().max(1)).map(|location| location.code.clone());
        let places = [(bay, scatter(at, 80)), (None, if at % 3 == 0 { scatter(at + 7, 200) } else { 0 })];
        for (location, units) in places {
            let Some(quantity) = Quantity::units(units).positive() else { continue };
            let facts: ProductFacts = product.over(None).map_err(|error| anyhow!("{error:?}"))?;
            let unit_cost = facts.standard_cost;
            let (sku, lot) = (product.code.clone(), Lot::none());
            made.push(OpenStock { sku, location, lot, expires_on: None, quantity, unit_cost });
        }
    }
    for (lot, expires_on, units) in [("2026-A", "2027-06-30", 12), ("2026-B", "2027-12-31", 30)] {
        let quantity = Quantity::units(units).positive().context("units")?;
        let (sku, lot, expires_on) = ("TEA-LOOSE".parse()?, lot.parse()?, Some(expires_on.parse()?));
        made.push(OpenStock { sku, location: None, lot, expires_on, quantity, unit_cost: None });
    }
    Ok(made)
}

fn orders(products: &[FileRow<Sku>]) -> anyhow::Result<Vec<CreateReservation>> {
    let mut made = Vec::new();
    for order in 0..40_usize {
        let mut lines: Vec<NewLine> = Vec::new();
        for line in 0..=scatter(order, 4) {
            let at = usize::try_from(scatter(order * 5 + usize::try_from(line)?, 360))?;
            let (Some(product), Some(quantity)) = (products.get(at), Quantity::units(1 + line).positive())
            else {
                continue;
            };
            let sku = product.code.clone();
            lines.push(NewLine { sku, quantity, line_ref: None, location: None, lot: None });
        }
        made.push(CreateReservation {
            source: "commerce".parse()?,
            order_ref: format!("WEB-{}", 10_000 + order).parse()?,
            warehouse: None,
            lines,
            allow_partial: true,
            backorder: true,
            expiry: None,
            ship_to: None,
            ship_by: None,
            metadata: None,
            explode_kits: false,
        });
    }
    Ok(made)
}

fn fill(writer: &Writer) -> anyhow::Result<()> {
    let (products, locations) = (products()?, locations()?);
    let send = |key: &str| request("demo", "erp", key, "fixture data");
    run_command(writer, send("demo/products")?, Plainly(Import(products.clone())))?;
    run_command(writer, send("demo/locations")?, Plainly(Import(locations.clone())))?;
    run_command(writer, send("demo/floor")?, Plainly(Import(floor()?)))?;
    run_command(writer, send("demo/stock")?, Plainly(Import(stock(&products, &locations)?)))?;
    for (order, at) in orders(&products)?.into_iter().zip(0..) {
        run_command(writer, send(&format!("demo/order/{at}"))?, Plainly(Create(order)))?;
    }
    Ok(())
}
