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
    a_release_asks_for_picked_goods_to_come_back,
    an_unpick_brings_back_what_was_asked_for,
    a_lot_that_expires_on_the_cart_is_left_for_another,
    a_release_before_the_pick_is_posted_is_finished_when_it_is_given_up,
    a_pick_brings_back_no_more_than_it_took,
    orders_are_put_together_as_asked,
    a_recalled_lot_does_not_leave,
    another_lot_is_picked_with_a_reason,
    two_records_that_need_the_same_last_units
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
    let told =
        client.post(&format!("{path}/consume"), &proof()).send().refused(409, "fulfilment_in_progress");
    assert_eq!(told["records"][0]["number"], "PCK-000001", "{told}");
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
    let trimmed = client.get(&pick).send().expect(200);
    assert_eq!((&trimmed["state"], trimmed["lines"].as_array().unwrap().len()), (&json!("open"), 1));
    let begun = go(&client, &pick, &["in_progress"]);
    assert_eq!(begun["lines"].as_array().unwrap().len(), 1);
    assert_eq!(begun["lines"][0]["order_ref"], "SO-2");
    done(&client, &pick);
    assert_eq!(client.numbers("BOLT"), ["496", "4", "500"]);
    // A pick of which nothing is left is cancelled, with its work.
    let gone = reserve(&client, "SO-3", "BOLT", 3);
    let (pick, made) = pick_of(&client, &json!(["SO-3"]));
    let path = format!("/reservations/{}", gone["id"].as_str().unwrap());
    let less = json!({ "reason": "r", "lines": [{ "line_no": 1, "quantity": 1 }] });
    client.post(&format!("{path}/release"), &less).send().expect(200);
    assert_eq!(client.get(&pick).send().expect(200)["lines"][0]["planned"], 2);
    client.post(&format!("{path}/consume"), &proof()).send().expect(200);
    let over = client.get(&pick).send().expect(200);
    assert_eq!((&over["state"], &over["lines"][0]["planned"]), (&json!("cancelled"), &json!(2)));
    let item = format!("/work-items/{}", made["work_item_id"].as_str().unwrap());
    assert_eq!(client.get(&item).send().expect(200)["state"], "cancelled");
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

/// Open work items about a record, but for its own.
fn asked_for(client: &Client, pick: &Value) -> Vec<Value> {
    let id = pick["id"].as_str().unwrap();
    let items = client.get(&format!("/work-items?record_id={id}&state=open")).send().expect(200);
    let items = items["data"].as_array().unwrap().clone();
    items.into_iter().filter(|item| item["id"] != pick["work_item_id"]).collect()
}

