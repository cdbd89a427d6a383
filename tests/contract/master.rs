//! Warehouses, locations and products: made, changed, read, and kept from changes that their stock would not survive.

use serde_json::{Value, json};

use crate::harness::{Client, Db, World, order};

on_both!(
    a_product_with_everything,
    defaults,
    a_repeat_changes_nothing,
    versions,
    guarded_changes,
    barcodes_are_unique,
    locations,
    warehouses,
    places_that_orders_wait_at,
    lists_and_filters,
    bad_products
);

fn a_product_with_everything(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({
        "name": "Mug, red spots", "unit": "each", "stockable": true, "active": true, "tracking": "none",
        "needs_inspection": true, "quantity_step": 2, "weight_kg": 0.35, "volume_m3": 0.000812, "over_receipt_percent": 2.5,
        "standard_cost": { "amount": "6.5000", "currency": "EUR" },
        "barcodes": [{ "barcode": "4006381333931", "quantity": 1 }, { "barcode": "14006381333938", "quantity": 12 }],
        "bill_of_materials": [{ "sku": "BOLT", "quantity": 2 }],
        "settings": [{
            "warehouse": "MAIN", "reorder_point": 20, "safety_stock": 5, "target": 80, "minimum_order": 24,
            "order_multiple": 12, "lead_time_days": 14, "vendor": "Pottery Ltd",
            "putaway_bins": ["SHELF-A", "MAIN-STORAGE-DEFAULT"] }]
    });
    let answer = client.put("/products/MUG%2FRED", &body).send();
    let made = answer.expect(201);
    assert_eq!(answer.header("ETag"), Some("\"1\""));
    assert_eq!(made["sku"], "MUG/RED");
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    let read = client.get("/products/MUG%2FRED").send();
    assert_eq!(read.expect(200), made);
    let seen = client.get("/products/MUG%2FRED").with("If-None-Match", "\"1\"").send();
    assert_eq!(seen.status, 304);
}

fn defaults(db: Db) {
    let world = World::standard(db);
    let made = world.client().put("/products/PLAIN", &json!({ "name": "plain" })).send().expect(201);
    assert_eq!(
        made,
        json!({ "sku": "PLAIN", "name": "plain", "unit": "each", "stockable": true, "active": true, "tracking": "none",
            "needs_inspection": false, "quantity_step": 1, "weight_kg": null, "volume_m3": null, "over_receipt_percent": null, "standard_cost": null,
            "barcodes": [], "bill_of_materials": [], "settings": [], "version": 1 })
    );
}

fn a_repeat_changes_nothing(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let body = json!({ "name": "plain", "barcodes": [{ "barcode": "1" }] });
    let first = client.put("/products/PLAIN", &body).send().expect(201);
    let again = client.put("/products/PLAIN", &body).send().expect(200);
    assert_eq!(again, first, "the version too");
    let other = client.put("/products/PLAIN", &json!({ "name": "plain" })).send().expect(200);
    assert_eq!((other["version"].clone(), other["barcodes"].clone()), (json!(2), json!([])));
}

fn versions(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let put = |name: &str| client.put("/products/PLAIN", &json!({ "name": name }));
    put("a").with("If-Match", "\"1\"").send().refused(412, "version_mismatch");
    put("a").send().expect(201);
    put("b").with("If-Match", "\"1\"").send().expect(200);
    let refusal = put("c").with("If-Match", "\"1\"").send().refused(412, "version_mismatch");
    assert_eq!(refusal["version"], 2);
    assert_eq!(client.get("/products/PLAIN").send().expect(200)["name"], "b");
}

fn guarded_changes(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let in_use = |sku: &str, body: Value| {
        let refusal = client.put(&format!("/products/{sku}"), &body).send().refused(409, "in_use");
        (refusal["fields"].clone(), refusal["in_use_by"].clone())
    };
    for (body, field) in [
        (json!({ "name": "bolt", "unit": "kg" }), "unit"),
        (json!({ "name": "bolt", "tracking": "lot" }), "tracking"),
        (json!({ "name": "bolt", "stockable": false }), "stockable"),
        (json!({ "name": "bolt", "active": false }), "active"),
    ] {
        assert_eq!(in_use("BOLT", body), (json!([field]), json!(["stock"])));
    }
    // What has no stock can still be promised.
    let mut body = order("SO-1", "EMPTY", 1);
    body["allow_partial"] = true.into();
    body["backorder"] = true.into();
    let made = client.post("/reservations", &body).send().expect(201);
    let unit = json!({ "name": "empty", "unit": "kg" });
    assert_eq!(in_use("EMPTY", unit.clone()).1, json!(["reservations"]));
    let path = format!("/reservations/{}/release", made["id"].as_str().unwrap());
    client.post(&path, &json!({ "reason": "r" })).send().expect(200);
    client.put("/products/EMPTY", &unit).send().expect(200);
    // Names change at any time.
    client.put("/products/BOLT", &json!({ "name": "another name" })).send().expect(200);
    let closed =
        client.put("/products/EMPTY", &json!({ "name": "empty", "unit": "kg", "active": false })).send();
    closed.expect(200);
    client.post("/reservations", &order("SO-2", "EMPTY", 1)).send().refused(422, "not_stockable");
}

