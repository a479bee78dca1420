//! Migrations on real servers: files, failures and their lines, going on after a correction, and every class of change.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod support_mover;

use support_mover::{DATABASE, Pair, ident, names, text};
use verdigris::mover::Command;
use verdigris_crds::Side;

const SHOP: &str = include_str!("support_mover/shop.sql");

async fn cloned(blue: u32, green: u32) -> Pair {
    let pair = Pair::with(blue, green, SHOP).await;
    Command::Clone(pair.settings.clone()).run().await.unwrap();
    assert_eq!(pair.failures().await, "");
    pair
}

async fn migrate(pair: &Pair, files: &[(&str, &str)]) {
    support_mover::migrate(pair.settings.clone(), files).await;
}

const HISTORY: &str = "SELECT file, state, line, sqlstate, object FROM verdigris.migration ORDER BY seq";

#[tokio::test(flavor = "multi_thread")]
async fn files_run_in_order_and_the_corrected_one_goes_on() {
    let pair = cloned(15, 17).await;
    let first = (
        "1.sql",
        "CREATE TABLE notes (id int, body text);\nINSERT INTO notes VALUES (1, $$a; b$$);\nDO $x$ BEGIN PERFORM 1; END $x$;\nCREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;\n",
    );
    let second =
        ("2.sql", "-- verdigris: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS by_note ON orders (note);\n");
    let wrong = ("3.sql", "ALTER TABLE orders ADD COLUMN\n  state text;\n\nSELECT 1,\n  nope FROM orders;\n");
    migrate(&pair, &[first, second, wrong]).await;
    let green = pair.green().await;
    assert_eq!(text(&green, HISTORY).await, "(1.sql,Applied,,,)\n(2.sql,Applied,,,)\n(3.sql,Failed,5,42703,)");
    assert_eq!(text(&green, "SELECT count(*) FROM verdigris.classified").await, "(0)");
    assert_eq!(
        text(&green, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'state'")
            .await,
        "(0)"
    );
    assert!(text(&green, "SELECT message FROM verdigris.note").await.contains("nope"));
    assert_eq!(text(&green, "SELECT runner FROM verdigris.state").await, "()");
    let role = names().migrator_role();
    assert_eq!(
        text(&green, &format!("SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = '{role}'")).await,
        "(f,f)"
    );
    let refused = green.batch_execute("INSERT INTO notes VALUES (2)").await.unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "25006");

    migrate(&pair, &[("1.sql", "SELECT 1"), second, wrong]).await;
    assert!(pair.failures().await.contains("AppliedMigrationChanged"));
    migrate(&pair, &[first, second, ("3.sql", "ALTER TABLE orders ADD COLUMN state text DEFAULT 'new' NOT NULL;")])
        .await;
    assert_eq!(text(&green, HISTORY).await, "(1.sql,Applied,,,)\n(2.sql,Applied,,,)\n(3.sql,Applied,,,)");
    assert_eq!(text(&green, "SELECT reason, object FROM verdigris.finding").await, "");
    assert_eq!(text(&green, "SELECT count(*) FROM verdigris.classified").await, "(1)");
    assert_eq!(text(&green, "SELECT name, reason FROM verdigris.excluded").await, "(public.notes,green-only)");
    assert_eq!(text(&green, "SELECT name FROM verdigris.ungated").await, "");
    assert_eq!(
        text(&green, "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'notes'").await,
        "(\"Shop owner\")"
    );
    assert_eq!(text(&green, "SELECT count(*) FROM pg_replication_slots").await, "(0)");
    let publication = names().publication(Side::Green);
    let lists = format!(
        "SELECT tablename, attnames FROM pg_publication_tables WHERE pubname = '{publication}' AND tablename IN ('orders', 'notes', 'marker_green') ORDER BY 1"
    );
    assert_eq!(text(&green, &lists).await, "(marker_green,\"{nonce,turn}\")\n(orders,\"{id,customer,amount,note,n}\")");
    assert_eq!(text(&green, &format!("SELECT verdigris.uncovered('{publication}')")).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_name_line_code_and_objects_but_no_values() {
    let pair = cloned(16, 18).await;
    for (sql, wanted) in [
        ("SELECT 1;\n\\set x", "(a.sql,Failed,2,PsqlCommand,)"),
        ("BEGIN;", "(a.sql,Failed,1,TransactionControl,)"),
        (
            "-- verdigris: no-transaction\nBEGIN; INSERT INTO log DEFAULT VALUES;\nPREPARE TRANSACTION 'later';",
            "(a.sql,Failed,3,PrepareTransaction,)",
        ),
        ("COPY customers FROM STDIN;", "(a.sql,Failed,1,CopyStream,)"),
        (
            "\n\nINSERT INTO customers\nVALUES (1, 'secret value');",
            "(a.sql,Failed,3,23505,\"schema public, table customers, constraint customers_pkey\")",
        ),
        ("DO $$ BEGIN\n RAISE 'no'; END $$", "(a.sql,Failed,1,P0001,)"),
        ("CREATE TABLE a (i int);\nSELEC 1;", "(a.sql,Failed,2,42601,)"),
        ("CREATE ROLE evil SUPERUSER", "(a.sql,Failed,1,42501,)"),
        (
            "CREATE TABLE t (i int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (1), (1);",
            "(a.sql,Failed,,23505,\"schema public, table t, constraint t_i_key\")",
        ),
    ] {
        migrate(&pair, &[("a.sql", sql)]).await;
        let green = pair.green().await;
        assert_eq!(text(&green, HISTORY).await, wanted, "{sql}");
        assert_eq!(text(&green, "SELECT to_regclass('a'), to_regclass('t')").await, "(,)");
        assert_eq!(text(&green, "SELECT gid FROM pg_prepared_xacts").await, "");
    }
    // Somebody reads green for a while: the file waits for its lock, fails, and goes on when run again.
    let reader = pair.green().await;
    reader.batch_execute("BEGIN; SELECT * FROM orders LIMIT 1").await.unwrap();
    migrate(&pair, &[("a.sql", "SET LOCAL lock_timeout = '10ms'; ALTER TABLE orders ADD COLUMN x int")]).await;
    let green = pair.green().await;
    assert_eq!(text(&green, HISTORY).await, "(a.sql,Failed,1,55P03,)");
    reader.batch_execute("ROLLBACK").await.unwrap();
    migrate(&pair, &[("a.sql", "ALTER TABLE orders ADD COLUMN x int")]).await;
    assert_eq!(text(&green, HISTORY).await, "(a.sql,Applied,,,)");
    migrate(&pair, &[]).await;
    assert_eq!(text(&green, "SELECT count(*) FROM verdigris.finding").await, "(0)");
}

/// SQL, and the findings it must have: reason and what it is about.
const CLASSES: &[(&str, &str)] = &[
    ("SELECT 1", ""),
    ("CREATE TABLE new (id int PRIMARY KEY, c int REFERENCES customers); CREATE INDEX ON new (c)", ""),
    (
        "ALTER TABLE orders ADD COLUMN a int, ADD COLUMN b text NOT NULL DEFAULT 'x', ADD COLUMN c timestamptz DEFAULT now(), ADD COLUMN g int GENERATED ALWAYS AS (amount + 1) STORED",
        "",
    ),
    ("ALTER TABLE log ADD COLUMN g text GENERATED ALWAYS AS (what || 'x') STORED", ""),
    (
        "CREATE INDEX ON orders (note); CREATE VIEW v AS SELECT * FROM orders; COMMENT ON TABLE orders IS 'x'; CREATE TYPE t AS ENUM ('a'); CREATE SCHEMA s; CREATE SEQUENCE s1; GRANT SELECT ON orders TO PUBLIC; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE MATERIALIZED VIEW m AS SELECT 1",
        "",
    ),
    (
        "CREATE TABLE new (c int REFERENCES customers); INSERT INTO new VALUES (1)",
        "(ConstraintAdded,\"table public.new\")",
    ),
    ("UPDATE customers SET nick = 'x' WHERE id < 4", "(RowsChanged,\"table public.customers\")"),
    (
        "INSERT INTO customers VALUES (1000, 'x'); DELETE FROM log",
        "(RowsChanged,\"table public.customers\")\n(RowsChanged,\"table public.log\")",
    ),
    ("TRUNCATE log", "(RowsChanged,\"table public.log\")"),
    ("ALTER TABLE orders ALTER COLUMN n TYPE bigint", "(TypeChanged,\"table public.orders column n\")"),
    ("ALTER TABLE orders ALTER COLUMN note TYPE varchar(30)", "(TypeChanged,\"table public.orders column note\")"),
    (
        "ALTER TABLE customers ALTER COLUMN nick TYPE text COLLATE \"C\"",
        "(TypeChanged,\"table public.customers column nick\")",
    ),
    ("ALTER TABLE customers DROP COLUMN nick", "(ColumnDropped,\"table public.customers column nick\")"),
    (
        "ALTER TABLE customers DROP COLUMN nick; ALTER TABLE customers ADD COLUMN nick text",
        "(ColumnDropped,\"table public.customers column nick\")",
    ),
    ("ALTER TABLE customers RENAME COLUMN nick TO nickname", "(ColumnRenamed,\"table public.customers column nick\")"),
    ("DROP TABLE log", "(TableDropped,\"table public.log\")"),
    ("ALTER TABLE log RENAME TO logs", "(TableRenamed,\"table public.log\")"),
    ("CREATE SCHEMA s; ALTER TABLE log SET SCHEMA s", "(TableRenamed,\"table public.log\")"),
    ("CREATE TABLE l2 (LIKE log); DROP TABLE log; ALTER TABLE l2 RENAME TO log", "(TableRebuilt,\"table public.log\")"),
    (
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey",
        "(PrimaryKeyChanged,\"table public.orders constraint orders_pkey\")",
    ),
    ("ALTER TABLE log REPLICA IDENTITY DEFAULT", "(ReplicaIdentityChanged,\"table public.log\")"),
    ("ALTER TABLE log ADD COLUMN x int", "(ReplicaIdentityChanged,\"table public.log column x\")"),
    ("ALTER TABLE orders ADD COLUMN x positive", "(ConstraintAdded,\"table public.orders column x\")"),
    (
        "ALTER TABLE orders ALTER COLUMN customer SET NOT NULL",
        "(ConstraintAdded,\"table public.orders column customer\")",
    ),
    (
        "ALTER TABLE customers ALTER COLUMN name DROP NOT NULL",
        "(ConstraintDropped,\"table public.customers column name\")",
    ),
    (
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (amount > 0)",
        "(ConstraintAdded,\"table public.orders constraint c\")",
    ),
    ("ALTER TABLE orders ADD CONSTRAINT u UNIQUE (n)", "(ConstraintAdded,\"table public.orders constraint u\")"),
    (
        "ALTER TABLE log ADD CONSTRAINT f FOREIGN KEY (at) REFERENCES customers",
        "(ConstraintAdded,\"table public.log constraint f\")",
    ),
    (
        "ALTER TABLE orders ADD CONSTRAINT x EXCLUDE (n WITH =)",
        "(ConstraintAdded,\"table public.orders constraint x\")",
    ),
    (
        "ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey",
        "(ConstraintDropped,\"table public.orders constraint orders_customer_fkey\")",
    ),
    ("CREATE UNIQUE INDEX u ON orders (n)", "(UniqueIndexAdded,\"table public.orders index public.u\")"),
    ("DROP INDEX by_amount", "(IndexDropped,\"table public.orders index public.by_amount\")"),
    (
        "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION nothing()",
        "(TriggerAdded,\"table public.orders trigger t\")",
    ),
    (
        "ALTER TABLE customers ENABLE ALWAYS TRIGGER nothing",
        "(TriggerChanged,\"table public.customers trigger nothing\")",
    ),
    ("DROP TRIGGER nothing ON customers", "(TriggerChanged,\"table public.customers trigger nothing\")"),
    ("CREATE RULE r AS ON DELETE TO log DO INSTEAD NOTHING", "(TriggerAdded,\"table public.log rule r\")"),
    ("ALTER TABLE log ENABLE ROW LEVEL SECURITY", "(PolicyChanged,\"table public.log\")"),
    ("ALTER TYPE mood ADD VALUE 'glad'", "(EnumChanged,\"enum public.mood\")"),
    ("ALTER DOMAIN positive DROP CONSTRAINT positive_check", "(DomainChanged,\"domain public.positive\")"),
    ("ALTER TYPE pair ADD ATTRIBUTE c int", "(TypeChanged,\"type public.pair\")"),
    (
        "ALTER TABLE orders ALTER COLUMN doubled DROP EXPRESSION",
        "(GeneratedChanged,\"table public.orders column doubled\")",
    ),
    (
        "CREATE OR REPLACE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 3'",
        "(FunctionChanged,\"table public.orders function public.twice(integer)\")",
    ),
    (
        "ALTER TABLE orders ALTER COLUMN id SET GENERATED BY DEFAULT",
        "(IdentityChanged,\"table public.orders column id\")",
    ),
    (
        "ALTER TABLE customers ALTER COLUMN mood SET DEFAULT 'sad'",
        "(DefaultChanged,\"table public.customers column mood\")",
    ),
    ("ALTER SEQUENCE counter INCREMENT 2", "(SequenceChanged,\"sequence public.counter\")"),
    ("CREATE TABLE parts_us PARTITION OF parts FOR VALUES IN ('us')", "(PartitionAdded,\"table public.parts_us\")"),
    ("ALTER TABLE parts DETACH PARTITION parts_eu", "(PartitionAdded,\"table public.parts_eu\")"),
    ("ALTER TABLE parts ADD COLUMN x int", ""),
    ("CREATE TABLE child () INHERITS (log)", "(PartitionAdded,\"table public.child\")"),
    ("ALTER INDEX by_amount RENAME TO by_sum", "(UnrecognisedChange,\"table public.orders\")"),
    (
        "ALTER TABLE orders RENAME CONSTRAINT orders_customer_fkey TO other",
        "(UnrecognisedChange,\"table public.orders\")",
    ),
];

/// Each class on a copy of one clone.
async fn every_class(blue: u32, green: u32) {
    let pair = cloned(blue, green).await;
    let admin = pair.green.client("postgres").await;
    let mut wrong = Vec::new();
    for (number, (sql, wanted)) in CLASSES.iter().enumerate() {
        let database = format!("copy {number}");
        admin
            .batch_execute(&format!("CREATE DATABASE {} TEMPLATE {}", ident(&database), ident(DATABASE)))
            .await
            .unwrap();
        let mut settings = pair.settings.clone();
        settings.database.clone_from(&database);
        let role = ident("Shop owner");
        admin.batch_execute(&format!("ALTER DATABASE {} OWNER TO {role}", ident(&database))).await.unwrap();
        support_mover::migrate(settings, &[("a.sql", sql)]).await;
        let copy = pair.green.client(&database).await;
        let state =
            text(&copy, "SELECT state, message FROM verdigris.migration LEFT JOIN verdigris.note ON true").await;
        let found =
            text(&copy, "SELECT reason, object FROM verdigris.finding ORDER BY object COLLATE \"C\", reason").await;
        let slot = names().count_slot();
        copy.query(
            &format!("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{slot}'"),
            &[],
        )
        .await
        .unwrap();
        if state != "(Applied,)" || found != *wanted {
            wrong.push(format!("{sql}\n   {state} {found}\n   wanted {wanted}"));
        }
        assert_eq!(text(&copy, "SELECT name FROM verdigris.ungated").await, "", "{sql}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_class_on_15() {
    every_class(15, 15).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_class_on_18() {
    every_class(17, 18).await;
}
