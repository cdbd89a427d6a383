//! The database that is configured, behind one face: the only place that names the two adapters.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use commands::{Backend, Job, QueueFull, Store, Views, preview};
use kernel::{Reply, StoreError, Timestamp};

use crate::settings::{DatabaseUrl, parse_database_url};
use crate::writer::{Connect, Transaction, WriteConnection, Writer};

/// What time it is.
pub(crate) fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A snapshot: everything that can be read, and a store to preview over.
pub(crate) trait Snapshot: Views + Store {}

impl<T: Views + Store> Snapshot for T {}

type ReadWork<'a> = dyn FnMut(&mut dyn Snapshot) -> Result<(), StoreError> + 'a;

/// How the schema stands to this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Schema {
    Current,
    Behind(Vec<String>),
    Ahead(Vec<String>),
}

/// What an adapter offers, the same for both databases.
trait Adapter: Send + Sync {
    fn connect(&self) -> Result<Box<dyn WriteConnection>, StoreError>;
    fn read(&self, work: &mut ReadWork<'_>) -> Result<(), StoreError>;
    fn schema(&self) -> anyhow::Result<Schema>;
    fn migrate(&self) -> anyhow::Result<Vec<String>>;
}

macro_rules! adapter {
    ($name:ident, $package:ident) => {
        struct $name {
            url: String,
            pool: $package::Pool,
        }

        impl WriteConnection for $package::Connection {
            fn transaction(&mut self, work: &mut Transaction<'_>) -> Result<(), StoreError> {
                self.write(&mut |tx| work(tx))
            }
        }

        impl Adapter for $name {
            fn connect(&self) -> Result<Box<dyn WriteConnection>, StoreError> {
                Ok(Box::new($package::Connection::open_to_write(&self.url)?))
            }

            fn read(&self, work: &mut ReadWork<'_>) -> Result<(), StoreError> {
                self.pool.read(&mut |tx| work(tx))
            }

            fn schema(&self) -> anyhow::Result<Schema> {
                Ok(match $package::Connection::open(&self.url)?.schema_state()? {
                    $package::SchemaState::Current => Schema::Current,
                    $package::SchemaState::Behind(steps) => Schema::Behind(steps),
                    $package::SchemaState::Ahead(steps) => Schema::Ahead(steps),
                })
            }

            fn migrate(&self) -> anyhow::Result<Vec<String>> {
                Ok($package::Connection::open(&self.url)?.migrate()?)
            }
        }
    };
}

adapter!(Sqlite, persistence_sqlite);
adapter!(Postgres, persistence_postgres);

/// The configured database.
#[derive(Clone)]
pub struct Database {
    adapter: Arc<dyn Adapter>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database")
    }
}

impl Database {
    /// Names the database as `ERP_DATABASE_URL` does; nothing is connected yet.
    ///
    /// # Errors
    /// Where that is no address of a database.
    pub fn at(url: &str, read_connections: u32) -> anyhow::Result<Self> {
        let url = parse_database_url(url).map_err(|why| anyhow::anyhow!("the database {why}"))?;
        Ok(Self::new(&url, read_connections))
    }

    /// What the adapters that drive the program are given: this database, with a writer of its own.
    ///
    /// # Errors
    /// The operating system's, where it gives no thread.
    pub fn backend(&self) -> std::io::Result<Arc<dyn Backend>> {
        Ok(Arc::new(Live { database: self.clone(), writer: self.writer()? }))
    }

    /// Names the database; nothing is connected yet.
    pub(crate) fn new(url: &DatabaseUrl, read_connections: u32) -> Self {
        let adapter: Arc<dyn Adapter> = match url {
            DatabaseUrl::Sqlite(path) => {
                let url = path.to_string_lossy().into_owned();
                Arc::new(Sqlite { pool: persistence_sqlite::Pool::new(&url, read_connections), url })
            }
            DatabaseUrl::Postgres(url) => {
                let pool = persistence_postgres::Pool::new(url, read_connections);
                Arc::new(Postgres { pool, url: url.clone() })
            }
        };
        Self { adapter }
    }

    /// How the schema stands.
    pub(crate) fn schema(&self) -> anyhow::Result<Schema> {
        self.adapter.schema()
    }

    /// Refuses a schema that is not what this program was built for.
    pub(crate) fn require_current(&self) -> anyhow::Result<()> {
        match self.schema()? {
            Schema::Current => Ok(()),
            Schema::Behind(steps) => {
                anyhow::bail!("the schema is not current ({} missing): run `erp migrate`", steps.join(", "))
            }
            Schema::Ahead(steps) => {
                anyhow::bail!("the database is newer than this program (it has {})", steps.join(", "))
            }
        }
    }

    /// Applies the steps that are missing, and answers them.
    pub(crate) fn migrate(&self) -> anyhow::Result<Vec<String>> {
        self.adapter.migrate()
    }

    /// Reads in one snapshot.
    pub(crate) fn read<T>(
        &self,
        mut work: impl FnMut(&mut dyn Snapshot) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut found = None;
        self.adapter.read(&mut |snapshot| {
            found = Some(work(snapshot)?);
            Ok(())
        })?;
        found.ok_or_else(|| StoreError::Broken("the read ended without an answer".to_owned()))
    }

    /// Starts the writer.
    pub(crate) fn writer(&self) -> std::io::Result<Writer> {
        let adapter = Arc::clone(&self.adapter);
        let connect: Arc<Connect> = Arc::new(move || adapter.connect());
        Writer::start(connect, clock)
    }
}

/// The database with its writer: what the adapters that drive the program see.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) database: Database,
    pub(crate) writer: Writer,
}

impl Backend for Live {
    fn submit(
        &self,
        job: Box<dyn Job>,
        answer: Box<dyn FnOnce(Result<Reply, StoreError>) + Send>,
    ) -> Result<(), QueueFull> {
        self.writer.submit(job, answer)
    }

    fn preview(&self, job: &dyn Job) -> Result<Reply, StoreError> {
        let mut answer = None;
        self.database.adapter.read(&mut |snapshot| {
            let snapshot: &mut dyn Snapshot = snapshot;
            answer = Some(preview_over(snapshot, job)?);
            Ok(())
        })?;
        answer.ok_or_else(|| StoreError::Broken("the preview ended without an answer".to_owned()))
    }

    fn read(&self, work: &mut dyn FnMut(&mut dyn Views) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.database.adapter.read(&mut |snapshot| work(snapshot))
    }

    fn ready(&self) -> Result<(), String> {
        self.database
            .read(|snapshot| snapshot.head())
            .map_err(|_| "the database cannot be read".to_owned())?;
        match self.writer.is_healthy() {
            true => Ok(()),
            false => Err("the last write did not reach the database".to_owned()),
        }
    }
}

fn preview_over(snapshot: &mut dyn Snapshot, job: &dyn Job) -> Result<Reply, StoreError> {
    let store: &mut dyn Store = snapshot;
    preview(store, job, clock())
}
