//! `cargo xtask model`: the long form of the model test, over the pure core and over both databases. The tests count
//! and compare; this only says how many sequences, and from which seed.

use std::process::{Command, ExitCode};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

use crate::pg::{Cluster, Durability};
use crate::shell;

/// For each sequence on PostgreSQL so many on SQLite, and so many without a database.
const SQLITE: u32 = 2;
const PURE: u32 = 200;

/// How many, and which.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sequences over the pure core; a hundredth of it on SQLite, a two-hundredth on PostgreSQL
    #[arg(long, default_value_t = 200_000)]
    sequences: u32,
    /// Where they begin; another one each time unless it is said
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs all three, even where one finds a difference; each says its figures in a line.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let stored = args.sequences.div_ceil(PURE);
    let seed = args.seed.unwrap_or_else(seed);
    let cluster = Cluster::start(Durability::Fast)?;
    // Without a database it is all computing: optimised, it takes a tenth of the time.
    let mut pure = shell::cargo();
    pure.args([
        "test",
        "--quiet",
        "--release",
        "--package",
        "model",
        "--lib",
        "--",
        "tests::the_model_agrees",
    ]);
    // The whole workspace, as in the gate, so that nothing is compiled twice.
    let mut databases = shell::cargo();
    databases.args(["test", "--quiet", "--workspace", "--lib", "--no-fail-fast", "--", "tests::model::"]);
    let mut code = ExitCode::SUCCESS;
    for command in [&mut pure, &mut databases] {
        command.arg("--nocapture");
        with_figures(command, args.sequences, stored, seed);
        command.env("ERPTEST_POSTGRES_URL", cluster.url("postgres"));
        if !shell::status(command)?.success() {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

fn with_figures(command: &mut Command, pure: u32, postgres: u32, seed: u64) {
    command.env("ERPTEST_MODEL_PURE", pure.to_string());
    command.env("ERPTEST_MODEL_SQLITE", postgres.saturating_mul(SQLITE).to_string());
    command.env("ERPTEST_MODEL_POSTGRES", postgres.to_string());
    command.env("ERPTEST_MODEL_SEED", seed.to_string());
}

fn seed() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
