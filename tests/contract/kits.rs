//! Kits: reserved as their components where they have no stock of their own.

use serde_json::json;

use crate::harness::{Client, Db, World, quantity};

on_both!(
    taken_apart,
    only_on_request,
    kits_of_kits,
    short_parts_are_named,
    too_many_parts,
    what_no_kit_can_be
);

fn kit(client: &Client, sku: &str, parts: serde_json::Value) {
    let body = json!({ "name": sku, "stockable": false, "bill_of_materials": parts });
    client.put(&format!("/products/{sku}"), &body).send().expect(201);
}

fn taken_apart(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    kit(&client, "SET", json!([{ "sku": "BOLT", "quantity": 2 }, { "sku": "FLOUR", "quantity": 0.5 }]));
    let body = json!({ "order_ref": "SO-1", "explode_kits": true, "lines": [
        { "sku": "SET", "quantity": 3, "line_ref": "L-1" }, { "sku": "BOLT", "quantity": 1 } ] });
    let made = client.post("/reservations", &body).send().expect(201);
    let lines = made["lines"].as_array().unwrap();
    let seen: Vec<_> = lines
        .iter()
        .map(|line| {
            (line["line_no"].as_u64().unwrap(), line["sku"].as_str().unwrap(), quantity(&line["reserved"]))
        })
        .collect();
    assert_eq!(
        seen,
        [(1, "BOLT", "6".to_owned()), (2, "FLOUR", "1.5".to_owned()), (3, "BOLT", "1".to_owned())]
    );
    assert_eq!(lines[0]["kit"], json!({ "sku": "SET", "line_ref": "L-1", "quantity": 3 }));
    assert!(lines[2]["kit"].is_null());
    assert_eq!(client.numbers("BOLT"), ["493", "7", "500"]);
    let read = client.get(&format!("/reservations/{}", made["id"].as_str().unwrap())).send().expect(200);
    assert_eq!(read, made);
}

fn only_on_request(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    kit(&client, "SET", json!([{ "sku": "BOLT", "quantity": 2 }]));
    let mut body = json!({ "order_ref": "SO-1", "lines": [{ "sku": "SET", "quantity": 1 }] });
    client.post("/reservations", &body).send().refused(422, "not_stockable");
    // One with stock of its own is taken as it is.
    let parts = json!([{ "sku": "NUT", "quantity": 2 }]);
    client.put("/products/BOLT", &json!({ "name": "bolt", "bill_of_materials": parts })).send().expect(200);
    body["explode_kits"] = true.into();
    body["lines"] = json!([{ "sku": "BOLT", "quantity": 1 }]);
    let made = client.post("/reservations", &body).send().expect(201);
    assert_eq!(made["lines"][0]["sku"], "BOLT");
    assert!(made["lines"][0]["kit"].is_null());
}

fn kits_of_kits(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    kit(&client, "INNER", json!([{ "sku": "BOLT", "quantity": 2 }]));
    kit(&client, "OUTER", json!([{ "sku": "INNER", "quantity": 3 }, { "sku": "NUT", "quantity": 1 }]));
    let body =
        json!({ "order_ref": "SO-1", "explode_kits": true, "lines": [{ "sku": "OUTER", "quantity": 2 }] });
    client.post("/reservations", &body).send().expect(201);
    assert_eq!(client.numbers("BOLT"), ["488", "12", "500"]);
    assert_eq!(client.numbers("NUT"), ["23", "2", "25"]);
}

fn short_parts_are_named(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    kit(&client, "SET", json!([{ "sku": "BOLT", "quantity": 1 }, { "sku": "NUT", "quantity": 20 }]));
    let before = client.everything();
    let body =
        json!({ "order_ref": "SO-1", "explode_kits": true, "lines": [{ "sku": "SET", "quantity": 2 }] });
    let refusal = client.post("/reservations", &body).send().refused(409, "insufficient_stock");
    assert_eq!(refusal["shortages"][0]["sku"], "NUT");
    assert_eq!(quantity(&refusal["shortages"][0]["requested"]), "40");
    assert_eq!(client.everything(), before);
}

/// Two thousand lines, whatever they are taken apart into.
fn too_many_parts(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    kit(&client, "SET", json!([{ "sku": "BOLT", "quantity": 1 }, { "sku": "NUT", "quantity": 1 }]));
    let order = |count: usize| {
        let lines = vec![json!({ "sku": "SET", "quantity": 1 }); count];
        json!({ "order_ref": format!("SO-{count}"), "lines": lines, "explode_kits": true,
            "allow_partial": true, "backorder": true })
    };
    let before = client.everything();
    let refusal = client.post("/reservations", &order(1001)).send().refused(422, "too_many_lines");
    assert_eq!(refusal["most"], 2000);
    assert_eq!(client.everything(), before);
    let made = client.post("/reservations", &order(1000)).send().expect(201);
    let path = format!("/reservations/{}", made["id"].as_str().unwrap());
    let more = json!({ "expected_version": 1, "lines": [{ "sku": "BOLT", "quantity": 1 }] });
    client.patch(&path, &more).send().refused(422, "too_many_lines");
}

fn what_no_kit_can_be(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let put = |sku: &str, parts: serde_json::Value| {
        let body = json!({ "name": sku, "stockable": false, "bill_of_materials": parts });
        client.put(&format!("/products/{sku}"), &body).send()
    };
    put("SELF", json!([{ "sku": "SELF", "quantity": 1 }])).refused(422, "product_invalid");
    put("A", json!([{ "sku": "GHOST", "quantity": 1 }])).refused(404, "unknown_sku");
    let twice = json!([{ "sku": "NUT", "quantity": 1 }, { "sku": "NUT", "quantity": 2 }]);
    put("A", twice).refused(422, "product_invalid");
    put("A", json!([{ "sku": "NUT", "quantity": 1 }])).expect(201);
    put("B", json!([{ "sku": "A", "quantity": 1 }])).expect(201);
    put("A", json!([{ "sku": "B", "quantity": 1 }])).refused(422, "product_invalid");
}
