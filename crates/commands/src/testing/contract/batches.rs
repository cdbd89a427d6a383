//! What a store owes to [`crate::Store`]: the head, stored answers, events, and transactions as a whole.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is a test that several crates share")]

use inventory::{LocationFacts, LocationKind, LocationSpec, StockNeeds, WarehouseFacts, WarehouseSpec};
use kernel::{
    Audience, Counters, Event, EventId, NewEvent, Reply, Request, RequestSeq, StoreError, Timestamp, Version,
};
use reservations::{ReservationChanges, ReservationNeeds};

use super::super::{Database, code_of, job, keyed, request, run};
use super::world::*;
use crate::{Answered, Fill, Head, Import, SetUp, StoredAnswer, preview};

fn head(database: &mut dyn Database) -> Head {
    let mut found = None;
    database
        .write(&mut |tx| {
            found = Some(tx.lock_head()?);
            Ok(())
        })
        .unwrap();
    found.unwrap()
}

const LATER: Head = Head {
    counters: Counters { id: 40, request: 3, movement: 7, event: 11 },
    recorded_at: Timestamp::from_micros(1_764_000_000_654_321),
};

fn reply(status: u16) -> Reply {
    Reply {
        status,
        headers: vec![("ETag".to_owned(), "\"1\"".to_owned()), ("Location".to_owned(), "/ä".to_owned())],
        body: vec![0, 255, b'{', b'\'', b'"', b'\\', 0],
        replayed: false,
    }
}

fn store(
    database: &mut dyn Database,
    rows: &[(i64, &Request, Reply)],
    events: &[Event],
) -> Result<(), StoreError> {
    let answered: Vec<_> = rows
        .iter()
        .map(|(seq, request, reply)| Answered { seq: RequestSeq(*seq), request, reply: reply.clone() })
        .collect();
    database.write(&mut |tx| tx.flush_answers(&LATER, &answered, events))
}

fn answer(seq: i64, request: &Request, reply: Reply) -> StoredAnswer {
    StoredAnswer { seq: RequestSeq(seq), fingerprint: request.fingerprint, reply }
}

fn answers(database: &mut dyn Database, of: &[&Request]) -> Vec<Option<StoredAnswer>> {
    let mut found = Vec::new();
    database
        .write(&mut |tx| {
            found = tx.answers(of)?;
            Ok(())
        })
        .unwrap();
    found
}

fn event(seq: i64, subject: &str, version: i64) -> Event {
    let data = serde_json::json!({ "text": "it's", "n": [1, null] });
    let kind = if version == 1 { "reservation.created" } else { "reservation.released" };
    Event {
        seq,
        id: EventId(movement_id(u8::try_from(seq).unwrap()).0),
        request: RequestSeq(1),
        event: NewEvent {
            subject: subject.to_owned(),
            subject_seq: Version(version),
            kind,
            audience: Audience::Commerce,
            data,
        },
    }
}

/// An empty database begins with the first of all numbers, before all times.
pub fn a_fresh_head_begins_at_one(database: &mut dyn Database) {
    let fresh = head(database);
    assert_eq!(fresh.counters, Counters::FIRST);
    assert!(fresh.recorded_at < NOW);
}

/// The head comes back as it was flushed, for those who write and for those who read.
pub fn the_head_comes_back(database: &mut dyn Database) {
    store(database, &[(1, &request("a").unwrap(), reply(200))], &[]).unwrap();
    assert_eq!(head(database), LATER);
    let mut read = None;
    database
        .read(&mut |tx| {
            read = Some((tx.head()?, tx.lock_head()?));
            Ok(())
        })
        .unwrap();
    assert_eq!(read, Some((LATER, LATER)));
}

/// An answer comes back byte for byte, with the fingerprint of the request that it was given to.
pub fn an_answer_comes_back_as_it_was(database: &mut dyn Database) {
    let (first, second) = (request("a").unwrap(), request("b").unwrap());
    let empty = Reply { status: 204, headers: Vec::new(), body: Vec::new(), replayed: false };
    store(database, &[(1, &first, reply(201)), (2, &second, empty.clone())], &[]).unwrap();
    assert_eq!(
        answers(database, &[&first, &second]),
        [Some(answer(1, &first, reply(201))), Some(answer(2, &second, empty))]
    );
}

