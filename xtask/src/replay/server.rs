//! A server of the replay's own: the release build on a fresh database, with products and opening stock brought in by
//! `erp import`. Knows the program as a binary.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;

use super::orders::Product;
use crate::pg::{Cluster, Durability};
use crate::{erp, shell};

const DEADLINE: Duration = Duration::from_secs(60);

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Database {
    Sqlite,
    Postgres,
}

/// A running server and all that is only there for it. The child goes first, the folder last.
pub(super) struct Server {
    child: Child,
    /// Where it listens.
    pub(super) address: String,
    program: PathBuf,
    url: String,
    _cluster: Option<Cluster>,
    folder: shell::Scratch,
}

/// Builds `erp` for speed and says where it is.
pub(super) fn build() -> Result<PathBuf> {
    shell::must(shell::cargo().args(["build", "--quiet", "--release", "--package", "app", "--bin", "erp"]))?;
    let metadata = MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    let path = metadata.target_directory.join("release").join(format!("erp{}", std::env::consts::EXE_SUFFIX));
    Ok(path.into_std_path_buf())
}

impl Server {
    /// A fresh database with the file's products and opening stock, and a server on it.
    pub(super) fn start(
        program: &Path,
        kind: Database,
        products: &BTreeMap<String, Product>,
    ) -> Result<Self> {
        let folder = shell::Scratch::create()?;
        let (cluster, url) = match kind {
            Database::Sqlite => (None, format!("sqlite:{}", folder.path().join("replay.sqlite").display())),
            Database::Postgres => {
                // As in production, so that the figures mean something.
                let cluster = Cluster::start(Durability::Durable)?;
                let url = cluster.create_database("replay")?;
                (Some(cluster), url)
            }
        };
        erp::migrate(program, &url)?;
        let (product_file, stock_file) = write_imports(folder.path(), products)?;
        for (what, file) in [("products", product_file), ("stock", stock_file)] {
            shell::must_quietly(command(program, &url).args(["import", what]).arg(file))?;
        }
        let (child, address) = serve(program, &url, folder.path())?;
        Ok(Self { child, address, program: program.to_owned(), url, _cluster: cluster, folder })
    }

    /// The most memory that it ever had, in kB; `None` where the system does not say.
    pub(super) fn peak_memory_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Asks it to stop, waits for it, and lets `erp verify` judge what it left. Answers what is wrong.
    pub(super) fn stop_and_verify(mut self) -> Result<Vec<String>> {
        shell::must(shell::program("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let deadline = Instant::now().checked_add(DEADLINE);
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if deadline.is_some_and(|deadline| Instant::now() > deadline) {
                bail!("the server does not stop");
            }
            std::thread::park_timeout(Duration::from_millis(20));
        };
        let mut wrong = Vec::new();
        if !status.success() {
            wrong.push(format!("the stopped server ended with {status}"));
        }
        let verify = command(&self.program, &self.url).args(["verify", "--json"]).output()?;
        shell::say(&format!("erp verify: {}", String::from_utf8_lossy(&verify.stdout).trim()));
        if !verify.status.success() {
            let said = String::from_utf8_lossy(&verify.stderr);
            wrong.push(format!("erp verify ended with {}: {}", verify.status, said.trim()));
        }
        Ok(wrong)
    }

    /// The end of what it wrote to its log.
    pub(super) fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(program: &Path, url: &str) -> Command {
    let mut command = shell::program(program);
    erp::without_settings(&mut command);
    command.env("ERP_DATABASE_URL", url);
    command
}

fn serve(program: &Path, url: &str, folder: &Path) -> Result<(Child, String)> {
    let log = folder.join("server.log");
    let mut server = command(program, url);
    server.arg("serve").env("ERP_LISTEN", "127.0.0.1:0").env("ERP_LOG", "warn");
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
        Ok(address) => Ok((child, address)),
        Err(_) => {
            child.kill()?;
            child.wait()?;
            bail!("the server does not start:\n{}", std::fs::read_to_string(&log).unwrap_or_default())
        }
    }
}

fn write_imports(folder: &Path, products: &BTreeMap<String, Product>) -> Result<(PathBuf, PathBuf)> {
    let (product_file, stock_file) = (folder.join("products.csv"), folder.join("stock.csv"));
    let mut writer = csv::Writer::from_path(&product_file)?;
    writer.write_record(["sku", "name", "stockable"])?;
    for (sku, product) in products {
        writer.write_record([
            sku.as_str(),
            &product.name,
            if product.stockable { "true" } else { "false" },
        ])?;
    }
    writer.flush()?;
    let mut writer = csv::Writer::from_path(&stock_file)?;
    writer.write_record(["sku", "quantity"])?;
    for (sku, product) in products.iter().filter(|(_, product)| product.opening() > 0) {
        writer.write_record([sku, &product.opening().to_string()])?;
    }
    writer.flush()?;
    Ok((product_file, stock_file))
}
