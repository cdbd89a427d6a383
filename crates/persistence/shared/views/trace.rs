//! Where the goods of a lot came from and went: its transfers from and to outside.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text};
use inventory::{Lot, Page, Place, Sku};
use kernel::{MovementId, RecordId, ReservationId, StoreError};
use operations::{Direction, Module, RecordNumber, Reference, TraceEntry};

use crate::Tx;
use crate::dialect::{DbId, DbTime, IdSql, TimeSql, classify};
use crate::rows::{Stored, id, opt_text, quantity, text, time};
use crate::statement::{Bind, statement};
use crate::views::{cursor_number, cursor_parts, cut};

type TraceSql = (
    BigInt,
    BigInt,
    IdSql,
    Text,
    Nullable<IdSql>,
    BigInt,
    SmallInt,
    SmallInt,
    TimeSql,
    TimeSql,
    Nullable<IdSql>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<IdSql>,
    Nullable<Text>,
);
type TraceRow = (
    i64,
    i64,
    DbId,
    String,
    Option<DbId>,
    i64,
    i16,
    i16,
    DbTime,
    DbTime,
    Option<DbId>,
    Option<String>,
    Option<i64>,
    Option<DbId>,
    Option<String>,
);

/// A bucket from 20 on is an outside party. What a reservation moved itself has its id in the place of a record.
const TRACE: &str = "SELECT m.seq, t.line, m.id, m.kind, undoing.id, t.quantity, t.from_bucket, t.to_bucket, m.effective_at, \
     m.recorded_at, r.id, r.module, r.number, v.id, v.order_ref FROM products p \
     JOIN transfers t ON t.product_id = p.id JOIN movements m ON m.seq = t.movement_seq \
     LEFT JOIN movements undoing ON undoing.reverses = m.seq LEFT JOIN records r ON r.id = m.record_id \
     LEFT JOIN record_lines l ON l.record_id = r.id AND l.line_no = t.record_line \
     LEFT JOIN reservations v ON v.id = coalesce(l.reservation_id, m.record_id) \
     WHERE p.sku = ? AND t.lot = ? AND t.lot <> '' AND (t.from_bucket >= 20 OR t.to_bucket >= 20)";

/// A page of the trace of a lot.
pub(crate) fn trace(
    tx: &mut Tx<'_>,
    sku: &Sku,
    lot: &Lot,
    page: &Page,
) -> Stored<(Vec<TraceEntry>, Option<String>)> {
    let mut sql = TRACE.to_owned();
    let mut binds = vec![Bind::Text(sku.to_string()), Bind::Text(lot.to_string())];
    if let Some(after) = &page.after {
        let parts = cursor_parts(after.as_str(), 2)?;
        let (seq, line) = (cursor_number(parts.first())?, cursor_number(parts.get(1))?);
        sql.push_str(" AND (m.seq > ? OR (m.seq = ? AND t.line > ?))");
        binds.extend([Bind::Int(seq), Bind::Int(seq), Bind::Int(line)]);
    }
    sql.push_str(" ORDER BY m.seq, t.line LIMIT ?");
    binds.push(Bind::Int(i64::from(page.limit) + 1));
    let rows = statement::<TraceSql>(&sql, binds).load::<TraceRow>(tx.conn);
    let rows = rows.map_err(|error| classify(&error))?;
    let (rows, next) = cut(rows, page, |row| format!("{}:{}", row.0, row.1));
    Ok((rows.into_iter().map(entry).collect::<Stored<_>>()?, next))
}

fn entry(row: TraceRow) -> Stored<TraceEntry> {
    let party = |bucket| match Place::from_code(bucket, None) {
        Some(Place::Outside(party)) => Some(party),
        Some(Place::At(..)) | None => None,
    };
    let ends = party(row.6).map(|party| (Direction::In, party));
    let ends = ends.or_else(|| Some((Direction::Out, party(row.7)?)));
    let (direction, party) =
        ends.ok_or_else(|| StoreError::Broken("a transfer of no party in a trace".to_owned()))?;
    let module: Option<Module> = opt_text(row.11.as_ref())?;
    Ok(TraceEntry {
        direction,
        party: party.as_str().to_owned(),
        quantity: quantity(row.5)?,
        kind: text(&row.3)?,
        movement_id: MovementId(id(row.2)),
        reversed_by: row.4.map(|undoing| MovementId(id(undoing))),
        effective_at: time(row.8),
        recorded_at: time(row.9),
        record: module.zip(row.10).map(|(module, of)| Reference { module, record_id: RecordId(id(of)) }),
        number: module.zip(row.12).map(|(module, number)| RecordNumber { module, number }),
        reservation_id: row.13.map(|of| ReservationId(id(of))),
        order_ref: opt_text(row.14.as_ref())?,
    })
}
