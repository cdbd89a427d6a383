//! The examples of what people do in a warehouse: work items, and the way of an order from the vendor to the shelf.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Ask, Book};

const RECORDS: &str = "/inventory/operations/{module}";
const RECORD: &str = "/inventory/operations/{module}/{record_id}";
const TRANSITION: &str = "/inventory/operations/{module}/{record_id}/transition";
const POST: &str = "/inventory/operations/{module}/{record_id}/post-stock";

/// Runs the calls.
pub(super) fn run(book: &mut Book) -> Result<()> {
    work_items(book)?;
    let order = ordered(book)?;
    let session = received(book, &order)?;
    put_away(book, &session)?;
    fulfilled(book)?;
    assembled(book)?;
    adjusted(book)
}

fn id_of(answer: &Value) -> Result<String> {
    answer.get("id").and_then(Value::as_str).map(str::to_owned).context("what was made has an id")
}

impl Book {
    fn make(&mut self, name: &str, module: &str, body: Value) -> Result<String> {
        id_of(&self.ask(Ask::write(name, "POST", RECORDS, &[("module", module)], body, 201))?)
    }

    fn go(&mut self, name: &str, (module, id): (&str, &str), body: Value, status: u16) -> Result<Value> {
        let at = [("module", module), ("record_id", id)];
        self.ask(Ask::write(name, "POST", TRANSITION, &at, body, status))
    }
}

impl Book {
    /// A location where much of a product is available.
    fn shelf(&mut self, sku: &str) -> Result<String> {
        let mut answer =
            self.agent.get(format!("{}/api/v1/inventory/availability?sku={sku}", self.base)).call()?;
        let rows: Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        let rows = rows.get("data").and_then(Value::as_array).context("availability has rows")?;
        let most = rows.iter().max_by_key(|row| row.get("available").and_then(Value::as_i64));
        let place = most.and_then(|row| row.get("location")?.as_str());
        place.map(str::to_owned).context("the demo has some of it")
    }
}

fn work_items(book: &mut Book) -> Result<()> {
    const ITEMS: &str = "/inventory/work-items";
    const MOVE: &str = "/inventory/work-items/{id}/transition";
    let sweep =
        json!({ "kind": "warehouse", "title": "sweep aisle 4", "assignee": "ann", "priority": "low" });
    let id = id_of(&book.ask(Ask::write("something to do", "POST", ITEMS, &[], sweep, 201))?)?;
    let at = [("id", id.as_str())];
    let step = |name, body, status| Ask::write(name, "POST", MOVE, &at, body, status);
    book.ask(Ask::get("of the floor", ITEMS, &[("kind", "warehouse"), ("state", "open")], 200))?;
    book.ask(Ask::get("one", "/inventory/work-items/{id}", &at, 200))?;
    book.ask(step("done before it was begun", json!({ "to": "completed" }), 409))?;
    book.ask(step("begun", json!({ "to": "in_progress" }), 200))?;
    book.ask(step("done", json!({ "to": "completed" }), 200))?;
    book.ask(Ask::get("who did it", "/inventory/work-items/{id}/history", &at, 200))?;
    Ok(())
}

fn ordered(book: &mut Book) -> Result<String> {
    let vendor = json!({ "payload": { "code": "POTTER", "name": "Potter, Ltd", "over_receipt_percent": 5 } });
    let vendor = book.make("a vendor", "vendors", vendor)?;
    book.go("a vendor is approved", ("vendors", &vendor), json!({ "to": "approved" }), 200)?;
    let order = json!({ "payload": { "vendor": "POTTER", "expected_on": "2027-01-15" }, "lines": [
        { "sku": "MUG-RED-S", "planned": 40, "unit_cost": { "amount": "2.10", "currency": "EUR" } },
        { "sku": "BWL-SEA-M", "planned": 12 }
    ] });
    let order = book.make("a purchase order", "purchase-orders", order)?;
    let wrong = json!({ "payload": { "vendor": "POTTER" }, "lines": [{ "sku": "MUG-RDE-S", "planned": 1, "colour": "red" }] });
    book.ask(Ask::write(
        "fields that are wrong",
        "POST",
        RECORDS,
        &[("module", "purchase-orders")],
        wrong,
        422,
    ))?;
    let at = [("module", "purchase-orders"), ("record_id", order.as_str())];
    let more = json!({ "expected_version": 1, "lines": [{ "line_no": 2, "planned": 24 }] });
    book.ask(Ask::write("more of one line", "PATCH", RECORD, &at, more.clone(), 200))?;
    book.ask(Ask::write("changed in between", "PATCH", RECORD, &at, more, 412))?;
    book.go("ordered before it was approved", ("purchase-orders", &order), json!({ "to": "ordered" }), 409)?;
    book.go("an order is approved", ("purchase-orders", &order), json!({ "to": "approved" }), 200)?;
    book.go("ordered", ("purchase-orders", &order), json!({ "to": "ordered" }), 200)?;
    book.ask(Ask::get("one", RECORD, &at, 200))?;
    book.ask(Ask::get(
        "orders with a product",
        RECORDS,
        &[("module", "purchase-orders"), ("sku", "MUG-RED-S"), ("state", "ordered")],
        200,
    ))?;
    book.ask(Ask::get("who did what", "/inventory/operations/{module}/{record_id}/history", &at, 200))?;
    Ok(order)
}

