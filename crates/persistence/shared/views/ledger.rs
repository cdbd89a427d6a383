//! The ledger, read back: for the audit, and for reversals.

use commands::{Head, IntegrityCounts, LedgerReader};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text};
use inventory::{
    AuditedTransfer, Balance, BalanceKey, Movement, NewTransfer, Place, RecordedMovement, Sku, Transfer,
};
use kernel::{
    BalanceId, CohortId, LocationId, MovementId, MovementSeq, ProductId, RecordId, RequestSeq, ReservationId,
    StoreError, Version,
};
use reservations::Reservation;

use crate::Tx;
use crate::dialect::{COUNT_TRIGGERS, DbId, DbTime, IdSql, TRIGGERS, TimeSql, classify};
use crate::rows::{Stored, count, id, line, money, opt_text, quantity, text, time};
use crate::statement::{Bind, statement};
use crate::store::{BALANCE, BalanceRow, BalanceSql, balance_of, load_where};

/// How many rows are read at a time.
const CHUNK: i64 = 5000;

type TransferSql = (
    BigInt,
    IdSql,
    BigInt,
    BigInt,
    Text,
    Text,
    BigInt,
    Nullable<BigInt>,
    SmallInt,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<BigInt>,
    SmallInt,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<IdSql>,
    Nullable<BigInt>,
    Nullable<Text>,
    TimeSql,
    TimeSql,
);
type TransferRow = (
    i64,
    DbId,
    i64,
    i64,
    String,
    String,
    i64,
    Option<i64>,
    i16,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<i64>,
    i16,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<DbId>,
    Option<i64>,
    Option<String>,
    DbTime,
    DbTime,
);

const TRANSFER: &str = "SELECT t.movement_seq, m.id, t.line, t.product_id, p.sku, t.lot, t.quantity, \
     t.from_balance, t.from_bucket, t.from_version, fl.id, fl.code, \
     t.to_balance, t.to_bucket, t.to_version, tl.id, tl.code, \
     t.record_line, t.cohort_id, t.unit_cost, t.currency, m.effective_at, m.recorded_at \
     FROM transfers t JOIN movements m ON m.seq = t.movement_seq JOIN products p ON p.id = t.product_id \
     LEFT JOIN balances fb ON fb.id = t.from_balance LEFT JOIN locations fl ON fl.id = fb.location_id \
     LEFT JOIN balances tb ON tb.id = t.to_balance LEFT JOIN locations tl ON tl.id = tb.location_id";

fn transfer_of(row: TransferRow) -> Stored<AuditedTransfer> {
    let place = |bucket: i16, location: Option<i64>| {
        let wrong = || StoreError::Broken(format!("movement {}: no place has bucket {bucket}", row.0));
        Place::from_code(bucket, location.map(LocationId)).ok_or_else(wrong)
    };
    let end = |balance: Option<i64>, version: Option<i64>| {
        balance.zip(version).map(|(balance, version)| (BalanceId(balance), Version(version)))
    };
    let moved = quantity(row.6)?.positive();
    let moved = NewTransfer {
        product: ProductId(row.3),
        lot: text(&row.5)?,
        quantity: moved.ok_or_else(|| StoreError::Broken("a transfer moves nothing".to_owned()))?,
        from: place(row.8, row.10)?,
        to: place(row.13, row.15)?,
        record_line: row.17.map(line).transpose()?,
        unit_cost: money(row.19, row.20.as_ref())?,
    };
    Ok(AuditedTransfer {
        seq: MovementSeq(row.0),
        movement: MovementId(id(row.1)),
        line: line(row.2)?,
        sku: text(&row.4)?,
        from_location: opt_text(row.11.as_ref())?,
        to_location: opt_text(row.16.as_ref())?,
        transfer: Transfer {
            moved,
            from: end(row.7, row.9),
            to: end(row.12, row.14),
            cohort: row.18.map(|cohort| CohortId(id(cohort))),
        },
        effective_at: time(row.21),
        recorded_at: time(row.22),
    })
}

