//! The audit of the ledger: every transfer, in the ledger's order, against the balances that are said to stand there.
//!
//! Shows I1 (a balance is the sum of its transfers), I2 (stock is conserved), I3 (nothing below zero), I5 (versions
//! without gaps) and I17 (the history hash).

use std::collections::BTreeMap;

use kernel::{MovementId, MovementSeq, ProductId, Timestamp};

use crate::history::Canonical;
use crate::{Balance, BalanceKey, CheckedBalance, Difference, LocationCode, Place, Sku, Transfer};

/// Something that should not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant: `I1`.
    pub invariant: &'static str,
    /// What was found, and where.
    pub detail: String,
}

/// A transfer as it was read back, with all that its hash covers.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of Movement and Transfer")]
pub struct AuditedTransfer {
    pub seq: MovementSeq,
    pub movement: MovementId,
    pub line: u32,
    pub sku: Sku,
    pub from_location: Option<LocationCode>,
    pub to_location: Option<LocationCode>,
    pub transfer: Transfer,
    pub effective_at: Timestamp,
    pub recorded_at: Timestamp,
}

/// The state of an audit: feed it every transfer in order, then every balance, then ask for the rest.
#[derive(Debug, Default)]
pub struct Audit {
    balances: BTreeMap<BalanceKey, Balance>,
    /// What the outside parties have of each product, and, once the balances are shown, all places together.
    outside: BTreeMap<ProductId, i128>,
    last_seq: i64,
    /// How many transfers were read.
    pub transfers: u64,
    /// What was found so far.
    pub violations: Vec<Violation>,
}

impl Audit {
    fn found(&mut self, invariant: &'static str, detail: String) {
        self.violations.push(Violation { invariant, detail });
    }

    /// Takes the next transfer of the ledger.
    pub fn transfer(&mut self, read: &AuditedTransfer) {
        self.transfers = self.transfers.saturating_add(1);
        let gap = read.seq.0 != self.last_seq && Some(read.seq.0) != self.last_seq.checked_add(1);
        if gap {
            self.found(
                "I4",
                format!("movement {} follows {}: the ledger has a gap", read.seq, self.last_seq),
            );
        }
        self.last_seq = read.seq.0;
        let transfer = &read.transfer;
        let quantity = i128::from(transfer.moved.quantity.get().micros());
        let outside = self.outside.entry(transfer.moved.product).or_default();
        if transfer.moved.from.location().is_none() {
            *outside = outside.saturating_sub(quantity);
        }
        if transfer.moved.to.location().is_none() {
            *outside = outside.saturating_add(quantity);
        }
        let (from, to) = (transfer.from_key(), transfer.to_key());
        self.take(read, transfer.moved.from, from.as_ref(), false);
        self.take(read, transfer.moved.to, to.as_ref(), true);
        self.raise(read, from.as_ref(), transfer.from);
        if from != to {
            self.raise(read, to.as_ref(), transfer.to);
        } else if transfer.from != transfer.to {
            self.found(
                "I5",
                format!("movement {} line {}: two versions of one balance", read.movement, read.line),
            );
        }
    }

    fn take(&mut self, read: &AuditedTransfer, place: Place, key: Option<&BalanceKey>, adds: bool) {
        let (Some(key), Place::At(_, bucket)) = (key, place) else { return };
        let balance = self.balances.entry(key.clone()).or_default();
        let (had, quantity) = (balance.bucket(bucket), read.transfer.moved.quantity.get());
        let now = if adds { had.checked_add(quantity) } else { had.checked_sub(quantity) };
        match now {
            Some(now) => balance.set_bucket(bucket, now),
            None => self.found(
                "I3",
                format!("movement {} line {}: {} below zero", read.movement, read.line, read.sku),
            ),
        }
    }