fn a_release_asks_for_picked_goods_to_come_back(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    let held = reserve(&client, "SO-1", "BOLT", 10);
    reserve(&client, "SO-2", "BOLT", 5);
    let path = format!("/reservations/{}", held["id"].as_str().unwrap());
    let (pick, made) = pick_of(&client, &json!(["SO-1", "SO-2"]));
    go(&client, &pick, &["in_progress"]);
    done(&client, &pick);
    let pack = client.post(&format!("{pick}/generate-pack-session"), &json!({})).send().expect(201);
    let pack = format!("/operations/pack-sessions/{}", pack["id"].as_str().unwrap());
    go(&client, &pack, &["in_progress"]);
    let plain = json!({ "reason": "not wanted" });
    let refused = client.post(&format!("{path}/release"), &plain).send();
    let told = refused.refused(409, "fulfilment_in_progress");
    assert_eq!(told["records"][0]["module"], "pack-sessions", "the one to post: {told}");
    let back = json!({ "reason": "not wanted", "request_unpick": true });
    let waits = client.post(&format!("{path}/release"), &back).send().expect(200);
    let line = &waits["lines"][0];
    assert_eq!(
        (&waits["state"], &line["reserved"], &line["to_unpick"]),
        (&json!("active"), &json!(10), &json!(10))
    );
    let asked = asked_for(&client, &made);
    assert_eq!(asked.len(), 1);
    let work = format!("/work-items/{}", asked[0]["id"].as_str().unwrap());
    assert_eq!(
        (&asked[0]["title"], &asked[0]["priority"]),
        (&json!("Unpick PCK-000001 for SO-1"), &json!("high"))
    );
    let again = client.post(&format!("{path}/release"), &back).send().expect(200);
    assert_eq!(
        (&again, asked_for(&client, &made).len()),
        (&waits, 1),
        "a repeat under a new key changes nothing"
    );
    // Pack and ship refuse it; what another order wants goes on.
    let refused = client.post(&format!("{pack}/post-stock"), &json!({ "accept_planned": true })).send();
    assert_eq!(refused.refused(409, "unpick_requested")["lines"][0]["line_no"], 1);
    patch(&client, &pack, &json!([{ "line_no": 1, "actual": 0 }, { "line_no": 2, "actual": 5 }]));
    client.post(&format!("{pack}/post-stock"), &json!({})).send().expect(200);
    client.post(&format!("{pick}/generate-pack-session"), &json!({})).send().refused(409, "unpick_requested");
    // A closed pick is no reason to keep them.
    go(&client, &pick, &["closed"]);
    assert_eq!(client.get(&work).send().expect(200)["state"], "open");
    // Unpicked in two parts, the release is finished.
    let part = json!({ "reservation_id": held["id"], "lines": [{ "line_no": 1, "quantity": 4 }] });
    client.post(&format!("{pick}/unpick"), &part).send().expect(200);
    let line = read(&client, &held)["lines"][0].clone();
    assert_eq!((&line["to_unpick"], &line["released"]), (&json!(6), &json!(4)));
    let other = json!({ "reservation_id": held["id"], "lines": [{ "line_no": 2, "quantity": 1 }] });
    client.post(&format!("{pick}/unpick"), &other).send().refused(422, "record_invalid");
    let rest = json!({ "reservation_id": held["id"], "to_location": "SHELF-A" });
    client.post(&format!("{pick}/unpick"), &rest).send().expect(200);
    let over = read(&client, &held);
    assert_eq!((&over["state"], &over["lines"][0]["to_unpick"]), (&json!("released"), &json!(0)));
    assert_eq!(
        client.get(&work).send().expect(200)["state"],
        "completed",
        "nobody has to bring it back any more"
    );
    client.post(&format!("{pick}/unpick"), &rest).send().refused(409, "nothing_to_post");
    assert_eq!(client.numbers("BOLT"), ["495", "5", "500"], "the other order keeps its goods");
    assert_eq!(
        quantity(
            &client.get("/availability?sku=BOLT&location=SHELF-A").send().expect(200)["data"][0]["available"]
        ),
        "6"
    );
}

fn an_unpick_brings_back_what_was_asked_for(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    let held = reserve(&client, "SO-1", "BOLT", 10);
    let path = format!("/reservations/{}", held["id"].as_str().unwrap());
    let (pick, _) = pick_of(&client, &json!(["SO-1"]));
    go(&client, &pick, &["in_progress"]);
    done(&client, &pick);
    let some = json!({ "reason": "r", "request_unpick": true, "lines": [{ "line_no": 1, "quantity": 4 }] });
    client.post(&format!("{path}/release"), &some).send().expect(200);
    client.post(&format!("{pick}/unpick"), &json!({ "reservation_id": held["id"] })).send().expect(200);
    let line = read(&client, &held)["lines"][0].clone();
    assert_eq!((&line["reserved"], &line["released"], &line["to_unpick"]), (&json!(6), &json!(4), &json!(0)));
    // The rest goes out; of what was packed and came back nothing is shipped.
    let pack = client.post(&format!("{pick}/generate-pack-session"), &json!({})).send().expect(201);
    assert_eq!(pack["lines"][0]["planned"], 6);
    let pack = format!("/operations/pack-sessions/{}", pack["id"].as_str().unwrap());
    go(&client, &pack, &["in_progress"]);
    done(&client, &pack);
    let two = json!({ "reason": "r", "request_unpick": true, "lines": [{ "line_no": 1, "quantity": 2 }] });
    client.post(&format!("{path}/release"), &two).send().expect(200);
    client.post(&format!("{pick}/unpick"), &json!({})).send().expect(200);
    let ship = client.post(&format!("{pack}/generate-ship-confirmation"), &json!({})).send().expect(201);
    assert_eq!(ship["lines"][0]["planned"], 4);
    world.verify();
}