pub(crate) fn transfers(tx: &mut Tx<'_>, rest: &str, binds: Vec<Bind>) -> Stored<Vec<AuditedTransfer>> {
    let sql = format!("{TRANSFER} {rest}");
    let rows = statement::<TransferSql>(&sql, binds)
        .load::<TransferRow>(tx.conn)
        .map_err(|error| classify(&error))?;
    rows.into_iter().map(transfer_of).collect()
}

type MovementSql =
    (IdSql, Text, BigInt, Nullable<IdSql>, Nullable<BigInt>, Nullable<Text>, TimeSql, TimeSql, BigInt);
type MovementRow = (DbId, String, i64, Option<DbId>, Option<i64>, Option<String>, DbTime, DbTime, i64);

/// An earlier movement with what a reversal must know of it.
pub(crate) fn recorded_movement(tx: &mut Tx<'_>, seq: i64) -> Stored<RecordedMovement> {
    let gone = || StoreError::Broken(format!("movement {seq} is gone"));
    let sql = "SELECT id, kind, request_seq, record_id, reverses, reason, effective_at, recorded_at, \
               CAST((SELECT count(*) FROM movements r WHERE r.reverses = m.seq) AS BIGINT) \
               FROM movements m WHERE m.seq = ?";
    let rows = statement::<MovementSql>(sql, vec![Bind::Int(seq)])
        .load::<MovementRow>(tx.conn)
        .map_err(|error| classify(&error))?;
    let row = rows.into_iter().next().ok_or_else(gone)?;
    let moved = transfers(tx, "WHERE t.movement_seq = ? ORDER BY t.line", vec![Bind::Int(seq)])?;
    let own = MovementId(id(row.0));
    let latest = match row.3 {
        None => own,
        Some(record) => {
            let sql = "SELECT m.id FROM movements m WHERE m.record_id = ? AND m.reverses IS NULL \
                       AND NOT EXISTS (SELECT 1 FROM movements r WHERE r.reverses = m.seq) ORDER BY m.seq DESC LIMIT 1";
            let rows = statement::<(IdSql,)>(sql, vec![Bind::Id(record)])
                .load::<(DbId,)>(tx.conn)
                .map_err(|error| classify(&error))?;
            rows.first().map_or(own, |(latest,)| MovementId(id(*latest)))
        }
    };
    let movement = Movement {
        seq: MovementSeq(seq),
        id: own,
        kind: text(&row.1)?,
        request: RequestSeq(row.2),
        record: row.3.map(|record| RecordId(id(record))),
        reverses: row.4.map(MovementSeq),
        reason: opt_text(row.5.as_ref())?,
        effective_at: time(row.6),
        recorded_at: time(row.7),
        transfers: moved.into_iter().map(|read| read.transfer).collect(),
    };
    Ok(RecordedMovement { movement, reversed: row.8 > 0, latest_of_record: latest })
}

