//! How a record of each module comes into being and into each of its states, and what can happen to it. Knows nothing of
//! what is answered.

use serde_json::{Value, json};

use super::table::House;
use super::{done, go, patch};
use crate::harness::{Client, order, proof};

type Act = Box<dyn Fn(&Client, &str)>;

/// A step of a story, and the state that it leads to.
pub(super) struct Move {
    /// The state, and what else there is to say of it.
    pub(super) label: &'static str,
    pub(super) act: Act,
}

/// The way of a record.
pub(super) struct Story {
    pub(super) module: &'static str,
    /// What is special about its records.
    pub(super) about: &'static str,
    /// Makes a record and answers its path.
    pub(super) begin: fn(&House) -> String,
    pub(super) moves: Vec<Move>,
    /// The steps that the module posts.
    pub(super) steps: &'static [&'static str],
    /// A change of what is planned, and one of what was really done, where the module has such fields.
    pub(super) planned: Option<Value>,
    pub(super) actual: Option<Value>,
    /// The module's own routes, each with a body.
    pub(super) routes: Vec<(&'static str, Value)>,
}

fn act(label: &'static str, act: impl Fn(&Client, &str) + 'static) -> Move {
    Move { label, act: Box::new(act) }
}

/// A transition; the state is the first word of the label.
fn to(label: &'static str) -> Move {
    let state = label.split(',').next().unwrap();
    call(label, "transition", json!({ "to": state, "reason": "a reason" }))
}

fn call(label: &'static str, route: &'static str, body: Value) -> Move {
    act(label, move |client, path| {
        client.post(&format!("{path}/{route}"), &body).send().expect(200);
    })
}

fn posted(label: &'static str) -> Move {
    call(label, "post-stock", json!({ "accept_planned": true }))
}

fn step(label: &'static str, step: &str) -> Move {
    call(label, "post-stock", json!({ "step": step, "accept_planned": true }))
}

fn part(label: &'static str, step: &str, part: &Value) -> Move {
    call(label, "post-stock", json!({ "step": step, "lines": [part] }))
}

fn reversed() -> Move {
    call("closed, reversed", "reverse-stock", json!({ "reason": "a reason" }))
}

fn one_line(fields: &Value) -> Option<Value> {
    let mut line = fields.clone();
    line["line_no"] = json!(1);
    Some(json!({ "lines": [line] }))
}

fn path_of(record: &Value) -> String {
    format!("/operations/{}/{}", record["module"].as_str().unwrap(), record["id"].as_str().unwrap())
}

fn make(house: &House, module: &str, body: &Value) -> String {
    path_of(&house.client.post(&format!("/operations/{module}"), body).send().expect(201))
}

/// The record that is made from another one.
fn next(client: &Client, path: &str, route: &str) -> String {
    path_of(&client.post(&format!("{path}/{route}"), &json!({})).send().expect(201))
}

fn order_to_vendor(house: &House) -> String {
    let lines = json!([{ "sku": house.sku(), "planned": 10 }]);
    make(house, "purchase-orders", &json!({ "payload": { "vendor": "ACME" }, "lines": lines }))
}

/// Receives of an order; nothing said: all that is owed.
fn receive(client: &Client, order: &str, units: Option<u32>) {
    let session = next(client, order, "create-receiving-session");
    go(client, &session, &["receiving"]);
    if let Some(units) = units {
        patch(client, &session, &json!([{ "line_no": 1, "actual": units }]));
    }
    done(client, &session);
}

fn session(house: &House) -> String {
    make(house, "receiving-sessions", &json!({ "lines": [{ "sku": house.sku(), "planned": 10 }] }))
}

fn session_to_inspect(house: &House) -> String {
    let sku = house.sku();
    let product = json!({ "name": "to be inspected", "needs_inspection": true });
    house.client.put(&format!("/products/{sku}"), &product).send().expect(200);
    make(house, "receiving-sessions", &json!({ "lines": [{ "sku": sku, "planned": 10 }] }))
}

