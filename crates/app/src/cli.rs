//! The command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::database::Database;
use crate::import::Kind;
use crate::settings::{ServerSettings, Settings, refuse_unknown};
use crate::{demo, doctor, import, serve, telemetry, verify};

/// GagliaHQ ERP: stock that can be trusted
#[derive(Debug, Parser)]
#[command(name = "erp", version)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API; an embedded database is migrated first
    Serve(ServerSettings),
    /// Bring the schema up to this program, and make the main warehouse
    Migrate,
    /// Import a CSV file: checked as a whole first, safe to repeat
    Import {
        /// What the file holds
        kind: Kind,
        /// The file
        file: PathBuf,
    },
    /// Check that the books are right: balances, ledger, hashes, reservations
    Verify {
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what is configured, what is there and what is missing
    Doctor,
    /// Serve a fresh embedded database with fixture data, to try
    Demo(ServerSettings),
}

/// Writes a line to standard output. A reader that went away is no error.
pub(crate) fn say(line: &str) {
    let _gone = writeln!(std::io::stdout(), "{line}");
}

/// Runs the program.
pub fn main() -> ExitCode {
    let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    if let Err(error) = refuse_unknown(names) {
        return fail(&error);
    }
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    let _gone = writeln!(std::io::stderr(), "erp: {error:#}");
    ExitCode::FAILURE
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    telemetry::start_logging(&cli.settings)?;
    match &cli.command {
        Command::Serve(server) => serve::run(&cli.settings, server),
        Command::Migrate => migrate(&cli.settings),
        Command::Import { kind, file } => import::run(&cli.settings, *kind, file),
        Command::Verify { json } => verify::run(&cli.settings, *json),
        Command::Doctor => doctor::run(&cli.settings),
        Command::Demo(server) => demo::run(&cli.settings, server),
    }
}

fn migrate(settings: &Settings) -> anyhow::Result<()> {
    let database = Database::new(&settings.database()?, 1);
    let steps = database.migrate()?;
    let writer = database.writer()?;
    import::set_up(&writer)?;
    say(&match steps.as_slice() {
        [] => "the schema is current".to_owned(),
        steps => format!("applied {}", steps.join(", ")),
    });
    Ok(())
}
