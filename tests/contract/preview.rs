//! Dry runs: exactly what the call then writes, and nothing written.

use serde_json::{Value, json};

use crate::harness::{Client, Db, World, order, proof, quantity};

on_both!(says_what_is_then_written, refuses_as_the_call_would, a_stale_preview_is_refused, keys_stay_free);

/// Without what is new each time.
fn comparable(mut body: Value) -> Value {
    for name in ["id", "created_at", "updated_at"] {
        body[name] = Value::Null;
    }
    body
}

fn previewed(client: &Client, path: &str, body: &Value) -> Value {
    let before = client.everything();
    let preview = client.post(&format!("{path}?dry_run=true"), body).send().expect(200);
    assert_eq!(client.everything(), before, "a dry run of {path} writes nothing");
    assert_eq!(preview["dry_run"], true);
    preview
}

/// Previews, calls with the hash, and holds the two against each other.
fn preview_then_call(client: &Client, path: &str, body: &Value) -> Value {
    let preview = previewed(client, path, body);
    let mut real = body.clone();
    real["preview_hash"] = preview["preview_hash"].clone();
    let answer = client.post(path, &real).send();
    let written = answer.expect(u16::try_from(preview["would"]["status"].as_u64().unwrap()).unwrap());
    assert_eq!(comparable(preview["would"]["body"].clone()), comparable(written.clone()), "{path}");
    for change in preview["balances"].as_array().unwrap() {
        let (sku, location) = (change["sku"].as_str().unwrap(), change["location"].as_str().unwrap());
        let rows = client.get(&format!("/availability?sku={sku}&location={location}")).send().expect(200);
        let row = rows["data"].as_array().unwrap().iter().find(|row| row["lot"] == change["lot"]).unwrap();
        for part in ["available", "reserved", "held", "version"] {
            assert_eq!(change["after"][part], row[part], "{part} of {sku} after {path}");
        }
    }
    written
}

fn says_what_is_then_written(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({ "order_ref": "SO-1",
        "lines": [{ "sku": "BOLT", "quantity": 7 }, { "sku": "MILK", "quantity": 5 }, { "sku": "NUT", "quantity": 24 }] });
    let preview = previewed(&client, "/reservations", &body);
    let movement = &preview["movements"][0];
    assert_eq!(preview["movements"].as_array().unwrap().len(), 1);
    let bolt =
        movement["transfers"].as_array().unwrap().iter().find(|transfer| transfer["sku"] == "BOLT").unwrap();
    assert_eq!(quantity(&bolt["quantity"]), "7");
    let balance =
        preview["balances"].as_array().unwrap().iter().find(|change| change["sku"] == "BOLT").unwrap();
    assert_eq!(quantity(&balance["before"]["available"]), "500");
    assert_eq!(quantity(&balance["after"]["available"]), "493");
    let made = preview_then_call(&client, "/reservations", &body);
    let path = format!("/reservations/{}", made["id"].as_str().unwrap());
    let part = json!({ "reason": "r", "lines": [{ "line_no": 2, "quantity": 2 }] });
    preview_then_call(&client, &format!("{path}/release"), &part);
    preview_then_call(&client, &format!("{path}/fill"), &json!({}));
    preview_then_call(&client, &format!("{path}/consume"), &proof());
}

fn refuses_as_the_call_would(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for (body, status) in [
        (order("SO-1", "BOLT", 501), 409),
        (order("SO-1", "GHOST", 1), 404),
        (order("SO-1", "POSTAGE", 1), 422),
    ] {
        let mut dry = client.post("/reservations?dry_run=true", &body).send().expect(status);
        let mut real = client.post("/reservations", &body).send().expect(status);
        for refusal in [&mut dry, &mut real] {
            refusal["request_id"] = Value::Null;
        }
        assert_eq!(dry, real);
    }
}

fn a_stale_preview_is_refused(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let mut body = order("SO-1", "BOLT", 7);
    let preview = previewed(&client, "/reservations", &body);
    client.post("/reservations", &order("SO-2", "NUT", 1)).send().expect(201);
    let again = previewed(&client, "/reservations", &body);
    assert_eq!(again["preview_hash"], preview["preview_hash"], "another sku moved, this one did not");
    client.post("/reservations", &order("SO-3", "BOLT", 1)).send().expect(201);
    let before = client.everything();
    body["preview_hash"] = preview["preview_hash"].clone();
    let refusal = client.post("/reservations", &body).send().refused(409, "preview_stale");
    assert_eq!(client.everything(), before);
    assert_ne!(refusal["preview_hash"], preview["preview_hash"]);
    assert_eq!(
        quantity(&refusal["balances"][0]["before"]["available"]),
        "499",
        "with the new preview: {refusal}"
    );
    body["preview_hash"] = refusal["preview_hash"].clone();
    client.post("/reservations", &body).send().expect(201);
}

fn keys_stay_free(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = order("SO-1", "BOLT", 7);
    for _ in 0..2 {
        let dry = client.post("/reservations?dry_run=true", &body).key("k-1").send();
        dry.expect(200);
        assert!(!dry.is_replay());
    }
    let made = client.post("/reservations", &body).key("k-1").send();
    made.expect(201);
    assert!(!made.is_replay());
}
