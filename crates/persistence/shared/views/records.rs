//! Records, work items and their history, as they are shown.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use inventory::{Lot, Page, Sku, WarehouseCode};
use kernel::{RecordId, ScanId, Version, WorkItemId};
use operations::{
    HistoryEntry, RecordFilter, RecordView, RecordViews, ScanFilter, ScanView, Supply, TraceEntry,
    WorkFilter, WorkItemView,
};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{DbId, DbTime, IdSql, TimeSql, classify, keys};
use crate::rows::{Stored, db_id, id, opt_text, quantity, text, time};
use crate::statement::{Bind, statement};
use crate::store::{load_records_where, load_scans_where, load_work_where};
use crate::views::{cursor_number, cut, trace};

/// `WHERE …` put together condition by condition.
struct Where {
    rest: String,
    binds: Vec<Bind>,
}

impl Where {
    fn new() -> Self {
        Self { rest: "WHERE 1 = 1".to_owned(), binds: Vec::new() }
    }

    fn and(&mut self, condition: &str, bind: Option<Bind>) {
        if let Some(bind) = bind {
            self.rest.push_str(" AND ");
            self.rest.push_str(condition);
            self.binds.push(bind);
        }
    }

    /// In order of a column, from where the page begins.
    fn page(mut self, column: &str, page: &Page) -> Stored<Self> {
        if let Some(after) = &page.after {
            let after = Bind::Int(cursor_number(Some(&after.as_str()))?);
            self.and(&format!("{column} > ?"), Some(after));
        }
        self.rest.push_str(&format!(" ORDER BY {column} LIMIT ?"));
        self.binds.push(Bind::Int(i64::from(page.limit) + 1));
        Ok(self)
    }
}

fn word(text: &str) -> Bind {
    Bind::Text(text.to_owned())
}

type HistorySql = (BigInt, Text, Nullable<Text>, Text, Nullable<Text>, Text, Text, Text, Text, TimeSql);
type HistoryRow =
    (i64, String, Option<String>, String, Option<String>, String, String, String, String, DbTime);

