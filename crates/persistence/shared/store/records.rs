//! Loading and flushing records and work items.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text};
use inventory::LocationCode;
use kernel::{Actor, RecordId, RequestSeq, StoreError, Version, WarehouseId, WorkItemId};
use operations::{
    Body, Change, Head, Module, Record, RecordChanges, RecordNeeds, RecordNumber, RecordSet, RecordState,
    RecordStore, Reference, Source, WorkItem,
};
use serde::de::DeserializeOwned;

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{DbId, DbTime, IdSql, OPEN_AT, TimeSql, classify, keys};
use crate::rows::{Stored, db_id, db_time, id, insert, opt_text, run_by, text, time, update_all};
use crate::statement::{Bind, statement};

/// The columns of a record, for tables `r` and `w`.
const RECORD: &str = "r.id, r.seq, r.module, r.number, r.state, r.blocked_from, r.reason, r.version, r.warehouse_id, \
     w.code, r.payload, r.lines, r.postings, r.work_item_id, r.source_id, r.created_by, r.created_by_type, \
     r.approved_by, r.created_at, r.updated_at, r.request_seq";
type RecordSql = (
    IdSql,
    BigInt,
    Text,
    BigInt,
    Text,
    Nullable<Text>,
    Nullable<Text>,
    BigInt,
    BigInt,
    Text,
    Text,
    Text,
    Text,
    IdSql,
    Nullable<IdSql>,
    Text,
    Text,
    Nullable<Text>,
    TimeSql,
    TimeSql,
    BigInt,
);
type RecordRow = (
    DbId,
    i64,
    String,
    i64,
    String,
    Option<String>,
    Option<String>,
    i64,
    i64,
    String,
    String,
    String,
    String,
    DbId,
    Option<DbId>,
    String,
    String,
    Option<String>,
    DbTime,
    DbTime,
    i64,
);
/// The columns of a work item, for table `i`.
const WORK_ITEM: &str = "i.id, i.seq, i.kind, i.title, i.state, i.priority, i.assignee, i.due_at, i.module, i.record_id, \
     i.follows, i.blocked_reason, i.version, i.created_by, i.created_by_type, i.created_at, i.updated_at, i.request_seq";
type WorkSql = (
    IdSql,
    BigInt,
    Text,
    Text,
    Text,
    Text,
    Nullable<Text>,
    Nullable<TimeSql>,
    Nullable<Text>,
    Nullable<IdSql>,
    SmallInt,
    Nullable<Text>,
    BigInt,
    Text,
    Text,
    TimeSql,
    TimeSql,
    BigInt,
);
type WorkRow = (
    DbId,
    i64,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<DbTime>,
    Option<String>,
    Option<DbId>,
    i16,
    Option<String>,
    i64,
    String,
    String,
    DbTime,
    DbTime,
    i64,
);

fn broken(what: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Broken(format!("the row's {what} cannot be read: {error}"))
}

pub(super) fn json<T: DeserializeOwned>(what: &str, text: &str) -> Stored<T> {
    serde_json::from_str(text).map_err(|error| broken(what, error))
}

fn record_of(row: RecordRow) -> Stored<Record> {
    let module: Module = text(&row.2)?;
    let source =
        Source { payload: json("payload", &row.10)?, lines: json("lines", &row.11)?, is_asked: false };
    let body = Body::read(module, source).map_err(|faults| {
        let first =
            faults.into_iter().next().map_or_else(String::new, |fault| fault.pointer + " " + &fault.why);
        broken("content", first)
    })?;
    let head = Head {
        id: RecordId(id(row.0)),
        seq: row.1,
        number: RecordNumber { module, number: row.3 },
        state: text(&row.4)?,
        blocked_from: opt_text(row.5.as_ref())?,
        reason: opt_text(row.6.as_ref())?,
        version: Version(row.7),
        warehouse: WarehouseId(row.8),
        warehouse_code: text(&row.9)?,
        postings: json("postings", &row.12)?,
        work_item: WorkItemId(id(row.13)),
        source: row.14.map(|source| RecordId(id(source))),
        created_by: Actor { id: text(&row.15)?, kind: text(&row.16)? },
        approved_by: opt_text(row.17.as_ref())?,
        created_at: time(row.18),
        updated_at: time(row.19),
        request: RequestSeq(row.20),
        stored: Version(row.7),
    };
    Ok(Record { head, body })
}

