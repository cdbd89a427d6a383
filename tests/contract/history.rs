//! The past: what was answered once is answered again for that moment, for ever.

use serde_json::{Value, json};

use crate::harness::{Client, Db, World, order, proof, quantity};

on_both!(
    as_of_answers_what_was_answered,
    before_and_after_everything,
    what_had_happened_by_then,
    pages_of_the_past
);

/// Questions whose answers must stay the same.
const QUESTIONS: [&str; 7] = [
    "sku=BOLT,NUT,MILK,EMPTY",
    "sku=NUT&group_by=sku",
    "group_by=location",
    "sku=MILK&group_by=lot",
    "location=SHELF-A",
    "lot=EARLY",
    "limit=3",
];

fn ask(client: &Client, question: &str) -> (Value, String) {
    let answer = client.get(&format!("/availability?{question}")).send();
    let at = answer.header("As-Of").unwrap().to_owned();
    (answer.expect(200), at)
}

fn as_of_answers_what_was_answered(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let mut seen = Vec::new();
    let mut look = |client: &Client| {
        seen.extend(QUESTIONS.map(|question| (question, ask(client, question))));
    };
    look(&client);
    let first = client.post("/reservations", &order("SO-1", "NUT", 23)).send().expect(201);
    look(&client);
    client.post("/reservations", &order("SO-2", "MILK", 5)).send().expect(201);
    client.post("/products/MILK/lots/EARLY/hold", &json!({ "reason": "r" })).send().expect(200);
    look(&client);
    client
        .put("/warehouses/NORTH", &json!({ "name": "North", "default_location": "N-1" }))
        .send()
        .expect(201);
    let path = format!("/reservations/{}", first["id"].as_str().unwrap());
    let mut part = proof();
    part["lines"] = json!([{ "line_no": 1, "quantity": 4 }]);
    client.post(&format!("{path}/consume"), &part).send().expect(200);
    look(&client);
    client.post(&format!("{path}/release"), &json!({ "reason": "r" })).send().expect(200);
    client.post("/reservations", &order("SO-3", "BOLT", 100)).send().expect(201);
    look(&client);
    for (question, (then, at)) in &seen {
        let (again, shown) = ask(&client, &format!("{question}&as_of={at}"));
        assert_eq!(again["data"], then["data"], "{question} as of {at}");
        assert_eq!(shown, *at, "the moment that is shown");
        let table = client
            .get(&format!("/availability?{question}&as_of={at}&format=csv").replace("limit=3&", ""))
            .send();
        assert_eq!(table.header("As-Of"), Some(at.as_str()));
        assert_eq!(again["next_cursor"].is_null(), then["next_cursor"].is_null(), "{question} as of {at}");
    }
    let distinct: std::collections::BTreeSet<_> =
        seen.iter().map(|(_, (then, _))| then.to_string()).collect();
    assert!(distinct.len() > 12, "the moments differ: {}", distinct.len());
}

fn before_and_after_everything(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let (rows, _) = ask(&client, "as_of=2001-01-01T00:00:00Z");
    assert_eq!(rows["data"], json!([]));
    let (rows, _) = ask(&client, "sku=BOLT&as_of=2001-01-01T00:00:00Z");
    assert_eq!(quantity(&rows["data"][0]["owned"]), "0");
    let (now, _) = ask(&client, "sku=BOLT");
    let (later, _) = ask(&client, "sku=BOLT&as_of=2099-01-01T00:00:00Z");
    assert_eq!(now["data"], later["data"]);
    client.get("/availability?as_of=yesterday").send().refused(400, "invalid_query");
}

fn what_had_happened_by_then(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client.post("/reservations", &order("SO-1", "BOLT", 10)).send().expect(201);
    let path = format!("/reservations/{}/consume", made["id"].as_str().unwrap());
    // The goods left before the system heard of it.
    client.post(&path, &proof()).send().expect(200);
    let (_, now) = ask(&client, "sku=BOLT");
    let numbers = |question: &str| {
        let (rows, _) = ask(&client, &format!("sku=BOLT&group_by=sku&{question}"));
        ["available", "reserved", "owned"].map(|name| quantity(&rows["data"][0][name]))
    };
    assert_eq!(numbers(&format!("effective_as_of={now}")), ["490", "0", "490"]);
    // Shipped on the second of January, before anything was recorded: gone from what was not there yet.
    assert_eq!(numbers("effective_as_of=2026-01-03T00:00:00Z"), ["0", "-10", "-10"]);
    assert_eq!(numbers("effective_as_of=2026-01-01T00:00:00Z"), ["0", "0", "0"]);
    assert_eq!(numbers("effective_as_of=2026-01-03T00:00:00Z&as_of=2026-01-04T00:00:00Z"), ["0", "0", "0"]);
}

fn pages_of_the_past(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let (whole, at) = ask(&client, "limit=500");
    client.post("/reservations", &order("SO-1", "BOLT", 10)).send().expect(201);
    let mut rows: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let (page, _) = ask(&client, &format!("limit=2&as_of={at}{cursor}"));
        rows.extend(page["data"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(Value::Array(rows), whole["data"]);
    let csv = client.get(&format!("/availability?format=csv&as_of={at}")).send();
    assert_eq!(csv.text().lines().count(), whole["data"].as_array().unwrap().len() + 1);
}
