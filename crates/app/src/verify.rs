//! `erp verify`: the invariants, over one snapshot.

use serde_json::json;

use crate::cli::say;
use crate::database::Database;
use crate::settings::{DatabaseUrl, Settings};

/// Checks the database and says what was found; an error if anything was.
pub(crate) fn run(settings: &Settings, as_json: bool) -> anyhow::Result<()> {
    let url = settings.database()?;
    if let DatabaseUrl::Sqlite(path) = &url {
        anyhow::ensure!(path.exists(), "there is no database at {}", path.display());
    }
    let database = Database::new(&url, 1);
    database.require_current()?;
    let report = database.read(|snapshot| commands::verify(snapshot))?;
    let clean = report.violations.is_empty();
    if as_json {
        let violations = report
            .violations
            .iter()
            .map(|found| json!({ "invariant": found.invariant, "detail": found.detail }));
        let checked = json!({
            "transfers": report.transfers, "balances": report.balances, "reservations": report.reservations
        });
        let violations: Vec<_> = violations.collect();
        say(&json!({ "clean": clean, "checked": checked, "violations": violations }).to_string());
    } else {
        report.violations.iter().for_each(|found| say(&format!("{}: {}", found.invariant, found.detail)));
        let (transfers, balances, reservations) = (report.transfers, report.balances, report.reservations);
        let what = format!("{transfers} transfers, {balances} balances, {reservations} reservations");
        say(&if clean { format!("clean: {what}") } else { format!("NOT clean: {what}") });
    }
    anyhow::ensure!(clean, "{} invariants are violated", report.violations.len());
    Ok(())
}
