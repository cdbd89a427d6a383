//! `cargo xtask examples`: calls every operation of a real server with the demo's data and writes down what was asked
//! and answered. The OpenAPI document shows it; nothing in it is made up.

mod floor;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use ureq::http::Request;

use crate::demo::{Database, Demo};
use crate::{erp, shell};

const FILE: &str = "crates/http/src/examples.json";

/// Runs the calls and writes the file.
pub(crate) fn run() -> Result<ExitCode> {
    let demo = Demo::start(&erp::build()?, Database::Sqlite)?;
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let mut book =
        Book { agent: config.build().into(), base: demo.server.address.clone(), pages: Vec::new() };
    stock(&mut book)?;
    let id = create(&mut book)?;
    change(&mut book, &id)?;
    afterwards(&mut book, &id)?;
    warehouses_and_locations(&mut book)?;
    products(&mut book)?;
    lots(&mut book)?;
    floor::run(&mut book)?;
    root(&mut book)?;
    let text = serde_json::to_string_pretty(&book.pages)? + "\n";
    std::fs::write(shell::root().join(FILE), text)?;
    shell::say(&format!("{} examples in {FILE}", book.pages.len()));
    Ok(ExitCode::SUCCESS)
}

/// What was asked and answered.
struct Book {
    agent: ureq::Agent,
    base: String,
    pages: Vec<Value>,
}

/// A call to be written down. `path` has `{name}` for what `fields` says; the other fields are its query.
struct Ask<'a> {
    name: &'a str,
    method: &'a str,
    path: &'a str,
    fields: &'a [(&'a str, &'a str)],
    body: Option<Value>,
    status: u16,
}

impl<'a> Ask<'a> {
    fn get(name: &'a str, path: &'a str, fields: &'a [(&'a str, &'a str)], status: u16) -> Self {
        Self { name, method: "GET", path, fields, body: None, status }
    }

    fn write(
        name: &'a str,
        method: &'a str,
        path: &'a str,
        fields: &'a [(&'a str, &'a str)],
        body: Value,
        status: u16,
    ) -> Self {
        Self { name, method, path, fields, body: Some(body), status }
    }
}

impl Book {
    /// Calls, wants the status, writes it down and answers the body.
    fn ask(&mut self, ask: Ask<'_>) -> Result<Value> {
        let key = format!("key-{}", self.pages.len() + 1);
        self.ask_with(ask, &key, &["Idempotency-Key", "Actor-Id", "Actor-Type", "Source-System"])
    }

    fn ask_with(&mut self, ask: Ask<'_>, key: &str, sent: &[&str]) -> Result<Value> {
        let template = if ask.path.starts_with("/inventory") {
            format!("/api/v1{}", ask.path)
        } else {
            ask.path.to_owned()
        };
        let mut path = template.clone();
        let (mut path_fields, mut query, mut words) = (Map::new(), Map::new(), Vec::new());
        for (name, value) in ask.fields {
            let place = format!("{{{name}}}");
            if path.contains(&place) {
                path = path.replace(&place, value);
                path_fields.insert((*name).to_owned(), json!(value));
            } else {
                words.push(format!("{name}={value}"));
                query.insert((*name).to_owned(), json!(value));
            }
        }
        let target = if words.is_empty() { path } else { format!("{path}?{}", words.join("&")) };
        let mut request = Request::builder().method(ask.method).uri(format!("{}{target}", self.base));
        let id = format!("r-{}", self.pages.len() + 1);
        request = request.header("Request-Id", &id);
        if ask.body.is_some() {
            request = request.header("Content-Type", "application/json");
            for (name, value) in [
                ("Idempotency-Key", key),
                ("Actor-Id", "ann"),
                ("Actor-Type", "user"),
                ("Source-System", "commerce"),
            ] {
                if sent.contains(&name) {
                    request = request.header(name, value);
                }
            }
        }
        let body = ask.body.clone().map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let mut answer = self.agent.run(request.body(body)?)?;
        let status = answer.status().as_u16();
        let media = answer.headers().get("Content-Type").and_then(|media| media.to_str().ok());
        let media = media.unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
        let text = answer.body_mut().read_to_string()?;
        if status != ask.status {
            bail!("{} ({} {target}): {status}, not {}: {text}", ask.name, ask.method, ask.status);
        }
        let shown = if media.ends_with("json") { serde_json::from_str(&text)? } else { Value::from(text) };
        self.pages.push(json!({
            "name": ask.name, "method": ask.method, "path": template, "path_fields": path_fields, "query": query,
            "body": ask.body, "status": status, "media": media, "answer": shown,
        }));
        Ok(shown)
    }
}

fn stock(book: &mut Book) -> Result<()> {
    const PATH: &str = "/inventory/availability";
    book.ask(Ask::get(
        "two products, each in all",
        PATH,
        &[("sku", "MUG-RED-S,CND-ROS-L"), ("group_by", "sku")],
        200,
    ))?;
    book.ask(Ask::get("a product, balance by balance", PATH, &[("sku", "MUG-RED-S")], 200))?;
    book.ask(Ask::get("as CSV", PATH, &[("sku", "MUG-RED-S"), ("format", "csv")], 200))?;
    book.ask(Ask::get("no such product", PATH, &[("sku", "MUG-RED-S,MUG-RDE-S")], 404))?;
    book.ask(Ask::get("an unknown parameter", PATH, &[("colour", "red")], 400))?;
    book.ask(Ask::get(
        "only trusted stock",
        PATH,
        &[("sku", "MUG-RED-S"), ("require_trusted", "true")],
        409,
    ))?;
    Ok(())
}

