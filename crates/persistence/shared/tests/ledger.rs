//! What was written to the history stays: the database itself refuses to change it.

use diesel::connection::SimpleConnection;

use super::migrated;
use crate::Connection;
use crate::bulk::Column;
use crate::dialect::{COUNT_TRIGGERS, DbId, DbTime, TRIGGERS};
use crate::fixture::CHANGES;
use crate::rows::{count, insert};

const HISTORY: [(&str, &str); 4] =
    [("movements", "kind"), ("transfers", "lot"), ("requests", "action"), ("events", "kind")];

fn text(text: &str) -> Column {
    Column::Text(vec![text.to_owned()])
}

/// One row in each table of the history.
pub(super) fn write_history(connection: &mut Connection) {
    let (one, at, id) =
        (Column::Int(vec![1]), Column::Time(vec![DbTime(1)]), Column::Id(vec![DbId([1; 16])]));
    let movement = [
        ("seq", one.clone()),
        ("id", id.clone()),
        ("kind", text("opening")),
        ("request_seq", one.clone()),
        ("effective_at", at.clone()),
        ("recorded_at", at.clone()),
    ];
    let transfer = [
        ("movement_seq", one.clone()),
        ("line", one.clone()),
        ("product_id", one.clone()),
        ("lot", text("")),
        ("quantity", one.clone()),
        ("from_bucket", Column::Small(vec![22])),
        ("to_balance", one.clone()),
        ("to_bucket", Column::Small(vec![0])),
        ("to_version", one.clone()),
    ];
    let request = [
        ("seq", one.clone()),
        ("request_id", text("r")),
        ("source", text("erp")),
        ("key", text("k")),
        ("actor", text("a")),
        ("actor_type", text("user")),
        ("action", text("open_stock")),
        ("recorded_at", at),
    ];
    let event = [
        ("seq", one.clone()),
        ("id", id),
        ("subject", text("s")),
        ("subject_seq", one.clone()),
        ("kind", text("k")),
        ("audience", text("public")),
        ("data", Column::Json(vec!["{}".to_owned()])),
        ("request_seq", one),
    ];
    for (table, row) in
        [("movements", &movement[..]), ("transfers", &transfer), ("requests", &request), ("events", &event)]
    {
        insert(&mut connection.0, table, row, "").unwrap();
    }
}

#[test]
fn history_is_append_only() {
    let (_database, mut connection) = migrated();
    write_history(&mut connection);
    for (table, column) in HISTORY {
        for change in CHANGES {
            let sql = change.replace("{table}", table).replace("{column}", column);
            let refused = connection.0.batch_execute(&sql).unwrap_err().to_string();
            assert!(refused.contains(&format!("{table} is append-only")), "{sql}: {refused}");
        }
        assert_eq!(
            count(&mut connection.0, &format!("SELECT count(*) FROM {table}"), Vec::new()),
            Ok(1),
            "{table}"
        );
    }
}

#[test]
fn all_guards_are_counted() {
    let (_database, mut connection) = migrated();
    assert_eq!(count(&mut connection.0, COUNT_TRIGGERS, Vec::new()), Ok(TRIGGERS));
}

#[test]
fn a_transfer_names_a_balance_or_a_party_at_each_end() {
    let (_database, mut connection) = migrated();
    let ends = [
        // A party with a balance, a bucket without one, a balance without its version, two parties.
        "1, 22, 1, 1, 0, 1",
        "NULL, 0, NULL, 1, 0, 1",
        "1, 0, NULL, NULL, 21, NULL",
        "NULL, 22, NULL, NULL, 21, NULL",
    ];
    for end in ends {
        let sql = format!(
            "INSERT INTO transfers (movement_seq, line, product_id, lot, quantity, from_balance, from_bucket, \
             from_version, to_balance, to_bucket, to_version) VALUES (1, 1, 1, '', 1, {end})"
        );
        assert!(connection.0.batch_execute(&sql).is_err(), "{sql}");
    }
}
