//! The head, the stored answers, requests and events.

use commands::{Answered, Head, Replayed, Store, StoredAnswer};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, SmallInt, Text};
use kernel::{Counters, Event, Fingerprint, Reply, Request, RequestSeq, StoreError, Timestamp};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{self, DbTime, JSON_TEXT, LOCK_HEAD, TimeSql};
use crate::rows::{Stored, db_id, db_time, hash, insert, load_by, time};
use crate::statement::{Bind, statement};

type HeadSql = (BigInt, BigInt, BigInt, BigInt, TimeSql);
type AnswerSql = (Text, Text, BigInt, Binary, SmallInt, Text, Binary);
type AnswerRow = (String, String, i64, Vec<u8>, i16, String, Vec<u8>);

/// Reads the head; the caller says whether it is locked.
pub(crate) fn head(tx: &mut Tx<'_>) -> Stored<Head> {
    let lock = if tx.writes { LOCK_HEAD } else { "" };
    let sql = format!("SELECT next_id, next_request, next_movement, next_event, recorded_at FROM head{lock}");
    let rows = statement::<HeadSql>(&sql, Vec::new())
        .load::<(i64, i64, i64, i64, DbTime)>(tx.conn)
        .map_err(|error| dialect::classify(&error))?;
    let (id, request, movement, event, recorded_at) =
        rows.into_iter().next().ok_or_else(|| StoreError::Broken("the head is gone".to_owned()))?;
    Ok(Head { counters: Counters { id, request, movement, event }, recorded_at: time(recorded_at) })
}

/// A stored answer from its columns.
pub(crate) fn reply(status: i16, headers: &str, body: Vec<u8>) -> Stored<Reply> {
    let headers = serde_json::from_str(headers)
        .map_err(|error| StoreError::Broken(format!("stored headers: {error}")))?;
    Ok(Reply { status: u16::try_from(status).unwrap_or_default(), headers, body, replayed: false })
}

impl Store for Tx<'_> {
    fn lock_head(&mut self) -> Stored<Head> {
        head(self)
    }

    fn answers(&mut self, of: &[&Request]) -> Stored<Vec<Option<StoredAnswer>>> {
        let keys = vec![
            Column::Text(of.iter().map(|request| request.source.to_string()).collect()),
            Column::Text(of.iter().map(|request| request.key.to_string()).collect()),
        ];
        let sql = format!(
            "SELECT i.source, i.key, i.request_seq, i.fingerprint, i.status, i.headers{JSON_TEXT}, i.body \
             FROM {{keys}} JOIN idempotency i ON i.source = n.k1 AND i.key = n.k2"
        );
        let rows = load_by!(self.conn, sql, keys => AnswerSql, AnswerRow)?;
        let mut known = std::collections::BTreeMap::new();
        for (source, key, seq, fingerprint, status, headers, body) in rows {
            let reply = reply(status, &headers, body)?;
            let fingerprint = Fingerprint(hash(fingerprint)?);
            known.insert((source, key), StoredAnswer { seq: RequestSeq(seq), fingerprint, reply });
        }
        Ok(of
            .iter()
            .map(|request| known.get(&(request.source.to_string(), request.key.to_string())).cloned())
            .collect())
    }

    fn flush_answers(&mut self, head: &Head, answered: &[Answered<'_>], events: &[Event]) -> Stored<()> {
        let at = db_time(head.recorded_at);
        self.flush_requests(answered, at)?;
        self.flush_replies(answered, at)?;
        self.flush_events(events)?;
        let sql = "UPDATE head SET next_id = ?, next_request = ?, next_movement = ?, next_event = ?, recorded_at = ?";
        let counters = head.counters;
        let numbers = [counters.id, counters.request, counters.movement, counters.event];
        let binds = numbers.into_iter().map(Bind::Int).chain([Bind::Time(at)]).collect();
        statement::<()>(sql, binds).execute(self.conn).map(|_| ()).map_err(|error| dialect::classify(&error))
    }

    fn flush_replays(&mut self, at: Timestamp, replayed: &[Replayed<'_>]) -> Stored<()> {
        let columns = [
            ("request_seq", Column::Int(replayed.iter().map(|row| row.of.0).collect())),
            (
                "request_id",
                Column::Text(replayed.iter().map(|row| row.request.request_id.to_string()).collect()),
            ),
            ("recorded_at", Column::Time(vec![db_time(at); replayed.len()])),
        ];
        insert(self.conn, "replays", &columns, "")
    }
}

impl Tx<'_> {
    fn flush_requests(&mut self, answered: &[Answered<'_>], at: DbTime) -> Stored<()> {
        let texts =
            |of: fn(&Request) -> String| Column::Text(answered.iter().map(|row| of(row.request)).collect());
        let columns = [
            ("seq", Column::Int(answered.iter().map(|row| row.seq.0).collect())),
            ("request_id", texts(|request| request.request_id.to_string())),
            ("source", texts(|request| request.source.to_string())),
            ("key", texts(|request| request.key.to_string())),
            ("actor", texts(|request| request.actor.id.to_string())),
            ("actor_type", texts(|request| request.actor.kind.to_string())),
            ("action", texts(|request| request.action.clone())),
            ("recorded_at", Column::Time(vec![at; answered.len()])),
        ];
        insert(self.conn, "requests", &columns, "")
    }

    fn flush_replies(&mut self, answered: &[Answered<'_>], at: DbTime) -> Stored<()> {
        let headers = answered.iter().map(|row| {
            serde_json::to_string(&row.reply.headers).map_err(|error| StoreError::Broken(error.to_string()))
        });
        let status = |row: &Answered<'_>| i16::try_from(row.reply.status).unwrap_or_default();
        let columns = [
            ("source", Column::Text(answered.iter().map(|row| row.request.source.to_string()).collect())),
            ("key", Column::Text(answered.iter().map(|row| row.request.key.to_string()).collect())),
            (
                "fingerprint",
                Column::Bytes(answered.iter().map(|row| row.request.fingerprint.0.to_vec()).collect()),
            ),
            ("request_seq", Column::Int(answered.iter().map(|row| row.seq.0).collect())),
            ("status", Column::Small(answered.iter().map(status).collect())),
            ("headers", Column::Json(headers.collect::<Result<_, _>>()?)),
            ("body", Column::Bytes(answered.iter().map(|row| row.reply.body.clone()).collect())),
            ("recorded_at", Column::Time(vec![at; answered.len()])),
        ];
        insert(self.conn, "idempotency", &columns, "")
    }

    fn flush_events(&mut self, events: &[Event]) -> Stored<()> {
        if events.is_empty() {
            return Ok(());
        }
        let columns = [
            ("seq", Column::Int(events.iter().map(|row| row.seq).collect())),
            ("id", Column::Id(events.iter().map(|row| db_id(row.id.0)).collect())),
            ("subject", Column::Text(events.iter().map(|row| row.event.subject.clone()).collect())),
            ("subject_seq", Column::Int(events.iter().map(|row| row.event.subject_seq.0).collect())),
            ("kind", Column::Text(events.iter().map(|row| row.event.kind.to_owned()).collect())),
            (
                "audience",
                Column::Text(events.iter().map(|row| row.event.audience.as_str().to_owned()).collect()),
            ),
            ("data", Column::Json(events.iter().map(|row| row.event.data.to_string()).collect())),
            ("request_seq", Column::Int(events.iter().map(|row| row.request.0).collect())),
        ];
        insert(self.conn, "events", &columns, "")
    }
}