fn session_at_storage(house: &House) -> String {
    let lines = json!([{ "sku": house.sku(), "planned": 10, "location": "MAIN-STORAGE-DEFAULT" }]);
    make(house, "receiving-sessions", &json!({ "lines": lines }))
}

fn putaway(house: &House) -> String {
    let session = session(house);
    go(&house.client, &session, &["receiving"]);
    done(&house.client, &session);
    next(&house.client, &session, "generate-putaway")
}

/// An order of a customer; answers the reservation.
fn reservation(house: &House) -> Value {
    let sku = house.sku();
    house.client.post("/reservations", &order(&sku, &sku, 10)).send().expect(201)
}

fn pick(house: &House) -> String {
    let which = json!({ "reservation_ids": [reservation(house)["id"]] });
    let picks = "/operations/pick-tasks/generate-from-reservations";
    path_of(&house.client.post(picks, &which).send().expect(201)["data"][0])
}

fn pack(house: &House) -> String {
    let pick = pick(house);
    go(&house.client, &pick, &["in_progress"]);
    done(&house.client, &pick);
    next(&house.client, &pick, "generate-pack-session")
}

fn ship(house: &House) -> String {
    let pack = pack(house);
    go(&house.client, &pack, &["in_progress"]);
    done(&house.client, &pack);
    next(&house.client, &pack, "generate-ship-confirmation")
}

fn transfer(house: &House) -> String {
    let lines = json!([{ "sku": house.sku(), "from": "MAIN-STORAGE-DEFAULT", "to": "DOCK", "planned": 10 }]);
    make(house, "transfers", &json!({ "lines": lines }))
}

fn direct_transfer(house: &House) -> String {
    let lines = json!([{ "sku": house.sku(), "from": "MAIN-STORAGE-DEFAULT", "to": "DOCK", "planned": 10 }]);
    make(house, "transfers", &json!({ "payload": { "direct": true }, "lines": lines }))
}

fn adjustment(house: &House) -> String {
    let line = json!({ "sku": house.sku(), "location": "MAIN-STORAGE-DEFAULT", "change": "decrease", "planned": 10 });
    make(house, "adjustments", &json!({ "payload": { "reason_code": "damage" }, "lines": [line] }))
}

fn customer_return(house: &House) -> String {
    let held = reservation(house);
    let consume = format!("/reservations/{}/consume", held["id"].as_str().unwrap());
    house.client.post(&consume, &proof()).send().expect(200);
    let sku = &held["lines"][0]["sku"];
    let line = json!({ "reservation_id": held["id"], "reservation_line": 1, "sku": sku, "planned": 5 });
    make(house, "returns", &json!({ "lines": [line] }))
}

fn count(house: &House) -> String {
    make(
        house,
        "cycle-counts",
        &json!({ "lines": [{ "sku": house.sku(), "location": "MAIN-STORAGE-DEFAULT" }] }),
    )
}

fn counted(label: &'static str) -> Move {
    act(label, |client, path| {
        patch(client, path, &json!([{ "line_no": 1, "actual": 90 }]));
    })
}

fn kit(house: &House) -> String {
    let part = house.sku();
    let set = json!({ "name": "a set", "bill_of_materials": [{ "sku": part, "quantity": 2 }] });
    house.client.put(&format!("/products/SET-{part}"), &set).send().expect(201);
    let payload = json!({ "sku": format!("SET-{part}"), "quantity": 3 });
    make(house, "kit-assemblies", &json!({ "payload": payload }))
}

fn vendor(house: &House) -> String {
    let code = house.sku();
    make(house, "vendors", &json!({ "payload": { "code": code, "name": "a vendor" } }))
}

/// The ways of all modules.
pub(super) fn stories(house: &House) -> Vec<Story> {
    let acme = make(house, "vendors", &json!({ "payload": { "code": "ACME", "name": "Acme" } }));
    go(&house.client, &acme, &["approved"]);
    let ways = [purchasing(), receiving(), fulfilment(), moving(), correcting(), making()];
    ways.into_iter().flatten().collect()
}

