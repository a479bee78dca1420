//! Comparisons of a living pair: equal under load, and every kind of difference is found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod support_mover;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use support_mover::{Pair, migrate, names, text};
use tokio_postgres::Client;
use verdigris::mover::Command;
use verdigris_crds::Side;

const SHOP: &str = include_str!("support_mover/shop.sql");

/// A clone with a migration, and the stream running into it.
async fn streaming(blue: u32, green: u32, schema: &str) -> Pair {
    let pair = Pair::with(blue, green, schema).await;
    Command::Clone(pair.settings.clone()).run().await.unwrap();
    let sql = "ALTER TABLE orders ADD COLUMN state text DEFAULT 'new'; CREATE TABLE green_only (i int); INSERT INTO green_only VALUES (1)";
    migrate(pair.settings.clone(), &[("a.sql", sql)]).await;
    assert_eq!(pair.failures().await, "");
    let stream = names().stream(0, 1);
    let quoted = |value: &str| format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
    let conninfo = format!(
        "host=127.0.0.1 port={} user=postgres dbname={} password={}",
        pair.blue.port,
        quoted(support_mover::DATABASE),
        quoted(support_mover::PASSWORD)
    );
    let conninfo = conninfo.replace('\'', "''");
    let green = pair.green().await;
    green
        .batch_execute(&format!(
            "SET verdigris.session = '{}'; CREATE SUBSCRIPTION {stream} CONNECTION '{conninfo}' PUBLICATION {} WITH (create_slot = false, copy_data = false, slot_name = '{stream}')",
            names().run(),
            names().publication(Side::Blue)
        ))
        .await
        .unwrap();
    caught_up(&pair.blue().await, &green).await;
    pair
}

async fn caught_up(blue: &Client, green: &Client) {
    let nonce = uuid::Uuid::new_v4();
    blue.execute("INSERT INTO verdigris.marker_blue VALUES ($1, 0)", &[&nonce]).await.unwrap();
    let begun = Instant::now();
    while green.query("SELECT FROM verdigris.marker_blue WHERE nonce = $1", &[&nonce]).await.unwrap().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the stream is stuck");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn compare(pair: &Pair) -> String {
    Command::Compare(pair.settings.clone()).run().await.unwrap();
    let green = pair.green().await;
    let sql = "SELECT equal, (SELECT string_agg(concat_ws(' ', name, state, differing), ', ' ORDER BY name) FROM verdigris.comparison c WHERE c.run = r.run AND state <> 'Equal') FROM verdigris.comparison_run r ORDER BY started_at DESC LIMIT 1";
    text(&green, sql).await
}

