//! Every operation that the server describes is called here once and succeeds, and it describes no other; and what
//! every server has at its root.

use std::collections::BTreeSet;

use serde_json::json;

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
        _ => return None,
    };
    Some((answer, 200))
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
