//! The load without HTTP: the example `load` of `app`, which runs the real writer, told what to do line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{erp, shell};

/// What was done.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Done {
    pub(super) count: u64,
    pub(super) micros: u64,
    pub(super) failed: u64,
}

/// What a load asks for: skus from 1 to `skus`, one of them the first where it is hot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Skus {
    pub(super) skus: u64,
    pub(super) hot: bool,
}

/// The running example; it ends when dropped.
pub(super) struct Load {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Load {
    /// Starts it on a database.
    pub(super) fn start(example: &Path, url: &str) -> Result<Self> {
        let mut command = shell::program(example);
        erp::without_settings(&mut command);
        let mut child = command.arg(url).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("the load has no stdout")?);
        Ok(Self { child, orders, answers })
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reserves, with so many requests waiting at any time.
    pub(super) fn reserve(&mut self, of: Skus, waiters: u64, millis: u64) -> Result<Done> {
        self.order(
            &json!({ "reserve": { "skus": of.skus, "hot": of.hot, "waiters": waiters, "millis": millis } }),
        )
    }

    /// Reads the availability of two skus, again and again.
    pub(super) fn read(&mut self, skus: u64, millis: u64) -> Result<Done> {
        self.order(&json!({ "read": { "skus": skus, "millis": millis } }))
    }

    fn order(&mut self, order: &Value) -> Result<Done> {
        let orders = self.orders.as_mut().context("the load has no stdin")?;
        writeln!(orders, "{order}")?;
        orders.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let done: Done =
            serde_json::from_str(&answer).with_context(|| format!("the load said {answer:?}"))?;
        ensure!(
            done.failed == 0,
            "{} of {} answers of the load are not as they must be",
            done.failed,
            done.count
        );
        Ok(done)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // The end of its orders is its end.
        drop(self.orders.take());
        drop(self.child.wait());
    }
}