fn received(book: &mut Book, order: &str) -> Result<String> {
    const CREATE: &str = "/inventory/operations/purchase-orders/{record_id}/create-receiving-session";
    const INSPECT: &str = "/inventory/operations/receiving-sessions/{record_id}/inspect";
    let create = |name, status| Ask::write(name, "POST", CREATE, &[], json!({}), status);
    let of_order = [("record_id", order)];
    let session = Ask { fields: &of_order, ..create("what is owed", 201) };
    let session = id_of(&book.ask(session)?)?;
    book.ask(Ask { fields: &of_order, ..create("the unfinished one again", 200) })?;
    let at = [("module", "receiving-sessions"), ("record_id", session.as_str())];
    let post = |name, body, status| Ask::write(name, "POST", POST, &at, body, status);
    book.go("the truck is here", ("receiving-sessions", &session), json!({ "to": "receiving" }), 200)?;
    book.ask(post("nobody has counted", json!({}), 422))?;
    scanned(book, &session)?;
    let counted = json!({ "expected_version": 3, "lines": [
        { "line_no": 1, "actual": 40, "rejected": 3 }, { "line_no": 2, "actual": 10 }
    ] });
    book.ask(Ask::write("what came", "PATCH", RECORD, &at, counted, 200))?;
    let dry = [at.as_slice(), &[("dry_run", "true")]].concat();
    book.ask(Ask::write("a dry run", "POST", POST, &dry, json!({}), 200))?;
    book.ask(post("a receipt", json!({}), 200))?;
    book.ask(post("posted before", json!({}), 409))?;
    let inspected = json!({ "lines": [{ "line_no": 1, "accepted": 1 }] });
    book.ask(Ask::write(
        "nothing waits for it",
        "POST",
        INSPECT,
        &[("record_id", &session)],
        inspected,
        422,
    ))?;
    // A product that wants inspection.
    let lamp = json!({ "name": "lamp", "needs_inspection": true });
    book.ask(Ask::write(
        "inspected on receipt",
        "PUT",
        "/inventory/products/{sku}",
        &[("sku", "LAMP")],
        lamp,
        201,
    ))?;
    let lamps =
        json!({ "lines": [{ "sku": "LAMP", "planned": 6, "actual": 6 }], "payload": { "dock": "DOCK-1" } });
    let lamps = book.make("goods without an order", "receiving-sessions", lamps)?;
    book.go("they are here", ("receiving-sessions", &lamps), json!({ "to": "receiving" }), 200)?;
    let of_lamps = [("module", "receiving-sessions"), ("record_id", lamps.as_str())];
    book.ask(Ask::write("into inspection", "POST", POST, &of_lamps, json!({}), 200))?;
    let found = json!({ "lines": [{ "line_no": 1, "accepted": 5, "rejected": 1 }] });
    book.ask(Ask::write("one is broken", "POST", INSPECT, &[("record_id", &lamps)], found, 200))?;
    let why = json!({ "reason": "it was the wrong box" });
    let undo = "/inventory/operations/{module}/{record_id}/reverse-stock";
    book.ask(Ask::write("the inspection undone", "POST", undo, &of_lamps, why, 200))?;
    Ok(session)
}

