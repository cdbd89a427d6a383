//! What requests did.

use std::collections::BTreeMap;

use commands::{EventEntry, ReplayEntry, RequestTrail, TrailViews};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, SmallInt, Text};
use kernel::{EventId, RequestId, RequestSeq, StoreError};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{DbId, DbTime, IdSql, JSON_TEXT, TimeSql, classify};
use crate::rows::{Stored, id, text, time};
use crate::statement::{Bind, statement};
use crate::store::reply;

type RequestSql = (
    BigInt,
    Text,
    Text,
    Text,
    Text,
    Text,
    Text,
    TimeSql,
    Nullable<SmallInt>,
    Nullable<Text>,
    Nullable<Binary>,
);
type RequestRow = (
    i64,
    String,
    String,
    String,
    String,
    String,
    String,
    DbTime,
    Option<i16>,
    Option<String>,
    Option<Vec<u8>>,
);

impl TrailViews for Tx<'_> {
    fn trail(&mut self, request_id: &RequestId, limit: u32, replays: u32) -> Stored<Vec<RequestTrail>> {
        let sql = format!(
            "SELECT q.seq, q.request_id, q.action, q.actor, q.actor_type, q.source, q.key, q.recorded_at, \
             i.status, i.headers{JSON_TEXT}, i.body FROM requests q \
             LEFT JOIN idempotency i ON i.source = q.source AND i.key = q.key AND i.request_seq = q.seq \
             WHERE q.seq IN (SELECT seq FROM requests WHERE request_id = ? \
             UNION SELECT request_seq FROM replays WHERE request_id = ?) ORDER BY q.seq LIMIT ?"
        );
        let name = || Bind::Text(request_id.to_string());
        let rows = statement::<RequestSql>(&sql, vec![name(), name(), Bind::Int(limit.into())])
            .load::<RequestRow>(self.conn)
            .map_err(|error| classify(&error))?;
        let seqs: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let mut replays = repeats(self, &seqs, replays)?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let events = events(self, row.0)?;
            let replays = replays.remove(&row.0).unwrap_or_default();
            found.push(shown(row, events, replays)?);
        }
        Ok(found)
    }
}

fn shown(row: RequestRow, events: Vec<EventEntry>, replays: Vec<ReplayEntry>) -> Stored<RequestTrail> {
    let answer = match (row.8, row.9, row.10) {
        (Some(status), Some(headers), Some(body)) => Some(reply(status, &headers, body)?),
        _ => None,
    };
    Ok(RequestTrail {
        seq: RequestSeq(row.0),
        request_id: text(&row.1)?,
        action: row.2,
        actor_id: row.3,
        actor_type: row.4,
        source_system: text(&row.5)?,
        idempotency_key: text(&row.6)?,
        recorded_at: time(row.7),
        answer,
        events,
        replays,
    })
}

fn repeats(tx: &mut Tx<'_>, of: &[i64], most: u32) -> Stored<BTreeMap<i64, Vec<ReplayEntry>>> {
    let mut found: BTreeMap<i64, Vec<ReplayEntry>> = BTreeMap::new();
    if of.is_empty() {
        return Ok(found);
    }
    let sql = "SELECT a.request_seq, a.request_id, a.recorded_at FROM {keys} JOIN replays a \
               ON a.request_seq = n.k1 ORDER BY a.recorded_at DESC LIMIT ?";
    let (table, mut binds) = crate::dialect::keys(vec![Column::Int(of.to_vec())]);
    binds.push(Bind::Int(most.into()));
    let rows = statement::<(BigInt, Text, TimeSql)>(&sql.replace("{keys}", &table), binds)
        .load::<(i64, String, DbTime)>(tx.conn)
        .map_err(|error| classify(&error))?;
    // The latest of them, in the order in which they came.
    for (seq, request_id, at) in rows.into_iter().rev() {
        let entry = ReplayEntry { request_id: text(&request_id)?, recorded_at: time(at) };
        found.entry(seq).or_default().push(entry);
    }
    Ok(found)
}

/// The events of a request. Events and requests are numbered in the same order, so they are found by halves.
fn events(tx: &mut Tx<'_>, request: i64) -> Stored<Vec<EventEntry>> {
    type Sql = (BigInt, IdSql, Text, Text, BigInt, Text, Text);
    type Row = (i64, DbId, String, String, i64, String, String);
    let first = super::last_numbered(tx, "events", request - 1)? + 1;
    let last = super::last_numbered(tx, "events", request)?;
    let sql = format!(
        "SELECT seq, id, kind, subject, subject_seq, audience, data{JSON_TEXT} FROM events \
         WHERE seq >= ? AND seq <= ? ORDER BY seq"
    );
    let rows = statement::<Sql>(&sql, vec![Bind::Int(first), Bind::Int(last)])
        .load::<Row>(tx.conn)
        .map_err(|error| classify(&error))?;
    let show = |row: Row| {
        Ok(EventEntry {
            seq: row.0,
            id: EventId(id(row.1)),
            kind: row.2,
            subject: row.3,
            subject_seq: row.4,
            audience: row.5,
            data: serde_json::from_str(&row.6)
                .map_err(|error| StoreError::Broken(format!("stored event: {error}")))?,
        })
    };
    rows.into_iter().map(show).collect()
}
