//! Versions: ETag, If-Match, If-None-Match and `expected_version`.

use serde_json::json;

use crate::harness::{Db, World, order, proof};

on_both!(
    an_old_version_is_refused,
    the_right_one_is_taken,
    what_is_no_version_is_refused,
    only_where_there_is_nothing_yet,
    not_modified
);

fn an_old_version_is_refused(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "BOLT", 5)).send();
    let (old, id) =
        (made.header("ETag").unwrap().to_owned(), made.expect(201)["id"].as_str().unwrap().to_owned());
    let path = format!("/reservations/{id}");
    let part = json!({ "reason": "r", "lines": [{ "line_no": 1, "quantity": 1 }] });
    let moved = client.post(&format!("{path}/release"), &part).send();
    moved.expect(200);
    assert_ne!(moved.header("ETag"), Some(old.as_str()));
    let before = client.everything();
    for (step, mut body) in [("release", json!({ "reason": "r" })), ("consume", proof()), ("fill", json!({}))]
    {
        let path = format!("{path}/{step}");
        let call = client.post(&path, &body).with("If-Match", &old);
        let first = call.clone().send();
        first.refused(412, "version_mismatch");
        assert_eq!(call.send().bytes, first.bytes, "a stored refusal");
        body["expected_version"] = json!(1);
        client.post(&path, &body).send().refused(412, "version_mismatch");
    }
    assert_eq!(client.everything(), before);
}

fn the_right_one_is_taken(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "BOLT", 5)).send();
    let body = made.expect(201);
    let path = format!("/reservations/{}", body["id"].as_str().unwrap());
    let part = json!({ "reason": "r", "lines": [{ "line_no": 1, "quantity": 1 }], "expected_version": body["version"] });
    client.post(&format!("{path}/release"), &part).send().expect(200);
    let etag = client.get(&path).send().header("ETag").unwrap().to_owned();
    client.post(&format!("{path}/consume"), &proof()).with("If-Match", &etag).send().expect(200);
    assert_eq!(client.numbers("BOLT"), ["496", "0", "496"]);
}

fn what_is_no_version_is_refused(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "BOLT", 5)).send().expect(201);
    let path = format!("/reservations/{}/consume", made["id"].as_str().unwrap());
    for wrong in ["1", "\"one\"", "\"1\", \"2\""] {
        client.post(&path, &proof()).with("If-Match", wrong).send().refused(400, "invalid_headers");
    }
    assert_eq!(client.numbers("BOLT"), ["495", "5", "500"]);
}

fn only_where_there_is_nothing_yet(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let put = |name: &str| {
        let call = client.put("/products/SCREW", &json!({ "name": name })).with("If-None-Match", "*");
        call.send()
    };
    put("screw").expect(201);
    put("nail").refused(412, "version_mismatch");
    assert_eq!(client.get("/products/SCREW").send().expect(200)["name"], "screw");
}

fn not_modified(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "BOLT", 5)).send();
    let path = format!("/reservations/{}", made.expect(201)["id"].as_str().unwrap());
    let etag = made.header("ETag").unwrap();
    let same = client.get(&path).with("If-None-Match", etag).send();
    assert_eq!((same.status, same.bytes.len()), (304, 0));
    client.get(&path).with("If-None-Match", "\"99\"").send().expect(200);
}
