//! The ledger in memory, read back.

use std::collections::BTreeSet;

use inventory::{AuditedTransfer, Balance, BalanceKey, Sku};
use kernel::{BalanceId, RequestSeq, ReservationId, StoreError};
use reservations::Reservation;

use super::mem_store::{MemTx, Tables};
use crate::{Head, IntegrityCounts, LedgerReader};

impl LedgerReader for MemTx {
    fn head(&mut self) -> Result<Head, StoreError> {
        Ok(self.tables.head)
    }

    fn each_transfer(&mut self, take: &mut dyn FnMut(&AuditedTransfer)) -> Result<(), StoreError> {
        for movement in self.tables.movements.values() {
            for (transfer, line) in movement.transfers.iter().zip(0..) {
                let moved = &transfer.moved;
                take(&AuditedTransfer {
                    seq: movement.seq,
                    movement: movement.id,
                    line,
                    sku: self.tables.sku_of(moved.product)?,
                    from_location: self.tables.code_of(moved.from),
                    to_location: self.tables.code_of(moved.to),
                    transfer: transfer.clone(),
                    effective_at: movement.effective_at,
                    recorded_at: movement.recorded_at,
                });
            }
        }
        Ok(())
    }

    fn each_balance(&mut self, take: &mut dyn FnMut(&BalanceKey, &Sku, &Balance)) -> Result<(), StoreError> {
        for (key, balance) in &self.tables.balances {
            take(key, &self.tables.sku_of(key.product)?, balance);
        }
        Ok(())
    }

    fn each_reservation(&mut self, take: &mut dyn FnMut(&Reservation)) -> Result<(), StoreError> {
        let mut rows: Vec<_> = self.tables.reservations.values().collect();
        rows.sort_by_key(|row| row.seq);
        rows.into_iter().for_each(|row| take(row));
        Ok(())
    }

    fn integrity_counts(&mut self) -> Result<IntegrityCounts, StoreError> {
        let tables = &self.tables;
        let balances: BTreeSet<BalanceId> = tables.balances.values().filter_map(|row| row.id).collect();
        let lost = |request: &RequestSeq| !tables.requests.contains_key(request);
        let ends = tables.movements.values().flat_map(|row| &row.transfers);
        let ends = ends.flat_map(|transfer| [transfer.from, transfer.to]).flatten().map(|(id, _)| id);
        let held = tables.reservations.values().flat_map(|row| &row.lines);
        let held = held.flat_map(|line| &line.allocations).map(|held| held.balance);
        let orphans = ends.chain(held).filter(|id| !balances.contains(id)).count()
            + tables.movements.values().filter(|row| lost(&row.request)).count()
            + tables.events.values().filter(|row| lost(&row.request)).count();
        let next = tables.head.counters;
        let gaps = [
            (next.request, tables.requests.len()),
            (next.event, tables.events.len()),
            (next.movement, tables.movements.len()),
        ];
        let gap = |(next, rows): (i64, usize)| {
            u64::try_from(next - 1).unwrap_or_default().abs_diff(u64::try_from(rows).unwrap_or(u64::MAX))
        };
        Ok(IntegrityCounts {
            orphans: u64::try_from(orphans).unwrap_or(u64::MAX),
            gaps: gaps.into_iter().map(gap).sum(),
            missing_triggers: 0,
        })
    }

    fn events_of(&mut self, id: ReservationId) -> Result<Vec<(String, i64)>, StoreError> {
        let subject = format!("reservations/{id}");
        let rows = self.tables.events.values().map(|row| &row.event).filter(|event| event.subject == subject);
        Ok(rows.map(|event| (event.kind.to_owned(), event.subject_seq.0)).collect())
    }
}

impl Tables {
    fn sku_of(&self, product: kernel::ProductId) -> Result<Sku, StoreError> {
        let gone = || StoreError::Broken(format!("product {product} is gone"));
        self.products.get(&product).map(|row| row.sku.clone()).ok_or_else(gone)
    }
}
