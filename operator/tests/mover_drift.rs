//! Whatever changes in blue's schema after it was cloned is named, and what is not a change of it is not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod support_mover;

use support_mover::Pair;
use verdigris::mover::Command;

/// What blue's schema is said to have changed since the clone.
async fn changed(blue: &tokio_postgres::Client, pair: &Pair) -> Vec<String> {
    let green = pair.green().await;
    let row = green.query_one("SELECT objects FROM verdigris.clone", &[]).await.unwrap();
    let objects: serde_json::Value = row.get(0);
    let rows = blue.query(include_str!("../src/observe/sql/changed.sql"), &[&objects]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// A schema in which everything can change.
const SMALL: &str = "CREATE ROLE reader; CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE TABLE t (id serial PRIMARY KEY, email text, amount int DEFAULT 1); CREATE VIEW v AS SELECT id FROM t; CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE SEQUENCE s;
    CREATE PUBLICATION theirs; CREATE TABLE p (id int) PARTITION BY LIST (id)";

async fn drift_is_named(blue: u32, green: u32) {
    let pair = Pair::with(blue, green, SMALL).await;
    Command::Clone(pair.settings.clone()).run().await.unwrap();
    assert_eq!(pair.failures().await, "");
    let client = pair.blue().await;
    for harmless in [
        "INSERT INTO t (email) VALUES ('a'); SELECT nextval('s'); TRUNCATE t RESTART IDENTITY",
        "REFRESH MATERIALIZED VIEW m",
        "CREATE TEMP TABLE gone (i int); DROP TABLE gone",
        "CREATE TRIGGER verdigris_gate BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION verdigris.gate()",
        "ALTER TABLE t ENABLE ALWAYS TRIGGER verdigris_gate",
        "ANALYZE t",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = off', current_database()); END $$",
        "CREATE ROLE verdigris_x; ALTER ROLE verdigris_x SET work_mem TO '1MB'",
        "VACUUM t",
        "REINDEX INDEX t_pkey",
    ] {
        client.batch_execute(harmless).await.unwrap();
        assert!(changed(&client, &pair).await.is_empty(), "{harmless}: {:?}", changed(&client, &pair).await);
    }
    for (harm, found, mend) in [
        ("CREATE UNIQUE INDEX by_email ON t (email)", "index public.by_email", "DROP INDEX by_email"),
        (
            "ALTER TABLE t ADD CONSTRAINT positive CHECK (amount > 0)",
            "constraint positive of public.t",
            "ALTER TABLE t DROP CONSTRAINT positive",
        ),
        ("ALTER TABLE t ALTER amount SET DEFAULT 42", "table public.t", "ALTER TABLE t ALTER amount SET DEFAULT 1"),
        (
            "CREATE TRIGGER nothing BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION nothing()",
            "trigger nothing of public.t",
            "DROP TRIGGER nothing ON t",
        ),
        ("CREATE VIEW w AS SELECT 1", "view public.w", "DROP VIEW w"),
        (
            "CREATE OR REPLACE VIEW v AS SELECT id FROM t WHERE id > 1",
            "view public.v",
            "CREATE OR REPLACE VIEW v AS SELECT id FROM t",
        ),
        ("CREATE SEQUENCE invoice", "sequence public.invoice", "DROP SEQUENCE invoice"),
        ("ALTER SEQUENCE s CACHE 7", "sequence public.s", "ALTER SEQUENCE s CACHE 1"),
        ("ALTER TABLE t ENABLE ROW LEVEL SECURITY", "table public.t", "ALTER TABLE t DISABLE ROW LEVEL SECURITY"),
        ("CREATE POLICY mine ON t USING (id = 1)", "policy mine of public.t", "DROP POLICY mine ON t"),
        (
            "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "function public.one()",
            "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ),
        ("CREATE TABLE part PARTITION OF p FOR VALUES IN (1)", "table public.part", "DROP TABLE part"),
        ("CREATE SCHEMA more", "schema more", "DROP SCHEMA more"),
        (
            "ALTER ROLE reader SET work_mem TO '1MB'",
            "setting work_mem of role reader",
            "ALTER ROLE reader RESET work_mem",
        ),
        ("GRANT SELECT ON v TO reader", "view public.v", "DROP VIEW v"),
    ] {
        client.batch_execute(harm).await.unwrap();
        let named = changed(&client, &pair).await;
        assert!(named.iter().any(|name| name == found), "{harm}: {named:?}");
        client.batch_execute(mend).await.unwrap();
    }
    client.batch_execute("ALTER TYPE mood ADD VALUE 'great'").await.unwrap();
    let named = changed(&client, &pair).await;
    assert!(named.iter().any(|name| name == "type public.mood"), "{named:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_on_blue_since_is_named() {
    for (blue, green) in [(15, 17), (16, 16), (17, 18), (18, 18)] {
        drift_is_named(blue, green).await;
    }
}
