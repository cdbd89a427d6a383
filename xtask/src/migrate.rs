//! `cargo xtask migrate`: `erp migrate` with the environment as it is. Knows nothing of databases.

use std::process::ExitCode;

use anyhow::Result;

use crate::shell;

/// Builds and runs `erp migrate`; its exit code is ours.
pub(crate) fn run() -> Result<ExitCode> {
    let status =
        shell::status(shell::cargo().args(["run", "--quiet", "-p", "app", "--bin", "erp", "--", "migrate"]))?;
    Ok(shell::exit_code(status))
}
