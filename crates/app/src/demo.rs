//! `erp demo`: a fresh embedded database with goods of a gift shop that the program makes itself, the same ones
//! every time, and a server to try.

use std::path::PathBuf;

use anyhow::{Context, bail};
use commands::{Create, ImportLocations, ImportProducts, ImportStock};
use inventory::{LocationKind, LocationSpec, Lot, OpenStock, ProductSpec, Tracking};
use kernel::{Money, Quantity};
use reservations::{CreateReservation, NewLine};

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
    if settings.database_url == DEFAULT_DATABASE_URL {
        settings.database_url = format!("sqlite:{FOLDER}/erp.sqlite");
        fresh(&PathBuf::from(FOLDER))?;
    }
    let url = settings.database()?;
    if matches!(&url, DatabaseUrl::Sqlite(path) if path.exists()) {
        bail!("ERP_DATABASE_URL names a database that exists: the demo wants a fresh one");
    }
    let database = Database::new(&url, server.read_connections);
    database.migrate()?;
    let writer = database.writer()?;
    import::set_up(&writer)?;
    fill(&writer).context("the fixture data could not be written")?;
    drop(writer);
    say(&format!("Main Warehouse, MAIN-STORAGE-DEFAULT, preview, fixture data in {}", settings.database_url));
    say("Try, in another terminal:");
    say(&example(server));
    serve::run(&settings, server)
}

/// Removes what an earlier demo left, and nothing else.
fn fresh(folder: &std::path::Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
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
         -H 'Request-Id: try-1' -H 'Idempotency-Key: order-1001' -H 'Actor-Id: me' -H 'Actor-Type: user' \\\n    \
         -H 'Source-System: commerce' -d '{{\"order_ref\":\"1001\",\"lines\":[{{\"sku\":\"MUG-RED-S\",\"quantity\":2}}]}}'"
    )
}

/// A number that looks random and is the same every time (the multiplier is Knuth's for 32 bits).
fn scatter(number: usize, below: u32) -> u32 {
    let number = u32::try_from(number).unwrap_or(u32::MAX).wrapping_add(1);
    (number.wrapping_mul(2_654_435_769) >> 8) % below.max(1)
}

fn products() -> anyhow::Result<Vec<ProductSpec>> {
    let mut made = Vec::new();
    for (kind, kind_name, cents) in KINDS {
        for (style, style_name) in STYLES {
            for (size, size_name) in SIZES {
                made.push(ProductSpec {
                    sku: format!("{kind}-{style}-{size}").parse()?,
                    name: format!("{size_name} {kind_name}, {style_name}").parse()?,
                    unit: "each".parse()?,
                    stockable: true,
                    tracking: Tracking::None,
                    needs_inspection: false,
                    quantity_step: Quantity::units(1),
                    barcode: None,
                    standard_cost: Some(Money::parse(
                        &format!("{}.{:02}", cents / 100, cents % 100),
                        "EUR".parse()?,
                    )?),
                });
            }
        }
    }
    Ok(made)
}

fn locations() -> anyhow::Result<Vec<LocationSpec>> {
    let mut made = Vec::new();
    for aisle in ["A", "B", "C", "D"] {
        for (bay, priority) in (1..=10).zip(10..) {
            let code = format!("{aisle}-{bay:02}");
            made.push(LocationSpec {
                warehouse: None,
                name: format!("Aisle {aisle}, bay {bay}").parse()?,
                code: code.parse()?,
                kind: LocationKind::Storage,
                pick_priority: priority,
            });
        }
    }
    Ok(made)
}

/// Most goods in one bay, some of it in reserve at the default location; every twentieth product is sold out.
fn stock(products: &[ProductSpec], locations: &[LocationSpec]) -> anyhow::Result<Vec<OpenStock>> {
    let mut made = Vec::new();
    for (at, product) in products.iter().enumerate().filter(|(at, _)| at % 20 != 19) {
        let bay = locations.get(at % locations.len().max(1)).map(|location| location.code.clone());
        let places = [(bay, scatter(at, 80)), (None, if at % 3 == 0 { scatter(at + 7, 200) } else { 0 })];
        for (location, units) in places {
            let Some(quantity) = Quantity::units(units).positive() else { continue };
            let lot: Lot = Lot::none();
            let (sku, unit_cost) = (product.sku.clone(), product.standard_cost);
            made.push(OpenStock { sku, location, lot, expires_on: None, quantity, unit_cost });
        }
    }
    Ok(made)
}

fn orders(products: &[ProductSpec]) -> anyhow::Result<Vec<CreateReservation>> {
    let mut made = Vec::new();
    for order in 0..40_usize {
        let mut lines: Vec<NewLine> = Vec::new();
        for line in 0..=scatter(order, 4) {
            let at = usize::try_from(scatter(order * 5 + usize::try_from(line)?, 360))?;
            let (Some(product), Some(quantity)) = (products.get(at), Quantity::units(1 + line).positive())
            else {
                continue;
            };
            let sku = product.sku.clone();
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
        });
    }
    Ok(made)
}

fn fill(writer: &Writer) -> anyhow::Result<()> {
    let (products, locations) = (products()?, locations()?);
    let send = |key: &str| request("demo", "erp", key, "fixture data");
    run_command(writer, send("demo/products")?, Plainly(ImportProducts(products.clone())))?;
    run_command(writer, send("demo/locations")?, Plainly(ImportLocations(locations.clone())))?;
    run_command(writer, send("demo/stock")?, Plainly(ImportStock(stock(&products, &locations)?)))?;
    for (order, at) in orders(&products)?.into_iter().zip(0..) {
        run_command(writer, send(&format!("demo/order/{at}"))?, Plainly(Create(order)))?;
    }
    Ok(())
}
