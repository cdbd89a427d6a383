//! Every module, in every state that the API leads to, and what every event answers there, as it was reviewed.
//!
//! `table.txt` is made by this test, not by hand: `ERPTEST_UPDATE=1 cargo xtask test -- floor::table` writes it; read the
//! difference and commit it. Each state is reached by real calls. Each event is a dry run, which decides by the same code
//! over what is there and writes nothing: so all events meet the very same record.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::stories::{Story, stories};
use crate::harness::{Answer, Call, Client, Db, Seed, World};

on_both!(every_module_state_and_event_answers_as_reviewed);

const STATES: [&str; 9] =
    ["open", "approved", "ordered", "receiving", "in_progress", "posted", "closed", "blocked", "cancelled"];
const STEPS: [&str; 9] =
    ["post", "inspect", "unpick", "dispatch", "receive", "found", "return_to_source", "write_off", "dispose"];
/// How many records a run makes at most.
const PRODUCTS: u32 = 400;

/// A warehouse with a place of each kind, and a product for each record: no record is in another's way.
pub(super) struct House {
    pub(super) client: Client,
    taken: Cell<u32>,
}

impl House {
    fn open(world: &World) -> Self {
        let client = world.client();
        let places = [
            ("DOCK", "receiving"),
            ("STAGE", "staging"),
            ("PACK", "packing"),
            ("BACK", "returns"),
            ("TRUCK", "transit"),
        ];
        for (code, kind) in places {
            client.put(&format!("/locations/{code}"), &json!({ "kind": kind })).send().expect(201);
        }
        Self { client, taken: Cell::new(0) }
    }

    /// A product of which 100 are available, and nobody else's.
    pub(super) fn sku(&self) -> String {
        self.taken.set(self.taken.get() + 1);
        assert!(self.taken.get() <= PRODUCTS, "more records than products");
        format!("GEAR-{}", self.taken.get())
    }
}

/// What can happen to a record: `to` a state, `post` a step.
struct Event {
    what: &'static str,
    which: &'static str,
    call: Call,
}

/// Every event, at the record as it is.
fn events(client: &Client, path: &str, record: &Value, story: &Story) -> Vec<Event> {
    let mut events = Vec::new();
    let mut add = |what, which, call| events.push(Event { what, which, call });
    let post = |route: &str, body: &Value| client.post(&format!("{path}/{route}?dry_run=true"), body);
    for state in STATES {
        add("to", state, post("transition", &json!({ "to": state, "reason": "a reason" })));
    }
    for state in ["blocked", "closed"] {
        add("for no reason to", state, post("transition", &json!({ "to": state })));
    }
    let whole = |step: Option<&str>, body: Value| {
        let mut body = body;
        if let Some(step) = step {
            body["step"] = json!(step);
        }
        post("post-stock", &body)
    };
    add("post", "(no step)", whole(None, json!({})));
    for step in STEPS {
        add("post", step, whole(Some(step), json!({})));
    }
    add("post as planned", "(no step)", whole(None, json!({ "accept_planned": true })));
    for step in story.steps {
        add("post as planned", step, whole(Some(step), json!({ "accept_planned": true })));
    }
    for step in story.steps {
        let mut part = json!({ "line_no": 1, "quantity": 1 });
        if *step == "dispose" {
            part["disposition"] = json!("restock");
        }
        add("post in parts", step, whole(Some(step), json!({ "lines": [part] })));
    }
    for (which, change) in [("plan", &story.planned), ("actual", &story.actual)] {
        let Some(change) = change else { continue };
        let mut body = change.clone();
        body["expected_version"] = record["version"].clone();
        add("change", which, client.patch(&format!("{path}?dry_run=true"), &body));
    }
    add("reverse", "", post("reverse-stock", &json!({ "reason": "a reason" })));
    for (route, body) in &story.routes {
        add(route, "", post(route, body));
    }
    events
}

/// Events in few words: what they have in common once.
fn in_words(events: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut last = "";
    for (what, which) in events {
        let between = if text.is_empty() {
            ""
        } else if *what == last {
            ", "
        } else {
            "; "
        };
        text.push_str(between);
        if *what != last {
            text.push_str(what);
            text.push_str(if which.is_empty() { "" } else { " " });
        }
        text.push_str(which);
        last = what;
    }
    text
}

/// What an answer says, in a line: the status; the code, the fields and what is allowed instead, or the state afterwards.
fn said(answer: &Answer, record: &Value) -> String {
    let body = answer.json();
    let list = |values: &Value| {
        let texts = values.as_array().into_iter().flatten().filter_map(Value::as_str);
        texts.collect::<Vec<_>>().join(", ")
    };
    if answer.status != 200 {
        let code = body["code"].as_str().unwrap();
        let fields = body["errors"].as_array().into_iter().flatten();
        let fields: Vec<_> = fields.filter_map(|error| error["pointer"].as_str()).collect();
        let allowed = match code {
            "invalid_transition" => format!(" [{}]", list(&body["allowed_transitions"])),
            _ => String::new(),
        };
        let fields = if fields.is_empty() { String::new() } else { format!(" {}", fields.join(" ")) };
        return format!("{} {code}{allowed}{fields}", answer.status);
    }
    let (status, made) = (&body["would"]["status"], &body["would"]["body"]);
    let state = made["state"].as_str().unwrap();
    if made["id"] == record["id"] {
        format!("{status} {state}")
    } else {
        format!("{status} {} {state}", made["module"].as_str().unwrap())
    }
}

