//! The writer: one thread that takes what is waiting and runs it as one batch, one transaction.
//!
//! Nobody is answered before COMMIT, and everybody is answered: with a reply, or with the error that kept it from
//! one. A panic of the thread is caught, and the thread goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use commands::{BatchLimits, Job, QueueFull, Store, run_batch};
use kernel::{Reply, StoreError, Timestamp};

/// The most jobs that wait; one more is refused.
const QUEUE: usize = 4096;
/// The most jobs of one batch; more gain nothing.
const BATCH: usize = 256;
/// What part of the time of a batch is waited for those who were answered with it: one in so many.
const COMPANY: u32 = 8;
/// How often a batch that met a conflict is run again.
const ATTEMPTS: u32 = 5;
/// How often a database that was away is tried again while nobody writes.
const RECONNECT: Duration = Duration::from_millis(500);

/// What is done inside a transaction; it may be called again after a conflict.
pub type Transaction<'a> = dyn FnMut(&mut dyn Store) -> Result<(), StoreError> + 'a;

/// A connection that writes. Implemented by the wiring for each database.
pub trait WriteConnection: Send {
    /// Runs `work` in one transaction: commits on Ok, rolls back otherwise. An error of COMMIT itself is
    /// [`StoreError::Unavailable`]: the fate is unknown, and the keys tell it when clients repeat.
    ///
    /// # Errors
    /// What `work` answered, or what the database did.
    fn transaction(&mut self, work: &mut Transaction<'_>) -> Result<(), StoreError>;
}

/// Opens a new connection; called again after the database was away.
pub type Connect = dyn Fn() -> Result<Box<dyn WriteConnection>, StoreError> + Send + Sync;

type Answer = Box<dyn FnOnce(Result<Reply, StoreError>) + Send>;

struct Waiting {
    job: Box<dyn Job>,
    answer: Answer,
    since: Instant,
}

/// The way to the writer. Dropping the last one ends the thread after everything that waits was answered.
pub struct Writer {
    queue: Option<SyncSender<Waiting>>,
    healthy: Arc<AtomicBool>,
    /// Jobs that were handed over and not answered yet.
    unanswered: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("healthy", &self.is_healthy()).finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system's, where it gives no thread.
    pub fn start(connect: Arc<Connect>, clock: fn() -> Timestamp) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel(QUEUE);
        let healthy = Arc::new(AtomicBool::new(true));
        let seen = Arc::clone(&healthy);
        let unanswered = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&unanswered);
        let mut worker =
            Worker { connect, connection: None, clock, healthy: seen, unanswered: counted, company: 0 };
        let thread =
            std::thread::Builder::new().name("writer".to_owned()).spawn(move || worker.run(&waiting))?;
        Ok(Self { queue: Some(queue), healthy, unanswered, thread: Some(thread) })
    }

    /// Hands a job over; the answer comes after COMMIT.
    ///
    /// # Errors
    /// [`QueueFull`], and `answer` is never called.
    pub fn submit(&self, job: Box<dyn Job>, answer: Answer) -> Result<(), QueueFull> {
        let waiting = Waiting { job, answer, since: Instant::now() };
        self.unanswered.fetch_add(1, Ordering::Relaxed);
        match self.queue.as_ref().map(|queue| queue.try_send(waiting)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => {
                self.unanswered.fetch_sub(1, Ordering::Relaxed);
                Err(QueueFull)
            }
        }
    }

    /// Whether the last batch reached the database.
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked outside a batch has nobody waiting any more.
            let _ended = thread.join();
        }
    }
}

struct Worker {
    connect: Arc<Connect>,
    connection: Option<Box<dyn WriteConnection>>,
    clock: fn() -> Timestamp,
    healthy: Arc<AtomicBool>,
    unanswered: Arc<AtomicUsize>,
    /// How many were waiting for an answer when the last batch was committed, its own among them.
    company: usize,
}

