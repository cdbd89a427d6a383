//! Group commit on SQLite beside one transaction for each request: the same writer, with many waiting and with one.

use std::path::Path;

use anyhow::Result;

use super::load::{Load, Skus};
use super::sample::{Ratio, median, share};
use super::{Programs, Settings, WAITERS, seed};
use crate::shell::{self, say};

/// Measures, and says it: there is no target for it.
pub(super) fn run(programs: &Programs, settings: &Settings) -> Result<()> {
    // /tmp may be memory, and then a flush to disk costs nothing.
    let folder = shell::Scratch::create_in(Path::new("/var/tmp"))?;
    let url = format!("sqlite:{}", folder.path().join("bench.sqlite").display());
    seed::import(&programs.erp, &url, settings.skus, folder.path())?;
    let mut load = Load::start(&programs.load, &url)?;
    let of = Skus { skus: settings.skus, hot: false };
    let mut ratios = Vec::new();
    say("\nSQLite, reservations a second:");
    for number in 1..=settings.rounds {
        let mut rates = [0; 3];
        for (rate, (of, waiters)) in
            rates.iter_mut().zip([(of, WAITERS), (Skus { hot: true, ..of }, WAITERS), (of, 1)])
        {
            let done = load.reserve(of, waiters, settings.millis)?;
            *rate = share(done.count.saturating_mul(1_000_000), done.micros);
        }
        let [many, hot, one] = rates;
        say(&format!(
            "round {number}: group commit {many}, hot {hot}, one transaction for each request {one}"
        ));
        ratios.push(Ratio::of(many, one));
    }
    if let Some(ratio) = median(ratios) {
        say(&format!(
            "beside the targets: group commit on SQLite: {ratio} × one transaction for each request"
        ));
    }
    Ok(())
}