fn order(order_ref: &str, sku: &str, quantity: u32) -> Value {
    json!({ "order_ref": order_ref, "lines": [{ "sku": sku, "quantity": quantity }] })
}

fn create(book: &mut Book) -> Result<String> {
    const PATH: &str = "/inventory/reservations";
    let post = |name, body, status| Ask::write(name, "POST", PATH, &[], body, status);
    let dry =
        Ask::write("a dry run", "POST", PATH, &[("dry_run", "true")], order("1001", "MUG-RED-S", 2), 200);
    book.ask(dry)?;
    let first = book.ask_with(
        post("two mugs", order("1001", "MUG-RED-S", 2), 201),
        "order-1001",
        &["Idempotency-Key", "Actor-Id", "Actor-Type", "Source-System"],
    )?;
    let other = post("a key that was used for another request", order("1002", "MUG-RED-S", 2), 422);
    book.ask_with(other, "order-1001", &["Idempotency-Key", "Actor-Id", "Actor-Type", "Source-System"])?;
    book.ask_with(
        post("headers are missing", order("1002", "MUG-RED-S", 2), 400),
        "k",
        &["Idempotency-Key"],
    )?;
    book.ask(post("reserved before", order("1001", "MUG-RED-S", 2), 409))?;
    book.ask(post("not enough", order("1002", "MUG-RED-S", 2000), 409))?;
    book.ask(post("no such product", order("1002", "MUG-RDE-S", 1), 404))?;
    book.ask(post(
        "values that cannot be",
        json!({ "order_ref": "1002", "colour": "red", "lines": [{ "sku": "MUG-RED-S", "quantity": 1 }] }),
        422,
    ))?;
    let kit =
        json!({ "order_ref": "1003", "explode_kits": true, "lines": [{ "sku": "SET-RED", "quantity": 1 }] });
    book.ask(post("a kit, taken apart", kit, 201))?;
    first.get("id").and_then(Value::as_str).map(str::to_owned).context("a reservation has an id")
}

fn change(book: &mut Book, id: &str) -> Result<()> {
    const ONE: &str = "/inventory/reservations/{id}";
    let at = [("id", id)];
    let patch = |name, body, status| Ask::write(name, "PATCH", ONE, &at, body, status);
    book.ask(Ask::get(
        "by order",
        "/inventory/reservations",
        &[("order_ref", "1001"), ("state", "active")],
        200,
    ))?;
    book.ask(Ask::get("one", ONE, &at, 200))?;
    book.ask(Ask::get("none", ONE, &[("id", "00000000-0000-7000-8000-000000000000")], 404))?;
    let more = json!({ "expected_version": 1, "lines": [{ "line_no": 1, "quantity": 4 }, { "sku": "CND-ROS-L", "quantity": 1 }] });
    book.ask(patch("more of one line, and one more line", more.clone(), 200))?;
    book.ask(patch("changed in between", more, 412))?;
    let release = |name, body, status| {
        Ask::write(name, "POST", "/inventory/reservations/{id}/release", &at, body, status)
    };
    book.ask(release(
        "a part",
        json!({ "reason": "the customer wants less", "lines": [{ "line_no": 1, "quantity": 1 }] }),
        200,
    ))?;
    book.ask(release(
        "more than there is",
        json!({ "reason": "a mistake", "lines": [{ "line_no": 1, "quantity": 9 }] }),
        409,
    ))?;
    let fill =
        |name, status| Ask::write(name, "POST", "/inventory/reservations/{id}/fill", &at, json!({}), status);
    book.ask(fill("nothing is short", 200))?;
    let proof =
        json!({ "carrier": "DHL", "tracking_number": "JD014600", "shipped_at": "2026-01-02T10:00:00Z" });
    let consume = |name, body, status| {
        Ask::write(name, "POST", "/inventory/reservations/{id}/consume", &at, body, status)
    };
    book.ask(consume("without a proof", json!({}), 422))?;
    book.ask(consume("all of it", json!({ "shipment_proof": proof }), 200))?;
    book.ask(consume("twice", json!({ "shipment_proof": proof }), 409))?;
    Ok(())
}

fn afterwards(book: &mut Book, id: &str) -> Result<()> {
    book.ask(Ask::get("of a reservation", "/inventory/ledger", &[("record_id", id), ("limit", "2")], 200))?;
    book.ask(Ask::get("of a product", "/inventory/integrity", &[("sku", "MUG-RED-S")], 200))?;
    book.ask(Ask::get("a product", "/inventory/availability/{sku}/explain", &[("sku", "CND-ROS-L")], 200))?;
    book.ask(Ask::get(
        "a reservation that was made",
        "/api/v1/requests/{request_id}",
        &[("request_id", "r-8")],
        200,
    ))?;
    book.ask(Ask::get(
        "a read leaves no trail",
        "/api/v1/requests/{request_id}",
        &[("request_id", "r-1")],
        404,
    ))?;
    Ok(())
}

