//! Loading and flushing barcode scans.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text};
use kernel::{Actor, RecordId, RequestSeq, ScanId, StoreError};
use operations::{ClientScanId, DeviceId, RecordSet, Reference, Rejection, Scan, TakeScan};
use serde::Serialize;

use super::records::{json, opt_texts, texts};
use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{DbId, DbTime, IdSql, TimeSql, classify, keys};
use crate::rows::{Stored, db_id, db_time, id, insert, line, opt_quantity, opt_text, text, time};
use crate::statement::{Bind, statement};

/// The columns of a scan, for table `s`.
const SCAN: &str = "s.id, s.seq, s.device_id, s.client_scan_id, s.raw, s.symbology, s.scanned_at, s.module, s.record_id, \
     s.expected, s.apply, s.state, s.reason, s.detail, s.reading, s.found, s.line_no, s.counted, s.taken_by, \
     s.taken_by_type, s.recorded_at, s.request_seq";
type ScanSql = (
    IdSql,
    BigInt,
    Text,
    Nullable<Text>,
    Text,
    Nullable<Text>,
    TimeSql,
    Nullable<Text>,
    Nullable<IdSql>,
    Nullable<Text>,
    SmallInt,
    Text,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Text,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Text,
    Text,
    TimeSql,
    BigInt,
);
type ScanRow = (
    DbId,
    i64,
    String,
    Option<String>,
    String,
    Option<String>,
    DbTime,
    Option<String>,
    Option<DbId>,
    Option<String>,
    i16,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
    Option<i64>,
    Option<i64>,
    String,
    String,
    DbTime,
    i64,
);

fn scan_of(row: ScanRow) -> Stored<Scan> {
    let module = opt_text(row.7.as_ref())?;
    let record = module.zip(row.8).map(|(module, of)| Reference { module, record_id: RecordId(id(of)) });
    let told = TakeScan {
        device_id: text(&row.2)?,
        client_scan_id: opt_text(row.3.as_ref())?,
        raw: text(&row.4)?,
        symbology: opt_text(row.5.as_ref())?,
        scanned_at: time(row.6),
        record,
        expected: row.9.as_ref().map(|expected| json("expected", expected)).transpose()?,
        apply: row.10 != 0,
    };
    let rejection = match (opt_text(row.12.as_ref())?, row.13) {
        (Some(reason), Some(detail)) => Some(Rejection { reason, detail }),
        (Some(_), None) | (None, _) => None,
    };
    Ok(Scan {
        id: ScanId(id(row.0)),
        seq: row.1,
        told,
        state: text(&row.11)?,
        rejection,
        reading: row.14.as_ref().map(|reading| json("reading", reading)).transpose()?,
        found: json("found", &row.15)?,
        line_no: row.16.map(line).transpose()?,
        counted: opt_quantity(row.17)?,
        taken_by: Actor { id: text(&row.18)?, kind: text(&row.19)? },
        recorded_at: time(row.20),
        request: RequestSeq(row.21),
    })
}

/// Loads scans: `SELECT … FROM barcode_scans s …` and then `rest`.
pub(crate) fn load_scans_where(tx: &mut Tx<'_>, rest: &str, binds: Vec<Bind>) -> Stored<Vec<Scan>> {
    let sql = format!("SELECT {SCAN} FROM barcode_scans s {rest}");
    let rows = statement::<ScanSql>(&sql, binds).load::<ScanRow>(tx.conn);
    rows.map_err(|error| classify(&error))?.into_iter().map(scan_of).collect()
}

fn written(value: &impl Serialize) -> Stored<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Broken(error.to_string()))
}

impl Tx<'_> {
    pub(super) fn load_scans(
        &mut self,
        names: &BTreeSet<(DeviceId, ClientScanId)>,
        into: &mut RecordSet,
    ) -> Stored<()> {
        if names.is_empty() {
            return Ok(());
        }
        let (table, binds) = keys(vec![
            Column::Text(names.iter().map(|(device, _)| device.to_string()).collect()),
            Column::Text(names.iter().map(|(_, client)| client.to_string()).collect()),
        ]);
        let rest = format!("JOIN {table} ON n.k1 = s.device_id AND n.k2 = s.client_scan_id");
        for scan in load_scans_where(self, &rest, binds)? {
            into.scans.extend(scan.name().map(|name| (name, scan)));
        }
        Ok(())
    }

    pub(super) fn insert_scans(&mut self, taken: &[Scan]) -> Stored<()> {
        if taken.is_empty() {
            return Ok(());
        }
        let rows: Vec<&Scan> = taken.iter().collect();
        let all =
            |of: fn(&Scan) -> Stored<String>| rows.iter().map(|row| of(row)).collect::<Stored<Vec<_>>>();
        let some = |of: fn(&Scan) -> Option<Stored<String>>| {
            rows.iter().map(|row| of(row).transpose()).collect::<Stored<Vec<_>>>()
        };
        let record = |row: &&Scan| row.told.record.as_ref().map(|record| db_id(record.record_id.0));
        let reason =
            |row: &Scan| row.rejection.as_ref().map(|rejection| rejection.reason.as_str().to_owned());
        let columns = [
            ("id", Column::Id(rows.iter().map(|row| db_id(row.id.0)).collect())),
            ("seq", Column::Int(rows.iter().map(|row| row.seq).collect())),
            ("device_id", texts(&rows, |row| row.told.device_id.to_string())),
            (
                "client_scan_id",
                opt_texts(&rows, |row| row.told.client_scan_id.as_ref().map(ToString::to_string)),
            ),
            ("raw", texts(&rows, |row| row.told.raw.to_string())),
            ("symbology", opt_texts(&rows, |row| row.told.symbology.map(|kind| kind.as_str().to_owned()))),
            ("scanned_at", Column::Time(rows.iter().map(|row| db_time(row.told.scanned_at)).collect())),
            ("module", opt_texts(&rows, |row| Some(row.told.record.as_ref()?.module.as_str().to_owned()))),
            ("record_id", Column::OptId(rows.iter().map(record).collect())),
            ("expected", Column::OptText(some(|row| row.told.expected.as_ref().map(written))?)),
            ("apply", Column::Small(rows.iter().map(|row| row.told.apply.into()).collect())),
            ("state", texts(&rows, |row| row.state.as_str().to_owned())),
            ("reason", opt_texts(&rows, reason)),
            (
                "detail",
                opt_texts(&rows, |row| row.rejection.as_ref().map(|rejection| rejection.detail.clone())),
            ),
            ("reading", Column::OptText(some(|row| row.reading.as_ref().map(written))?)),
            ("found", Column::Text(all(|row| written(&row.found))?)),
            ("sku", opt_texts(&rows, |row| row.found.sku.as_ref().map(ToString::to_string))),
            ("line_no", Column::OptInt(rows.iter().map(|row| row.line_no.map(i64::from)).collect())),
            ("counted", Column::OptInt(rows.iter().map(|row| row.counted.map(|sum| sum.micros())).collect())),
            ("taken_by", texts(&rows, |row| row.taken_by.id.to_string())),
            ("taken_by_type", texts(&rows, |row| row.taken_by.kind.to_string())),
            ("recorded_at", Column::Time(rows.iter().map(|row| db_time(row.recorded_at)).collect())),
            ("request_seq", Column::Int(rows.iter().map(|row| row.request.0).collect())),
        ];
        insert(self.conn, "barcode_scans", &columns, "")
    }
}