fn purchasing() -> Vec<Story> {
    let story = |moves| Story {
        module: "purchase-orders",
        about: "",
        begin: order_to_vendor,
        moves,
        steps: &[],
        planned: one_line(&json!({ "planned": 9 })),
        actual: one_line(&json!({ "received": 1 })),
        routes: vec![("create-receiving-session", json!({}))],
    };
    let ordered = || vec![to("approved"), to("ordered")];
    let and = |more: Vec<Move>| story(ordered().into_iter().chain(more).collect());
    let part = || act("receiving, part received", |client, path| receive(client, path, Some(4)));
    let all = act("closed, all received", |client, path| receive(client, path, None));
    let session = act("ordered, with a session", |client, path| {
        next(client, path, "create-receiving-session");
    });
    vec![
        and(vec![to("receiving"), to("closed, nothing received")]),
        and(vec![session]),
        and(vec![part(), all]),
        and(vec![part(), to("closed, short")]),
        Story {
            module: "vendors",
            begin: vendor,
            moves: vec![to("approved"), to("closed")],
            planned: Some(json!({ "payload": { "name": "another name" } })),
            actual: None,
            routes: Vec::new(),
            ..story(Vec::new())
        },
    ]
}

fn receiving() -> Vec<Story> {
    let found = json!({ "lines": [{ "line_no": 1, "accepted": 1, "rejected": 1 }] });
    let story = |about, begin, moves| Story {
        module: "receiving-sessions",
        about,
        begin,
        moves,
        steps: &["post", "inspect"],
        planned: one_line(&json!({ "planned": 9 })),
        actual: one_line(&json!({ "actual": 9 })),
        routes: vec![("inspect", found.clone()), ("generate-putaway", json!({}))],
    };
    let came = || vec![to("receiving"), posted("posted")];
    let and = |more: Vec<Move>| came().into_iter().chain(more).collect();
    let planned = act("posted, with a putaway task", |client, path| {
        next(client, path, "generate-putaway");
    });
    let rest = json!({ "lines": [{ "line_no": 1, "accepted": 7, "rejected": 1 }] });
    let inspected = vec![call("posted, part inspected", "inspect", found.clone())];
    let inspected = inspected.into_iter().chain([call("posted, all inspected", "inspect", rest)]);
    vec![
        story("", session, and(vec![to("closed")])),
        story("", session, and(vec![planned])),
        story("", session, and(vec![reversed()])),
        story(", to be inspected", session_to_inspect, and(inspected.chain([to("closed")]).collect())),
        story(", at storage", session_at_storage, came()),
        Story {
            module: "putaway-tasks",
            steps: &["post"],
            routes: Vec::new(),
            ..story("", putaway, vec![to("in_progress"), posted("posted"), to("closed")])
        },
        Story {
            module: "putaway-tasks",
            steps: &["post"],
            routes: Vec::new(),
            ..story("", putaway, vec![to("in_progress"), posted("posted"), reversed()])
        },
    ]
}

fn fulfilment() -> Vec<Story> {
    let story = |module, begin, routes: &[&'static str], moves| Story {
        module,
        about: "",
        begin,
        moves,
        steps: if module == "pick-tasks" { &["post", "unpick"] } else { &["post"] },
        planned: one_line(&json!({ "planned": 9 })),
        actual: one_line(&json!({ "actual": 9 })),
        routes: routes.iter().map(|route| (*route, json!({}))).collect(),
    };
    let handled = || vec![to("in_progress"), posted("posted")];
    let and = |more: Move| handled().into_iter().chain([more]).collect::<Vec<_>>();
    let picks = ["generate-pack-session", "unpick"];
    let packing = act("posted, with a pack session", |client, path| {
        next(client, path, "generate-pack-session");
    });
    let shipping = act("posted, with a ship confirmation", |client, path| {
        next(client, path, "generate-ship-confirmation");
    });
    let carrier = act("in_progress, with a carrier", |client, path| {
        let version = client.get(path).send().expect(200)["version"].clone();
        let payload = json!({ "carrier": "DHL", "tracking_number": "JD1" });
        client.patch(path, &json!({ "expected_version": version, "payload": payload })).send().expect(200);
    });
    let packs = ["generate-ship-confirmation"];
    vec![
        story("pick-tasks", pick, &picks, and(to("closed"))),
        story("pick-tasks", pick, &picks, and(packing)),
        story("pick-tasks", pick, &picks, and(call("posted, unpicked", "unpick", json!({})))),
        story("pick-tasks", pick, &picks, and(reversed())),
        story("pack-sessions", pack, &packs, and(to("closed"))),
        story("pack-sessions", pack, &packs, and(shipping)),
        story("pack-sessions", pack, &packs, and(reversed())),
        story(
            "ship-confirmations",
            ship,
            &[],
            vec![to("in_progress"), carrier, posted("posted"), to("closed")],
        ),
    ]
}

