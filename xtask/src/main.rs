//! What CI does, by name: `cargo xtask <task>`. This file only names the tasks; each has a file of its own. Nothing
//! here knows a crate of the workspace: `erp` is run as a program.

mod bench;
mod ci;
mod clients;
mod demo;
mod deps;
mod docs;
mod erp;
mod examples;
mod migrate;
mod model;
mod openapi;
mod pg;
mod replay;
mod schema;
mod schema_read;
mod schemathesis;
mod server;
mod shell;
mod test;
mod tools;
mod vectors;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer tasks of the workspace")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

/// One line per task here, one in `run`.
#[derive(Subcommand)]
enum Task {
    /// Measures the write path beside pgbench, and says where each target of docs/PERFORMANCE.md stands
    Bench(bench::Args),
    /// Everything CI checks, in order, with the minutes of each step
    Ci,
    /// The clients in docs/clients, against a real server
    Clients,
    /// Who may depend on whom in the workspace, and on which external crates
    Deps,
    /// A page per error code, a `//!` per source file, no overlong file
    Docs,
    /// Calls every operation and writes down the examples of the OpenAPI document
    Examples,
    /// Migrates the database that ERP_DATABASE_URL names
    Migrate,
    /// The model test in its long form: random commands on three stores, against a reference
    Model(model::Args),
    /// The served OpenAPI document is valid and well kept
    Openapi,
    /// Feeds a file of real orders through the HTTP API and accounts for every unit
    Replay(replay::Args),
    /// Compares the two migrated schemas
    Schema,
    /// Generated requests against a real server on both databases
    Schemathesis(schemathesis::Args),
    /// Holds the barcode parser against a file of GS1 test vectors
    Vectors(vectors::Args),
    /// All tests, on SQLite and on a PostgreSQL of their own
    Test(test::Args),
}

fn run(task: Task) -> anyhow::Result<ExitCode> {
    match task {
        Task::Bench(args) => bench::run(&args),
        Task::Ci => ci::run(),
        Task::Clients => clients::run(),
        Task::Deps => deps::run(),
        Task::Docs => docs::run(),
        Task::Examples => examples::run(),
        Task::Migrate => migrate::run(),
        Task::Model(args) => model::run(&args),
        Task::Openapi => openapi::run(),
        Task::Replay(args) => replay::run(&args),
        Task::Schema => schema::run(),
        Task::Schemathesis(args) => schemathesis::run(&args),
        Task::Vectors(args) => vectors::run(&args),
        Task::Test(args) => test::run(&args),
    }
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(code) => code,
        Err(error) => {
            shell::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
