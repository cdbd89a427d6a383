//! The trail of a request: who asked, what was answered, what it did, and who got the answer again.

use serde_json::json;

use crate::harness::{Client, Db, World, order, quantity};

on_both!(a_write_and_its_repeats, a_refusal_leaves_a_trail_too, what_leaves_none);

fn trail(client: &Client, id: &str) -> serde_json::Value {
    client.get(&format!("/api/v1/requests/{id}")).send().expect(200)
}

fn a_write_and_its_repeats(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let call = client.post("/reservations", &order("SO-1", "BOLT", 3)).key("k-1").with("Actor-Id", "ada");
    let made = call.clone().with("Request-Id", "try/1").send().expect(201);
    assert!(call.clone().with("Request-Id", "try/2").send().is_replay());
    assert!(call.with("Request-Id", "try/3").send().is_replay());
    let body = trail(&client, "try%2F1");
    assert_eq!(body["request_id"], "try/1");
    let request = &body["requests"][0];
    assert_eq!(body["requests"].as_array().unwrap().len(), 1);
    assert_eq!(request["action"], "POST /api/v1/inventory/reservations");
    assert_eq!((&request["actor_id"], &request["idempotency_key"]), (&json!("ada"), &json!("k-1")));
    assert_eq!((&request["answer"]["status"], &request["answer"]["body"]), (&json!(201), &made));
    assert_eq!(request["answer"]["headers"]["ETag"], "\"1\"");
    assert_eq!(request["movements"].as_array().unwrap().len(), 1);
    assert_eq!(quantity(&request["movements"][0]["transfers"][0]["quantity"]), "3");
    let told: Vec<_> = request["events"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
    assert_eq!(told, ["reservation.created", "stock.balance_changed"]);
    let replays: Vec<_> =
        request["replays"].as_array().unwrap().iter().map(|replay| &replay["request_id"]).collect();
    assert_eq!(replays, ["try/2", "try/3"]);
    // The repeat's own id leads to the same.
    let of_repeat = trail(&client, "try%2F3");
    assert_eq!(of_repeat["requests"], body["requests"]);
}

fn a_refusal_leaves_a_trail_too(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let call = client.post("/reservations", &order("SO-1", "BOLT", 501)).with("Request-Id", "r-1");
    let refusal = call.send().refused(409, "insufficient_stock");
    let request = trail(&client, "r-1")["requests"][0].clone();
    assert_eq!((&request["answer"]["status"], &request["answer"]["body"]), (&json!(409), &refusal));
    assert_eq!((&request["movements"], &request["events"]), (&json!([]), &json!([])));
}

fn what_leaves_none(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.get("/availability").with("Request-Id", "read").send().expect(200);
    client
        .post("/reservations?dry_run=true", &order("SO-1", "BOLT", 1))
        .with("Request-Id", "dry")
        .send()
        .expect(200);
    client.post("/reservations", &json!({})).with("Request-Id", "bad").send().expect(422);
    for id in ["read", "dry", "bad", "nobody", "%20"] {
        client.get(&format!("/api/v1/requests/{id}")).send().refused(404, "request_not_found");
    }
}