impl Worker {
    fn run(&mut self, queue: &Receiver<Waiting>) {
        let mut took = Duration::ZERO;
        loop {
            let first = match queue.recv_timeout(RECONNECT) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    self.reconnect();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let batch = self.gather(first, queue, took);
            let begun = Instant::now();
            self.serve(batch);
            took = begun.elapsed();
        }
    }

    /// What is waiting. Callers who were answered together come back together, a moment after the answers: without a
    /// short wait they would fall into two halves, each waiting for the other's batch. Who is alone does not wait.
    fn gather(&self, first: Waiting, queue: &Receiver<Waiting>, took: Duration) -> Vec<Waiting> {
        let mut batch = vec![first];
        batch.extend(queue.try_iter().take(BATCH - 1));
        let until = Instant::now() + took / COMPANY;
        while batch.len() < self.company.min(BATCH) {
            match queue.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(waiting) => batch.push(waiting),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        batch
    }

    /// While nobody writes, finds out by itself whether a database that was away is back: a load balancer that
    /// keeps writes away from a server that is not ready must not keep it so for ever.
    fn reconnect(&mut self) {
        if self.healthy.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(connection) = (self.connect)() {
            self.connection = Some(connection);
            self.healthy.store(true, Ordering::Relaxed);
        }
    }

    fn serve(&mut self, batch: Vec<Waiting>) {
        let begun = Instant::now();
        let size = batch.len();
        let longest = batch.iter().map(|waiting| waiting.since.elapsed()).max().unwrap_or_default();
        let answers = self.attempt(&batch);
        self.company = self.unanswered.load(Ordering::Relaxed);
        match answers {
            Ok(replies) => {
                self.unanswered.fetch_sub(size, Ordering::Relaxed);
                for (waiting, reply) in batch.into_iter().zip(replies) {
                    (waiting.answer)(Ok(reply));
                }
            }
            Err(error @ (StoreError::Broken(_) | StoreError::Conflict)) if size > 1 => {
                tracing::error!(%error, size, "a batch was refused by the database; running each job alone");
                batch.into_iter().for_each(|waiting| self.serve(vec![waiting]));
            }
            Err(error) => {
                tracing::error!(%error, size, "a batch failed");
                self.unanswered.fetch_sub(size, Ordering::Relaxed);
                batch.into_iter().for_each(|waiting| (waiting.answer)(Err(error.clone())));
            }
        }
        metrics::histogram!("erp_batch_size").record(f64::from(u32::try_from(size).unwrap_or(u32::MAX)));
        metrics::histogram!("erp_batch_seconds").record(begun.elapsed().as_secs_f64());
        metrics::histogram!("erp_queue_wait_seconds").record(longest.as_secs_f64());
    }

    fn attempt(&mut self, batch: &[Waiting]) -> Result<Vec<Reply>, StoreError> {
        let jobs: Vec<&dyn Job> = batch.iter().map(|waiting| waiting.job.as_ref()).collect();
        let mut last = StoreError::Conflict;
        for _ in 0..ATTEMPTS {
            let result = catch_unwind(AssertUnwindSafe(|| self.once(&jobs)));
            last = match result {
                Ok(Ok(replies)) => {
                    self.healthy.store(true, Ordering::Relaxed);
                    return Ok(replies);
                }
                Ok(Err(error)) => error,
                Err(_) => StoreError::Broken("the writer panicked".to_owned()),
            };
            match &last {
                StoreError::Conflict => {}
                StoreError::Unavailable(_) => {
                    self.connection = None;
                    self.healthy.store(false, Ordering::Relaxed);
                    break;
                }
                StoreError::Broken(_) => {
                    self.connection = None;
                    break;
                }
            }
        }
        Err(last)
    }

    fn once(&mut self, jobs: &[&dyn Job]) -> Result<Vec<Reply>, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => (self.connect)()?,
        };
        let now = (self.clock)();
        let mut replies = Vec::new();
        let done = connection.transaction(&mut |store| {
            replies = run_batch(store, jobs, now, BatchLimits::default())?;
            Ok(())
        });
        self.connection = Some(connection);
        done.map(|()| replies)
    }
}
