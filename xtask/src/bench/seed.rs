//! Stock to measure with: by `erp import` where there is little, by SQL where there is much. The rows that SQL makes add
//! up, but their history hashes are not real: such a database is for measuring, never for `erp verify`.

use std::path::Path;

use anyhow::{Context, Result};
use diesel::sql_types::Text;
use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection,
};

use crate::server::command;
use crate::{erp, shell};

/// So many units of each sku: no load ends the stock.
const UNITS: u64 = 100_000_000;

/// How much stock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// Skus, with one balance each.
    pub(super) balances: u64,
    /// Transfers in all, the opening ones among them.
    pub(super) transfers: u64,
}

/// Migrates a database and imports so many skus, each with one balance.
pub(super) fn import(program: &Path, url: &str, skus: u64, folder: &Path) -> Result<()> {
    erp::migrate(program, url)?;
    let (products, stock) = (folder.join("products.csv"), folder.join("stock.csv"));
    let mut product_rows = csv::Writer::from_path(&products)?;
    let mut stock_rows = csv::Writer::from_path(&stock)?;
    product_rows.write_record(["sku", "name"])?;
    stock_rows.write_record(["sku", "quantity"])?;
    for number in 1..=skus {
        let sku = format!("S{number:07}");
        product_rows.write_record([&sku, &format!("Product {number}")])?;
        stock_rows.write_record([&sku, &UNITS.to_string()])?;
    }
    product_rows.flush()?;
    stock_rows.flush()?;
    for (what, file) in [("products", products), ("stock", stock)] {
        shell::must_quietly(command(program, url).args(["import", what]).arg(file))?;
    }
    Ok(())
}

/// What the two databases say differently.
struct Words {
    uuid: &'static str,
    hash: &'static str,
    now: &'static str,
    series: fn(u64) -> String,
}

const POSTGRES: Words = Words {
    uuid: "gen_random_uuid()",
    hash: "sha256('')",
    now: "now()",
    series: |end| format!("generate_series(1, {end}) AS n(i)"),
};
const SQLITE: Words = Words {
    uuid: "randomblob(16)",
    hash: "zeroblob(32)",
    now: "0",
    series: |end| {
        format!(
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {end}) SELECT i FROM n) AS n"
        )
    },
};

/// Products, balances, and the openings of the balances.
fn opening(words: &Words, size: Size) -> String {
    let Words { uuid, hash, now, series } = words;
    let (n, numbers, micros) = (size.balances, series(size.balances), UNITS.saturating_mul(1_000_000));
    let version = 1 + passes(size);
    let reserved = passes(size) % 2 * 1_000_000;
    let available = micros - reserved;
    format!(
        "INSERT INTO products SELECT h.next_id + i, 'S' || substr(CAST(10000000 + i AS TEXT), 2), 'Product ' || i, \
           'each', 1, 1, 'none', 0, 1000000, NULL, NULL, NULL, 1 FROM head h CROSS JOIN {numbers};\n\
         INSERT INTO balances SELECT h.next_id + {n} + i, h.next_id + i, w.id, w.default_location_id, '', {available}, {reserved}, \
           0, 0, 0, 0, 0, 0, 0, 0, {version}, {hash} FROM head h CROSS JOIN warehouses w CROSS JOIN {numbers};\n\
         INSERT INTO movements SELECT i, {uuid}, 'opening', 1, NULL, NULL, NULL, {now}, {now} FROM {numbers};\n\
         INSERT INTO transfers SELECT i, 0, h.next_id + i, '', {micros}, NULL, 22, NULL, h.next_id + {n} + i, 0, 1, \
           NULL, NULL, NULL, NULL FROM head h CROSS JOIN {numbers};\n"
    )
}

/// How often each balance was moved after its opening.
fn passes(size: Size) -> u64 {
    size.transfers.checked_div(size.balances).unwrap_or_default().saturating_sub(1)
}

/// One more transfer of every balance, two in a movement: reserved, and given back the next time.
fn pass(words: &Words, size: Size, pass: u64) -> String {
    let Words { uuid, now, series, .. } = words;
    let (n, numbers, version) = (size.balances, series(size.balances), 1 + pass);
    let half = n.div_ceil(2);
    let before = n + (pass - 1) * half;
    let (from, to) = if pass % 2 == 1 { (0, 1) } else { (1, 0) };
    format!(
        "INSERT INTO movements SELECT {before} + i, {uuid}, 'reserve', 1, NULL, NULL, NULL, {now}, {now} FROM {};\n\
         INSERT INTO transfers SELECT {before} + (i + 1) / 2, (i + 1) % 2, h.next_id + i, '', 1000000, \
           h.next_id + {n} + i, {from}, {version}, h.next_id + {n} + i, {to}, {version}, 1, NULL, NULL, NULL \
           FROM head h CROSS JOIN {numbers};\n",
        series(half)
    )
}

fn done(size: Size) -> String {
    let (n, movements) = (size.balances, size.balances + passes(size) * size.balances.div_ceil(2));
    format!("UPDATE head SET next_id = next_id + {n} + {n} + 1, next_movement = {movements} + 1;\n")
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

/// Fills a fresh PostgreSQL database. The indexes of the ledger are made again afterwards: that is faster.
pub(super) fn postgres(program: &Path, url: &str, size: Size) -> Result<()> {
    erp::migrate(program, url)?;
    let mut connection = PgConnection::establish(url)?;
    let indexes: Vec<Index> = diesel::sql_query(
        "SELECT c.relname::text AS name, pg_get_indexdef(x.indexrelid) AS definition FROM pg_index x \
         JOIN pg_class c ON c.oid = x.indexrelid WHERE x.indrelid IN ('transfers'::regclass, 'balances'::regclass) \
         AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid)",
    )
    .load(&mut connection)?;
    for index in &indexes {
        connection.batch_execute(&format!("DROP INDEX {}", index.name))?;
    }
    connection.batch_execute(&opening(&POSTGRES, size)).context("the opening")?;
    for number in 1..=passes(size) {
        connection.batch_execute(&pass(&POSTGRES, size, number)).context("a pass")?;
    }
    connection.batch_execute(&done(size))?;
    for index in &indexes {
        connection.batch_execute(&index.definition)?;
    }
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        connection.batch_execute(statement)?;
    }
    Ok(())
}

/// Fills a fresh SQLite file, with the openings only.
pub(super) fn sqlite(program: &Path, path: &Path, balances: u64) -> Result<()> {
    erp::migrate(program, &format!("sqlite:{}", path.display()))?;
    let size = Size { balances, transfers: balances };
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
    let sql = format!(
        "BEGIN; {} {} COMMIT; PRAGMA wal_checkpoint(TRUNCATE); ANALYZE;",
        opening(&SQLITE, size),
        done(size)
    );
    Ok(connection.batch_execute(&sql)?)
}
