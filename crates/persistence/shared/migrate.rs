//! Bringing the schema up to what the program knows.

use std::fmt;

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_migrations::MigrationHarness;

use crate::Connection;
use crate::dialect::{self, Backend, Conn, MIGRATIONS};

/// How the schema of a database stands to this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// It is what the program was built for.
    Current,
    /// Steps are missing: run `erp migrate`.
    Behind(Vec<String>),
    /// It has steps that the program does not know: run a newer program.
    Ahead(Vec<String>),
}

/// Why the schema was not brought up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MigrateError {
    /// The database has steps that the program does not know.
    Ahead(Vec<String>),
    /// A step, or looking at the steps, failed.
    Failed(String),
}

impl fmt::Display for MigrateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ahead(steps) => write!(
                f,
                "the database is newer than this program (it has {}): use the program that migrated it, or a newer one",
                steps.join(", ")
            ),
            Self::Failed(why) => write!(f, "the schema could not be migrated: {why}"),
        }
    }
}

impl std::error::Error for MigrateError {}

impl From<diesel::result::Error> for MigrateError {
    fn from(error: diesel::result::Error) -> Self {
        failed(error)
    }
}

fn failed(error: impl fmt::Display) -> MigrateError {
    MigrateError::Failed(error.to_string())
}

fn state(conn: &mut Conn) -> Result<SchemaState, MigrateError> {
    let known = MigrationSource::<Backend>::migrations(&MIGRATIONS).map_err(failed)?;
    let known: Vec<String> = known.iter().map(|step| step.name().version().to_string()).collect();
    let applied: Vec<MigrationVersion<'static>> = conn.applied_migrations().map_err(failed)?;
    let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    let beyond: Vec<_> = applied.iter().filter(|step| !known.contains(step)).cloned().collect();
    if !beyond.is_empty() {
        return Ok(SchemaState::Ahead(beyond));
    }
    let missing: Vec<_> = known.into_iter().filter(|step| !applied.contains(step)).collect();
    Ok(if missing.is_empty() { SchemaState::Current } else { SchemaState::Behind(missing) })
}

impl Connection {
    /// How the schema stands.
    ///
    /// # Errors
    /// [`MigrateError::Failed`].
    pub fn schema_state(&mut self) -> Result<SchemaState, MigrateError> {
        state(&mut self.0)
    }

    /// Applies what is missing, one process at a time, and answers the steps. A repeat applies nothing.
    ///
    /// # Errors
    /// [`MigrateError`], with the schema as the last whole step left it.
    pub fn migrate(&mut self) -> Result<Vec<String>, MigrateError> {
        dialect::alone(&mut self.0, |conn| {
            // Asked under the lock: whoever had it before may be a newer program.
            if let SchemaState::Ahead(steps) = state(conn)? {
                return Err(MigrateError::Ahead(steps));
            }
            let applied = conn.run_pending_migrations(MIGRATIONS).map_err(failed)?;
            Ok(applied.iter().map(ToString::to_string).collect())
        })
    }

    /// Takes the last step back, where that loses no row of the ledger.
    ///
    /// # Errors
    /// [`MigrateError::Failed`] where it would.
    pub fn revert_last(&mut self) -> Result<String, MigrateError> {
        dialect::alone(&mut self.0, |conn| {
            conn.revert_last_migration(MIGRATIONS).map(|step| step.to_string()).map_err(failed)
        })
    }
}
