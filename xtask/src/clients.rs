//! `cargo xtask clients`: the clients of `docs/clients`, against a real server with the demo's data. Knows how each is
//! run and nothing of what they do.

use std::process::ExitCode;

use anyhow::Result;

use crate::demo::{Database, Demo};
use crate::{erp, shell, tools};

const TYPESCRIPT: &str = "typescript@5.9.3";
const FOLDER: &str = "docs/clients";

/// Compiles what is to be compiled and runs the test of each.
pub(crate) fn run() -> Result<ExitCode> {
    tools::need("python3", "--version", &["python3"])?;
    tools::need("node", "--version", &["nodejs", "npm"])?;
    let compilers = tools::node("typescript", &[TYPESCRIPT])?;
    let demo = Demo::start(&erp::build()?, Database::Sqlite)?;
    let folder = shell::root().join(FOLDER);
    let mut python = shell::program("python3");
    python
        .arg(folder.join("python/test_client.py"))
        .arg(&demo.server.address)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    shell::must(&mut python)?;
    let made = demo.folder().join("typescript");
    let mut compile = shell::program(compilers.join("tsc"));
    shell::must(compile.arg("--project").arg(folder.join("typescript")).arg("--outDir").arg(&made))?;
    std::fs::copy(folder.join("typescript/package.json"), made.join("package.json"))?;
    shell::must(shell::program("node").arg(made.join("test_client.js")).arg(&demo.server.address))?;
    Ok(ExitCode::SUCCESS)
}

/// As a step of CI: where python3 or node is missing and cannot be installed, it fails on a CI machine and says so
/// anywhere else.
pub(crate) fn step() -> Result<ExitCode> {
    let python = tools::need("python3", "--version", &["python3"]);
    let node = tools::need("node", "--version", &["nodejs", "npm"]);
    match python.and(node) {
        Err(error) if std::env::var_os("CI").is_none() => {
            shell::complain(&format!("clients: NOT CHECKED: {error}"));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(error),
        Ok(()) => run(),
    }
}
