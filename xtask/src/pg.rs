//! A throw-away PostgreSQL: found (or installed), initialised, started on a free port of 127.0.0.1 and gone when
//! dropped. Must never touch a cluster that it did not make.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use diesel::{Connection, PgConnection, RunQueryDsl};

use crate::shell;

const START_DEADLINE: Duration = Duration::from_secs(60);
/// Between choosing a free port and PostgreSQL taking it, another program may: then another port.
const PORT_ATTEMPTS: u32 = 5;

/// What a commit is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing is flushed to disk: for tests of behaviour.
    Fast,
    /// As in production: for crash tests and measurements. Lives in /var/tmp, which is a disk where /tmp may be memory.
    Durable,
}

/// A running cluster; superuser `postgres`, no password. Dropping it stops it and removes its folder.
pub(crate) struct Cluster {
    folder: Folder,
    bin: PathBuf,
    user: Option<(u32, u32)>,
    port: u16,
    server: Child,
}

impl Cluster {
    /// Finds the binaries, makes a cluster and waits until it accepts connections.
    pub(crate) fn start(durability: Durability) -> Result<Self> {
        let bin = find_or_install()?;
        let user = other_user()?;
        let folder = Folder::create(durability, user)?;
        let mut initdb = as_user(&bin.join("initdb"), user, &folder.0);
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
        initdb.args(["--no-sync", "--no-instructions", "--pgdata=data"]);
        shell::must_quietly(&mut initdb)?;
        let mut said = String::new();
        for _ in 0..PORT_ATTEMPTS {
            let port = free_port()?;
            match launch(&bin, user, &folder.0, port, durability)? {
                Ok(server) => return Ok(Self { folder, bin, user, port, server }),
                Err(log) => said = log,
            }
        }
        bail!("PostgreSQL does not start:\n{said}")
    }

    /// The address of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The process that all others of the server descend from.
    pub(crate) fn pid(&self) -> u32 {
        self.server.id()
    }

    /// The port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where initdb, postgres, pgbench and the others are.
    pub(crate) fn bin(&self) -> &Path {
        &self.bin
    }

    /// Makes an empty database and gives its address. The name must be a plain identifier.
    pub(crate) fn create_database(&self, name: &str) -> Result<String> {
        let mut admin = PgConnection::establish(&self.url("postgres"))?;
        diesel::sql_query(format!("CREATE DATABASE \"{name}\"")).execute(&mut admin)?;
        Ok(self.url(name))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = as_user(&self.bin.join("pg_ctl"), self.user, &self.folder.0);
        stop.args(["stop", "--silent", "--mode=immediate", "--timeout=20", "--pgdata=data"]);
        if !shell::succeeds(&mut stop) {
            drop(self.server.kill());
        }
        drop(self.server.wait());
    }
}

/// Starts the server and waits. The outer error is ours, the inner one is its log when it ended by itself.
fn launch(
    bin: &Path,
    user: Option<(u32, u32)>,
    folder: &Path,
    port: u16,
    durability: Durability,
) -> Result<std::result::Result<Child, String>> {
    let mut command = as_user(&bin.join("postgres"), user, folder);
    command.args(["-D", "data", "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]);
    command.args([
        "-c",
        &format!("port={port}"),
        "-c",
        &format!("unix_socket_directories={}", folder.display()),
    ]);
    let (on_or_off, flushes) = match durability {
        Durability::Fast => ("off", ["fsync", "synchronous_commit", "full_page_writes"]),
        Durability::Durable => ("on", ["fsync", "synchronous_commit", "full_page_writes"]),
    };
    for flush in flushes {
        command.args(["-c", &format!("{flush}={on_or_off}")]);
    }
    let mut server =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context("cannot run postgres")?;
    let lines = read_lines(server.stderr.take().context("postgres has no stderr")?);
    let mut log = Vec::new();
    let deadline = Instant::now() + START_DEADLINE;
    loop {
        if server.try_wait()?.is_some() {
            log.extend(lines.iter());
            return Ok(Err(log.join("\n")));
        }
        if ready(bin, port) {
            return Ok(Ok(server));
        }
        if Instant::now() > deadline {
            server.kill()?;
            server.wait()?;
            bail!("PostgreSQL is not ready after {} s:\n{}", START_DEADLINE.as_secs(), log.join("\n"));
        }
        // Each line of its log is a reason to ask again; without one, ask again soon.
        log.extend(lines.recv_timeout(Duration::from_millis(100)));
    }
}

fn ready(bin: &Path, port: u16) -> bool {
    let mut command = shell::program(bin.join("pg_isready"));
    shell::succeeds(command.args([
        "--quiet",
        "--host=127.0.0.1",
        "--username=postgres",
        &format!("--port={port}"),
    ]))
}

/// Reads for as long as the server writes, so that its pipe never fills; the lines stay in the channel.
fn read_lines(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            // Nobody listens once it is ready: then the lines are only read away.
            drop(sender.send(line));
        }
    });
    receiver
}

