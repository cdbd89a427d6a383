//! The release build of `erp`, and a server of the program that this run alone uses. Knows the program as a binary.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;

use crate::{erp, shell};

const DEADLINE: Duration = Duration::from_secs(120);

/// Builds for speed what cargo is told to, and says in which folder it is.
pub(crate) fn build_release(what: &[&str]) -> Result<PathBuf> {
    shell::must(shell::cargo().args(["build", "--quiet", "--release", "--package", "app"]).args(what))?;
    let metadata = MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    Ok(metadata.target_directory.join("release").into_std_path_buf())
}

/// The name of a program on this system.
pub(crate) fn program_name(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// `erp` on this database, without the developer's own settings.
pub(crate) fn command(program: &Path, url: &str) -> Command {
    let mut command = shell::program(program);
    erp::without_settings(&mut command);
    command.env("ERP_DATABASE_URL", url);
    command
}

/// A running server; it is killed when dropped.
pub(crate) struct Serving {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
    log: PathBuf,
}

impl Serving {
    /// Starts `erp serve` or `erp demo` on a free port, with its log in `folder`.
    pub(crate) fn start(program: &Path, what: &str, url: &str, folder: &Path) -> Result<Self> {
        let log = folder.join("server.log");
        let mut server = command(program, url);
        server.arg(what).env("ERP_LISTEN", "127.0.0.1:0").env("ERP_LOG", "warn");
        let mut child = server.stdout(Stdio::piped()).stderr(File::create(&log)?).spawn()?;
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
        match receiver.recv_timeout(DEADLINE) {
            Ok(address) => Ok(Self { child, address, log }),
            Err(_) => {
                child.kill()?;
                child.wait()?;
                bail!("the server does not start:\n{}", std::fs::read_to_string(&log).unwrap_or_default())
            }
        }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that it ever had, in kB; `None` where the system does not say.
    pub(crate) fn peak_memory_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// The end of what it wrote to its log.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Asks it to stop and waits for it; whether it ended well, else how.
    pub(crate) fn stop(mut self) -> Result<Option<String>> {
        shell::must(shell::program("kill").args(["-TERM", &self.pid().to_string()]))?;
        let deadline = Instant::now().checked_add(DEADLINE);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok((!status.success()).then(|| format!("the stopped server ended with {status}")));
            }
            if deadline.is_some_and(|deadline| Instant::now() > deadline) {
                bail!("the server does not stop");
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
