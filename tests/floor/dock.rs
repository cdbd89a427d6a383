//! From the vendor to the shelf: purchase orders, receiving, inspection, putaway, and back.

use serde_json::{Value, json};

use super::{go, make, patch};
use crate::harness::{Client, Db, World, quantity};

on_both!(
    goods_come_in_parts_and_go_to_their_shelves,
    what_wants_inspection_waits_for_it,
    more_than_ordered_needs_an_approver_and_a_reason,
    a_receipt_is_undone_while_the_goods_are_there,
    lots_and_serials_come_with_their_numbers,
    a_product_says_how_much_more_may_come,
    bins_are_filled_in_their_order_as_far_as_they_have_room,
    a_lot_is_traced_from_its_receipt_to_its_orders,
    a_record_posts_once_whoever_asks
);

/// The first line of a record.
fn line(record: &Value) -> &Value {
    &record["lines"][0]
}

/// Available, held for putaway, for inspection and as damaged, over all places.
fn floor(client: &Client, sku: &str) -> [String; 4] {
    let row = client.stock(sku);
    let held = |reason: &str| row["held_by_reason"].get(reason).map_or_else(|| "0".to_owned(), quantity);
    [quantity(&row["available"]), held("putaway"), held("qc"), held("damaged")]
}

/// A warehouse with a dock, a product without stock, an approved vendor, and an order for 100.
fn ordered(world: &World, product: &Value, vendor: &Value) -> (Client, String) {
    let client = world.client();
    client.put("/locations/DOCK", &json!({ "kind": "receiving" })).send().expect(201);
    client.put("/locations/BIN-1", &json!({})).send().expect(201);
    client.put("/products/WIDGET", product).send().expect(201);
    let (vendor, _) = make(&client, "vendors", &json!({ "payload": vendor }));
    let lines =
        json!([{ "sku": "WIDGET", "planned": 100, "unit_cost": { "amount": "2.50", "currency": "EUR" } }]);
    let order = json!({ "payload": { "vendor": "ACME" }, "lines": lines });
    let (order, made) = make(&client, "purchase-orders", &order);
    assert_eq!(made["number"], "PO-000001");
    let refused = client.post(&format!("{order}/transition"), &json!({ "to": "approved" })).send();
    refused.refused(409, "vendor_not_approved");
    go(&client, &vendor, &["approved"]);
    go(&client, &order, &["approved", "ordered"]);
    (client, order)
}

fn receive(client: &Client, order: &str, status: u16) -> (String, Value) {
    let session = client.post(&format!("{order}/create-receiving-session"), &json!({})).send().expect(status);
    (format!("/operations/receiving-sessions/{}", session["id"].as_str().unwrap()), session)
}

fn plain() -> (Value, Value) {
    (json!({ "name": "widget" }), json!({ "code": "ACME", "name": "Acme" }))
}

