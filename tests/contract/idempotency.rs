//! A repeat has the stored answer, byte for byte, and no effect of its own.

use serde_json::json;

use crate::harness::{Answer, Db, World, order, proof};

on_both!(
    repeats_are_equal_byte_for_byte,
    a_stored_refusal_is_final,
    a_reused_key_is_refused,
    keys_of_two_systems_are_two_keys,
    what_was_never_decided_is_not_stored,
    the_same_key_at_the_same_moment_has_one_effect,
);

#[track_caller]
fn assert_repeats(first: &Answer, second: &Answer) {
    assert_eq!(
        (first.status, &first.bytes),
        (second.status, &second.bytes),
        "{} / {}",
        first.text(),
        second.text()
    );
    for name in ["ETag", "Location", "Content-Type"] {
        assert_eq!(first.header(name), second.header(name), "{name}");
    }
    assert!(!first.is_replay() && second.is_replay());
}

fn repeats_are_equal_byte_for_byte(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let create = client.post("/reservations", &order("SO-1", "BOLT", 5));
    let first = create.clone().send();
    let id = first.expect(201)["id"].as_str().unwrap().to_owned();
    let second = create.clone().with("Request-Id", "another").send();
    assert_repeats(&first, &second);
    assert_eq!(second.header("Request-Id"), Some("another"));

    let release = json!({ "reason": "less", "lines": [{ "line_no": 1, "quantity": 2 }] });
    for call in [
        client.post(&format!("/reservations/{id}/release"), &release),
        client.post(&format!("/reservations/{id}/fill"), &json!({})),
        client.post(&format!("/reservations/{id}/consume"), &proof()),
    ] {
        let first = call.clone().send();
        first.expect(200);
        assert_repeats(&first, &call.send());
    }
    assert_repeats(&first, &create.send());
    assert_eq!(client.numbers("BOLT"), ["497", "0", "497"]);
}

fn a_stored_refusal_is_final(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let all = client.post("/reservations", &order("SO-1", "NUT", 25)).send().expect(201);
    let id = all["id"].as_str().unwrap();
    let call = client.post("/reservations", &order("SO-2", "NUT", 1));
    let first = call.clone().send();
    first.refused(409, "insufficient_stock");
    client.post(&format!("/reservations/{id}/release"), &json!({ "reason": "free" })).send().expect(200);
    let second = call.clone().send();
    assert_repeats(&first, &second);
    assert_eq!(client.numbers("NUT"), ["25", "0", "25"]);
    call.key("another-key").send().expect(201);
    assert_eq!(client.numbers("NUT"), ["24", "1", "25"]);
}

fn a_reused_key_is_refused(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let call = client.post("/reservations", &order("SO-1", "BOLT", 5)).key("k-1");
    call.clone().send().expect(201);
    let before = client.everything();
    let other_body = client.post("/reservations", &order("SO-2", "BOLT", 5)).key("k-1");
    let other_query = client.post("/reservations?dry_run=false", &order("SO-1", "BOLT", 5)).key("k-1");
    let other_if_match = call.clone().with("If-Match", "\"1\"");
    for spoilt in [other_body, other_query, other_if_match] {
        spoilt.send().refused(422, "idempotency_key_reused");
    }
    assert_eq!(client.everything(), before);
    assert!(call.send().is_replay(), "the refusals have not replaced the stored answer");
}

fn keys_of_two_systems_are_two_keys(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let call = client.post("/reservations", &order("SO-1", "BOLT", 5)).key("k-1");
    call.clone().send().expect(201);
    let other = call.with("Source-System", "erp").send();
    assert_eq!(other.expect(201)["source_system"], "erp");
    assert!(!other.is_replay());
}

fn what_was_never_decided_is_not_stored(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let good = client.post("/reservations", &order("SO-1", "BOLT", 5)).key("k-1");
    good.clone().without("Actor-Id").send().refused(400, "invalid_headers");
    client.post_raw("/reservations", b"{").key("k-1").send().refused(400, "malformed_json");
    good.clone().with("Content-Type", "text/plain").send().refused(415, "unsupported_media_type");
    let answer = good.send();
    answer.expect(201);
    assert!(!answer.is_replay());
}

fn the_same_key_at_the_same_moment_has_one_effect(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for round in 0..10 {
        let call = client.post("/reservations", &order(&format!("SO-{round}"), "BOLT", 1));
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| call.clone().send_patiently())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for answer in &answers {
            assert_eq!((answer.status, &answer.bytes), (201, &answers[0].bytes));
        }
        assert_eq!(answers.iter().filter(|answer| !answer.is_replay()).count(), 1);
    }
    assert_eq!(client.numbers("BOLT"), ["490", "10", "500"]);
}
