//! Reservations that run out: given back by the worker, and by any reservation that would otherwise fail.

use serde_json::{Value, json};

use crate::harness::{Db, World, order, quantity, until};

on_both!(the_worker_releases, later_ones_stay);

fn with_ttl(order_ref: &str, quantity: u32, seconds: u32) -> Value {
    let mut body = order(order_ref, "BOLT", quantity);
    body["ttl_seconds"] = json!(seconds);
    body
}

fn the_worker_releases(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &with_ttl("SO-1", 500, 1)).send().expect(201);
    assert!(made["expires_at"].is_string());
    let path = format!("/reservations/{}", made["id"].as_str().unwrap());
    let over = until("the worker releases what ran out", || {
        let now = client.get(&path).send().expect(200);
        (now["state"] == "expired").then_some(now)
    });
    assert_eq!(quantity(&over["lines"][0]["released"]), "500");
    assert_eq!(client.numbers("BOLT"), ["500", "0", "500"]);
    let refusal = client.post(&format!("{path}/release"), &json!({ "reason": "r" })).send();
    assert_eq!(refusal.refused(409, "reservation_not_active")["state"], "expired");
    client.post("/reservations", &order("SO-1", "BOLT", 500)).send().expect(201);
}

fn later_ones_stay(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let late = client.post("/reservations", &with_ttl("LATE", 10, 86_400)).send().expect(201);
    let soon = client.post("/reservations", &with_ttl("SOON", 10, 1)).send().expect(201);
    let state = |made: &Value| {
        let path = format!("/reservations/{}", made["id"].as_str().unwrap());
        client.get(&path).send().expect(200)["state"].as_str().unwrap().to_owned()
    };
    until("the earlier one runs out", || (state(&soon) == "expired").then_some(()));
    assert_eq!(state(&late), "active");
    assert_eq!(client.numbers("BOLT"), ["490", "10", "500"]);
}