fn moving() -> Vec<Story> {
    let story = |about, begin, moves| Story {
        module: "transfers",
        about,
        begin,
        moves,
        steps: &["post", "dispatch", "receive", "found", "return_to_source", "write_off"],
        planned: one_line(&json!({ "planned": 9 })),
        actual: one_line(&json!({ "actual": 9 })),
        routes: Vec::new(),
    };
    let begun = || vec![to("approved"), to("in_progress")];
    let and = |more: Vec<Move>| begun().into_iter().chain(more).collect();
    let some = json!({ "line_no": 1, "quantity": 8 });
    vec![
        story(
            "",
            transfer,
            and(vec![
                step("in_progress, dispatched", "dispatch"),
                part("in_progress, part received", "receive", &some),
                step("posted", "write_off"),
                to("closed"),
            ]),
        ),
        story("", transfer, and(vec![step("in_progress, dispatched", "dispatch"), reversed()])),
        story(", direct", direct_transfer, and(vec![step("posted", "post"), to("closed")])),
        story(", direct", direct_transfer, and(vec![step("posted", "post"), reversed()])),
    ]
}

fn correcting() -> Vec<Story> {
    let story = |module, begin, moves| Story {
        module,
        about: "",
        begin,
        moves,
        steps: &["post"],
        planned: one_line(&json!({ "planned": 9 })),
        actual: None,
        routes: Vec::new(),
    };
    let approved = || {
        act("approved", |client, path| {
            let approve = client.post(&format!("{path}/transition"), &json!({ "to": "approved" }));
            approve.with("Actor-Id", "bert").send().expect(200);
        })
    };
    let counts = |last| Story {
        planned: Some(json!({ "payload": { "blind": true } })),
        actual: one_line(&json!({ "actual": 91 })),
        ..story(
            "cycle-counts",
            count,
            vec![
                to("in_progress"),
                counted("in_progress, counted once"),
                counted("in_progress, counted twice"),
                approved(),
                call("posted", "post-stock", json!({})),
                last,
            ],
        )
    };
    let back = || vec![to("receiving"), step("receiving, received", "receive")];
    let disposed = |units: u32| json!({ "line_no": 1, "quantity": units, "disposition": "restock" });
    let returns = |more: Vec<Move>| Story {
        steps: &["receive", "dispose"],
        actual: one_line(&json!({ "actual": 4 })),
        ..story("returns", customer_return, back().into_iter().chain(more).collect())
    };
    vec![
        story("adjustments", adjustment, vec![to("approved"), posted("posted"), to("closed")]),
        story("adjustments", adjustment, vec![to("approved"), posted("posted"), reversed()]),
        returns(vec![
            part("receiving, part disposed", "dispose", &disposed(2)),
            part("posted", "dispose", &disposed(3)),
            to("closed"),
        ]),
        returns(vec![reversed()]),
        counts(to("closed")),
        counts(reversed()),
    ]
}

fn making() -> Vec<Story> {
    let assembled = || call("posted", "post-assembly", json!({ "accept_planned": true }));
    let story = |last| Story {
        module: "kit-assemblies",
        about: "",
        begin: kit,
        moves: vec![to("approved"), to("in_progress"), assembled(), last],
        steps: &["post"],
        planned: one_line(&json!({ "planned": 9 })),
        actual: one_line(&json!({ "actual": 5 })),
        routes: vec![("post-assembly", json!({ "accept_planned": true }))],
    };
    vec![story(to("closed")), story(reversed())]
}
