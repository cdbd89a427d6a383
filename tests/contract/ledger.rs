//! The ledger, the arithmetic behind a balance, and its recomputation.

use serde_json::{Value, json};

use crate::harness::{Client, Db, World, order, proof, quantity};

on_both!(
    movements_and_who_made_them,
    filters,
    filters_are_about_one_transfer,
    explained,
    sums_beyond_a_number,
    texts_that_are_no_names,
    integrity_in_pages,
    unknown_names
);

fn kinds(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("/ledger?{query}")).send().expect(200);
    page["data"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
}

/// Reserves, ships a part and gives back the rest; answers the reservation's id.
fn some_life(client: &Client) -> String {
    let call = client.post("/reservations", &order("SO-1", "BOLT", 10)).with("Request-Id", "reserve-1");
    let made = call.with("Actor-Id", "ada").send().expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let mut part = proof();
    part["lines"] = json!([{ "line_no": 1, "quantity": 4 }]);
    client.post(&format!("/reservations/{id}/consume"), &part).send().expect(200);
    client.post(&format!("/reservations/{id}/release"), &json!({ "reason": "changed" })).send().expect(200);
    id
}

fn movements_and_who_made_them(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let id = some_life(&client);
    let page = client.get(&format!("/ledger?record_id={id}")).send().expect(200);
    let rows = page["data"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    let reserve = &rows[0];
    assert_eq!(
        (&reserve["kind"], &reserve["request_id"], &reserve["actor_id"]),
        (&json!("reserve"), &json!("reserve-1"), &json!("ada"))
    );
    assert_eq!(reserve["source_system"], "commerce");
    let transfer = &reserve["transfers"][0];
    assert_eq!(quantity(&transfer["quantity"]), "10");
    assert_eq!(transfer["from"]["bucket"], "available");
    assert_eq!(
        transfer["to"],
        json!({ "location": "MAIN-STORAGE-DEFAULT", "bucket": "reserved", "hold_reason": null, "party": null, "version": 2 })
    );
    assert_eq!(rows[1]["transfers"][0]["to"]["party"], "customer");
    assert_eq!(rows[1]["effective_at"], "2026-01-02T03:04:05Z");
    assert_eq!(rows[2]["reason"], "changed");
    let seqs: Vec<_> = rows.iter().map(|row| row["seq"].as_i64().unwrap()).collect();
    assert!(seqs.is_sorted());
}

fn filters(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let first = client.get("/ledger?limit=1").send().expect(200)["data"][0].clone();
    some_life(&client);
    assert_eq!(kinds(&client, "sku=BOLT"), ["opening", "reserve", "consume", "release"]);
    assert_eq!(kinds(&client, "sku=BOLT&order=desc"), ["release", "consume", "reserve", "opening"]);
    assert_eq!(kinds(&client, "sku=BOLT&kind=consume"), ["consume"]);
    assert_eq!(kinds(&client, "location=SHELF-A"), ["opening"]);
    assert_eq!(kinds(&client, "lot=EARLY"), ["opening"]);
    assert_eq!(kinds(&client, "actor=ada"), ["reserve"]);
    assert_eq!(kinds(&client, "request_id=reserve-1"), ["reserve"]);
    assert_eq!(kinds(&client, "request_id=nobody"), Vec::<String>::new());
    let at = client.get("/ledger?kind=reserve").send().expect(200)["data"][0]["recorded_at"].clone();
    let at = at.as_str().unwrap();
    assert_eq!(kinds(&client, &format!("sku=BOLT&from={at}")), ["reserve", "consume", "release"]);
    assert_eq!(kinds(&client, &format!("sku=BOLT&to={at}")), ["opening"]);
    let opened = first["recorded_at"].as_str().unwrap();
    assert_eq!(kinds(&client, &format!("to={opened}")), Vec::<String>::new());
    let page = client.get("/ledger?sku=BOLT&limit=3").send().expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(kinds(&client, &format!("sku=BOLT&limit=3&cursor={cursor}")), ["release"]);
    for wrong in ["kind=theft", "from=now", "record_id=7", "order=up"] {
        client.get(&format!("/ledger?{wrong}")).send().refused(400, "invalid_query");
    }
    let csv = client.get("/ledger?format=csv&sku=BOLT").send().text();
    assert_eq!(csv.lines().count(), 5, "{csv}");
}

fn explained(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    some_life(&client);
    let held = client.post("/reservations", &order("SO-2", "BOLT", 30)).send().expect(201);
    let mut more = order("SO-3", "BOLT", 1000);
    more["allow_partial"] = true.into();
    more["backorder"] = true.into();
    client.post("/reservations", &more).send().expect(201);
    client.post("/products/MILK/lots/EARLY/hold", &json!({ "reason": "r" })).send().expect(200);
    let bolt = client.get("/availability/BOLT/explain").send().expect(200);
    assert_eq!(quantity(&bolt["unmet_demand"]), "534");
    assert_eq!(bolt["holders"][0]["reservation_id"], held["id"]);
    assert_eq!(bolt["holders"].as_array().unwrap().len(), 2);
    assert_eq!(bolt["movements"][0]["kind"], "reserve");
    assert_eq!(bolt["next_supply"], json!([]));
    for question in [
        "BOLT",
        "NUT",
        "MILK",
        "EMPTY",
        "FLOUR",
        "NUT?location=SHELF-A",
        "MILK?lot=EARLY",
        "NUT?warehouse=MAIN",
    ] {
        let (sku, rest) = question.split_once('?').unwrap_or((question, ""));
        let body = client.get(&format!("/availability/{sku}/explain?{rest}")).send().expect(200);
        for part in ["available", "reserved", "held", "owned"] {
            let rows = body["arithmetic"].as_array().unwrap().iter();
            let sum: i64 = rows.map(|row| micros(&row[part])).sum();
            assert_eq!(sum, micros(&body["stock"][part]), "{part} of {question}");
        }
    }
}

fn integrity_in_pages(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    some_life(&client);
    let mut rows: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("/integrity?limit=2{cursor}")).send().expect(200);
        rows.extend(page["data"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row["differences"] == json!([])), "{rows:?}");
    let bolt = client.get("/integrity?sku=BOLT").send().expect(200);
    assert_eq!((&bolt["data"][0]["version"], &bolt["data"][0]["transfers"]), (&json!(4), &json!(4)));
}

