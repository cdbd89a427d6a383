//! Transfers, adjustments, returns and kits.

use serde_json::{Value, json};

use super::{done, go, make, patch};
use crate::harness::{Client, Db, World, order, proof, quantity};

on_both!(
    a_transfer_with_a_loss_goes_in_steps,
    a_direct_transfer_keeps_what_is_held,
    a_direct_transfer_takes_what_is_promised_along,
    goods_that_are_held_go_to_the_vendor_or_to_scrap,
    an_adjustment_says_why_and_a_large_one_needs_a_second_person,
    an_adjustment_never_cuts_into_what_is_promised,
    a_return_is_never_more_than_was_shipped,
    a_kit_is_made_whole_or_not_at_all
);

/// Available, on the way, and owned, over all places.
fn figures(client: &Client, sku: &str) -> [String; 3] {
    let row = client.stock(sku);
    let held = |reason: &str| row["held_by_reason"].get(reason).map_or_else(|| "0".to_owned(), quantity);
    [quantity(&row["available"]), held("in_transit"), quantity(&row["owned"])]
}

fn at(client: &Client, sku: &str, location: &str) -> Value {
    let path = format!("/availability?sku={sku}&location={location}");
    client.get(&path).send().expect(200)["data"][0].clone()
}

fn step(client: &Client, path: &str, step: &str, lines: &Value) -> crate::harness::Answer {
    let body = if lines.is_null() {
        json!({ "step": step, "accept_planned": true })
    } else {
        json!({ "step": step, "lines": lines })
    };
    client.post(&format!("{path}/post-stock"), &body).send()
}

/// What a first step has posted is not said anew.
fn settled(client: &Client, path: &str) {
    let version = client.get(path).send().expect(200)["version"].clone();
    let anew = json!({ "expected_version": version, "lines": [{ "line_no": 1, "actual": 1 }] });
    client.patch(path, &anew).send().refused(422, "record_invalid");
}

fn a_transfer_with_a_loss_goes_in_steps(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put("/locations/TRUCK", &json!({ "kind": "transit" })).send().expect(201);
    let north = json!({ "name": "North", "default_location": "N-1" });
    client.put("/warehouses/NORTH", &north).send().expect(201);
    let lines = json!([{ "sku": "BOLT", "from": "MAIN-STORAGE-DEFAULT", "planned": 100 }]);
    let body = json!({ "payload": { "to_warehouse": "NORTH" }, "lines": lines });
    let (path, _) = make(&client, "transfers", &body);
    go(&client, &path, &["approved", "in_progress"]);
    client.post(&format!("{path}/post-stock"), &json!({})).send().refused(422, "unknown_step");
    step(&client, &path, "post", &Value::Null).refused(422, "unknown_step");
    let nothing = step(&client, &path, "receive", &json!([{ "line_no": 1, "quantity": 1 }]));
    nothing.refused(422, "record_invalid");
    step(&client, &path, "dispatch", &Value::Null).expect(200);
    assert_eq!(figures(&client, "BOLT"), ["400", "100", "500"]);
    let incoming = |query: &str| {
        let rows = client.get(&format!("/availability?sku=BOLT&group_by=sku{query}")).send().expect(200);
        quantity(&rows["data"][0]["incoming"])
    };
    assert_eq!([incoming("&warehouse=NORTH"), incoming("&warehouse=MAIN")], ["100", "0"]);
    let explained = client.get("/availability/BOLT/explain").send().expect(200);
    assert!(explained.to_string().contains(path.rsplit('/').next().unwrap()), "the next supply: {explained}");
    step(&client, &path, "dispatch", &Value::Null).refused(409, "step_already_posted");
    settled(&client, &path);
    let refused = client.post(&format!("{path}/transition"), &json!({ "to": "cancelled" })).send();
    refused.refused(409, "invalid_transition");
    let got = step(&client, &path, "receive", &json!([{ "line_no": 1, "quantity": 90 }])).expect(200);
    assert_eq!((&got["state"], &got["lines"][0]["in_transit"]), (&json!("in_progress"), &json!(10)));
    assert_eq!(quantity(&at(&client, "BOLT", "N-1")["available"]), "90");
    step(&client, &path, "receive", &json!([{ "line_no": 1, "quantity": 1 }]))
        .refused(409, "step_already_posted");
    step(&client, &path, "found", &json!([{ "line_no": 1, "quantity": 3 }])).expect(200);
    step(&client, &path, "return_to_source", &json!([{ "line_no": 1, "quantity": 2 }])).expect(200);
    step(&client, &path, "write_off", &json!([{ "line_no": 1, "quantity": 6 }]))
        .refused(422, "record_invalid");
    assert_eq!(incoming("&warehouse=NORTH"), "5");
    let last = step(&client, &path, "write_off", &Value::Null).expect(200);
    assert_eq!(incoming(""), "0");
    assert_eq!((&last["state"], &last["lines"][0]["written_off"]), (&json!("posted"), &json!(5)));
    assert_eq!(figures(&client, "BOLT"), ["495", "0", "495"]);
    // The loss undone is on the way again, the latest first.
    let undone =
        client.post(&format!("{path}/reverse-stock"), &json!({ "reason": "it was here" })).send().expect(200);
    assert_eq!((&undone["state"], &undone["lines"][0]["in_transit"]), (&json!("in_progress"), &json!(5)));
    assert_eq!(figures(&client, "BOLT"), ["495", "5", "500"]);
    // So the transfer is not over.
    let found = step(&client, &path, "found", &Value::Null).expect(200);
    assert_eq!((&found["state"], &found["lines"][0]["received"]), (&json!("posted"), &json!(98)));
    assert_eq!(figures(&client, "BOLT"), ["500", "0", "500"]);
}

