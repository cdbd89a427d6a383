//! 64 clients want one sku of which there are 500 units; a quarter of the requests is sent twice at the same moment,
//! half of those to another server where there is one. Exactly 500 are promised, and equal keys have equal answers.

use std::collections::HashMap;
use std::sync::Barrier;

use crate::harness::{Answer, Client, Db, Seed, World, order};

on_both!(one_server);

const CLIENTS: usize = 64;
const ORDERS_EACH: usize = 12;
const UNITS: u32 = 500;

#[test]
fn two_servers_over_one_postgres() {
    let mut world = World::start(Db::Postgres, &Seed::empty().with("HOT", UNITS));
    world.add_server();
    fight(&world);
}

fn one_server(db: Db) {
    fight(&World::start(db, &Seed::empty().with("HOT", UNITS)));
}

/// Sends each order, every fourth one twice at once, every eighth one the second time to the last server.
fn fight(world: &World) {
    let servers: Vec<_> = (0..world.servers.len()).map(|server| world.client_of(server)).collect();
    let start = Barrier::new(CLIENTS);
    let answers: Vec<(String, Answer)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (servers, start) = (&servers, &start);
                scope.spawn(move || {
                    start.wait();
                    (0..ORDERS_EACH).flat_map(|nth| send(servers, client, nth)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    judge(world, answers);
}

fn send(servers: &[Client], client: usize, nth: usize) -> Vec<(String, Answer)> {
    let key = format!("fight-{client}-{nth}");
    let number = client * ORDERS_EACH + nth;
    let first = &servers[client % servers.len()];
    let call = first.post("/reservations", &order(&key, "HOT", 1)).key(&key);
    if !number.is_multiple_of(4) {
        return vec![(key, call.send_patiently())];
    }
    let second = if number.is_multiple_of(8) { &servers[(client + 1) % servers.len()] } else { first };
    let repeat = call.clone().at(second);
    let answers = std::thread::scope(|scope| {
        let repeated = scope.spawn(|| repeat.send_patiently());
        [call.send_patiently(), repeated.join().unwrap()]
    });
    answers.map(|answer| (key.clone(), answer)).to_vec()
}

fn judge(world: &World, answers: Vec<(String, Answer)>) {
    assert_eq!(answers.len(), CLIENTS * ORDERS_EACH * 5 / 4);
    let mut by_key: HashMap<String, Vec<Answer>> = HashMap::new();
    for (key, answer) in answers {
        by_key.entry(key).or_default().push(answer);
    }
    let mut promised = 0;
    for (key, same) in &by_key {
        let first = &same[0];
        for answer in same {
            assert_eq!((answer.status, &answer.bytes), (first.status, &first.bytes), "{key} has two answers");
        }
        assert_eq!(same.iter().filter(|answer| !answer.is_replay()).count(), 1, "{key}");
        match first.status {
            201 => promised += 1,
            _ => drop(first.refused(409, "insufficient_stock")),
        }
    }
    assert_eq!(promised, UNITS);
    for server in 0..world.servers.len() {
        assert_eq!(world.client_of(server).numbers("HOT"), ["0", "500", "500"]);
    }
}
