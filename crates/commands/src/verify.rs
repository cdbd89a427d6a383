//! The check of the whole database: the audits of the domain crates, fed from one snapshot.

use std::collections::BTreeMap;

use inventory::{Audit, Violation};
use kernel::{BalanceId, Quantity, StoreError};
use reservations::audit_reservation;

use crate::LedgerReader;

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many transfers were read.
    pub transfers: u64,
    /// How many balances were compared.
    pub balances: u64,
    /// How many reservations were added up.
    pub reservations: u64,
    /// What should not be; nothing, where the books are right.
    pub violations: Vec<Violation>,
}

/// Checks I1 to I6 and I17, in memory that grows with balances and not with the ledger. Changes nothing; a repeat over
/// the same snapshot finds the same.
///
/// # Errors
/// [`StoreError`]; what is wrong with the books is no error but in the report.
pub fn verify(ledger: &mut dyn LedgerReader) -> Result<Report, StoreError> {
    let mut audit = Audit::default();
    ledger.each_transfer(&mut |read| audit.transfer(read))?;
    let transfers = audit.transfers;
    let (mut balances, mut reservations) = (0, 0);
    let mut reserved: BTreeMap<BalanceId, Quantity> = BTreeMap::new();
    let mut violations = Vec::new();
    ledger.each_reservation(&mut |reservation| {
        reservations += 1;
        violations.extend(audit_reservation(reservation));
        for held in reservation.lines.iter().flat_map(|line| &line.allocations) {
            let sum = reserved.entry(held.balance).or_default();
            *sum = sum.saturating_add(held.remaining);
        }
    })?;
    ledger.each_balance(&mut |key, sku, balance| {
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
    let head = ledger.head()?;
    violations.extend(audit.finish(head.counters.movement));
    let counts = ledger.integrity_counts()?;
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
