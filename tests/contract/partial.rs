//! Less than was asked for: partial reservations, backorders, and filling them.

use serde_json::{Value, json};

use crate::harness::{Client, Db, World, order, proof, quantity, until};

on_both!(
    takes_what_there_is,
    nothing_is_too_little,
    a_backorder_waits,
    fill_takes_what_came_back,
    the_worker_fills
);

fn parts(line: &Value) -> [String; 5] {
    ["requested", "reserved", "short", "released", "consumed"].map(|part| quantity(&line[part]))
}

fn with(mut body: Value, flags: &[&str]) -> Value {
    for flag in flags {
        body[*flag] = json!(true);
    }
    body
}

fn take_all(client: &Client) -> String {
    let made = client.post("/reservations", &order("FIRST", "NUT", 25)).send().expect(201);
    made["id"].as_str().unwrap().to_owned()
}

fn takes_what_there_is(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = with(order("SO-1", "NUT", 30), &["allow_partial"]);
    let made = client.post("/reservations", &body).send().expect(201);
    assert_eq!(parts(&made["lines"][0]), ["30", "25", "5", "0", "0"]);
    assert_eq!(client.numbers("NUT"), ["0", "25", "25"]);
    let path = format!("/reservations/{}/consume", made["id"].as_str().unwrap());
    let over = client.post(&path, &proof()).send().expect(200);
    assert_eq!(over["state"], "consumed");
    // Without backorder what is short is released with the last reserved unit.
    assert_eq!(parts(&over["lines"][0]), ["30", "0", "0", "5", "25"]);
    assert_eq!(client.numbers("NUT"), ["0", "0", "0"]);
}

fn nothing_is_too_little(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = with(order("SO-1", "EMPTY", 1), &["allow_partial"]);
    client.post("/reservations", &body).send().refused(409, "insufficient_stock");
    let alone = with(order("SO-1", "EMPTY", 1), &["backorder"]);
    client.post("/reservations", &alone).send().refused(409, "insufficient_stock");
}

fn a_backorder_waits(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = with(order("SO-1", "EMPTY", 3), &["allow_partial", "backorder"]);
    let made = client.post("/reservations", &body).send().expect(201);
    assert_eq!(made["state"], "active");
    assert_eq!(parts(&made["lines"][0]), ["3", "0", "3", "0", "0"]);
    let id = made["id"].as_str().unwrap();
    let filled = client.post(&format!("/reservations/{id}/fill"), &json!({})).send().expect(200);
    assert_eq!(filled["version"], made["version"], "nothing came, nothing changed");
    client
        .post(&format!("/reservations/{id}/consume"), &proof())
        .send()
        .refused(409, "quantity_exceeds_reserved");
    let body = json!({ "reason": "no longer wanted" });
    let over = client.post(&format!("/reservations/{id}/release"), &body).send().expect(200);
    assert_eq!(
        (over["state"].as_str(), parts(&over["lines"][0])),
        (Some("released"), ["3", "0", "0", "3", "0"].map(str::to_owned))
    );
}

fn fill_takes_what_came_back(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = with(order("SO-1", "NUT", 30), &["allow_partial"]);
    let first = client.post("/reservations", &order("FIRST", "NUT", 20)).send().expect(201);
    let made = client.post("/reservations", &body).send().expect(201);
    assert_eq!(parts(&made["lines"][0]), ["30", "5", "25", "0", "0"]);
    let first = first["id"].as_str().unwrap();
    client.post(&format!("/reservations/{first}/release"), &json!({ "reason": "r" })).send().expect(200);
    assert_eq!(client.numbers("NUT"), ["20", "5", "25"]);
    let id = made["id"].as_str().unwrap();
    let filled = client.post(&format!("/reservations/{id}/fill"), &json!({})).send().expect(200);
    assert_eq!(parts(&filled["lines"][0]), ["30", "25", "5", "0", "0"]);
    assert_eq!(client.numbers("NUT"), ["0", "25", "25"]);
}

fn the_worker_fills(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let first = take_all(&client);
    let body = with(order("SO-1", "NUT", 10), &["allow_partial", "backorder"]);
    let made = client.post("/reservations", &body).send().expect(201);
    assert_eq!(parts(&made["lines"][0]), ["10", "0", "10", "0", "0"]);
    client.post(&format!("/reservations/{first}/release"), &json!({ "reason": "r" })).send().expect(200);
    let path = format!("/reservations/{}", made["id"].as_str().unwrap());
    let full = ["10", "10", "0", "0", "0"];
    until("the worker fills a backorder", || {
        let now = client.get(&path).send().expect(200);
        (parts(&now["lines"][0]) == full).then_some(())
    });
    assert_eq!(client.numbers("NUT"), ["15", "10", "25"]);
}
