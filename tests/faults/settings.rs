//! Settings that cannot be right: the program ends at once with one clear line, and changes nothing.

use std::process::Command;

use crate::harness::{Database, Db, World, erp, psql};

on_both!(unknown_settings, values_that_cannot_be_read);

/// Runs it, and wants it to fail with one line on stderr that says each of these.
#[track_caller]
fn refused(mut command: Command, says: &[&str]) {
    let output = command.env("ERP_LISTEN", listen(&command)).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{command:?} succeeds");
    assert!(output.status.code().is_some(), "{command:?} ends by a signal");
    let lines: Vec<_> = error.lines().filter(|line| !line.trim().is_empty()).collect();
    assert_eq!(lines.len(), 1, "one clear line: {error}");
    for word in says {
        assert!(lines[0].contains(word), "it does not say {word:?}: {error}");
    }
    for leak in ["panicked", "RUST_BACKTRACE", "secret"] {
        assert!(!error.contains(leak), "{error}");
    }
}

/// What the test has set, or any free port.
fn listen(command: &Command) -> String {
    let set = command.get_envs().find(|(name, _)| *name == "ERP_LISTEN").and_then(|(_, value)| value);
    set.map_or_else(|| "127.0.0.1:0".to_owned(), |value| value.to_string_lossy().into_owned())
}

fn unknown_settings(db: Db) {
    let database = Database::create(db);
    for command in ["serve", "migrate", "verify", "doctor"] {
        let mut command = erp(&database.url, &[command]);
        command.env("ERP_LISTEM", "127.0.0.1:1").env("ERP_COLOUR", "red");
        refused(command, &["ERP_LISTEM", "ERP_COLOUR"]);
    }
}

fn values_that_cannot_be_read(db: Db) {
    let database = Database::create(db);
    for (name, value) in [
        ("ERP_LISTEN", "nowhere"),
        ("ERP_LISTEN", "127.0.0.1:70000"),
        ("ERP_LISTEN", ""),
        ("ERP_ENVIRONMENT", "staging"),
        ("ERP_DATABASE_URL", "mysql://root:secret@localhost/erp"),
        ("ERP_DATABASE_URL", ""),
        ("ERP_READ_CONNECTIONS", "0"),
        ("ERP_READ_CONNECTIONS", "many"),
        ("ERP_SWEEP_SECONDS", "-1"),
    ] {
        let mut command = erp(&database.url, &["serve"]);
        command.env(name, value);
        refused(command, &[name]);
    }
}

/// Without tokens nobody else may reach it.
#[test]
fn only_loopback() {
    let database = Database::create(Db::Sqlite);
    let mut command = erp(&database.url, &["serve"]);
    command.env("ERP_LISTEN", "0.0.0.0:0");
    refused(command, &["ERP_LISTEN", "loopback"]);
}

#[test]
fn a_postgres_that_is_not_there() {
    for command in ["serve", "migrate", "verify"] {
        refused(erp("postgres://postgres:secret@127.0.0.1:1/erp", &[command]), &["database"]);
    }
    let database = Database::create(Db::Postgres);
    let missing = format!("{}_missing", database.url);
    refused(erp(&missing, &["serve"]), &["database"]);
}

#[test]
fn a_sqlite_file_that_cannot_be() {
    let database = Database::create(Db::Sqlite);
    let text = database.file(
        "notes.txt",
        "this is not a database, and it is long enough to be read as one: ".repeat(20).as_str(),
    );
    for path in ["/nowhere/at/all/erp.sqlite".to_owned(), text.display().to_string()] {
        refused(erp(&format!("sqlite:{path}"), &["serve"]), &["database"]);
    }
}

#[test]
fn a_postgres_that_is_not_migrated() {
    let database = Database::create(Db::Postgres);
    psql(&database.url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    refused(erp(&database.url, &["serve"]), &["erp migrate"]);
}

#[test]
fn a_database_that_is_newer_than_the_program() {
    let database = Database::create(Db::Postgres);
    psql(&database.url, "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
    for command in ["serve", "migrate", "verify"] {
        refused(erp(&database.url, &[command]), &["newer"]);
    }
    psql(&database.url, "DELETE FROM __diesel_schema_migrations WHERE version = '99990101000000'");
    // And as before when that is taken back.
    let world = World { servers: vec![crate::harness::Server::start(&database.url)], database };
    assert_eq!(world.client().get("/readyz").send().status, 200);
}
