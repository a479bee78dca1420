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
    let found: Vec<String> = blocks.filter(|block| block.trim_start().starts_with(&format!("-- {word}\n"))).collect();
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
    let turn = pair.record(Side::Blue).await.turn;
    // Green is lost for good: blue opens, and closes again.
    run(Side::Green, "close");
    assert!(pair.client(Side::Green).await.batch_execute(insert).await.is_err());
    assert!(run(Side::Green, "behind").contains(&pair.names.stream(0, turn)));
    let enabled = async || {
        stream::subscription(&pair.session(Side::Blue).await, &pair.names.stream(0, turn))
            .await
            .unwrap()
            .unwrap()
            .enabled
    };
    assert!(enabled().await, "the stream runs");
    run(Side::Blue, "off");
    assert!(!enabled().await, "nothing is brought to blue any more");
    run(Side::Blue, "open");
    run(Side::Blue, "sequences");
    let reader = pair.client(Side::Green).await;
    run(Side::Green, "sessions");
    assert!(reader.batch_execute("SELECT 1").await.is_err(), "nobody stays on green");
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
    assert_eq!(all.matches("```sql").count(), 10 + 2, "mend and enable are run by the test below");
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

async fn ahead(pair: &Pair, sql: &str) -> (bool, i64) {
    let row = pair.client(Side::Blue).await.query_one(sql, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

/// An emergency: a row stopped the way back, nobody waits for it to be mended, and blue is opened by hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opens_blue_by_hand_keeps_on_green_what_blue_lacks() {
    for (blue, green) in [(15, 17), (18, 18)] {
        let pair = Pair::streaming(blue, green).await;
        pair.switch(Side::Blue).await.unwrap();
        let page_on = |side: Side, word: &str| pair.server(side).psql(18, "shop", &[], &page(word));
        let (before, after) = page("mend").split_once("-- here:").map(|(b, a)| (b.to_owned(), a.to_owned())).unwrap();
        let mend = format!(
            "{before}INSERT INTO public.items (id, a) VALUES (99999, 1);\n{}",
            after.split_once('\n').unwrap().1
        );
        pair.blue.psql(18, "shop", &[], &mend);
        let name = pair.names.stream(0, pair.record(Side::Blue).await.turn);
        let writes = "INSERT INTO items (id, a) VALUES (99999, 2); UPDATE accounts SET balance = 77 WHERE id = 1";
        pair.client(Side::Green).await.batch_execute(writes).await.unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while stream::subscription(&pair.session(Side::Blue).await, &name).await.unwrap().unwrap().enabled {
            assert!(Instant::now() < until, "the stream goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        page_on(Side::Green, "close");
        page_on(Side::Blue, "off");
        page_on(Side::Blue, "open");
        let next = "SELECT last_value > (SELECT max(id) FROM items), (SELECT last_value FROM down) FROM items_id_seq";
        let (stale, down) = ahead(&pair, next).await;
        assert!(!stale, "blue's sequence stands where it closed");
        page_on(Side::Blue, "sequences");
        assert_eq!(ahead(&pair, next).await, (true, down), "one that no column owns is a human's");
        // The operator runs again: it follows blue, and carries nothing to green, which alone has what blue lacks.
        let recovered = pair.recover(false).await.unwrap();
        assert_eq!((recovered.writer, recovered.way_back), (Side::Blue, false), "{blue}→{green}");
        let back = pair.record(Side::Blue).await;
        assert!(
            back.opened_at.is_none() && back.turn == pair.record(Side::Green).await.turn,
            "so core sees that it was by hand"
        );
        pair.client(Side::Blue).await.batch_execute("UPDATE accounts SET balance = 5 WHERE id <= 2").await.unwrap();
        let (open, closed, epoch) = pair.claim().await;
        cleanup::after_cutover(&open, &closed, &pair.names, epoch).await.unwrap();
        // Those that did it are open still.
        let left = traces(&pair.blue, "shop").await;
        assert!(left.iter().all(|trace| trace.ends_with("/admin")), "{left:?}");
        let tombstone = pair.record(Side::Green).await.tombstone.unwrap();
        let said = "Closed by hand, in migration shop/orders-42; blue was opened by hand and has the writers; what the stream had not carried is here alone.";
        assert!(tombstone.starts_with(said), "{tombstone}");
        let kept = "SELECT (SELECT a FROM items WHERE id = 99999), (SELECT balance FROM accounts WHERE id = 1), (SELECT balance FROM accounts WHERE id = 2)";
        let row = pair.client(Side::Green).await.query_one(kept, &[]).await.unwrap();
        assert_eq!((row.get::<_, i32>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)), (2, 77, 0));
        assert_eq!(refused(&pair, Side::Green, "BEGIN READ WRITE; DELETE FROM items").await, "25006");
    }
}
