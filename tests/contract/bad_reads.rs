//! Queries that cannot be answered: each with one clear error.

use crate::harness::{Db, World};

on_both!(parameters, cursors, unknown_names, unknown_routes_and_methods, trust);

fn parameters(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for (path, name) in [
        ("/availability?colour=red", "colour"),
        ("/availability?limit=0", "limit"),
        ("/availability?limit=501", "limit"),
        ("/availability?limit=-1", "limit"),
        ("/availability?limit=many", "limit"),
        ("/availability?group_by=colour", "group_by"),
        ("/availability?require_trusted=perhaps", "require_trusted"),
        ("/availability?sku=", "sku"),
        ("/availability?sku=BOLT&sku=NUT", "sku"),
        ("/reservations?colour=red", "colour"),
        ("/reservations?state=sleeping", "state"),
        ("/reservations?limit=501", "limit"),
        ("/reservations?order_ref=", "order_ref"),
        ("/reservations?format=csv&limit=many", "limit"),
    ] {
        let refusal = client.get(path).send().refused(400, "invalid_query");
        assert_eq!(refusal["errors"].as_array().unwrap().len(), 1, "{path}: {refusal}");
        assert_eq!(refusal["errors"][0]["query"], name, "{path}");
    }
    let both = client.get("/reservations?state=sleeping&colour=red").send().refused(400, "invalid_query");
    assert_eq!(both["errors"].as_array().unwrap().len(), 2);
    let body = crate::harness::order("SO-1", "BOLT", 1);
    client.post("/reservations?dry_rum=true", &body).send().refused(400, "invalid_query");
    client.post("/reservations?dry_run=perhaps", &body).send().refused(400, "invalid_query");
    assert_eq!(client.numbers("BOLT"), ["500", "0", "500"]);
}

fn cursors(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let page = client.get("/availability?limit=1").send().expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    client.get(&format!("/availability?limit=1&cursor={cursor}")).send().expect(200);
    client.get(&format!("/reservations?cursor={cursor}")).send().refused(400, "invalid_cursor");
    client.get(&format!("/reservations?format=csv&cursor={cursor}")).send().refused(400, "invalid_cursor");
    for wrong in ["", "x", "00000000", "zzzzzzzzzz", &cursor[1..]] {
        client.get(&format!("/availability?cursor={wrong}")).send().refused(400, "invalid_cursor");
    }
}

fn unknown_names(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let refusal = client.get("/availability?sku=GHOST,BOLT,PHANTOM").send().refused(404, "unknown_sku");
    let text = refusal.to_string();
    assert!(text.contains("GHOST") && text.contains("PHANTOM"), "all named: {text}");
    client.get("/availability?sku=bolt").send().refused(404, "unknown_sku");
    client.get("/availability?warehouse=NOWHERE").send().refused(404, "unknown_warehouse");
    client.get("/availability?location=NOWHERE").send().refused(404, "unknown_location");
    for id in ["018f0000-0000-7000-8000-000000000000", "not-an-id", "1"] {
        client.get(&format!("/reservations/{id}")).send().refused(404, "reservation_not_found");
    }
    let zeros = client.numbers("EMPTY");
    assert_eq!(zeros, ["0", "0", "0"], "a known sku has a row, zeros included");
}

fn unknown_routes_and_methods(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for path in
        ["/nowhere", "/reservations/1/2/3", "/api/v2/inventory/availability", "/api/v1/../../etc/passwd"]
    {
        client.get(path).send().refused(404, "route_not_found");
    }
    let answer = client.post("/availability", &serde_json::json!({})).send();
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("Allow"), Some("GET"));
    use ureq::http::Method;
    for method in [Method::DELETE, Method::PUT] {
        client.call(method, "/reservations").send().refused(405, "method_not_allowed");
    }
}

fn trust(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let row = client.stock("BOLT");
    assert_eq!(row["live_stock"], serde_json::json!({ "trusted": false, "cohort": null }));
    assert_eq!(row["incoming"], serde_json::json!(0));
    client.get("/availability?sku=BOLT&require_trusted=true").send().refused(409, "live_stock_untrusted");
}
