//! A stream that a row stopped: what is seen of it on every major, where it stands, what the closed side lacks, and how it goes on.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]
mod support;

use std::time::{Duration, Instant};

use support::Pair;
use verdigris::observe::databases;
use verdigris::postgres::connect::Session;
use verdigris::postgres::{backlog, stream};
use verdigris_core::fact::Fact;
use verdigris_core::observation::{Backlog, StreamFacts, TableChanges};
use verdigris_core::record::Epoch;
use verdigris_crds::Side;

const SECRET: &str = "nobody may read this";

/// Both sessions of a look, and the stream into the closed side.
struct Look {
    open: Session,
    closed: Session,
    epoch: Epoch,
    name: String,
}

impl Look {
    async fn of(pair: &Pair, closed: Side) -> Self {
        let name = pair.names.stream(0, pair.record(closed).await.turn);
        let (blue, green, epoch) = pair.claim().await;
        let (open, closed) = if closed == Side::Blue { (green, blue) } else { (blue, green) };
        Self { open, closed, epoch, name }
    }

    async fn stream(&self) -> StreamFacts {
        match databases::stream(&self.open, &self.closed, &self.name, Some(self.epoch)).await {
            Fact::Known(Some(facts)) => facts,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the server has turned the stream off, and counted why; says how long after `since` it was off. The count comes a moment
    /// later: the worker tells it when it ends.
    async fn off(&self, since: Instant) -> (StreamFacts, Duration) {
        let mut took = None;
        loop {
            let found = stream::subscription(&self.closed, &self.name).await.unwrap().unwrap();
            if !found.enabled {
                let took = *took.get_or_insert(since.elapsed());
                if found.apply_errors > 0 {
                    return (self.stream().await, took);
                }
            }
            assert!(since.elapsed() < Duration::from_secs(20), "the stream goes on: {found:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Counted as soon as the slot is free: its sender ends a moment after the worker.
    async fn count(&self, pair: &Pair, facts: &StreamFacts) -> Backlog {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            match backlog::count(&self.open, &pair.names, &self.name, facts.applied.unwrap(), 7).await {
                Ok(found) => return found,
                Err(error) => assert!(error.reason.as_str() == "WrongState" && Instant::now() < until, "{error:?}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn changes(table: &str, inserts: i64, updates: i64, deletes: i64, truncates: i64) -> TableChanges {
    TableChanges { table: table.into(), inserts, updates, deletes, truncates }
}

/// What a human writes on a closed side, past its gate, as the break-glass page says it.
async fn by_hand(pair: &Pair, side: Side, sql: &str) {
    let text = format!(
        "BEGIN READ WRITE; SET LOCAL session_replication_role = replica; UPDATE verdigris.state SET runner = 'by hand'; \
         SET LOCAL verdigris.runner = 'by hand'; {sql}; UPDATE verdigris.state SET runner = NULL; COMMIT"
    );
    pair.client(side).await.batch_execute(&text).await.unwrap();
}

async fn in_use(look: &Look) -> bool {
    stream::slot(&look.open, &look.name).await.unwrap().unwrap().active
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_blue_cannot_apply_is_told_on_every_major() {
    for (blue, green) in [(15, 15), (15, 18), (16, 16), (17, 17), (18, 18)] {
        let pair = Pair::streaming(blue, green).await;
        pair.switch(Side::Blue).await.unwrap();
        by_hand(&pair, Side::Blue, "INSERT INTO public.items (id, a) VALUES (99999, 1)").await;
        let look = Look::of(&pair, Side::Blue).await;
        let before = look.stream().await;
        assert!(before.enabled && before.marker_seen && before.apply_errors == 0, "{before:?}");
        let client = pair.client(Side::Green).await;
        let write = format!(
            "BEGIN; UPDATE accounts SET balance = 5 WHERE id = 1; SAVEPOINT s; DELETE FROM items WHERE id > 9; ROLLBACK TO s; \
             INSERT INTO items (id, a, b) VALUES (99999, 2, '{SECRET}'), (99998, 2, NULL); COMMIT"
        );
        client.batch_execute(&write).await.unwrap();
        let (facts, took) = look.off(Instant::now()).await;
        assert!(took < Duration::from_secs(5), "{blue}→{green}: told after {took:?}");
        assert!(facts.apply_errors == 1 && !facts.slot_lost && !facts.stopped, "{facts:?}");
        // What comes behind it is lacking too, and what is no table of the user's is not counted.
        client
            .batch_execute("DELETE FROM items WHERE id <= 3; TRUNCATE ev; INSERT INTO scratch VALUES (1)")
            .await
            .unwrap();
        stream::caught_up(&look.open, &look.closed, look.epoch, Duration::from_millis(10)).await.unwrap_err();
        let found = look.count(&pair, &facts).await;
        let next = found.next.clone().unwrap();
        assert_eq!(
            next.tables,
            [changes("public.items", 2, 0, 0, 0), changes("public.accounts", 0, 1, 0, 0)],
            "{blue}"
        );
        assert!(found.complete && found.counted_at == 7);
        let of = |name: &str| found.tables.iter().find(|t| t.table == name).cloned().unwrap();
        assert_eq!(of("public.items"), changes("public.items", 2, 0, 3, 0), "{blue}");
        assert_eq!(of("public.accounts"), changes("public.accounts", 0, 1, 0, 0), "{blue}");
        assert!(
            found.tables.iter().all(|t| !t.table.contains("verdigris") && !t.table.contains("scratch")),
            "{found:?}"
        );
        assert!(!format!("{found:?} {facts:?}").contains(SECRET));
        // Blue's own log says that very place.
        let log = pair.blue.log();
        let finished = format!("finished at {}", next.finished);
        assert!(
            log.lines().any(|line| line.contains("public.items") && line.contains(&finished)),
            "{blue}: {finished}\n{log}"
        );
        assert!(next.finished >= facts.applied.unwrap());

        // Mended and turned on as the message says it: it goes on, and nothing is lacking.
        by_hand(&pair, Side::Blue, "DELETE FROM public.items WHERE id = 99999").await;
        pair.blue.psql(blue, "shop", &[], &pair.names.enable_by_hand(&look.name));
        stream::caught_up(&look.open, &look.closed, look.epoch, Duration::from_secs(20)).await.unwrap();
        let rows = "SELECT count(*) FILTER (WHERE a = 2), count(*) FILTER (WHERE id <= 3) FROM items";
        let row = pair.client(Side::Blue).await.query_one(rows, &[]).await.unwrap();
        assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (2, 0), "{blue}→{green}");
        let after = look.stream().await;
        assert!(after.enabled && after.marker_seen, "{after:?}");
    }
}

/// What is counted is bounded, what is in use is not counted, and counting does not get into the way of a stream that is turned on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_is_bounded_and_gets_into_nobodys_way() {
    for (blue, green) in [(15, 15), (18, 18)] {
        let pair = Pair::streaming(blue, green).await;
        pair.switch(Side::Blue).await.unwrap();
        let look = Look::of(&pair, Side::Blue).await;
        let applied = look.stream().await.applied.unwrap();
        let error = backlog::count(&look.open, &pair.names, &look.name, applied, 7).await.unwrap_err();
        assert_eq!(error.reason.as_str(), "WrongState", "its sender uses the slot");
        by_hand(&pair, Side::Blue, "INSERT INTO public.items (id, a) VALUES (99999, 1)").await;
        let client = pair.client(Side::Green).await;
        client.batch_execute("INSERT INTO items (id, a) VALUES (99999, 2)").await.unwrap();
        let (facts, _) = look.off(Instant::now()).await;
        for _ in 0..3 {
            client.batch_execute("INSERT INTO items (a) SELECT 7777 FROM generate_series(1, 30000)").await.unwrap();
        }
        look.count(&pair, &facts).await;
        let some =
            backlog::count_at_most(&look.open, &pair.names, &look.name, facts.applied.unwrap(), 7, 1000).await.unwrap();
        assert!(
            !some.complete && some.tables[0].inserts == 30_001,
            "to the end of the transaction that passes the bound: {some:?}"
        );
        // Mended, and turned on while it is counted: that delays the stream, and never turns it off. The count waits for a lock where it
        // has the slot already, so that the stream is sure to meet it.
        by_hand(&pair, Side::Blue, "DELETE FROM public.items WHERE id = 99999").await;
        client.batch_execute("BEGIN; LOCK TABLE pg_catalog.pg_publication_rel IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let counting = tokio::spawn({
            let (open, names, name) = (pair.session(Side::Green).await, pair.names.clone(), look.name.clone());
            async move { backlog::count(&open, &names, &name, facts.applied.unwrap(), 7).await }
        });
        let waited = Instant::now();
        while !in_use(&look).await {
            assert!(waited.elapsed() < Duration::from_secs(20), "nobody counts");
        }
        stream::enable(&look.closed, look.epoch, &look.name).await.unwrap();
        while !pair.blue.log().contains("is active for PID") {
            assert!(waited.elapsed() < Duration::from_secs(20), "{blue}: the stream met no count");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        client.batch_execute("COMMIT").await.unwrap();
        let whole = counting.await.unwrap().unwrap();
        assert!(whole.complete && whole.tables[0].inserts == 90_001, "{whole:?}");
        stream::caught_up(&look.open, &look.closed, look.epoch, Duration::from_secs(60)).await.unwrap();
        let (after, log) = (look.stream().await, pair.blue.log());
        assert!(after.enabled && after.apply_errors == facts.apply_errors, "{blue}: {after:?} after {facts:?}");
        assert_eq!(log.matches("has been disabled because of an error").count(), 1, "{blue}:\n{log}");
        let rows =
            pair.client(Side::Blue).await.query_one("SELECT count(*) FROM items WHERE a = 7777", &[]).await.unwrap();
        assert_eq!(rows.get::<_, i64>(0), 90_000);
    }
}
