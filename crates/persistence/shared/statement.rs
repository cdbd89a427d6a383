//! A statement: SQL with `?` where values go, and the values. Its prepared form is cached by its text.

use std::marker::PhantomData;

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Text};

use crate::dialect::{self, Backend, Conn, DbId, DbTime, IdSql, Keys, TimeSql};

/// A value of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Bind {
    Int(i64),
    Text(String),
    Id(DbId),
    Time(DbTime),
    Keys(Keys),
}

/// SQL and its values; `Row` is the SQL type of what it answers.
#[derive(Debug)]
pub(crate) struct Statement<'q, Row> {
    sql: &'q str,
    binds: Vec<Bind>,
    row: PhantomData<Row>,
}

/// A statement with as many values as it has question marks.
pub(crate) fn statement<Row>(sql: &str, binds: Vec<Bind>) -> Statement<'_, Row> {
    Statement { sql, binds, row: PhantomData }
}

impl<Row> QueryFragment<Backend> for Statement<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let mut binds = self.binds.iter();
        let mut parts = self.sql.split('?');
        out.push_sql(parts.next().unwrap_or(""));
        for part in parts {
            let bind = binds
                .next()
                .ok_or_else(|| diesel::result::Error::QueryBuilderError("a value is missing".into()))?;
            match bind {
                Bind::Int(value) => out.push_bind_param::<BigInt, _>(value)?,
                Bind::Text(value) => out.push_bind_param::<Text, _>(value)?,
                Bind::Id(value) => out.push_bind_param::<IdSql, _>(value)?,
                Bind::Time(value) => out.push_bind_param::<TimeSql, _>(value)?,
                Bind::Keys(keys) => dialect::push_keys(&mut out, keys)?,
            }
            out.push_sql(part);
        }
        Ok(())
    }
}

impl<Row> QueryId for Statement<'_, Row> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Row> Query for Statement<'_, Row> {
    type SqlType = Row;
}

impl<Row> RunQueryDsl<Conn> for Statement<'_, Row> {}
