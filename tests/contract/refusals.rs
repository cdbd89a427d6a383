//! What the state of the stock or of a reservation forbids: each refusal names what is in the way.

use serde_json::json;

use crate::harness::{Db, World, order, proof, quantity};

on_both!(unknown_names, too_little, every_shortage_at_once, what_is_over_is_over, proofs, unknown_lines);

fn unknown_names(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    let two = json!({ "order_ref": "SO-1",
        "lines": [{ "sku": "GHOST", "quantity": 1 }, { "sku": "BOLT", "quantity": 1 }, { "sku": "PHANTOM", "quantity": 1 }] });
    let refusal = client.post("/reservations", &two).send().refused(404, "unknown_sku").to_string();
    assert!(refusal.contains("GHOST") && refusal.contains("PHANTOM"), "{refusal}");
    let at =
        json!({ "order_ref": "SO-1", "lines": [{ "sku": "BOLT", "quantity": 1, "location": "NOWHERE" }] });
    client.post("/reservations", &at).send().refused(404, "unknown_location");
    let mut warehouse = order("SO-1", "BOLT", 1);
    warehouse["warehouse"] = json!("NOWHERE");
    client.post("/reservations", &warehouse).send().refused(404, "unknown_warehouse");
    let lot = json!({ "order_ref": "SO-1", "lines": [{ "sku": "MILK", "quantity": 1, "lot": "NEVER" }] });
    client.post("/reservations", &lot).send().refused(404, "unknown_lot");
    let no_lots = json!({ "order_ref": "SO-1", "lines": [{ "sku": "BOLT", "quantity": 1, "lot": "L" }] });
    client.post("/reservations", &no_lots).send().refused(422, "lot_not_tracked");
    let id = "018f0000-0000-7000-8000-000000000000";
    for (path, body) in [("release", json!({ "reason": "r" })), ("consume", proof()), ("fill", json!({}))] {
        client
            .post(&format!("/reservations/{id}/{path}"), &body)
            .send()
            .refused(404, "reservation_not_found");
    }
    assert_eq!(client.everything(), before);
}

fn too_little(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    let refusal =
        client.post("/reservations", &order("SO-1", "BOLT", 501)).send().refused(409, "insufficient_stock");
    let shortages = refusal["shortages"].as_array().unwrap();
    assert_eq!(shortages.len(), 1);
    assert_eq!(shortages[0]["sku"], "BOLT");
    assert_eq!(
        (quantity(&shortages[0]["requested"]), quantity(&shortages[0]["available"])),
        ("501".into(), "500".into())
    );
    client.post("/reservations", &order("SO-2", "EMPTY", 1)).send().refused(409, "insufficient_stock");
    assert_eq!(client.everything(), before);
}

fn every_shortage_at_once(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({ "order_ref": "SO-1", "lines": [
        { "sku": "BOLT", "quantity": 501 }, { "sku": "NUT", "quantity": 1 }, { "sku": "EMPTY", "quantity": 2 }] });
    let refusal = client.post("/reservations", &body).send().refused(409, "insufficient_stock");
    let mut short: Vec<_> =
        refusal["shortages"].as_array().unwrap().iter().map(|row| row["sku"].as_str().unwrap()).collect();
    short.sort_unstable();
    assert_eq!(short, ["BOLT", "EMPTY"]);
    assert_eq!(client.numbers("NUT"), ["25", "0", "25"], "all or nothing");
}

fn what_is_over_is_over(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "BOLT", 5)).send().expect(201);
    let id = made["id"].as_str().unwrap();
    client.post(&format!("/reservations/{id}/consume"), &proof()).send().expect(200);
    let before = client.everything();
    for (path, body) in [("release", json!({ "reason": "late" })), ("consume", proof()), ("fill", json!({}))]
    {
        let refusal = client.post(&format!("/reservations/{id}/{path}"), &body).send();
        assert_eq!(refusal.refused(409, "reservation_not_active")["state"], "consumed");
    }
    assert_eq!(client.everything(), before);
}

fn proofs(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "BOLT", 5)).send().expect(201);
    let path = format!("/reservations/{}/consume", made["id"].as_str().unwrap());
    let before = client.everything();
    for without in [
        json!({}),
        json!({ "shipment_proof": {} }),
        json!({ "shipment_proof": { "carrier": "DHL", "shipped_at": "2026-01-02T03:04:05Z" } }),
    ] {
        client.post(&path, &without).send().refused(422, "shipment_proof_required");
    }
    let confirmation =
        json!({ "shipment_proof": { "ship_confirmation_id": "018f0000-0000-7000-8000-000000000000" } });
    client.post(&path, &confirmation).send().refused(404, "ship_confirmation_not_found");
    let mut future = proof();
    future["shipment_proof"]["shipped_at"] = json!("2999-01-01T00:00:00Z");
    client.post(&path, &future).send().refused(422, "invalid_time");
    assert_eq!(client.everything(), before);
}

fn unknown_lines(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({ "order_ref": "SO-1", "lines": [
        { "sku": "BOLT", "quantity": 5, "line_ref": "a" }, { "sku": "NUT", "quantity": 5, "line_ref": "b" }] });
    let made = client.post("/reservations", &body).send().expect(201);
    let path = format!("/reservations/{}/release", made["id"].as_str().unwrap());
    let before = client.everything();
    for lines in [
        json!([{ "line_no": 3 }]),
        json!([{ "line_no": 0 }]),
        json!([{ "line_ref": "c" }]),
        json!([{ "line_no": 1 }, { "line_ref": "a" }]),
    ] {
        client.post(&path, &json!({ "reason": "r", "lines": lines })).send().refused(404, "unknown_line");
    }
    for lines in [json!([{ "quantity": 1 }]), json!([{ "line_no": 1, "line_ref": "a" }]), json!([])] {
        client.post(&path, &json!({ "reason": "r", "lines": lines })).send().refused(422, "invalid_body");
    }
    client.post(&path, &json!({ "lines": [{ "line_no": 1 }] })).send().refused(422, "invalid_body");
    assert_eq!(client.everything(), before);
    let some = json!({ "reason": "r", "lines": [{ "line_ref": "b", "quantity": 2 }] });
    client.post(&path, &some).send().expect(200);
    assert_eq!(client.numbers("NUT"), ["22", "3", "25"]);
}
