//! A database's schema in words that are the same on SQLite and PostgreSQL. Reads catalogues only and decides
//! nothing: what may differ is the comparison's business.

use anyhow::Result;
use diesel::sql_types::Text;
use diesel::{PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use crate::schema::{Schema, Table};

/// Every catalogue query gives these five; what they are stands beside the query.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    tab: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = Text)]
    text: String,
}

const LITE_TABLES: &str =
    "SELECT name AS tab, '' AS name, '' AS columns, '' AS detail, sql AS text FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '__diesel_schema_migrations'";
/// detail: NOT NULL or not; text: the type.
const LITE_COLUMNS: &str = "SELECT s.name AS tab, c.name AS name, '' AS columns,
    CASE c.\"notnull\" WHEN 1 THEN 'not null' ELSE 'null' END AS detail, c.type AS text
    FROM sqlite_schema s, pragma_table_info(s.name) c WHERE s.type = 'table'";
const LITE_PRIMARY_KEYS: &str =
    "SELECT tab, '' AS name, group_concat(name, ',') AS columns, '' AS detail, '' AS text
    FROM (SELECT s.name AS tab, c.name AS name FROM sqlite_schema s, pragma_table_info(s.name) c
          WHERE s.type = 'table' AND c.pk > 0 ORDER BY s.name, c.pk) GROUP BY tab";
