//! Every operation that the server describes is called here once and succeeds, and it describes no other; and what
//! every server has at its root.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Answer, Client, Db, World, description, operations, order, proof};

on_both!(every_operation_is_called, health, metrics, the_description_is_whole);

const BASE: &str = "/api/v1/inventory";

fn call(client: &Client, method: &str, path: &str) -> Option<(Answer, u16)> {
    let made = || {
        let order_ref = format!("{method} {path}");
        let made = client.post("/reservations", &order(&order_ref, "BOLT", 1)).send().expect(201);
        made["id"].as_str().unwrap().to_owned()
    };
    let step = |step: &str, body| client.post(&format!("/reservations/{}/{step}", made()), &body).send();
    let short = path.strip_prefix(BASE).unwrap_or(path);
    let answer = match (method, short) {
        ("GET", "/healthz" | "/readyz" | "/metrics" | "/openapi.json") => client.get(short).send(),
        ("GET", "/availability" | "/reservations" | "/products" | "/locations" | "/warehouses") => {
            client.get(short).send()
        }
        ("POST", "/reservations") => {
            return Some((client.post("/reservations", &order("SO", "BOLT", 1)).send(), 201));
        }
        ("GET", "/ledger" | "/integrity") => client.get(short).send(),
        ("GET", "/availability/{sku}/explain") => client.get("/availability/BOLT/explain").send(),
        ("GET", "/api/v1/requests/{request_id}") => {
            let call = client.post("/reservations", &order("TRAIL", "BOLT", 1)).with("Request-Id", "r-1");
            call.send().expect(201);
            client.get("/api/v1/requests/r-1").send()
        }
        ("GET", "/reservations/{id}") => client.get(&format!("/reservations/{}", made())).send(),
        ("PATCH", "/reservations/{id}") => {
            let body = json!({ "expected_version": 1, "lines": [{ "line_no": 1, "quantity": 2 }] });
            client.patch(&format!("/reservations/{}", made()), &body).send()
        }
        ("POST", "/reservations/{id}/release") => step("release", json!({ "reason": "r" })),
        ("POST", "/reservations/{id}/consume") => step("consume", proof()),
        ("POST", "/reservations/{id}/fill") => step("fill", json!({})),
        ("GET", "/warehouses/{warehouse}") => client.get("/warehouses/MAIN").send(),
        ("PUT", "/warehouses/{warehouse}") => {
            return Some((client.put("/warehouses/NORTH", &json!({ "name": "North" })).send(), 201));
        }
        ("GET", "/locations/{location}") => client.get("/locations/SHELF-A").send(),
        ("PUT", "/locations/{location}") => {
            return Some((client.put("/locations/SHELF-B", &json!({})).send(), 201));
        }
        ("GET", "/products/{sku}") => client.get("/products/BOLT").send(),
        ("PUT", "/products/{sku}") => {
            return Some((client.put("/products/SCREW", &json!({ "name": "screw" })).send(), 201));
        }
        ("GET", "/products/{sku}/lots") => client.get("/products/MILK/lots").send(),
        ("GET", "/products/{sku}/lots/{lot}") => client.get("/products/MILK/lots/LATE").send(),
        ("GET", "/products/{sku}/lots/{lot}/trace") => client.get("/products/MILK/lots/LATE/trace").send(),
        ("PUT", "/products/{sku}/lots/{lot}") => {
            client.put("/products/MILK/lots/LATE", &json!({ "expires_on": "2099-06-30" })).send()
        }
        ("POST", "/products/{sku}/lots/{lot}/hold") => {
            client.post("/products/MILK/lots/LATE/hold", &json!({ "reason": "r" })).send()
        }
        ("POST", "/products/{sku}/lots/{lot}/release") => {
            client.post("/products/MILK/lots/EARLY/hold", &json!({ "reason": "r" })).send().expect(200);
            client.post("/products/MILK/lots/EARLY/release", &json!({ "reason": "r" })).send()
        }
        _ => return floor(client, method, short),
    };
    Some((answer, 200))
}

/// Makes a record and answers its path.
fn make(client: &Client, module: &str, body: &Value) -> String {
    let made = client.post(&format!("/operations/{module}"), body).send().expect(201);
    format!("/operations/{module}/{}", made["id"].as_str().unwrap())
}

fn to(client: &Client, path: &str, state: &str) {
    client.post(&format!("{path}/transition"), &json!({ "to": state })).send().expect(200);
}

