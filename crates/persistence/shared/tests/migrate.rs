//! The schema goes up once, back only where nothing is lost, and a newer one is left alone.

use diesel::connection::SimpleConnection;

use super::ledger::write_history;
use super::migrated;
use crate::fixture::Database;
use crate::rows::count;
use crate::{Connection, MigrateError, SchemaState};

const STEPS: [&str; 3] = ["20261124000001", "20261125000001", "20261125000002"];

fn names(steps: &[&str]) -> Vec<String> {
    steps.iter().map(|step| (*step).to_owned()).collect()
}

#[test]
fn a_repeat_applies_nothing() {
    let database = Database::empty();
    let mut connection = Connection::open(&database.url()).unwrap();
    assert_eq!(connection.schema_state(), Ok(SchemaState::Behind(names(&STEPS))));
    assert_eq!(connection.migrate(), Ok(names(&STEPS)));
    assert_eq!(connection.migrate(), Ok(Vec::new()));
    assert_eq!(connection.schema_state(), Ok(SchemaState::Current));
    assert_eq!(count(&mut connection.0, "SELECT count(*) FROM head", Vec::new()), Ok(1));
}

#[test]
fn an_empty_schema_goes_back_and_up_again() {
    let (_database, mut connection) = migrated();
    for at in (0..STEPS.len()).rev() {
        assert_eq!(connection.revert_last(), Ok(STEPS[at].to_owned()));
        assert_eq!(connection.schema_state(), Ok(SchemaState::Behind(names(&STEPS[at..]))));
    }
    assert!(connection.0.batch_execute("SELECT * FROM head").is_err());
    assert_eq!(connection.migrate(), Ok(names(&STEPS)));
    write_history(&mut connection);
}

#[test]
fn a_ledger_with_rows_does_not_go_back() {
    let (_database, mut connection) = migrated();
    write_history(&mut connection);
    // No record was made and nothing scanned: these steps go back.
    for step in STEPS[1..].iter().rev() {
        assert_eq!(connection.revert_last(), Ok((*step).to_owned()));
    }
    // Twice: the first refusal must leave nothing behind.
    for _ in 0..2 {
        let refused = connection.revert_last();
        assert!(matches!(refused, Err(MigrateError::Failed(_))), "{refused:?}");
    }
    assert_eq!(connection.schema_state(), Ok(SchemaState::Behind(names(&STEPS[1..]))));
    assert_eq!(count(&mut connection.0, "SELECT count(*) FROM transfers", Vec::new()), Ok(1));
}

#[test]
fn a_newer_database_is_left_alone() {
    let (_database, mut connection) = migrated();
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000001')";
    connection.0.batch_execute(newer).unwrap();
    let beyond = vec!["99991231000001".to_owned()];
    assert_eq!(connection.schema_state(), Ok(SchemaState::Ahead(beyond.clone())));
    let refused = connection.migrate().unwrap_err();
    assert_eq!(refused, MigrateError::Ahead(beyond));
    assert!(refused.to_string().contains("newer than this program"), "{refused}");
}

#[test]
fn many_at_once_apply_each_step_once() {
    for _ in 0..5 {
        let database = Database::empty();
        let url = database.url();
        let start = std::sync::Barrier::new(6);
        let done = std::thread::scope(|scope| {
            let one = || {
                start.wait();
                Connection::open(&url).unwrap().migrate()
            };
            let all: Vec<_> = (0..6).map(|_| scope.spawn(one)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        let mut steps: Vec<_> = done.into_iter().map(|steps| steps.unwrap().len()).collect();
        steps.sort_unstable();
        assert_eq!(steps, [0, 0, 0, 0, 0, STEPS.len()]);
    }
}
