//! `cargo xtask vectors FILE`: holds the barcode parser against test vectors of GS1, one JSON object a line. The example
//! of the crate that parses compares and counts; this only calls it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::shell;

/// Which vectors.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A file of JSON lines: `data`, and what is to come of it
    file: PathBuf,
}

/// Says how many vectors agree, and why the others do not.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut command = shell::cargo();
    command.args(["run", "--quiet", "--package", "scanning", "--example", "vectors", "--"]);
    command.arg(std::path::absolute(&args.file)?);
    Ok(if shell::status(&mut command)?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