/// A folder that goes when dropped.
struct Folder(PathBuf);

impl Folder {
    fn create(durability: Durability, user: Option<(u32, u32)>) -> Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let parent = match (durability, user) {
            (Durability::Durable, _) => PathBuf::from("/var/tmp"),
            // Another user must be able to reach it.
            (Durability::Fast, Some(_)) => PathBuf::from("/tmp"),
            (Durability::Fast, None) => std::env::temp_dir(),
        };
        // Short: the path of a unix socket has a hundred characters at most.
        let name = format!("erp-pg-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = parent.join(name);
        std::fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        let folder = Self(path);
        std::fs::set_permissions(&folder.0, PermissionsExt::from_mode(0o700))?;
        if let Some((uid, gid)) = user {
            chown(&folder.0, Some(uid), Some(gid))?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A program of PostgreSQL, in `folder`, as the user that may run it, without PG* settings of the developer.
fn as_user(program: &Path, user: Option<(u32, u32)>, folder: &Path) -> Command {
    let mut command = shell::program(program);
    command.current_dir(folder).env("LC_ALL", "C");
    for name in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGOPTIONS", "PGDATABASE"] {
        command.env_remove(name);
    }
    if let Some((uid, gid)) = user {
        command.gid(gid).uid(uid);
    }
    command
}

/// PostgreSQL refuses to run as root: then it runs as `postgres`, or `nobody` where there is none.
fn other_user() -> Result<Option<(u32, u32)>> {
    if !is_root() {
        return Ok(None);
    }
    let passwd = std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    let user = ids_of(&passwd, "postgres").or_else(|| ids_of(&passwd, "nobody"));
    user.map(Some)
        .context("PostgreSQL does not run as root, and there is no user postgres: run this as another user")
}

fn is_root() -> bool {
    shell::must_quietly(shell::program("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn ids_of(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn find_or_install() -> Result<PathBuf> {
    if let Some(bin) = find() {
        return Ok(bin);
    }
    let apt_get = || {
        let mut command = shell::program("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    if is_root() && shell::succeeds(apt_get().arg("--version")) {
        shell::say("PostgreSQL is not here: installing it with apt-get");
        shell::must(apt_get().args(["update", "-qq"]))?;
        shell::must(apt_get().args(["install", "-y", "-qq", "--no-install-recommends", "postgresql"]))?;
    }
    find().context(
        "PostgreSQL's server programs (initdb, postgres, pg_ctl) are not here: install them, \
         e.g. with `apt-get install postgresql` or `brew install postgresql@17`, or put their folder on PATH",
    )
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).collect::<Vec<_>>();
    let told = shell::must_quietly(shell::program("pg_config").arg("--bindir"));
    let told = told.ok().map(|folder| PathBuf::from(folder.trim()));
    on_path.into_iter().chain(told).chain(packaged()).find(|folder| complete(folder))
}

/// Debian keeps the server's programs off PATH, one folder per major version: the newest first.
fn packaged() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions = versions.map(|version| version.path()).collect::<Vec<_>>();
    versions.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    versions.into_iter().rev().map(|version| version.join("bin")).collect()
}

fn complete(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl", "pg_isready"].iter().all(|name| folder.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ids_of_a_user() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\npostgres:x:104:109:PostgreSQL,,,:/var/lib/postgresql:/bin/sh\n";
        assert_eq!(ids_of(passwd, "postgres"), Some((104, 109)));
        assert_eq!(ids_of(passwd, "post"), None);
    }

    #[test]
    fn starts_answers_and_leaves_nothing() {
        use diesel::sql_types::Text;
        #[derive(diesel::QueryableByName)]
        struct Setting {
            #[diesel(sql_type = Text)]
            value: String,
        }
        for (durability, fsync) in [(Durability::Fast, "off"), (Durability::Durable, "on")] {
            let cluster = Cluster::start(durability).unwrap();
            let (folder, port) = (cluster.folder.0.clone(), cluster.port);
            let url = cluster.create_database("some").unwrap();
            let mut connection = PgConnection::establish(&url).unwrap();
            let asked = diesel::sql_query("SELECT current_setting('fsync') AS value");
            assert_eq!(asked.get_result::<Setting>(&mut connection).unwrap().value, fsync);
            drop(connection);
            drop(cluster);
            assert!(!folder.exists());
            assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
        }
    }
}