fn a_direct_transfer_keeps_what_is_held(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put("/locations/CAGE", &json!({ "kind": "quality" })).send().expect(201);
    let hold = json!({ "payload": { "reason_code": "damage" }, "lines": [
        { "sku": "BOLT", "location": "MAIN-STORAGE-DEFAULT", "change": "hold", "planned": 7, "hold_reason": "damaged" }
    ] });
    let (held, _) = make(&client, "adjustments", &hold);
    go(&client, &held, &["approved"]);
    done(&client, &held);
    let body = json!({ "payload": { "direct": true }, "lines": [
        { "sku": "BOLT", "from": "MAIN-STORAGE-DEFAULT", "to": "CAGE", "hold_reason": "damaged", "planned": 7 },
        { "sku": "BOLT", "from": "MAIN-STORAGE-DEFAULT", "to": "SHELF-A", "planned": 20 }
    ] });
    let (path, _) = make(&client, "transfers", &body);
    go(&client, &path, &["approved", "in_progress"]);
    step(&client, &path, "dispatch", &Value::Null).refused(422, "unknown_step");
    let posted = step(&client, &path, "post", &Value::Null).expect(200);
    assert_eq!(posted["state"], "posted");
    assert_eq!(quantity(&at(&client, "BOLT", "CAGE")["held_by_reason"]["damaged"]), "7");
    assert_eq!(quantity(&at(&client, "BOLT", "SHELF-A")["available"]), "20");
    assert_eq!(figures(&client, "BOLT"), ["493", "0", "500"]);
    let far = json!({ "payload": { "direct": true }, "lines": [
        { "sku": "BOLT", "from": "MAIN-STORAGE-DEFAULT", "planned": 1 }
    ] });
    client.post("/operations/transfers", &far).send().refused(422, "record_invalid");
}

