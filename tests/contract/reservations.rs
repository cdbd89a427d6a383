//! Reserve, release, consume, read: the happy paths, with exact quantities before and after.

use serde_json::json;

use crate::harness::{Client, Db, World, order, proof, quantity};

on_both!(
    reserves_and_reads_back,
    releases_the_whole,
    releases_a_part_and_then_the_rest,
    consumes_the_whole,
    consumes_a_part_and_releases_the_rest,
    sums_the_same_sku_on_two_lines,
    keeps_six_decimals,
    takes_lots_by_first_expiry,
    takes_from_the_location_that_is_asked_for,
    an_order_can_be_reserved_again_when_it_is_over,
);

/// Reserves and answers the id.
fn reserve(client: &Client, order_ref: &str, sku: &str, quantity: u32) -> String {
    let made = client.post("/reservations", &order(order_ref, sku, quantity)).send().expect(201);
    made["id"].as_str().unwrap().to_owned()
}

fn reserves_and_reads_back(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({
        "order_ref": "SO-1",
        "lines": [{ "sku": "BOLT", "quantity": 120, "line_ref": "a" }, { "sku": "NUT", "quantity": 3 }],
        "ship_to": { "name": "Ada", "city": "Turin" },
        "ship_by": "2030-01-02T03:04:05Z",
        "metadata": { "channel": "web", "weight": 1.25 },
    });
    let answer = client.post("/reservations", &body).send();
    let made = answer.expect(201);
    let id = made["id"].as_str().unwrap();
    assert_eq!(answer.header("Location"), Some(format!("/api/v1/inventory/reservations/{id}").as_str()));
    assert_eq!(made["state"], "active");
    assert_eq!(made["source_system"], "commerce");
    assert_eq!(made["warehouse"], "MAIN");
    assert_eq!(made["ship_to"], body["ship_to"]);
    assert_eq!(made["metadata"], body["metadata"]);
    let line = &made["lines"][0];
    assert_eq!((&line["line_no"], &line["line_ref"], &line["sku"]), (&json!(1), &json!("a"), &json!("BOLT")));
    let parts = ["requested", "reserved", "short", "released", "consumed"].map(|part| quantity(&line[part]));
    assert_eq!(parts, ["120", "120", "0", "0", "0"]);
    let allocated =
        json!([{ "location": "MAIN-STORAGE-DEFAULT", "lot": "", "quantity": 120, "stage": "allocated" }]);
    assert_eq!(line["allocations"], allocated);
    assert_eq!(client.numbers("BOLT"), ["380", "120", "500"]);
    assert_eq!(client.numbers("NUT"), ["22", "3", "25"]);

    let read = client.get(&format!("/reservations/{id}")).send();
    assert_eq!(read.expect(200), made);
    assert_eq!(read.header("ETag"), answer.header("ETag"));
}

fn releases_the_whole(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let id = reserve(&client, "SO-1", "BOLT", 120);
    let body = json!({ "reason": "customer changed their mind" });
    let released = client.post(&format!("/reservations/{id}/release"), &body).send().expect(200);
    assert_eq!(released["state"], "released");
    assert_eq!(quantity(&released["lines"][0]["released"]), "120");
    assert_eq!(released["lines"][0]["allocations"], json!([]));
    assert_eq!(client.numbers("BOLT"), ["500", "0", "500"]);
    client.post(&format!("/reservations/{id}/release"), &body).send().refused(409, "reservation_not_active");
    assert_eq!(client.numbers("BOLT"), ["500", "0", "500"], "never released twice");
}

fn releases_a_part_and_then_the_rest(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let id = reserve(&client, "SO-1", "BOLT", 120);
    let path = format!("/reservations/{id}/release");
    let part = json!({ "reason": "one box less", "lines": [{ "line_no": 1, "quantity": 20 }] });
    let left = client.post(&path, &part).send().expect(200);
    assert_eq!(left["state"], "active");
    assert_eq!(quantity(&left["lines"][0]["reserved"]), "100");
    assert_eq!(client.numbers("BOLT"), ["400", "100", "500"]);
    let rest = client.post(&path, &json!({ "reason": "and the others" })).send().expect(200);
    assert_eq!(rest["state"], "released");
    assert_eq!(quantity(&rest["lines"][0]["released"]), "120");
    assert_eq!(client.numbers("BOLT"), ["500", "0", "500"]);
}

fn consumes_the_whole(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let id = reserve(&client, "SO-1", "BOLT", 120);
    let consumed = client.post(&format!("/reservations/{id}/consume"), &proof()).send().expect(200);
    assert_eq!(consumed["state"], "consumed");
    assert_eq!(quantity(&consumed["lines"][0]["consumed"]), "120");
    assert_eq!(client.numbers("BOLT"), ["380", "0", "380"]);
    assert_eq!(client.get(&format!("/reservations/{id}")).send().expect(200), consumed);
}

