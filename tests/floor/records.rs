//! What all records have in common: content, numbers, states, history, lists.

use serde_json::{Value, json};

use crate::harness::{Db, World};

on_both!(
    content_is_checked_field_by_field,
    plans_change_while_open_and_actuals_until_posted,
    blocked_remembers_where_it_was,
    who_did_what_is_known,
    records_are_listed_by_what_they_say,
    a_vendor_code_is_taken_once
);

fn pointers(answer: &crate::harness::Answer) -> Vec<String> {
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["pointer"].as_str().unwrap_or_default().to_owned()).collect()
}

fn content_is_checked_field_by_field(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let post = |module: &str, body: &Value| client.post(&format!("/operations/{module}"), body).send();
    let refused = post("no-module", &json!({}));
    refused.refused(404, "unknown_module");
    assert!(refused.json()["modules"].as_array().unwrap().contains(&json!("vendors")));
    client
        .post("/operations/vendors", &json!({ "payload": { "code": "V", "name": "v" } }))
        .send()
        .expect(201);
    let cases = [
        ("vendors", json!({ "payload": { "code": "A", "name": "a", "colour": 1 } }), "/payload/colour"),
        ("vendors", json!({ "payload": { "code": "A" } }), "/payload"),
        ("vendors", json!({ "payload": { "code": "A", "name": "a" }, "lines": [{}] }), "/lines"),
        ("purchase-orders", json!({ "payload": { "vendor": "V" } }), "/lines"),
        (
            "purchase-orders",
            json!({ "payload": { "vendor": "V" }, "lines": [{ "sku": "BOLT", "planned": 0 }] }),
            "/lines/0/planned",
        ),
        (
            "purchase-orders",
            json!({ "payload": { "vendor": "V" }, "lines": [{ "sku": "BOLT", "planned": 1, "received": 1 }] }),
            "/lines/0/received",
        ),
        (
            "purchase-orders",
            json!({ "payload": { "vendor": "V" }, "lines": [{ "sku": "GHOST", "planned": 1 }] }),
            "/lines/0/sku",
        ),
        (
            "purchase-orders",
            json!({ "payload": { "vendor": "V", "received_in_full": true }, "lines": [{ "sku": "BOLT", "planned": 1 }] }),
            "/payload/received_in_full",
        ),
        (
            "receiving-sessions",
            json!({ "lines": [{ "sku": "BOLT", "planned": 1, "location": "NOWHERE" }] }),
            "/lines/0",
        ),
        ("receiving-sessions", json!({ "lines": [{ "sku": "BOLT", "planned": 0.5 }] }), "/lines/0"),
        (
            "receiving-sessions",
            json!({ "payload": { "vendor": "NOBODY" }, "lines": [{ "sku": "BOLT" }] }),
            "/payload/vendor",
        ),
        ("putaway-tasks", json!({ "lines": [{ "sku": "BOLT", "planned": 1 }] }), "/lines/0"),
    ];
    for (module, body, pointer) in cases {
        let refused = post(module, &body);
        let code = refused.json()["code"].clone();
        assert!(code == "invalid_body" || code == "record_invalid", "{code}");
        assert!(pointers(&refused).iter().any(|at| at == pointer), "{body}: {}", refused.text());
        let listed = client.get(&format!("/operations/{module}")).send().expect(200);
        let made = usize::from(module == "vendors");
        assert_eq!(listed["data"].as_array().unwrap().len(), made, "{module}: nothing was made");
    }
}

fn plans_change_while_open_and_actuals_until_posted(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({ "payload": { "reference": "DN-7" }, "lines": [{ "sku": "BOLT", "planned": 5 }] });
    let made = client.post("/operations/receiving-sessions", &body).send().expect(201);
    let path = format!("/operations/receiving-sessions/{}", made["id"].as_str().unwrap());
    let patch = |version: u32, change: Value| {
        let mut body = json!({ "expected_version": version });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        client.patch(&path, &body).send()
    };
    let changed = patch(1, json!({ "payload": { "reference": null }, "lines": [{ "line_no": 1, "planned": 6 }, { "sku": "BOLT", "planned": 1 }] })).expect(200);
    assert_eq!(changed["payload"], json!({}));
    assert_eq!((&changed["lines"][0]["planned"], &changed["lines"][1]["line_no"]), (&json!(6), &json!(2)));
    patch(1, json!({})).refused(412, "version_mismatch");
    client.post(&format!("{path}/transition"), &json!({ "to": "receiving" })).send().expect(200);
    let refused =
        patch(3, json!({ "lines": [{ "line_no": 1, "planned": 7 }, { "line_no": 9, "actual": 1 }] }));
    refused.refused(422, "record_invalid");
    assert_eq!(pointers(&refused), ["/lines/0/planned", "/lines/1/line_no"]);
    patch(3, json!({ "lines": [{ "line_no": 1, "actual": 7 }, { "line_no": 2, "actual": 0 }, { "sku": "BOLT", "actual": 1 }] })).expect(200);
    client.post(&format!("{path}/post-stock"), &json!({})).send().expect(200);
    patch(5, json!({ "lines": [{ "line_no": 1, "actual": 8 }] })).refused(409, "invalid_transition");
}

