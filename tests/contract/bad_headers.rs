//! Write headers that are missing or wrong: one 400 that names every one of them, and no effect.

use serde_json::{Value, json};

use crate::harness::{Answer, Call, Client, Db, World, order};

on_both!(each_one_missing, each_one_wrong, all_at_once, a_request_id_comes_back, other_sources_are_refused);

const HEADERS: [&str; 5] = ["Request-Id", "Idempotency-Key", "Actor-Id", "Actor-Type", "Source-System"];

fn good(client: &Client) -> Call {
    client.post("/reservations", &order("SO-1", "BOLT", 1))
}

/// The headers that a refusal names, in its order.
#[track_caller]
fn named(answer: &Answer) -> Vec<String> {
    let body = answer.refused(400, "invalid_headers");
    let errors = body["errors"].as_array().unwrap();
    errors.iter().map(|error| error["header"].as_str().unwrap().to_owned()).collect()
}

fn each_one_missing(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    for name in HEADERS {
        assert_eq!(named(&good(&client).without(name).send()), [name]);
    }
    assert_eq!(client.everything(), before);
}

fn each_one_wrong(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    let long = "x".repeat(256);
    for name in HEADERS {
        for value in ["", "two words", long.as_str()] {
            assert_eq!(named(&good(&client).with(name, value).send()), [name], "{name}: {value:?}");
        }
        assert_eq!(named(&good(&client).with_bytes(name, "è".as_bytes()).send()), [name]);
    }
    for value in ["robot", "USER", "User"] {
        assert_eq!(named(&good(&client).with("Actor-Type", value).send()), ["Actor-Type"]);
    }
    assert_eq!(client.everything(), before);
    // The longest that is allowed.
    good(&client).key(&"x".repeat(255)).send().expect(201);
}

fn all_at_once(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = client.everything();
    let id = "018f0000-0000-7000-8000-000000000000";
    let bare = |path: &str, body: &Value| {
        HEADERS.iter().fold(client.post(path, body), |call, header| call.without(header))
    };
    for (path, body) in [
        ("/reservations".to_owned(), order("SO-1", "BOLT", 1)),
        (format!("/reservations/{id}/release"), json!({ "reason": "r" })),
        (format!("/reservations/{id}/consume"), json!({})),
        (format!("/reservations/{id}/fill"), json!({})),
    ] {
        assert_eq!(named(&bare(&path, &body).send()), HEADERS, "{path}");
        let dry = format!("{path}?dry_run=true");
        assert_eq!(named(&bare(&dry, &body).send()), HEADERS, "{dry}");
    }
    let mixed = good(&client).without("Actor-Id").with("Actor-Type", "robot").with("Source-System", "shop");
    assert_eq!(named(&mixed.send()), ["Actor-Id", "Actor-Type", "Source-System"]);
    assert_eq!(client.everything(), before);
}

fn a_request_id_comes_back(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let read = client.get("/availability").with("Request-Id", "read-7").send();
    assert_eq!(read.header("Request-Id"), Some("read-7"));
    let fresh = client.get("/availability").send().header("Request-Id").unwrap().to_owned();
    assert_ne!(client.get("/availability").send().header("Request-Id"), Some(fresh.as_str()));
    let refused = client.get("/nowhere").with("Request-Id", "read-8").send();
    assert_eq!(refused.refused(404, "route_not_found")["request_id"], "read-8");
}

fn other_sources_are_refused(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for source in ["commerce", "erp", "workbench", "inventory-worker", "vendor-feed"] {
        let body = order(&format!("SO-{source}"), "BOLT", 1);
        let made = client.post("/reservations", &body).with("Source-System", source).send().expect(201);
        assert_eq!(made["source_system"], source);
    }
    for source in ["shop", "Commerce", "commerce,erp"] {
        assert_eq!(named(&good(&client).with("Source-System", source).send()), ["Source-System"]);
    }
    assert_eq!(client.numbers("BOLT"), ["495", "5", "500"]);
}
