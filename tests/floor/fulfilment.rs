//! From the shelf to the customer: pick, pack, ship; and what may not happen to goods that are in hand.

use serde_json::{Value, json};

use super::{done, go, patch, places};
use crate::harness::{Client, Db, World, order, proof, quantity};

on_both!(
    an_order_is_picked_packed_and_shipped,
    what_is_missing_is_held_and_taken_from_elsewhere,
    goods_in_hand_stay_with_their_order,
    what_was_given_back_is_off_the_pick,
    a_pick_that_is_undone_puts_the_goods_back,
    picked_goods_go_back_to_a_shelf,
    a_pick_brings_back_no_more_than_it_took,
    orders_are_put_together_as_asked,
    a_recalled_lot_does_not_leave
);

const PICKS: &str = "/operations/pick-tasks/generate-from-reservations";

fn ready(world: &World) -> Client {
    let client = world.client();
    client.put("/locations/STAGE", &json!({ "kind": "staging" })).send().expect(201);
    client.put("/locations/PACK", &json!({ "kind": "packing" })).send().expect(201);
    client
}

fn reserve(client: &Client, order_ref: &str, sku: &str, units: u32) -> Value {
    client.post("/reservations", &order(order_ref, sku, units)).send().expect(201)
}

fn read(client: &Client, reservation: &Value) -> Value {
    client.get(&format!("/reservations/{}", reservation["id"].as_str().unwrap())).send().expect(200)
}

fn pick_of(client: &Client, orders: &Value) -> (String, Value) {
    let made = client.post(PICKS, &json!({ "order_refs": orders })).send().expect(201);
    let record = made["data"][0].clone();
    (format!("/operations/pick-tasks/{}", record["id"].as_str().unwrap()), record)
}