fn consumes_a_part_and_releases_the_rest(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let id = reserve(&client, "SO-1", "BOLT", 120);
    let mut part = proof();
    part["lines"] = json!([{ "line_no": 1, "quantity": 50 }]);
    let left = client.post(&format!("/reservations/{id}/consume"), &part).send().expect(200);
    assert_eq!(left["state"], "active");
    assert_eq!(client.numbers("BOLT"), ["380", "70", "450"]);
    let body = json!({ "reason": "the rest stays here" });
    let over = client.post(&format!("/reservations/{id}/release"), &body).send().expect(200);
    assert_eq!(over["state"], "consumed", "something was shipped");
    let line = &over["lines"][0];
    let parts = ["requested", "reserved", "short", "released", "consumed"].map(|part| quantity(&line[part]));
    assert_eq!(parts, ["120", "0", "0", "70", "50"]);
    assert_eq!(client.numbers("BOLT"), ["450", "0", "450"]);
}

fn sums_the_same_sku_on_two_lines(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let of = |first: u32, second: u32| {
        json!({ "order_ref": "SO-1",
            "lines": [{ "sku": "NUT", "quantity": first }, { "sku": "NUT", "quantity": second }] })
    };
    let refusal = client.post("/reservations", &of(13, 13)).send().refused(409, "insufficient_stock");
    assert_eq!(refusal["shortages"][0]["sku"], "NUT");
    assert_eq!(client.numbers("NUT"), ["25", "0", "25"]);
    let made = client.post("/reservations", &of(13, 12)).send().expect(201);
    assert_eq!(made["lines"].as_array().unwrap().len(), 2);
    assert_eq!(client.numbers("NUT"), ["0", "25", "25"]);
}

fn keeps_six_decimals(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = br#"{"order_ref":"SO-1","lines":[{"sku":"FLOUR","quantity":0.000001},{"sku":"FLOUR","quantity":"2.3"}]}"#;
    client.post_raw("/reservations", body).send().expect(201);
    assert_eq!(client.numbers("FLOUR"), ["10.045677", "2.300001", "12.345678"]);
}

fn takes_lots_by_first_expiry(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "MILK", 5)).send().expect(201);
    let allocations = made["lines"][0]["allocations"].as_array().unwrap();
    let taken: Vec<_> = allocations
        .iter()
        .map(|taken| (taken["lot"].as_str().unwrap(), quantity(&taken["quantity"])))
        .collect();
    assert_eq!(taken, [("EARLY", "4".to_owned()), ("LATE", "1".to_owned())]);
    let asked = json!({ "order_ref": "SO-2", "lines": [{ "sku": "MILK", "quantity": 2, "lot": "LATE" }] });
    let made = client.post("/reservations", &asked).send().expect(201);
    assert_eq!(made["lines"][0]["allocations"][0]["lot"], "LATE");
    client.post("/reservations", &order("SO-3", "MILK", 1)).send().refused(409, "insufficient_stock");
}

fn takes_from_the_location_that_is_asked_for(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let of = |order_ref: &str, quantity: u32| json!({ "order_ref": order_ref, "lines": [{ "sku": "NUT", "quantity": quantity, "location": "SHELF-A" }] });
    client.post("/reservations", &of("SO-1", 6)).send().refused(409, "insufficient_stock");
    let made = client.post("/reservations", &of("SO-2", 5)).send().expect(201);
    assert_eq!(made["lines"][0]["allocations"][0]["location"], "SHELF-A");
    let rows = client.get("/availability?sku=NUT&location=SHELF-A&group_by=location").send().expect(200);
    assert_eq!(quantity(&rows["data"][0]["reserved"]), "5");
    assert_eq!(client.numbers("NUT"), ["20", "5", "25"]);
}

fn an_order_can_be_reserved_again_when_it_is_over(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let id = reserve(&client, "SO-1", "BOLT", 1);
    let second = client.post("/reservations", &order("SO-1", "BOLT", 1)).send();
    assert_eq!(second.refused(409, "order_already_reserved")["reservation_id"], json!(id));
    let erp = client.post("/reservations", &order("SO-1", "BOLT", 1)).with("Source-System", "erp");
    erp.send().expect(201);
    client.post(&format!("/reservations/{id}/release"), &json!({ "reason": "again" })).send().expect(200);
    reserve(&client, "SO-1", "BOLT", 2);
    assert_eq!(client.numbers("BOLT"), ["497", "3", "500"]);
}