fn goods_come_in_parts_and_go_to_their_shelves(db: Db) {
    let world = World::standard(db);
    let (product, vendor) = plain();
    let (client, order) = ordered(&world, &product, &vendor);
    let (session, made) = receive(&client, &order, 201);
    assert_eq!((&line(&made)["planned"], &line(&made)["order_line"]), (&json!(100), &json!(1)));
    assert_eq!(receive(&client, &order, 200).0, session, "the unfinished one is answered again");
    let refused = client.post(&format!("{session}/post-stock"), &json!({})).send();
    refused.refused(409, "invalid_transition");
    go(&client, &session, &["receiving"]);
    let refused = client.post(&format!("{session}/post-stock"), &json!({})).send();
    refused.refused(422, "actual_missing");
    patch(&client, &session, &json!([{ "line_no": 1, "actual": 60, "rejected": 5 }]));
    let preview = client.post(&format!("{session}/post-stock?dry_run=true"), &json!({})).send().expect(200);
    assert_eq!(preview["movements"][0]["transfers"].as_array().unwrap().len(), 2, "{preview}");
    assert_eq!(floor(&client, "WIDGET"), ["0", "0", "0", "0"]);
    let post = json!({ "preview_hash": preview["preview_hash"] });
    let posted = client.post(&format!("{session}/post-stock"), &post).send().expect(200);
    assert_eq!((&posted["state"], &posted["lines"][0]["location"]), (&json!("posted"), &json!("DOCK")));
    assert_eq!(floor(&client, "WIDGET"), ["0", "55", "0", "5"]);
    let read = client.get(&order).send().expect(200);
    assert_eq!(read["state"], "receiving");
    assert_eq!((&line(&read)["received"], &line(&read)["rejected"]), (&json!(60), &json!(5)));

    // What is owed is ordered − received + rejected; the second delivery closes the order.
    let (second, made) = receive(&client, &order, 201);
    assert_eq!(line(&made)["planned"], 45);
    go(&client, &second, &["receiving"]);
    let accept = json!({ "accept_planned": true });
    client.post(&format!("{second}/post-stock"), &accept).send().expect(200);
    let read = client.get(&order).send().expect(200);
    assert_eq!((&read["state"], &read["allowed_transitions"]), (&json!("closed"), &json!([])));
    let refused = client.post(&format!("{order}/create-receiving-session"), &json!({})).send();
    refused.refused(409, "invalid_transition");

    // To the shelf, in two tasks of which the first takes less.
    let putaway = |status| {
        let task = client.post(&format!("{session}/generate-putaway"), &json!({})).send().expect(status);
        (format!("/operations/putaway-tasks/{}", task["id"].as_str().unwrap()), task)
    };
    let (task, made) = putaway(201);
    assert_eq!((&line(&made)["planned"], &line(&made)["to"]), (&json!(55), &json!("MAIN-STORAGE-DEFAULT")));
    assert_eq!(putaway(200).0, task);
    go(&client, &task, &["in_progress"]);
    patch(&client, &task, &json!([{ "line_no": 1, "actual": 50, "to": "BIN-1" }]));
    client.post(&format!("{task}/post-stock"), &json!({})).send().expect(200);
    assert_eq!(floor(&client, "WIDGET"), ["50", "50", "0", "5"]);
    let (rest, made) = putaway(201);
    assert_eq!(line(&made)["planned"], 5);
    go(&client, &rest, &["in_progress"]);
    client.post(&format!("{rest}/post-stock"), &accept).send().expect(200);
    let refused = client.post(&format!("{session}/generate-putaway"), &json!({})).send();
    refused.refused(409, "nothing_left");
    assert_eq!(floor(&client, "WIDGET"), ["55", "45", "0", "5"]);
    let ledger =
        client.get(&format!("/ledger?record_id={}", posted["id"].as_str().unwrap())).send().expect(200);
    assert_eq!(ledger["data"][0]["transfers"][0]["unit_cost"]["amount"], "2.5000");
}

fn what_wants_inspection_waits_for_it(db: Db) {
    let world = World::standard(db);
    let product = json!({ "name": "widget", "needs_inspection": true });
    let (client, order) = ordered(&world, &product, &plain().1);
    let (session, _) = receive(&client, &order, 201);
    go(&client, &session, &["receiving"]);
    client.post(&format!("{session}/post-stock"), &json!({ "accept_planned": true })).send().expect(200);
    assert_eq!(floor(&client, "WIDGET"), ["0", "0", "100", "0"]);
    let refused = client.post(&format!("{session}/generate-putaway"), &json!({})).send();
    refused.refused(409, "nothing_left");
    let inspect = |accepted: u32, rejected: u32| {
        let lines = json!([{ "line_no": 1, "accepted": accepted, "rejected": rejected }]);
        client.post(&format!("{session}/inspect"), &json!({ "lines": lines })).send()
    };
    inspect(40, 10).expect(200);
    assert_eq!(floor(&client, "WIDGET"), ["0", "40", "50", "10"]);
    inspect(51, 0).refused(422, "record_invalid");
    let read = inspect(50, 0).expect(200);
    assert_eq!((&line(&read)["inspected"], &line(&read)["failed"]), (&json!(90), &json!(10)));
    assert_eq!(floor(&client, "WIDGET"), ["0", "90", "0", "10"]);
    // What failed is owed again.
    let read = client.get(&order).send().expect(200);
    assert_eq!((&read["state"], &line(&read)["rejected"]), (&json!("receiving"), &json!(10)));
    let task = client.post(&format!("{session}/generate-putaway"), &json!({})).send().expect(201);
    assert_eq!(line(&task)["planned"], 90);
}