/// Where the stock of the first line is, and at which stage.
fn stages(reservation: &Value) -> Vec<(String, String, String)> {
    let held = reservation["lines"][0]["allocations"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    held.iter().map(|one| (text(&one["location"]), text(&one["stage"]), quantity(&one["quantity"]))).collect()
}

fn stage(location: &str, stage: &str, quantity: &str) -> (String, String, String) {
    (location.to_owned(), stage.to_owned(), quantity.to_owned())
}

fn an_order_is_picked_packed_and_shipped(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    let held = reserve(&client, "SO-1", "BOLT", 10);
    let (pick, made) = pick_of(&client, &json!(["SO-1"]));
    assert_eq!(made["lines"][0]["planned"], 10);
    let again = client.post(PICKS, &json!({ "order_refs": ["SO-1"] })).send().expect(200);
    assert_eq!(again["data"][0]["id"], made["id"], "the unfinished one is answered again");
    go(&client, &pick, &["in_progress"]);
    done(&client, &pick);
    assert_eq!(stages(&read(&client, &held)), [stage("STAGE", "picked", "10")]);
    assert_eq!(client.numbers("BOLT"), ["490", "10", "500"]);
    // Packed in two sessions, shipped in two confirmations.
    let mut shipped = Vec::new();
    for (packed, status) in [(4, 201), (6, 201)] {
        let pack = client.post(&format!("{pick}/generate-pack-session"), &json!({})).send().expect(status);
        let pack = format!("/operations/pack-sessions/{}", pack["id"].as_str().unwrap());
        go(&client, &pack, &["in_progress"]);
        patch(&client, &pack, &json!([{ "line_no": 1, "actual": packed, "package": "BOX-1" }]));
        client.post(&format!("{pack}/post-stock"), &json!({})).send().expect(200);
        let ship = client.post(&format!("{pack}/generate-ship-confirmation"), &json!({})).send().expect(201);
        assert_eq!(
            (&ship["lines"][0]["planned"], &ship["lines"][0]["package"]),
            (&json!(packed), &json!("BOX-1"))
        );
        let ship = format!("/operations/ship-confirmations/{}", ship["id"].as_str().unwrap());
        go(&client, &ship, &["in_progress"]);
        let early = client.post(&format!("{ship}/post-stock"), &json!({ "accept_planned": true })).send();
        early.refused(422, "record_invalid");
        let version = client.get(&ship).send().expect(200)["version"].clone();
        let carrier = json!({ "carrier": "DHL", "tracking_number": "JD1" });
        client.patch(&ship, &json!({ "expected_version": version, "payload": carrier })).send().expect(200);
        let confirmed =
            json!({ "shipment_proof": { "ship_confirmation_id": ship.rsplit('/').next().unwrap() } });
        let consume = format!("/reservations/{}/consume", held["id"].as_str().unwrap());
        client.post(&consume, &confirmed).send().refused(409, "fulfilment_in_progress");
        done(&client, &ship);
        client.post(&consume, &confirmed).send().expect(200);
        shipped.push(ship);
    }
    let over = client.post(&format!("{pick}/generate-pack-session"), &json!({})).send();
    over.refused(409, "nothing_left");
    let now = read(&client, &held);
    assert_eq!((&now["state"], &now["lines"][0]["consumed"]), (&json!("consumed"), &json!(10)));
    assert_eq!(client.numbers("BOLT"), ["490", "0", "490"]);
    let undo = client.post(&format!("{}/reverse-stock", shipped[0]), &json!({ "reason": "oh" })).send();
    undo.refused(409, "use_return");
}

fn what_is_missing_is_held_and_taken_from_elsewhere(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    // NUT: 20 on the default location, 5 on SHELF-A; SHELF-A is picked first.
    let held = reserve(&client, "SO-1", "NUT", 8);
    let (pick, made) = pick_of(&client, &json!(["SO-1"]));
    let lines = made["lines"].as_array().unwrap().clone();
    let short = lines.iter().position(|line| line["from"] == "MAIN-STORAGE-DEFAULT").unwrap();
    go(&client, &pick, &["in_progress"]);
    let actual = |at: usize| if at == short { json!(0) } else { lines[at]["planned"].clone() };
    let said: Vec<_> =
        (0..lines.len()).map(|at| json!({ "line_no": at + 1, "actual": actual(at) })).collect();
    patch(&client, &pick, &json!(said));
    client.post(&format!("{pick}/post-stock"), &json!({})).send().expect(200);
    let row = client.stock("NUT");
    let missing = quantity(&row["held_by_reason"]["missing"]);
    assert_eq!(missing, quantity(&lines[short]["planned"]));
    let now = read(&client, &held);
    let line = &now["lines"][0];
    let sum = |name: &str| line[name].as_i64().unwrap();
    assert_eq!(sum("reserved") + sum("short"), 8, "{now}");
    let found = client.get("/operations/cycle-counts?sku=NUT").send().expect(200);
    assert_eq!(found["data"][0]["lines"][0]["location"], "MAIN-STORAGE-DEFAULT", "a count is opened");
    let why = json!({ "reason": "found" });
    client.post(&format!("{pick}/reverse-stock"), &why).send().refused(409, "reversal_blocked");
}

fn goods_in_hand_stay_with_their_order(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    let held = reserve(&client, "SO-1", "BOLT", 10);
    let path = format!("/reservations/{}", held["id"].as_str().unwrap());
    let (pick, _) = pick_of(&client, &json!(["SO-1"]));
    let version = client.get(&pick).send().expect(200)["version"].clone();
    let less = json!({ "expected_version": version, "lines": [{ "line_no": 1, "planned": 6 }] });
    client.patch(&pick, &less).send().expect(200);
    go(&client, &pick, &["in_progress"]);
    client.post(&format!("{path}/consume"), &proof()).send().refused(409, "fulfilment_in_progress");
    let why = json!({ "reason": "the customer changed her mind" });
    let now = client.post(&format!("{path}/release"), &why).send().expect(200);
    assert_eq!(
        (&now["state"], &now["lines"][0]["reserved"]),
        (&json!("active"), &json!(6)),
        "what is not in hand"
    );
    client.post(&format!("{path}/release"), &why).send().refused(409, "fulfilment_in_progress");
    let cut = json!({ "expected_version": now["version"], "lines": [{ "line_no": 1, "quantity": 5 }] });
    client.patch(&path, &cut).send().refused(409, "quantity_below_done");
    // Given up before it is posted, the goods are free again.
    go(&client, &pick, &["cancelled"]);
    let now = client.post(&format!("{path}/release"), &why).send().expect(200);
    assert_eq!(now["state"], "released");
    assert_eq!(client.numbers("BOLT"), ["500", "0", "500"]);
}

fn what_was_given_back_is_off_the_pick(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    let gone = reserve(&client, "SO-1", "BOLT", 3);
    reserve(&client, "SO-2", "BOLT", 4);
    let (pick, made) = pick_of(&client, &json!(["SO-1", "SO-2"]));
    assert_eq!(made["lines"].as_array().unwrap().len(), 2);
    let release = format!("/reservations/{}/release", gone["id"].as_str().unwrap());
    client.post(&release, &json!({ "reason": "r" })).send().expect(200);
    let begun = go(&client, &pick, &["in_progress"]);
    assert_eq!(begun["lines"].as_array().unwrap().len(), 1);
    assert_eq!(begun["lines"][0]["order_ref"], "SO-2");
    done(&client, &pick);
    assert_eq!(client.numbers("BOLT"), ["496", "4", "500"]);
}

fn a_pick_that_is_undone_puts_the_goods_back(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    let held = reserve(&client, "SO-1", "BOLT", 3);
    let (pick, _) = pick_of(&client, &json!(["SO-1"]));
    go(&client, &pick, &["in_progress"]);
    done(&client, &pick);
    client.post(&format!("{pick}/reverse-stock"), &json!({ "reason": "wrong cart" })).send().expect(200);
    assert_eq!(stages(&read(&client, &held)), [stage("MAIN-STORAGE-DEFAULT", "allocated", "3")]);
    let path = format!("/reservations/{}/consume", held["id"].as_str().unwrap());
    client.post(&path, &proof()).send().expect(200);
    assert_eq!(client.numbers("BOLT"), ["497", "0", "497"]);
}

fn picked_goods_go_back_to_a_shelf(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    let held = reserve(&client, "SO-1", "BOLT", 10);
    let (pick, _) = pick_of(&client, &json!(["SO-1"]));
    go(&client, &pick, &["in_progress"]);
    done(&client, &pick);
    let back = json!({ "lines": [{ "line_no": 1, "quantity": 4 }], "to_location": "SHELF-A" });
    client.post(&format!("{pick}/unpick"), &back).send().expect(200);
    let now = read(&client, &held);
    assert_eq!((&now["lines"][0]["reserved"], &now["lines"][0]["released"]), (&json!(6), &json!(4)));
    let pack = client.post(&format!("{pick}/generate-pack-session"), &json!({})).send().expect(201);
    assert_eq!(pack["lines"][0]["planned"], 6);
    let more = json!({ "lines": [{ "line_no": 1, "quantity": 7 }] });
    client.post(&format!("{pick}/unpick"), &more).send().refused(422, "record_invalid");
    let pack = format!("/operations/pack-sessions/{}", pack["id"].as_str().unwrap());
    go(&client, &pack, &["in_progress"]);
    done(&client, &pack);
    // Packed goods, too.
    client.post(&format!("{pick}/unpick"), &json!({})).send().expect(200);
    assert_eq!(read(&client, &held)["state"], "released");
    assert_eq!(client.numbers("BOLT"), ["500", "0", "500"]);
}

fn a_pick_brings_back_no_more_than_it_took(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    // NUT: 5 on SHELF-A, the rest elsewhere: one line of an order, on two lines of a pick.
    reserve(&client, "SO-1", "NUT", 8);
    let (pick, made) = pick_of(&client, &json!(["SO-1"]));
    let planned = made["lines"][0]["planned"].as_i64().unwrap();
    assert!(planned < 8, "{made}");
    go(&client, &pick, &["in_progress"]);
    done(&client, &pick);
    let part = |units: i64| json!({ "lines": [{ "line_no": 1, "quantity": units }] });
    client.post(&format!("{pick}/unpick"), &part(planned + 1)).send().refused(422, "record_invalid");
    client.post(&format!("{pick}/unpick"), &part(planned)).send().expect(200);
    client.post(&format!("{pick}/unpick"), &part(1)).send().refused(422, "record_invalid");
}

fn orders_are_put_together_as_asked(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    client.post(PICKS, &json!({ "order_refs": ["SO-9"] })).send().refused(404, "reservation_not_found");
    client.post(PICKS, &json!({})).send().refused(409, "nothing_left");
    for number in 1..=3 {
        reserve(&client, &format!("SO-{number}"), "BOLT", 1);
    }
    let two = client.post(PICKS, &json!({ "max_orders": 2, "strategy": "single" })).send().expect(201);
    assert_eq!(two["data"].as_array().unwrap().len(), 2, "a task for each of the two oldest orders");
    let rest = client.post(PICKS, &json!({})).send().expect(201);
    assert_eq!(rest["data"][0]["lines"][0]["order_ref"], "SO-3");
    let both =
        json!({ "order_refs": ["SO-1"], "reservation_ids": [rest["data"][0]["lines"][0]["reservation_id"]] });
    client.post(PICKS, &both).send().refused(422, "record_invalid");
}

fn a_recalled_lot_does_not_leave(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    let held = reserve(&client, "SO-1", "MILK", 2);
    let (pick, made) = pick_of(&client, &json!(["SO-1"]));
    assert_eq!(made["lines"][0]["lot"], "EARLY", "what expires first");
    go(&client, &pick, &["in_progress"]);
    client.post("/products/MILK/lots/EARLY/hold", &json!({ "reason": "recall" })).send().expect(200);
    assert_eq!(read(&client, &held)["lines"][0]["reserved"], 2, "what is in hand stays");
    let posted = done(&client, &pick);
    assert_eq!(posted["lines"][0]["actual"], 0, "nothing was taken after all");
    client.post(&format!("{pick}/generate-pack-session"), &json!({})).send().refused(409, "nothing_left");
    let now = read(&client, &held);
    assert_eq!(places(&now), [("MAIN-STORAGE-DEFAULT".to_owned(), "LATE".to_owned())]);
    assert_eq!(quantity(&client.stock("MILK")["held_by_reason"]["recall"]), "4");
    // Picked before the recall: pack refuses.
    let (pick, _) = pick_of(&client, &json!(["SO-1"]));
    go(&client, &pick, &["in_progress"]);
    done(&client, &pick);
    client.post("/products/MILK/lots/LATE/hold", &json!({ "reason": "recall" })).send().expect(200);
    let pack = client.post(&format!("{pick}/generate-pack-session"), &json!({})).send().expect(201);
    let pack = format!("/operations/pack-sessions/{}", pack["id"].as_str().unwrap());
    go(&client, &pack, &["in_progress"]);
    let refused = client.post(&format!("{pack}/post-stock"), &json!({ "accept_planned": true })).send();
    refused.refused(409, "lot_blocked");
}