    fn raise(
        &mut self,
        read: &AuditedTransfer,
        key: Option<&BalanceKey>,
        said: Option<(kernel::BalanceId, kernel::Version)>,
    ) {
        let Some(key) = key else { return };
        let balance = self.balances.entry(key.clone()).or_default();
        balance.version = balance.version.next();
        let id = *balance.id.get_or_insert(said.map_or(kernel::BalanceId(0), |(id, _)| id));
        let moved = &read.transfer.moved;
        let canonical = Canonical {
            movement: read.movement,
            line: read.line,
            sku: &read.sku,
            lot: &moved.lot,
            quantity: moved.quantity.get(),
            from: (moved.from, read.from_location.as_ref()),
            to: (moved.to, read.to_location.as_ref()),
            unit_cost: moved.unit_cost,
            effective_at: read.effective_at,
            recorded_at: read.recorded_at,
        };
        balance.history = balance.history.after(balance.version, &canonical);
        let (version, said_version) = (balance.version, said.map(|(_, version)| version));
        if said != Some((id, version)) {
            let detail = format!(
                "movement {} line {}: version {} expected, {said_version:?} recorded",
                read.movement, read.line, version
            );
            self.found("I5", detail);
        }
    }

    /// Compares a balance with what its transfers make of it.
    pub fn balance(&mut self, key: &BalanceKey, sku: &Sku, said: &Balance) {
        let real = self.balances.remove(key).unwrap_or_default();
        let all = self.outside.entry(key.product).or_default();
        *all = all.saturating_add(i128::from(said.owned().micros()));
        let name = || format!("{sku} at location {} lot {:?}", key.location, key.lot.as_str());
        let quantities = |balance: &Balance| (balance.available, balance.reserved, balance.held);
        if quantities(&real) != quantities(said) {
            let detail = format!(
                "{}: the ledger gives available {}, reserved {}, held {}; the balance says {}, {}, {}",
                name(),
                real.available,
                real.reserved,
                real.held_total(),
                said.available,
                said.reserved,
                said.held_total()
            );
            self.found("I1", detail);
        }
        if real.version != said.version {
            self.found(
                "I5",
                format!("{}: version {} by the ledger, {} said", name(), real.version, said.version),
            );
        }
        if real.history != said.history {
            self.found("I17", format!("{}: the history hash does not match the ledger", name()));
        }
    }

    /// Ends the audit: balances that the ledger knows and nobody showed, and the last movement against the head.
    pub fn finish(mut self, next_movement: i64) -> Vec<Violation> {
        let lost: Vec<_> = std::mem::take(&mut self.balances).into_keys().collect();
        for key in lost {
            self.found(
                "I1",
                format!("the balance of product {} at location {} is gone", key.product, key.location),
            );
        }
        let off: Vec<_> =
            self.outside.iter().filter(|(_, sum)| **sum != 0).map(|(product, _)| *product).collect();
        for product in off {
            self.found(
                "I2",
                format!("the transfers of product {product} and its balances do not sum to zero"),
            );
        }
        if self.last_seq.checked_add(1) != Some(next_movement) {
            let detail =
                format!("the ledger ends at {}, the head says the next is {next_movement}", self.last_seq);
            self.found("I4", detail);
        }
        self.violations
    }
}

/// The audit of one balance by itself: feed it every transfer that touches it, in the order of the ledger.
#[derive(Debug)]
pub struct BalanceAudit {
    key: BalanceKey,
    audit: Audit,
    transfers: u64,
}

impl BalanceAudit {
    /// An audit that has seen nothing.
    pub fn new(key: BalanceKey) -> Self {
        Self { key, audit: Audit::default(), transfers: 0 }
    }

    /// Takes the next transfer; only the end that is this balance is looked at.
    pub fn transfer(&mut self, read: &AuditedTransfer) {
        self.transfers = self.transfers.saturating_add(1);
        let (transfer, audit) = (&read.transfer, &mut self.audit);
        let own = |key: Option<BalanceKey>| key.filter(|key| *key == self.key);
        let (from, to) = (own(transfer.from_key()), own(transfer.to_key()));
        audit.take(read, transfer.moved.from, from.as_ref(), false);
        audit.take(read, transfer.moved.to, to.as_ref(), true);
        audit.raise(read, from.as_ref(), transfer.from);
        if from.is_none() {
            audit.raise(read, to.as_ref(), transfer.to);
        }
    }

    /// Compares the balance with what its transfers make of it.
    pub fn checked(mut self, sku: Sku, location: LocationCode, said: &Balance) -> CheckedBalance {
        self.audit.balance(&self.key, &sku, said);
        let show = |found: Violation| Difference { invariant: found.invariant, detail: found.detail };
        CheckedBalance {
            sku,
            location,
            lot: self.key.lot,
            version: said.version,
            transfers: self.transfers,
            differences: self.audit.violations.into_iter().map(show).collect(),
        }
    }
}