fn put_away(book: &mut Book, session: &str) -> Result<()> {
    const GENERATE: &str = "/inventory/operations/receiving-sessions/{record_id}/generate-putaway";
    let of_session = [("record_id", session)];
    let generate = |name, status| Ask::write(name, "POST", GENERATE, &of_session, json!({}), status);
    let task = id_of(&book.ask(generate("what stands at the dock", 201))?)?;
    book.go("begun", ("putaway-tasks", &task), json!({ "to": "in_progress" }), 200)?;
    let at = [("module", "putaway-tasks"), ("record_id", task.as_str())];
    book.ask(Ask::write("as planned", "POST", POST, &at, json!({ "accept_planned": true }), 200))?;
    book.ask(generate("all is put away", 409))?;
    Ok(())
}

fn fulfilled(book: &mut Book) -> Result<()> {
    const PICKS: &str = "/inventory/operations/pick-tasks/generate-from-reservations";
    const PACK: &str = "/inventory/operations/pick-tasks/{record_id}/generate-pack-session";
    const SHIP: &str = "/inventory/operations/pack-sessions/{record_id}/generate-ship-confirmation";
    const CONSUME: &str = "/inventory/reservations/{id}/consume";
    const LOCATION: &str = "/inventory/locations/{location}";
    for (code, kind) in [("STAGE-1", "staging"), ("PACK-1", "packing")] {
        let name = if kind == "staging" { "for picked goods" } else { "for packages" };
        let body = json!({ "kind": kind });
        book.ask(Ask::write(name, "PUT", LOCATION, &[("location", code)], body, 201))?;
    }
    let order = super::order("2001", "CSH-FOX-M", 2);
    let order = book.ask(Ask::write("to be picked", "POST", "/inventory/reservations", &[], order, 201))?;
    let order = id_of(&order)?;
    let which = json!({ "order_refs": ["2001"] });
    let picks = book.ask(Ask::write("of an order", "POST", PICKS, &[], which.clone(), 201))?;
    book.ask(Ask::write("the unfinished ones again", "POST", PICKS, &[], which, 200))?;
    let pick = id_of(picks.pointer("/data/0").context("a pick task was made")?)?;
    book.go("the picker goes", ("pick-tasks", &pick), json!({ "to": "in_progress" }), 200)?;
    let at = [("module", "pick-tasks"), ("record_id", pick.as_str())];
    let all = || json!({ "accept_planned": true });
    book.ask(Ask::write("picked", "POST", POST, &at, all(), 200))?;
    let of = [("id", order.as_str())];
    let proof = json!({ "shipment_proof": { "carrier": "DHL", "tracking_number": "JD1", "shipped_at": "2026-01-02T10:00:00Z" } });
    book.ask(Ask::write("while it is picked", "POST", CONSUME, &of, proof, 409))?;
    let one = json!({ "lines": [{ "line_no": 1, "quantity": 1 }], "reason": "the customer wants one only" });
    let unpick = "/inventory/operations/pick-tasks/{record_id}/unpick";
    book.ask(Ask::write("one goes back", "POST", unpick, &[("record_id", &pick)], one, 200))?;
    let pack =
        book.ask(Ask::write("what was picked", "POST", PACK, &[("record_id", &pick)], json!({}), 201))?;
    let pack = id_of(&pack)?;
    book.go("the packer begins", ("pack-sessions", &pack), json!({ "to": "in_progress" }), 200)?;
    let at = [("module", "pack-sessions"), ("record_id", pack.as_str())];
    book.ask(Ask::write("packed", "POST", POST, &at, all(), 200))?;
    let ship =
        book.ask(Ask::write("what was packed", "POST", SHIP, &[("record_id", &pack)], json!({}), 201))?;
    let ship = id_of(&ship)?;
    let at = [("module", "ship-confirmations"), ("record_id", ship.as_str())];
    let carrier =
        json!({ "expected_version": 1, "payload": { "carrier": "DHL", "tracking_number": "JD014601" } });
    book.ask(Ask::write("who carries it", "PATCH", RECORD, &at, carrier, 200))?;
    book.go("the van is here", ("ship-confirmations", &ship), json!({ "to": "in_progress" }), 200)?;
    book.ask(Ask::write("shipped", "POST", POST, &at, all(), 200))?;
    let undo = "/inventory/operations/{module}/{record_id}/reverse-stock";
    book.ask(Ask::write("shipped is shipped", "POST", undo, &at, json!({ "reason": "a mistake" }), 409))?;
    let proof = json!({ "shipment_proof": { "ship_confirmation_id": ship } });
    book.ask(Ask::write("shipped by a confirmation", "POST", CONSUME, &of, proof, 200))?;
    Ok(())
}