fn a_direct_transfer_takes_what_is_promised_along(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put("/locations/STAGE", &json!({ "kind": "staging" })).send().expect(201);
    let reserve = |order_ref: &str, units: u32| {
        client.post("/reservations", &order(order_ref, "BOLT", units)).send().expect(201)["id"].clone()
    };
    let (first, second, third) = (reserve("SO-1", 6), reserve("SO-2", 5), reserve("SO-3", 4));
    // The third one's goods are in hand: they stay where the picker looks for them.
    let picks = "/operations/pick-tasks/generate-from-reservations";
    let pick = client.post(picks, &json!({ "reservation_ids": [third] })).send().expect(201)["data"][0]["id"]
        .clone();
    go(&client, &format!("/operations/pick-tasks/{}", pick.as_str().unwrap()), &["in_progress"]);
    let waits =
        client.post(picks, &json!({ "reservation_ids": [first] })).send().expect(201)["data"][0].clone();
    let move_all = |lines: Value| {
        let (path, _) = make(&client, "transfers", &json!({ "payload": { "direct": true }, "lines": lines }));
        go(&client, &path, &["approved", "in_progress"]);
        let posted = step(&client, &path, "post", &Value::Null);
        (path, posted)
    };
    let line = |units: u32| json!([{ "sku": "BOLT", "from": "MAIN-STORAGE-DEFAULT", "to": "SHELF-A", "reserved": true, "planned": units }]);
    move_all(line(12)).1.refused(422, "record_invalid");
    let (path, posted) = move_all(line(8));
    posted.expect(200);
    let places = |id: &Value| {
        let read = client.get(&format!("/reservations/{}", id.as_str().unwrap())).send().expect(200);
        let held = read["lines"][0]["allocations"].as_array().unwrap().clone();
        held.iter().map(|one| (one["location"].clone(), one["quantity"].clone())).collect::<Vec<_>>()
    };
    let at = |place: &str, units: u32| (json!(place), json!(units));
    assert_eq!(places(&first), [at("SHELF-A", 6)], "the oldest order first");
    assert_eq!(places(&second), [at("MAIN-STORAGE-DEFAULT", 3), at("SHELF-A", 2)]);
    assert_eq!(client.numbers("BOLT"), ["485", "15", "500"]);
    let over =
        client.get(&format!("/operations/pick-tasks/{}", waits["id"].as_str().unwrap())).send().expect(200);
    assert_eq!(over["state"], "cancelled", "the pick that had not begun looked for it elsewhere");
    client.post(&format!("{path}/reverse-stock"), &json!({ "reason": "wrong shelf" })).send().expect(200);
    assert_eq!(places(&first), [at("MAIN-STORAGE-DEFAULT", 6)]);
    let wrong = json!([{ "sku": "BOLT", "from": "MAIN-STORAGE-DEFAULT", "to": "STAGE", "reserved": true, "planned": 1 }]);
    let body = json!({ "payload": { "direct": true }, "lines": wrong });
    client.post("/operations/transfers", &body).send().refused(422, "record_invalid");
    world.verify();
}

