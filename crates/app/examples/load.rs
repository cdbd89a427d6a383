//! Load without HTTP, for `cargo xtask bench`: the backend as the HTTP adapter is given it, with its writer, its
//! batches and the command `Create`. Takes orders as lines of JSON on standard input and answers each with one; must
//! know nothing of what is done with the figures.
//!
//! `{"reserve": {"skus": 10000, "hot": false, "waiters": 64, "millis": 3000}}`, `{"read": {"skus": 10000, "millis": 3000}}`

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use commands::{Backend, Create, Draft, Preview, Render, Task};
use inventory::{AvailabilityFilter, Grouping, Page, Sku};
use kernel::{Actor, ActorType, Fingerprint, Quantity, Refusal, Reply, Request, ReservationId, StoreError};
use reservations::{CreateReservation, NewLine, ReservationView};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What to do.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Order {
    /// Reserves two lines of different skus, so many requests waiting at any time; `hot`: one of them is the first sku.
    Reserve { skus: u64, hot: bool, waiters: u64, millis: u64 },
    /// Asks for the availability of two skus, one question after the other.
    Read { skus: u64, millis: u64 },
}

/// What was done.
#[derive(Serialize)]
struct Done {
    count: u64,
    micros: u64,
    /// Answers that were not what was asked for.
    failed: u64,
}

fn main() -> anyhow::Result<()> {
    let url = std::env::args().nth(1).context("say which database: sqlite:PATH or postgres://…")?;
    let backend = app::Database::at(&url, 2)?.backend()?;
    let mut random =
        Random(u64::from_le_bytes(*Uuid::new_v4().as_bytes().first_chunk().context("16 bytes")?));
    for line in std::io::stdin().lock().lines() {
        let done = match serde_json::from_str(&line?)? {
            Order::Reserve { skus, hot, waiters, millis } => {
                reserve(&backend, &mut random, Load { skus, hot, run: Uuid::now_v7() }, waiters, millis)?
            }
            Order::Read { skus, millis } => read(&backend, &mut random, skus, millis)?,
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string(&done)?)?;
        out.flush()?;
    }
    Ok(())
}

/// Numbers that are even enough for a load (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    /// Two different numbers from 1 to `end`; the first is 1 where it is to be hot.
    fn two(&mut self, end: u64, hot: bool) -> [u64; 2] {
        let first = if hot { 0 } else { self.below(end) };
        let step = 1 + self.below(end.saturating_sub(1));
        [1 + first, 1 + (first + step) % end.max(1)]
    }
}

fn sku(number: u64) -> anyhow::Result<Sku> {
    Ok(format!("S{number:07}").parse()?)
}

/// What is reserved.
struct Load {
    skus: u64,
    hot: bool,
    run: Uuid,
}

impl Load {
    fn task(&self, random: &mut Random, number: u64) -> anyhow::Result<Task<Create, Show>> {
        let key = format!("{}-{number}", self.run.simple());
        let mut lines = Vec::new();
        for number in random.two(self.skus, self.hot) {
            let quantity = Quantity::units(1).positive().context("one is above zero")?;
            lines.push(NewLine { sku: sku(number)?, quantity, line_ref: None, location: None, lot: None });
        }
        let mut seed = [0; 32];
        for part in seed.chunks_mut(8) {
            part.copy_from_slice(&random.below(u64::MAX).to_le_bytes());
        }
        let request = Request {
            source: "commerce".parse()?,
            key: key.parse()?,
            request_id: key.parse()?,
            actor: Actor { id: "bench".parse()?, kind: ActorType::Service },
            action: "POST /api/v1/inventory/reservations".to_owned(),
            fingerprint: Fingerprint::of(&[key.as_bytes()]),
            seed,
        };
        let command = CreateReservation {
            source: request.source.clone(),
            order_ref: key.parse()?,
            warehouse: None,
            lines,
            allow_partial: false,
            backorder: false,
            expiry: None,
            ship_to: None,
            ship_by: None,
            metadata: None,
            explode_kits: false,
        };
        Ok(Task { request, work: Create(command), render: Show, preview_hash: None })
    }
}

/// Answers with the reservation, as the HTTP adapter does.
struct Show;

impl Render<ReservationId> for Show {
    fn done(&self, id: &ReservationId, draft: &Draft<'_>) -> Reply {
        let view = draft.reservations.get(*id).map(|made| ReservationView::in_draft(made, &draft.stock));
        let headers = vec![
            ("ETag".to_owned(), "\"1\"".to_owned()),
            ("Location".to_owned(), format!("/api/v1/inventory/reservations/{id}")),
        ];
        let body = serde_json::to_vec(&view).unwrap_or_default();
        Reply { status: 201, headers, body, replayed: false }
    }

    fn refused(&self, refusal: &Refusal) -> Reply {
        Reply { status: 409, headers: Vec::new(), body: refusal.detail.clone().into_bytes(), replayed: false }
    }

    fn previewed(&self, would: Reply, _: &Preview) -> Reply {
        would
    }

    fn broken(&self) -> Reply {
        Reply { status: 500, headers: Vec::new(), body: Vec::new(), replayed: false }
    }
}

type Answer = Result<Reply, StoreError>;

fn submit(
    backend: &Arc<dyn Backend>,
    task: Task<Create, Show>,
    answers: &Sender<Answer>,
) -> anyhow::Result<()> {
    let answers = answers.clone();
    let answer = Box::new(move |answer| drop(answers.send(answer)));
    backend.submit(Box::new(task), answer).map_err(|_| anyhow::anyhow!("the write queue is full"))
}

/// Keeps so many requests waiting until the time is over, and counts the answers.
fn reserve(
    backend: &Arc<dyn Backend>,
    random: &mut Random,
    load: Load,
    waiters: u64,
    millis: u64,
) -> anyhow::Result<Done> {
    let (sender, answers) = channel();
    let begun = Instant::now();
    let time = Duration::from_millis(millis);
    let mut sent = 0;
    while sent < waiters {
        submit(backend, load.task(random, sent)?, &sender)?;
        sent += 1;
    }
    let (mut count, mut failed) = (0, 0);
    while count < sent {
        let answer = answers.recv()?;
        count += 1;
        failed += u64::from(!answer.is_ok_and(|reply| reply.status == 201));
        if begun.elapsed() < time {
            submit(backend, load.task(random, sent)?, &sender)?;
            sent += 1;
        }
    }
    Ok(Done { count, micros: micros_since(begun), failed })
}

fn read(backend: &Arc<dyn Backend>, random: &mut Random, skus: u64, millis: u64) -> anyhow::Result<Done> {
    let begun = Instant::now();
    let time = Duration::from_millis(millis);
    let page = Page { limit: 50, after: None };
    let (mut count, mut failed) = (0, 0);
    while begun.elapsed() < time {
        let mut asked = Vec::new();
        for number in random.two(skus, false) {
            asked.push(sku(number)?);
        }
        asked.sort();
        let grouping = Grouping::Balance;
        let filter = AvailabilityFilter {
            skus: asked,
            warehouse: None,
            location: None,
            lot: None,
            grouping,
            as_of: None,
            effective_as_of: None,
        };
        let mut rows = 0;
        backend.read(&mut |views| {
            // As the handler does it: names what is unknown first.
            if views.unknown_skus(&filter.skus)?.is_empty() {
                rows = views.availability(&filter, &page)?.0.len();
            }
            Ok(())
        })?;
        count += 1;
        failed += u64::from(rows != 2);
    }
    Ok(Done { count, micros: micros_since(begun), failed })
}

fn micros_since(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}
