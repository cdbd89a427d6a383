//! Connections: one that writes, a pool of those that read, and the transactions on them.

use diesel::connection::SimpleConnection;
use kernel::StoreError;

use crate::dialect::{self, Conn};

/// A connection to the database.
pub struct Connection(pub(crate) Conn);

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

/// A transaction: the store of a batch, or the views of a snapshot.
pub struct Tx<'c> {
    pub(crate) conn: &'c mut Conn,
    /// Whether the head is locked; a snapshot only looks at it.
    pub(crate) writes: bool,
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("writes", &self.writes).finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects: a path for SQLite, a URL for PostgreSQL.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn open(url: &str) -> Result<Self, StoreError> {
        dialect::establish(url).map(Self)
    }

    /// Connects for the batches of a writer, whose statements all go by keys.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn open_to_write(url: &str) -> Result<Self, StoreError> {
        let mut connection = Self::open(url)?;
        connection.execute(dialect::FOR_BATCHES)?;
        Ok(connection)
    }

    /// Runs `work` in one transaction: commits on Ok, rolls back otherwise.
    ///
    /// # Errors
    /// What `work` answered, or what the database did. When COMMIT itself fails, the fate is unknown.
    pub fn write(
        &mut self,
        work: &mut dyn FnMut(&mut Tx<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.run(dialect::BEGIN_WRITE, true, work)
    }

    /// Runs `work` over one snapshot, and changes nothing.
    ///
    /// # Errors
    /// What `work` answered, or what the database did.
    pub fn read(
        &mut self,
        work: &mut dyn FnMut(&mut Tx<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.run(dialect::BEGIN_READ, false, work)
    }

    fn run(
        &mut self,
        begin: &str,
        writes: bool,
        work: &mut dyn FnMut(&mut Tx<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.execute(begin)?;
        let done = work(&mut Tx { conn: &mut self.0, writes });
        let end = if done.is_ok() { self.execute("COMMIT") } else { Ok(()) };
        if done.is_err() || end.is_err() {
            // The connection may be gone, and the transaction with it: there is nothing more to say then.
            let _rolled_back = self.execute("ROLLBACK");
        }
        done.and(end)
    }

    fn execute(&mut self, sql: &str) -> Result<(), StoreError> {
        self.0.batch_execute(sql).map_err(|error| dialect::classify(&error))
    }
}

/// Connections for reading.
#[derive(Debug, Clone)]
pub struct Pool(r2d2::Pool<Manager>);

#[derive(Debug)]
struct Manager {
    url: String,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Connection;
    type Error = StoreError;

    fn connect(&self) -> Result<Connection, StoreError> {
        let mut connection = Connection::open(&self.url)?;
        connection.execute(dialect::READ_ONLY)?;
        Ok(connection)
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<(), StoreError> {
        connection.execute("SELECT 1")
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        false
    }
}

/// How long a read waits for a connection.
const WAIT: std::time::Duration = std::time::Duration::from_secs(5);

impl Pool {
    /// A pool of at most so many connections, made when they are needed.
    pub fn new(url: &str, most: u32) -> Self {
        let manager = Manager { url: url.to_owned() };
        let pool = r2d2::Pool::builder().max_size(most).min_idle(Some(0)).connection_timeout(WAIT);
        Self(pool.build_unchecked(manager))
    }

    /// Runs `work` over one snapshot.
    ///
    /// # Errors
    /// What `work` answered, or what the database did.
    pub fn read(
        &self,
        work: &mut dyn FnMut(&mut Tx<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut connection = self.0.get().map_err(|error| StoreError::Unavailable(error.to_string()))?;
        connection.read(work)
    }
}