impl RecordViews for Tx<'_> {
    fn record(&mut self, id: RecordId) -> Stored<Option<RecordView>> {
        let found = load_records_where(self, "WHERE r.id = ?", vec![Bind::Id(db_id(id.0))])?;
        Ok(found.first().map(RecordView::from))
    }

    fn records(&mut self, filter: &RecordFilter, page: &Page) -> Stored<(Vec<RecordView>, Option<String>)> {
        let mut conditions = Where::new();
        conditions.and("r.module = ?", Some(word(filter.module.as_str())));
        conditions.and("r.state = ?", filter.state.map(|state| word(state.as_str())));
        conditions.and("w.code = ?", filter.warehouse.as_ref().map(|code| word(code.as_str())));
        conditions.and("r.source_id = ?", filter.source.map(|id| Bind::Id(db_id(id.0))));
        conditions.and("r.number = ?", filter.number.map(Bind::Int));
        let of_sku = "r.id IN (SELECT l.record_id FROM record_lines l WHERE l.sku = ?)";
        conditions.and(of_sku, filter.sku.as_ref().map(|sku| word(sku.as_str())));
        let Where { rest, binds } = conditions.page("r.seq", page)?;
        let (found, next) =
            cut(load_records_where(self, &rest, binds)?, page, |record| record.head.seq.to_string());
        Ok((found.iter().map(RecordView::from).collect(), next))
    }

    fn supply(&mut self, skus: &[Sku], warehouse: Option<&WarehouseCode>) -> Stored<Vec<Supply>> {
        let mut of_skus = String::new();
        let mut binds = Vec::new();
        if !skus.is_empty() {
            let (table, keys) = keys(vec![Column::Text(skus.iter().map(ToString::to_string).collect())]);
            of_skus = format!("JOIN {table} ON n.k1 = l.sku");
            binds = keys;
        }
        let mut sql = format!(
            "SELECT l.sku, r.id, l.owed FROM record_lines l {of_skus} JOIN records r ON r.id = l.record_id \
             JOIN warehouses w ON w.id = r.warehouse_id WHERE l.owed > 0 AND (\
             (r.module = 'purchase-orders' AND r.state IN ('ordered', 'receiving')) \
             OR (r.module = 'transfers' AND coalesce(r.blocked_from, r.state) = 'in_progress'))"
        );
        if let Some(code) = warehouse {
            sql.push_str(" AND coalesce(l.owed_to, w.code) = ?");
            binds.push(word(code.as_str()));
        }
        sql.push_str(" ORDER BY r.seq, l.line_no");
        let rows = statement::<(Text, IdSql, BigInt)>(&sql, binds).load::<(String, DbId, i64)>(self.conn);
        let supply = |(sku, record, owed): (String, DbId, i64)| {
            Ok(Supply { sku: text(&sku)?, record: RecordId(id(record)), owed: quantity(owed)? })
        };
        rows.map_err(|error| classify(&error))?.into_iter().map(supply).collect()
    }

    fn work_item(&mut self, id: WorkItemId) -> Stored<Option<WorkItemView>> {
        let found = load_work_where(self, "WHERE i.id = ?", vec![Bind::Id(db_id(id.0))])?;
        Ok(found.first().map(WorkItemView::from))
    }

    fn work_items(
        &mut self,
        filter: &WorkFilter,
        page: &Page,
    ) -> Stored<(Vec<WorkItemView>, Option<String>)> {
        let mut conditions = Where::new();
        conditions.and("i.kind = ?", filter.kind.map(|kind| word(kind.as_str())));
        conditions.and("i.state = ?", filter.state.map(|state| word(state.as_str())));
        conditions.and("i.priority = ?", filter.priority.map(|priority| word(priority.as_str())));
        conditions.and("i.assignee = ?", filter.assignee.as_ref().map(|name| word(name.as_str())));
        conditions.and("i.module = ?", filter.module.map(|module| word(module.as_str())));
        conditions.and("i.record_id = ?", filter.record.map(|id| Bind::Id(db_id(id.0))));
        let Where { rest, binds } = conditions.page("i.seq", page)?;
        let (found, next) = cut(load_work_where(self, &rest, binds)?, page, |item| item.seq.to_string());
        Ok((found.iter().map(WorkItemView::from).collect(), next))
    }

    fn trace(&mut self, sku: &Sku, lot: &Lot, page: &Page) -> Stored<(Vec<TraceEntry>, Option<String>)> {
        trace::trace(self, sku, lot, page)
    }

    fn scan(&mut self, id: ScanId) -> Stored<Option<ScanView>> {
        let found = load_scans_where(self, "WHERE s.id = ?", vec![Bind::Id(db_id(id.0))])?;
        Ok(found.first().map(ScanView::from))
    }

    fn scans(&mut self, filter: &ScanFilter, page: &Page) -> Stored<(Vec<ScanView>, Option<String>)> {
        let mut conditions = Where::new();
        conditions.and("s.state = ?", filter.state.map(|state| word(state.as_str())));
        conditions.and("s.device_id = ?", filter.device.as_ref().map(|device| word(device.as_str())));
        conditions.and("s.record_id = ?", filter.record.map(|id| Bind::Id(db_id(id.0))));
        conditions.and("s.sku = ?", filter.sku.as_ref().map(|sku| word(sku.as_str())));
        let Where { rest, binds } = conditions.page("s.seq", page)?;
        let (found, next) = cut(load_scans_where(self, &rest, binds)?, page, |scan| scan.seq.to_string());
        Ok((found.iter().map(ScanView::from).collect(), next))
    }

    fn history(&mut self, subject: uuid::Uuid, page: &Page) -> Stored<(Vec<HistoryEntry>, Option<String>)> {
        let mut conditions = Where::new();
        conditions.and("h.subject_id = ?", Some(Bind::Id(db_id(subject))));
        let Where { rest, binds } = conditions.page("h.version", page)?;
        let sql = format!(
            "SELECT h.version, h.action, h.from_state, h.to_state, h.reason, q.actor, q.actor_type, q.source, \
             q.request_id, q.recorded_at FROM history h JOIN requests q ON q.seq = h.request_seq {rest}"
        );
        let rows = statement::<HistorySql>(&sql, binds).load::<HistoryRow>(self.conn);
        let (rows, next) = cut(rows.map_err(|error| classify(&error))?, page, |row| row.0.to_string());
        let entry = |row: HistoryRow| {
            Ok(HistoryEntry {
                version: Version(row.0),
                action: row.1,
                from_state: row.2,
                to_state: row.3,
                reason: opt_text(row.4.as_ref())?,
                actor_id: text(&row.5)?,
                actor_type: text(&row.6)?,
                source_system: text(&row.7)?,
                request_id: text(&row.8)?,
                recorded_at: time(row.9),
            })
        };
        Ok((rows.into_iter().map(entry).collect::<Stored<_>>()?, next))
    }
}
