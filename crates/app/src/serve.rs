//! `erp serve`.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::{Context, bail};
use http::HttpConfig;

use crate::cli::say;
use crate::database::{Database, Live};
use crate::settings::{DatabaseUrl, Environment, ServerSettings, Settings};
use crate::{import, sweeper, telemetry};

/// Serves until the process is told to stop.
pub(crate) fn run(settings: &Settings, server: &ServerSettings) -> anyhow::Result<()> {
    let url = settings.database()?;
    refuse_unsafe(settings, server, &url)?;
    let database = Database::new(&url, server.read_connections);
    let _only_one = only_one(&url)?;
    bring_schema(&url, &database)?;
    let writer = database.writer().context("the writer could not be started")?;
    import::set_up(&writer)?;
    let live = Arc::new(Live { database, writer });
    let listener =
        TcpListener::bind(server.listen).with_context(|| format!("cannot listen on {}", server.listen))?;
    let address = listener.local_addr()?;
    let sources = server.source_systems.iter().map(|source| source.parse()).collect::<Result<_, _>>();
    let config = HttpConfig {
        source_systems: sources.context("ERP_SOURCE_SYSTEMS")?,
        request_timeout: Duration::from_secs(10),
        shutdown_timeout: Duration::from_secs(30),
        workers: std::thread::available_parallelism().map_or(2, usize::from),
        csv_at_once: usize::try_from(server.read_connections / 2)?.max(1),
    };
    let metrics = telemetry::start_metrics()?;
    let (stop, stopped) = channel();
    let swept = Arc::clone(&live);
    let pause = Duration::from_secs(server.sweep_seconds.into());
    let sweeper = std::thread::Builder::new()
        .name("sweeper".to_owned())
        .spawn(move || sweeper::run(&swept, pause, &stopped))?;
    let ready = move || say(&format!("listening on http://{address}"));
    let served = actix_web::rt::System::new().block_on(http::serve(listener, live, config, metrics, ready));
    drop(stop);
    // A sweeper that panicked has said so itself.
    let _ended = sweeper.join();
    served.context("the server ended")
}

/// Settings that must not go together.
fn refuse_unsafe(settings: &Settings, server: &ServerSettings, url: &DatabaseUrl) -> anyhow::Result<()> {
    if settings.environment == Environment::Production {
        if matches!(url, DatabaseUrl::Sqlite(path) if path.is_relative()) {
            bail!(
                "production needs a final ERP_DATABASE_URL: postgres://…, or sqlite: with an absolute path"
            );
        }
        bail!(
            "production needs authentication, which this version does not have: use ERP_ENVIRONMENT=preview"
        );
    }
    if !server.listen.ip().is_loopback() {
        bail!("without tokens the server listens on loopback only: ERP_LISTEN=127.0.0.1:8080");
    }
    Ok(())
}

/// One server for one SQLite file: a second one is refused by a lock beside the file.
pub(crate) fn only_one(url: &DatabaseUrl) -> anyhow::Result<Option<std::fs::File>> {
    let DatabaseUrl::Sqlite(path) = url else { return Ok(None) };
    let mut beside = path.clone().into_os_string();
    beside.push(".lock");
    let lock = std::fs::OpenOptions::new().create(true).append(true).open(&beside);
    let lock =
        lock.with_context(|| format!("cannot open the lock of the database, {}", beside.to_string_lossy()))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(_) => bail!("another `erp serve` has {} open: one server for one SQLite file", path.display()),
    }
}

/// An embedded database is migrated here; on PostgreSQL `erp migrate` does it.
fn bring_schema(url: &DatabaseUrl, database: &Database) -> anyhow::Result<()> {
    if matches!(url, DatabaseUrl::Sqlite(_)) {
        database.migrate()?;
        return Ok(());
    }
    database.require_current()
}
