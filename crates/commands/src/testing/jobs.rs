//! Jobs of tests: plain requests, and answers that say no more than what was decided.

use crate::{Draft, Operate, Preview, Render, Task, UseCase, Work};
use inventory::{Context, Reason, reverse_movement};
use kernel::{
    Actor, ActorId, ActorType, Fingerprint, IdempotencyKey, Invalid, MovementId, Refusal, Reply, Request,
    Source,
};

/// Undo a movement. No route does it yet.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Reverse {
    pub id: MovementId,
    pub reason: Reason,
}

impl Work for Reverse {
    type Done = MovementId;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<MovementId, Refusal> {
        Ok(reverse_movement(&mut draft.stock, self.id, self.reason.clone(), context.now, context)?)
    }
}

/// Answers 200 with what was done, in Rust's words, and refusals with 409 and their code.
#[derive(Debug, Clone, Copy)]
pub struct Codes;

impl<D: std::fmt::Debug> Render<D> for Codes {
    fn done(&self, done: &D, _: &Draft<'_>) -> Reply {
        reply(200, format!("{done:?}"))
    }

    fn refused(&self, refusal: &Refusal) -> Reply {
        reply(409, refusal.code.as_str().to_owned())
    }

    fn previewed(&self, _: Reply, preview: &Preview) -> Reply {
        reply(299, preview.hash().to_hex())
    }

    fn broken(&self) -> Reply {
        reply(500, String::new())
    }
}

fn reply(status: u16, body: String) -> Reply {
    Reply { status, headers: Vec::new(), body: body.into_bytes(), replayed: false }
}

/// The code of a refusal, or `done`, `preview` or `broken`.
pub fn code_of(reply: &Reply) -> String {
    match reply.status {
        200 => "done".to_owned(),
        299 => "preview".to_owned(),
        500 => "broken".to_owned(),
        _ => String::from_utf8_lossy(&reply.body).into_owned(),
    }
}

/// A request with this key, whose fingerprint and seed are made from it.
///
/// # Errors
/// [`Invalid`] where the key cannot be one.
pub fn request(key: &str) -> Result<Request, Invalid> {
    keyed("commerce", key, key)
}

/// A request with this source and key that asks for `content`.
///
/// # Errors
/// [`Invalid`] where source or key cannot be one.
pub fn keyed(from: &str, key: &str, content: &str) -> Result<Request, Invalid> {
    let source: Source = from.parse()?;
    let id: ActorId = "tester".parse()?;
    Ok(Request {
        source,
        key: key.parse::<IdempotencyKey>()?,
        request_id: format!("try-{key}").parse()?,
        actor: Actor { id, kind: ActorType::User },
        action: "TEST".to_owned(),
        fingerprint: Fingerprint::of(&[content.as_bytes()]),
        seed: Fingerprint::of(&[from.as_bytes(), key.as_bytes(), content.as_bytes()]).0,
    })
}

/// A job of this use-case of operations under this key, asked for by the one who asks for everything here.
///
/// # Errors
/// [`Invalid`] where the key cannot be one.
pub fn operate<C: UseCase>(key: &str, command: C) -> Result<Task<Operate<C>, Codes>, Invalid> {
    let request = request(key)?;
    let work = Operate { command, actor: request.actor.clone() };
    Ok(Task { request, work, render: Codes, preview_hash: None })
}

/// A job of this work under this key.
///
/// # Errors
/// [`Invalid`] where the key cannot be one.
pub fn job<W: Work>(key: &str, work: W) -> Result<Task<W, Codes>, Invalid> {
    Ok(Task { request: request(key)?, work, render: Codes, preview_hash: None })
}
