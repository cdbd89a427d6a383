//! What people do in a warehouse, from the dock to the customer, through the API alone.

mod counts;
mod dock;
mod fulfilment;
mod journey;
mod moves;
mod records;
mod scans;
mod stories;
mod table;
mod work;

use serde_json::{Value, json};

use crate::harness::Client;

/// Makes a record and answers its path and itself.
fn make(client: &Client, module: &str, body: &Value) -> (String, Value) {
    let made = client.post(&format!("/operations/{module}"), body).send().expect(201);
    let path = format!("/operations/{module}/{}", made["id"].as_str().unwrap());
    assert_eq!(client.get(&path).send().expect(200), made, "what was answered is what is read");
    (path, made)
}

/// Moves a record from state to state, and answers what came of it.
fn go(client: &Client, path: &str, to: &[&str]) -> Value {
    let mut last = Value::Null;
    for state in to {
        last = client.post(&format!("{path}/transition"), &json!({ "to": state })).send().expect(200);
        assert_eq!(last["state"], *state);
    }
    last
}

/// Changes lines of a record as it is now.
fn patch(client: &Client, path: &str, lines: &Value) -> Value {
    let version = client.get(path).send().expect(200)["version"].clone();
    client.patch(path, &json!({ "expected_version": version, "lines": lines })).send().expect(200)
}

/// Posts a record as planned, but for what was said.
fn done(client: &Client, path: &str) -> Value {
    client.post(&format!("{path}/post-stock"), &json!({ "accept_planned": true })).send().expect(200)
}

/// Where the first line of a reservation holds stock, and of which lot.
fn places(reservation: &Value) -> Vec<(String, String)> {
    let held = reservation["lines"][0]["allocations"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    held.iter().map(|one| (text(&one["location"]), text(&one["lot"]))).collect()
}