/// Some of a delivery, scanned.
fn scanned(book: &mut Book, session: &str) -> Result<()> {
    const SCANS: &str = "/inventory/barcode-scans";
    let context = json!({ "module": "receiving-sessions", "record_id": session });
    let scan = |name: &str, raw: &str| {
        json!({ "raw": raw, "scanned_at": "2026-11-20T08:00:00Z", "device_id": "gun-1", "client_scan_id": name,
            "context": context, "apply": true })
    };
    let write = |name, body, status| Ask::write(name, "POST", SCANS, &[], body, status);
    let mut alone = scan("0", "LOC:DOCK");
    alone
        .as_object_mut()
        .context("a scan is an object")?
        .retain(|name, _| name != "context" && name != "apply");
    book.ask(write("a label that nobody expected", alone, 201))?;
    let one = book.ask(write("a mug, counted up", scan("1", "MUG-RED-S"), 201))?;
    book.ask(write("sent again, it counts once", scan("1", "MUG-RED-S"), 200))?;
    book.ask(write("what is not in the delivery", scan("2", "TWL-ROS-L"), 201))?;
    let list = json!([scan("1", "MUG-RED-S"), scan("3", "BWL-RED-S"), { "raw": "MUG-RED-S" }]);
    book.ask(write("a list, taken one by one", list, 200))?;
    book.ask(Ask::get("what did not fit", SCANS, &[("record_id", session), ("state", "rejected")], 200))?;
    book.ask(Ask::get("one scan", "/inventory/barcode-scans/{id}", &[("id", &id_of(&one)?)], 200))?;
    Ok(())
}

fn assembled(book: &mut Book) -> Result<()> {
    const ASSEMBLE: &str = "/inventory/operations/kit-assemblies/{record_id}/post-assembly";
    let set = json!({ "name": "tea for two", "bill_of_materials": [
        { "sku": "MUG-ROS-L", "quantity": 2 }, { "sku": "TWL-ROS-L", "quantity": 1 }
    ] });
    book.ask(Ask::write(
        "a kit with stock of its own",
        "PUT",
        "/inventory/products/{sku}",
        &[("sku", "TEA-SET")],
        set,
        201,
    ))?;
    let kit = json!({ "payload": { "sku": "TEA-SET", "quantity": 3 } });
    let kit = book.make("kits, as the bill of materials says", "kit-assemblies", kit)?;
    book.go("an assembly is approved", ("kit-assemblies", &kit), json!({ "to": "approved" }), 200)?;
    book.go("an assembly is begun", ("kit-assemblies", &kit), json!({ "to": "in_progress" }), 200)?;
    // The demo's mugs stand on shelves: the lines say where from.
    let record = book.ask(Ask::get(
        "an assembly",
        RECORD,
        &[("module", "kit-assemblies"), ("record_id", kit.as_str())],
        200,
    ))?;
    let version = record.get("version").cloned().unwrap_or_default();
    let places = json!({ "expected_version": version, "lines": [
        { "line_no": 1, "actual": 6, "location": book.shelf("MUG-ROS-L")? },
        { "line_no": 2, "actual": 3, "location": book.shelf("TWL-ROS-L")? }
    ] });
    let at = [("module", "kit-assemblies"), ("record_id", kit.as_str())];
    book.ask(Ask::write("where the parts came from", "PATCH", RECORD, &at, places, 200))?;
    book.ask(Ask::write("three kits", "POST", ASSEMBLE, &[("record_id", &kit)], json!({}), 200))?;
    Ok(())
}

fn adjusted(book: &mut Book) -> Result<()> {
    let place = book.shelf("BWL-RED-S")?;
    let broken = json!({ "payload": { "reason_code": "damage", "note": "fell off the shelf" }, "lines": [
        { "sku": "BWL-RED-S", "location": place, "change": "decrease", "planned": 2 }
    ] });
    let id = book.make("two broken bowls", "adjustments", broken)?;
    book.go("an adjustment is approved", ("adjustments", &id), json!({ "to": "approved" }), 200)?;
    let at = [("module", "adjustments"), ("record_id", id.as_str())];
    book.ask(Ask::write("an adjustment", "POST", POST, &at, json!({}), 200))?;
    Ok(())
}
