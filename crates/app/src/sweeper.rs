//! The sweeper: expires reservations that ran out, holds lots that may not leave any more, and fills backorders that
//! can be filled, by ordinary commands.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use commands::{Expire, Fill, Task, WithdrawLot, Work};
use kernel::{Fingerprint, Request, StoreError};
use serde::Serialize;

use crate::database::{Live, clock};
use crate::internal::{Plain, request};

/// The most reservations of one look.
const MOST: u32 = 256;
const SECOND_MICROS: i64 = 1_000_000;
const MINUTE_MICROS: i64 = 60 * SECOND_MICROS;

/// Looks every `pause`, until `stop` says something or its sender is gone.
pub(crate) fn run(live: &Arc<Live>, pause: Duration, stop: &Receiver<()>) {
    while stop.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        if let Err(error) = sweep(live) {
            tracing::warn!(%error, "the sweep failed and is tried again");
        }
    }
}

fn sweep(live: &Arc<Live>) -> anyhow::Result<()> {
    let now = clock();
    let (due, lots, fillable) = live.database.read(|views| {
        let due = views.due_reservations(now, MOST)?;
        Ok::<_, StoreError>((due, views.lots_to_withdraw(now, MOST)?, views.fillable_reservations(MOST)?))
    })?;
    for (id, at) in due {
        // The key holds the moment: an extended reservation that runs out again is another intent. The minute is there
        // for a clock that went back: an attempt that came too early is not the last.
        let key = format!("expire/{id}/{}/{}", at.micros(), now.micros() / MINUTE_MICROS);
        submit(live, request("sweeper", "inventory-worker", &key, "expire reservation")?, Expire(id));
    }
    for (sku, lot) in lots {
        // A key is ASCII and a sku need not be. A second later there may be more of the lot to hold.
        let Fingerprint(name) = Fingerprint::of(&[sku.as_str().as_bytes(), lot.as_str().as_bytes()]);
        let name: String = name.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let key = format!("withdraw/{name}/{}", now.micros() / SECOND_MICROS);
        submit(live, request("sweeper", "inventory-worker", &key, "withdraw lot")?, WithdrawLot { sku, lot });
    }
    for (id, version) in fillable {
        // One stored attempt a minute: one that found the stock taken again is not the last.
        let minute = now.micros() / MINUTE_MICROS;
        let key = format!("fill/{id}/{version}/{minute}");
        let fill = Fill { id, expected_version: Some(version) };
        submit(live, request("sweeper", "inventory-worker", &key, "fill reservation")?, fill);
    }
    Ok(())
}

/// A full queue is no harm: the next look finds the same reservations.
fn submit<W>(live: &Arc<Live>, request: Request, work: W)
where
    W: Work + 'static,
    W::Done: Serialize,
{
    let task = Task { request, work, render: Plain, preview_hash: None };
    let answer = Box::new(|answer: Result<kernel::Reply, StoreError>| {
        if let Err(error) = answer {
            tracing::warn!(%error, "a sweep's command failed and is tried again");
        }
    });
    if live.writer.submit(Box::new(task), answer).is_err() {
        tracing::warn!("the write queue is full: the sweep goes on later");
    }
}
