//! The scanner: what it sends is captured, matched or rejected, and may count up the line that it fits.

use serde_json::{Value, json};

use super::{done, go, make};
use crate::harness::{Answer, Client, Db, World};

on_both!(
    a_scan_without_context_is_captured,
    what_fits_a_record_is_matched_and_what_does_not_is_rejected_with_the_reason,
    scans_count_lines_up_and_a_repeated_one_counts_once,
    lots_and_serials_of_a_delivery_come_as_they_are_scanned,
    a_list_is_taken_scan_by_scan,
    counting_by_scans_is_one_count,
    scans_are_listed_and_never_change
);

const EAN: &str = "4006381333931";
const CASE: &str = "14006381333938";
const AT: &str = "2026-11-20T08:00:00Z";

fn scan(client: &Client, body: &Value) -> Answer {
    let mut whole = json!({ "scanned_at": AT, "device_id": "gun-1" });
    for (name, value) in body.as_object().unwrap() {
        whole[name] = value.clone();
    }
    client.post("/barcode-scans", &whole).send()
}

/// State and reason of a scan that is taken.
fn judged(client: &Client, body: &Value) -> (String, String) {
    let taken = scan(client, body).expect(201);
    let text = |name: &str| taken[name].as_str().unwrap_or_default().to_owned();
    (text("state"), text("reason"))
}

/// A pen with a barcode of its own and one of its case, a lotted cheese, a camera with serial numbers, and a dock.
fn shop(world: &World) -> Client {
    let client = world.client();
    let barcodes = json!([{ "barcode": EAN }, { "barcode": CASE, "quantity": 12 }, { "barcode": "SHOP-7" }]);
    client.put("/products/PEN", &json!({ "name": "pen", "barcodes": barcodes })).send().expect(201);
    let cheese =
        json!({ "name": "cheese", "tracking": "lot", "barcodes": [{ "barcode": "05412345000013" }] });
    client.put("/products/CHEESE", &cheese).send().expect(201);
    let camera = json!({ "name": "camera", "tracking": "serial", "barcodes": [{ "barcode": "96385074" }] });
    client.put("/products/CAMERA", &camera).send().expect(201);
    client.put("/locations/DOCK", &json!({ "kind": "receiving" })).send().expect(201);
    client.put("/locations/BIN-1", &json!({})).send().expect(201);
    client
}

/// A receiving session for these lines, with its id.
fn session(client: &Client, lines: &Value) -> (String, String) {
    let (path, made) = make(client, "receiving-sessions", &json!({ "lines": lines }));
    (path, made["id"].as_str().unwrap().to_owned())
}

fn at(record: &str) -> Value {
    json!({ "module": "receiving-sessions", "record_id": record })
}

fn a_scan_without_context_is_captured(db: Db) {
    let world = World::standard(db);
    let client = shop(&world);
    let taken = scan(&client, &json!({ "raw": CASE, "symbology": "ITF-14" })).expect(201);
    assert_eq!((&taken["state"], &taken["reason"]), (&json!("captured"), &json!(null)));
    assert_eq!((&taken["found"]["sku"], &taken["found"]["quantity"]), (&json!("PEN"), &json!(12)));
    assert_eq!(taken["symbology"], "itf_14");
    session(&client, &json!([{ "sku": "PEN", "planned": 1 }]));
    let doubtful = scan(&client, &json!({ "raw": "4006381333932" })).expect(201);
    assert!(doubtful["detail"].as_str().unwrap().contains("check digit"), "{doubtful}");
    for (raw, field, names) in [
        (EAN, "sku", json!("PEN")),
        ("SHOP-7", "sku", json!("PEN")),
        ("BOLT", "sku", json!("BOLT")),
        ("LOC:BIN-1", "location", json!("BIN-1")),
        ("REC:purchase-orders/PO-000009", "number", json!(null)),
        ("REC:receiving-sessions/RCV-000001", "number", json!("RCV-000001")),
        ("https://example.com/01/05412345000013/10/L7", "lot", json!("L7")),
        ("]C10105412345000013\u{1d}17301231\u{1d}10L7", "expires_on", json!("2030-12-31")),
        ("(01)05412345000013(10)L7(37)4", "quantity", json!(4)),
        ("nobody knows", "sku", json!(null)),
    ] {
        let taken = scan(&client, &json!({ "raw": raw })).expect(201);
        assert_eq!((&taken["state"], &taken["found"][field]), (&json!("captured"), &names), "{raw}: {taken}");
        let path = format!("/barcode-scans/{}", taken["id"].as_str().unwrap());
        assert_eq!(client.get(&path).send().expect(200), taken, "what was answered is what is read");
    }
    let misread = json!({ "raw": "4006381333932", "symbology": "ean_13" });
    assert_eq!(judged(&client, &misread), ("rejected".to_owned(), "bad_check_digit".to_owned()));
    let torn = json!({ "raw": "(01)0541234500001" });
    assert_eq!(judged(&client, &torn), ("rejected".to_owned(), "unreadable".to_owned()));
    for body in [
        json!({ "raw": "" }),
        json!({ "raw": "a\u{0}b" }),
        json!({ "raw": EAN, "symbology": "smoke" }),
        json!({ "raw": EAN, "device_id": "gun 1" }),
        json!({ "raw": EAN, "colour": 1 }),
    ] {
        scan(&client, &body).refused(422, "invalid_body");
    }
    for body in [
        json!({ "raw": EAN, "context": {} }),
        json!({ "raw": EAN, "context": { "module": "vendors" } }),
        json!({ "raw": EAN, "apply": true }),
    ] {
        scan(&client, &body).refused(422, "record_invalid");
    }
    world.verify();
}

