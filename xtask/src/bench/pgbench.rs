//! pgbench with a hand-written transaction that writes the same rows as a reservation of two lines: reservation.sql.
//! What is constant in it (answer, headers, events) is copied from a reservation that our writer made.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection};

use super::load::Skus;
use super::sample::share;
use crate::pg::Cluster;
use crate::shell;

const TRANSACTION: &str = include_str!("reservation.sql");
/// The numbers that our writer takes from the head come from sequences here, so that transactions do not wait for each
/// other. The ids are of version 7, as ours are.
const HELPERS: &str = "\
    CREATE SEQUENCE bench_request CACHE 100; SELECT setval('bench_request', next_request) FROM head; \
    CREATE SEQUENCE bench_movement CACHE 100; SELECT setval('bench_movement', next_movement) FROM head; \
    CREATE SEQUENCE bench_event CACHE 100; SELECT setval('bench_event', next_event) FROM head; \
    CREATE SEQUENCE bench_id CACHE 100; SELECT setval('bench_id', next_id) FROM head; \
    CREATE FUNCTION bench_uuid() RETURNS uuid LANGUAGE sql VOLATILE RETURN encode(substring(int8send((extract(epoch \
    FROM clock_timestamp()) * 1000)::bigint) FROM 3) || substring(uuid_send(gen_random_uuid()) FROM 7), 'hex')::uuid;";
/// The tables of which both must write the same number of rows.
const TABLES: [&str; 8] = [
    "requests",
    "idempotency",
    "reservations",
    "reservation_lines",
    "allocations",
    "movements",
    "transfers",
    "events",
];

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Hex {
    #[diesel(sql_type = Text)]
    hex: String,
}

/// A database for pgbench, and what goes into its transaction.
pub(super) struct Pgbench<'c> {
    cluster: &'c Cluster,
    database: &'static str,
    transaction: String,
}

/// What a run of pgbench did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    pub(super) count: u64,
    pub(super) micros: u64,
}

impl<'c> Pgbench<'c> {
    /// Copies a database that nobody is connected to and in which our writer has made reservations.
    pub(super) fn copy_of(cluster: &'c Cluster, original: &str, database: &'static str) -> Result<Self> {
        let mut connection = PgConnection::establish(&cluster.url(original))?;
        let mut hex = |what: &str| -> Result<String> {
            let sql = format!(
                "SELECT encode({what}, 'hex') AS hex FROM idempotency i JOIN events e \
                 ON e.request_seq = i.request_seq WHERE i.status = 201 ORDER BY i.request_seq DESC, e.seq LIMIT 1"
            );
            let found: Hex =
                diesel::sql_query(sql).get_result(&mut connection).context("no reservation to copy")?;
            Ok(found.hex)
        };
        let event = |kind: &str| {
            format!(
                "(SELECT convert_to(o.data::text, 'UTF8') FROM events o WHERE o.kind = '{kind}' ORDER BY o.seq DESC LIMIT 1)"
            )
        };
        let json = |hex: String| format!("convert_from('\\x{hex}', 'UTF8')::jsonb");
        let transaction = TRANSACTION
            .replace("{reservation_event}", &json(hex(&event("reservation.created"))?))
            .replace("{balance_event}", &json(hex(&event("stock.balance_changed"))?))
            .replace("{headers}", &json(hex("convert_to(i.headers::text, 'UTF8')")?))
            .replace("{body}", &format!("'\\x{}'::bytea", hex("i.body")?));
        drop(connection);
        let mut admin = PgConnection::establish(&cluster.url("postgres"))?;
        admin.batch_execute(&format!("CREATE DATABASE {database} TEMPLATE {original}"))?;
        PgConnection::establish(&cluster.url(database))?.batch_execute(HELPERS)?;
        Ok(Self { cluster, database, transaction })
    }

    /// Runs it for a time with so many clients, prepared.
    pub(super) fn run(&self, of: Skus, clients: u64, millis: u64, folder: &Path) -> Result<Done> {
        let script = folder.join("reservation.sql");
        let first = if of.hot { "1".to_owned() } else { format!("random(1, {})", of.skus) };
        let transaction = self.transaction.replace("{first}", &first).replace("{skus}", &of.skus.to_string());
        std::fs::write(&script, transaction)?;
        let seconds = share(millis, 1000).max(1);
        let mut pgbench = shell::program(self.cluster.bin().join("pgbench"));
        pgbench.args(["--no-vacuum", "--protocol=prepared", "--host=127.0.0.1", "--username=postgres"]);
        pgbench.arg(format!("--port={}", self.cluster.port())).arg(format!("--client={clients}"));
        pgbench
            .arg("--jobs=2")
            .arg(format!("--time={seconds}"))
            .arg("--file")
            .arg(&script)
            .arg(self.database);
        parse(&shell::must_quietly(&mut pgbench)?)
    }
}

/// Transactions, and the time from the rate that pgbench says without its connecting.
fn parse(said: &str) -> Result<Done> {
    let line = |start: &str| said.lines().find_map(|line| line.strip_prefix(start)).map(str::trim);
    let failed = line("number of failed transactions:").unwrap_or("0");
    ensure!(failed.starts_with('0'), "pgbench: {failed} transactions failed");
    let count = line("number of transactions actually processed:").and_then(|count| count.parse().ok());
    let count: u64 = count.with_context(|| format!("pgbench says no count: {said}"))?;
    let rate = line("tps =").and_then(|rate| rate.split('.').next()?.trim().parse().ok());
    let rate: u64 = rate.with_context(|| format!("pgbench says no rate: {said}"))?;
    Ok(Done { count, micros: share(count.saturating_mul(1_000_000), rate) })
}

/// How many rows each table has.
pub(super) fn rows(cluster: &Cluster, database: &str) -> Result<Vec<(&'static str, i64)>> {
    let mut connection = PgConnection::establish(&cluster.url(database))?;
    let mut counted = Vec::new();
    for table in TABLES {
        let sql = format!("SELECT count(*) AS number FROM {table}");
        counted.push((table, diesel::sql_query(sql).get_result::<Number>(&mut connection)?.number));
    }
    Ok(counted)
}

/// How far the log of the whole cluster has been written, in bytes.
pub(super) fn wal(cluster: &Cluster) -> Result<u64> {
    let mut connection = PgConnection::establish(&cluster.url("postgres"))?;
    let sql = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint AS number";
    Ok(u64::try_from(diesel::sql_query(sql).get_result::<Number>(&mut connection)?.number)?)
}

/// Writes everything to disk, so that a run does not pay for the one before it.
pub(super) fn checkpoint(cluster: &Cluster) -> Result<()> {
    Ok(PgConnection::establish(&cluster.url("postgres"))?.batch_execute("CHECKPOINT")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_pgbench_says() {
        let said = "number of transactions actually processed: 3000\nnumber of failed transactions: 0 (0.000%)\n\
                    latency average = 8.0 ms\ntps = 1500.123 (without initial connection time)\n";
        let done = parse(said).unwrap();
        assert_eq!((done.count, done.micros), (3000, 2_000_000));
        assert!(parse("tps = 1.0").is_err());
        assert!(parse(&said.replace("transactions: 0", "transactions: 7")).is_err());
    }
}
