//! What clients do to blue's tables while it is cloned: nobody waits for the rest of the clone, and both sides end equal. A lock
//! on one table holds the clone between two others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod support_mover;

use std::time::{Duration, Instant};

use support_mover::{DATABASE, PASSWORD, Pair, migrate, names, text};
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use verdigris::mover::{Command, Error};
use verdigris_crds::Side;

/// By size, which is the order of the copy: `staging`, `halved` and `seen` before `held`, `later` behind it.
const SCHEMA: &str = "SET ROLE \"Shop owner\";
    CREATE TABLE staging (id int PRIMARY KEY, v text); INSERT INTO staging SELECT i, repeat('x', 1000) FROM generate_series(1, 1000) i;
    CREATE TABLE halved (id int PRIMARY KEY, v text); INSERT INTO halved SELECT i, repeat('x', 1000) FROM generate_series(1, 800) i;
    CREATE TABLE seen (id int PRIMARY KEY, v text); INSERT INTO seen SELECT i, repeat('x', 1000) FROM generate_series(1, 600) i;
    CREATE VIEW view_of AS SELECT * FROM seen;
    CREATE TABLE held (id int PRIMARY KEY, v text); INSERT INTO held SELECT i, repeat('x', 1000) FROM generate_series(1, 100) i;
    CREATE TABLE later (id int PRIMARY KEY, v text); INSERT INTO later SELECT i, 'x' FROM generate_series(1, 10) i;";

