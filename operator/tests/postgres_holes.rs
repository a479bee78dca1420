//! Every way around the fence that we know of, tried on real servers of each major while a switchover runs: what is written is refused,
//! carried or counted, or the switchover stops before anything is closed. The list is a page of the docs;
//! `UPDATE=1 cargo test -p verdigris --test postgres_holes` writes it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod holes;
mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::SinkExt;
use holes::{CARRIED, COUNTED, Late, NEW, OLD, SCHEMA, STOPS, Stop};
use support::Pair;
use support::faults::StopAt;
use support::ledger::differing;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, CopyInSink, Error};
use verdigris::postgres::{strays, stream, switchover};
use verdigris_crds::Side;

/// A switchover of blue that waits at a point until `act` is done.
async fn meanwhile<T>(pair: &Arc<Pair>, point: &str, act: impl Future<Output = T>) -> T {
    let fault = Arc::new(StopAt::new(point));
    let (moving, hook) = (pair.clone(), fault.clone());
    let mut task = tokio::spawn(async move { moving.switch_with(Side::Blue, hook.as_ref()).await });
    tokio::select! {
        () = fault.reached.notified() => {}
        end = &mut task => panic!("{point} was not reached: {end:?}"),
    }
    let out = act.await;
    fault.resume.notify_one();
    task.await.unwrap().unwrap();
    out
}

/// Refused by the gate; or, if it was seen to wait there while the Service moved, by the end of its session.
fn refused(end: &Result<(), Error>, lingered: bool, what: &str) {
    let code = end
        .as_ref()
        .map_or_else(|error| error.code().map_or("the session ended", |code| code.code()), |()| "it was done");
    let fits = code == "25006" || lingered && ["57P01", "the session ended"].contains(&code);
    assert!(fits, "{what}: {code}: {end:?}");
}

/// What a session tries on a side that is closed.
struct Try {
    one: &'static Late,
    name: String,
    task: JoinHandle<Result<(), Error>>,
    lingered: bool,
}