/// Fires every event at a record, and writes down what each answers, those with the same answer in one line.
fn probe(house: &House, story: &Story, label: &str, path: &str) -> String {
    let client = &house.client;
    let record = client.get(path).send().expect(200);
    let state = record["state"].as_str().unwrap();
    assert!(label.starts_with(state), "{path} is {state}, not {label}");
    let allowed: Vec<_> = record["allowed_transitions"].as_array().unwrap().clone();
    let mut answers: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
    for Event { what, which, call } in events(client, path, &record, story) {
        let answer = call.send();
        if what == "to" {
            let is_off = answer.status != 200 && answer.json()["code"] == "invalid_transition";
            assert_eq!(is_off, !allowed.contains(&json!(which)), "{label}, {which}: {}", answer.text());
        }
        answers.entry(said(&answer, &record)).or_default().push((what, which));
    }
    assert_eq!(client.get(path).send().expect(200), record, "a dry run writes nothing");
    let allowed: Vec<_> = allowed.iter().filter_map(Value::as_str).collect();
    let allowed = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
    let mut text = format!("{} | {label} -> {allowed}\n", story.module);
    for (answer, events) in answers {
        text.push_str(&format!("    {answer}: {}\n", in_words(&events)));
    }
    text
}

/// Leads records of a story to each of its states, blocks one in each where that can be, and gives one up.
fn tell(house: &House, story: &Story, seen: &mut BTreeSet<(&'static str, String)>) -> String {
    let client = &house.client;
    let mut text = String::new();
    for at in 0..=story.moves.len() {
        let reach = || {
            let path = (story.begin)(house);
            story.moves.iter().take(at).for_each(|step| (step.act)(client, &path));
            path
        };
        let label = at.checked_sub(1).map_or("open", |last| story.moves[last].label);
        let mut is_new = |label: &str| seen.insert((story.module, format!("{label}{}", story.about)));
        if !is_new(label) {
            continue;
        }
        let path = reach();
        text.push_str(&probe(house, story, &format!("{label}{}", story.about), &path));
        let allowed = client.get(&path).send().expect(200)["allowed_transitions"].clone();
        let allowed = |state: &str| allowed.as_array().unwrap().contains(&json!(state));
        for (aside, is_wanted) in [("blocked", true), ("cancelled", at == 0)] {
            let name = format!("{aside} from {label}");
            if is_wanted && allowed(aside) && is_new(&name) {
                let path = reach();
                let body = json!({ "to": aside, "reason": "a reason" });
                client.post(&format!("{path}/transition"), &body).send().expect(200);
                text.push_str(&probe(house, story, &format!("{name}{}", story.about), &path));
            }
        }
    }
    text
}

fn every_module_state_and_event_answers_as_reviewed(db: Db) {
    let seed = (1..=PRODUCTS).fold(Seed::empty(), |seed, number| seed.with(&format!("GEAR-{number}"), 100));
    let world = World::start(db, &seed);
    let house = House::open(&world);
    let stories = stories(&house);
    let refused = house.client.get("/operations/no-module").send().refused(404, "unknown_module");
    let there: BTreeSet<_> =
        refused["modules"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let told: BTreeSet<_> = stories.iter().map(|story| story.module).collect();
    assert_eq!(told, there, "each module has a story");
    let mut seen = BTreeSet::new();
    let made: String = stories.iter().map(|story| tell(&house, story, &mut seen)).collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("floor/table.txt");
    if std::env::var_os("ERPTEST_UPDATE").is_some() {
        std::fs::write(&file, made).unwrap();
        return;
    }
    let reviewed = std::fs::read_to_string(&file).unwrap();
    let difference = difference(&reviewed, &made);
    assert!(difference.is_empty(), "not as reviewed (- reviewed, + answered):\n{difference}");
}

/// The answers of a table by where they were given.
fn cells(table: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut cells: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut place = "";
    for line in table.lines() {
        if !line.starts_with(' ') {
            place = line;
        }
        cells.entry(place).or_default().insert(line);
    }
    cells
}

/// What one table has and the other has not, record by record.
fn difference(reviewed: &str, made: &str) -> String {
    let (reviewed, made) = (cells(reviewed), cells(made));
    let places: BTreeSet<_> = reviewed.keys().chain(made.keys()).collect();
    let nothing = BTreeSet::new();
    let mut text = String::new();
    for place in places {
        let (before, now) = (reviewed.get(place).unwrap_or(&nothing), made.get(place).unwrap_or(&nothing));
        if before != now {
            text.push_str(&format!("{place}\n"));
            before.difference(now).for_each(|line| text.push_str(&format!("-{line}\n")));
            now.difference(before).for_each(|line| text.push_str(&format!("+{line}\n")));
        }
    }
    text
}