fn barcodes_are_unique(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let put = |sku: &str, codes: Value| {
        client.put(&format!("/products/{sku}"), &json!({ "name": sku, "barcodes": codes })).send()
    };
    put("A", json!([{ "barcode": "1" }, { "barcode": "2", "quantity": 6 }])).expect(201);
    let refusal = put("B", json!([{ "barcode": "2" }])).refused(409, "barcode_taken");
    assert_eq!((refusal["barcode"].clone(), refusal["sku"].clone()), (json!("2"), json!("A")));
    put("B", json!([{ "barcode": "3" }, { "barcode": "3" }])).refused(422, "product_invalid");
    put("A", json!([{ "barcode": "1" }])).expect(200);
    put("B", json!([{ "barcode": "2" }])).expect(201);
    let found = client.get("/products?barcode=2").send().expect(200);
    assert_eq!(found["data"][0]["sku"], "B");
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
}

fn locations(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let made = client
        .put("/locations/DOCK-1", &json!({ "kind": "receiving", "pick_priority": 3 }))
        .send()
        .expect(201);
    let whole = json!({ "code": "DOCK-1", "warehouse": "MAIN", "name": "DOCK-1", "kind": "receiving",
        "pick_priority": 3, "capacity_m3": null, "active": true, "version": 1 });
    assert_eq!(made, whole);
    assert_eq!(client.get("/locations/DOCK-1").send().expect(200), whole);
    client.get("/locations/NOWHERE").send().refused(404, "unknown_location");
    // A record that is not over names it: its kind is fixed until it is.
    let session = json!({ "payload": { "dock": "DOCK-1" }, "lines": [{ "sku": "EMPTY", "planned": 1 }] });
    let session = client.post("/operations/receiving-sessions", &session).send().expect(201);
    let storage = json!({ "kind": "storage" });
    let refusal = client.put("/locations/DOCK-1", &storage).send().refused(409, "in_use");
    assert_eq!(refusal["in_use_by"], json!(["operations records"]));
    let empty = json!({ "name": "EMPTY for tests", "unit": "box" });
    let refusal = client.put("/products/EMPTY", &empty).send().refused(409, "in_use");
    assert_eq!(refusal["in_use_by"], json!(["operations records"]));
    let over = format!("/operations/receiving-sessions/{}/transition", session["id"].as_str().unwrap());
    client.post(&over, &json!({ "to": "cancelled" })).send().expect(200);
    client.put("/locations/DOCK-1", &storage).send().expect(200);
    client.put("/products/EMPTY", &empty).send().expect(200);
    // Stock stands on SHELF-A: its kind and use are fixed, its name is not.
    let shelf = |body: Value| client.put("/locations/SHELF-A", &body).send();
    let refusal = shelf(json!({ "kind": "quality" })).refused(409, "in_use");
    assert_eq!(
        (refusal["fields"].clone(), refusal["in_use_by"].clone()),
        (json!(["kind"]), json!(["stock"]))
    );
    shelf(json!({ "active": false })).refused(409, "in_use");
    shelf(json!({ "name": "First shelf" })).expect(200);
    client.put("/warehouses/NORTH", &json!({ "name": "North" })).send().expect(201);
    shelf(json!({ "warehouse": "NORTH" })).refused(409, "location_fixed");
    client.put("/locations/X", &json!({ "warehouse": "GHOST" })).send().refused(404, "unknown_warehouse");
    client.put("/locations/MAIN-STORAGE-DEFAULT", &json!({ "active": false })).send().refused(409, "in_use");
}

fn warehouses(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let put = |code: &str, body: Value| client.put(&format!("/warehouses/{code}"), &body).send();
    let north = put("NORTH", json!({ "name": "North", "default_location": "N-1" })).expect(201);
    assert_eq!(
        (north["is_default"].clone(), north["default_location"].clone()),
        (json!(false), json!("N-1"))
    );
    let location = client.get("/locations/N-1").send().expect(200);
    assert_eq!((location["warehouse"].clone(), location["kind"].clone()), (json!("NORTH"), json!("storage")));
    put("NORTH", json!({ "name": "North", "default_location": "SHELF-A" })).refused(404, "unknown_location");
    put("MAIN", json!({ "name": "Main Warehouse" })).refused(409, "in_use");
    put("NORTH", json!({ "name": "North", "is_default": true, "default_location": "N-1" })).expect(200);
    let main = client.get("/warehouses/MAIN").send().expect(200);
    assert_eq!((main["is_default"].clone(), main["version"].clone()), (json!(false), json!(2)));
    let made = client.post("/reservations", &order("SO-1", "BOLT", 1)).send();
    made.refused(409, "insufficient_stock");
    put("MAIN", json!({ "name": "Main Warehouse", "active": false })).refused(409, "in_use");
    client.get("/warehouses/GHOST").send().refused(404, "unknown_warehouse");
}

