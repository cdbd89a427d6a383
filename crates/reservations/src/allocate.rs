//! Which stock a line takes: by first expiry, then pick priority, then the fullest balance.

use std::collections::{BTreeMap, BTreeSet};

use inventory::{BalanceKey, Bucket, Location, LocationKind, NewTransfer, Place, Shortage, StockDraft};
use kernel::{BalanceId, LocationId, ProductId, Quantity, Timestamp, WarehouseId};

use crate::{Allocation, Line};

/// What a line takes from one balance.
struct Take {
    line: usize,
    key: BalanceKey,
    balance: BalanceId,
    quantity: Quantity,
}

/// What was found for the lines: which stock, and who is left short.
pub(crate) struct Allocated {
    takes: Vec<Take>,
    /// What each line lacks afterwards, in the order of the lines.
    pub(crate) short: Vec<Quantity>,
}

/// Finds stock for what each line wants (of what it is short of), without moving anything. Lines that may take from
/// one location or lot only choose first; the same product on several lines is never counted twice.
pub(crate) fn allocate(
    stock: &StockDraft<'_>,
    lines: &[Line],
    wanted: &[Quantity],
    warehouse: WarehouseId,
    now: Timestamp,
) -> Allocated {
    allocate_but(stock, lines, wanted, warehouse, now, &BTreeSet::new())
}

/// The same, but takes nothing of these balances.
pub(crate) fn allocate_but(
    stock: &StockDraft<'_>,
    lines: &[Line],
    wanted: &[Quantity],
    warehouse: WarehouseId,
    now: Timestamp,
    without: &BTreeSet<BalanceKey>,
) -> Allocated {
    let mut left: BTreeMap<ProductId, Vec<Candidate>> = BTreeMap::new();
    for (line, _) in lines.iter().zip(wanted).filter(|(_, wanted)| !wanted.is_zero()) {
        left.entry(line.product).or_insert_with(|| candidates(stock, line.product, warehouse, now));
    }
    let mut order: Vec<_> = lines.iter().zip(wanted).enumerate().collect();
    order.sort_by_key(|(at, (line, _))| (line.lot.is_none(), line.location.is_none(), *at));
    let mut allocated = Allocated { takes: Vec::new(), short: wanted.to_vec() };
    for (at, (line, wanted)) in order {
        let mut wanted = *wanted;
        for candidate in left.get_mut(&line.product).into_iter().flatten() {
            if wanted.is_zero() || !candidate.suits(line) || without.contains(&candidate.key) {
                continue;
            }
            let quantity = wanted.min(candidate.available);
            if quantity.is_zero() {
                continue;
            }
            wanted = wanted.saturating_sub(quantity);
            candidate.available = candidate.available.saturating_sub(quantity);
            let key = candidate.key.clone();
            allocated.takes.push(Take { line: at, key, balance: candidate.balance, quantity });
        }
        if let Some(short) = allocated.short.get_mut(at) {
            *short = wanted;
        }
    }
    allocated
}

struct Candidate {
    key: BalanceKey,
    balance: BalanceId,
    code: inventory::LocationCode,
    available: Quantity,
    rank: (i64, i32, std::cmp::Reverse<Quantity>, LocationId),
}

impl Candidate {
    fn suits(&self, line: &Line) -> bool {
        line.location.as_ref().is_none_or(|code| *code == self.code)
            && line.lot.as_ref().is_none_or(|lot| *lot == self.key.lot)
    }
}

/// Available stock of a product, best first. A lot without a date keeps longest; an expired or recalled one is not
/// offered.
fn candidates(
    stock: &StockDraft<'_>,
    product: ProductId,
    warehouse: WarehouseId,
    now: Timestamp,
) -> Vec<Candidate> {
    let is_storage = |location: &&Location| location.kind == LocationKind::Storage;
    let mut found: Vec<_> = stock
        .scope(product, warehouse)
        .into_iter()
        .filter(|(_, balance)| !balance.available.is_zero())
        .filter_map(|(key, balance)| {
            let location = stock.location(key.location).filter(is_storage)?;
            let lot = if key.lot.is_none() { None } else { stock.lot(product, &key.lot) };
            let lot = lot.unwrap_or_default();
            let expires = lot.expires_on.map_or(i64::MAX, |day| day.begins().micros());
            let rank = (expires, location.pick_priority, std::cmp::Reverse(balance.available), location.id);
            let (balance, available) = (balance.id?, balance.available);
            let code = location.code.clone();
            lot.blocked(now).is_none().then_some(Candidate { key, balance, code, available, rank })
        })
        .collect();
    found.sort_by(|one, other| (one.rank, &one.key).cmp(&(other.rank, &other.key)));
    found
}

impl Allocated {
    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.takes.is_empty()
    }

    /// Whether somebody is left short.
    pub(crate) fn is_short(&self) -> bool {
        self.short.iter().any(|short| !short.is_zero())
    }

    /// The transfers that take the stock: available to reserved, in place.
    pub(crate) fn transfers(&self, lines: &[Line]) -> Vec<NewTransfer> {
        self.takes
            .iter()
            .filter_map(|take| {
                Some(NewTransfer {
                    product: take.key.product,
                    lot: take.key.lot.clone(),
                    quantity: take.quantity.positive()?,
                    from: Place::At(take.key.location, Bucket::Available),
                    to: Place::At(take.key.location, Bucket::Reserved),
                    record_line: lines.get(take.line).map(|line| line.line_no),
                    unit_cost: None,
                })
            })
            .collect()
    }

    /// Writes what was found into the lines.
    pub(crate) fn apply(&self, lines: &mut [Line]) {
        for take in &self.takes {
            let Some(line) = lines.get_mut(take.line) else { continue };
            line.short = line.short.saturating_sub(take.quantity);
            match line.allocations.iter_mut().find(|held| held.key == take.key) {
                Some(held) => {
                    held.quantity = held.quantity.saturating_add(take.quantity);
                    held.remaining = held.remaining.saturating_add(take.quantity);
                }
                None => line.allocations.push(Allocation {
                    key: take.key.clone(),
                    balance: take.balance,
                    quantity: take.quantity,
                    remaining: take.quantity,
                    bound: Quantity::ZERO,
                }),
            }
        }
    }

    /// What is short of what was wanted, each sku (and named location) once, all lines together.
    pub(crate) fn shortages(&self, lines: &[Line], wanted: &[Quantity]) -> Vec<Shortage> {
        let mut sums: BTreeMap<_, (Quantity, Quantity)> = BTreeMap::new();
        for ((line, wanted), short) in lines.iter().zip(wanted).zip(&self.short) {
            let sum = sums.entry((&line.sku, &line.location, &line.lot)).or_default();
            sum.0 = sum.0.saturating_add(*wanted);
            sum.1 = sum.1.saturating_add(*short);
        }
        sums.into_iter()
            .filter(|(_, (_, short))| !short.is_zero())
            .map(|((sku, location, lot), (requested, short))| Shortage {
                sku: sku.clone(),
                location: location.clone(),
                lot: lot.clone(),
                bucket: "available",
                hold_reason: None,
                requested,
                available: requested.saturating_sub(short),
            })
            .collect()
    }
}