/// Writers on blue until the flag falls; returns how many transactions they made.
fn writers(pair: &Pair, stop: &Arc<AtomicBool>) -> Vec<tokio::task::JoinHandle<u32>> {
    let blue = &pair.blue;
    (0..4)
        .map(|number: i32| {
            let stop = stop.clone();
            let target = blue.target(Side::Blue, support_mover::DATABASE);
            tokio::spawn(async move {
                let mut config = tokio_postgres::Config::new();
                config.host(&target.host).port(target.port).user("postgres").password(support_mover::PASSWORD).dbname(&target.database);
                let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                let done = AtomicU32::new(0);
                while !stop.load(Ordering::Relaxed) {
                    let n = i32::try_from(done.fetch_add(1, Ordering::Relaxed)).unwrap();
                    let sql = format!(
                        "BEGIN; UPDATE customers SET nick = 'n{n}' WHERE id = 1 + {number}; INSERT INTO orders (customer, amount) VALUES (1 + {n} % 100, {n});
                         INSERT INTO log VALUES ({n}, 'w'); DELETE FROM log WHERE at = {n} - 20 AND what = 'w'; UPDATE log SET at = at + 1 WHERE at = {number} AND what = 'x';
                         UPDATE customers SET mood = CASE mood WHEN 'ok' THEN 'sad' ELSE 'ok'::mood END WHERE id BETWEEN 110 + 10 * {number} AND 119 + 10 * {number}; COMMIT"
                    );
                    client.batch_execute(&sql).await.unwrap();
                    // As an application would: apply is one process and must keep up.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                done.load(Ordering::Relaxed)
            })
        })
        .collect()
}

async fn equal_under_load_and_nothing_is_missed(blue: u32, green: u32) {
    let pair = streaming(blue, green, SHOP).await;
    assert_eq!(compare(&pair).await, "(t,)");
    let stop = Arc::new(AtomicBool::new(false));
    let tasks = writers(&pair, &stop);
    for _ in 0..3 {
        assert_eq!(compare(&pair).await, "(t,)");
    }
    let admin = pair.green().await;
    admin.batch_execute("SET session_replication_role = replica; SELECT set_config('verdigris.runner', 'test', false); UPDATE verdigris.state SET runner = 'test'").await.unwrap();
    for (harm, found, mend) in [
        (
            "UPDATE customers SET name = name || ' ' WHERE id = 100",
            "public.customers Different 1",
            "UPDATE customers SET name = rtrim(name) WHERE id = 100",
        ),
        (
            "DELETE FROM parts_eu WHERE n IN (7, 8)",
            "public.parts_eu Different 2",
            "INSERT INTO parts VALUES ('eu', 7), ('eu', 8)",
        ),
        (
            "INSERT INTO customers VALUES (100000, 'x')",
            "public.customers Different 1",
            "DELETE FROM customers WHERE id = 100000",
        ),
        (
            "INSERT INTO log VALUES (50, 'x')",
            "public.log Different 1",
            "DELETE FROM log WHERE ctid = (SELECT max(ctid) FROM log WHERE at = 50 AND what = 'x')",
        ),
        ("UPDATE codes SET v = 2", "public.codes Different 3", "UPDATE codes SET v = 1"),
        ("UPDATE orders SET state = 'not shared'", "", "SELECT 1"),
    ] {
        admin.batch_execute(harm).await.unwrap();
        let wanted = if found.is_empty() { "(t,)".to_owned() } else { format!("(f,\"{found}\")") };
        assert_eq!(compare(&pair).await, wanted, "{harm}");
        admin.batch_execute(mend).await.unwrap();
    }
    assert_eq!(compare(&pair).await, "(t,)");
    stop.store(true, Ordering::Relaxed);
    let mut transactions = 0;
    for task in tasks {
        transactions += task.await.unwrap();
    }
    assert!(transactions > 100, "only {transactions} transactions ran");
    assert_eq!(pair.failures().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn between_15_and_17() {
    equal_under_load_and_nothing_is_missed(15, 17).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn between_16_and_18() {
    equal_under_load_and_nothing_is_missed(16, 18).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn materialized_views_are_filled_anew() {
    let views = "CREATE MATERIALIZED VIEW a_last AS SELECT n FROM z_first; ALTER MATERIALIZED VIEW a_last OWNER TO \"Shop owner\";";
    let shop = format!(
        "{SHOP} SET ROLE \"Shop owner\"; CREATE MATERIALIZED VIEW z_first AS SELECT count(*) AS n FROM orders;
         CREATE MATERIALIZED VIEW empty AS SELECT 1 AS n WITH NO DATA;
         CREATE MATERIALIZED VIEW one_each AS SELECT name FROM customers; CREATE UNIQUE INDEX ON one_each (name); RESET ROLE; {views}"
    );
    let pair = streaming(16, 17, &shop).await;
    let (blue, green) = (pair.blue().await, pair.green().await);
    assert_eq!(text(&green, "SELECT n FROM a_last").await, "(1000)");
    // One more order is seen through both views; a second customer of a name cannot be in the third one.
    blue.batch_execute("INSERT INTO orders (customer) VALUES (1); INSERT INTO customers VALUES (900, 'customer 1')")
        .await
        .unwrap();
    caught_up(&blue, &green).await;
    assert_eq!(compare(&pair).await, "(t,)");
    assert_eq!(text(&green, "SELECT n FROM a_last").await, "(1001)");
    let populated = "SELECT relname, relispopulated FROM pg_class WHERE relname = 'empty'";
    assert_eq!(text(&green, populated).await, "(empty,f)");
    let finding = "SELECT severity, reason, object FROM verdigris.finding";
    let told = text(&green, finding).await;
    assert!(told.contains("Note,MaterializedViewNotRefreshed") && told.contains("one_each"), "{told}");
    assert!(!text(&green, "SELECT message, remedy FROM verdigris.finding").await.contains("customer 1"));
    // Mended: the finding goes.
    blue.batch_execute("DELETE FROM customers WHERE id = 900").await.unwrap();
    caught_up(&blue, &green).await;
    assert_eq!(compare(&pair).await, "(t,)");
    assert_eq!(text(&green, finding).await, "");
}