fn more_than_ordered_needs_an_approver_and_a_reason(db: Db) {
    let world = World::standard(db);
    let vendor = json!({ "code": "ACME", "name": "Acme", "over_receipt_percent": 5 });
    let (client, order) = ordered(&world, &plain().0, &vendor);
    let (session, _) = receive(&client, &order, 201);
    go(&client, &session, &["receiving"]);
    patch(&client, &session, &json!([{ "line_no": 1, "actual": 106 }]));
    let refused = client.post(&format!("{session}/post-stock"), &json!({})).send();
    refused.refused(409, "over_receipt");
    assert_eq!(floor(&client, "WIDGET"), ["0", "0", "0", "0"]);
    let reason = json!({ "reason": "the vendor gives the rest away" });
    client.post(&format!("{session}/post-stock"), &reason).send().expect(200);
    assert_eq!(floor(&client, "WIDGET"), ["0", "106", "0", "0"]);
}

fn a_receipt_is_undone_while_the_goods_are_there(db: Db) {
    let world = World::standard(db);
    let (product, vendor) = plain();
    let (client, order) = ordered(&world, &product, &vendor);
    let (session, _) = receive(&client, &order, 201);
    go(&client, &session, &["receiving"]);
    client.post(&format!("{session}/post-stock"), &json!({ "accept_planned": true })).send().expect(200);
    assert_eq!(client.get(&order).send().expect(200)["state"], "closed", "all of it came");
    let task = client.post(&format!("{session}/generate-putaway"), &json!({})).send().expect(201);
    let task = format!("/operations/putaway-tasks/{}", task["id"].as_str().unwrap());
    go(&client, &task, &["in_progress"]);
    client.post(&format!("{task}/post-stock"), &json!({ "accept_planned": true })).send().expect(200);
    let undo = |path: &str| {
        client.post(&format!("{path}/reverse-stock"), &json!({ "reason": "counted wrong" })).send()
    };
    undo(&session).refused(409, "insufficient_stock");
    let undone = undo(&task).expect(200);
    assert!(undone["movements"][0]["reversed_by"].is_string() && undone["state"] == "closed", "{undone}");
    undo(&session).expect(200);
    undo(&session).refused(409, "nothing_to_reverse");
    assert_eq!(floor(&client, "WIDGET"), ["0", "0", "0", "0"]);
    let read = client.get(&order).send().expect(200);
    assert_eq!((&read["state"], &line(&read)["received"]), (&json!("receiving"), &json!(0)));
    assert_eq!(receive(&client, &order, 201).1["lines"][0]["planned"], 100);
}

fn lots_and_serials_come_with_their_numbers(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put("/locations/DOCK", &json!({ "kind": "receiving" })).send().expect(201);
    client.put("/products/SERUM", &json!({ "name": "serum", "tracking": "lot" })).send().expect(201);
    client.put("/products/DRILL", &json!({ "name": "drill", "tracking": "serial" })).send().expect(201);
    let lines = json!([{ "sku": "SERUM", "planned": 10 }, { "sku": "DRILL", "planned": 1 }, { "sku": "DRILL", "planned": 1 }]);
    let (session, _) = make(&client, "receiving-sessions", &json!({ "lines": lines }));
    go(&client, &session, &["receiving"]);
    let post = || client.post(&format!("{session}/post-stock"), &json!({ "accept_planned": true })).send();
    post().refused(422, "lot_required");
    let named = json!([
        { "line_no": 1, "lot": "L-1", "expires_on": "2031-01-31" },
        { "line_no": 2, "lot": "S-1" },
        { "line_no": 3, "lot": "S-1" }
    ]);
    patch(&client, &session, &named);
    post().refused(409, "serial_taken");
    patch(&client, &session, &json!([{ "line_no": 3, "lot": "S-2" }]));
    post().expect(200);
    let lots = client.get("/products/SERUM/lots").send().expect(200);
    assert_eq!(lots["data"][0]["expires_on"], "2031-01-31");
    assert_eq!(floor(&client, "DRILL"), ["0", "2", "0", "0"]);
    let again = json!({ "lines": [{ "sku": "DRILL", "actual": 1, "lot": "S-2" }] });
    let (session, _) = make(&client, "receiving-sessions", &again);
    go(&client, &session, &["receiving"]);
    let refused = client.post(&format!("{session}/post-stock"), &json!({})).send();
    refused.refused(409, "serial_taken");
}

