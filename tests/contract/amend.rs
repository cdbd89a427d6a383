//! Changing what an order asks for: extend, add, make larger and smaller, all or nothing.

use serde_json::{Value, json};

use crate::harness::{Client, Db, World, order, proof, quantity};

on_both!(
    grows_shrinks_and_adds,
    all_or_nothing,
    extends_and_keeps,
    not_below_what_is_done,
    needs_the_version,
    what_cannot_be_meant
);

fn made(client: &Client, body: &Value) -> (String, Value) {
    let made = client.post("/reservations", body).send().expect(201);
    (format!("/reservations/{}", made["id"].as_str().unwrap()), made)
}

fn line(body: &Value, at: usize) -> [String; 3] {
    ["requested", "reserved", "short"].map(|name| quantity(&body["lines"][at][name]))
}

fn grows_shrinks_and_adds(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let (path, _) = made(&client, &order("SO-1", "BOLT", 10));
    let body = json!({ "expected_version": 1, "lines": [
        { "line_no": 1, "quantity": 25 },
        { "sku": "NUT", "quantity": 24, "line_ref": "N" } ] });
    let changed = client.patch(&path, &body).send().expect(200);
    assert_eq!(line(&changed, 0), ["25", "25", "0"]);
    assert_eq!(line(&changed, 1), ["24", "24", "0"]);
    assert_eq!(changed["lines"][1]["line_no"], 2);
    assert_eq!(client.numbers("BOLT"), ["475", "25", "500"]);
    assert_eq!(client.numbers("NUT"), ["1", "24", "25"]);
    let body = json!({ "expected_version": 2, "lines": [
        { "line_no": 1, "quantity": 3 }, { "line_ref": "N", "quantity": 20 } ] });
    let changed = client.patch(&path, &body).send().expect(200);
    assert_eq!(line(&changed, 0), ["3", "3", "0"]);
    assert_eq!(client.numbers("BOLT"), ["497", "3", "500"]);
    assert_eq!(client.numbers("NUT"), ["5", "20", "25"]);
    assert_eq!(client.get(&path).send().expect(200), changed);
    client.post(&format!("{path}/consume"), &proof()).send().expect(200);
    assert_eq!(client.numbers("NUT"), ["5", "0", "5"]);
}

fn all_or_nothing(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let mut body = order("SO-1", "BOLT", 10);
    body["allow_partial"] = true.into();
    body["backorder"] = true.into();
    let (path, _) = made(&client, &body);
    let before = client.everything();
    let body = json!({ "expected_version": 1, "expires_at": "2099-01-01T00:00:00Z", "lines": [
        { "line_no": 1, "quantity": 12 }, { "sku": "NUT", "quantity": 26 }, { "sku": "EMPTY", "quantity": 1 } ] });
    let refusal = client.patch(&path, &body).send().refused(409, "insufficient_stock");
    let skus: Vec<_> = refusal["shortages"].as_array().unwrap().iter().map(|short| &short["sku"]).collect();
    assert_eq!(skus, ["EMPTY", "NUT"]);
    assert_eq!(client.everything(), before);
}

fn extends_and_keeps(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let mut body = order("SO-1", "BOLT", 10);
    body["ttl_seconds"] = 3600.into();
    let (path, first) = made(&client, &body);
    let body = json!({ "expected_version": 1, "expires_at": "2099-01-01T00:00:00Z" });
    let changed = client.patch(&path, &body).send().expect(200);
    assert_eq!(changed["expires_at"], "2099-01-01T00:00:00Z");
    assert_eq!(changed["lines"], first["lines"]);
    let changed =
        client.patch(&path, &json!({ "expected_version": 2, "expires_at": null })).send().expect(200);
    assert_eq!(changed["expires_at"], Value::Null);
    let changed =
        client.patch(&path, &json!({ "expected_version": 3, "ttl_seconds": 60 })).send().expect(200);
    assert!(changed["expires_at"].is_string());
    let changed = client.patch(&path, &json!({ "expected_version": 4 })).send().expect(200);
    assert!(changed["expires_at"].is_string(), "what is absent stays");
    let past = json!({ "expected_version": 5, "expires_at": "2001-01-01T00:00:00Z" });
    client.patch(&path, &past).send().refused(422, "invalid_time");
}

fn not_below_what_is_done(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let (path, _) = made(&client, &order("SO-1", "BOLT", 10));
    let mut part = proof();
    part["lines"] = json!([{ "line_no": 1, "quantity": 4 }]);
    client.post(&format!("{path}/consume"), &part).send().expect(200);
    let ask = |quantity: u32, version: u32| {
        let body = json!({ "expected_version": version, "lines": [{ "line_no": 1, "quantity": quantity }] });
        client.patch(&path, &body).send()
    };
    let refusal = ask(3, 2).refused(409, "quantity_below_done");
    assert_eq!(quantity(&refusal["done"]), "4");
    let over = ask(4, 2).expect(200);
    assert_eq!(over["state"], "consumed", "nothing is left of it");
    assert_eq!(client.numbers("BOLT"), ["496", "0", "496"]);
    ask(5, 3).refused(409, "reservation_not_active");
}

fn needs_the_version(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let (path, _) = made(&client, &order("SO-1", "BOLT", 10));
    let body = json!({ "lines": [{ "line_no": 1, "quantity": 11 }] });
    client.patch(&path, &body).send().refused(422, "invalid_body");
    client.patch(&path, &body).with("If-Match", "\"7\"").send().refused(412, "version_mismatch");
    client.patch(&path, &body).with("If-Match", "\"1\"").send().expect(200);
    let same = client.patch(&path, &body).with("If-Match", "\"1\"").key("k").send();
    same.refused(412, "version_mismatch");
    assert!(client.patch(&path, &body).with("If-Match", "\"1\"").key("k").send().is_replay());
}

fn what_cannot_be_meant(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let (path, _) = made(&client, &order("SO-1", "BOLT", 10));
    let before = client.everything();
    for (line, status, code) in [
        (json!({ "quantity": 1 }), 422, "invalid_body"),
        (json!({ "line_no": 1, "sku": "NUT", "quantity": 1 }), 422, "invalid_body"),
        (json!({ "line_no": 1, "quantity": 0 }), 422, "invalid_body"),
        (json!({ "line_no": 1, "lot": "L", "quantity": 1 }), 422, "invalid_body"),
        (json!({ "line_no": 2, "quantity": 1 }), 404, "unknown_line"),
        (json!({ "line_no": 1, "quantity": 10.5 }), 422, "off_step"),
        (json!({ "sku": "GHOST", "quantity": 1 }), 404, "unknown_sku"),
        (json!({ "sku": "POSTAGE", "quantity": 1 }), 422, "not_stockable"),
    ] {
        client.patch(&path, &json!({ "expected_version": 1, "lines": [line] })).send().refused(status, code);
    }
    let twice = json!([{ "line_no": 1, "quantity": 11 }, { "line_no": 1, "quantity": 12 }]);
    client
        .patch(&path, &json!({ "expected_version": 1, "lines": twice }))
        .send()
        .refused(404, "unknown_line");
    assert_eq!(client.everything(), before);
}
