//! Reservations in memory.

use std::sync::Arc;

use kernel::{StoreError, Timestamp, Version};
use reservations::{
    Reservation, ReservationChanges, ReservationNeeds, ReservationSet, ReservationState, ReservationStore,
};

use super::mem_store::{MemTx, Tables};

impl ReservationStore for MemTx {
    fn load_reservations(
        &mut self,
        needs: &ReservationNeeds,
        now: Timestamp,
        into: &mut ReservationSet,
    ) -> Result<(), StoreError> {
        for row in self.tables.reservations.values() {
            if wanted(row, needs, now) && !into.reservations.contains_key(&row.id) {
                into.put(row.as_ref().clone());
            }
        }
        Ok(())
    }

    fn flush_reservations(&mut self, changes: &ReservationChanges) -> Result<(), StoreError> {
        let tables = &mut self.tables;
        for changed in changes.reservations.values() {
            let stored = tables.reservations.get(&changed.id).map_or(Version::NONE, |row| row.version);
            if stored != changed.stored {
                return Err(StoreError::Conflict);
            }
            let row = Reservation { stored: changed.version, ..changed.clone() };
            tables.reservations.insert(row.id, Arc::new(row));
        }
        if changes.reservations.values().any(|changed| tables.is_taken(changed)) {
            return Err(StoreError::Conflict);
        }
        Ok(())
    }
}

fn wanted(row: &Reservation, needs: &ReservationNeeds, now: Timestamp) -> bool {
    let active = row.state == ReservationState::Active;
    let of_order = || needs.orders.contains(&(row.source.clone(), row.order_ref.clone()));
    let due = || {
        row.expires_at.is_some_and(|at| at <= now)
            && row
                .lines
                .iter()
                .any(|line| !line.reserved().is_zero() && needs.due.contains(&(line.product, row.warehouse)))
    };
    let holds = || {
        let held = row.lines.iter().flat_map(|line| &line.allocations);
        let mut held = held.filter(|held| !held.remaining.is_zero());
        held.any(|held| needs.holders.contains(&held.balance))
    };
    let open = || {
        row.lines.iter().any(|line| {
            needs.products.contains(&line.product) && (!line.short.is_zero() || !line.reserved().is_zero())
        })
    };
    let in_warehouse = || needs.warehouses.contains(&row.warehouse);
    let at_place = || {
        let mut open = row.lines.iter().filter(|line| line.is_open());
        open.any(|line| line.location.as_ref().is_some_and(|code| needs.locations.contains(code)))
    };
    needs.ids.contains(&row.id)
        || (active && (of_order() || due() || holds() || open() || in_warehouse() || at_place()))
}

impl Tables {
    /// Whether another active reservation has the order of this active one.
    fn is_taken(&self, changed: &Reservation) -> bool {
        let active = |row: &Reservation| row.state == ReservationState::Active;
        active(changed)
            && self.reservations.values().any(|row| {
                active(row)
                    && row.id != changed.id
                    && (&row.source, &row.order_ref) == (&changed.source, &changed.order_ref)
            })
    }
}
