//! Bringing the schema up to what the program knows.

use std::fmt;

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_migrations::MigrationHarness;

use crate::Connection;
use crate::dialect::{Backend, MIGRATIONS};

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

fn failed(error: impl fmt::Display) -> MigrateError {
    MigrateError::Failed(error.to_string())
}

impl Connection {
    /// How the schema stands.
    ///
    /// # Errors
    /// [`MigrateError::Failed`].
    pub fn schema_state(&mut self) -> Result<SchemaState, MigrateError> {
        let known = MigrationSource::<Backend>::migrations(&MIGRATIONS).map_err(failed)?;
        let known: Vec<String> = known.iter().map(|step| step.name().version().to_string()).collect();
        let applied: Vec<MigrationVersion<'static>> = self.0.applied_migrations().map_err(failed)?;
        let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
        let beyond: Vec<_> = applied.iter().filter(|step| !known.contains(step)).cloned().collect();
        if !beyond.is_empty() {
            return Ok(SchemaState::Ahead(beyond));
        }
        let missing: Vec<_> = known.into_iter().filter(|step| !applied.contains(step)).collect();
        Ok(if missing.is_empty() { SchemaState::Current } else { SchemaState::Behind(missing) })
    }

    /// Applies what is missing, one process at a time, and answers the steps. A repeat applies nothing.
    ///
    /// # Errors
    /// [`MigrateError`], with the schema as the last whole step left it.
    pub fn migrate(&mut self) -> Result<Vec<String>, MigrateError> {
        if let SchemaState::Ahead(steps) = self.schema_state()? {
            return Err(MigrateError::Ahead(steps));
        }
        let applied = self.0.run_pending_migrations(MIGRATIONS).map_err(failed)?;
        Ok(applied.iter().map(ToString::to_string).collect())
    }

    /// Takes the last step back, where that loses no row of the ledger.
    ///
    /// # Errors
    /// [`MigrateError::Failed`] where it would.
    pub fn revert_last(&mut self) -> Result<String, MigrateError> {
        self.0.revert_last_migration(MIGRATIONS).map(|step| step.to_string()).map_err(failed)
    }
}