fn goods_that_are_held_go_to_the_vendor_or_to_scrap(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let hold = json!({ "payload": { "reason_code": "damage" }, "lines": [
        { "sku": "BOLT", "location": "MAIN-STORAGE-DEFAULT", "change": "hold", "hold_reason": "damaged", "planned": 9 }
    ] });
    let (path, _) = make(&client, "adjustments", &hold);
    go(&client, &path, &["approved"]);
    done(&client, &path);
    let line = |fields: Value| {
        let mut line = json!({ "sku": "BOLT", "planned": 9 });
        line.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        client
            .post("/operations/returns", &json!({ "payload": { "source": "stock" }, "lines": [line] }))
            .send()
    };
    line(json!({ "from": "MAIN-STORAGE-DEFAULT" })).refused(422, "record_invalid");
    line(json!({ "from": "MAIN-STORAGE-DEFAULT", "hold_reason": "in_transit" }))
        .refused(422, "record_invalid");
    let made = line(json!({ "from": "MAIN-STORAGE-DEFAULT", "hold_reason": "damaged" })).expect(201);
    let path = format!("/operations/returns/{}", made["id"].as_str().unwrap());
    let begun = go(&client, &path, &["receiving"]);
    assert_eq!(begun["lines"][0]["undisposed"], 9);
    patch(&client, &path, &json!([{ "line_no": 1, "actual": 8 }]));
    step(&client, &path, "receive", &Value::Null).refused(422, "unknown_step");
    let part = |units: u32, disposition: &str| json!([{ "line_no": 1, "quantity": units, "disposition": disposition }]);
    step(&client, &path, "dispose", &part(1, "restock")).refused(422, "record_invalid");
    let away = json!([{ "line_no": 1, "quantity": 1, "disposition": "scrap", "to": "SHELF-A" }]);
    step(&client, &path, "dispose", &away).refused(422, "record_invalid");
    step(&client, &path, "dispose", &part(9, "vendor")).refused(422, "record_invalid");
    let some = step(&client, &path, "dispose", &part(5, "vendor")).expect(200);
    assert_eq!((&some["state"], &some["lines"][0]["undisposed"]), (&json!("receiving"), &json!(3)));
    let all = step(&client, &path, "dispose", &part(3, "scrap")).expect(200);
    assert_eq!(all["state"], "posted");
    assert_eq!(quantity(&at(&client, "BOLT", "MAIN-STORAGE-DEFAULT")["held_by_reason"]["damaged"]), "1");
    assert_eq!(figures(&client, "BOLT"), ["491", "0", "492"]);
    client.post(&format!("{path}/reverse-stock"), &json!({ "reason": "kept" })).send().expect(200);
    assert_eq!(figures(&client, "BOLT"), ["491", "0", "495"]);
    world.verify();
}

fn an_adjustment_says_why_and_a_large_one_needs_a_second_person(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let line = |change: &str, units: u32| json!([{ "sku": "BOLT", "location": "MAIN-STORAGE-DEFAULT", "change": change, "planned": units }]);
    let body = json!({ "payload": { "reason_code": "other" }, "lines": line("increase", 1) });
    client.post("/operations/adjustments", &body).send().refused(422, "record_invalid");
    let body = json!({ "payload": { "reason_code": "quality" }, "lines": line("hold", 1) });
    client.post("/operations/adjustments", &body).send().refused(422, "record_invalid");
    let body = json!({ "payload": { "reason_code": "found" }, "lines": line("increase", 101) });
    let made = client.post("/operations/adjustments", &body).with("Actor-Id", "anna").send().expect(201);
    let path = format!("/operations/adjustments/{}", made["id"].as_str().unwrap());
    let approve = |who: &str| {
        client.post(&format!("{path}/transition"), &json!({ "to": "approved" })).with("Actor-Id", who).send()
    };
    approve("anna").refused(409, "approver_may_not");
    approve("bert").expect(200);
    done(&client, &path);
    assert_eq!(figures(&client, "BOLT"), ["601", "0", "601"]);
    let ledger =
        client.get(&format!("/ledger?record_id={}", made["id"].as_str().unwrap())).send().expect(200);
    assert_eq!(ledger["data"][0]["kind"], "adjustment");
}

fn an_adjustment_never_cuts_into_what_is_promised(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.post("/reservations", &order("SO-1", "BOLT", 450)).send().expect(201);
    let line =
        json!([{ "sku": "BOLT", "location": "MAIN-STORAGE-DEFAULT", "change": "decrease", "planned": 60 }]);
    let (path, _) =
        make(&client, "adjustments", &json!({ "payload": { "reason_code": "loss" }, "lines": line }));
    go(&client, &path, &["approved"]);
    let refused = client.post(&format!("{path}/post-stock"), &json!({})).send();
    refused.refused(409, "insufficient_stock");
    assert_eq!(client.numbers("BOLT"), ["50", "450", "500"]);
}