fn what_fits_a_record_is_matched_and_what_does_not_is_rejected_with_the_reason(db: Db) {
    let world = World::standard(db);
    let client = shop(&world);
    let lines = json!([
        { "sku": "PEN", "planned": 12, "location": "DOCK" },
        { "sku": "CHEESE", "planned": 5, "lot": "L1", "expires_on": "2030-01-31", "location": "DOCK" },
    ]);
    let (path, record) = session(&client, &lines);
    session(&client, &lines);
    let expect = |expected: Value| {
        let mut context = at(&record);
        context["expected"] = expected;
        context
    };
    let cases = [
        (EAN, at(&record), "matched", ""),
        (CASE, at(&record), "matched", ""),
        (EAN, expect(json!({ "sku": "PEN", "location": "DOCK", "quantity": 1 })), "matched", ""),
        ("LOC:DOCK", at(&record), "matched", ""),
        ("REC:receiving-sessions/RCV-000001", at(&record), "matched", ""),
        ("(01)05412345000013(10)L1(17)300131", at(&record), "matched", ""),
        (EAN, json!({ "expected": { "sku": "PEN" } }), "matched", ""),
        ("4006381333932", at(&record), "rejected", "bad_check_digit"),
        ("nobody knows", at(&record), "rejected", "unknown_code"),
        ("BOLT", at(&record), "rejected", "wrong_item"),
        (EAN, expect(json!({ "sku": "CHEESE" })), "rejected", "wrong_item"),
        (EAN, expect(json!({ "location": "BIN-1" })), "rejected", "wrong_location"),
        ("LOC:BIN-1", at(&record), "rejected", "wrong_location"),
        ("LOC:BIN-1", expect(json!({ "location": "DOCK" })), "rejected", "wrong_location"),
        ("(01)05412345000013(10)L2", expect(json!({ "lot": "L1" })), "rejected", "wrong_lot"),
        ("(01)05412345000013(10)L9(17)200131", at(&record), "rejected", "expired"),
        (CASE, expect(json!({ "quantity": 11 })), "rejected", "over_quantity"),
        ("(01)14006381333938(37)2", at(&record), "rejected", "over_quantity"),
        ("REC:receiving-sessions/RCV-000002", at(&record), "rejected", "wrong_record"),
        ("REC:receiving-sessions/RCV-000009", at(&record), "rejected", "unknown_code"),
    ];
    for (raw, context, state, reason) in cases {
        let found = judged(&client, &json!({ "raw": raw, "context": context }));
        assert_eq!(found, (state.to_owned(), reason.to_owned()), "{raw} {context}");
    }
    // Nothing counted up, and the record did not change.
    let read = client.get(&path).send().expect(200);
    assert_eq!((&read["version"], &read["lines"][0]["actual"]), (&json!(1), &json!(null)));
    let ghost =
        json!({ "module": "receiving-sessions", "record_id": "018f0000-0000-7000-8000-000000000000" });
    scan(&client, &json!({ "raw": EAN, "context": ghost })).refused(404, "record_not_found");
    let other = json!({ "module": "vendors", "record_id": record });
    scan(&client, &json!({ "raw": EAN, "context": other })).refused(404, "record_not_found");
    world.verify();
}

