//! A polite stop in mid-load: what was accepted is answered, and what was not answered has not happened.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::{Answer, Db, Seed, World, order, until};

on_both!(what_was_accepted_is_answered, idle_connections_do_not_hold_it_up);

const CLIENTS: usize = 16;

fn what_was_accepted_is_answered(db: Db) {
    let mut world = World::start(db, &Seed::empty().with("BOLT", 1_000_000));
    let answered = AtomicUsize::new(0);
    let client = world.client();
    let told: Vec<(String, Option<Answer>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CLIENTS)
            .map(|thread| {
                let (client, answered) = (client.clone(), &answered);
                scope.spawn(move || {
                    let mut told = Vec::new();
                    for nth in 0.. {
                        let order_ref = format!("stop-{thread}-{nth}");
                        let answer =
                            client.post("/reservations", &order(&order_ref, "BOLT", 1)).try_send().ok();
                        answered.fetch_add(1, Ordering::SeqCst);
                        let ended = answer.as_ref().is_none_or(Answer::is_busy);
                        told.push((order_ref, answer));
                        if ended {
                            break;
                        }
                    }
                    told
                })
            })
            .collect();
        until("the load runs", || (answered.load(Ordering::SeqCst) > 20 * CLIENTS).then_some(()));
        let status = world.servers[0].stop();
        assert!(status.success(), "a stopped server ends with {status}");
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    world.restart();
    let client = world.client();
    let mut made = 0;
    for (order_ref, answer) in told {
        let found = client.get(&format!("/reservations?order_ref={order_ref}")).send().expect(200);
        let found = found["data"].as_array().unwrap();
        match answer.filter(|answer| !answer.is_busy()) {
            Some(answer) => {
                made += 1;
                assert_eq!(found, &[answer.expect(201)], "{order_ref} was answered");
            }
            None => assert!(found.is_empty(), "{order_ref} was accepted and never answered"),
        }
    }
    assert_eq!(client.numbers("BOLT"), [1_000_000 - made, made, 1_000_000].map(|units| units.to_string()));
}

fn idle_connections_do_not_hold_it_up(db: Db) {
    let mut world = World::standard(db);
    let client = world.client();
    client.get("/healthz").send();
    let address = world.servers[0].base.trim_start_matches("http://").to_owned();
    // One connection that says nothing at all.
    let silent = std::net::TcpStream::connect(address).unwrap();
    let status = world.servers[0].stop();
    assert!(status.success(), "{status}");
    drop(silent);
    world.restart();
}
