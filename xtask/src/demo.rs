//! `erp demo` on a fresh database of its own, for tasks that talk to a real server. Knows the program as a binary and
//! no route of it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use crate::pg::{Cluster, Durability};
use crate::server::{Serving, command};
use crate::shell;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    /// Both of them.
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// For people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A server with the demo's data. Dropping it ends it and removes what it made.
pub(crate) struct Demo {
    /// It, and where it listens.
    pub(crate) server: Serving,
    program: PathBuf,
    url: String,
    _cluster: Option<Cluster>,
    folder: shell::Scratch,
}

impl Demo {
    /// Makes the database and waits until the server takes requests. One at a time.
    pub(crate) fn start(program: &Path, kind: Database) -> Result<Self> {
        let folder = shell::Scratch::create()?;
        let (cluster, url) = match kind {
            Database::Sqlite => (None, format!("sqlite:{}", folder.path().join("demo.sqlite").display())),
            Database::Postgres => {
                let cluster = Cluster::start(Durability::Fast)?;
                let url = cluster.create_database("demo")?;
                (Some(cluster), url)
            }
        };
        let server = Serving::start(program, "demo", &url, folder.path())?;
        Ok(Self { server, program: program.to_owned(), url, _cluster: cluster, folder })
    }

    /// A folder that goes with it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `erp verify` on its database.
    pub(crate) fn verify(&self) -> Result<ExitCode> {
        Ok(shell::exit_code(shell::status(command(&self.program, &self.url).arg("verify"))?))
    }
}