/// Answers stand where they were asked for; a new key has none, nor has the same key of another source.
pub fn answers_stand_in_the_order_of_the_question(database: &mut dyn Database) {
    let rows: Vec<_> = ["a", "b", "c"].map(|key| request(key).unwrap()).into();
    store(database, &[(1, &rows[0], reply(200)), (2, &rows[2], reply(409))], &[]).unwrap();
    let elsewhere = keyed("erp", "a", "a").unwrap();
    let other_case = request("A").unwrap();
    let asked = [&rows[2], &elsewhere, &rows[1], &rows[0], &rows[2], &other_case];
    let statuses: Vec<_> =
        answers(database, &asked).into_iter().map(|row| row.map(|row| row.reply.status)).collect();
    assert_eq!(statuses, [Some(409), None, None, Some(200), Some(409), None]);
    assert_eq!(answers(database, &[]), []);
}

/// A key that somebody else wrote meanwhile is a conflict; nothing of the batch is written.
pub fn a_key_that_was_written_meanwhile_is_a_conflict(database: &mut dyn Database) {
    let (first, second) = (request("a").unwrap(), request("b").unwrap());
    store(database, &[(1, &first, reply(200))], &[]).unwrap();
    let again = store(database, &[(2, &second, reply(200)), (3, &first, reply(409))], &[]);
    assert_eq!(again, Err(StoreError::Conflict));
    let found = answers(database, &[&first, &second]);
    assert_eq!(found, [Some(answer(1, &first, reply(200))), None]);
}

/// A request number that is taken is a conflict.
pub fn a_request_number_is_given_once(database: &mut dyn Database) {
    store(database, &[(1, &request("a").unwrap(), reply(200))], &[]).unwrap();
    let again = store(database, &[(1, &request("b").unwrap(), reply(200))], &[]);
    assert_eq!(again, Err(StoreError::Conflict));
}

/// The events of a reservation come oldest first, and nobody else's.
pub fn the_events_of_a_reservation_are_in_order(database: &mut dyn Database) {
    let (own, other) = (reservation_id(1), reservation_id(2));
    let subject = |id| format!("reservations/{id}");
    let events = [
        event(1, &subject(own), 1),
        event(2, &subject(other), 1),
        event(3, &subject(own), 2),
        event(4, "balances/1", 2),
        event(5, &subject(own), 3),
    ];
    store(database, &[(1, &request("a").unwrap(), reply(200))], &events).unwrap();
    let mut found = Vec::new();
    database
        .read(&mut |tx| {
            found = tx.events_of(own)?;
            Ok(())
        })
        .unwrap();
    let kinds = ["reservation.created", "reservation.released", "reservation.released"];
    let expected: Vec<_> =
        kinds.iter().zip(1..).map(|(kind, version)| ((*kind).to_owned(), version)).collect();
    assert_eq!(found, expected);
}

/// One event for an aggregate, a version and a kind.
pub fn an_event_is_written_once(database: &mut dyn Database) {
    let first = request("a").unwrap();
    store(database, &[(1, &first, reply(200))], &[event(1, "balances/1", 1)]).unwrap();
    let second = request("b").unwrap();
    let again = store(database, &[(2, &second, reply(200))], &[event(2, "balances/1", 1)]);
    assert_eq!(again, Err(StoreError::Conflict));
}

