//! kill -9 of the server in mid-load, again and again, with clients that repeat until they are answered: nothing that
//! was acknowledged is lost, and nothing has happened twice.

use std::collections::HashMap;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::harness::{Answer, Call, Client, Db, Seed, World, order, proof, until};

on_both!(killed_twenty_times);

const KILLS: usize = 20;
const CLIENTS: usize = 8;
const SKUS: usize = 3;
const UNITS: u32 = 1_000_000;

/// What the clients share.
struct Load {
    client: RwLock<Client>,
    acknowledged: AtomicUsize,
    over: AtomicBool,
}

/// What a client was told of one order: every call, with its answer; the last one says how the reservation stands.
struct Acknowledged {
    order_ref: String,
    answers: Vec<(Call, Answer)>,
}

fn killed_twenty_times(db: Db) {
    let seed = (0..SKUS).fold(Seed::empty(), |seed, sku| seed.with(&format!("SKU-{sku}"), UNITS));
    let mut world = World::start(db, &seed);
    let load = Load {
        client: RwLock::new(world.client()),
        acknowledged: AtomicUsize::new(0),
        over: AtomicBool::new(false),
    };
    let acknowledged: Vec<Acknowledged> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let load = &load;
                scope.spawn(move || work(load, client))
            })
            .collect();
        for kill in 0..KILLS {
            let before = load.acknowledged.load(Ordering::SeqCst);
            // Another amount of work each time, so that the kills meet different moments.
            let enough = before + 20 + kill * 7 % 23;
            until("the load goes on", || {
                let stuck = clients.iter().any(std::thread::ScopedJoinHandle::is_finished);
                (stuck || load.acknowledged.load(Ordering::SeqCst) >= enough).then_some(())
            });
            world.servers[0].kill();
            world.restart();
            *load.client.write().unwrap() = world.client();
        }
        load.over.store(true, Ordering::SeqCst);
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert!(acknowledged.len() >= KILLS, "{} orders", acknowledged.len());
    nothing_lost(&world, &acknowledged);
    nothing_doubled(&world, &acknowledged);
}

/// One order after the other until it is over: reserved, and then kept, released or consumed.
fn work(load: &Load, client: usize) -> Vec<Acknowledged> {
    let mut done = Vec::new();
    for nth in 0.. {
        if load.over.load(Ordering::SeqCst) {
            break;
        }
        let order_ref = format!("crash-{client}-{nth}");
        let sku = format!("SKU-{}", (client + nth) % SKUS);
        let body = order(&order_ref, &sku, 1 + nth % 3);
        let mut answers = vec![persist(load, |client| client.post("/reservations", &body).key(&order_ref))];
        let id = answers[0].1.expect(201)["id"].as_str().unwrap().to_owned();
        let next = match nth % 3 {
            0 => None,
            1 => Some(("release", json!({ "reason": "r", "lines": [{ "line_no": 1, "quantity": 1 }] }))),
            _ => Some(("consume", proof())),
        };
        if let Some((step, body)) = next {
            let path = format!("/reservations/{id}/{step}");
            let key = format!("{order_ref}-{step}");
            let answer = persist(load, |client| client.post(&path, &body).key(&key));
            answer.1.expect(200);
            answers.push(answer);
        }
        done.push(Acknowledged { order_ref, answers });
    }
    done
}

/// Sends the same call with the same key until there is an answer.
fn persist(load: &Load, call: impl Fn(&Client) -> Call) -> (Call, Answer) {
    let mut first: Option<Call> = None;
    until("an answer", || {
        let client = load.client.read().unwrap().clone();
        // The same bytes and headers each time; only the server's address is another.
        let call = first.get_or_insert_with(|| call(&client)).clone().at(&client);
        let answer = call.clone().try_send().ok().filter(|answer| !answer.is_busy())?;
        load.acknowledged.fetch_add(1, Ordering::SeqCst);
        Some((call, answer))
    })
}

fn nothing_lost(world: &World, acknowledged: &[Acknowledged]) {
    let client = world.client();
    for Acknowledged { order_ref, answers } in acknowledged {
        let last = answers.last().unwrap().1.json();
        let read = client.get(&format!("/reservations/{}", last["id"].as_str().unwrap())).send().expect(200);
        assert_eq!(read, last, "{order_ref} is as it was acknowledged");
        for (call, answer) in answers {
            let again = call.clone().at(&client).send_patiently();
            assert_eq!((again.status, &again.bytes), (answer.status, &answer.bytes), "{order_ref}");
            assert!(again.is_replay(), "{order_ref} was acknowledged, so it is stored");
        }
    }
}

fn nothing_doubled(world: &World, acknowledged: &[Acknowledged]) {
    let client = world.client();
    let mut rows: Vec<Value> = Vec::new();
    let mut path = "/reservations?limit=500".to_owned();
    loop {
        let page = client.get(&path).send().expect(200);
        rows.extend(page["data"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/reservations?limit=500&cursor={cursor}"),
            None => break,
        }
    }
    let mut count: HashMap<&str, usize> = HashMap::new();
    for row in &rows {
        *count.entry(row["order_ref"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(rows.len(), acknowledged.len(), "every client ended with an answer, so there is nothing else");
    for Acknowledged { order_ref, .. } in acknowledged {
        assert_eq!(count.get(order_ref.as_str()), Some(&1), "{order_ref}");
    }
    for sku in (0..SKUS).map(|sku| format!("SKU-{sku}")) {
        let lines =
            rows.iter().flat_map(|row| row["lines"].as_array().unwrap()).filter(|line| line["sku"] == sku);
        let sum = |part: &str| lines.clone().map(|line| line[part].as_u64().unwrap()).sum::<u64>();
        let (reserved, consumed) = (sum("reserved"), sum("consumed"));
        let owned = u64::from(UNITS) - consumed;
        let wanted = [owned - reserved, reserved, owned].map(|units| units.to_string());
        assert_eq!(client.numbers(&sku), wanted, "{sku}");
    }
}