fn unknown_names(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for path in ["/ledger?sku=GHOST", "/integrity?sku=GHOST", "/availability/GHOST/explain"] {
        client.get(path).send().refused(404, "unknown_sku");
    }
    client.get("/ledger?location=NOWHERE").send().refused(404, "unknown_location");
    client.get("/availability/BOLT/explain?warehouse=GHOST").send().refused(404, "unknown_warehouse");
}

/// An order that takes bolts here and nuts there has moved no bolt there.
fn filters_are_about_one_transfer(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let lines =
        json!([{ "sku": "NUT", "quantity": 1, "location": "SHELF-A" }, { "sku": "BOLT", "quantity": 1 }]);
    client.post("/reservations", &json!({ "order_ref": "SO-1", "lines": lines })).send().expect(201);
    let count = |query: &str| {
        let page = client.get(&format!("/ledger?kind=reserve&{query}")).send().expect(200);
        page["data"].as_array().unwrap().len()
    };
    assert_eq!(count("sku=NUT&location=SHELF-A"), 1);
    assert_eq!(count("sku=BOLT"), 1);
    assert_eq!(count("sku=BOLT&location=SHELF-A"), 0, "only nuts were taken there");
}

/// More is wanted than an integer of the database could count in millionths.
fn sums_beyond_a_number(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for order in 0..5 {
        let lines = vec![json!({ "sku": "EMPTY", "quantity": 999_999_999 }); 2000];
        let body = json!({ "order_ref": format!("SO-{order}"), "allow_partial": true, "backorder": true, "lines": lines });
        client.post("/reservations", &body).send().expect(201);
    }
    let body = client.get("/availability/EMPTY/explain").send().expect(200);
    assert!(body["unmet_demand"].is_number(), "{body}");
}

/// One answer on both databases, and never theirs.
fn texts_that_are_no_names(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put("/products/SLEEVE", &json!({ "name": "\u{c4}rmel, Long" })).send().expect(201);
    let long = "x".repeat(256);
    for path in [
        "/ledger?actor=%00".to_owned(),
        "/products?search=%00".to_owned(),
        format!("/products?search={long}"),
        "/products?search=".to_owned(),
    ] {
        client.get(&path).send().refused(400, "invalid_query");
    }
    for search in ["%C3%84rmel", "long", "LONG", "sleeve"] {
        let page = client.get(&format!("/products?search={search}")).send().expect(200);
        assert_eq!(page["data"].as_array().unwrap().len(), 1, "{search}");
    }
}

/// A quantity in millionths.
fn micros(value: &Value) -> i64 {
    let text = quantity(value);
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    sign * format!("{whole}{part:0<6}").parse::<i64>().unwrap()
}