/// A receiving session in receiving, or posted.
fn session(client: &Client, body: &Value, posted: bool) -> String {
    let session = make(client, "receiving-sessions", body);
    to(client, &session, "receiving");
    if posted {
        client.post(&format!("{session}/post-stock"), &json!({})).send().expect(200);
    }
    session
}

fn bolts() -> Value {
    json!({ "lines": [{ "sku": "BOLT", "planned": 1, "actual": 1 }] })
}

fn scan(client: &Client) -> Answer {
    let body = json!({ "raw": "BOLT", "scanned_at": "2026-11-20T08:00:00Z", "device_id": "gun" });
    client.post("/barcode-scans", &body).send()
}

/// The routes of work items, operations and scans.
fn floor(client: &Client, method: &str, path: &str) -> Option<(Answer, u16)> {
    let item = || {
        let body = json!({ "kind": "scan", "title": "look" });
        format!(
            "/work-items/{}",
            client.post("/work-items", &body).send().expect(201)["id"].as_str().unwrap()
        )
    };
    let record = path.strip_prefix("/operations/{module}/{record_id}");
    let answer = match (method, path) {
        ("GET", "/work-items") => client.get(path).send(),
        ("POST", "/work-items") => {
            return Some((client.post(path, &json!({ "kind": "scan", "title": "look" })).send(), 201));
        }
        ("GET", "/work-items/{id}") => client.get(&item()).send(),
        ("GET", "/work-items/{id}/history") => client.get(&format!("{}/history", item())).send(),
        ("POST", "/work-items/{id}/transition") => {
            client.post(&format!("{}/transition", item()), &json!({ "to": "in_progress" })).send()
        }
        ("GET", "/barcode-scans") => client.get(path).send(),
        ("POST", "/barcode-scans") => return Some((scan(client), 201)),
        ("GET", "/barcode-scans/{id}") => {
            let taken = scan(client).expect(201);
            client.get(&format!("/barcode-scans/{}", taken["id"].as_str().unwrap())).send()
        }
        ("GET", "/operations/{module}") => client.get("/operations/vendors").send(),
        ("POST", "/operations/{module}") => {
            return Some((client.post("/operations/receiving-sessions", &bolts()).send(), 201));
        }
        ("PATCH", _) if record == Some("") => client
            .patch(&make(client, "receiving-sessions", &bolts()), &json!({ "expected_version": 1 }))
            .send(),
        ("GET", _) if record.is_some() => {
            client.get(&format!("{}{}", make(client, "receiving-sessions", &bolts()), record?)).send()
        }
        ("POST", _) if record == Some("/transition") => {
            let path = make(client, "receiving-sessions", &bolts());
            client.post(&format!("{path}/transition"), &json!({ "to": "receiving" })).send()
        }
        ("POST", _) if record == Some("/post-stock") => {
            client.post(&format!("{}/post-stock", session(client, &bolts(), false)), &json!({})).send()
        }
        ("POST", _) if record == Some("/reverse-stock") => client
            .post(&format!("{}/reverse-stock", session(client, &bolts(), true)), &json!({ "reason": "r" }))
            .send(),
        _ => return chain(client, method, path),
    };
    Some((answer, 200))
}

/// The routes that make a record from another one, and those of one module.
fn chain(client: &Client, method: &str, path: &str) -> Option<(Answer, u16)> {
    let answer = match (method, path) {
        ("POST", "/operations/purchase-orders/{record_id}/create-receiving-session") => {
            let vendor = make(client, "vendors", &json!({ "payload": { "code": "V", "name": "v" } }));
            to(client, &vendor, "approved");
            let order = json!({ "payload": { "vendor": "V" }, "lines": [{ "sku": "BOLT", "planned": 1 }] });
            let order = make(client, "purchase-orders", &order);
            to(client, &order, "approved");
            to(client, &order, "ordered");
            return Some((client.post(&format!("{order}/create-receiving-session"), &json!({})).send(), 201));
        }
        ("POST", "/operations/receiving-sessions/{record_id}/inspect") => {
            let lamp = json!({ "name": "lamp", "needs_inspection": true });
            client.put("/products/LAMP", &lamp).send().expect(201);
            let lamps = json!({ "lines": [{ "sku": "LAMP", "actual": 1 }] });
            let found = json!({ "lines": [{ "line_no": 1, "accepted": 1 }] });
            client.post(&format!("{}/inspect", session(client, &lamps, true)), &found).send()
        }
        ("POST", "/operations/receiving-sessions/{record_id}/generate-putaway") => {
            client.put("/locations/DOCK", &json!({ "kind": "receiving" })).send().expect(201);
            let path = session(client, &bolts(), true);
            return Some((client.post(&format!("{path}/generate-putaway"), &json!({})).send(), 201));
        }
        _ => return fulfilment(client, method, path),
    };
    Some((answer, 200))
}

