//! All of a batch or nothing of it; a read sees one moment.

use diesel::connection::SimpleConnection;
use kernel::StoreError;

use super::migrated;
use crate::dialect::{Conn, classify};
use crate::rows::count;
use crate::{Connection, Pool};

fn write_meta(conn: &mut Conn, name: &str) -> Result<(), StoreError> {
    conn.batch_execute(&format!("INSERT INTO meta VALUES ('{name}', '')")).map_err(|error| classify(&error))
}

fn metas(conn: &mut Conn) -> i64 {
    count(conn, "SELECT count(*) FROM meta", Vec::new()).unwrap()
}

#[test]
fn a_failed_batch_leaves_nothing_and_the_next_one_works() {
    let (_database, mut connection) = migrated();
    let failed = connection.write(&mut |tx| {
        write_meta(tx.conn, "a")?;
        Err(StoreError::Conflict)
    });
    assert_eq!(failed, Err(StoreError::Conflict));
    assert_eq!(metas(&mut connection.0), 0);
    // The same when the database is the one that refuses.
    let failed = connection.write(&mut |tx| {
        write_meta(tx.conn, "a")?;
        write_meta(tx.conn, "a")
    });
    assert_eq!(failed, Err(StoreError::Conflict));
    connection.write(&mut |tx| write_meta(tx.conn, "a")).unwrap();
    assert_eq!(metas(&mut connection.0), 1);
}

#[test]
fn a_read_sees_one_moment() {
    let (database, mut writer) = migrated();
    let pool = Pool::new(&database.url(), 2);
    pool.read(&mut |tx| {
        assert_eq!(metas(tx.conn), 0);
        writer.write(&mut |tx| write_meta(tx.conn, "a"))?;
        assert_eq!(metas(tx.conn), 0);
        Ok(())
    })
    .unwrap();
    pool.read(&mut |tx| {
        assert_eq!(metas(tx.conn), 1);
        Ok(())
    })
    .unwrap();
}

#[test]
fn one_batch_at_a_time() {
    let (database, _connection) = migrated();
    let url = database.url();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut connection = Connection::open(&url).unwrap();
                for _ in 0..25 {
                    connection
                        .write(&mut |tx| {
                            let head = commands::Store::lock_head(tx)?;
                            let next = head.counters.id + 1;
                            let sql = format!("UPDATE head SET next_id = {next}");
                            tx.conn.batch_execute(&sql).map_err(|error| classify(&error))
                        })
                        .unwrap();
                }
            });
        }
    });
    let mut connection = Connection::open(&url).unwrap();
    assert_eq!(count(&mut connection.0, "SELECT next_id FROM head", Vec::new()), Ok(101));
}