/// A backorder keeps its warehouse and its location in use, though nothing stands there.
fn places_that_orders_wait_at(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client.put("/warehouses/W2", &json!({ "name": "second" })).send().expect(201);
    client.put("/locations/L2", &json!({ "warehouse": "W2" })).send().expect(201);
    let body = json!({ "order_ref": "SO-1", "warehouse": "W2", "allow_partial": true, "backorder": true,
        "lines": [{ "sku": "BOLT", "quantity": 1, "location": "L2" }] });
    let made = client.post("/reservations", &body).send().expect(201);
    let close_warehouse =
        || client.put("/warehouses/W2", &json!({ "name": "second", "active": false })).send();
    let close_location =
        || client.put("/locations/L2", &json!({ "warehouse": "W2", "active": false })).send();
    for refused in [close_warehouse(), close_location()] {
        assert_eq!(refused.refused(409, "in_use")["in_use_by"], json!(["reservations"]));
    }
    let path = format!("/reservations/{}/release", made["id"].as_str().unwrap());
    client.post(&path, &json!({ "reason": "r" })).send().expect(200);
    // Closed, they take nothing more.
    close_location().expect(200);
    client.post("/reservations", &body).send().refused(404, "unknown_location");
    close_warehouse().expect(200);
    client.post("/reservations", &body).send().refused(404, "unknown_warehouse");
    let default = json!({ "name": "third", "is_default": true, "active": false });
    client.put("/warehouses/W3", &default).send().refused(409, "in_use");
}

fn skus(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("/products?{query}")).send().expect(200);
    page["data"].as_array().unwrap().iter().map(|row| row["sku"].as_str().unwrap().to_owned()).collect()
}

fn lists_and_filters(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    assert_eq!(skus(&client, "limit=2"), ["BOLT", "EMPTY"]);
    assert_eq!(skus(&client, "sku=NUT,GHOST,MILK"), ["MILK", "NUT"]);
    assert_eq!(skus(&client, "search=OuR"), ["FLOUR"]);
    assert_eq!(skus(&client, "search=%25"), Vec::<String>::new(), "a wildcard is a character");
    assert_eq!(skus(&client, "tracking=lot"), ["MILK"]);
    assert_eq!(skus(&client, "active=false"), Vec::<String>::new());
    let first = client.get("/products?limit=4").send().expect(200);
    let rest = skus(&client, &format!("limit=4&cursor={}", first["next_cursor"].as_str().unwrap()));
    assert_eq!(rest, ["NUT", "POSTAGE"]);
    let kinds = client.get("/locations?kind=receiving").send().expect(200);
    assert_eq!(kinds["data"], json!([]));
    client.get("/locations?kind=attic").send().refused(400, "invalid_query");
    client.get("/locations?warehouse=GHOST").send().refused(404, "unknown_warehouse");
    let csv = client.get("/products?format=csv&tracking=lot").send();
    assert_eq!(csv.status, 200);
    let text = csv.text();
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("sku,name,unit,stockable,"), "{text}");
    assert!(lines.next().unwrap().starts_with("MILK,MILK for tests,each,true,true,lot,"), "{text}");
    assert_eq!(lines.next(), None);
}

fn bad_products(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let many =
        |count: usize| -> Vec<Value> { (0..count).map(|n| json!({ "barcode": n.to_string() })).collect() };
    for body in [
        json!({}),
        json!({ "name": "" }),
        json!({ "name": "a", "unknown": 1 }),
        json!({ "name": "a", "quantity_step": -1 }),
        json!({ "name": "a", "tracking": "all" }),
        json!({ "name": "a", "standard_cost": { "amount": "1.23456", "currency": "EUR" } }),
        json!({ "name": "a", "standard_cost": { "amount": 1, "currency": "EUR" } }),
        json!({ "name": "a", "standard_cost": { "amount": "1", "currency": "euro" } }),
        json!({ "name": "a", "barcodes": [{ "barcode": "1", "quantity": 0 }] }),
        json!({ "name": "a", "settings": [{ "warehouse": "MAIN", "lead_time_days": -1 }] }),
        json!({ "name": "a", "settings": [{ "warehouse": "MAIN", "unknown": 1 }] }),
    ] {
        client.put("/products/BAD", &body).send().refused(422, "invalid_body");
    }
    client
        .put("/products/BAD", &json!({ "name": "a", "barcodes": many(501) }))
        .send()
        .refused(422, "product_invalid");
    let settings = json!([{ "warehouse": "GHOST" }]);
    client
        .put("/products/BAD", &json!({ "name": "a", "settings": settings }))
        .send()
        .refused(404, "unknown_warehouse");
    let settings = json!([{ "warehouse": "MAIN", "putaway_bins": ["NOWHERE"] }]);
    client
        .put("/products/BAD", &json!({ "name": "a", "settings": settings }))
        .send()
        .refused(404, "unknown_location");
    let long = "x".repeat(65);
    client.put(&format!("/products/{long}"), &json!({ "name": "a" })).send().refused(422, "invalid_body");
    client.get("/products/BAD").send().refused(404, "unknown_sku");
}