fn a_product_says_how_much_more_may_come(db: Db) {
    // The vendor takes 20 percent more; of this product nothing, which is not the same as nothing said.
    for (percent, status) in [(json!(0), 409), (json!(10), 200), (json!(null), 200)] {
        let world = World::standard(db);
        let product = json!({ "name": "widget", "over_receipt_percent": percent });
        let vendor = json!({ "code": "ACME", "name": "Acme", "over_receipt_percent": 20 });
        let (client, order) = ordered(&world, &product, &vendor);
        assert_eq!(client.get("/products/WIDGET").send().expect(200)["over_receipt_percent"], percent);
        let (session, _) = receive(&client, &order, 201);
        go(&client, &session, &["receiving"]);
        patch(&client, &session, &json!([{ "line_no": 1, "actual": 110 }]));
        let posted = client.post(&format!("{session}/post-stock"), &json!({})).send();
        if status == 409 {
            assert_eq!(posted.refused(409, "over_receipt")["lines"][0]["most"], 100);
        } else {
            posted.expect(200);
        }
    }
}

fn bins_are_filled_in_their_order_as_far_as_they_have_room(db: Db) {
    let world = World::standard(db);
    let product = json!({ "name": "widget", "volume_m3": 0.02, "settings": [
        { "warehouse": "MAIN", "putaway_bins": ["SMALL", "GONE", "BIG"] }
    ] });
    let vendor = json!({ "code": "ACME", "name": "Acme" });
    let world_client = world.client();
    for (code, capacity) in [("SMALL", json!(0.5)), ("BIG", json!(1)), ("GONE", json!(null))] {
        world_client
            .put(&format!("/locations/{code}"), &json!({ "capacity_m3": capacity }))
            .send()
            .expect(201);
    }
    world_client.put("/locations/GONE", &json!({ "active": false })).send().expect(200);
    // Something stands in the small one already: 0.11 of 0.5 cubic metres.
    let crate_of = json!({ "name": "crate", "volume_m3": 0.11 });
    world_client.put("/products/CRATE", &crate_of).send().expect(201);
    let found = json!({ "payload": { "reason_code": "found" }, "lines": [
        { "sku": "CRATE", "location": "SMALL", "change": "increase", "planned": 1 }
    ] });
    let (path, _) = make(&world_client, "adjustments", &found);
    go(&world_client, &path, &["approved"]);
    super::done(&world_client, &path);
    let (client, order) = ordered(&world, &product, &vendor);
    let (session, _) = receive(&client, &order, 201);
    go(&client, &session, &["receiving"]);
    super::done(&client, &session);
    let task = client.post(&format!("{session}/generate-putaway"), &json!({})).send().expect(201);
    let lines: Vec<_> = task["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["to"].clone(), line["planned"].clone()))
        .collect();
    let expected = [("SMALL", 19), ("BIG", 50), ("MAIN-STORAGE-DEFAULT", 31)];
    assert_eq!(lines, expected.map(|(bin, units)| (json!(bin), json!(units))));
    let path = format!("/operations/putaway-tasks/{}", task["id"].as_str().unwrap());
    go(&client, &path, &["in_progress"]);
    super::done(&client, &path);
    assert_eq!(floor(&client, "WIDGET"), ["100", "0", "0", "0"]);
    client.post(&format!("{session}/generate-putaway"), &json!({})).send().refused(409, "nothing_left");
}

fn a_lot_is_traced_from_its_receipt_to_its_orders(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put("/products/SERUM", &json!({ "name": "serum", "tracking": "lot" })).send().expect(201);
    client.put("/locations/STAGE", &json!({ "kind": "staging" })).send().expect(201);
    client.put("/locations/PACK", &json!({ "kind": "packing" })).send().expect(201);
    let lines = json!([{ "sku": "SERUM", "planned": 10, "lot": "L-1", "location": "SHELF-A" }]);
    let (session, _) = make(&client, "receiving-sessions", &json!({ "lines": lines }));
    go(&client, &session, &["receiving"]);
    super::done(&client, &session);
    // One order leaves by a carrier's word, one over the floor; a part of it comes back.
    let order = |order_ref: &str, units: u32| {
        let body = crate::harness::order(order_ref, "SERUM", units);
        client.post("/reservations", &body).send().expect(201)["id"].as_str().unwrap().to_owned()
    };
    let (first, second) = (order("SO-1", 3), order("SO-2", 4));
    client.post(&format!("/reservations/{first}/consume"), &crate::harness::proof()).send().expect(200);
    let picks = "/operations/pick-tasks/generate-from-reservations";
    let pick =
        client.post(picks, &json!({ "reservation_ids": [second] })).send().expect(201)["data"][0].clone();
    let through = |module: &str, record: &Value| {
        let path = format!("/operations/{module}/{}", record["id"].as_str().unwrap());
        if module == "ship-confirmations" {
            let carrier = json!({ "carrier": "DHL", "tracking_number": "JD1" });
            client.patch(&path, &json!({ "expected_version": 1, "payload": carrier })).send().expect(200);
        }
        go(&client, &path, &["in_progress"]);
        super::done(&client, &path);
        path
    };
    let pick = through("pick-tasks", &pick);
    let pack = client.post(&format!("{pick}/generate-pack-session"), &json!({})).send().expect(201);
    let pack = through("pack-sessions", &pack);
    let ship = client.post(&format!("{pack}/generate-ship-confirmation"), &json!({})).send().expect(201);
    through("ship-confirmations", &ship);
    client.put("/locations/BACK", &json!({ "kind": "returns" })).send().expect(201);
    let back = json!({ "lines": [{ "reservation_id": second, "reservation_line": 1, "sku": "SERUM", "lot": "L-1", "planned": 1 }] });
    let (back, _) = make(&client, "returns", &back);
    go(&client, &back, &["receiving"]);
    client
        .post(&format!("{back}/post-stock"), &json!({ "step": "receive", "accept_planned": true }))
        .send()
        .expect(200);
    let trace = client.get("/products/SERUM/lots/L-1/trace").send().expect(200);
    let rows: Vec<_> = trace["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["direction"].clone(),
                row["party"].clone(),
                row["quantity"].clone(),
                row["number"].clone(),
                row["order_ref"].clone(),
            )
        })
        .collect();
    let row = |direction: &str, party: &str, units: u32, number: Value, order: Value| {
        (json!(direction), json!(party), json!(units), number, order)
    };
    assert_eq!(
        rows,
        [
            row("in", "vendor", 10, json!("RCV-000001"), json!(null)),
            row("out", "customer", 3, json!(null), json!("SO-1")),
            row("out", "customer", 4, json!("SHP-000001"), json!("SO-2")),
            row("in", "customer", 1, json!("RET-000001"), json!("SO-2")),
        ]
    );
    pages_and_what_is_not_there(&client);
}

