//! Files in and out: an export is a file that the import takes, and gives the same export again.

use std::process::Command;

use serde_json::json;

use crate::harness::{Client, Database, Db, Server, World, erp, finish};

on_both!(
    a_round_trip_gives_the_same_files,
    a_file_changes_what_it_has_columns_for,
    a_place_keeps_what_the_file_has_no_column_for,
    a_kit_may_stand_before_its_parts,
    bad_files_change_nothing,
    every_row_that_the_rules_refuse_is_named,
    a_place_stands_in_a_file_once,
    a_repeat_changes_nothing
);

const KINDS: [&str; 3] = ["warehouses", "locations", "products"];

fn import(database: &Database, kind: &str, content: &str) -> Command {
    let file = database.file(&format!("{kind}.csv"), content);
    erp(&database.url, &["import", kind, file.to_str().unwrap()])
}

fn a_place_keeps_what_the_file_has_no_column_for(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let north = json!({ "name": "North", "default_location": "N-1" });
    client.put("/warehouses/NORTH", &north).send().expect(201);
    let dock = json!({ "warehouse": "NORTH", "kind": "quality", "name": "the dock", "active": false });
    client.put("/locations/QA-1", &dock).send().expect(201);
    finish(import(&world.database, "locations", "code,pick_priority\nQA-1,5\n"));
    let read = client.get("/locations/QA-1").send().expect(200);
    for name in ["warehouse", "kind", "name", "active"] {
        assert_eq!(read[name], dock[name], "{name}");
    }
    assert_eq!(read["pick_priority"], 5);
    finish(import(&world.database, "warehouses", "code,name\nNORTH,Far North\n"));
    let read = client.get("/warehouses/NORTH").send().expect(200);
    assert_eq!((&read["name"], &read["default_location"]), (&json!("Far North"), &json!("N-1")));
}

fn export(client: &Client, kind: &str) -> String {
    let answer = client.get(&format!("/{kind}?format=csv")).send();
    assert_eq!(answer.status, 200);
    answer.text()
}

fn a_round_trip_gives_the_same_files(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    client
        .put("/warehouses/NORTH", &json!({ "name": "North, \"cold\"", "default_location": "N-1" }))
        .send()
        .expect(201);
    client.put("/locations/DOCK", &json!({ "kind": "receiving", "pick_priority": -5 })).send().expect(201);
    client.put("/locations/OLD", &json!({ "active": false, "name": "=closed" })).send().expect(201);
    let mug = json!({ "name": "-mug, \"large\"\u{00e9}", "weight_kg": 0.123456, "standard_cost": { "amount": "1.2345", "currency": "EUR" },
        "barcodes": [{ "barcode": "1", "quantity": 12 }], "bill_of_materials": [{ "sku": "BOLT", "quantity": 0.5 }],
        "settings": [{ "warehouse": "NORTH", "target": 9, "vendor": "Potter, Ltd", "putaway_bins": ["N-1"] }] });
    client.put("/products/%3DMUG", &mug).send().expect(201);
    client.put("/products/%27S%20MUG", &json!({ "name": "'+quoted" })).send().expect(201);
    let files = KINDS.map(|kind| export(&client, kind));

    let other = Database::create(db);
    for (kind, file) in KINDS.iter().zip(&files) {
        finish(import(&other, kind, file));
    }
    let server = Server::start(&other.url);
    let client = Client::new(&server.base);
    for (kind, file) in KINDS.iter().zip(&files) {
        assert_eq!(&export(&client, kind), file, "{kind}");
    }
    let product = client.get("/products/%3DMUG").send().expect(200);
    assert_eq!(
        (product["name"].clone(), product["weight_kg"].clone()),
        (mug["name"].clone(), json!(0.123456))
    );
}

fn a_file_changes_what_it_has_columns_for(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let whole = json!({ "name": "bolt", "barcodes": [{ "barcode": "1" }], "needs_inspection": true });
    client.put("/products/BOLT", &whole).send().expect(200);
    finish(import(&world.database, "products", "sku,weight_kg,needs_inspection\nBOLT,0.5,\n"));
    let read = client.get("/products/BOLT").send().expect(200);
    assert_eq!((read["name"].clone(), read["weight_kg"].clone()), (json!("bolt"), json!(0.5)));
    assert_eq!(read["barcodes"].as_array().unwrap().len(), 1, "no column: as it was");
    assert_eq!(read["needs_inspection"], false, "an empty cell: the default");
}

fn a_kit_may_stand_before_its_parts(db: Db) {
    let world = World::standard(db);
    let file = "sku,name,stockable,bill_of_materials\n\
                SET,set,false,\"[{\"\"sku\"\":\"\"PART\"\",\"\"quantity\"\":2}]\"\nPART,part,true,\n";
    finish(import(&world.database, "products", file));
    let read = world.client().get("/products/SET").send().expect(200);
    assert_eq!(read["bill_of_materials"], json!([{ "sku": "PART", "quantity": 2 }]));
}

