//! Reservations as they are shown.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use inventory::{LocationCode, LocationKind, Page};
use kernel::{LocationId, ReservationId, Timestamp, Version};
use reservations::{Reservation, ReservationFilter, ReservationView, ReservationViews};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{DbId, DbTime, IdSql, TimeSql, classify};
use crate::rows::{Stored, db_id, db_time, id, load_by, text, time};
use crate::statement::{Bind, statement};
use crate::store::load_where;
use crate::views::{cursor_number, cut};

impl Tx<'_> {
    fn show(&mut self, found: &[Reservation]) -> Stored<Vec<ReservationView>> {
        let held = found.iter().flat_map(|row| &row.lines).flat_map(|line| &line.allocations);
        let wanted: BTreeSet<i64> = held.map(|held| held.key.location.0).collect();
        let mut places: BTreeMap<LocationId, (LocationCode, LocationKind)> = BTreeMap::new();
        if !wanted.is_empty() {
            let sql = "SELECT l.id, l.code, l.kind FROM {keys} JOIN locations l ON l.id = n.k1";
            let keys = vec![Column::Int(wanted.into_iter().collect())];
            for (id, code, kind) in
                load_by!(self.conn, sql, keys => (BigInt, Text, Text), (i64, String, String))?
            {
                places.insert(LocationId(id), (text(&code)?, text(&kind)?));
            }
        }
        Ok(found.iter().map(|row| ReservationView::of(row, |id| places.get(&id).cloned())).collect())
    }
}

impl ReservationViews for Tx<'_> {
    fn reservation(&mut self, id: ReservationId) -> Stored<Option<ReservationView>> {
        let found = load_where(self, "WHERE r.id = ?", vec![Bind::Id(db_id(id.0))])?;
        Ok(self.show(&found)?.into_iter().next())
    }

    fn reservations(
        &mut self,
        filter: &ReservationFilter,
        page: &Page,
    ) -> Stored<(Vec<ReservationView>, Option<String>)> {
        let mut rest = "WHERE 1 = 1".to_owned();
        let mut binds = Vec::new();
        if let Some(order_ref) = &filter.order_ref {
            rest.push_str(" AND r.order_ref = ?");
            binds.push(Bind::Text(order_ref.to_string()));
        }
        if let Some(state) = filter.state {
            rest.push_str(" AND r.state = ?");
            binds.push(Bind::Text(state.as_str().to_owned()));
        }
        if let Some(sku) = &filter.sku {
            rest.push_str(
                " AND r.id IN (SELECT i.reservation_id FROM products p JOIN reservation_lines i \
                 ON i.product_id = p.id WHERE p.sku = ?)",
            );
            binds.push(Bind::Text(sku.to_string()));
        }
        if let Some(after) = &page.after {
            rest.push_str(" AND r.seq > ?");
            binds.push(Bind::Int(cursor_number(Some(&after.as_str()))?));
        }
        rest.push_str(" ORDER BY r.seq LIMIT ?");
        binds.push(Bind::Int(i64::from(page.limit) + 1));
        let (found, next) = cut(load_where(self, &rest, binds)?, page, |row| row.seq.to_string());
        Ok((self.show(&found)?, next))
    }

    fn due_reservations(&mut self, now: Timestamp, limit: u32) -> Stored<Vec<(ReservationId, Timestamp)>> {
        let sql = "SELECT r.id, r.expires_at FROM reservations r WHERE r.state = 'active' AND r.expires_at <= ? \
                   ORDER BY r.expires_at LIMIT ?";
        let binds = vec![Bind::Time(db_time(now)), Bind::Int(limit.into())];
        let rows = statement::<(IdSql, TimeSql)>(sql, binds)
            .load::<(DbId, DbTime)>(self.conn)
            .map_err(|error| classify(&error))?;
        Ok(rows.into_iter().map(|(row, at)| (ReservationId(id(row)), time(at))).collect())
    }

    fn fillable_reservations(&mut self, limit: u32) -> Stored<Vec<(ReservationId, Version)>> {
        let sql = "SELECT r.id, r.version FROM reservations r WHERE r.state = 'active' AND r.backorder = 1 \
                   AND EXISTS (SELECT 1 FROM reservation_lines i JOIN balances b ON b.product_id = i.product_id \
                   AND b.warehouse_id = r.warehouse_id JOIN locations l ON l.id = b.location_id \
                   WHERE i.reservation_id = r.id AND i.short > 0 AND b.available > 0 AND l.kind = 'storage' \
                   AND (i.location IS NULL OR i.location = l.code) AND (i.lot IS NULL OR i.lot = b.lot)) \
                   ORDER BY r.seq LIMIT ?";
        let rows = statement::<(IdSql, BigInt)>(sql, vec![Bind::Int(limit.into())])
            .load::<(DbId, i64)>(self.conn)
            .map_err(|error| classify(&error))?;
        Ok(rows.into_iter().map(|(row, version)| (ReservationId(id(row)), Version(version))).collect())
    }
}