impl Try {
    /// All at once, until each is answered or waits at the gate.
    async fn all(late: Vec<(&'static Late, Client)>, watch: &Client) -> Vec<Self> {
        let begin = |(number, (one, client)): (usize, (&'static Late, Client))| {
            let task = tokio::spawn(tried(one, client));
            Self { one, name: format!("late {number}"), task, lingered: false }
        };
        let mut all: Vec<Self> = late.into_iter().enumerate().map(begin).collect();
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let waits = "SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = 'advisory'";
            let waiting: Vec<String> = watch.query(waits, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
            for one in &mut all {
                one.lingered |= waiting.contains(&one.name);
            }
            let open: Vec<&str> =
                all.iter().filter(|one| !one.lingered && !one.task.is_finished()).map(|one| one.one.way).collect();
            if open.is_empty() {
                return all;
            }
            assert!(Instant::now() < until, "neither answered nor waiting: {open:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn said(client: &Client, sql: &[&str], what: &str) {
    for one in sql {
        client.batch_execute(one).await.unwrap_or_else(|error| panic!("{what}: {one}: {error:?}"));
    }
}

async fn on_blue(pair: &Pair, sql: &[&str], what: &str) -> Client {
    let client = pair.client(Side::Blue).await;
    said(&client, sql, what).await;
    client
}

/// What stands against a switchover stops it, and says so.
async fn stops(pair: &Pair, stop: &Stop) {
    on_blue(pair, stop.there, stop.way).await;
    let end = pair.switch(Side::Blue).await;
    let Err(switchover::Stop::Aborted(problem)) = end else { panic!("{}: {end:?}", stop.way) };
    assert_eq!(problem.reason, stop.reason, "{}: {}", stop.way, problem.message);
    assert!(problem.message.contains(stop.names), "{}: {}", stop.way, problem.message);
    assert_eq!(pair.writer().await, Side::Blue, "{}", stop.way);
    on_blue(pair, stop.gone, stop.way).await;
}

/// A COPY that is under way when the hold is asked for.
struct Copying {
    _client: Client,
    sink: Pin<Box<CopyInSink<Bytes>>>,
    tries: usize,
}

impl Copying {
    async fn begin(pair: &Pair) -> Self {
        let client = pair.client(Side::Blue).await;
        let mut sink = Box::pin(client.copy_in::<_, Bytes>("COPY items (a, b) FROM STDIN").await.unwrap());
        sink.send(Bytes::from_static(b"1\tearly\n")).await.unwrap();
        sink.flush().await.unwrap();
        Self { _client: client, sink, tries: Self::tries(pair) }
    }

    /// How often the gate was asked for.
    fn tries(pair: &Pair) -> usize {
        pair.blue.log().matches("LOCK TABLE verdigris.gate IN EXCLUSIVE MODE").count()
    }

    /// Goes on when the hold was asked for in vain.
    async fn end(mut self, pair: Arc<Pair>) {
        let until = Instant::now() + Duration::from_secs(30);
        while Self::tries(&pair) == self.tries {
            assert!(Instant::now() < until, "nobody asks for the gate");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.sink.send(Bytes::from_static(b"2\tearly\n")).await.unwrap();
        assert_eq!(self.sink.as_mut().finish().await.unwrap(), 2);
    }
}

async fn number(client: &Client) -> i64 {
    client.query_one("SELECT nextval('ticket')", &[]).await.unwrap().get(0)
}

/// Rows of both sides with that word.
async fn rows(pair: &Pair, side: Side, word: &str) -> i64 {
    let sql = "SELECT (SELECT count(*) FROM items WHERE b = $1) + (SELECT count(*) FROM ev WHERE v = $1)";
    pair.client(side).await.query_one(sql, &[&word]).await.unwrap().get(0)
}

/// Nothing that came late is anywhere, everything that came early is everywhere.
async fn nothing_late(pair: &Pair, early: i64, context: &str) {
    let (blue, green, epoch) = pair.claim().await;
    stream::caught_up(&green, &blue, epoch, Duration::from_secs(20)).await.unwrap();
    assert_eq!(differing(pair).await, Vec::<String>::new(), "{context}");
    for side in [Side::Blue, Side::Green] {
        assert_eq!(rows(pair, side, "late").await, 0, "{context}, {side}");
        assert_eq!(rows(pair, side, "early").await, early, "{context}, {side}");
    }
}

async fn every_hole(blue: u32, green: u32) {
    let context = format!("{blue} to {green}");
    let mut pair = Pair::with(blue, green, "shop", &format!("{}{SCHEMA}", support::pair::SCHEMA)).await;
    // The attempt stands still while all are tried.
    pair.budget = Duration::from_secs(30);
    let pair = Arc::new(pair);
    on_blue(&pair, &["CREATE ROLE plain"], "a role").await;
    for stop in STOPS {
        stops(&pair, stop).await;
    }
    let mut late = Vec::new();
    for (number, one) in OLD.iter().enumerate() {
        let client = pair.client(Side::Blue).await;
        client.batch_execute(&format!("SET application_name = 'late {number}'")).await.unwrap();
        said(&client, one.before, one.way).await;
        late.push((one, client));
    }
    let (numbers, watch) = (pair.client(Side::Blue).await, pair.client(Side::Blue).await);
    for hole in CARRIED {
        on_blue(&pair, hole.sql, hole.way).await;
    }
    let early = rows(&pair, Side::Blue, "early").await + 2;
    let copying = tokio::spawn(Copying::begin(&pair).await.end(pair.clone()));
    let mut taken = Vec::new();
    let tries = meanwhile(&pair, "close", async {
        copying.await.unwrap();
        taken.push(number(&numbers).await);
        Try::all(late, &watch).await
    })
    .await;
    assert!(tries.iter().any(|one| one.lingered), "{context}: writers wait while the Service moves");
    for Try { one, task, lingered, .. } in tries {
        refused(&task.await.unwrap(), lingered, &format!("{context}: {}", one.way));
    }
    for one in NEW {
        let client = on_blue(&pair, one.before, one.way).await;
        refused(&tried(one, client).await, false, &format!("{context}: {}", one.way));
    }
    nothing_late(&pair, early, &context).await;
    // A number that the closed side gave out is not given out again.
    let green = pair.client(Side::Green).await;
    for _ in 0..100 {
        taken.push(number(&green).await);
    }
    let all = taken.len();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), all, "{context}: a number was given out twice");
    counted(&pair, &context).await;
}

/// The first error of what a session tries, if there is one.
async fn tried(one: &Late, client: Client) -> Result<(), Error> {
    let mut end = Ok(());
    for sql in one.after {
        end = end.and(client.batch_execute(sql).await);
    }
    end
}

async fn counted(pair: &Pair, context: &str) {
    let client = on_blue(pair, COUNTED.before, COUNTED.way).await;
    said(&client, COUNTED.after, COUNTED.way).await;
    let (blue, green, epoch) = pair.claim().await;
    stream::caught_up(&green, &blue, epoch, Duration::from_secs(20)).await.unwrap();
    let seen = strays::count(&blue, &pair.names, epoch).await.unwrap().unwrap();
    assert_eq!((seen.changes, seen.complete), (3, true), "{context}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hole_on_15_and_16() {
    tokio::join!(every_hole(15, 17), every_hole(16, 16));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hole_on_17_and_18() {
    tokio::join!(every_hole(17, 18), every_hole(18, 18));
}

const HEAD: &str = "# Ways around the fence

<!-- Written by `UPDATE=1 cargo test -p verdigris --test postgres_holes`; not by hand. -->

A side that lost the writer role must take no write, however it comes. These ways are tried on servers of 15, 16, 17 and 18, all at once, by
sessions of superusers where nothing else is said, in the middle of a switchover under which they began. Refused means SQLSTATE 25006, or the
end of the session (57P01) where it waited while the Service moved; afterwards both sides hold the same rows.

| way | what comes of it |
|---|---|
";

#[test]
fn the_page_lists_what_is_tried() {
    let mut text = HEAD.to_owned();
    let mut line = |way: &str, fate: &str| writeln!(text, "| {way} | {fate} |").unwrap();
    OLD.iter().for_each(|one| line(one.way, "refused"));
    NEW.iter().for_each(|one| line(one.way, "refused"));
    STOPS.iter().for_each(|one| line(one.way, "no switchover begins; the message names it"));
    CARRIED.iter().for_each(|one| line(one.way, "carried"));
    line("COPY that is under way when the hold is asked for", "waited for, and carried");
    line(
        "`nextval` in a session from before, after the close",
        "given out; the other side never gives that number out",
    );
    line(COUNTED.way, "counted");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/holes.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&page, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&page).unwrap(), text, "UPDATE=1 writes the page anew");
}