fn work_item_of(row: WorkRow) -> Stored<WorkItem> {
    let module: Option<Module> = opt_text(row.8.as_ref())?;
    let reference =
        module.zip(row.9).map(|(module, record)| Reference { module, record_id: RecordId(id(record)) });
    Ok(WorkItem {
        id: WorkItemId(id(row.0)),
        seq: row.1,
        kind: text(&row.2)?,
        title: text(&row.3)?,
        state: text(&row.4)?,
        priority: text(&row.5)?,
        assignee: opt_text(row.6.as_ref())?,
        due_at: row.7.map(time),
        reference,
        follows: row.10 != 0,
        blocked_reason: opt_text(row.11.as_ref())?,
        version: Version(row.12),
        created_by: Actor { id: text(&row.13)?, kind: text(&row.14)? },
        created_at: time(row.15),
        updated_at: time(row.16),
        request: RequestSeq(row.17),
        stored: Version(row.12),
    })
}

/// Loads records: `SELECT … FROM records r JOIN warehouses w …` and then `rest`.
pub(crate) fn load_records_where(tx: &mut Tx<'_>, rest: &str, binds: Vec<Bind>) -> Stored<Vec<Record>> {
    let sql = format!("SELECT {RECORD} FROM records r JOIN warehouses w ON w.id = r.warehouse_id {rest}");
    let rows = statement::<RecordSql>(&sql, binds).load::<RecordRow>(tx.conn);
    rows.map_err(|error| classify(&error))?.into_iter().map(record_of).collect()
}

/// Loads work items: `SELECT … FROM work_items i …` and then `rest`.
pub(crate) fn load_work_where(tx: &mut Tx<'_>, rest: &str, binds: Vec<Bind>) -> Stored<Vec<WorkItem>> {
    let sql = format!("SELECT {WORK_ITEM} FROM work_items i {rest}");
    let rows = statement::<WorkSql>(&sql, binds).load::<WorkRow>(tx.conn);
    rows.map_err(|error| classify(&error))?.into_iter().map(work_item_of).collect()
}

impl RecordStore for Tx<'_> {
    fn load_records(&mut self, needs: &RecordNeeds, into: &mut RecordSet) -> Stored<()> {
        let ids = needs.ids.iter().map(|id| db_id(id.0)).collect::<Vec<_>>();
        let names = |module: &Module| module.as_str().to_owned();
        // A location stands in the text of the payload or of the lines, in quotes as JSON has them.
        let quoted = |code: &LocationCode| serde_json::Value::from(code.as_str()).to_string();
        let by_keys = [
            (
                "JOIN {keys} ON n.k1 = r.module AND n.k2 = r.number",
                vec![
                    Column::Text(needs.numbered.iter().map(|number| names(&number.module)).collect()),
                    Column::Int(needs.numbered.iter().map(|number| number.number).collect()),
                ],
            ),
            (
                "JOIN {keys} ON r.id IN (SELECT l.record_id FROM record_lines l WHERE l.sku = n.k1) \
                 WHERE r.state NOT IN ('posted', 'closed', 'cancelled')",
                vec![Column::Text(needs.open_on.iter().map(ToString::to_string).collect())],
            ),
            (OPEN_AT, vec![Column::Text(needs.open_at.iter().map(quoted).collect())]),
            (
                "JOIN {keys} ON n.k1 = r.warehouse_id WHERE r.state NOT IN ('posted', 'closed', 'cancelled')",
                vec![Column::Int(needs.open_in.iter().map(|warehouse| warehouse.0).collect())],
            ),
            ("JOIN {keys} ON n.k1 = r.id", vec![Column::Id(ids)]),
            (
                "JOIN {keys} ON n.k1 = r.module AND n.k2 = r.key WHERE r.state <> 'cancelled'",
                vec![
                    Column::Text(needs.keys.iter().map(|(module, _)| names(module)).collect()),
                    Column::Text(needs.keys.iter().map(|(_, key)| key.clone()).collect()),
                ],
            ),
            (
                "JOIN {keys} ON n.k1 = r.source_id AND n.k2 = r.module",
                vec![
                    Column::Id(needs.made_from.iter().map(|(source, _)| db_id(source.0)).collect()),
                    Column::Text(needs.made_from.iter().map(|(_, module)| names(module)).collect()),
                ],
            ),
            (
                "JOIN {keys} ON n.k2 = r.module WHERE r.state <> 'cancelled' AND r.id IN \
                 (SELECT l.record_id FROM record_lines l WHERE l.reservation_id = n.k1)",
                vec![
                    Column::Id(needs.reservations.iter().map(|(id, _)| db_id(id.0)).collect()),
                    Column::Text(needs.reservations.iter().map(|(_, module)| names(module)).collect()),
                ],
            ),
        ];
        let wanted = [
            needs.numbered.is_empty(),
            needs.open_on.is_empty(),
            needs.open_at.is_empty(),
            needs.open_in.is_empty(),
            needs.ids.is_empty(),
            needs.keys.is_empty(),
            needs.made_from.is_empty(),
            needs.reservations.is_empty(),
        ];
        for ((rest, columns), _) in by_keys.into_iter().zip(wanted).filter(|(_, nothing)| !nothing) {
            let (table, binds) = keys(columns);
            for record in load_records_where(self, &rest.replace("{keys}", &table), binds)? {
                // What a command of this batch changed meanwhile is newer than what the database has.
                into.records.entry(record.head.id).or_insert(record);
            }
        }
        self.load_work(needs, into)?;
        self.load_scans(&needs.scans, into)?;
        self.load_numbers(needs, into)
    }

    fn flush_records(&mut self, changes: &RecordChanges) -> Stored<()> {
        let (made, changed): (Vec<_>, Vec<_>) =
            changes.work_items.values().partition(|item| item.stored == Version::NONE);
        self.insert_work(&made)?;
        self.update_work(&changed)?;
        let (mut made, changed): (Vec<_>, Vec<_>) =
            changes.records.values().partition(|record| record.head.stored == Version::NONE);
        // A record comes after the one that it was made from.
        made.sort_by_key(|record| record.head.seq);
        self.update_records(&changed)?;
        self.insert_records(&made)?;
        self.write_record_lines(&changed, &made)?;
        self.write_numbers(changes)?;
        self.write_history(&changes.history)?;
        self.insert_scans(&changes.scans)
    }
}

