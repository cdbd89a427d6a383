//! `erp verify`: the invariants, over one snapshot.

use std::collections::BTreeMap;

use inventory::{Audit, Violation};
use kernel::{BalanceId, Quantity, StoreError};
use reservations::audit_reservation;
use serde_json::json;

use crate::cli::say;
use crate::database::{Database, Snapshot};
use crate::settings::{DatabaseUrl, Settings};

/// What was looked at, and what was found.
pub(crate) struct Report {
    pub(crate) transfers: u64,
    pub(crate) balances: u64,
    pub(crate) reservations: u64,
    pub(crate) violations: Vec<Violation>,
}

/// Checks the database and says what was found; an error if anything was.
pub(crate) fn run(settings: &Settings, as_json: bool) -> anyhow::Result<()> {
    let url = settings.database()?;
    if let DatabaseUrl::Sqlite(path) = &url {
        anyhow::ensure!(path.exists(), "there is no database at {}", path.display());
    }
    let database = Database::new(&url, 1);
    database.require_current()?;
    let report = database.read(|snapshot| check(snapshot))?;
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

/// I1 to I6 and I17, in memory that grows with balances and not with the ledger.
pub(crate) fn check(snapshot: &mut dyn Snapshot) -> Result<Report, StoreError> {
    let mut audit = Audit::default();
    snapshot.each_transfer(&mut |read| audit.transfer(read))?;
    let transfers = audit.transfers;
    let (mut balances, mut reservations) = (0, 0);
    let mut reserved: BTreeMap<BalanceId, Quantity> = BTreeMap::new();
    let mut violations = Vec::new();
    snapshot.each_reservation(&mut |reservation| {
        reservations += 1;
        violations.extend(audit_reservation(reservation));
        for held in reservation.lines.iter().flat_map(|line| &line.allocations) {
            let sum = reserved.entry(held.balance).or_default();
            *sum = sum.saturating_add(held.remaining);
        }
    })?;
    snapshot.each_balance(&mut |key, sku, balance| {
        balances += 1;
        audit.balance(key, sku, balance);
        let held = balance.id.and_then(|id| reserved.remove(&id)).unwrap_or_default();
        if held != balance.reserved {
            let detail = format!(
                "{sku} at location {} lot {:?}: {} reserved, {held} allocated",
                key.location,
                key.lot.as_str(),
                balance.reserved
            );
            violations.push(Violation { invariant: "I6", detail });
        }
    })?;
    let head = snapshot.head()?;
    violations.extend(audit.finish(head.counters.movement));
    let counts = snapshot.integrity_counts()?;
    let found = [
        ("I4", counts.missing_triggers, "triggers that keep the ledger from being changed are missing"),
        ("I4", counts.gaps, "rows are missing among requests, movements or events"),
        ("I4", counts.orphans, "rows name a request, product, movement or balance that is not there"),
    ];
    for (invariant, count, what) in found.into_iter().filter(|(_, count, _)| *count > 0) {
        violations.push(Violation { invariant, detail: format!("{count} {what}") });
    }
    Ok(Report { transfers, balances, reservations, violations })
}