fn a_release_before_the_pick_is_posted_is_finished_when_it_is_given_up(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    let held = reserve(&client, "SO-1", "BOLT", 10);
    let path = format!("/reservations/{}", held["id"].as_str().unwrap());
    let (pick, made) = pick_of(&client, &json!(["SO-1"]));
    go(&client, &pick, &["in_progress"]);
    let some = json!({ "reason": "r", "request_unpick": true, "lines": [{ "line_no": 1, "quantity": 4 }] });
    let waits = client.post(&format!("{path}/release"), &some).send().expect(200);
    assert_eq!(waits["lines"][0]["to_unpick"], 4);
    assert_eq!(asked_for(&client, &made).len(), 1);
    let over = json!({ "reason": "r", "request_unpick": true, "lines": [{ "line_no": 1, "quantity": 7 }] });
    client.post(&format!("{path}/release"), &over).send().refused(409, "quantity_exceeds_reserved");
    go(&client, &pick, &["cancelled"]);
    assert!(asked_for(&client, &made).is_empty(), "nobody has to bring it back");
    let now = read(&client, &held)["lines"][0].clone();
    assert_eq!((&now["to_unpick"], &now["reserved"], &now["released"]), (&json!(0), &json!(6), &json!(4)));
    assert_eq!(client.numbers("BOLT"), ["494", "6", "500"]);
    // What was missing of goods that nobody wants is not looked for elsewhere.
    let (pick, _) = pick_of(&client, &json!(["SO-1"]));
    go(&client, &pick, &["in_progress"]);
    let rest = json!({ "reason": "r", "request_unpick": true });
    client.post(&format!("{path}/release"), &rest).send().expect(200);
    patch(&client, &pick, &json!([{ "line_no": 1, "actual": 5 }]));
    client.post(&format!("{pick}/post-stock"), &json!({})).send().expect(200);
    let now = read(&client, &held)["lines"][0].clone();
    assert_eq!((&now["to_unpick"], &now["short"], &now["released"]), (&json!(5), &json!(0), &json!(5)));
    client.post(&format!("{pick}/unpick"), &json!({})).send().expect(200);
    assert_eq!(read(&client, &held)["state"], "released");
    assert_eq!(client.numbers("BOLT"), ["499", "0", "500"]);
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

fn another_lot_is_picked_with_a_reason(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    // EARLY (4) is to leave before LATE (3); both stand on the default location.
    let held = reserve(&client, "SO-1", "MILK", 3);
    assert_eq!(places(&held)[0].1, "EARLY");
    let (pick, _) = pick_of(&client, &json!(["SO-1"]));
    go(&client, &pick, &["in_progress"]);
    let version = client.get(&pick).send().expect(200)["version"].clone();
    let say = |fields: Value| {
        let mut line = json!({ "line_no": 1 });
        line.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        client.patch(&pick, &json!({ "expected_version": version, "lines": [line] })).send()
    };
    say(json!({ "actual": 3, "picked_lot": "LATE" })).refused(422, "record_invalid");
    say(json!({ "actual": 3, "override_reason": "why not" })).refused(422, "record_invalid");
    say(json!({ "actual": 3, "picked_lot": "LATE", "override_reason": "the early one stands behind" }))
        .expect(200);
    client.post(&format!("{pick}/post-stock"), &json!({})).send().expect(200);
    let now = read(&client, &held);
    assert_eq!(places(&now), [("STAGE".to_owned(), "LATE".to_owned())]);
    let lot = |lot: &str| {
        let rows = client.get(&format!("/availability?sku=MILK&lot={lot}&group_by=lot")).send().expect(200);
        (quantity(&rows["data"][0]["available"]), quantity(&rows["data"][0]["reserved"]))
    };
    assert_eq!((lot("EARLY"), lot("LATE")), (("4".into(), "0".into()), ("0".into(), "3".into())));
    // Undone, the order holds the early one again; done anew, the late one is packed and shipped.
    client.post(&format!("{pick}/reverse-stock"), &json!({ "reason": "wrong cart" })).send().expect(200);
    assert_eq!(places(&read(&client, &held)), [("MAIN-STORAGE-DEFAULT".to_owned(), "EARLY".to_owned())]);
    assert_eq!((lot("EARLY"), lot("LATE")), (("1".into(), "3".into()), ("3".into(), "0".into())));
    let (pick, _) = pick_of(&client, &json!(["SO-1"]));
    go(&client, &pick, &["in_progress"]);
    let other = json!([{ "line_no": 1, "actual": 3, "picked_lot": "LATE", "override_reason": "the early one stands behind" }]);
    patch(&client, &pick, &other);
    client.post(&format!("{pick}/post-stock"), &json!({})).send().expect(200);
    let pack = client.post(&format!("{pick}/generate-pack-session"), &json!({})).send().expect(201);
    assert_eq!((&pack["lines"][0]["lot"], &pack["lines"][0]["picked_lot"]), (&json!("LATE"), &json!(null)));
    let back = json!({ "lines": [{ "line_no": 1, "quantity": 1 }] });
    client.post(&format!("{pick}/unpick"), &back).send().expect(200);
    assert_eq!(lot("LATE"), ("1".into(), "2".into()));
    // An order that demands a lot gets it.
    let demands = json!({ "order_ref": "SO-2", "lines": [{ "sku": "MILK", "quantity": 2, "lot": "EARLY" }] });
    client.post("/reservations", &demands).send().expect(201);
    let (pick, _) = pick_of(&client, &json!(["SO-2"]));
    go(&client, &pick, &["in_progress"]);
    let version = client.get(&pick).send().expect(200)["version"].clone();
    let body = json!({ "expected_version": version, "lines": [
        { "line_no": 1, "actual": 2, "picked_lot": "LATE", "override_reason": "r" }
    ] });
    client.patch(&pick, &body).send().refused(422, "record_invalid");
    world.verify();
}

fn two_records_that_need_the_same_last_units(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    // Two adjustments take 15 of the last 20 each: whoever comes first.
    let take = |client: &Client| {
        let body = json!({ "payload": { "reason_code": "internal_use" }, "lines": [
            { "sku": "NUT", "location": "MAIN-STORAGE-DEFAULT", "change": "decrease", "planned": 15 }
        ] });
        let (path, _) = super::make(client, "adjustments", &body);
        go(client, &path, &["approved"]);
        path
    };
    let paths = [take(&client), take(&client)];
    let answers: Vec<_> = std::thread::scope(|scope| {
        let calls: Vec<_> = paths
            .iter()
            .map(|path| {
                let (client, path) = (&client, path.as_str());
                scope.spawn(move || client.post(&format!("{path}/post-stock"), &json!({})).send())
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert_eq!(refused.len(), 1, "one posts");
    let told = refused[0].refused(409, "insufficient_stock");
    let short = &told["shortages"][0];
    assert_eq!(
        (&short["sku"], &short["location"], quantity(&short["requested"]), quantity(&short["available"])),
        (&json!("NUT"), &json!("MAIN-STORAGE-DEFAULT"), "15".to_owned(), "5".to_owned()),
        "{told}"
    );
    assert_eq!(client.numbers("NUT"), ["10", "0", "10"]);
    world.verify();
}

fn a_lot_that_expires_on_the_cart_is_left_for_another(db: Db) {
    let world = World::standard(db);
    let client = ready(&world);
    let held = reserve(&client, "SO-1", "MILK", 3);
    let (pick, _) = pick_of(&client, &json!(["SO-1"]));
    go(&client, &pick, &["in_progress"]);
    client
        .post("/products/MILK/lots/EARLY/hold", &json!({ "reason": "the dairy called" }))
        .send()
        .expect(200);
    let other = json!([{ "line_no": 1, "actual": 2, "picked_lot": "LATE", "override_reason": "recalled" }]);
    patch(&client, &pick, &other);
    client.post(&format!("{pick}/post-stock"), &json!({})).send().expect(200);
    let row = |lot: &str| {
        let path = format!("/availability?sku=MILK&lot={lot}&group_by=lot");
        let row = client.get(&path).send().expect(200)["data"][0].clone();
        (quantity(&row["available"]), quantity(&row["reserved"]), quantity(&row["held"]))
    };
    // Two of the late lot are picked, and its last one is promised for the one that was not.
    assert_eq!(row("LATE"), ("0".into(), "3".into(), "0".into()));
    assert_eq!(row("EARLY"), ("0".into(), "0".into(), "4".into()), "all of it is held");
    let now = read(&client, &held);
    assert_eq!((&now["lines"][0]["reserved"], &now["lines"][0]["short"]), (&json!(3), &json!(0)));
    world.verify();
}
