//! A server of the replay's own: the release build on a fresh database, with products and opening stock brought in by
//! `erp import`. Knows the program as a binary.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::orders::Product;
use crate::pg::{Cluster, Durability};
use crate::server::{Serving, build_release, command, program_name};
use crate::{erp, shell};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Database {
    Sqlite,
    Postgres,
}

/// A running server and all that is only there for it. The server goes first, the folder last.
pub(super) struct Server {
    serving: Serving,
    program: PathBuf,
    url: String,
    _cluster: Option<Cluster>,
    _folder: shell::Scratch,
}

/// Builds `erp` for speed and says where it is.
pub(super) fn build() -> Result<PathBuf> {
    Ok(build_release(&["--bin", "erp"])?.join(program_name("erp")))
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
        let serving = Serving::start(program, "serve", &url, folder.path())?;
        Ok(Self { serving, program: program.to_owned(), url, _cluster: cluster, _folder: folder })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> &str {
        &self.serving.address
    }

    /// The most memory that it ever had, in kB; `None` where the system does not say.
    pub(super) fn peak_memory_kb(&self) -> Option<u64> {
        self.serving.peak_memory_kb()
    }

    /// Asks it to stop, waits for it, and lets `erp verify` judge what it left. Answers what is wrong.
    pub(super) fn stop_and_verify(self) -> Result<Vec<String>> {
        let mut wrong = Vec::from_iter(self.serving.stop()?);
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
        self.serving.log()
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
    for (sku, product) in products.iter().filter(|(_, product)| product.opening > 0) {
        writer.write_record([sku, &product.opening.to_string()])?;
    }
    writer.flush()?;
    Ok((product_file, stock_file))
}
