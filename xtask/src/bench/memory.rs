//! The memory of the server with much stock: at its peak, after reservations all over it and pages of its availability.

use std::path::Path;

use anyhow::{Context, Result};

use super::load::Skus;
use super::report::{Bound, Table, Target, megabytes};
use super::{Programs, Settings, WAITERS, http, seed};
use crate::server::Serving;
use crate::shell::{self, say};

/// Pages of 500 rows that are read.
const PAGES: u64 = 200;

const POSTGRES: Target = Target {
    name: "memory of the server with much stock, PostgreSQL",
    must: Bound::AtMost(64 * 1024),
    aim: None,
    show: megabytes,
};
const SQLITE: Target = Target { name: "memory of the server with much stock, SQLite", ..POSTGRES };

/// Measures and judges on PostgreSQL.
pub(super) fn postgres(programs: &Programs, settings: &Settings, url: &str, table: &mut Table) -> Result<()> {
    let folder = shell::Scratch::create()?;
    table.judge(&POSTGRES, Some(peak(programs, settings, url, folder.path())?));
    Ok(())
}

/// Measures and judges on SQLite.
pub(super) fn sqlite(programs: &Programs, settings: &Settings, table: &mut Table) -> Result<()> {
    let folder = shell::Scratch::create_in(Path::new("/var/tmp"))?;
    let file = folder.path().join("large.sqlite");
    let balances = settings.large().balances;
    say(&format!("\nfilling a SQLite file with {balances} balances"));
    seed::sqlite(&programs.erp, &file, balances)?;
    let peak = peak(programs, settings, &format!("sqlite:{}", file.display()), folder.path())?;
    table.judge(&SQLITE, Some(peak));
    Ok(())
}

/// The server's peak, in kB.
fn peak(programs: &Programs, settings: &Settings, url: &str, folder: &Path) -> Result<u64> {
    let serving = Serving::start(&programs.erp, "serve", url, folder)?;
    let of = Skus { skus: settings.large().balances, hot: false };
    let (address, seconds) = (serving.address.clone(), settings.memory_seconds);
    let (written, read) = std::thread::scope(|scope| -> Result<(u64, u64)> {
        let readers: Vec<_> =
            (0..8).map(|_| scope.spawn(|| http::read_pages(&serving.address, PAGES))).collect();
        let written = http::reserve(&address, of, WAITERS, seconds.saturating_mul(1000))?.count;
        let mut read = 0;
        for reader in readers {
            read += reader.join().ok().context("a reader panicked")??;
        }
        Ok((written, read))
    })?;
    let peak = serving.peak_memory_kb().context("the system says nothing of the server's memory")?;
    say(&format!("after {written} reservations and {read} rows of availability: {}", megabytes(peak)));
    Ok(peak)
}