fn warehouses_and_locations(book: &mut Book) -> Result<()> {
    const WAREHOUSE: &str = "/inventory/warehouses/{warehouse}";
    const LOCATION: &str = "/inventory/locations/{location}";
    book.ask(Ask::get("all", "/inventory/warehouses", &[], 200))?;
    book.ask(Ask::get("one", WAREHOUSE, &[("warehouse", "MAIN")], 200))?;
    let north = json!({ "name": "North", "default_location": "N-STORAGE" });
    book.ask(Ask::write("a new one", "PUT", WAREHOUSE, &[("warehouse", "NORTH")], north.clone(), 201))?;
    book.ask(Ask::write("the same again", "PUT", WAREHOUSE, &[("warehouse", "NORTH")], north, 200))?;
    let closed = json!({ "name": "Main Warehouse", "active": false });
    book.ask(Ask::write("in use", "PUT", WAREHOUSE, &[("warehouse", "MAIN")], closed, 409))?;
    book.ask(Ask::get(
        "two of a warehouse",
        "/inventory/locations",
        &[("warehouse", "MAIN"), ("kind", "storage"), ("limit", "2")],
        200,
    ))?;
    book.ask(Ask::get("one", LOCATION, &[("location", "A-01")], 200))?;
    let dock = json!({ "name": "Dock 1", "kind": "receiving" });
    book.ask(Ask::write("a new one", "PUT", LOCATION, &[("location", "DOCK-1")], dock, 201))?;
    let renamed = json!({ "name": "Dock one", "kind": "receiving" });
    book.ask(Ask::write("another name", "PUT", LOCATION, &[("location", "DOCK-1")], renamed, 200))?;
    let moved = json!({ "warehouse": "NORTH", "kind": "receiving" });
    book.ask(Ask::write("to another warehouse", "PUT", LOCATION, &[("location", "DOCK-1")], moved, 409))?;
    Ok(())
}

fn products(book: &mut Book) -> Result<()> {
    const PRODUCT: &str = "/inventory/products/{sku}";
    let put = |name, sku, body, status| Ask::write(name, "PUT", PRODUCT, sku, body, status);
    book.ask(Ask::get("found by text", "/inventory/products", &[("search", "foxes"), ("limit", "1")], 200))?;
    book.ask(Ask::get(
        "as CSV",
        "/inventory/products",
        &[("sku", "MUG-RED-S,TEA-LOOSE"), ("format", "csv")],
        200,
    ))?;
    book.ask(Ask::get("one", PRODUCT, &[("sku", "MUG-RED-S")], 200))?;
    let mug = json!({ "name": "extra large mug, red spots", "standard_cost": { "amount": "7.95", "currency": "EUR" },
        "barcodes": [{ "barcode": "2000000099996" }, { "barcode": "2000000099989", "quantity": 6 }],
        "settings": [{ "warehouse": "MAIN", "reorder_point": 20, "target": 80, "lead_time_days": 14 }] });
    book.ask(put("a new one", &[("sku", "MUG-RED-XL")], mug.clone(), 201))?;
    book.ask(put("the same again", &[("sku", "MUG-RED-XL")], mug, 200))?;
    let taken = json!({ "name": "another mug", "barcodes": [{ "barcode": "2000000099996" }] });
    book.ask(put("a barcode that is taken", &[("sku", "MUG-RED-XXL")], taken, 409))?;
    Ok(())
}

fn lots(book: &mut Book) -> Result<()> {
    const LOT: &str = "/inventory/products/{sku}/lots/{lot}";
    let at = [("sku", "TEA-LOOSE"), ("lot", "2026-A")];
    book.ask(Ask::get("all of a product", "/inventory/products/{sku}/lots", &[("sku", "TEA-LOOSE")], 200))?;
    book.ask(Ask::get("one", LOT, &at, 200))?;
    book.ask(Ask::get("where it came from", "/inventory/products/{sku}/lots/{lot}/trace", &at, 200))?;
    book.ask(Ask::write("another last day", "PUT", LOT, &at, json!({ "expires_on": "2027-05-31" }), 200))?;
    let hold = |name, status| {
        Ask::write(
            name,
            "POST",
            "/inventory/products/{sku}/lots/{lot}/hold",
            &at,
            json!({ "reason": "the supplier called" }),
            status,
        )
    };
    book.ask(hold("recalled", 200))?;
    book.ask(hold("recalled before", 409))?;
    let release = Ask::write(
        "all clear",
        "POST",
        "/inventory/products/{sku}/lots/{lot}/release",
        &at,
        json!({ "reason": "it was another lot" }),
        200,
    );
    book.ask(release)?;
    Ok(())
}

fn root(book: &mut Book) -> Result<()> {
    for path in ["/healthz", "/readyz"] {
        book.ask(Ask::get("as it is", path, &[], 200))?;
    }
    Ok(())
}
