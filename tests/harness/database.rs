//! A database of its own for each test: a copy of the migrated template, gone when dropped. Knows no table but the
//! one that a test names.

use std::path::PathBuf;
use std::process::Command;

use uuid::Uuid;

use super::{finish, variable};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Db {
    /// The embedded one.
    Sqlite,
    /// The server.
    Postgres,
}

/// A fresh, migrated, empty database, and a folder for files of the same test.
pub(crate) struct Database {
    pub(crate) kind: Db,
    pub(crate) url: String,
    folder: PathBuf,
    name: String,
}

impl Database {
    /// Copies the template.
    pub(crate) fn create(kind: Db) -> Self {
        let name = format!("erptest_{}", Uuid::now_v7().simple());
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir(&folder).unwrap();
        let url = match kind {
            Db::Sqlite => {
                let path = folder.join("erp.sqlite");
                std::fs::copy(variable("ERPTEST_SQLITE_TEMPLATE"), &path).unwrap();
                format!("sqlite:{}", path.display())
            }
            Db::Postgres => {
                let template = variable("ERPTEST_POSTGRES_TEMPLATE");
                let admin = variable("ERPTEST_POSTGRES_URL");
                psql(&admin, &format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\""));
                postgres_url(&name)
            }
        };
        Self { kind, url, folder, name }
    }

    /// A file beside the database, with this content.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if std::thread::panicking() && std::env::var_os("ERPTEST_KEEP").is_some() {
            return;
        }
        if self.kind == Db::Postgres {
            psql(&variable("ERPTEST_POSTGRES_URL"), &format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name));
        }
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// The address of another database on the same server.
pub(crate) fn postgres_url(name: &str) -> String {
    let admin = variable("ERPTEST_POSTGRES_URL");
    let (address, query) =
        admin.split_once('?').map_or((admin.as_str(), None), |(url, query)| (url, Some(query)));
    let (server, _) = address.rsplit_once('/').unwrap();
    query.map_or_else(|| format!("{server}/{name}"), |query| format!("{server}/{name}?{query}"))
}

/// One statement, outside of everything.
pub(crate) fn psql(url: &str, statement: &str) {
    let mut command = Command::new(PathBuf::from(variable("ERPTEST_PG_BIN")).join("psql"));
    command.args([
        "--no-psqlrc",
        "--quiet",
        "-v",
        "ON_ERROR_STOP=1",
        "--dbname",
        url,
        "--command",
        statement,
    ]);
    finish(command);
}