/// name: empty for a UNIQUE constraint; detail: unique or not; text: the statement.
const LITE_INDEXES: &str = "SELECT s.name AS tab, CASE i.origin WHEN 'u' THEN '' ELSE i.name END AS name,
    (SELECT group_concat(coalesce(name, '<expression>'), ',') FROM
        (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) AS columns,
    CASE i.\"unique\" WHEN 1 THEN 'unique' ELSE '' END AS detail,
    coalesce((SELECT x.sql FROM sqlite_schema x WHERE x.type = 'index' AND x.name = i.name), '') AS text
    FROM sqlite_schema s, pragma_index_list(s.name) i WHERE s.type = 'table' AND i.origin <> 'pk'";
/// detail: the table; text: its columns.
const LITE_FOREIGN_KEYS: &str = "SELECT tab, '' AS name, group_concat(here, ',') AS columns, other AS detail,
    group_concat(there, ',') AS text FROM (SELECT s.name AS tab, f.id AS id, f.\"table\" AS other, f.\"from\" AS here,
        coalesce(f.\"to\", '<primary key>') AS there FROM sqlite_schema s, pragma_foreign_key_list(s.name) f
        WHERE s.type = 'table' ORDER BY s.name, f.id, f.seq) GROUP BY tab, id, other";
const LITE_TRIGGERS: &str = "SELECT tbl_name AS tab, name, '' AS columns, '' AS detail, '' AS text
    FROM sqlite_schema WHERE type = 'trigger'";

const PG_TABLES: &str = "SELECT c.relname::text AS tab, '' AS name, '' AS columns, '' AS detail, '' AS text
    FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    AND c.relname <> '__diesel_schema_migrations'";
const PG_COLUMNS: &str = "SELECT c.relname::text AS tab, a.attname::text AS name, '' AS columns,
    CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END AS detail, format_type(a.atttypid, a.atttypmod) AS text
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace";
/// Primary keys and indexes: detail says which, text is the WHERE.
const PG_INDEXES: &str = "SELECT c.relname::text AS tab,
    CASE WHEN EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype = 'u') THEN ''
         ELSE i.relname::text END AS name,
    (SELECT string_agg(coalesce(a.attname::text, '<expression>'), ',' ORDER BY u.place)
        FROM unnest(x.indkey::int2[]) WITH ORDINALITY u (number, place)
        LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = u.number
        WHERE u.place <= x.indnkeyatts) AS columns,
    CASE WHEN x.indisprimary THEN 'primary' WHEN x.indisunique THEN 'unique' ELSE '' END AS detail,
    coalesce(pg_get_expr(x.indpred, x.indrelid), '') AS text
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
    WHERE c.relnamespace = 'public'::regnamespace";
const PG_CHECKS: &str = "SELECT c.relname::text AS tab, '' AS name, '' AS columns, '' AS detail,
    pg_get_expr(k.conbin, k.conrelid) AS text FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.contype = 'c' AND c.relnamespace = 'public'::regnamespace";
const PG_FOREIGN_KEYS: &str =
    "SELECT c.relname::text AS tab, '' AS name, (SELECT string_agg(a.attname::text, ',' ORDER BY u.place)
        FROM unnest(k.conkey) WITH ORDINALITY u (number, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number) AS columns,
    f.relname::text AS detail, (SELECT string_agg(a.attname::text, ',' ORDER BY u.place)
        FROM unnest(k.confkey) WITH ORDINALITY u (number, place)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number) AS text
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
    WHERE k.contype = 'f' AND c.relnamespace = 'public'::regnamespace";
/// Without those for TRUNCATE (bit 32) alone, which SQLite does not have.
const PG_TRIGGERS: &str =
    "SELECT c.relname::text AS tab, t.tgname::text AS name, '' AS columns, '' AS detail, '' AS text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace AND (t.tgtype & 28) <> 0";

/// Reads a SQLite file. Fails when a catalogue cannot be read.
pub(crate) fn sqlite(connection: &mut SqliteConnection) -> Result<Schema> {
    let mut rows = |query: &str| sql_query(query).load::<Row>(connection);
    let mut schema = Schema::new();
    for row in rows(LITE_TABLES)? {
        let table = schema.entry(row.tab).or_default();
        for check in checks(&row.text) {
            add(table, format!("check {}", normal(check)));
        }
    }
    add_columns(&mut schema, rows(LITE_COLUMNS)?);
    each(&mut schema, rows(LITE_PRIMARY_KEYS)?, |row| format!("primary key ({})", row.columns));
    each(&mut schema, rows(LITE_INDEXES)?, |row| index(row, after_where(&row.text)));
    each(&mut schema, rows(LITE_FOREIGN_KEYS)?, foreign_key);
    each(&mut schema, rows(LITE_TRIGGERS)?, |row| format!("trigger {}", row.name));
    Ok(schema)
}

/// Reads the schema `public` of a PostgreSQL database. Fails when a catalogue cannot be read.
pub(crate) fn postgres(connection: &mut PgConnection) -> Result<Schema> {
    let mut rows = |query: &str| sql_query(query).load::<Row>(connection);
    let mut schema = Schema::new();
    for row in rows(PG_TABLES)? {
        schema.entry(row.tab).or_default();
    }
    add_columns(&mut schema, rows(PG_COLUMNS)?);
    each(&mut schema, rows(PG_INDEXES)?, |row| match row.detail.as_str() {
        "primary" => format!("primary key ({})", row.columns),
        _ => index(row, &row.text),
    });
    each(&mut schema, rows(PG_CHECKS)?, |row| format!("check {}", normal(&row.text)));
    each(&mut schema, rows(PG_FOREIGN_KEYS)?, foreign_key);
    each(&mut schema, rows(PG_TRIGGERS)?, |row| format!("trigger {}", row.name));
    Ok(schema)
}

fn add_columns(schema: &mut Schema, rows: Vec<Row>) {
    for row in rows {
        if let Some(table) = schema.get_mut(&row.tab) {
            add(table, format!("column {} {}", row.name, row.detail));
            table.columns.insert(row.name, row.text.to_lowercase());
        }
    }
}

/// Rows of a table that is not compared are left out.
fn each(schema: &mut Schema, rows: Vec<Row>, fact: impl Fn(&Row) -> String) {
    for row in rows {
        if let Some(table) = schema.get_mut(&row.tab) {
            add(table, fact(&row));
        }
    }
}

fn add(table: &mut Table, fact: String) {
    let times = table.facts.entry(fact).or_default();
    *times = times.saturating_add(1);
}

fn foreign_key(row: &Row) -> String {
    format!("foreign key ({}) references {} ({})", row.columns, row.detail, row.text)
}

fn index(row: &Row, condition: &str) -> String {
    let unique = if row.detail.is_empty() { "" } else { "unique " };
    let name = if row.name.is_empty() { "constraint" } else { row.name.as_str() };
    let condition =
        if condition.is_empty() { String::new() } else { format!(" where {}", normal(condition)) };
    format!("{unique}index {name} ({}){condition}", row.columns)
}

fn after_where(statement: &str) -> &str {
    let at = statement.to_ascii_lowercase().find(" where ");
    at.and_then(|at| statement.get(at.saturating_add(" where ".len())..)).unwrap_or_default()
}

/// What stands in the parentheses of each CHECK of a CREATE TABLE.
fn checks(statement: &str) -> Vec<&str> {
    let lower = statement.to_ascii_lowercase();
    let mut found = Vec::new();
    for (at, word) in lower.match_indices("check") {
        let rest = statement.get(at.saturating_add(word.len())..).unwrap_or_default();
        let joined =
            lower.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        if let Some(inside) = rest.trim_start().strip_prefix('(').filter(|_| !joined) {
            found.extend(inside.get(..closing(inside)));
        }
    }
    found
}

/// Where the parenthesis closes that is open at the beginning; the end when it never does.
fn closing(text: &str) -> usize {
    let (mut depth, mut quoted) = (1_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth = depth.saturating_add(1),
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// An expression as both databases would print it: lower case outside strings, one space between words, no
/// parentheses, no `::casts`, no quotes around names. Parentheses are lost, so `a AND (b OR c)` equals `a AND b OR c`.
fn normal(expression: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => rest
                .get(1..)
                .and_then(|inside| inside.find('\''))
                .map_or(rest.len(), |end| end.saturating_add(2)),
            c if is_name(c) => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            '(' | ')' | '"' => 1,
            _ => rest
                .find(|c: char| is_name(c) || c.is_whitespace() || "'()\"".contains(c))
                .unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(length);
        rest = after.trim_start();
        match word {
            "(" | ")" | "\"" => {}
            "!=" => words.push("<>".to_owned()),
            _ if words.last().is_some_and(|last| last == "::") => drop(words.pop()),
            _ if first == '\'' => words.push(word.to_owned()),
            _ => words.push(word.to_lowercase()),
        }
    }
    words.join(" ")
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::{Cluster, Durability};
    use diesel::Connection;
    use diesel::connection::SimpleConnection;

    #[test]
    fn expressions_of_both_databases_read_the_same() {
        let same = [
            ("state = 'active'", "((state = 'active'::text))"),
            (
                "(from_balance IS NULL) = (from_bucket >= 20)",
                "((from_balance IS NULL) = (from_bucket >= 20))",
            ),
            ("position>0 AND a != 'Is Null'", "((\"position\" > 0) AND (a <> 'Is Null'::text))"),
            ("short + released <= 10", "((short + released) <= (10)::bigint)"),
        ];
        for (sqlite, postgres) in same {
            assert_eq!(normal(sqlite), normal(postgres));
        }
        assert_ne!(normal("a > 0"), normal("a >= 0"));
        assert_ne!(normal("a = 'x'"), normal("a = 'X'"));
    }

    #[test]
    fn finds_each_check() {
        let statement = "CREATE TABLE t (recheck (x), a BIGINT CHECK (a > 0), CHECK ((a = 1) = (b <> ')')), check_by TEXT)";
        assert_eq!(checks(statement), ["a > 0", "(a = 1) = (b <> ')')"]);
    }

    const SAME: &str = "CREATE TABLE __diesel_schema_migrations (version TEXT PRIMARY KEY);
        CREATE TABLE parent (id BIGINT NOT NULL PRIMARY KEY, code TEXT NOT NULL UNIQUE);
        CREATE TABLE child (a BIGINT NOT NULL REFERENCES parent (id), b BIGINT NOT NULL, n BIGINT CHECK (n >= 0),
            position BIGINT NOT NULL, PRIMARY KEY (b, a), CHECK ((n IS NULL) = (position > 1)));
        CREATE UNIQUE INDEX child_n ON child (n, a) WHERE n IS NOT NULL AND position > 0;
        CREATE INDEX child_position ON child (position);";

    #[test]
    fn one_schema_reads_the_same_from_both() {
        let mut lite = SqliteConnection::establish(":memory:").unwrap();
        lite.batch_execute(SAME).unwrap();
        lite.batch_execute("CREATE TRIGGER t BEFORE UPDATE ON child BEGIN SELECT 1; END").unwrap();
        let cluster = Cluster::start(Durability::Fast).unwrap();
        let mut pg = PgConnection::establish(&cluster.create_database("one").unwrap()).unwrap();
        pg.batch_execute(SAME).unwrap();
        pg.batch_execute(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            CREATE TRIGGER t BEFORE UPDATE ON child FOR EACH STATEMENT EXECUTE FUNCTION f();
            CREATE TRIGGER u BEFORE TRUNCATE ON child FOR EACH STATEMENT EXECUTE FUNCTION f();",
        )
        .unwrap();
        let (left, right) = (sqlite(&mut lite).unwrap(), postgres(&mut pg).unwrap());
        assert_eq!(left, right);
        assert_eq!(left.keys().collect::<Vec<_>>(), ["child", "parent"]);
        let facts = left["child"].facts.keys().cloned().collect::<Vec<_>>();
        let wanted = [
            "check n >= 0",
            "check n is null = position > 1",
            "column a not null",
            "column b not null",
            "column n null",
            "column position not null",
            "foreign key (a) references parent (id)",
            "index child_position (position)",
            "primary key (b,a)",
            "trigger t",
            "unique index child_n (n,a) where n is not null and position > 0",
        ];
        assert_eq!(facts, wanted);
    }
}
