//! The whole way of goods through the API alone: ordered, received, put away, promised, picked, packed, shipped, returned
//! and put back on the shelf. Every balance is looked at on the way.

use serde_json::{Value, json};

use super::{done, go, make};
use crate::harness::{Client, Db, World, order, quantity};

on_both!(from_the_vendor_to_the_customer_and_back);

/// What stands where: place, available, reserved, held, for every balance that is not empty.
fn everywhere(client: &Client) -> Vec<(String, String, String, String)> {
    let rows = client.get("/availability?sku=LAMP").send().expect(200);
    let mut found: Vec<_> = rows["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| quantity(&row["owned"]) != "0")
        .map(|row| {
            let text = |name: &str| quantity(&row[name]);
            (row["location"].as_str().unwrap().to_owned(), text("available"), text("reserved"), text("held"))
        })
        .collect();
    found.sort();
    found
}

fn row(place: &str, available: u32, reserved: u32, held: u32) -> (String, String, String, String) {
    (place.to_owned(), available.to_string(), reserved.to_string(), held.to_string())
}

fn path_of(module: &str, record: &Value) -> String {
    format!("/operations/{module}/{}", record["id"].as_str().unwrap())
}

#[expect(clippy::too_many_lines, reason = "one journey, step by step")]
fn from_the_vendor_to_the_customer_and_back(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for (code, kind) in [
        ("DOCK", "receiving"),
        ("BIN-7", "storage"),
        ("STAGE", "staging"),
        ("PACK", "packing"),
        ("BACK", "returns"),
    ] {
        client.put(&format!("/locations/{code}"), &json!({ "kind": kind })).send().expect(201);
    }
    let lamp = json!({ "name": "lamp", "settings": [{ "warehouse": "MAIN", "putaway_bins": ["BIN-7"] }] });
    client.put("/products/LAMP", &lamp).send().expect(201);
    let (vendor, _) = make(&client, "vendors", &json!({ "payload": { "code": "LUX", "name": "Lux" } }));
    go(&client, &vendor, &["approved"]);
    let lines = json!([{ "sku": "LAMP", "planned": 12 }]);
    let (purchase, _) =
        make(&client, "purchase-orders", &json!({ "payload": { "vendor": "LUX" }, "lines": lines }));
    go(&client, &purchase, &["approved"]);
    assert_eq!(quantity(&client.stock("LAMP")["incoming"]), "0");
    go(&client, &purchase, &["ordered"]);
    assert_eq!(quantity(&client.stock("LAMP")["incoming"]), "12");
    let explained = client.get("/availability/LAMP/explain").send().expect(200);
    assert_eq!(explained["next_supply"][0]["quantity"], 12);

    let session = client.post(&format!("{purchase}/create-receiving-session"), &json!({})).send().expect(201);
    let session = path_of("receiving-sessions", &session);
    go(&client, &session, &["receiving"]);
    done(&client, &session);
    assert_eq!(everywhere(&client), [row("DOCK", 0, 0, 12)]);
    assert_eq!(client.get(&purchase).send().expect(200)["state"], "closed");
    assert_eq!(quantity(&client.stock("LAMP")["incoming"]), "0");

    let task = client.post(&format!("{session}/generate-putaway"), &json!({})).send().expect(201);
    assert_eq!(task["lines"][0]["to"], "BIN-7", "the product's own bin");
    let task = path_of("putaway-tasks", &task);
    go(&client, &task, &["in_progress"]);
    done(&client, &task);
    assert_eq!(everywhere(&client), [row("BIN-7", 12, 0, 0)]);

    let held = client.post("/reservations", &order("SO-1", "LAMP", 5)).send().expect(201);
    assert_eq!(everywhere(&client), [row("BIN-7", 7, 5, 0)]);
    let picks = "/operations/pick-tasks/generate-from-reservations";
    let pick = client.post(picks, &json!({ "order_refs": ["SO-1"] })).send().expect(201);
    let pick = path_of("pick-tasks", &pick["data"][0]);
    go(&client, &pick, &["in_progress"]);
    done(&client, &pick);
    assert_eq!(everywhere(&client), [row("BIN-7", 7, 0, 0), row("STAGE", 0, 5, 0)]);

    let pack = client.post(&format!("{pick}/generate-pack-session"), &json!({})).send().expect(201);
    let pack = path_of("pack-sessions", &pack);
    go(&client, &pack, &["in_progress"]);
    done(&client, &pack);
    assert_eq!(everywhere(&client), [row("BIN-7", 7, 0, 0), row("PACK", 0, 5, 0)]);

    let ship = client.post(&format!("{pack}/generate-ship-confirmation"), &json!({})).send().expect(201);
    let ship = path_of("ship-confirmations", &ship);
    let carrier = json!({ "expected_version": 1, "payload": { "carrier": "DHL", "tracking_number": "JD1" } });
    client.patch(&ship, &carrier).send().expect(200);
    go(&client, &ship, &["in_progress"]);
    done(&client, &ship);
    assert_eq!(everywhere(&client), [row("BIN-7", 7, 0, 0)]);
    let reservation = format!("/reservations/{}", held["id"].as_str().unwrap());
    assert_eq!(client.get(&reservation).send().expect(200)["state"], "consumed");

    let line = json!([{ "reservation_id": held["id"], "reservation_line": 1, "sku": "LAMP", "planned": 2 }]);
    let (back, _) = make(&client, "returns", &json!({ "lines": line }));
    go(&client, &back, &["receiving"]);
    done(&client, &back);
    assert_eq!(everywhere(&client), [row("BACK", 0, 0, 2), row("BIN-7", 7, 0, 0)]);
    let restock = json!([{ "line_no": 1, "quantity": 2, "disposition": "restock", "to": "BIN-7" }]);
    let body = json!({ "step": "dispose", "lines": restock });
    let posted = client.post(&format!("{back}/post-stock"), &body).send().expect(200);
    assert_eq!(posted["state"], "posted");
    assert_eq!(everywhere(&client), [row("BIN-7", 9, 0, 0)]);

    // Every record is done, and so is its work.
    for path in [&session, &task, &pick, &pack, &ship, &back] {
        let work = client.get(path).send().expect(200)["work_item_id"].clone();
        let item = client.get(&format!("/work-items/{}", work.as_str().unwrap())).send().expect(200);
        assert_eq!(item["state"], "completed", "{path}");
    }
}
