//! `cargo xtask schemathesis`: generated requests against a real server on each database, every check on. What the
//! checks are told of the contract is in `tests/schemathesis`. Fetches the tool, so it is not part of the gate.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::demo::{Database, Demo};
use crate::{erp, shell, tools};

const TOOL: &str = "schemathesis==4.32.5";
const FOLDER: &str = "tests/schemathesis";

/// How much, and where.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Generated cases for each operation in each phase
    #[arg(long, default_value_t = 100)]
    examples: u32,
    /// The seed; the same one generates the same cases
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this database
    #[arg(long)]
    only: Option<Database>,
    /// Handed to the tool as they are
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs it on both databases; each must be clean afterwards.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let tool = tools::python("schemathesis", &[TOOL])?.join("schemathesis");
    let program = erp::build()?;
    let mut code = ExitCode::SUCCESS;
    for database in Database::ALL {
        if args.only.is_some_and(|only| only != database) {
            continue;
        }
        let demo = Demo::start(&program, database)?;
        let report = demo.folder().join("report.ndjson");
        let mut command = shell::program(&tool);
        command.current_dir(shell::root().join(FOLDER)).env("PYTHONDONTWRITEBYTECODE", "1");
        command.args(["--config-file", "schemathesis.toml", "run", "--checks", "all", "--no-color"]);
        command.arg(format!("--max-examples={}", args.examples)).arg(format!("--seed={}", args.seed));
        command.args(["--report", "ndjson", "--report-ndjson-path"]).arg(&report).args(&args.rest);
        let status = shell::status(command.arg(format!("{}/openapi.json", demo.server.address)))?;
        let statuses = statuses(&report)?;
        let (all, broken) =
            (statuses.values().sum::<u64>(), statuses.range(500..).map(|(_, count)| count).sum::<u64>());
        let shown: Vec<_> = statuses.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        shell::say(&format!(
            "{}: {all} requests, {broken} of them 5xx ({})",
            database.name(),
            shown.join(", ")
        ));
        let clean = demo.verify()? == ExitCode::SUCCESS;
        if !status.success() || broken > 0 || !clean {
            shell::complain(&demo.server.log());
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// How often each status was answered.
fn statuses(report: &Path) -> Result<BTreeMap<u64, u64>> {
    let file = std::fs::File::open(report).context("schemathesis left no report")?;
    let mut counts = BTreeMap::new();
    for line in BufReader::new(file).lines() {
        let event: Value = serde_json::from_str(&line?)?;
        let interactions =
            event.pointer("/ScenarioFinished/recorder/interactions").and_then(Value::as_object);
        for interaction in interactions.into_iter().flat_map(|all| all.values()) {
            if let Some(status) = interaction.pointer("/response/status_code").and_then(Value::as_u64) {
                *counts.entry(status).or_insert(0) += 1;
            }
        }
    }
    Ok(counts)
}