impl LedgerReader for Tx<'_> {
    fn head(&mut self) -> Stored<Head> {
        commands::Store::lock_head(self)
    }

    fn each_transfer(&mut self, take: &mut dyn FnMut(&AuditedTransfer)) -> Stored<()> {
        let (mut seq, mut last) = (0, -1);
        loop {
            let rest = "WHERE t.movement_seq >= ? AND (t.movement_seq, t.line) > (?, ?) \
                        ORDER BY t.movement_seq, t.line LIMIT ?";
            let binds = vec![Bind::Int(seq), Bind::Int(seq), Bind::Int(last), Bind::Int(CHUNK)];
            let read = transfers(self, rest, binds)?;
            read.iter().for_each(&mut *take);
            match read.last() {
                Some(end) => (seq, last) = (end.seq.0, i64::from(end.line)),
                None => return Ok(()),
            }
        }
    }

    fn each_balance(&mut self, take: &mut dyn FnMut(&BalanceKey, &Sku, &Balance)) -> Stored<()> {
        let mut after = 0;
        loop {
            let sql = format!(
                "SELECT p.sku, {BALANCE} FROM balances b JOIN products p ON p.id = b.product_id \
                               WHERE b.id > ? ORDER BY b.id LIMIT ?"
            );
            let rows = statement::<(Text, BalanceSql)>(&sql, vec![Bind::Int(after), Bind::Int(CHUNK)])
                .load::<(String, BalanceRow)>(self.conn)
                .map_err(|error| classify(&error))?;
            if rows.is_empty() {
                return Ok(());
            }
            for (sku, row) in rows {
                after = row.0;
                let (key, balance) = balance_of(row)?;
                take(&key, &text(&sku)?, &balance);
            }
        }
    }

    fn each_reservation(&mut self, take: &mut dyn FnMut(&Reservation)) -> Stored<()> {
        let mut after = 0;
        loop {
            let rest = "WHERE r.seq > ? ORDER BY r.seq LIMIT ?";
            let read = load_where(self, rest, vec![Bind::Int(after), Bind::Int(500)])?;
            read.iter().for_each(&mut *take);
            match read.last() {
                Some(end) => after = end.seq,
                None => return Ok(()),
            }
        }
    }

    fn integrity_counts(&mut self) -> Stored<IntegrityCounts> {
        const ORPHANS: [&str; 6] = [
            "SELECT CAST(count(*) AS BIGINT) FROM transfers t WHERE NOT EXISTS (SELECT 1 FROM movements m WHERE m.seq = t.movement_seq) OR NOT EXISTS (SELECT 1 FROM products p WHERE p.id = t.product_id)",
            "SELECT CAST(count(*) AS BIGINT) FROM transfers t WHERE t.from_balance IS NOT NULL AND NOT EXISTS (SELECT 1 FROM balances b WHERE b.id = t.from_balance)",
            "SELECT CAST(count(*) AS BIGINT) FROM transfers t WHERE t.to_balance IS NOT NULL AND NOT EXISTS (SELECT 1 FROM balances b WHERE b.id = t.to_balance)",
            "SELECT CAST(count(*) AS BIGINT) FROM movements m WHERE NOT EXISTS (SELECT 1 FROM requests r WHERE r.seq = m.request_seq)",
            "SELECT CAST(count(*) AS BIGINT) FROM events e WHERE NOT EXISTS (SELECT 1 FROM requests r WHERE r.seq = e.request_seq)",
            "SELECT CAST(count(*) AS BIGINT) FROM allocations a WHERE NOT EXISTS (SELECT 1 FROM reservation_lines i WHERE i.reservation_id = a.reservation_id AND i.line_no = a.line_no) OR NOT EXISTS (SELECT 1 FROM balances b WHERE b.id = a.balance_id)",
        ];
        const NUMBERED: [(&str, &str); 3] =
            [("requests", "next_request"), ("events", "next_event"), ("movements", "next_movement")];
        let mut counts = IntegrityCounts::default();
        let found = |count: i64| u64::try_from(count.abs()).unwrap_or(u64::MAX);
        for sql in ORPHANS {
            counts.orphans = counts.orphans.saturating_add(found(count(self.conn, sql, Vec::new())?));
        }
        for (table, next) in NUMBERED {
            let sql = format!("SELECT CAST((SELECT {next} - 1 FROM head) - count(*) AS BIGINT) FROM {table}");
            counts.gaps = counts.gaps.saturating_add(found(count(self.conn, &sql, Vec::new())?));
        }
        counts.missing_triggers = found((TRIGGERS - count(self.conn, COUNT_TRIGGERS, Vec::new())?).max(0));
        Ok(counts)
    }

    fn events_of(&mut self, reservation: ReservationId) -> Stored<Vec<(String, i64)>> {
        let sql = "SELECT kind, subject_seq FROM events WHERE subject = ? ORDER BY seq";
        let subject = format!("reservations/{reservation}");
        statement::<(Text, BigInt)>(sql, vec![Bind::Text(subject)])
            .load::<(String, i64)>(self.conn)
            .map_err(|error| classify(&error))
    }
}
