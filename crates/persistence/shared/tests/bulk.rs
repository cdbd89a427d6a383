//! Every type goes in and comes out; keys find their rows; batches say how many rows they touched.

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection as _, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, SmallInt, Text};
use kernel::StoreError;
use serde_json::Value;

use super::scratch;
use crate::bulk::Column;
use crate::dialect::{self, Conn, DbId, DbTime, IdSql, JSON_TEXT, TimeSql};
use crate::rows::{insert, load_by, update_all};
use crate::statement::{Bind, statement};

const TEXTS: [&str; 3] = ["", "it's \"quoted\" \\ {a,NULL} ?", "Grüße, 库存 🎉\n\t"];
const INTS: [i64; 3] = [i64::MIN, 0, i64::MAX];
const IDS: [DbId; 3] =
    [DbId([0; 16]), DbId([0xff; 16]), DbId(*b"\x01\x93\x00\x7f\x7c\x00\x70\x00\x80\x00abcdef")];
/// Before the Unix epoch, between it and 2000-01-01, and after.
const TIMES: [DbTime; 3] = [DbTime(-1_234_567), DbTime(1), DbTime(1_795_488_754_123_457)];
const JSONS: [&str; 3] = [r#"{"a": [1, 2.5, null, "\"?\""]}"#, "[]", r#""NULL""#];

/// Three rows; the middle one is null wherever it can be.
fn columns() -> Vec<(&'static str, Column)> {
    let owned = |texts: [&str; 3]| texts.map(str::to_owned).to_vec();
    let [first, _, third] = TEXTS.map(str::to_owned);
    vec![
        ("n", Column::Int(INTS.to_vec())),
        ("opt_int", Column::OptInt(vec![Some(i64::MIN), None, Some(i64::MAX)])),
        ("small", Column::Small(vec![i16::MIN, 0, i16::MAX])),
        ("text", Column::Text(owned(TEXTS))),
        ("opt_text", Column::OptText(vec![Some(first), None, Some(third)])),
        ("bytes", Column::Bytes(vec![Vec::new(), vec![0, 0xff, b'?'], vec![1; 5000]])),
        ("id", Column::Id(IDS.to_vec())),
        ("opt_id", Column::OptId(vec![Some(IDS[0]), None, Some(IDS[2])])),
        ("time", Column::Time(TIMES.to_vec())),
        ("opt_time", Column::OptTime(vec![Some(TIMES[0]), None, Some(TIMES[2])])),
        ("json", Column::Json(owned(JSONS))),
    ]
}

fn numbers(conn: &mut Conn, sql: &str) -> Vec<i64> {
    let rows = statement::<(BigInt,)>(sql, Vec::new()).load::<(i64,)>(conn).unwrap();
    rows.into_iter().map(|(number,)| number).collect()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_type_comes_back_as_it_went() {
    let (_database, mut connection) = scratch();
    assert_eq!(dialect::insert(&mut connection.0, "scratch", &columns(), "").unwrap(), 3);

    type PlainSql = (BigInt, SmallInt, Text, Binary, IdSql, TimeSql, Text);
    type Plain = (i64, i16, String, Vec<u8>, DbId, DbTime, String);
    let sql = format!("SELECT n, small, text, bytes, id, time, json{JSON_TEXT} FROM scratch ORDER BY n");
    let rows = statement::<PlainSql>(&sql, Vec::new()).load::<Plain>(&mut connection.0).unwrap();
    let smalls = [i16::MIN, 0, i16::MAX];
    let bytes = [Vec::new(), vec![0, 0xff, b'?'], vec![1; 5000]];
    assert_eq!(rows.len(), 3);
    for (at, (n, small, text, blob, id, time, json)) in rows.into_iter().enumerate() {
        let expected = (INTS[at], smalls[at], TEXTS[at], &bytes[at], IDS[at], TIMES[at], parsed(JSONS[at]));
        assert_eq!((n, small, text.as_str(), &blob, id, time, parsed(&json)), expected);
    }

    type OptSql = (Nullable<BigInt>, Nullable<Text>, Nullable<IdSql>, Nullable<TimeSql>);
    type Opt = (Option<i64>, Option<String>, Option<DbId>, Option<DbTime>);
    let sql = "SELECT opt_int, opt_text, opt_id, opt_time FROM scratch ORDER BY n";
    let rows = statement::<OptSql>(sql, Vec::new()).load::<Opt>(&mut connection.0).unwrap();
    let full = |at: usize| (Some(INTS[at]), Some(TEXTS[at].to_owned()), Some(IDS[at]), Some(TIMES[at]));
    assert_eq!(rows, [full(0), (None, None, None, None), full(2)]);
}

#[test]
fn every_value_binds() {
    let (_database, mut connection) = scratch();
    dialect::insert(&mut connection.0, "scratch", &columns(), "").unwrap();
    for at in 0..3 {
        let sql = "SELECT n FROM scratch WHERE n = ? AND text = ? AND id = ? AND time = ?";
        let binds = vec![
            Bind::Int(INTS[at]),
            Bind::Text(TEXTS[at].to_owned()),
            Bind::Id(IDS[at]),
            Bind::Time(TIMES[at]),
        ];
        let rows = statement::<(BigInt,)>(sql, binds).load::<(i64,)>(&mut connection.0).unwrap();
        assert_eq!(rows, [(INTS[at],)]);
    }
    let short = statement::<(BigInt,)>("SELECT n FROM scratch WHERE n = ?", Vec::new())
        .load::<(i64,)>(&mut connection.0);
    assert!(matches!(short, Err(diesel::result::Error::QueryBuilderError(_))), "{short:?}");
}

#[test]
fn keys_find_their_rows() {
    let (_database, mut connection) = scratch();
    dialect::insert(&mut connection.0, "scratch", &columns(), "").unwrap();
    let keys_of: [(&str, Column); 7] = [
        ("n", Column::Int(INTS.to_vec())),
        ("small", Column::Small(vec![i16::MIN, 0, i16::MAX])),
        ("text", Column::Text(TEXTS.map(str::to_owned).to_vec())),
        ("bytes", Column::Bytes(vec![Vec::new(), vec![0, 0xff, b'?'], vec![1; 5000]])),
        ("id", Column::Id(IDS.to_vec())),
        ("time", Column::Time(TIMES.to_vec())),
        ("opt_time", Column::OptTime(vec![Some(TIMES[0]), None, Some(TIMES[2])])),
    ];
    for (name, keys) in keys_of {
        let sql = format!("SELECT s.n FROM {{keys}} JOIN scratch s ON s.{name} = n.k1 ORDER BY s.n");
        let found = load_by!(&mut connection.0, sql, vec![keys] => (BigInt,), (i64,)).unwrap();
        // A null is no key: it equals nothing.
        let expected: Vec<_> =
            INTS.iter().filter(|n| name != "opt_time" || **n != 0).map(|n| (*n,)).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn keys_of_several_columns_belong_together() {
    let (_database, mut connection) = scratch();
    dialect::insert(&mut connection.0, "scratch", &columns(), "").unwrap();
    let sql = "SELECT s.n FROM {keys} JOIN scratch s ON s.id = n.k1 AND s.text = n.k2 AND s.n = n.k3";
    let mut found = |ids: Vec<DbId>, texts: Vec<&str>, ints: Vec<i64>| {
        let texts = texts.into_iter().map(str::to_owned).collect();
        let keys = vec![Column::Id(ids), Column::Text(texts), Column::Int(ints)];
        load_by!(&mut connection.0, sql, keys => (BigInt,), (i64,)).unwrap()
    };
    assert_eq!(found(vec![IDS[0], IDS[2]], vec![TEXTS[0], TEXTS[1]], vec![INTS[0], INTS[2]]), [(INTS[0],)]);
    assert_eq!(found(vec![IDS[1]; 2], vec![TEXTS[1]; 2], vec![INTS[1]; 2]), [(0,), (0,)]);
    assert_eq!(found(Vec::new(), Vec::new(), Vec::new()), []);
}

#[test]
fn updates_count_the_rows_that_were_as_expected() {
    let (_database, mut connection) = scratch();
    dialect::insert(&mut connection.0, "scratch", &columns(), "").unwrap();
    let conn = &mut connection.0;
    let change = |ns: Vec<i64>, expected: Vec<i16>| {
        [
            ("small", Column::Small(vec![7; ns.len()])),
            ("opt_text", Column::OptText(vec![None; ns.len()])),
            ("n", Column::Int(ns)),
            ("expected_small", Column::Small(expected)),
        ]
    };
    let two = change(vec![INTS[0], INTS[1]], vec![i16::MIN, 0]);
    update_all(conn, "scratch", 2, &two, 2).unwrap();
    assert_eq!(
        numbers(conn, "SELECT n FROM scratch WHERE small = 7 AND opt_text IS NULL ORDER BY n"),
        INTS[..2]
    );

    let stale = change(vec![INTS[0], INTS[2]], vec![6, i16::MAX]);
    assert_eq!(dialect::update(conn, "scratch", 2, &stale).unwrap(), 1);
    assert_eq!(update_all(conn, "scratch", 2, &stale, 2), Err(StoreError::Conflict));
    assert_eq!(dialect::update(conn, "scratch", 2, &change(Vec::new(), Vec::new())).unwrap(), 0);
}

#[test]
fn an_insert_can_update_what_is_there() {
    let (_database, mut connection) = scratch();
    let conn = &mut connection.0;
    dialect::insert(conn, "scratch", &columns(), "").unwrap();
    assert_eq!(insert(conn, "scratch", &columns(), ""), Err(StoreError::Conflict));

    let then = "ON CONFLICT (n) DO UPDATE SET text = excluded.text";
    let mut changed = columns();
    for (name, column) in &mut changed {
        match *name {
            "n" => *column = Column::Int(vec![INTS[0], 5, INTS[2]]),
            "text" => *column = Column::Text(vec!["new".to_owned(); 3]),
            _ => {}
        }
    }
    insert(conn, "scratch", &changed, then).unwrap();
    assert_eq!(numbers(conn, "SELECT n FROM scratch WHERE text = 'new' ORDER BY n"), [INTS[0], 5, INTS[2]]);
    assert_eq!(numbers(conn, "SELECT n FROM scratch WHERE text <> 'new'"), [0]);
}

#[test]
fn a_row_that_the_database_refuses_is_broken() {
    let (_database, mut connection) = super::migrated();
    let lots = [("product_id", Column::Int(vec![404])), ("lot", Column::Text(vec!["A".to_owned()]))];
    let refused = insert(&mut connection.0, "lots", &lots, "").unwrap_err();
    assert!(matches!(refused, StoreError::Broken(_)), "{refused:?}");
}

#[test]
fn a_statement_is_prepared_once_for_its_text() {
    let (_database, mut connection) = scratch();
    let prepared = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&prepared);
    connection.0.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::CacheQuery { sql, .. } = event {
            seen.lock().unwrap().push(sql.to_owned());
        }
    });
    for round in 0..3_i64 {
        let mut rows = columns();
        rows[0].1 = Column::Int(vec![3 * round, 3 * round + 1, 3 * round + 2]);
        dialect::insert(&mut connection.0, "scratch", &rows, "").unwrap();
        let keys = vec![Column::Int((0..=round).collect())];
        let sql = "SELECT s.n FROM {keys} JOIN scratch s ON s.n = n.k1";
        load_by!(&mut connection.0, sql, keys => (BigInt,), (i64,)).unwrap();
    }
    assert_eq!(prepared.lock().unwrap().len(), 2, "{:?}", prepared.lock().unwrap());
}
