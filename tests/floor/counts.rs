//! Counts: while people go on selling, and with what is missing.

use serde_json::{Value, json};

use super::{done, go, make, patch};
use crate::harness::{Client, Db, World, order, proof, quantity};

on_both!(
    a_count_during_sales_posts_the_difference,
    beyond_the_tolerance_a_second_count_and_a_second_person,
    what_was_picked_and_not_posted_is_added_back,
    what_is_missing_is_cleared_or_written_off,
    a_loss_never_takes_what_is_promised,
    an_approver_names_the_orders_that_go_short
);

const PLACE: &str = "MAIN-STORAGE-DEFAULT";

fn count(client: &Client, sku: &str, blind: bool) -> String {
    let lines = json!([{ "sku": sku, "location": PLACE }]);
    let (path, _) = make(client, "cycle-counts", &json!({ "payload": { "blind": blind }, "lines": lines }));
    go(client, &path, &["in_progress"]);
    path
}

fn counted(client: &Client, path: &str, who: &str, units: u32) -> Value {
    let version = client.get(path).send().expect(200)["version"].clone();
    let body = json!({ "expected_version": version, "lines": [{ "line_no": 1, "actual": units }] });
    client.patch(path, &body).with("Actor-Id", who).send().expect(200)
}

fn approve(client: &Client, path: &str, who: &str) -> crate::harness::Answer {
    let body = json!({ "to": "approved" });
    client.post(&format!("{path}/transition"), &body).with("Actor-Id", who).send()
}

fn a_count_during_sales_posts_the_difference(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let path = count(&client, "BOLT", true);
    let seen = counted(&client, &path, "anna", 497);
    assert_eq!(seen["lines"][0].get("expected"), None, "a blind count does not say what is expected");
    counted(&client, &path, "anna", 497);
    // Sold and shipped after it was counted.
    let sold = client.post("/reservations", &order("SO-1", "BOLT", 40)).send().expect(201);
    let consume = format!("/reservations/{}/consume", sold["id"].as_str().unwrap());
    client.post(&consume, &proof()).send().expect(200);
    client.post("/reservations", &order("SO-2", "BOLT", 60)).send().expect(201);
    let approved = approve(&client, &path, "bert").expect(200);
    assert_eq!(approved["lines"][0]["expected"], 500);
    done(&client, &path);
    assert_eq!(client.numbers("BOLT"), ["397", "60", "457"]);
}

fn beyond_the_tolerance_a_second_count_and_a_second_person(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let path = count(&client, "BOLT", false);
    approve(&client, &path, "bert").refused(422, "actual_missing");
    let seen = counted(&client, &path, "anna", 510);
    assert_eq!(
        (&seen["lines"][0]["expected"], &seen["lines"][0]["counted_by"]),
        (&json!(500), &json!("anna"))
    );
    approve(&client, &path, "bert").refused(409, "recount_required");
    counted(&client, &path, "anna", 510);
    approve(&client, &path, "anna").refused(409, "approver_may_not");
    approve(&client, &path, "bert").expect(200);
    // Approved is what was counted, not what somebody counts afterwards.
    let version = client.get(&path).send().expect(200)["version"].clone();
    let body = json!({ "expected_version": version, "lines": [{ "line_no": 1, "actual": 300 }] });
    client.patch(&path, &body).send().refused(422, "record_invalid");
    done(&client, &path);
    assert_eq!(client.numbers("BOLT"), ["510", "0", "510"]);
    // What agrees needs neither, and moves nothing.
    let path = count(&client, "BOLT", false);
    counted(&client, &path, "anna", 510);
    approve(&client, &path, "anna").expect(200);
    let nothing = client.post(&format!("{path}/post-stock"), &json!({})).send();
    nothing.refused(409, "nothing_to_post");
}

fn what_was_picked_and_not_posted_is_added_back(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put("/locations/STAGE", &json!({ "kind": "staging" })).send().expect(201);
    client.post("/reservations", &order("SO-1", "BOLT", 30)).send().expect(201);
    let picks = "/operations/pick-tasks/generate-from-reservations";
    let made = client.post(picks, &json!({ "order_refs": ["SO-1"] })).send().expect(201);
    let pick = format!("/operations/pick-tasks/{}", made["data"][0]["id"].as_str().unwrap());
    go(&client, &pick, &["in_progress"]);
    patch(&client, &pick, &json!([{ "line_no": 1, "actual": 30 }]));
    let path = count(&client, "BOLT", false);
    let seen = counted(&client, &path, "anna", 470);
    assert_eq!(seen["lines"][0]["expected"], 470, "thirty are in the picker's cart");
    done(&client, &pick);
    approve(&client, &path, "anna").expect(200);
    client.post(&format!("{path}/post-stock"), &json!({})).send().refused(409, "nothing_to_post");
    assert_eq!(client.numbers("BOLT"), ["470", "30", "500"]);
}

