//! A job: a command with the request that asks for it and the function that renders its answer.

use inventory::Context;
use kernel::{Refusal, Reply, Request, StoreError};
use operations::Floor;

use crate::preview::{Preview, PreviewHash};
use crate::{Draft, Views};

/// A command: what is to be decided, over a draft. It may be decided several times and touches nothing else.
pub trait Work: Send + Sync {
    /// What the answer is rendered from.
    type Done;

    /// Decides.
    ///
    /// # Errors
    /// The refusal; the draft is dropped then.
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<Self::Done, Refusal>;
}

/// How the answers of a job look. The adapter that took the request knows.
pub trait Render<D>: Send + Sync {
    /// The answer to what was done.
    fn done(&self, done: &D, draft: &Draft<'_>) -> Reply;

    /// The answer to a refusal.
    fn refused(&self, refusal: &Refusal) -> Reply;

    /// The answer to a dry run: what `done` would have answered, with what would have been written.
    fn previewed(&self, would: Reply, preview: &Preview) -> Reply;

    /// The answer to a command that broke; it is not stored.
    fn broken(&self) -> Reply;
}

/// What became of a decision.
#[derive(Debug)]
pub enum Outcome {
    /// Done: the draft is merged.
    Done(Reply),
    /// Refused: the draft is dropped, the answer is stored.
    Refused(Reply),
}

/// What the batch runs.
pub trait Job: Send + Sync {
    /// Who asks, under which key.
    fn request(&self) -> &Request;

    /// Decides and renders.
    fn run(&self, draft: &mut Draft<'_>, context: &Context) -> Outcome;

    /// Decides and renders what would be written, without the answer being anybody's effect.
    fn dry_run(&self, draft: &mut Draft<'_>, context: &Context) -> Reply;

    /// The answer to a job that panicked.
    fn broken(&self) -> Reply;

    /// The answer to a job whose key was used for something else before.
    fn key_reused(&self) -> Reply;
}

/// A command, its request and its renderer: a [`Job`].
#[derive(Debug)]
pub struct Task<W, R> {
    /// Who asks, under which key.
    pub request: Request,
    /// What is to be decided.
    pub work: W,
    /// How the answer looks.
    pub render: R,
    /// The preview that the caller has seen: balances that it touched must still be as they were then.
    pub preview_hash: Option<PreviewHash>,
}

impl<W: Work, R: Render<W::Done>> Task<W, R> {
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<W::Done, Refusal> {
        let done = self.work.decide(draft, context)?;
        let Draft { stock, reservations, records } = draft;
        let actor = &self.request.actor;
        let mut floor = Floor { stock, reservations, records, context, actor };
        operations::trim_open_picks(&mut floor)?;
        operations::finish_unpicks(&mut floor)?;
        if let Some(seen) = self.preview_hash {
            let now = Preview::of(draft);
            if now.hash() != seen {
                return Err(now.stale());
            }
        }
        Ok(done)
    }
}

impl<W: Work, R: Render<W::Done>> Job for Task<W, R> {
    fn request(&self) -> &Request {
        &self.request
    }

    fn run(&self, draft: &mut Draft<'_>, context: &Context) -> Outcome {
        match self.decide(draft, context) {
            Ok(done) => {
                let events = draft.stock.balance_events(&context.trust);
                draft.stock.events.extend(events);
                Outcome::Done(self.render.done(&done, draft))
            }
            Err(refusal) => Outcome::Refused(self.render.refused(&refusal)),
        }
    }

    fn dry_run(&self, draft: &mut Draft<'_>, context: &Context) -> Reply {
        match self.decide(draft, context) {
            Ok(done) => self.render.previewed(self.render.done(&done, draft), &Preview::of(draft)),
            Err(refusal) => self.render.refused(&refusal),
        }
    }

    fn broken(&self) -> Reply {
        self.render.broken()
    }

    fn key_reused(&self) -> Reply {
        let detail = "This Idempotency-Key was used for another request: take a new key for a new intent.";
        self.render.refused(&Refusal::new(kernel::Code::IdempotencyKeyReused, detail))
    }
}

/// The queue of the writer has no place left: the caller answers 503 with Retry-After.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueFull;

/// What the adapters that drive the program see of it.
pub trait Backend: Send + Sync {
    /// Hands a job to the writer; `answer` is called once, after COMMIT, or with the error that kept it from that.
    ///
    /// # Errors
    /// [`QueueFull`], and `answer` is never called.
    fn submit(
        &self,
        job: Box<dyn Job>,
        answer: Box<dyn FnOnce(Result<Reply, StoreError>) + Send>,
    ) -> Result<(), QueueFull>;

    /// Decides a job over a snapshot and writes nothing. Blocks.
    ///
    /// # Errors
    /// [`StoreError`].
    fn preview(&self, job: &dyn Job) -> Result<Reply, StoreError>;

    /// Reads in one snapshot. Blocks.
    ///
    /// # Errors
    /// [`StoreError`].
    fn read(&self, work: &mut dyn FnMut(&mut dyn Views) -> Result<(), StoreError>) -> Result<(), StoreError>;

    /// Whether requests can be served now; if not, why, in words for an operator. Blocks.
    ///
    /// # Errors
    /// The reason.
    fn ready(&self) -> Result<(), String>;
}
