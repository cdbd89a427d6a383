//! Reservations in memory, as they are shown.

use inventory::{LocationKind, Page};
use kernel::{ReservationId, StoreError, Timestamp, Version};
use reservations::{
    Line, Reservation, ReservationFilter, ReservationState, ReservationView, ReservationViews,
};

use super::mem_store::{MemTx, Tables};

impl ReservationViews for MemTx {
    fn reservation(&mut self, id: ReservationId) -> Result<Option<ReservationView>, StoreError> {
        Ok(self.tables.reservations.get(&id).map(|row| self.tables.show(row)))
    }

    fn reservations(
        &mut self,
        filter: &ReservationFilter,
        page: &Page,
    ) -> Result<(Vec<ReservationView>, Option<String>), StoreError> {
        let after = match &page.after {
            None => i64::MIN,
            Some(text) => {
                text.parse().map_err(|_| StoreError::Broken("a cursor of another list".to_owned()))?
            }
        };
        let suits = |row: &&Reservation| {
            row.seq > after
                && filter.order_ref.as_ref().is_none_or(|order| *order == row.order_ref)
                && filter.state.is_none_or(|state| state == row.state)
                && filter.sku.as_ref().is_none_or(|sku| row.lines.iter().any(|line| line.sku == *sku))
        };
        let mut rows: Vec<_> = self.tables.oldest_first().into_iter().filter(suits).collect();
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| row.seq.to_string()) } else { None };
        Ok((rows.into_iter().map(|row| self.tables.show(row)).collect(), next))
    }

    fn due_reservations(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(ReservationId, Timestamp)>, StoreError> {
        let due = |row: &Reservation| {
            let at = row.expires_at.filter(|at| *at <= now && row.state == ReservationState::Active)?;
            Some((row.id, at))
        };
        let mut rows: Vec<_> = self.tables.oldest_first().into_iter().filter_map(due).collect();
        rows.sort_by_key(|(_, at)| *at);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    fn fillable_reservations(&mut self, limit: u32) -> Result<Vec<(ReservationId, Version)>, StoreError> {
        let tables = &self.tables;
        let fillable = |row: &&Reservation| {
            row.state == ReservationState::Active
                && row.backorder
                && row.lines.iter().any(|line| tables.has_for(row, line))
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let rows = tables.oldest_first().into_iter().filter(fillable).take(limit);
        Ok(rows.map(|row| (row.id, row.version)).collect())
    }
}

impl Tables {
    fn oldest_first(&self) -> Vec<&Reservation> {
        let mut rows: Vec<_> = self.reservations.values().map(AsRef::as_ref).collect();
        rows.sort_by_key(|row: &&Reservation| row.seq);
        rows
    }

    fn show(&self, row: &Reservation) -> ReservationView {
        ReservationView::of(row, |id| self.locations.get(&id).map(|place| (place.code.clone(), place.kind)))
    }

    /// Whether there is available stock in storage that a short line could take.
    fn has_for(&self, reservation: &Reservation, line: &Line) -> bool {
        let suits = |(key, balance): (&inventory::BalanceKey, &inventory::Balance)| {
            let Some(place) = self.locations.get(&key.location) else { return false };
            key.product == line.product
                && !balance.available.is_zero()
                && place.warehouse == reservation.warehouse
                && place.kind == LocationKind::Storage
                && line.location.as_ref().is_none_or(|code| *code == place.code)
                && line.lot.as_ref().is_none_or(|lot| *lot == key.lot)
        };
        !line.short.is_zero() && self.balances.iter().any(suits)
    }
}
