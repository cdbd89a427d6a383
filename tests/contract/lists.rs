//! Lists: every row once, in pages, while rows are added; filters.

use serde_json::{Value, json};

use crate::harness::{Client, Db, World, order, proof, quantity};

on_both!(pages_are_stable_while_rows_are_added, filters, availability_in_pages, groupings);

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn reserve(client: &Client, order_ref: &str, sku: &str) -> String {
    let made = client.post("/reservations", &order(order_ref, sku, 1)).send().expect(201);
    made["id"].as_str().unwrap().to_owned()
}

fn pages_are_stable_while_rows_are_added(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let mut at_first: Vec<_> = (0..7).map(|n| reserve(&client, &format!("SO-{n}"), "BOLT")).collect();
    let mut seen = Vec::new();
    let mut path = "/reservations?limit=3".to_owned();
    // More pages than rows would mean that a cursor does not move on.
    for page_number in 0..20 {
        let page = client.get(&path).send().expect(200);
        assert!(page["data"].as_array().unwrap().len() <= 3);
        seen.extend(ids(&page));
        if page_number < 3 {
            reserve(&client, &format!("NEW-{page_number}"), "BOLT");
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/reservations?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all, "no row twice");
    at_first.retain(|id| !seen.contains(id));
    assert_eq!(at_first, Vec::<String>::new(), "no row lost");
    let whole = client.get("/reservations?limit=500").send().expect(200);
    assert_eq!((ids(&whole).len(), &whole["next_cursor"]), (10, &Value::Null));
}

fn filters(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let bolt = reserve(&client, "SO-1", "BOLT");
    let nut = reserve(&client, "SO-2", "NUT");
    let gone = reserve(&client, "SO-3", "BOLT");
    client.post(&format!("/reservations/{gone}/release"), &json!({ "reason": "r" })).send().expect(200);
    client.post(&format!("/reservations/{nut}/consume"), &proof()).send().expect(200);
    for (filter, wanted) in [
        ("order_ref=SO-1", vec![&bolt]),
        ("order_ref=SO-9", vec![]),
        ("state=active", vec![&bolt]),
        ("state=released", vec![&gone]),
        ("state=consumed", vec![&nut]),
        ("state=expired", vec![]),
        ("sku=NUT", vec![&nut]),
        ("sku=BOLT&state=released&order_ref=SO-3", vec![&gone]),
    ] {
        let found = ids(&client.get(&format!("/reservations?{filter}")).send().expect(200));
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{filter}");
    }
}

fn availability_in_pages(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for grouping in ["", "&group_by=sku", "&group_by=location", "&group_by=lot"] {
        let whole = client.get(&format!("/availability?limit=500{grouping}")).send().expect(200);
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = client.get(&format!("/availability?limit=2{grouping}{cursor}")).send().expect(200);
            rows.extend(page["data"].as_array().unwrap().clone());
            assert!(rows.len() <= 500, "the cursor does not move on");
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(Value::Array(rows), whole["data"], "{grouping}");
    }
}

fn groupings(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let rows = |query: &str| {
        let answer = client.get(&format!("/availability?{query}")).send().expect(200);
        let rows = answer["data"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| (row["sku"].as_str().unwrap().to_owned(), quantity(&row["available"])))
            .collect::<Vec<_>>()
    };
    let row = |sku: &str, available: &str| (sku.to_owned(), available.to_owned());
    assert_eq!(rows("sku=NUT&group_by=sku"), [row("NUT", "25")]);
    let mut by_location = rows("sku=NUT&group_by=location");
    by_location.sort();
    assert_eq!(by_location, [row("NUT", "20"), row("NUT", "5")]);
    let mut by_lot = rows("sku=MILK&group_by=lot");
    by_lot.sort();
    assert_eq!(by_lot, [row("MILK", "3"), row("MILK", "4")]);
    assert_eq!(rows("sku=MILK&lot=EARLY&group_by=sku"), [row("MILK", "4")]);
    assert_eq!(rows("sku=NUT&location=SHELF-A&group_by=sku"), [row("NUT", "5")]);
    let mut two = rows("sku=NUT,BOLT&warehouse=MAIN&group_by=sku");
    two.sort();
    assert_eq!(two, [row("BOLT", "500"), row("NUT", "25")]);
}
