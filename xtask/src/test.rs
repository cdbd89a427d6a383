//! `cargo xtask test`: a template of each database, then every test of the workspace. The tests are told by ERPTEST_
//! variables where things are; this knows no test.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::pg::{Cluster, Durability};
use crate::{erp, shell};

/// The name of the migrated database that tests clone.
const TEMPLATE: &str = "erp_template";

/// Which tests.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Only the tests with this in their names
    #[arg(long)]
    filter: Option<String>,
    /// Handed to the test runner as they are
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs them; the runner's exit code is ours, and its closing line is the last that is written.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let erp = erp::build()?;
    let folder = shell::Scratch::create()?;
    let sqlite = folder.path().join("template.sqlite");
    erp::migrate(&erp, &format!("sqlite:{}", sqlite.display()))?;
    let cluster = Cluster::start(Durability::Fast)?;
    erp::migrate(&erp, &cluster.create_database(TEMPLATE)?)?;

    let mut runner = runner();
    runner.arg("--workspace").args(&args.filter).args(&args.rest);
    erp::without_settings(&mut runner);
    runner.env("ERPTEST_POSTGRES_URL", cluster.url("postgres"));
    runner.env("ERPTEST_POSTGRES_TEMPLATE", TEMPLATE);
    runner.env("ERPTEST_SQLITE_TEMPLATE", &sqlite);
    runner.env("ERPTEST_ERP", &erp);
    runner.env("ERPTEST_PG_BIN", cluster.bin());
    Ok(shell::exit_code(shell::status(&mut runner)?))
}

/// nextest where it is installed; nothing is compiled to get it.
fn runner() -> Command {
    let mut command = shell::cargo();
    if shell::succeeds(shell::cargo().args(["nextest", "--version"])) {
        command.args(["nextest", "run"]);
    } else {
        command.arg("test");
    }
    command
}
