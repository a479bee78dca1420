//! What is left when a run ends: nothing on the side that writes; gate and tombstone on the closed one. Odd names all
//! the way, secrets nowhere.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod support;

use std::time::Duration;

use support::Pair;
use support::ledger::differing;
use support::pair::traces;
use verdigris::postgres::cleanup;
use verdigris::postgres::connect::{Purpose, Session};
use verdigris::postgres::error::Reason;
use verdigris::postgres::{slot, stream};
use verdigris_crds::Side;

const NONE: [&str; 0] = [];
/// What stays on a side that is retired.
const KEPT: [&str; 4] = [
    "event trigger verdigris_ddl",
    "schema verdigris",
    "setting default_transaction_read_only=on",
    "trigger verdigris_gate",
];

/// Quotes, capitals, blanks, unicode, a keyword, 63 bytes; every kind of table.
const ODD: &str = r#"
CREATE SCHEMA "Shöp ""1"" 's";
CREATE TABLE "Shöp ""1"" 's"."Order;DROP" ("Id" int PRIMARY KEY, "na me" text, "select" text);
CREATE TABLE "Shöp ""1"" 's".aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg (id bigserial PRIMARY KEY, v text);
CREATE TABLE "user" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
CREATE TABLE json_table (id int PRIMARY KEY);
CREATE TABLE "Parts" (id int, d int, PRIMARY KEY (id, d)) PARTITION BY LIST (d);
CREATE TABLE "Parts 0" PARTITION OF "Parts" FOR VALUES IN (0);
CREATE SEQUENCE "Tick\et"; CREATE SEQUENCE tiny AS smallint INCREMENT 3000;
CREATE SEQUENCE huge INCREMENT 9000000000000000000 CACHE 100;
SELECT nextval('tiny'), nextval('huge');
"#;
const ODD_WRITE: &str = r#"
INSERT INTO "Shöp ""1"" 's"."Order;DROP" SELECT coalesce(max("Id"), 0) + 1, 'ä', E'\\' FROM "Shöp ""1"" 's"."Order;DROP";
INSERT INTO "Shöp ""1"" 's".aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg (v) VALUES ('x');
INSERT INTO "user" (v) VALUES ('x'); INSERT INTO json_table SELECT count(*) + 1 FROM json_table; INSERT INTO "Parts" SELECT count(*) + 1, 0 FROM "Parts";
"#;
const ODD_DATABASE: &str = "Ördérs \"42\" 'x' \\ =";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_names_go_there_and_back_and_leave_nothing() {
    let pair = Pair::with(15, 18, ODD_DATABASE, ODD).await;
    for from in [Side::Blue, Side::Green] {
        pair.client(from).await.batch_execute(ODD_WRITE).await.unwrap();
        pair.switch(from).await.unwrap();
        pair.client(from.other()).await.batch_execute(ODD_WRITE).await.unwrap();
    }
    let (blue, green, epoch) = pair.claim().await;
    stream::caught_up(&blue, &green, epoch, Duration::from_secs(20)).await.unwrap();
    assert_eq!(differing(&pair).await, NONE);
    cleanup::after_cutover(&blue, &green, &pair.names, epoch).await.unwrap();
    drop((blue, green));
    assert_eq!(traces(&pair.blue, &pair.database).await, NONE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_the_cutover_nothing_stays_on_blue_and_green_stays_closed() {
    let pair = Pair::bare(16, 17, "shop", support::pair::SCHEMA).await;
    let clean = traces(&pair.blue, "shop").await;
    pair.clone_and_stream().await;
    let (blue, green, epoch) = pair.claim().await;
    // A migration was stopped in the middle: its mover still has the token, and its table no gate.
    let half = "UPDATE verdigris.state SET runner = 'mover'; CREATE TABLE public.half (id int)";
    green.batch("a migration that was stopped", half).await.unwrap();
    for _ in 0..2 {
        cleanup::before_cutover(&blue, &green, &pair.names, epoch).await.unwrap();
    }
    assert_eq!(cleanup::release(&green, &pair.names, epoch).await.unwrap_err().reason, Reason::Closed);
    drop((blue, green));
    assert_eq!(traces(&pair.blue, "shop").await, clean);
    let writes = "INSERT INTO items (a) VALUES (1); CREATE TABLE more (id int)";
    pair.client(Side::Blue).await.batch_execute(writes).await.unwrap();

    assert_eq!(traces(&pair.green, "shop").await, KEPT);
    let client = pair.client(Side::Green).await;
    let refused = async |write: &str| {
        let error = client.batch_execute(write).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "25006", "{write}");
    };
    for write in ["INSERT INTO items (a) VALUES (1)", "SELECT nextval('ticket')"] {
        refused(write).await;
    }
    // Neither the default nor a mover's token is what keeps it closed.
    client.batch_execute("SET default_transaction_read_only = off").await.unwrap();
    client.batch_execute("SET verdigris.runner = 'mover'").await.unwrap();
    for write in ["INSERT INTO items (a) VALUES (1)", "INSERT INTO half VALUES (1)", "CREATE TABLE more (id int)"] {
        refused(write).await;
    }
    let rows: i64 = client.query_one("SELECT count(*) FROM accounts", &[]).await.unwrap().get(0);
    assert_eq!(rows, 1000, "green keeps its data");

    // What the tombstone says opens it.
    let tombstone = pair.record(Side::Green).await.tombstone.unwrap();
    let (why, how) = tombstone.split_once(". To open this side on purpose, ").unwrap();
    let (_, sql) = how.split_once("in this database: ").unwrap();
    assert_eq!(
        why,
        "Closed since it was made by migration shop/orders-42, which ended before it moved the writers; blue has them"
    );
    pair.green.psql(17, "shop", &[], sql);
    pair.client(Side::Green).await.batch_execute(writes).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_switchover_the_closed_side_stays_closed() {
    for (blue, green, switches) in [(15, 17, 1), (18, 18, 2)] {
        let pair = Pair::streaming(blue, green).await;
        let mut writer = Side::Blue;
        for _ in 0..switches {
            pair.switch(writer).await.unwrap();
            writer = writer.other();
        }
        let (blue, green, epoch) = pair.claim().await;
        let (open, closed) = if writer == Side::Blue { (&blue, &green) } else { (&green, &blue) };
        let refused = cleanup::release(closed, &pair.names, epoch).await.unwrap_err();
        assert_eq!(refused.reason, Reason::Closed, "a closed side is never opened by cleaning up");
        assert_eq!(cleanup::retire(open, &pair.names, epoch).await.unwrap_err().reason, Reason::Open);
        for _ in 0..2 {
            cleanup::after_cutover(open, closed, &pair.names, epoch).await.unwrap();
        }
        drop((blue, green));
        assert_eq!(traces(pair.server(writer), "shop").await, NONE);
        let left = traces(pair.server(writer.other()), "shop").await;
        assert_eq!(left, KEPT);
        let record = pair.record(writer.other()).await;
        let tombstone = record.tombstone.unwrap();
        assert!(
            tombstone.contains("shop/orders-42") && tombstone.contains("DROP FUNCTION verdigris.closed()"),
            "{tombstone}"
        );
        let client = pair.client(writer.other()).await;
        assert_eq!(client.batch_execute("SELECT nextval('ticket')").await.unwrap_err().code().unwrap().code(), "25006");
        // The gate, and not the default alone.
        client.batch_execute("SET default_transaction_read_only = off").await.unwrap();
        let write = "INSERT INTO items (a) VALUES (1)";
        assert_eq!(client.batch_execute(write).await.unwrap_err().code().unwrap().code(), "25006");
        pair.client(writer)
            .await
            .batch_execute("INSERT INTO items (a) VALUES (1); CREATE TABLE more (id int)")
            .await
            .unwrap();
        assert_eq!(pair.recover(false).await.unwrap_err().reason, "Over");
    }
}

/// Past the budget the way back is given up while it runs; the run still ends as ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_back_that_was_given_up_leaves_nothing_either() {
    let pair = Pair::streaming(16, 17).await;
    pair.switch(Side::Blue).await.unwrap();
    let (blue, green, epoch) = pair.claim().await;
    for side in [&green, &blue] {
        slot::drop_all(side, epoch, &pair.names.prefix(), Duration::from_secs(20)).await.unwrap();
    }
    cleanup::after_cutover(&green, &blue, &pair.names, epoch).await.unwrap();
    drop((blue, green));
    assert_eq!(traces(&pair.green, "shop").await, NONE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_reach_no_log_and_no_one_who_asks() {
    let pair = Pair::streaming(16, 17).await;
    pair.switch(Side::Blue).await.unwrap();
    let conninfo = "SELECT string_agg(subconninfo, ' ') FROM pg_subscription";
    let secrets: String = pair.client(Side::Blue).await.query_one(conninfo, &[]).await.unwrap().get(0);
    let secret = secrets.split("password='").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(secret.len(), 32);
    for server in [&pair.blue, &pair.green] {
        let log = server.log();
        assert!(log.contains("CREATE PUBLICATION"), "the servers log statements");
        for word in [secret, "SCRAM-SHA-256$", "password="] {
            assert!(!log.contains(word), "{word} is in the log of {}", server.major);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_stops_resumes_and_tells_how_far_it_is() {
    for (blue, green) in [(15, 15), (16, 18)] {
        let pair = Pair::streaming(blue, green).await;
        let (blue, green, epoch) = pair.claim().await;
        let forward = pair.names.stream(0, 0);
        stream::disable(&green, epoch, &forward, Duration::from_secs(10)).await.unwrap();
        pair.client(Side::Blue)
            .await
            .batch_execute("INSERT INTO items (a) SELECT g FROM generate_series(1, 1000) g")
            .await
            .unwrap();
        let status = stream::status(&green, &blue, &forward).await.unwrap();
        let (subscription, slot) = (status.subscription.unwrap(), status.slot.unwrap());
        assert_eq!((subscription.enabled, subscription.worker, subscription.apply_errors), (false, None, 0));
        assert!(slot.lag_bytes.unwrap() > 10_000 && slot.retained_bytes >= slot.lag_bytes, "{slot:?}");
        let late = stream::caught_up(&blue, &green, epoch, Duration::from_millis(200)).await.unwrap_err();
        assert_eq!(late.reason, Reason::DrainTooSlow);
        stream::enable(&green, epoch, &forward).await.unwrap();
        stream::refresh(&green, epoch, &forward).await.unwrap();
        stream::caught_up(&blue, &green, epoch, Duration::from_secs(10)).await.unwrap();
        // A row that blue's clients never wrote stops the stream, and says so.
        let conflict = "SET session_replication_role = replica; ALTER TABLE items DISABLE TRIGGER verdigris_gate";
        green.batch("conflict", &conflict.replace("items", "public.items")).await.unwrap();
        let insert = "INSERT INTO public.items (id, a) VALUES (99999, 1)";
        green.batch("conflict", insert).await.unwrap();
        pair.client(Side::Blue).await.batch_execute(insert).await.unwrap();
        let until = std::time::Instant::now() + Duration::from_secs(10);
        while stream::subscription(&green, &forward)
            .await
            .unwrap()
            .is_some_and(|one| one.enabled || one.apply_errors == 0)
        {
            assert!(std::time::Instant::now() < until, "the stream goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(
            stream::status(&green, &blue, "missing").await.unwrap(),
            stream::StreamStatus { name: "missing".into(), subscription: None, slot: None }
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_human_session_can_still_look_at_a_retired_side() {
    let pair = Pair::streaming(17, 17).await;
    pair.switch(Side::Blue).await.unwrap();
    let purpose = Purpose::plain(&pair.names, "look", Duration::from_secs(5));
    let session = Session::open(&pair.target(Side::Blue), &purpose).await.unwrap();
    assert_eq!(verdigris::postgres::state::read(&session).await.unwrap().unwrap().is_closed(), Some(true));
}