/// The routes from the shelf to the customer, and of kits.
fn fulfilment(client: &Client, method: &str, path: &str) -> Option<(Answer, u16)> {
    if path == "/operations/kit-assemblies/{record_id}/post-assembly" {
        let set = json!({ "name": "set", "bill_of_materials": [{ "sku": "BOLT", "quantity": 2 }] });
        client.put("/products/SET", &set).send().expect(201);
        let kit = make(client, "kit-assemblies", &json!({ "payload": { "sku": "SET", "quantity": 1 } }));
        to(client, &kit, "approved");
        to(client, &kit, "in_progress");
        let post = client.post(&format!("{kit}/post-assembly"), &json!({ "accept_planned": true })).send();
        return Some((post, 200));
    }
    let chain = path.strip_prefix("/operations/").filter(|_| method == "POST")?;
    client.put("/locations/STAGE", &json!({ "kind": "staging" })).send();
    client.put("/locations/PACK", &json!({ "kind": "packing" })).send();
    let id = client.post("/reservations", &order(path, "BOLT", 1)).send().expect(201)["id"].clone();
    let pick =
        client.post("/operations/pick-tasks/generate-from-reservations", &json!({ "reservation_ids": [id] }));
    let pick = pick.send();
    if chain == "pick-tasks/generate-from-reservations" {
        return Some((pick, 201));
    }
    let done = |module: &str, record: &Value| {
        let path = format!("/operations/{module}/{}", record["id"].as_str().unwrap());
        to(client, &path, "in_progress");
        client.post(&format!("{path}/post-stock"), &json!({ "accept_planned": true })).send().expect(200);
        path
    };
    let pick = done("pick-tasks", &pick.expect(201)["data"][0]);
    if chain == "pick-tasks/{record_id}/unpick" {
        return Some((client.post(&format!("{pick}/unpick"), &json!({})).send(), 200));
    }
    let pack = client.post(&format!("{pick}/generate-pack-session"), &json!({})).send();
    if chain == "pick-tasks/{record_id}/generate-pack-session" {
        return Some((pack, 201));
    }
    let pack = done("pack-sessions", &pack.expect(201));
    let ship = client.post(&format!("{pack}/generate-ship-confirmation"), &json!({})).send();
    (chain == "pack-sessions/{record_id}/generate-ship-confirmation").then_some((ship, 201))
}

fn every_operation_is_called(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let described = operations(&world.servers[0].base);
    assert!(described.len() >= 7, "{described:?}");
    for (method, path) in described {
        let called = call(&client, &method, &path);
        let (answer, status) = called.unwrap_or_else(|| panic!("no test calls {method} {path}"));
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
    }
}

fn health(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(client.get(path).send().status, 200, "{path}");
    }
}

fn metrics(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.post("/reservations", &order("SO-1", "BOLT", 1)).send().expect(201);
    let answer = client.get("/metrics").send();
    let text = answer.text();
    assert!(answer.header("Content-Type").is_some_and(|media| media.starts_with("text/plain")), "{answer:?}");
    let is_sample = |line: &str| line.rsplit_once(' ').is_some_and(|(_, value)| value.parse::<f64>().is_ok());
    let samples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    assert!(samples.clone().count() > 0 && samples.clone().all(is_sample), "{text}");
}

fn the_description_is_whole(db: Db) {
    let world = World::standard(db);
    let document = description(&world.servers[0].base);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let served = world.client().get("/openapi.json").send();
    assert_eq!(&served.json(), document, "it is the same for both databases");
    let mut ids = BTreeSet::new();
    for (method, path) in operations(&world.servers[0].base) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        if let Some(id) = operation["operationId"].as_str() {
            assert!(ids.insert(id.to_owned()), "{id} twice");
        }
        assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
        assert!(
            operation["responses"].as_object().is_some_and(|responses| !responses.is_empty()),
            "{method} {path}"
        );
        if method != "GET" {
            let text =
                operation["parameters"].to_string() + &document["components"]["parameters"].to_string();
            for header in ["Request-Id", "Idempotency-Key", "Actor-Id", "Actor-Type", "Source-System"] {
                assert!(text.contains(header), "{method} {path} does not say {header}");
            }
        }
    }
}
