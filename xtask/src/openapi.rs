//! `cargo xtask openapi`: the served OpenAPI document is valid (openapi-spec-validator) and well kept (Redocly's lint).
//! Fetches both with their ordinary clients, so it is not part of the gate.

use std::process::ExitCode;

use anyhow::Result;

use crate::demo::{Database, Demo};
use crate::{erp, shell, tools};

/// Rules beyond the recommended ones that do not suit us, and why.
const SKIPPED: [&str; 1] = [
    // What is at the root takes no parameter and refuses nothing but other methods.
    "operation-4xx-response",
];

/// Checks the document of a fresh server.
pub(crate) fn run() -> Result<ExitCode> {
    let validators = tools::python("openapi", &["openapi-spec-validator==0.9.0"])?;
    let linters = tools::node("redocly", &["@redocly/cli@2.77.0"])?;
    let demo = Demo::start(&erp::build()?, Database::Sqlite)?;
    let file = demo.folder().join("openapi.json");
    let mut answer = ureq::get(format!("{}/openapi.json", demo.server.address)).call()?;
    std::fs::write(&file, answer.body_mut().read_to_string()?)?;
    shell::must(shell::program(validators.join("openapi-spec-validator")).arg(&file))?;
    let mut lint = shell::program(linters.join("redocly"));
    lint.arg("lint").arg(&file).args(["--max-problems", "50", "--format", "stylish"]);
    for rule in SKIPPED {
        lint.args(["--skip-rule", rule]);
    }
    // It reports to its makers otherwise.
    lint.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    Ok(shell::exit_code(shell::status(&mut lint)?))
}