fn scans_count_lines_up_and_a_repeated_one_counts_once(db: Db) {
    let world = World::standard(db);
    let client = shop(&world);
    let (path, record) = session(&client, &json!([{ "sku": "PEN", "planned": 14, "location": "DOCK" }]));
    go(&client, &path, &["receiving"]);
    let count = |raw: &str, name: &str| {
        scan(&client, &json!({ "raw": raw, "client_scan_id": name, "context": at(&record), "apply": true }))
    };
    let first = count(EAN, "s-1").expect(201);
    assert_eq!((&first["line_no"], &first["counted"]), (&json!(1), &json!(1)));
    assert_eq!(count(EAN, "s-1").expect(200), first, "sent again under a key of its own, it counts once");
    assert_eq!(count(CASE, "s-2").expect(201)["counted"], 13);
    count(CASE, "s-1").refused(422, "scan_id_reused");
    let over = count(CASE, "s-3").expect(201);
    assert_eq!((&over["reason"], &over["counted"]), (&json!("over_quantity"), &json!(null)));
    assert_eq!(count(EAN, "s-4").expect(201)["counted"], 14);
    let other = json!({ "raw": EAN, "client_scan_id": "s-1", "device_id": "gun-2" });
    assert_eq!(scan(&client, &other).expect(201)["state"], "captured", "names are the device's own");
    let read = client.get(&path).send().expect(200);
    assert_eq!(read["lines"][0]["actual"], 14);
    let history = client.get(&format!("{path}/history")).send().expect(200);
    let scanned = history["data"].as_array().unwrap().iter().filter(|row| row["action"] == "scanned").count();
    assert_eq!(scanned, 3);
    let posted = client.post(&format!("{path}/post-stock"), &json!({})).send().expect(200);
    assert_eq!(posted["state"], "posted");
    count(EAN, "s-5").refused(409, "invalid_transition");
    let seen = scan(&client, &json!({ "raw": EAN, "context": at(&record) })).expect(201);
    assert_eq!(seen["reason"], "over_quantity", "what is posted may still be looked at");
    let (_, vendor) = make(&client, "vendors", &json!({ "payload": { "code": "ACME", "name": "Acme" } }));
    let context = json!({ "module": "vendors", "record_id": vendor["id"] });
    let body = json!({ "raw": EAN, "context": context, "apply": true });
    scan(&client, &body).refused(422, "record_invalid");
    world.verify();
}

fn lots_and_serials_of_a_delivery_come_as_they_are_scanned(db: Db) {
    let world = World::standard(db);
    let client = shop(&world);
    let lines = json!([
        { "sku": "CHEESE", "planned": 5, "location": "DOCK" },
        { "sku": "CAMERA", "planned": 2, "location": "DOCK" },
    ]);
    let (path, record) = session(&client, &lines);
    go(&client, &path, &["receiving"]);
    let count = |raw: &str| {
        let taken = scan(&client, &json!({ "raw": raw, "context": at(&record), "apply": true })).expect(201);
        (taken["line_no"].clone(), taken["counted"].clone(), taken["reason"].clone())
    };
    assert_eq!(count("(01)05412345000013(10)L1(17)301231"), (json!(1), json!(1), json!(null)));
    assert_eq!(count("(01)05412345000013(10)L1(17)301231(37)2"), (json!(1), json!(3), json!(null)));
    assert_eq!(
        count("(01)05412345000013(10)L2(17)310131"),
        (json!(3), json!(1), json!(null)),
        "a line of its own"
    );
    assert_eq!(count("(01)05412345000013(10)L3(37)2").2, "over_quantity", "4 of 5 have come");
    assert_eq!(
        count("(01)05412345000013(10)L1(17)311231").2,
        "wrong_lot",
        "the record says another last day"
    );
    assert_eq!(count("05412345000013").2, "lot_missing");
    assert_eq!(count("96385074").2, "lot_missing", "a serial number is what makes it one");
    assert_eq!(count("(01)00000096385074(21)S-1"), (json!(2), json!(1), json!(null)));
    assert_eq!(count("(01)00000096385074(21)S-1").2, "over_quantity", "one unit has one number");
    assert_eq!(count("(01)00000096385074(21)S-2"), (json!(4), json!(1), json!(null)));
    let posted = client.post(&format!("{path}/post-stock"), &json!({})).send().expect(200);
    let lots: Vec<_> = posted["lines"].as_array().unwrap().iter().map(|line| line["lot"].clone()).collect();
    assert_eq!(lots, [json!("L1"), json!("S-1"), json!("L2"), json!("S-2")]);
    assert_eq!(posted["lines"][2]["expires_on"], "2031-01-31");
    assert_eq!(client.stock("CHEESE")["held"], 4);
    assert_eq!(client.stock("CAMERA")["held"], 2);
    world.verify();
}

