//! `cargo xtask ci`: every check in order, with the minutes of each. The tests come last, so that the last line is
//! the test runner's own. Knows the order, not what a step does.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use crate::{clients, deps, docs, schema, shell, test};

/// The crates that must build and pass their tests without the rest of the workspace.
const ALONE: [&str; 7] =
    ["kernel", "inventory", "reservations", "operations", "scanning", "commands", "model"];

type Step = Box<dyn Fn() -> Result<ExitCode>>;

/// Stops at the first step that fails, with its exit code.
pub(crate) fn run() -> Result<ExitCode> {
    let mut steps: Vec<(String, Step)> = vec![
        ("fmt".into(), Box::new(|| cargo(&["fmt", "--all", "--check"]))),
        ("clippy".into(), Box::new(clippy)),
        ("deps".into(), Box::new(deps::run)),
        ("docs".into(), Box::new(docs::run)),
    ];
    for package in ALONE {
        steps
            .push((format!("{package} alone"), Box::new(move || cargo(&["test", "--quiet", "-p", package]))));
    }
    steps.push(("schema".into(), Box::new(schema::run)));
    steps.push(("deny".into(), Box::new(deny)));
    steps.push(("clients".into(), Box::new(clients::step)));
    for (name, step) in steps {
        shell::say(&format!("== {name}"));
        let started = Instant::now();
        let code = step()?;
        let seconds = started.elapsed().as_secs();
        shell::say(&format!("== {name}: {}:{:02} min", seconds / 60, seconds % 60));
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    // Its minutes are in the runner's closing line.
    shell::say("== test");
    test::run(&test::Args::default())
}

fn cargo(arguments: &[&str]) -> Result<ExitCode> {
    Ok(shell::exit_code(shell::status(shell::cargo().args(arguments))?))
}

fn clippy() -> Result<ExitCode> {
    cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn deny() -> Result<ExitCode> {
    if !shell::succeeds(shell::cargo().args(["deny", "--version"])) {
        shell::say("cargo-deny is not installed: licences, bans and sources are not checked");
        return Ok(ExitCode::SUCCESS);
    }
    cargo(&["deny", "--workspace", "check", "bans", "licenses", "sources"])
}
