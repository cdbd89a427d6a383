//! `cargo xtask schema`: the two migrated databases must be one schema. Migrates both through `erp migrate`, reads
//! both back and names every difference. Knows no table of the program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::pg::{Cluster, Durability};
use crate::{erp, schema_read, shell};

/// A database as far as it is compared: by table.
pub(crate) type Schema = BTreeMap<String, Table>;

/// What is compared of a table.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// Column to its type, lower case, as its database names it.
    pub(crate) columns: BTreeMap<String, String>,
    /// All else in words that are the same on both, with how often it is there.
    pub(crate) facts: BTreeMap<String, usize>,
}

/// A column of the first type may be one of the others on PostgreSQL.
const FAMILIES: &[(&str, &[&str])] = &[
    ("bigint", &["bigint", "timestamp with time zone"]),
    ("integer", &["integer"]),
    ("smallint", &["smallint"]),
    ("text", &["text", "jsonb"]),
    ("blob", &["bytea", "uuid"]),
];

/// Migrates, reads and compares.
pub(crate) fn run() -> Result<ExitCode> {
    let mut findings = compare_folders(&folders("migrations/sqlite")?, &folders("migrations/postgres")?);
    let erp = erp::build()?;
    let scratch = shell::Scratch::create()?;
    let file = scratch.path().join("schema.sqlite").display().to_string();
    erp::migrate(&erp, &format!("sqlite:{file}"))?;
    let cluster = Cluster::start(Durability::Fast)?;
    let url = cluster.create_database("erp_schema")?;
    erp::migrate(&erp, &url)?;
    let sqlite = schema_read::sqlite(&mut SqliteConnection::establish(&file)?)?;
    let postgres = schema_read::postgres(&mut PgConnection::establish(&url)?)?;
    findings.extend(compare(&sqlite, &postgres));
    Ok(shell::verdict("schema", &findings))
}

fn folders(path: &str) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let path = shell::root().join(Path::new(path));
    for entry in std::fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))? {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

fn compare_folders(sqlite: &BTreeSet<String>, postgres: &BTreeSet<String>) -> Vec<String> {
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>, whose: &str| {
        a.difference(b).map(|name| format!("only migrations/{whose} has {name}")).collect::<Vec<_>>()
    };
    let mut findings = only(sqlite, postgres, "sqlite");
    findings.extend(only(postgres, sqlite, "postgres"));
    if sqlite.is_empty() {
        findings.push("there are no migrations".to_owned());
    }
    findings
}

/// Every difference, in words.
fn compare(sqlite: &Schema, postgres: &Schema) -> Vec<String> {
    let mut findings = Vec::new();
    if sqlite.is_empty() {
        findings.push("the migrated SQLite file has no tables".to_owned());
    }
    for name in sqlite.keys().chain(postgres.keys()).collect::<BTreeSet<_>>() {
        match (sqlite.get(name), postgres.get(name)) {
            (Some(left), Some(right)) => {
                findings
                    .extend(compare_tables(left, right).into_iter().map(|found| format!("{name}: {found}")));
            }
            (Some(_), None) => findings.push(format!("{name}: a table of SQLite only")),
            (None, _) => findings.push(format!("{name}: a table of PostgreSQL only")),
        }
    }
    findings
}

fn compare_tables(sqlite: &Table, postgres: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    for name in sqlite.columns.keys().chain(postgres.columns.keys()).collect::<BTreeSet<_>>() {
        match (sqlite.columns.get(name), postgres.columns.get(name)) {
            (Some(left), Some(right)) if same_family(left, right) => {}
            (Some(left), Some(right)) => {
                findings.push(format!("column {name} is {left} on SQLite and {right} on PostgreSQL"));
            }
            (Some(_), None) => findings.push(format!("column {name} is on SQLite only")),
            (None, _) => findings.push(format!("column {name} is on PostgreSQL only")),
        }
    }
    for fact in sqlite.facts.keys().chain(postgres.facts.keys()).collect::<BTreeSet<_>>() {
        let times = |table: &Table| table.facts.get(fact).copied().unwrap_or_default();
        match (times(sqlite), times(postgres)) {
            (left, right) if left == right => {}
            (_, 0) => findings.push(format!("{fact}: on SQLite only")),
            (0, _) => findings.push(format!("{fact}: on PostgreSQL only")),
            (left, right) => findings.push(format!("{fact}: {left} times on SQLite, {right} on PostgreSQL")),
        }
    }
    findings
}

fn same_family(sqlite: &str, postgres: &str) -> bool {
    FAMILIES.iter().any(|(first, others)| *first == sqlite && others.contains(&postgres))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[(&str, &str)], facts: &[&str]) -> Table {
        let mut table = Table::default();
        for (name, kind) in columns {
            table.columns.insert((*name).to_owned(), (*kind).to_owned());
        }
        for fact in facts {
            *table.facts.entry((*fact).to_owned()).or_default() += 1;
        }
        table
    }

    #[test]
    fn families_match_and_others_do_not() {
        let same = [
            ("bigint", "timestamp with time zone"),
            ("blob", "uuid"),
            ("text", "jsonb"),
            ("smallint", "smallint"),
        ];
        assert!(same.iter().all(|(sqlite, postgres)| same_family(sqlite, postgres)));
        let other = [
            ("bigint", "integer"),
            ("text", "uuid"),
            ("blob", "text"),
            ("integer", "bigint"),
            ("real", "real"),
        ];
        assert!(!other.iter().any(|(sqlite, postgres)| same_family(sqlite, postgres)));
    }

    #[test]
    fn every_kind_of_difference_is_named() {
        let left = table(&[("id", "bigint"), ("old", "text"), ("n", "text")], &["check a", "check a", "x"]);
        let right = table(&[("id", "bigint"), ("new", "text"), ("n", "uuid")], &["check a", "y"]);
        assert_eq!(compare_tables(&left, &right).len(), 6);
        assert_eq!(compare_tables(&left, &left), Vec::<String>::new());
    }

    #[test]
    fn tables_and_folders_of_one_side_are_named() {
        let schema = |names: &[&str]| {
            names.iter().map(|name| ((*name).to_owned(), Table::default())).collect::<Schema>()
        };
        assert_eq!(compare(&schema(&["a", "b"]), &schema(&["b", "c"])).len(), 2);
        assert_eq!(compare(&schema(&[]), &schema(&[])).len(), 1);
        let folders = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(compare_folders(&folders(&["1", "2"]), &folders(&["1", "3"])).len(), 2);
    }
}
