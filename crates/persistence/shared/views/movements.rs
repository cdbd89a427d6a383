//! The ledger as people read it: movements with their transfers and who made them.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use inventory::{AuditedTransfer, LedgerFilter, MovementEntry, Page, PlaceView, TransferEntry};
use kernel::{MovementId, MovementSeq, RecordId};

use super::ledger::transfers;
use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{DbId, DbTime, IdSql, TimeSql, classify};
use crate::rows::{Stored, db_id, id, opt_text, text, time};
use crate::statement::{Bind, statement};
use crate::views::{cursor_number, cut, past};

type MovementSql = (
    BigInt,
    IdSql,
    Text,
    Nullable<IdSql>,
    Nullable<IdSql>,
    Nullable<IdSql>,
    Nullable<Text>,
    TimeSql,
    TimeSql,
    Text,
    Text,
    Text,
    Text,
    Text,
);
type MovementRow = (
    i64,
    DbId,
    String,
    Option<DbId>,
    Option<DbId>,
    Option<DbId>,
    Option<String>,
    DbTime,
    DbTime,
    String,
    String,
    String,
    String,
    String,
);

const MOVEMENT: &str = "SELECT m.seq, m.id, m.kind, m.record_id, undone.id, undoing.id, m.reason, m.effective_at, \
     m.recorded_at, q.request_id, q.actor, q.actor_type, q.source, q.key \
     FROM movements m JOIN requests q ON q.seq = m.request_seq \
     LEFT JOIN movements undone ON undone.seq = m.reverses LEFT JOIN movements undoing ON undoing.reverses = m.seq";

/// Movements of a filter, in order.
pub(crate) fn movements(
    tx: &mut Tx<'_>,
    filter: &LedgerFilter,
    page: &Page,
) -> Stored<(Vec<MovementEntry>, Option<String>)> {
    let (mut sql, mut binds) = (MOVEMENT.to_owned(), Vec::new());
    sql.push_str(" WHERE 1 = 1");
    if let Some((condition, wanted)) = with_transfer(filter) {
        sql.push_str(&format!(" AND {condition}"));
        binds.extend(wanted);
    }
    let mut and = |condition: &str, bind: Option<Bind>| {
        if let Some(bind) = bind {
            sql.push_str(&format!(" AND {condition}"));
            binds.push(bind);
        }
    };
    and("m.kind = ?", filter.kind.map(|kind| Bind::Text(kind.as_str().to_owned())));
    and("m.record_id = ?", filter.record.map(|record| Bind::Id(db_id(record.0))));
    and("q.actor = ?", filter.actor.as_ref().map(|actor| Bind::Text(actor.to_string())));
    if let Some(request_id) = &filter.request_id {
        // Requests and movements are numbered in the same order, so those of a request are found by halves.
        let (first, last) = made_by(tx, request_id.as_str())?;
        and("m.seq >= ?", Some(Bind::Int(first)));
        and("m.seq <= ?", Some(Bind::Int(last)));
        and("q.request_id = ?", Some(Bind::Text(request_id.to_string())));
    }
    if let Some(from) = filter.from {
        and("m.seq > ?", Some(Bind::Int(past::last_recorded(tx, from.plus_micros(-1))?)));
    }
    if let Some(to) = filter.to {
        and("m.seq <= ?", Some(Bind::Int(past::last_recorded(tx, to.plus_micros(-1))?)));
    }
    let (beyond, order) = if filter.newest_first { ("<", "DESC") } else { (">", "ASC") };
    if let Some(after) = &page.after {
        and(&format!("m.seq {beyond} ?"), Some(Bind::Int(cursor_number(Some(&after.as_str()))?)));
    }
    sql.push_str(&format!(" ORDER BY m.seq {order} LIMIT ?"));
    binds.push(Bind::Int(i64::from(page.limit) + 1));
    let rows = statement::<MovementSql>(&sql, binds)
        .load::<MovementRow>(tx.conn)
        .map_err(|error| classify(&error))?;
    let (rows, next) = cut(rows, page, |row| row.0.to_string());
    Ok((with_transfers(tx, rows)?, next))
}

