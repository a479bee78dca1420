//! Stray writes on the closed side: counted by its witness, and not known once that is gone.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod support;

use std::time::{Duration, Instant};

use support::Pair;
use verdigris::postgres::{slot, state, strays, stream};
use verdigris_core::fact::Fact;
use verdigris_core::phases::way_back::UNWATCHED;
use verdigris_core::record::Overrun;
use verdigris_crds::Side;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strays_on_the_closed_side_are_counted_and_the_stream_is_not() {
    for (blue, green) in [(15, 18), (17, 17)] {
        let pair = Pair::streaming(blue, green).await;
        let none = pair.claim().await;
        assert_eq!(
            strays::count(&none.1, &pair.names, none.2).await.unwrap(),
            None,
            "green has no witness before the cutover"
        );
        for from in [Side::Blue, Side::Green] {
            pair.switch(from).await.unwrap();
            let to = from.other();
            let count = async || {
                let (blue, green, epoch) = pair.claim().await;
                let (writer, closed) = if to == Side::Blue { (&blue, &green) } else { (&green, &blue) };
                stream::caught_up(writer, closed, epoch, Duration::from_secs(20)).await.unwrap();
                strays::count(closed, &pair.names, epoch).await.unwrap().unwrap()
            };
            assert_eq!(count().await.changes, 0, "{from}");
            let write = "INSERT INTO items (a) SELECT g FROM generate_series(1, 500) g; TRUNCATE ev; UPDATE accounts SET balance = balance + 1";
            pair.client(to).await.batch_execute(write).await.unwrap();
            assert_eq!(count().await.changes, 0, "the stream is no stray");
            // A session with a foreign origin passes the gate, as a session that takes the trigger off would.
            let stray = "SET default_transaction_read_only = off; SELECT pg_replication_origin_create('stray'); SELECT pg_replication_origin_session_setup('stray');";
            let client = pair.client(from).await;
            client.batch_execute(stray).await.unwrap();
            client.batch_execute("UPDATE accounts SET balance = 7 WHERE id <= 3").await.unwrap();
            client
                .batch_execute(
                    "SELECT pg_replication_origin_session_reset(); SELECT pg_replication_origin_drop('stray')",
                )
                .await
                .unwrap();
            let seen = count().await;
            assert_eq!((seen.changes, seen.complete), (3, true), "{from}");
            assert_eq!(count().await.changes, 3, "counted once");
            assert!(seen.retained_bytes.is_some_and(|bytes| bytes < 10_000_000), "{seen:?}");
            pair.client(to).await.batch_execute("UPDATE accounts SET balance = 7 WHERE id <= 3").await.unwrap();
        }
    }
}

/// What the operator sees of strays on blue, by a process that knows nothing but the databases.
async fn seen(pair: &Pair) -> Fact<i64> {
    let (blue, _green, epoch) = pair.claim().await;
    strays::observe(&blue, &pair.names, Some(epoch)).await
}

fn reason(seen: &Fact<i64>) -> Option<&str> {
    seen.problem().map(|problem| problem.reason.as_str())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_witness_strays_are_unknown_and_the_record_says_why() {
    for (blue, green) in [(15, 17), (18, 18)] {
        let pair = Pair::streaming(blue, green).await;
        pair.switch(Side::Blue).await.unwrap();
        assert_eq!(seen(&pair).await, Fact::Known(0));
        assert_eq!(
            reason(&strays::observe(&pair.session(Side::Blue).await, &pair.names, None).await),
            Some("EpochUnknown")
        );
        // As the action does it when the budget is spent.
        let (closed, _green, epoch) = pair.claim().await;
        let overrun = Overrun { retained: 21 << 30, allowed: 20 << 30 };
        state::overrun(&closed, epoch, overrun).await.unwrap();
        slot::drop_all(&closed, epoch, &pair.names.prefix(), Duration::from_secs(20)).await.unwrap();
        drop(closed);
        assert_eq!(reason(&seen(&pair).await), Some(UNWATCHED), "{blue}");
        assert_eq!(pair.record(Side::Blue).await.overrun, Some(overrun));
        assert_eq!(pair.record(Side::Green).await.overrun, None);
        // Recovery finds everything else in order and keeps the word.
        pair.recover(false).await.unwrap();
        assert_eq!(reason(&seen(&pair).await), Some(UNWATCHED), "{blue}");
        assert_eq!(pair.record(Side::Blue).await.overrun, Some(overrun));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_that_lost_its_wal_is_no_witness() {
    for major in [15, 18] {
        let pair = Pair::streaming(major, major).await;
        pair.switch(Side::Blue).await.unwrap();
        let (witness, client) = (pair.record(Side::Blue).await.witness.unwrap(), pair.client(Side::Blue).await);
        client.batch_execute("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'").await.unwrap();
        client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        let status = "SELECT coalesce(wal_status, '') FROM pg_replication_slots WHERE slot_name = $1";
        while client.query_one(status, &[&witness]).await.unwrap().get::<_, String>(0) != "lost" {
            assert!(Instant::now() < until, "{major}: the slot keeps its WAL");
            for sql in ["SELECT pg_logical_emit_message(false, 'x', 'x')", "SELECT pg_switch_wal()", "CHECKPOINT"] {
                client.batch_execute(sql).await.unwrap();
            }
        }
        assert_eq!(reason(&seen(&pair).await), Some(UNWATCHED), "{major}");
    }
}
