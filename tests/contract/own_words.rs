//! What another system keeps with a reservation comes back as it was, everywhere.

use serde_json::{Value, json};

use crate::harness::{Db, World};

on_both!(they_come_back_as_they_were, a_reserved_name_is_refused);

const LINES: &str = r#""lines":[{"sku":"BOLT","quantity":1}]"#;

/// Numbers that no database counts with, and letters that some do not take.
fn they_come_back_as_they_were(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let numbers = vec!["1e99999"; 200].join(",");
    let words = [
        r#"{"b":1,"aa":2}"#.to_owned(),
        r#"{"n":1.50,"e":1E2}"#.to_owned(),
        r#"{"a":"\u0000"}"#.to_owned(),
        format!(r#"{{"a":[{numbers}]}}"#),
        r#"{"a":{"b":[null,true,"ü\"\\"]}}"#.to_owned(),
    ];
    for (at, words) in words.iter().enumerate() {
        let body = format!(r#"{{"order_ref":"SO-{at}",{LINES},"ship_to":{words},"metadata":{words}}}"#);
        let made = client.post_raw("/reservations", body.as_bytes()).send();
        let made_text = made.text();
        let made = made.expect(201);
        let path = format!("/reservations/{}", made["id"].as_str().unwrap());
        let read = client.get(&path).send();
        assert_eq!(read.text(), made_text, "the same bytes: {words}");
        assert_eq!(made["metadata"], serde_json::from_str::<Value>(words).unwrap());
        client.post(&format!("{path}/release"), &json!({ "reason": "r" })).send().expect(200);
    }
    client.get("/reservations").send().expect(200);
    let list = client.get("/reservations?format=csv").send();
    assert_eq!(list.text().lines().count(), 1 + words.len());
}

fn a_reserved_name_is_refused(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for field in ["ship_to", "metadata"] {
        let mut body = json!({ "order_ref": "SO-1", "lines": [{ "sku": "BOLT", "quantity": 1 }] });
        body[field] = json!({ "a": 1 });
        let body = body.to_string().replace(r#""a""#, r#""$serde_json::private::Number""#);
        client.post_raw("/reservations", body.as_bytes()).send().refused(422, "invalid_body");
    }
}
