//! Compares this crate with test vectors of the GS1 syntax engine: `vectors FILE.jsonl`. Says how many cases agree and
//! why each of the others does not; exit code 1 if there are such.

#[path = "vectors/check.rs"]
mod check;

use std::io::Write;
use std::process::ExitCode;

fn main() -> std::io::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let Some(path) = std::env::args_os().nth(1) else {
        writeln!(out, "which file of vectors? One case a line, as JSON.")?;
        return Ok(ExitCode::from(2));
    };
    let report = check::run(&std::fs::read_to_string(path)?);
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    write!(out, "{report}")?;
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
