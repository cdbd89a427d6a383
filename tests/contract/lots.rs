//! Lots: taken by first expiry, held when they may not leave any more, let go when they may.

use serde_json::{Value, json};

use crate::harness::{Client, Db, World, order, quantity, until};

on_both!(
    a_recall_moves_promises,
    what_cannot_be_replaced_is_short,
    a_recall_ends,
    an_expired_lot_is_met_by_a_reserve,
    the_worker_holds_what_expired,
    reads_and_refusals
);

const EARLY: &str = "/products/MILK/lots/EARLY";

/// Available, reserved, held of a lot of milk.
fn lot(client: &Client, lot: &str) -> [String; 3] {
    let rows = client.get(&format!("/availability?sku=MILK&lot={lot}")).send().expect(200);
    ["available", "reserved", "held"].map(|name| quantity(&rows["data"][0][name]))
}

fn hold(client: &Client) -> Value {
    client.post(&format!("{EARLY}/hold"), &json!({ "reason": "supplier called" })).send().expect(200)
}

fn a_recall_moves_promises(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "MILK", 2)).send().expect(201);
    assert_eq!(made["lines"][0]["allocations"][0]["lot"], "EARLY", "first expiry first");
    let held = hold(&client);
    assert_eq!(held["recalled"], true);
    assert_eq!(lot(&client, "EARLY"), ["0", "0", "4"]);
    assert_eq!(lot(&client, "LATE"), ["1", "2", "0"]);
    let read = client.get(&format!("/reservations/{}", made["id"].as_str().unwrap())).send().expect(200);
    assert_eq!(read["lines"][0]["allocations"][0]["lot"], "LATE");
    assert_eq!(read["version"], 2);
    let rows = client.get("/availability?sku=MILK&lot=EARLY").send().expect(200);
    assert_eq!(rows["data"][0]["held_by_reason"], json!({ "recall": 4 }));
    let ledger = client.get("/ledger?sku=MILK&lot=EARLY").send().expect(200);
    let of_kind = |kind: &str| {
        let rows = ledger["data"].as_array().unwrap();
        rows.iter().find(|row| row["kind"] == kind).unwrap_or_else(|| panic!("no {kind}: {ledger}"))["reason"]
            .clone()
    };
    assert_eq!(of_kind("hold"), "supplier called");
    assert_eq!(of_kind("reallocate"), "supplier called");
    client.post("/reservations", &order("SO-2", "MILK", 2)).send().refused(409, "insufficient_stock");
}

fn what_cannot_be_replaced_is_short(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let first = client.post("/reservations", &order("SO-1", "MILK", 4)).send().expect(201);
    let second = client.post("/reservations", &order("SO-2", "MILK", 2)).send().expect(201);
    hold(&client);
    let read = |made: &Value| {
        client.get(&format!("/reservations/{}", made["id"].as_str().unwrap())).send().expect(200)
    };
    let (first, second) = (read(&first), read(&second));
    let parts = |body: &Value| ["reserved", "short"].map(|name| quantity(&body["lines"][0][name]));
    assert_eq!(parts(&first), ["1", "3"]);
    assert_eq!(first["state"], "active");
    assert_eq!(parts(&second), ["2", "0"], "what stood on another lot stays");
    // It stays short without backorder, until somebody fills or releases it.
    client.post(&format!("{EARLY}/release"), &json!({ "reason": "all clear" })).send().expect(200);
    let path = format!("/reservations/{}/fill", first["id"].as_str().unwrap());
    let filled = client.post(&path, &json!({})).send().expect(200);
    assert_eq!(parts(&filled), ["4", "0"]);
}

fn a_recall_ends(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    hold(&client);
    client.post(&format!("{EARLY}/hold"), &json!({ "reason": "r" })).send().refused(409, "lot_held");
    let free = client.post(&format!("{EARLY}/release"), &json!({ "reason": "all clear" })).send().expect(200);
    assert_eq!((free["recalled"].clone(), free["version"].clone()), (json!(false), json!(3)));
    assert_eq!(lot(&client, "EARLY"), ["4", "0", "0"]);
    client.post(&format!("{EARLY}/release"), &json!({ "reason": "r" })).send().refused(409, "lot_not_held");
}

fn an_expired_lot_is_met_by_a_reserve(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put(EARLY, &json!({ "expires_on": "2020-01-31" })).send().expect(200);
    assert_eq!(lot(&client, "EARLY"), ["0", "0", "4"]);
    let made = client.post("/reservations", &order("SO-1", "MILK", 3)).send().expect(201);
    assert_eq!(made["lines"][0]["allocations"][0]["lot"], "LATE");
    let body = json!({ "order_ref": "SO-2", "lines": [{ "sku": "MILK", "lot": "EARLY", "quantity": 1 }] });
    client.post("/reservations", &body).send().refused(409, "insufficient_stock");
    // Its day was wrong: it keeps, and is available again.
    let kept = client.put(EARLY, &json!({ "expires_on": null })).send().expect(200);
    assert_eq!(kept["expires_on"], Value::Null);
    assert_eq!(lot(&client, "EARLY"), ["4", "0", "0"]);
}

fn the_worker_holds_what_expired(db: Db) {
    let world = World::start(db, &crate::harness::Seed::standard().expired_milk());
    let client = world.client();
    until("the expired lot is held", || (lot(&client, "OLD") == ["0", "0", "6"]).then_some(()));
    assert_eq!(lot(&client, "EARLY"), ["4", "0", "0"]);
}

fn reads_and_refusals(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let list = client.get("/products/MILK/lots").send().expect(200);
    let lots: Vec<_> = list["data"].as_array().unwrap().iter().map(|lot| &lot["lot"]).collect();
    assert_eq!(lots, ["EARLY", "LATE"]);
    let one = client.get(EARLY).send().expect(200);
    assert_eq!(
        one,
        json!({ "sku": "MILK", "lot": "EARLY", "expires_on": "2098-12-31", "recalled": false, "version": 1 })
    );
    client.get("/products/MILK/lots/NONE").send().refused(404, "unknown_lot");
    client.get("/products/GHOST/lots").send().refused(404, "unknown_sku");
    client
        .put("/products/BOLT/lots/L", &json!({ "expires_on": null }))
        .send()
        .refused(422, "lot_not_tracked");
    client.put(EARLY, &json!({ "expires_on": "2026-02-30" })).send().refused(422, "invalid_body");
    client
        .put(EARLY, &json!({ "expires_on": null }))
        .with("If-Match", "\"9\"")
        .send()
        .refused(412, "version_mismatch");
    client.post(&format!("{EARLY}/hold"), &json!({})).send().refused(422, "invalid_body");
    let dry =
        client.post(&format!("{EARLY}/hold?dry_run=true"), &json!({ "reason": "r" })).send().expect(200);
    assert_eq!(dry["movements"][0]["kind"], "hold");
    assert_eq!(lot(&client, "EARLY"), ["4", "0", "0"], "a dry run moves nothing");
}