/// Waits for a condition, as seen in a session.
async fn until(client: &Client, condition: &str) {
    let begun = Instant::now();
    while text(client, &format!("SELECT ({condition})")).await != "(t)" {
        assert!(begun.elapsed() < Duration::from_secs(60), "never came: {condition}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn waits_for(table: &str) -> String {
    format!("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted)")
}

/// A clone that has copied the tables before `held` and waits for that one. Table `split` is copied in two ranges, the second of
/// them behind `held`.
async fn in_the_middle(split: &str) -> (Pair, Client, JoinHandle<Result<(), Error>>) {
    let mut pair = Pair::with(15, 17, SCHEMA).await;
    pair.settings.workers = 1;
    let (blue, holder) = (pair.blue().await, pair.blue().await);
    // The birth of green is over, and its last word on blue has to wait.
    blue.batch_execute("BEGIN; LOCK TABLE verdigris.failure IN EXCLUSIVE MODE").await.unwrap();
    let clone = tokio::spawn(Command::Clone(pair.settings.clone()).run());
    until(&blue, &waits_for("verdigris.failure")).await;
    let green = pair.green().await;
    green.batch_execute(&format!(
        "INSERT INTO verdigris.work (stage, kind, name, body, bytes) SELECT stage, kind, name, body || '{{\"from\": 30}}', 0 FROM verdigris.work WHERE name = 'public.{split}' AND kind IN ('copy', 'compare');
         UPDATE verdigris.work SET body = body || '{{\"to\": 30}}' WHERE name = 'public.{split}' AND kind IN ('copy', 'compare') AND bytes > 0"
    )).await.unwrap();
    holder.batch_execute("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE").await.unwrap();
    blue.batch_execute("COMMIT").await.unwrap();
    until(&blue, &waits_for("held")).await;
    let done =
        "SELECT string_agg(name, ' ' ORDER BY name) FROM verdigris.work WHERE kind = 'copy' AND done_at IS NOT NULL";
    assert_eq!(text(&green, done).await, "(\"public.halved public.seen public.staging\")");
    (pair, holder, clone)
}

/// The stream as the operator makes it, on the slot that the clone left.
async fn stream(pair: &Pair) {
    migrate(pair.settings.clone(), &[("a.sql", "SELECT 1")]).await;
    let quoted = |value: &str| format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
    let conninfo = format!(
        "host=127.0.0.1 port={} user=postgres dbname={} password={}",
        pair.blue.port,
        quoted(DATABASE),
        quoted(PASSWORD)
    );
    let (stream, publication) = (names().stream(0, 1), names().publication(Side::Blue));
    let green = pair.green().await;
    green.batch_execute(&format!("SET verdigris.session = '{}'", names().run())).await.unwrap();
    green
        .batch_execute(&format!(
            "CREATE SUBSCRIPTION {stream} CONNECTION '{}' PUBLICATION {publication} WITH (create_slot = false, copy_data = false, slot_name = '{stream}')",
            conninfo.replace('\'', "''")
        ))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_the_rest_of_the_clone() {
    let (pair, holder, clone) = in_the_middle("halved").await;
    let client = pair.blue().await;
    // The mover keeps no table but the one it reads, and no view's.
    let held = "SELECT string_agg(relation::regclass::text, ' ') FROM pg_locks l JOIN pg_stat_activity USING (pid) WHERE application_name ~ '^verdigris/' AND relation >= 16384 AND granted AND relation::regclass::text !~ '^verdigris'";
    assert_eq!(text(&client, held).await, "()");
    // Only a clone that keeps its tables locked makes these wait, and then for ever: `held` is released behind them.
    client.batch_execute("SET lock_timeout = '20s'").await.unwrap();
    for statement in [
        "TRUNCATE staging; INSERT INTO staging VALUES (1, 'after')",
        "TRUNCATE halved; INSERT INTO halved SELECT i, 'after' FROM generate_series(1, 5) i",
        "TRUNCATE later; INSERT INTO later VALUES (7, 'after')",
        "ALTER TABLE seen ADD COLUMN x int; ALTER TABLE seen DROP COLUMN x; VACUUM FULL seen",
    ] {
        for part in statement.split("; ") {
            client.batch_execute(part).await.unwrap_or_else(|e| panic!("{part}: {e:?}"));
        }
    }
    assert!(!clone.is_finished());
    holder.batch_execute("ROLLBACK").await.unwrap();
    clone.await.unwrap().unwrap();
    assert_eq!(pair.failures().await, "");
    // Green is what the snapshot said, as far as it could still be read; the stream does the rest.
    let green = pair.green().await;
    assert!(text(&green, "SELECT finished_at IS NOT NULL FROM verdigris.clone").await == "(t)");
    assert_eq!(
        text(
            &green,
            "SELECT (SELECT count(*) FROM staging), (SELECT count(*) FROM later), (SELECT count(*) < 800 FROM halved)"
        )
        .await,
        "(1000,0,t)"
    );
    assert_eq!(text(&green, "SELECT count(*), sum(bytes) = sum(bytes) FILTER (WHERE done_at IS NOT NULL) FROM verdigris.work WHERE kind = 'copy'").await, "(6,t)");
    stream(&pair).await;
    for table in ["staging", "halved", "seen", "held", "later"] {
        let content =
            format!("SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY id), '')), count(*) FROM {table} t");
        let wanted = text(&client, &content).await;
        until(&green, &format!("SELECT q::text = '{wanted}' FROM ({content}) q")).await;
    }
    Command::Compare(pair.settings.clone()).run().await.unwrap();
    let states = "SELECT string_agg(concat_ws(' ', name, rows, state), ', ' ORDER BY name) FROM verdigris.comparison";
    assert_eq!(
        text(&green, states).await,
        "(\"public.halved 5 Equal, public.held 100 Equal, public.later 1 Equal, public.seen 600 Equal, public.staging 1 Equal\")"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_of_rows_that_moved_are_refused() {
    let (pair, holder, clone) = in_the_middle("seen").await;
    let client = pair.blue().await;
    // The first range is copied; without these rows the others move to its front.
    client.batch_execute("SET lock_timeout = '20s'; DELETE FROM seen WHERE id <= 100").await.unwrap();
    client.batch_execute("VACUUM FULL seen").await.unwrap();
    holder.batch_execute("ROLLBACK").await.unwrap();
    clone.await.unwrap().unwrap();
    let said = pair.failures().await;
    assert!(said.contains("TableRewritten") && said.contains("\"\"seen\"\""), "{said}");
    assert_eq!(
        text(&pair.green().await, "SELECT count(*) FROM verdigris.clone WHERE finished_at IS NULL").await,
        "(1)"
    );
}
