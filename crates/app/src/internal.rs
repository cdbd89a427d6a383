//! The program's own commands: the sweeper's, the import's. They go through the writer like everybody's, with an
//! actor, a request id and a key of their own.

use std::sync::mpsc::channel;

use anyhow::{anyhow, bail};
use commands::{Draft, Preview, Render, Task, Work};
use kernel::{Actor, ActorType, Fingerprint, Refusal, Reply, Request};
use serde::Serialize;
use uuid::Uuid;

use crate::writer::Writer;

/// A request of the program's own. The key tells repeats: the same intent has the same key.
pub(crate) fn request(actor: &str, source: &str, key: &str, action: &str) -> anyhow::Result<Request> {
    let seed = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
    Ok(Request {
        source: source.parse()?,
        key: key.parse()?,
        request_id: format!("{actor}-{}", Uuid::now_v7()).parse()?,
        actor: Actor { id: actor.parse()?, kind: ActorType::Worker },
        action: action.to_owned(),
        fingerprint: Fingerprint::of(&[action.as_bytes(), key.as_bytes()]),
        seed: seed.try_into().map_err(|_| anyhow!("a seed has 32 bytes"))?,
    })
}

/// Answers as JSON, for the program itself to read.
pub(crate) struct Plain;

impl<D: Serialize> Render<D> for Plain {
    fn done(&self, done: &D, _: &Draft<'_>) -> Reply {
        reply(200, serde_json::to_vec(done).unwrap_or_default())
    }

    fn refused(&self, refusal: &Refusal) -> Reply {
        let facts = serde_json::Value::Object(refusal.facts.clone());
        let body = serde_json::json!({ "code": refusal.code, "detail": refusal.detail, "facts": facts });
        reply(409, body.to_string().into_bytes())
    }

    fn previewed(&self, would: Reply, _: &Preview) -> Reply {
        would
    }

    fn broken(&self) -> Reply {
        reply(500, Vec::new())
    }
}

fn reply(status: u16, body: Vec<u8>) -> Reply {
    Reply { status, headers: Vec::new(), body, replayed: false }
}

/// Runs a command through the writer and waits for its answer.
pub(crate) fn run<W>(writer: &Writer, request: Request, work: W) -> anyhow::Result<serde_json::Value>
where
    W: Work + 'static,
    W::Done: Serialize,
{
    let (sender, receiver) = channel();
    let task = Task { request, work, render: Plain, preview_hash: None };
    let answer = Box::new(move |answer| drop(sender.send(answer)));
    writer.submit(Box::new(task), answer).map_err(|_| anyhow!("the write queue is full"))?;
    let reply = receiver.recv().map_err(|_| anyhow!("the writer ended"))??;
    let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if reply.status == 200 {
        return Ok(body);
    }
    match body.get("detail").and_then(serde_json::Value::as_str) {
        Some(detail) => bail!("{detail}"),
        None => bail!("the command broke; the log says why"),
    }
}

/// A command whose outcome needs no words.
pub(crate) struct Plainly<W>(pub(crate) W);

impl<W: Work> Work for Plainly<W> {
    type Done = ();
    fn decide(
        &self,
        draft: &mut commands::Draft<'_>,
        context: &inventory::Context,
    ) -> Result<(), kernel::Refusal> {
        self.0.decide(draft, context).map(|_| ())
    }
}
