//! A database in memory with a warehouse and stock, made by the commands that make them, and jobs to run on it.

use inventory::{
    Context, LocationFacts, LocationKind, LocationSpec, OpenStock, WarehouseFacts, WarehouseSpec,
};
use kernel::{Code, Quantity, Refusal, Reply, ReservationId, Timestamp};
use reservations::{CreateReservation, NewLine, ReleaseReservation, Reservation};

use crate::testing::{Codes, Database, MemStore, code_of, job, operate, run};
use crate::*;

pub(super) const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

/// A warehouse `MAIN` with the storage location `A-01` and so much tea there.
pub(super) fn stocked(tea: u32) -> MemStore {
    let mut store = MemStore::default();
    let facts = LocationFacts {
        warehouse: None,
        name: None,
        kind: LocationKind::Storage,
        pick_priority: 1,
        capacity_m3: None,
        active: true,
    };
    let location = LocationSpec { code: "A-01".parse().unwrap(), facts };
    let facts = WarehouseFacts {
        name: "Main".parse().unwrap(),
        is_default: true,
        default_location: Some("A-01".parse().unwrap()),
        active: true,
    };
    let warehouse = WarehouseSpec { code: "MAIN".parse().unwrap(), facts };
    let columns = serde_json::json!({ "name": "Tea" }).as_object().unwrap().clone();
    let product = FileRow::<inventory::Sku> { code: "TEA".parse().unwrap(), columns };
    let stock = OpenStock {
        sku: "TEA".parse().unwrap(),
        location: None,
        lot: inventory::Lot::none(),
        expires_on: None,
        quantity: Quantity::units(tea).positive().unwrap(),
        unit_cost: None,
    };
    let set_up = job("world-1", SetUp { warehouse, location }).unwrap();
    let products = job("world-2", Import(vec![product])).unwrap();
    let opening = job("world-3", Import(vec![stock])).unwrap();
    // Each sees what the ones before it made, although nothing is in the database yet.
    assert_eq!(answers(&mut store, &[&set_up, &products, &opening]), ["done", "done", "done"]);
    store
}

/// Runs a batch; the codes of its answers, with a star where it was given before.
pub(super) fn answers(store: &mut MemStore, jobs: &[&dyn Job]) -> Vec<String> {
    let star = |reply: &Reply| format!("{}{}", code_of(reply), if reply.replayed { "*" } else { "" });
    run(store, jobs, NOW).unwrap().iter().map(star).collect()
}

/// So much tea for an order.
pub(super) fn create(order: &str, quantity: u32) -> Create {
    Create(CreateReservation {
        source: "commerce".parse().unwrap(),
        order_ref: order.parse().unwrap(),
        warehouse: None,
        lines: vec![NewLine {
            sku: "TEA".parse().unwrap(),
            quantity: Quantity::units(quantity).positive().unwrap(),
            line_ref: None,
            location: None,
            lot: None,
        }],
        allow_partial: false,
        backorder: false,
        expiry: None,
        ship_to: None,
        ship_by: None,
        metadata: None,
        explode_kits: false,
    })
}

pub(super) fn creating(key: &str, order: &str, quantity: u32) -> Task<Create, Codes> {
    job(key, create(order, quantity)).unwrap()
}

pub(super) fn releasing(key: &str, id: ReservationId) -> Task<Operate<ReleaseReservation>, Codes> {
    let reason = "not wanted".parse().unwrap();
    let command =
        ReleaseReservation { id, reason, lines: None, request_unpick: false, expected_version: None };
    operate(key, command).unwrap()
}

/// All that was ever reserved, oldest first.
pub(super) fn reservations_of(store: &mut MemStore) -> Vec<Reservation> {
    let mut all = Vec::new();
    store.read(&mut |tx| tx.each_reservation(&mut |row| all.push(row.clone()))).unwrap();
    all
}

/// Available and reserved tea, in whole units.
pub(super) fn tea(store: &mut MemStore) -> (i64, i64) {
    let mut found = (0, 0);
    store
        .read(&mut |tx| {
            tx.each_balance(&mut |_, _, row| {
                found = (row.available.micros() / 1_000_000, row.reserved.micros() / 1_000_000);
            })
        })
        .unwrap();
    found
}

pub(super) fn head(store: &mut MemStore) -> Head {
    let mut found = None;
    store
        .read(&mut |tx| {
            found = Some(tx.head()?);
            Ok(())
        })
        .unwrap();
    found.unwrap()
}

/// What is wrong with the books: nothing, after any test.
pub(super) fn violations(store: &mut MemStore) -> Vec<inventory::Violation> {
    let mut found = Vec::new();
    store
        .read(&mut |tx| {
            found = verify(tx)?.violations;
            Ok(())
        })
        .unwrap();
    found
}

/// A command made of a function.
pub(super) struct Doing<F>(pub(super) F);

impl<F> Work for Doing<F>
where
    F: Fn(&mut Draft<'_>, &Context) -> Result<(), Refusal> + Send + Sync,
{
    type Done = ();
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<(), Refusal> {
        self.0(draft, context)
    }
}

/// Reserves tea, and then does something else.
pub(super) fn reserve_and<F>(key: &str, order: &str, quantity: u32, then: F) -> impl Job + use<F>
where
    F: Fn() -> Result<(), Refusal> + Send + Sync,
{
    let first = create(order, quantity);
    let work = move |draft: &mut Draft<'_>, context: &Context| {
        first.decide(draft, context)?;
        then()
    };
    job(key, Doing(work)).unwrap()
}

pub(super) fn refusal() -> Refusal {
    Refusal::new(Code::OffStep, "for the test")
}
