//! A database with a server on it, for one test; at the end the server is stopped and the database must be clean.
//! Knows no single test.

use serde_json::Value;

use super::{Client, Database, Db, Seed, Server, erp};

/// Drops in this order: servers first, then the database.
pub(crate) struct World {
    pub(crate) servers: Vec<Server>,
    pub(crate) database: Database,
}

impl World {
    /// A seeded database and one server.
    pub(crate) fn start(db: Db, seed: &Seed) -> Self {
        let database = Database::create(db);
        seed.import(&database);
        let servers = vec![Server::start(&database.url)];
        Self { servers, database }
    }

    /// With the usual products.
    pub(crate) fn standard(db: Db) -> Self {
        Self::start(db, &Seed::standard())
    }

    /// A client of the first server.
    pub(crate) fn client(&self) -> Client {
        self.client_of(0)
    }

    /// A client of one server.
    pub(crate) fn client_of(&self, server: usize) -> Client {
        Client::new(&self.servers[server].base)
    }

    /// One more server over the same database.
    pub(crate) fn add_server(&mut self) {
        self.servers.push(Server::start(&self.database.url));
    }

    /// The first server again, after it ended.
    pub(crate) fn restart(&mut self) {
        self.servers[0] = Server::start(&self.database.url);
    }

    /// What `erp verify --json` says; it must be clean.
    pub(crate) fn verify(&self) {
        let mut command = erp(&self.database.url, &["verify", "--json"]);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        let report = said.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
        let report = report.or_else(|| serde_json::from_str(&said).ok());
        let clean = report
            .is_some_and(|report| report["clean"] == true && report["violations"] == serde_json::json!([]));
        assert!(output.status.success() && clean, "erp verify: {}\n{said}\n{error}", output.status);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The test has failed: what the servers said of it helps, a second failure would hide the first.
            for server in &self.servers {
                println!("--- the log of {}\n{}", server.base, server.log());
            }
            return;
        }
        for server in &mut self.servers {
            if !server.is_gone() {
                let status = server.stop();
                assert!(status.success(), "a stopped server ends with {status}");
            }
        }
        self.verify();
    }
}
