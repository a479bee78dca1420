//! Can every table of blue be carried?
use verdigris_crds::Side;

use super::{Reason, Report, text};
use crate::preflight::{DatabaseFacts, Identity, Table, TableKind};

/// From this size on searching a row in a table without a key is worth a note.
const LARGE: i64 = 64 << 20;

pub(super) fn check(report: &mut Report, facts: &DatabaseFacts) {
    let database = facts.name.as_str();
    let Some(tables) =
        report.need(&facts.tables, Reason::TablesUnknown, &format!("tables of {} on blue", text::show(database)))
    else {
        return;
    };
    let pick = |test: &dyn Fn(&Table) -> bool| tables.iter().filter(|table| test(table)).cloned().collect::<Vec<_>>();
    let rows = |table: &Table| table.kind == TableKind::Table && !table.unlogged;
    identity(report, database, &pick, &rows);
    report.each(Reason::UnloggedTable, &pick(&|table| table.unlogged && table.kind == TableKind::Table), "SELECT oid::regclass FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r';", |table| {
        let remedy = format!("ALTER TABLE {} SET LOGGED;  -- rewrites {}\n-- or, in the DatabaseMigration:\n-- spec: {{acknowledge: [UnloggedTable]}}", sql_name(table), text::size(table.bytes));
        (subject("table", database, table), format!("Table {} is unlogged: its rows are copied once, later ones are not replicated.", name(database, table)), text::sql(Side::Blue, database, &remedy))
    });
    report.each(
        Reason::ForeignTable,
        &pick(&|table| table.kind == TableKind::Foreign),
        "SELECT ftrelid::regclass FROM pg_foreign_table;",
        |table| {
            let message = format!(
                "Foreign table {} will point at the same remote server from green, before the cutover too.",
                name(database, table)
            );
            (
                subject("foreign table", database, table),
                message,
                "# in the DatabaseMigration\nspec:\n  acknowledge: [ForeignTable]".into(),
            )
        },
    );
    report.each(
        Reason::MaterializedView,
        &pick(&|table| table.kind == TableKind::MaterializedView),
        "SELECT oid::regclass FROM pg_class WHERE relkind = 'm';",
        |table| {
            let message = format!(
                "Materialized view {} is not replicated: green's is refreshed before each full comparison, and what comes later is not in it until it is refreshed after the cutover.",
                name(database, table)
            );
            (
                subject("materialized view", database, table),
                message,
                text::sql(
                    Side::Green,
                    database,
                    &format!("REFRESH MATERIALIZED VIEW {};  -- after the cutover", sql_name(table)),
                ),
            )
        },
    );
}

/// Those of the tables that a test holds for.
type Pick<'a> = dyn Fn(&dyn Fn(&Table) -> bool) -> Vec<Table> + 'a;

fn identity(report: &mut Report, database: &str, pick: &Pick, rows: &dyn Fn(&Table) -> bool) {
    let rest = "SELECT c.oid::regclass FROM pg_class c WHERE relkind = 'r' AND relpersistence = 'p' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')\n  \
        AND relreplident <> 'f' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND (indisreplident OR indisprimary AND relreplident = 'd'));";
    report.each(Reason::TableWithoutIdentity, &pick(&|table| rows(table) && table.identity == Identity::Missing), &text::sql(Side::Blue, database, rest), |table| {
        let message = format!("Table {} has no usable replica identity: once it is published, UPDATE and DELETE on it would fail on blue.", name(database, table));
        (subject("table", database, table), message, text::sql(Side::Blue, database, &mend(table)))
    });
    report.each(Reason::IdentityFullUnusable, &pick(&|table| rows(table) && table.identity == Identity::Full && !table.no_equality.is_empty()), "", |table| {
        let message = format!("Table {} has REPLICA IDENTITY FULL, but {} cannot be compared: UPDATE and DELETE could not be applied.", name(database, table), columns(table));
        (subject("table", database, table), message, text::sql(Side::Blue, database, &key(table)))
    });
    report.each(Reason::IdentityFullSlow, &pick(&|table| rows(table) && table.identity == Identity::Full && table.no_equality.is_empty() && table.bytes >= LARGE), "", |table| {
        let message = format!("Table {} ({}) has REPLICA IDENTITY FULL: each updated or deleted row is searched for on the other side.", name(database, table), text::size(table.bytes));
        (subject("table", database, table), message, text::sql(Side::Blue, database, &key(table)))
    });
}

/// The cheapest identity that works.
fn mend(table: &Table) -> String {
    match &table.candidate {
        Some(index) => format!(
            "SET lock_timeout = '2s';\nALTER TABLE {} REPLICA IDENTITY USING INDEX {};",
            sql_name(table),
            text::ident(index)
        ),
        None if table.no_equality.is_empty() => {
            format!("SET lock_timeout = '2s';\nALTER TABLE {} REPLICA IDENTITY FULL;", sql_name(table))
        }
        None => key(table),
    }
}

/// A key where FULL does not do. Adding a column with numbers rewrites the table.
fn key(table: &Table) -> String {
    if table.candidate.is_some() {
        return mend(table);
    }
    let (name, size) = (sql_name(table), text::size(table.bytes));
    let add = format!("ALTER TABLE {name} ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;");
    format!("-- rewrites {size}\n{add}\nALTER TABLE {name} REPLICA IDENTITY DEFAULT;")
}

fn columns(table: &Table) -> String {
    format!("column {}", text::list(&table.no_equality, 5))
}

fn name(database: &str, table: &Table) -> String {
    format!("{}.{}.{}", text::show(database), text::show(&table.schema), text::show(&table.name))
}

fn sql_name(table: &Table) -> String {
    text::qualified(&table.schema, &table.name)
}

fn subject(what: &str, database: &str, table: &Table) -> String {
    format!("{what} {} on blue", name(database, table))
}