/// What a transaction wrote it sees; when it fails, nothing of it is left anywhere.
pub fn a_rollback_leaves_nothing(database: &mut dyn Database) {
    let asked = request("a").unwrap();
    let before = head(database);
    let failed = database.write(&mut |tx| {
        tx.flush_stock(&master())?;
        tx.flush_stock(&balances([(key(TEA, SHELF, ""), balance(101, 1))]))?;
        tx.flush_stock(&movements([movement(1, 1, 1)]))?;
        let row = reservation(1);
        tx.flush_reservations(&ReservationChanges { reservations: [(row.id, row)].into() })?;
        let answered = [Answered { seq: RequestSeq(1), request: &asked, reply: reply(200) }];
        tx.flush_answers(&LATER, &answered, &[event(1, "balances/101", 1)])?;
        assert_eq!(tx.lock_head()?, LATER);
        assert!(tx.answers(&[&asked])?[0].is_some());
        Err(StoreError::Broken("enough".to_owned()))
    });
    assert_eq!(failed, Err(StoreError::Broken("enough".to_owned())));
    assert_eq!(head(database), before);
    assert_eq!(answers(database, &[&asked]), [None]);
    let needs = StockNeeds {
        warehouses: true,
        skus: [parsed("TEA")].into(),
        location_codes: [parsed("SHELF")].into(),
        lots: [(MILK, parsed("L1"))].into(),
        scopes: [(TEA, MAIN)].into(),
        movements: [movement_id(1)].into(),
        ..StockNeeds::default()
    };
    let set = stock(database, &needs);
    assert!(set.warehouses.is_empty() && set.products.is_empty() && set.locations.is_empty());
    assert!(set.lots.is_empty() && set.balances.is_empty() && set.movements.is_empty());
    let ids = ReservationNeeds { ids: [reservation_id(1)].into(), ..ReservationNeeds::default() };
    assert!(reserved(database, &ids, NOW).reservations.is_empty());
    let mut rows = 0;
    database
        .read(&mut |tx| {
            tx.each_transfer(&mut |_| rows += 1)?;
            tx.each_balance(&mut |_, _, _| rows += 1)?;
            tx.each_reservation(&mut |_| rows += 1)
        })
        .unwrap();
    assert_eq!(rows, 0);
    // And the same can be done again.
    store(database, &[(1, &asked, reply(200))], &[]).unwrap();
}

fn set_up() -> SetUp {
    let facts = WarehouseFacts {
        name: parsed("Main"),
        is_default: true,
        default_location: Some(parsed("A-01")),
        active: true,
    };
    let warehouse = WarehouseSpec { code: parsed("MAIN"), facts };
    let facts = LocationFacts {
        warehouse: None,
        name: None,
        kind: LocationKind::Storage,
        pick_priority: 1,
        capacity_m3: None,
        active: true,
    };
    SetUp { warehouse, location: LocationSpec { code: parsed("A-01"), facts } }
}

/// Numbers have no gap after refusals, repeats, dry runs and batches that were rolled back.
pub fn numbers_have_no_gaps(database: &mut dyn Database) {
    let refused = || Fill { id: reservation_id(1), expected_version: None };
    let jobs = [job("a", refused()).unwrap(), job("b", refused()).unwrap()];
    let made = job("c", set_up()).unwrap();
    let replies = run(database, &[&jobs[0], &made, &jobs[1], &jobs[0]], NOW).unwrap();
    let codes: Vec<_> = replies.iter().map(code_of).collect();
    assert_eq!(codes, ["reservation_not_found", "done", "reservation_not_found", "reservation_not_found"]);
    let after = head(database);
    assert_eq!(after.counters, Counters { id: 3, request: 4, movement: 1, event: 1 });
    let given_up = database.write(&mut |tx| {
        let again = job("d", refused()).unwrap();
        crate::run_batch(tx, &[&again], NOW, crate::BatchLimits::default())?;
        Err(StoreError::Conflict)
    });
    assert_eq!(given_up, Err(StoreError::Conflict));
    database
        .read(&mut |tx| {
            let previewed = preview(tx, &job("e", Import::<inventory::OpenStock>(Vec::new())).unwrap(), NOW)?;
            assert_eq!(code_of(&previewed), "preview");
            Ok(())
        })
        .unwrap();
    assert_eq!(head(database), after);
    run(database, &[&job("f", refused()).unwrap()], NOW).unwrap();
    assert_eq!(head(database).counters.request, 5);
    let mut counts = None;
    database
        .read(&mut |tx| {
            counts = Some(tx.integrity_counts()?);
            Ok(())
        })
        .unwrap();
    assert_eq!(counts, Some(crate::IntegrityCounts::default()));
}

/// Time is recorded as the clock says it, but always after the batch before it.
pub fn time_does_not_go_back(database: &mut dyn Database) {
    run(database, &[&job("a", set_up()).unwrap()], NOW).unwrap();
    assert_eq!(head(database).recorded_at, NOW);
    run(database, &[&job("b", set_up()).unwrap()], NOW.plus_seconds(-60)).unwrap();
    assert_eq!(head(database).recorded_at, NOW.plus_micros(1));
    run(database, &[&job("c", set_up()).unwrap()], NOW.plus_seconds(1)).unwrap();
    assert_eq!(head(database).recorded_at, NOW.plus_seconds(1));
}