/// The condition that one transfer of the movement is all that is asked for: of the product, of the lot, and at the
/// location in the warehouse. A movement may take one product here and another one there: three conditions of their
/// own would find the one there.
fn with_transfer(filter: &LedgerFilter) -> Option<(String, Vec<Bind>)> {
    let wanted = [
        ("l.code", filter.location.as_ref().map(ToString::to_string)),
        ("w.code", filter.warehouse.as_ref().map(ToString::to_string)),
        ("t.lot", filter.lot.as_ref().map(ToString::to_string)),
        ("p.sku", filter.sku.as_ref().map(ToString::to_string)),
    ];
    let (conditions, binds): (Vec<_>, Vec<_>) = wanted
        .into_iter()
        .filter_map(|(column, wanted)| Some((format!("{column} = ?"), Bind::Text(wanted?))))
        .unzip();
    if conditions.is_empty() {
        return None;
    }
    let places = match (&filter.location, &filter.warehouse) {
        (None, None) => "",
        _ => {
            " JOIN balances b ON b.id = t.from_balance OR b.id = t.to_balance JOIN locations l ON l.id = b.location_id \
             JOIN warehouses w ON w.id = b.warehouse_id"
        }
    };
    let conditions = conditions.join(" AND ");
    let condition = match &filter.sku {
        // The index of the product leads to its movements, few of many.
        Some(_) => format!(
            "m.seq IN (SELECT t.movement_seq FROM products p JOIN transfers t ON t.product_id = p.id{places} \
             WHERE {conditions})"
        ),
        None => format!(
            "EXISTS (SELECT 1 FROM transfers t{places} WHERE t.movement_seq = m.seq AND {conditions})"
        ),
    };
    Some((condition, binds))
}

/// The first and the last movement of the requests with this id; an empty range where there is none.
fn made_by(tx: &mut Tx<'_>, request_id: &str) -> Stored<(i64, i64)> {
    let sql = "SELECT min(seq), max(seq) FROM requests WHERE request_id = ?";
    let ends =
        statement::<(Nullable<BigInt>, Nullable<BigInt>)>(sql, vec![Bind::Text(request_id.to_owned())])
            .load::<(Option<i64>, Option<i64>)>(tx.conn)
            .map_err(|error| classify(&error))?;
    let Some(&(Some(first), Some(last))) = ends.first() else {
        return Ok((1, 0));
    };
    let before = super::last_numbered(tx, "movements", first - 1)?;
    Ok((before + 1, super::last_numbered(tx, "movements", last)?))
}

fn with_transfers(tx: &mut Tx<'_>, rows: Vec<MovementRow>) -> Stored<Vec<MovementEntry>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (table, binds) = crate::dialect::keys(vec![Column::Int(rows.iter().map(|row| row.0).collect())]);
    let rest = format!("WHERE t.movement_seq IN (SELECT n.k1 FROM {table}) ORDER BY t.movement_seq, t.line");
    let mut of: BTreeMap<i64, Vec<TransferEntry>> = BTreeMap::new();
    for read in transfers(tx, &rest, binds)? {
        of.entry(read.seq.0).or_default().push(entry(read));
    }
    let show = |row: MovementRow| {
        Ok(MovementEntry {
            seq: MovementSeq(row.0),
            id: MovementId(id(row.1)),
            kind: text(&row.2)?,
            record_id: row.3.map(|record| RecordId(id(record))),
            reverses: row.4.map(|undone| MovementId(id(undone))),
            reversed_by: row.5.map(|undoing| MovementId(id(undoing))),
            reason: opt_text(row.6.as_ref())?,
            effective_at: time(row.7),
            recorded_at: time(row.8),
            request_id: text(&row.9)?,
            actor_id: row.10,
            actor_type: row.11,
            source_system: text(&row.12)?,
            idempotency_key: text(&row.13)?,
            transfers: of.remove(&row.0).unwrap_or_default(),
        })
    };
    rows.into_iter().map(show).collect()
}

fn entry(read: AuditedTransfer) -> TransferEntry {
    let transfer = read.transfer;
    let version = |end: Option<(kernel::BalanceId, kernel::Version)>| end.map(|(_, version)| version);
    TransferEntry {
        line: read.line,
        sku: read.sku,
        lot: transfer.moved.lot,
        quantity: transfer.moved.quantity.get(),
        from: PlaceView::of(transfer.moved.from, read.from_location, version(transfer.from)),
        to: PlaceView::of(transfer.moved.to, read.to_location, version(transfer.to)),
        record_line: transfer.moved.record_line,
        unit_cost: transfer.moved.unit_cost,
        cohort: transfer.cohort,
    }
}
