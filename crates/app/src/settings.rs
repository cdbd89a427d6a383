//! Settings: from the command line, from the environment, or their defaults. Read once.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::bail;
use clap::ValueEnum;

/// Where the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Environment {
    /// To try and to prepare.
    Preview,
    /// For real.
    Production,
}

/// The embedded database where none is named.
pub(crate) const DEFAULT_DATABASE_URL: &str = "sqlite:erp.sqlite";

/// Every setting there is; anything else that begins with `ERP_` is a mistake.
pub(crate) const KNOWN: [&str; 8] = [
    "ERP_DATABASE_URL",
    "ERP_LISTEN",
    "ERP_ENVIRONMENT",
    "ERP_LOG",
    "ERP_LOG_FORMAT",
    "ERP_SOURCE_SYSTEMS",
    "ERP_READ_CONNECTIONS",
    "ERP_SWEEP_SECONDS",
];

/// The database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(String),
}

/// Reads `sqlite:PATH` or `postgres://…`.
pub(crate) fn parse_database_url(text: &str) -> Result<DatabaseUrl, String> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        if path.is_empty() || path.contains(":memory:") || path.contains('?') {
            return Err("names a file: sqlite:PATH".to_owned());
        }
        return Ok(DatabaseUrl::Sqlite(path.into()));
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(DatabaseUrl::Postgres(text.to_owned()));
    }
    // The value may carry a password: it is not repeated.
    Err("is sqlite:PATH or postgres://…".to_owned())
}

/// Settings of every command.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Settings {
    /// The database: sqlite:PATH (embedded) or postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, env = "ERP_DATABASE_URL", default_value = DEFAULT_DATABASE_URL, hide_env_values = true, global = true)]
    pub(crate) database_url: String,
    /// preview or production
    #[arg(long, env = "ERP_ENVIRONMENT", default_value = "preview", global = true)]
    pub(crate) environment: Environment,
    /// What is logged: error, warn, info, debug, or a filter like info,http=debug
    #[arg(long, env = "ERP_LOG", default_value = "info", global = true)]
    pub(crate) log: String,
    /// How it is logged
    #[arg(long, env = "ERP_LOG_FORMAT", default_value = "pretty", global = true)]
    pub(crate) log_format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

/// Settings of the server.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ServerSettings {
    /// The address to listen on; without tokens only a loopback one
    #[arg(long, env = "ERP_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// The systems that writes may come from
    #[arg(
        long,
        env = "ERP_SOURCE_SYSTEMS",
        default_value = "commerce,erp,workbench,inventory-worker,vendor-feed",
        value_delimiter = ','
    )]
    pub(crate) source_systems: Vec<String>,
    /// Connections for reading
    #[arg(long, env = "ERP_READ_CONNECTIONS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) read_connections: u32,
    /// Seconds between two looks for reservations that ran out
    #[arg(long, env = "ERP_SWEEP_SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) sweep_seconds: u32,
}

impl Settings {
    /// The database that is named.
    pub(crate) fn database(&self) -> anyhow::Result<DatabaseUrl> {
        parse_database_url(&self.database_url).map_err(|why| anyhow::anyhow!("ERP_DATABASE_URL {why}"))
    }
}

/// Refuses settings that nobody knows: a misspelt one would silently do nothing.
pub(crate) fn refuse_unknown(names: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let mut unknown: Vec<_> =
        names.filter(|name| name.starts_with("ERP_") && !KNOWN.contains(&name.as_str())).collect();
    unknown.sort();
    if !unknown.is_empty() {
        bail!("unknown settings: {} (the known ones are {})", unknown.join(", "), KNOWN.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_file_or_a_server() {
        assert_eq!(parse_database_url("sqlite:a/b.sqlite"), Ok(DatabaseUrl::Sqlite("a/b.sqlite".into())));
        assert!(matches!(parse_database_url("postgres://u@h/d"), Ok(DatabaseUrl::Postgres(_))));
        for wrong in ["", "sqlite:", "sqlite::memory:", "mysql://x", "erp.sqlite"] {
            let refusal = parse_database_url(wrong).unwrap_err();
            assert!(wrong.len() < 8 || !refusal.contains(wrong), "{refusal}");
        }
    }

    #[test]
    fn a_misspelt_setting_is_refused_by_name() {
        let names = ["ERP_LISTEM", "HOME", "ERP_LOG"].map(str::to_owned).into_iter();
        let refusal = refuse_unknown(names).unwrap_err().to_string();
        assert!(refusal.starts_with("unknown settings: ERP_LISTEM "), "{refusal}");
    }
}
