//! What a human runs where the operator does not: the exact SQL, the break-glass page as it is printed, a tombstone's way to open
//! its side, and a stream that a row stopped.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod support;

use std::time::{Duration, Instant};

use support::Pair;
use support::pair::traces;
use verdigris::postgres::cleanup::{self, ByHand};
use verdigris::postgres::stream;
use verdigris_crds::Side;

const NONE: [&str; 0] = [];

/// SQLSTATE of the one error of some statements.
async fn refused(pair: &Pair, side: Side, sql: &str) -> String {
    pair.client(side).await.batch_execute(sql).await.unwrap_err().code().unwrap().code().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_exact_sql_does_the_same_by_hand() {
    let pair = Pair::streaming(15, 16).await;
    pair.switch(Side::Blue).await.unwrap();
    pair.blue.psql(16, "shop", &[], &cleanup::exact_sql(&pair.names, ByHand::Retire));
    pair.green.psql(16, "shop", &[], &cleanup::exact_sql(&pair.names, ByHand::Release));
    assert_eq!(traces(&pair.green, "shop").await, NONE);
    assert_eq!(traces(&pair.blue, "shop").await.len(), 4);
    assert!(pair.record(Side::Blue).await.tombstone.is_some());
}

/// The statements of the page, by the word in their first line.
fn page(word: &str) -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/break-glass.md");
    let text = std::fs::read_to_string(file).unwrap();
    let blocks = text.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    let found: Vec<String> = blocks.filter(|block| block.starts_with(&format!("-- {word}\n"))).collect();
    assert_eq!(found.len(), 1, "{word}");
    found[0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_break_glass_page_works_as_printed() {
    let pair = Pair::streaming(15, 17).await;
    pair.switch(Side::Blue).await.unwrap();
    let insert = "INSERT INTO items (a) VALUES (1)";
    let run = |side: Side, word: &str| pair.server(side).psql(17, "shop", &[], &page(word));
    assert!(run(Side::Blue, "look").contains("blue"));
    // Green is lost for good: blue opens, and closes again.
    run(Side::Green, "close");
    assert!(pair.client(Side::Green).await.batch_execute(insert).await.is_err());
    run(Side::Blue, "open");
    pair.client(Side::Blue).await.batch_execute(insert).await.unwrap();
    assert!(!run(Side::Blue, "unarmed").contains("items"));
    run(Side::Blue, "close");
    assert!(pair.client(Side::Blue).await.batch_execute(insert).await.is_err());
    for side in [Side::Blue, Side::Green] {
        run(side, "end");
        assert_eq!(traces(pair.server(side), "shop").await.len(), 3, "{side}: gate, its trigger for DDL, records");
        assert_eq!(refused(&pair, side, &format!("BEGIN READ WRITE; {insert}")).await, "25006", "{side} stays closed");
        run(side, "forget");
        assert_eq!(traces(pair.server(side), "shop").await, NONE, "{side}");
        pair.client(side).await.batch_execute(insert).await.unwrap();
    }
    // Every block of the page was run.
    let all = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/break-glass.md")).unwrap();
    assert_eq!(all.matches("```sql").count(), 6 + 2, "mend and enable are run by the test below");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tombstone_opens_the_side_that_it_stands_on() {
    let insert = "INSERT INTO items (a) VALUES (1)";
    let pair = Pair::streaming(15, 18).await;
    pair.switch(Side::Blue).await.unwrap();
    let (blue, green, epoch) = pair.claim().await;
    cleanup::after_cutover(&green, &blue, &pair.names, epoch).await.unwrap();
    drop((blue, green));
    assert_eq!(refused(&pair, Side::Blue, insert).await, "25006");
    let tombstone = pair.record(Side::Blue).await.tombstone.unwrap();
    let (_, sql) = tombstone.split_once("in this database: ").unwrap();
    pair.blue.psql(18, "shop", &[], sql);
    pair.client(Side::Blue).await.batch_execute(&format!("{insert}; CREATE TABLE more (id int)")).await.unwrap();
    let record = pair.record(Side::Blue).await;
    assert_eq!((record.is_closed(), record.tombstone), (Some(false), None), "record and flag say the same");
}

/// Forward into green before the switch, back into blue after it: each side as it refuses everybody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_met_a_row_is_mended_and_turned_on_by_hand() {
    for closed in [Side::Green, Side::Blue] {
        let pair = Pair::streaming(15, 17).await;
        if closed == Side::Blue {
            pair.switch(Side::Blue).await.unwrap();
        }
        let name = pair.names.stream(0, pair.record(closed).await.turn);
        let by_hand = |sql: &str| {
            let block = page("mend");
            let (before, after) = block.split_once("-- here:").unwrap();
            let (_, after) = after.split_once('\n').unwrap();
            pair.server(closed).psql(17, "shop", &[], &format!("{before}{sql}\n{after}"));
        };
        // A row that the open side does not have, and then makes.
        let insert = "INSERT INTO public.items (id, a) VALUES (99999, 1);";
        assert_eq!(refused(&pair, closed, &format!("BEGIN READ WRITE; {insert}")).await, "25006");
        by_hand(insert);
        pair.client(closed.other()).await.batch_execute(insert).await.unwrap();
        let (blue, green, epoch) = pair.claim().await;
        let (reader, writer) = if closed == Side::Blue { (&blue, &green) } else { (&green, &blue) };
        let until = Instant::now() + Duration::from_secs(20);
        while stream::subscription(reader, &name).await.unwrap().unwrap().enabled {
            assert!(Instant::now() < until, "{closed}: the stream goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let plain = format!("BEGIN READ WRITE; ALTER SUBSCRIPTION {name} ENABLE");
        assert_eq!(refused(&pair, closed, &plain).await, "25006", "{closed}: the gate stops DDL too");
        by_hand("DELETE FROM public.items WHERE id = 99999;");
        // As the page says it, and as the object's condition does.
        let enable = if closed == Side::Blue { page("enable") } else { pair.names.enable_by_hand(&name) };
        pair.server(closed).psql(17, "shop", &[], &enable);
        stream::caught_up(writer, reader, epoch, Duration::from_secs(20)).await.unwrap();
        let count = "SELECT count(*) FROM public.items WHERE id = 99999";
        assert_eq!(pair.client(closed).await.query_one(count, &[]).await.unwrap().get::<_, i64>(0), 1, "{closed}");
        assert_eq!(refused(&pair, closed, &format!("BEGIN READ WRITE; {insert}")).await, "25006");
        assert!(!pair.record(closed).await.runner, "{closed}: nobody passes the gate any more");
    }
}
