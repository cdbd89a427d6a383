//! Bodies that cannot be read, or say what is not known: one clear error each, and no effect.

use serde_json::{Value, json};

use crate::harness::{Client, Db, World, order};

on_both!(
    broken_json,
    other_media_types,
    unknown_and_missing_fields,
    values_out_of_bounds,
    ten_thousand_lines,
    a_megabyte,
    two_thousand_lines_are_allowed,
);

#[track_caller]
fn pointers(client: &Client, body: &Value) -> Vec<String> {
    let refusal = client.post("/reservations", body).send().refused(422, "invalid_body");
    let errors = refusal["errors"].as_array().unwrap();
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

fn broken_json(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    for broken in [
        &b""[..],
        b"{",
        b"{\"order_ref\":}",
        b"{\"order_ref\":\"SO-1\",\"lines\":[]} x",
        b"\xff\xfe",
        b"{'order_ref':'SO-1'}",
        b"not json",
    ] {
        client.post_raw("/reservations", broken).send().refused(400, "malformed_json");
    }
    let deep = "[".repeat(20_000);
    let status = client.post_raw("/reservations", deep.as_bytes()).send().status;
    assert!(matches!(status, 400 | 422), "{status}");
    for of_another_type in [&b"[]"[..], b"null", b"1", b"\"text\""] {
        client.post_raw("/reservations", of_another_type).send().refused(422, "invalid_body");
    }
    assert_eq!(client.everything(), before);
}

fn other_media_types(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let good = client.post("/reservations", &order("SO-1", "BOLT", 1));
    for media in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        good.clone().with("Content-Type", media).send().refused(415, "unsupported_media_type");
    }
    good.clone().without("Content-Type").send().refused(415, "unsupported_media_type");
    assert_eq!(client.numbers("BOLT"), ["500", "0", "500"]);
    good.with("Content-Type", "application/json; charset=utf-8").send().expect(201);
}

fn unknown_and_missing_fields(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    let mut body = order("SO-1", "BOLT", 1);
    body["colour"] = json!("red");
    body["lines"][0]["price"] = json!(1);
    let mut named = pointers(&client, &body);
    named.sort();
    assert_eq!(named, ["/colour", "/lines/0/price"], "every unknown field at once");
    for missing in ["order_ref", "lines"] {
        let mut body = order("SO-1", "BOLT", 1);
        body.as_object_mut().unwrap().remove(missing);
        assert_eq!(pointers(&client, &body).len(), 1, "{missing}");
    }
    assert_eq!(pointers(&client, &json!({ "order_ref": "SO-1", "lines": [{ "sku": "BOLT" }] })).len(), 1);
    assert_eq!(client.everything(), before);
}

fn values_out_of_bounds(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    let with = |name: &str, value: Value| {
        let mut body = order("SO-1", "BOLT", 1);
        body[name] = value;
        body
    };
    for (name, value) in [
        ("order_ref", json!("")),
        ("order_ref", json!("x".repeat(256))),
        ("order_ref", json!("two\nlines")),
        ("order_ref", json!(7)),
        ("lines", json!([])),
        ("lines", json!({})),
        ("ttl_seconds", json!(0)),
        ("ttl_seconds", json!(-1)),
        ("expires_at", json!("tomorrow")),
        ("ship_by", json!("2026-02-30T00:00:00Z")),
        ("ship_to", json!("Turin")),
        ("allow_partial", json!("yes")),
        ("preview_hash", json!("abc")),
    ] {
        let named = pointers(&client, &with(name, value.clone()));
        assert_eq!(named, [format!("/{name}")], "{name}: {value}");
    }
    let both = json!({ "order_ref": "SO-1", "lines": [{ "sku": "BOLT", "quantity": 1 }],
        "ttl_seconds": 60, "expires_at": "2099-01-01T00:00:00Z" });
    assert_eq!(pointers(&client, &both), ["/expires_at"]);
    let past = with("expires_at", json!("2001-01-01T00:00:00Z"));
    client.post("/reservations", &past).send().refused(422, "invalid_time");
    assert_eq!(client.everything(), before);
}

fn many_lines(count: usize) -> Value {
    let lines = vec![json!({ "sku": "BOLT", "quantity": 1 }); count];
    json!({ "order_ref": "SO-1", "lines": lines, "allow_partial": true })
}

fn ten_thousand_lines(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    let answer = client.post("/reservations", &many_lines(10_000)).send();
    // Too many, or too large: whichever limit is met first says so.
    let code = if answer.status == 413 { "body_too_large" } else { "invalid_body" };
    let status = if answer.status == 413 { 413 } else { 422 };
    answer.refused(status, code);
    assert_eq!(pointers(&client, &many_lines(2001)), ["/lines"]);
    assert_eq!(client.everything(), before);
}

fn two_thousand_lines_are_allowed(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &many_lines(2000)).send().expect(201);
    assert_eq!(made["lines"].as_array().unwrap().len(), 2000);
    assert_eq!(client.numbers("BOLT"), ["0", "500", "500"]);
}

fn a_megabyte(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    let mut body = order("SO-1", "BOLT", 1);
    body["metadata"] = json!({ "note": "x".repeat(1_048_576) });
    client.post("/reservations", &body).send().refused(413, "body_too_large");
    assert_eq!(client.everything(), before);
}