fn bad_files_change_nothing(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = KINDS.map(|kind| export(&client, kind));
    let product_files = [
        ("sku,name,price\nA,a,1\n", "unknown columns: price"),
        ("sku,sku\nA,A\n", "twice"),
        ("sku,name\nA,a\n,b\nC,\nA,again\n", "row 3: sku is required"),
        ("sku,name\nA,a\n,b\nC,c\nA,again\n", "row 5: is about the same as row 2"),
        ("sku,name,quantity_step\nA,a,0.0000001\n", "row 2: quantity_step must have at most 6 decimals"),
        ("sku,name,barcodes\nA,a,x\n", "barcodes is not JSON"),
        ("sku,name,stockable\nA,a,maybe\n", "stockable is not JSON"),
        ("sku,name,colour\n", "unknown columns: colour"),
        ("sku,weight_kg\nNEW,1\n", "NEW: missing field `name`"),
        (
            "sku,name,bill_of_materials\nA,a,\"[{\"\"sku\"\":\"\"GHOST\"\",\"\"quantity\"\":1}]\"\n",
            "There is no product GHOST",
        ),
        ("sku,unit\nBOLT,kg\n", "unit of BOLT cannot change while there is: stock"),
    ];
    for (file, says) in product_files {
        let output = import(&world.database, "products", file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(says), "{file}: {said}");
    }
    assert_eq!(KINDS.map(|kind| export(&client, kind)), before);
}

/// What a bad file is told; nothing is imported.
fn told(world: &World, kind: &str, file: &str) -> Vec<String> {
    let output = import(&world.database, kind, file).output().unwrap();
    assert!(!output.status.success(), "{kind}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<_> = said.lines().map(str::to_owned).collect();
    assert!(lines.iter().any(|line| line.contains("nothing was imported")), "{said}");
    lines.into_iter().filter(|line| line.starts_with("row ")).collect()
}

fn every_row_that_the_rules_refuse_is_named(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let before = KINDS.map(|kind| export(&client, kind));
    // What cannot be read and what is refused, in one list; over several chunks.
    let kit = r#""[{""sku"":""GHOST"",""quantity"":1}]""#;
    let good: String = (0..2000).map(|n| format!("P-{n},p,each,\n")).collect();
    let bad = format!("KIT,kit,each,{kit}\nBOLT,bolt,kg,\n,x,each,\n");
    let products = format!("sku,name,unit,bill_of_materials\n{bad}{good}P-7,p,each,\n");
    assert_eq!(
        told(&world, "products", &products),
        [
            "row 2: There is no product GHOST.",
            "row 3: unit of BOLT cannot change while there is: stock.",
            "row 4: sku is required",
            "row 2005: is about the same as row 12",
        ]
    );
    let stock = "sku,location,quantity\nBOLT,DOCK-9,1\nNUT-9,,1\nBOLT,,x\nTEA-9,,1\n";
    let said = told(&world, "stock", stock);
    assert_eq!(said.len(), 4, "{said:?}");
    for (line, begins) in said.iter().zip(["row 2: ", "row 3: ", "row 4: quantity", "row 5: "]) {
        assert!(line.starts_with(begins), "{line}");
    }
    assert_eq!(KINDS.map(|kind| export(&client, kind)), before);
}

fn a_place_stands_in_a_file_once(db: Db) {
    let world = World::standard(db);
    finish(import(&world.database, "products", "sku,name\nMUG,mug\n"));
    // By default and by name.
    let twice = "sku,location,quantity\nMUG,,10\nMUG,MAIN-STORAGE-DEFAULT,5\n";
    assert_eq!(told(&world, "stock", twice), ["row 3: is about the same as row 2"]);
    let read = world.client().get("/availability?sku=MUG").send().expect(200);
    assert!(!read.to_string().contains("\"owned\":10"), "{read}");
    finish(import(&world.database, "stock", "sku,location,quantity\nMUG,,10\n"));
    assert_eq!(told(&world, "stock", twice), ["row 3: is about the same as row 2"], "history or not");
}

fn a_repeat_changes_nothing(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let rows: String = (0..2500).map(|n| format!("P-{n},product {n},{n}\n")).collect();
    let file = format!("sku,name,barcodes\n{}", rows.replace(",0\n", ",\n"));
    // Every barcode cell is a number: not a list.
    let output = import(&world.database, "products", &file).output().unwrap();
    assert!(!output.status.success());
    let rows: String =
        (0..2500).map(|n| format!("P-{n},product {n},\"[{{\"\"barcode\"\":\"\"{n}\"\"}}]\"\n")).collect();
    let file = format!("sku,name,barcodes\n{rows}");
    let said = |command: Command| {
        let mut command = command;
        String::from_utf8_lossy(&command.output().unwrap().stdout).trim().to_owned()
    };
    assert_eq!(said(import(&world.database, "products", &file)), "2500 made, 0 changed, 0 unchanged");
    let first = export(&client, "products");
    assert_eq!(said(import(&world.database, "products", &file)), "0 made, 0 changed, 2500 unchanged");
    assert_eq!(export(&client, "products"), first);
}