fn a_list_is_taken_scan_by_scan(db: Db) {
    let world = World::standard(db);
    let client = shop(&world);
    let (path, record) = session(&client, &json!([{ "sku": "PEN", "planned": 3, "location": "DOCK" }]));
    let one = |name: &str, raw: &str| {
        json!({ "raw": raw, "scanned_at": AT, "device_id": "gun-1", "client_scan_id": name,
            "context": at(&record), "apply": true })
    };
    let list = json!([
        one("a", EAN),
        one("a", EAN),
        one("b", "BOLT"),
        { "raw": EAN, "device_id": "gun-1", "scanned_at": "yesterday" },
        one("a", CASE),
        one("c", EAN),
        17,
    ]);
    let answer = client.post("/barcode-scans", &list).key("offline-1").send();
    let data = answer.expect(200)["data"].clone();
    let statuses: Vec<_> = data.as_array().unwrap().iter().map(|row| row["status"].clone()).collect();
    assert_eq!(statuses, [201, 200, 201, 422, 422, 201, 422].map(Value::from), "{data}");
    assert_eq!(data[0]["scan"], data[1]["scan"]);
    assert_eq!(data[2]["scan"]["reason"], "wrong_item");
    assert_eq!(data[3]["problem"]["errors"][0]["pointer"], "/scanned_at");
    assert_eq!((&data[4]["problem"]["code"], &data[4]["scan"]), (&json!("scan_id_reused"), &json!(null)));
    assert_eq!(data[5]["scan"]["counted"], 2);
    let again = client.post("/barcode-scans", &list).key("offline-1").send();
    assert!(again.is_replay());
    assert_eq!(again.expect(200)["data"], data);
    assert_eq!(client.get(&path).send().expect(200)["lines"][0]["actual"], 2);
    client.post("/barcode-scans", &json!([])).send().refused(422, "invalid_body");
    let dry = client.post("/barcode-scans?dry_run=true", &json!([one("d", EAN)])).send().expect(200);
    assert_eq!(dry["would"]["body"]["data"][0]["scan"]["counted"], 3, "{dry}");
    assert_eq!(client.get(&path).send().expect(200)["lines"][0]["actual"], 2);
    world.verify();
}

fn counting_by_scans_is_one_count(db: Db) {
    let world = World::standard(db);
    let client = shop(&world);
    let lines = json!([{ "sku": "PEN", "location": "BIN-1", "change": "increase", "planned": 3 }]);
    let found = json!({ "payload": { "reason_code": "found" }, "lines": lines });
    let (path, _) = make(&client, "adjustments", &found);
    go(&client, &path, &["approved"]);
    done(&client, &path);
    let (path, made) =
        make(&client, "cycle-counts", &json!({ "lines": [{ "sku": "PEN", "location": "BIN-1" }] }));
    go(&client, &path, &["in_progress"]);
    let context = json!({ "module": "cycle-counts", "record_id": made["id"] });
    for counted in 1..=2 {
        let taken = scan(&client, &json!({ "raw": EAN, "context": context, "apply": true })).expect(201);
        assert_eq!(taken["counted"], counted);
    }
    let read = client.get(&path).send().expect(200);
    let line = &read["lines"][0];
    assert_eq!((&line["actual"], &line["counts"], &line["expected"]), (&json!(2), &json!(1), &json!(3)));
    let approve = json!({ "to": "approved" });
    client.post(&format!("{path}/transition"), &approve).send().refused(409, "recount_required");
    world.verify();
}

fn scans_are_listed_and_never_change(db: Db) {
    let world = World::standard(db);
    let client = shop(&world);
    let (_, record) = session(&client, &json!([{ "sku": "PEN", "planned": 3 }]));
    for (raw, device) in [(EAN, "gun-1"), ("BOLT", "gun-1"), (EAN, "gun-2"), ("nobody knows", "gun-2")] {
        scan(&client, &json!({ "raw": raw, "device_id": device, "context": at(&record) })).expect(201);
    }
    scan(&client, &json!({ "raw": EAN })).expect(201);
    let count = |query: &str| {
        let list = client.get(&format!("/barcode-scans?{query}")).send().expect(200);
        list["data"].as_array().unwrap().len()
    };
    assert_eq!(count("limit=500"), 5);
    assert_eq!(count("state=rejected"), 2);
    assert_eq!(count("state=captured"), 1);
    assert_eq!(count("device_id=gun-2"), 2);
    assert_eq!(count("sku=PEN"), 3);
    assert_eq!(count(&format!("record_id={record}&state=matched")), 2);
    let page = client.get("/barcode-scans?limit=2").send().expect(200);
    let next = page["next_cursor"].as_str().unwrap();
    let rest = client.get(&format!("/barcode-scans?limit=500&cursor={next}")).send().expect(200);
    assert_eq!(rest["data"].as_array().unwrap().len(), 3);
    let csv = client.get("/barcode-scans?format=csv").send().text();
    assert_eq!(csv.lines().count(), 6, "{csv}");
    client.get("/barcode-scans?state=lost").send().refused(400, "invalid_query");
    client.get("/barcode-scans/018f0000-0000-7000-8000-000000000000").send().refused(404, "scan_not_found");
    world.verify();
}
