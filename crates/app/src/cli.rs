//! The command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::database::Database;
use crate::import::Kind;
use crate::settings::{KNOWN, ServerSettings, Settings, refuse_unknown};
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
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => return fail(&one_line(&error)),
        Err(help) => {
            say(help.to_string().trim_end());
            return ExitCode::SUCCESS;
        }
    };
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// What is wrong with the command line or a setting, in one line.
fn one_line(error: &clap::Error) -> anyhow::Error {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    let line = lines.collect::<Vec<_>>().join(" ");
    let setting = KNOWN.iter().find(|name| {
        let flag = name.trim_start_matches("ERP_").to_lowercase().replace('_', "-");
        line.contains(&format!("--{flag}"))
    });
    let setting = setting.map_or_else(String::new, |name| format!("{name}: "));
    anyhow::anyhow!("{setting}{} (see erp --help)", line.trim_start_matches("error: "))
}

fn fail(error: &anyhow::Error) -> ExitCode {
    // What libraries say may have several lines; whoever is on call greps for one.
    let line = format!("{error:#}").lines().map(str::trim).collect::<Vec<_>>().join(" ");
    complain(&format!("erp: {}", line.trim_end()));
    ExitCode::FAILURE
}

/// Says what is wrong.
pub(crate) fn complain(line: &str) {
    let _gone = writeln!(std::io::stderr(), "{line}");
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
