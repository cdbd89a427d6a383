//! Work items: what somebody has to do.

use serde_json::{Value, json};

use crate::harness::{Db, World};

on_both!(an_item_goes_along_its_table, items_are_listed_by_what_they_say, an_item_follows_its_record);

fn an_item_goes_along_its_table(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({ "kind": "warehouse", "title": "sweep aisle 4", "draft": true, "priority": "low" });
    let made = client.post("/work-items", &body).send().expect(201);
    let path = format!("/work-items/{}", made["id"].as_str().unwrap());
    assert_eq!(client.get(&path).send().expect(200), made);
    let to = |body: Value| client.post(&format!("{path}/transition"), &body).send();
    let refused = to(json!({ "to": "completed" }));
    refused.refused(409, "invalid_transition");
    assert_eq!(refused.json()["allowed_transitions"], json!(["open", "cancelled"]));
    for state in ["open", "in_progress", "open", "in_progress"] {
        to(json!({ "to": state })).expect(200);
    }
    to(json!({ "to": "blocked" })).refused(422, "reason_required");
    let blocked = to(json!({ "to": "blocked", "reason": "no broom" })).expect(200);
    assert_eq!(blocked["blocked_reason"], "no broom");
    to(json!({ "to": "in_progress", "expected_version": 1 })).refused(412, "version_mismatch");
    let open = to(json!({ "to": "in_progress", "expected_version": blocked["version"] })).expect(200);
    assert_eq!(open["blocked_reason"], Value::Null);
    let done = to(json!({ "to": "completed" })).expect(200);
    assert_eq!(done["allowed_transitions"], json!([]));
}

fn items_are_listed_by_what_they_say(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for (kind, assignee) in [("scan", "anna"), ("report", "bert"), ("scan", "bert")] {
        let body = json!({ "kind": kind, "title": kind, "assignee": assignee });
        client.post("/work-items", &body).send().expect(201);
    }
    let count = |query: &str| {
        let found = client.get(&format!("/work-items?{query}")).send().expect(200);
        found["data"].as_array().unwrap().len()
    };
    assert_eq!(count("kind=scan"), 2);
    assert_eq!(count("assignee=bert"), 2);
    assert_eq!(count("assignee=bert&kind=scan&state=open"), 1);
    assert_eq!(count("priority=urgent"), 0);
    client.get("/work-items?kind=dancing").send().refused(400, "invalid_query");
    let csv = client.get("/work-items?format=csv").send();
    assert_eq!(csv.text().lines().count(), 4);
}

fn an_item_follows_its_record(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body =
        json!({ "lines": [{ "sku": "BOLT", "planned": 5 }], "priority": "urgent", "assignee": "anna" });
    let made = client.post("/operations/receiving-sessions", &body).send().expect(201);
    let of_record = format!("/work-items?record_id={}", made["id"].as_str().unwrap());
    let item = client.get(&of_record).send().expect(200)["data"][0].clone();
    assert_eq!(
        (&item["title"], &item["priority"]),
        (&json!("Receiving session RCV-000001"), &json!("urgent"))
    );
    let path = format!("/work-items/{}/transition", item["id"].as_str().unwrap());
    client.post(&path, &json!({ "to": "in_progress" })).send().expect(200);
    let refused = client.post(&path, &json!({ "to": "completed" })).send();
    refused.refused(409, "work_item_follows");
    assert_eq!(refused.json()["reference"]["record_id"], made["id"]);
}
