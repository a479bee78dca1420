//! A run's publication goes beside clients that write, and none of them ever looks for it in vain. A session that builds what it
//! knows of a table's publications reads their list first, and each of them after that; where one was dropped in between, the
//! `UPDATE` or `DELETE` fails with `XX000`, "cache lookup failed for publication". Between the two there may be a whole round trip.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use support::Pair;
use support::pair::{SCHEMA, traces};
use verdigris::postgres::cleanup;
use verdigris_crds::Side;

/// Without an index nothing but the list of publications is looked up between planning and running. The second is disarmed last.
const TABLES: &str = "CREATE TABLE first (v int); ALTER TABLE first REPLICA IDENTITY FULL; CREATE TABLE zlast (v int);";

async fn until(client: &tokio_postgres::Client, sql: &str) {
    let end = Instant::now() + Duration::from_secs(20);
    while !client.query_one(sql, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(Instant::now() < end, "waited in vain: {sql}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A client reads the list before the run ends, and runs its `UPDATE` after; the end of the run is held up in between by another
/// client, that reads a table of which the gate is not off yet.
async fn ends_beside(blue: u32, green: u32, writer: Side) {
    let pair = Arc::new(Pair::with(blue, green, "shop", &format!("{SCHEMA}{TABLES}")).await);
    pair.switch(Side::Blue).await.unwrap();
    if writer == Side::Blue {
        pair.switch(Side::Green).await.unwrap();
    }
    let (client, reader, look) = (pair.client(writer).await, pair.client(writer).await, pair.client(writer).await);
    let update = "UPDATE first SET v = v + 1";
    client.batch_execute(update).await.unwrap();
    reader.batch_execute("BEGIN; SELECT FROM zlast").await.unwrap();

    let end = tokio::spawn({
        let pair = pair.clone();
        async move {
            let (blue, green, epoch) = pair.claim().await;
            let (open, closed) = if writer == Side::Blue { (&blue, &green) } else { (&green, &blue) };
            cleanup::after_cutover(open, closed, &pair.names, epoch).await
        }
    });
    let disarmed =
        "SELECT NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'first'::regclass AND tgname = 'verdigris_gate')";
    until(&look, disarmed).await;
    client.batch_execute("BEGIN; SELECT FROM first").await.unwrap();
    let update = client.prepare(update).await.unwrap();
    let there = "SELECT EXISTS (SELECT FROM pg_publication)";
    assert!(look.query_one(there, &[]).await.unwrap().get::<_, bool>(0), "the publication went before the client came");
    reader.batch_execute("COMMIT").await.unwrap();
    until(&look, "SELECT NOT EXISTS (SELECT FROM pg_publication)").await;
    let written = client.execute(&update, &[]).await;
    assert!(written.is_ok(), "{blue} to {green}, {writer} writes: {:?}", written.unwrap_err().as_db_error());
    client.batch_execute("COMMIT").await.unwrap();
    end.await.unwrap().unwrap();
    assert_eq!(traces(pair.server(writer), "shop").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_when_the_run_ends_looks_for_no_publication_that_is_gone() {
    for (blue, green, writer) in
        [(15, 17, Side::Blue), (15, 17, Side::Green), (16, 18, Side::Blue), (16, 18, Side::Green)]
    {
        ends_beside(blue, green, writer).await;
    }
}

/// A transaction that has the list already when the run ends is waited for, and nobody waits behind us for long meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_side_without_a_gate_waits_for_who_writes_a_published_table() {
    let pair = Arc::new(Pair::bare(15, 18, "shop", &format!("{SCHEMA}{TABLES}")).await);
    let blue = pair.session(Side::Blue).await;
    verdigris::postgres::state::install_open(&blue, &pair.names, "shop/orders-42", &[]).await.unwrap();
    let epoch = verdigris::postgres::state::claim(&[&blue], &pair.names, pair.holder).await.unwrap();
    let (client, other, look) =
        (pair.client(Side::Blue).await, pair.client(Side::Blue).await, pair.client(Side::Blue).await);
    let exclude = "INSERT INTO verdigris.excluded SELECT name, 'unlogged' FROM verdigris.tables WHERE relkind = 'r' AND NOT carried";
    blue.batch("exclude", exclude).await.unwrap();
    verdigris::postgres::prepare::blue(&blue, &pair.names, epoch).await.unwrap();
    client.batch_execute("BEGIN; UPDATE first SET v = v + 1").await.unwrap();
    let end = tokio::spawn({
        let names = pair.names.clone();
        async move { cleanup::release(&blue, &names, epoch).await }
    });
    until(&look, "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'first'::regclass AND NOT granted)").await;
    let began = Instant::now();
    other.batch_execute("INSERT INTO first VALUES (1)").await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "a client waited behind us for {:?}", began.elapsed());
    let there = "SELECT EXISTS (SELECT FROM pg_publication)";
    assert!(look.query_one(there, &[]).await.unwrap().get::<_, bool>(0), "dropped while a client may look for it");
    client.batch_execute("COMMIT").await.unwrap();
    end.await.unwrap().unwrap();
    assert_eq!(traces(&pair.blue, "shop").await, [""; 0]);
}