fn a_return_is_never_more_than_was_shipped(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put("/locations/BACK", &json!({ "kind": "returns" })).send().expect(201);
    let held = client.post("/reservations", &order("SO-1", "BOLT", 10)).send().expect(201);
    let lines = |units: u32| json!([{ "reservation_id": held["id"], "reservation_line": 1, "sku": "BOLT", "planned": units }]);
    let early = client.post("/operations/returns", &json!({ "lines": lines(1) })).send();
    early.refused(422, "record_invalid");
    let consume = format!("/reservations/{}/consume", held["id"].as_str().unwrap());
    client.post(&consume, &proof()).send().expect(200);
    let (first, _) = make(&client, "returns", &json!({ "lines": lines(6) }));
    go(&client, &first, &["receiving"]);
    step(&client, &first, "dispose", &json!([{ "line_no": 1, "quantity": 1, "disposition": "scrap" }]))
        .refused(422, "record_invalid");
    done(&client, &first);
    assert_eq!(quantity(&at(&client, "BOLT", "BACK")["held_by_reason"]["returned"]), "6");
    settled(&client, &first);
    let (second, _) = make(&client, "returns", &json!({ "lines": lines(5) }));
    go(&client, &second, &["receiving"]);
    let refused = client.post(&format!("{second}/post-stock"), &json!({ "accept_planned": true })).send();
    refused.refused(422, "record_invalid");
    patch(&client, &second, &json!([{ "line_no": 1, "actual": 4 }]));
    done(&client, &second);
    step(&client, &first, "dispose", &json!([{ "line_no": 1, "quantity": 1 }]))
        .refused(422, "record_invalid");
    let parts = json!([
        { "line_no": 1, "quantity": 3, "disposition": "restock", "to": "SHELF-A" },
        { "line_no": 1, "quantity": 1, "disposition": "damaged" },
        { "line_no": 1, "quantity": 1, "disposition": "scrap" }
    ]);
    let parted = step(&client, &first, "dispose", &parts).expect(200);
    assert_eq!((&parted["state"], &parted["lines"][0]["undisposed"]), (&json!("receiving"), &json!(1)));
    let last = json!([{ "line_no": 1, "quantity": 1, "disposition": "vendor" }]);
    assert_eq!(step(&client, &first, "dispose", &last).expect(200)["state"], "posted");
    let undone =
        client.post(&format!("{first}/reverse-stock"), &json!({ "reason": "they paid" })).send().expect(200);
    assert_eq!((&undone["state"], &undone["lines"][0]["undisposed"]), (&json!("receiving"), &json!(1)));
    assert_eq!(step(&client, &first, "dispose", &last).expect(200)["state"], "posted");
    assert_eq!(quantity(&at(&client, "BOLT", "SHELF-A")["available"]), "3");
    let row = client.stock("BOLT");
    assert_eq!([quantity(&row["available"]), quantity(&row["owned"])], ["493", "498"]);
}

fn a_kit_is_made_whole_or_not_at_all(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let set = json!({ "name": "set", "bill_of_materials": [
        { "sku": "BOLT", "quantity": 4 }, { "sku": "NUT", "quantity": 4 }
    ] });
    client.put("/products/SET", &set).send().expect(201);
    let kit = |units: u32, apart: bool| {
        let body = json!({ "payload": { "sku": "SET", "quantity": units, "disassemble": apart } });
        let (path, made) = make(&client, "kit-assemblies", &body);
        assert_eq!(made["lines"][1]["planned"], 4 * units);
        go(&client, &path, &["approved", "in_progress"]);
        client.post(&format!("{path}/post-assembly"), &json!({ "accept_planned": true })).send()
    };
    // NUT: 20 at the default location, 5 elsewhere.
    kit(6, false).refused(409, "insufficient_stock");
    assert_eq!(client.numbers("BOLT"), ["500", "0", "500"]);
    kit(5, false).expect(200);
    assert_eq!(client.numbers("SET"), ["5", "0", "5"]);
    assert_eq!(client.numbers("NUT"), ["5", "0", "5"]);
    kit(2, true).expect(200);
    assert_eq!(client.numbers("SET"), ["3", "0", "3"]);
    assert_eq!(client.numbers("BOLT"), ["488", "0", "488"]);
    client.post("/reservations", &order("SO-1", "SET", 3)).send().expect(201);
    kit(1, true).refused(409, "insufficient_stock");
}