fn pages_and_what_is_not_there(client: &Client) {
    let page = client.get("/products/SERUM/lots/L-1/trace?limit=1").send().expect(200);
    let next = page["next_cursor"].as_str().unwrap();
    let rest = client.get(&format!("/products/SERUM/lots/L-1/trace?cursor={next}")).send().expect(200);
    assert_eq!(rest["data"].as_array().unwrap().len(), 3);
    client.get("/products/SERUM/lots/L-9/trace").send().refused(404, "unknown_lot");
    client.get("/products/NOTHING/lots/L-1/trace").send().refused(404, "unknown_sku");
}

fn a_record_posts_once_whoever_asks(db: Db) {
    let world = World::standard(db);
    let (product, vendor) = plain();
    let (client, order) = ordered(&world, &product, &vendor);
    let (session, _) = receive(&client, &order, 201);
    go(&client, &session, &["receiving"]);
    let post = json!({ "accept_planned": true });
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| client.post(&format!("{session}/post-stock"), &post).send().status))
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(200), count(409)), (1, 15), "{statuses:?}");
    assert_eq!(floor(&client, "WIDGET"), ["0", "100", "0", "0"]);
    let id = session.rsplit('/').next().unwrap();
    let ledger = client.get(&format!("/ledger?record_id={id}")).send().expect(200);
    assert_eq!(ledger["data"].as_array().unwrap().len(), 1);
}