fn blocked_remembers_where_it_was(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({ "lines": [{ "sku": "BOLT", "planned": 5 }] });
    let made = client.post("/operations/receiving-sessions", &body).send().expect(201);
    let path = format!("/operations/receiving-sessions/{}", made["id"].as_str().unwrap());
    let work = format!("/work-items/{}", made["work_item_id"].as_str().unwrap());
    let to = |body: Value| client.post(&format!("{path}/transition"), &body).send();
    assert_eq!(client.get(&work).send().expect(200)["state"], "open");
    to(json!({ "to": "receiving" })).expect(200);
    assert_eq!(client.get(&work).send().expect(200)["state"], "in_progress");
    to(json!({ "to": "blocked" })).refused(422, "reason_required");
    let blocked = to(json!({ "to": "blocked", "reason": "the forklift is broken" })).expect(200);
    assert_eq!(blocked["allowed_transitions"], json!(["receiving", "cancelled"]));
    let item = client.get(&work).send().expect(200);
    assert_eq!(
        (&item["state"], &item["blocked_reason"]),
        (&json!("blocked"), &json!("the forklift is broken"))
    );
    to(json!({ "to": "open" })).refused(409, "invalid_transition");
    to(json!({ "to": "posted" })).refused(409, "invalid_transition");
    to(json!({ "to": "receiving" })).expect(200);
    to(json!({ "to": "cancelled" })).expect(200);
    assert_eq!(client.get(&work).send().expect(200)["state"], "cancelled");
    let refused = to(json!({ "to": "receiving" }));
    refused.refused(409, "invalid_transition");
    assert_eq!(refused.json()["allowed_transitions"], json!([]));
}

fn who_did_what_is_known(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({ "payload": { "code": "ACME", "name": "Acme" } });
    let made = client.post("/operations/vendors", &body).with("Actor-Id", "anna").send().expect(201);
    let path = format!("/operations/vendors/{}", made["id"].as_str().unwrap());
    let approve = json!({ "to": "approved" });
    let approved =
        client.post(&format!("{path}/transition"), &approve).with("Actor-Id", "bert").send().expect(200);
    assert_eq!((&approved["created_by"], &approved["approved_by"]), (&json!("anna"), &json!("bert")));
    let history = client.get(&format!("{path}/history")).send().expect(200);
    let rows: Vec<_> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (row["version"].clone(), row["action"].clone(), row["to_state"].clone(), row["actor_id"].clone())
        })
        .collect();
    assert_eq!(
        rows,
        [
            (json!(1), json!("created"), json!("open"), json!("anna")),
            (json!(2), json!("transitioned"), json!("approved"), json!("bert")),
        ]
    );
    let work = format!("/work-items/{}/history", made["work_item_id"].as_str().unwrap());
    let history = client.get(&work).send().expect(200);
    assert_eq!(history["data"][1]["to_state"], "completed", "approving a vendor is all the work there is");
}

fn records_are_listed_by_what_they_say(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for sku in ["BOLT", "BOLT", "NUT"] {
        let body = json!({ "lines": [{ "sku": sku, "planned": 1 }] });
        client.post("/operations/receiving-sessions", &body).send().expect(201);
    }
    let numbers = |query: &str| {
        let found = client.get(&format!("/operations/receiving-sessions?{query}")).send().expect(200);
        let rows = found["data"].as_array().unwrap().clone();
        rows.iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(numbers("sku=BOLT"), ["RCV-000001", "RCV-000002"]);
    assert_eq!(numbers("number=RCV-000003"), ["RCV-000003"]);
    assert_eq!(numbers("number=PO-000003"), Vec::<String>::new());
    assert_eq!(numbers("state=open&limit=1"), ["RCV-000001"]);
    assert_eq!(numbers("state=closed"), Vec::<String>::new());
    let id = client.get("/operations/receiving-sessions").send().expect(200)["data"][0]["id"].clone();
    let other = client.get(&format!("/operations/vendors/{}", id.as_str().unwrap())).send();
    other.refused(404, "record_not_found");
}

fn a_vendor_code_is_taken_once(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({ "payload": { "code": "ACME", "name": "Acme" } });
    let make = || client.post("/operations/vendors", &body).send();
    let first = make().expect(201);
    let refused = make();
    refused.refused(409, "record_exists");
    assert_eq!(refused.json()["record_id"], first["id"]);
    let path = format!("/operations/vendors/{}/transition", first["id"].as_str().unwrap());
    client.post(&path, &json!({ "to": "cancelled" })).send().expect(200);
    assert_eq!(make().expect(201)["number"], "VND-000002");
}