pub(super) fn texts<R>(rows: &[&R], of: impl Fn(&R) -> String) -> Column {
    Column::Text(rows.iter().map(|row| of(row)).collect())
}

pub(super) fn opt_texts<R>(rows: &[&R], of: impl Fn(&R) -> Option<String>) -> Column {
    Column::OptText(rows.iter().map(|row| of(row)).collect())
}

impl Tx<'_> {
    fn load_work(&mut self, needs: &RecordNeeds, into: &mut RecordSet) -> Stored<()> {
        if !needs.work_items.is_empty() {
            let ids = needs.work_items.iter().map(|id| db_id(id.0)).collect();
            let (table, binds) = keys(vec![Column::Id(ids)]);
            for item in load_work_where(self, &format!("JOIN {table} ON n.k1 = i.id"), binds)? {
                into.work_items.entry(item.id).or_insert(item);
            }
        }
        if !needs.work_of.is_empty() {
            let ids = needs.work_of.iter().map(|id| db_id(id.0)).collect();
            let (table, binds) = keys(vec![Column::Id(ids)]);
            let rest =
                format!("JOIN {table} ON n.k1 = i.record_id WHERE i.state NOT IN ('completed', 'cancelled')");
            for item in load_work_where(self, &rest, binds)? {
                into.work_items.entry(item.id).or_insert(item);
            }
        }
        Ok(())
    }

    fn load_numbers(&mut self, needs: &RecordNeeds, into: &mut RecordSet) -> Stored<()> {
        if needs.numbers {
            let sql = "SELECT module, number FROM record_numbers";
            let rows = statement::<(Text, BigInt)>(sql, Vec::new()).load::<(String, i64)>(self.conn);
            for (module, number) in rows.map_err(|error| classify(&error))? {
                into.numbers.entry(text(&module)?).or_insert(number);
            }
        }
        Ok(())
    }

    fn insert_work(&mut self, made: &[&WorkItem]) -> Stored<()> {
        if made.is_empty() {
            return Ok(());
        }
        let reference = |row: &WorkItem| row.reference.as_ref().map(|reference| db_id(reference.record_id.0));
        let module = |row: &WorkItem| Some(row.reference.as_ref()?.module.as_str().to_owned());
        let mut columns = vec![
            ("id", Column::Id(made.iter().map(|row| db_id(row.id.0)).collect())),
            ("seq", Column::Int(made.iter().map(|row| row.seq).collect())),
            ("kind", texts(made, |row| row.kind.as_str().to_owned())),
            ("module", opt_texts(made, module)),
            ("record_id", Column::OptId(made.iter().map(|row| reference(row)).collect())),
            ("follows", Column::Small(made.iter().map(|row| row.follows.into()).collect())),
            ("created_by", texts(made, |row| row.created_by.id.to_string())),
            ("created_by_type", texts(made, |row| row.created_by.kind.to_string())),
            ("created_at", Column::Time(made.iter().map(|row| db_time(row.created_at)).collect())),
        ];
        columns.extend(work_columns(made));
        insert(self.conn, "work_items", &columns, "")
    }

    fn update_work(&mut self, changed: &[&WorkItem]) -> Stored<()> {
        if changed.is_empty() {
            return Ok(());
        }
        let mut columns = work_columns(changed);
        let set = columns.len();
        columns.push(("id", Column::Id(changed.iter().map(|row| db_id(row.id.0)).collect())));
        columns.push(("expected_version", Column::Int(changed.iter().map(|row| row.stored.0).collect())));
        update_all(self.conn, "work_items", set, &columns, changed.len())
    }

    fn insert_records(&mut self, made: &[&Record]) -> Stored<()> {
        if made.is_empty() {
            return Ok(());
        }
        let source = |row: &Record| row.head.source.map(|source| db_id(source.0));
        let mut columns = vec![
            ("id", Column::Id(made.iter().map(|row| db_id(row.head.id.0)).collect())),
            ("seq", Column::Int(made.iter().map(|row| row.head.seq).collect())),
            ("module", texts(made, |row| row.module().as_str().to_owned())),
            ("number", Column::Int(made.iter().map(|row| row.head.number.number).collect())),
            ("warehouse_id", Column::Int(made.iter().map(|row| row.head.warehouse.0).collect())),
            ("work_item_id", Column::Id(made.iter().map(|row| db_id(row.head.work_item.0)).collect())),
            ("source_id", Column::OptId(made.iter().map(|row| source(row)).collect())),
            ("created_by", texts(made, |row| row.head.created_by.id.to_string())),
            ("created_by_type", texts(made, |row| row.head.created_by.kind.to_string())),
            ("created_at", Column::Time(made.iter().map(|row| db_time(row.head.created_at)).collect())),
        ];
        columns.extend(record_columns(made)?);
        insert(self.conn, "records", &columns, "")
    }

    fn update_records(&mut self, changed: &[&Record]) -> Stored<()> {
        if changed.is_empty() {
            return Ok(());
        }
        let mut columns = record_columns(changed)?;
        let set = columns.len();
        columns.push(("id", Column::Id(changed.iter().map(|row| db_id(row.head.id.0)).collect())));
        columns
            .push(("expected_version", Column::Int(changed.iter().map(|row| row.head.stored.0).collect())));
        update_all(self.conn, "records", set, &columns, changed.len())
    }

    fn write_record_lines(&mut self, changed: &[&Record], made: &[&Record]) -> Stored<()> {
        if !changed.is_empty() {
            let ids = changed.iter().map(|row| db_id(row.head.id.0)).collect();
            let sql = "DELETE FROM record_lines WHERE record_id IN (SELECT n.k1 FROM {keys})";
            run_by(self.conn, sql, vec![Column::Id(ids)])?;
        }
        let lines = changed.iter().chain(made).flat_map(|record| {
            let of = db_id(record.head.id.0);
            record.lines().into_iter().filter_map(move |line| Some((of, line.sku.clone()?, line)))
        });
        let rows: Vec<_> = lines.collect();
        if rows.is_empty() {
            return Ok(());
        }
        let lines: Vec<_> = rows.iter().map(|row| &row.2).collect();
        let columns = [
            ("record_id", Column::Id(rows.iter().map(|row| row.0).collect())),
            ("line_no", Column::Int(rows.iter().map(|row| row.2.line_no.into()).collect())),
            ("sku", Column::Text(rows.iter().map(|row| row.1.to_string()).collect())),
            (
                "reservation_id",
                Column::OptId(rows.iter().map(|row| row.2.reservation.map(|id| db_id(id.0))).collect()),
            ),
            ("owed_to", opt_texts(&lines, |line| line.owed_to.as_ref().map(ToString::to_string))),
            ("owed", Column::Int(rows.iter().map(|row| row.2.owed.micros()).collect())),
        ];
        insert(self.conn, "record_lines", &columns, "")
    }

    fn write_numbers(&mut self, changes: &RecordChanges) -> Stored<()> {
        if changes.numbers.is_empty() {
            return Ok(());
        }
        let columns = [
            (
                "module",
                Column::Text(changes.numbers.keys().map(|module| module.as_str().to_owned()).collect()),
            ),
            ("number", Column::Int(changes.numbers.values().copied().collect())),
        ];
        insert(
            self.conn,
            "record_numbers",
            &columns,
            "ON CONFLICT (module) DO UPDATE SET number = excluded.number",
        )
    }

    fn write_history(&mut self, history: &[Change]) -> Stored<()> {
        if history.is_empty() {
            return Ok(());
        }
        let rows: Vec<&Change> = history.iter().collect();
        let columns = [
            ("subject_id", Column::Id(rows.iter().map(|row| db_id(row.subject)).collect())),
            ("version", Column::Int(rows.iter().map(|row| row.version.0).collect())),
            ("request_seq", Column::Int(rows.iter().map(|row| row.request.0).collect())),
            ("action", texts(&rows, |row| row.action.to_owned())),
            ("from_state", opt_texts(&rows, |row| row.states.0.map(str::to_owned))),
            ("to_state", texts(&rows, |row| row.states.1.to_owned())),
            ("reason", opt_texts(&rows, |row| row.reason.as_ref().map(ToString::to_string))),
        ];
        insert(self.conn, "history", &columns, "")
    }
}

