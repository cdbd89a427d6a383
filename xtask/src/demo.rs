//! `erp demo` on a fresh database of its own, for tasks that talk to a real server. Knows the program as a binary and
//! no route of it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::pg::{Cluster, Durability};
use crate::{erp, shell};

const DEADLINE: Duration = Duration::from_secs(120);

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
    child: Child,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub(crate) address: String,
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
        let mut command = on(program, &url);
        command.arg("demo").env("ERP_LISTEN", "127.0.0.1:0").env("ERP_LOG", "warn");
        let log = File::create(folder.path().join("server.log"))?;
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn()?;
        let stdout = child.stdout.take().context("the server has no stdout")?;
        let (sender, receiver) = channel();
        // Reads for as long as the server lives, so that its pipe never fills.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("listening on ") {
                    drop(sender.send(address.trim().to_owned()));
                }
            }
        });
        let address = receiver.recv_timeout(DEADLINE);
        let mut demo = Self {
            child,
            address: String::new(),
            program: program.to_owned(),
            url,
            _cluster: cluster,
            folder,
        };
        demo.address =
            address.with_context(|| format!("the server does not say where it listens:\n{}", demo.log()))?;
        Ok(demo)
    }

    /// What it wrote to stderr.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    /// A folder that goes with it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `erp verify` on its database.
    pub(crate) fn verify(&self) -> Result<ExitCode> {
        Ok(shell::exit_code(shell::status(on(&self.program, &self.url).arg("verify"))?))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn on(program: &Path, url: &str) -> Command {
    let mut command = shell::program(program);
    erp::without_settings(&mut command);
    command.env("ERP_DATABASE_URL", url);
    command
}