fn what_is_missing_is_cleared_or_written_off(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put("/locations/STAGE", &json!({ "kind": "staging" })).send().expect(201);
    client.post("/reservations", &order("SO-1", "BOLT", 10)).send().expect(201);
    let picks = "/operations/pick-tasks/generate-from-reservations";
    let made = client.post(picks, &json!({ "order_refs": ["SO-1"] })).send().expect(201);
    let pick = format!("/operations/pick-tasks/{}", made["data"][0]["id"].as_str().unwrap());
    go(&client, &pick, &["in_progress"]);
    patch(&client, &pick, &json!([{ "line_no": 1, "actual": 4 }]));
    client.post(&format!("{pick}/post-stock"), &json!({})).send().expect(200);
    assert_eq!(quantity(&client.stock("BOLT")["held_by_reason"]["missing"]), "6");
    // The short pick opened a count.
    let opened = client.get("/operations/cycle-counts?state=open&sku=BOLT").send().expect(200);
    let path = format!("/operations/cycle-counts/{}", opened["data"][0]["id"].as_str().unwrap());
    assert_eq!(opened["data"][0]["lines"][0]["location"], PLACE);
    go(&client, &path, &["in_progress"]);
    // 500 − 4 picked − 6 missing = 490 expected; two of the missing ones are there.
    counted(&client, &path, "anna", 492);
    counted(&client, &path, "anna", 492);
    approve(&client, &path, "bert").expect(200);
    done(&client, &path);
    let row = client.stock("BOLT");
    assert_eq!((quantity(&row["owned"]), row["held_by_reason"].get("missing")), ("496".to_owned(), None));
}

fn a_loss_never_takes_what_is_promised(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let held = client.post("/reservations", &order("SO-1", "BOLT", 495)).send().expect(201);
    let path = count(&client, "BOLT", false);
    counted(&client, &path, "anna", 490);
    counted(&client, &path, "anna", 490);
    approve(&client, &path, "bert").expect(200);
    let refused = client.post(&format!("{path}/post-stock"), &json!({})).send();
    assert_eq!(refused.refused(409, "loss_promised")["reservations"], json!([held["id"]]));
    assert_eq!(client.numbers("BOLT"), ["5", "495", "500"]);
}

fn an_approver_names_the_orders_that_go_short(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let reserve = |order_ref: &str, units: u32| {
        client.post("/reservations", &order(order_ref, "BOLT", units)).send().expect(201)["id"].clone()
    };
    let (first, second) = (reserve("SO-1", 300), reserve("SO-2", 190));
    let path = count(&client, "BOLT", false);
    counted(&client, &path, "anna", 450);
    counted(&client, &path, "anna", 450);
    approve(&client, &path, "bert").expect(200);
    let post = |body: Value| client.post(&format!("{path}/post-stock"), &body).send();
    let refused = post(json!({})).refused(409, "loss_promised");
    assert_eq!(refused["reservations"], json!([first, second]), "what can be named");
    // Less than is lost beyond what is available, 50 - 10.
    let small = reserve("SO-3", 5);
    post(json!({ "cut_reservations": [small] })).refused(409, "loss_promised");
    let posted =
        post(json!({ "cut_reservations": [second, second], "reason": "the shop calls them" })).expect(200);
    assert_eq!(posted["state"], "posted");
    let line = |id: &Value| {
        let read = client.get(&format!("/reservations/{}", id.as_str().unwrap())).send().expect(200);
        (read["lines"][0]["reserved"].clone(), read["lines"][0]["short"].clone())
    };
    assert_eq!(line(&first), (json!(300), json!(0)));
    assert_eq!(line(&second), (json!(145), json!(45)));
    assert_eq!(client.numbers("BOLT"), ["0", "450", "450"]);
    let why = json!({ "reason": "r" });
    client.post(&format!("{path}/reverse-stock"), &why).send().refused(409, "reversal_blocked");
    world.verify();
}