/// The columns of a work item that change.
fn work_columns(rows: &[&WorkItem]) -> Vec<(&'static str, Column)> {
    vec![
        ("title", texts(rows, |row| row.title.to_string())),
        ("state", texts(rows, |row| row.state.as_str().to_owned())),
        ("priority", texts(rows, |row| row.priority.as_str().to_owned())),
        ("assignee", opt_texts(rows, |row| row.assignee.as_ref().map(ToString::to_string))),
        ("due_at", Column::OptTime(rows.iter().map(|row| row.due_at.map(db_time)).collect())),
        ("blocked_reason", opt_texts(rows, |row| row.blocked_reason.as_ref().map(ToString::to_string))),
        ("version", Column::Int(rows.iter().map(|row| row.version.0).collect())),
        ("updated_at", Column::Time(rows.iter().map(|row| db_time(row.updated_at)).collect())),
        ("request_seq", Column::Int(rows.iter().map(|row| row.request.0).collect())),
    ]
}

/// The columns of a record that change.
fn record_columns(rows: &[&Record]) -> Stored<Vec<(&'static str, Column)>> {
    let written = |error: serde_json::Error| broken("content", error);
    let (mut payloads, mut lines, mut postings) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let (payload, own) = row.content();
        payloads.push(payload.to_string());
        lines.push(serde_json::Value::Array(own).to_string());
        postings.push(serde_json::to_string(&row.head.postings).map_err(written)?);
    }
    let blocked = |row: &Record| row.head.blocked_from.map(|state: RecordState| state.as_str().to_owned());
    Ok(vec![
        ("key", opt_texts(rows, Record::key)),
        ("state", texts(rows, |row| row.head.state.as_str().to_owned())),
        ("blocked_from", opt_texts(rows, blocked)),
        ("reason", opt_texts(rows, |row| row.head.reason.as_ref().map(ToString::to_string))),
        ("version", Column::Int(rows.iter().map(|row| row.head.version.0).collect())),
        ("payload", Column::Text(payloads)),
        ("lines", Column::Text(lines)),
        ("postings", Column::Text(postings)),
        ("approved_by", opt_texts(rows, |row| row.head.approved_by.as_ref().map(ToString::to_string))),
        ("updated_at", Column::Time(rows.iter().map(|row| db_time(row.head.updated_at)).collect())),
        ("request_seq", Column::Int(rows.iter().map(|row| row.head.request.0).collect())),
    ])
}
