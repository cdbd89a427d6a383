//! Quantities that are none: refused with the place of each, never rounded, without effect.

use serde_json::json;

use crate::harness::{Db, World, order, proof, quantity};

on_both!(in_an_order, in_a_release, off_the_step, parts_off_the_step, the_largest_is_only_too_much);

/// As they stand in the body.
const WRONG: [&str; 16] = [
    "0",
    "-1",
    "0.0",
    "-0",
    "1e400",
    "-1e400",
    "1e-400",
    "0.0000001",
    "1.0000001",
    "\"NaN\"",
    "\"Infinity\"",
    "1e9",
    "1000000000",
    "999999999.9999999",
    "\"\"",
    "\"1,5\"",
];
/// Not even of the right type.
const NO_NUMBER: [&str; 5] = ["null", "true", "[]", "{}", "\"one\""];

fn in_an_order(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    for wrong in WRONG.into_iter().chain(NO_NUMBER) {
        let body = format!(
            r#"{{"order_ref":"SO-1","lines":[{{"sku":"BOLT","quantity":1}},{{"sku":"FLOUR","quantity":{wrong}}}]}}"#
        );
        let refusal = client.post_raw("/reservations", body.as_bytes()).send().refused(422, "invalid_body");
        assert_eq!(refusal["errors"].as_array().unwrap().len(), 1, "{wrong}: one clear error: {refusal}");
        assert_eq!(refusal["errors"][0]["pointer"], "/lines/1/quantity", "{wrong}: {refusal}");
    }
    let no_json = br#"{"order_ref":"SO-1","lines":[{"sku":"FLOUR","quantity":NaN}]}"#;
    client.post_raw("/reservations", no_json).send().refused(400, "malformed_json");
    assert_eq!(client.everything(), before);
}

fn in_a_release(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "BOLT", 10)).send().expect(201);
    let id = made["id"].as_str().unwrap();
    let before = client.everything();
    for wrong in WRONG {
        let body = format!(r#"{{"reason":"r","lines":[{{"line_no":1,"quantity":{wrong}}}]}}"#);
        let path = format!("/reservations/{id}/release");
        let refusal = client.post_raw(&path, body.as_bytes()).send().refused(422, "invalid_body");
        assert_eq!(refusal["errors"][0]["pointer"], "/lines/0/quantity", "{wrong}");
    }
    let body = br#"{"reason":"r","lines":[{"line_no":1,"quantity":11}]}"#;
    let refusal = client.post_raw(&format!("/reservations/{id}/release"), body).send();
    let refusal = refusal.refused(409, "quantity_exceeds_reserved");
    assert_eq!(quantity(&refusal["reserved"]), "10");
    assert_eq!(client.everything(), before);
}

fn off_the_step(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    let body = br#"{"order_ref":"SO-1","lines":[{"sku":"BOLT","quantity":0.5}]}"#;
    client.post_raw("/reservations", body).send().refused(422, "off_step");
    client.post("/reservations", &order("SO-1", "POSTAGE", 1)).send().refused(422, "not_stockable");
    assert_eq!(client.everything(), before);
}

/// What is shipped, given back or asked for instead comes in whole steps, too.
fn parts_off_the_step(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "BOLT", 4)).send().expect(201);
    let path = format!("/reservations/{}", made["id"].as_str().unwrap());
    let before = client.everything();
    let part = json!([{ "line_no": 1, "quantity": 1.5 }]);
    client.patch(&path, &json!({ "expected_version": 1, "lines": part })).send().refused(422, "off_step");
    client
        .post(&format!("{path}/release"), &json!({ "reason": "r", "lines": part }))
        .send()
        .refused(422, "off_step");
    let mut shipped = proof();
    shipped["lines"] = part;
    client.post(&format!("{path}/consume"), &shipped).send().refused(422, "off_step");
    assert_eq!(client.everything(), before);
    // A line that has nothing left has nothing to give back again.
    let first = json!({ "reason": "r", "lines": [{ "line_no": 1 }] });
    let two = json!({ "order_ref": "SO-2", "lines": [
        { "sku": "BOLT", "quantity": 1 }, { "sku": "NUT", "quantity": 1 } ] });
    let made = client.post("/reservations", &two).send().expect(201);
    let path = format!("/reservations/{}/release", made["id"].as_str().unwrap());
    client.post(&path, &first).send().expect(200);
    client.post(&path, &first).send().refused(409, "quantity_exceeds_reserved");
}

fn the_largest_is_only_too_much(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = br#"{"order_ref":"SO-1","lines":[{"sku":"FLOUR","quantity":999999999.999999}]}"#;
    let refusal = client.post_raw("/reservations", body).send().refused(409, "insufficient_stock");
    let shortage = &refusal["shortages"][0];
    assert_eq!(quantity(&shortage["requested"]), "999999999.999999");
    assert_eq!(quantity(&shortage["available"]), "12.345678");
}
