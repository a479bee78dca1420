//! Two operators, frozen operators, and servers that crash under a switchover: at most one side ever writes, a late
//! operator changes nothing, and nothing acknowledged is lost.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod support;

use std::sync::Arc;
use std::time::Duration;

use support::ledger::{Load, check};
use support::pair::traces;
use support::{Pair, faults::StopAt};
use verdigris::postgres::state;
use verdigris::postgres::switchover::{self, Stop};
use verdigris_crds::Side;

/// Records and everything of ours that the catalogs of both sides hold, and the route.
async fn picture(pair: &Pair) -> String {
    let mut all = Vec::new();
    for side in [Side::Blue, Side::Green] {
        let client = pair.client(side).await;
        let state = "SELECT row(epoch, holder, closed, turn, nonce, position, reset_at)::text FROM verdigris.state";
        let record: String = client.query_one(state, &[]).await.unwrap().get(0);
        let enabled = "SELECT coalesce(string_agg(subname || subenabled, ' '), '-') FROM pg_subscription";
        let streams: String = client.query_one(enabled, &[]).await.unwrap().get(0);
        let mut found = traces(pair.server(side), &pair.database).await;
        found.retain(|line| !line.starts_with("session"));
        all.push(format!("{side} {record} {streams} {}", found.join(", ")));
    }
    format!("{} route {:?}", all.join("\n"), pair.route)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_operator_that_wakes_changes_nothing() {
    let pair = Arc::new(Pair::streaming(15, 18).await);
    let mut writer = Side::Blue;
    for (turn, point) in [
        "subscribe",
        "linger",
        "hold",
        "proof",
        "close.sent",
        "close",
        "open.sent",
        "open",
        "flip",
        "read-only.sent",
        "reverse",
    ]
    .iter()
    .enumerate()
    {
        let fault = Arc::new(StopAt::new(point));
        let (moving, hook, from) = (pair.clone(), fault.clone(), writer);
        let late = tokio::spawn(async move { moving.switch_with(from, hook.as_ref()).await });
        fault.reached.notified().await;
        // Another process takes over.
        let request = switchover::Request { holder: uuid::Uuid::new_v4(), ..pair.request(writer) };
        if turn % 2 == 1 {
            request.abort.ask();
        }
        let recovered = verdigris::postgres::recovery::run(&request, &pair.route).await.unwrap();
        let before = picture(&pair).await;
        fault.resume.notify_one();
        let end = late.await.unwrap();
        assert!(matches!(end, Err(Stop::Overtaken(_))), "{point}: {end:?}");
        assert_eq!(picture(&pair).await, before, "{point}: the late one changed something");
        writer = pair.writer().await;
        assert_eq!(recovered.writer, writer);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_operators_at_once_move_the_writer_at_most_once() {
    let pair = Arc::new(Pair::streaming(17, 18).await);
    let load = Load::start(&pair, 4);
    let (mut writer, mut changes, mut won) = (Side::Blue, 0, 0);
    for _ in 0..6 {
        let rivals = [0, 1].map(|_| {
            let (pair, request) =
                (pair.clone(), switchover::Request { holder: uuid::Uuid::new_v4(), ..pair.request(writer) });
            tokio::spawn(
                async move { switchover::run(&request, &pair.route, &verdigris::postgres::faults::NoFaults).await },
            )
        });
        let mut moved = 0;
        for rival in rivals {
            moved += usize::from(rival.await.unwrap().is_ok());
        }
        assert!(moved <= 1, "both moved the writer");
        won += moved;
        let recovered = pair.recover(false).await.unwrap();
        let now = pair.writer().await;
        assert_eq!((recovered.writer, pair.route.to()), (now, now));
        changes += usize::from(now != writer);
        writer = now;
    }
    eprintln!("of 6 races one won {won} times, the writer moved {changes} times");
    let log = load.end().await;
    settle(&pair, writer).await;
    check(&pair, &log, changes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_claims_at_once_leave_one_holder_on_both_sides() {
    let pair = Arc::new(Pair::streaming(16, 16).await);
    let claims = (0..8).map(|_| {
        let pair = pair.clone();
        tokio::spawn(async move {
            let (blue, green) = (pair.session(Side::Blue).await, pair.session(Side::Green).await);
            state::claim(&[&blue, &green], &pair.names, uuid::Uuid::new_v4()).await
        })
    });
    let mut won = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        won.extend(claim.await.unwrap().ok());
    }
    let (blue, green) = (pair.record(Side::Blue).await, pair.record(Side::Green).await);
    let last = won.iter().max_by_key(|epoch| epoch.number).unwrap();
    assert_eq!((blue.epoch, blue.holder), (last.number, Some(last.holder)));
    assert_eq!((green.epoch, green.holder), (last.number, Some(last.holder)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_under_a_switchover_loses_nothing() {
    let pair = Arc::new(Pair::streaming(15, 17).await);
    let load = Load::start(&pair, 4);
    let (mut writer, mut changes) = (Side::Blue, 0);
    for point in ["hold", "drain", "proof", "close", "open", "reverse"] {
        for crashes in [writer, writer.other()] {
            let fault = Arc::new(StopAt::new(point));
            let (moving, hook, from) = (pair.clone(), fault.clone(), writer);
            let task = tokio::spawn(async move { moving.switch_with(from, hook.as_ref()).await });
            fault.reached.notified().await;
            pair.server(crashes).kill();
            // With one server gone nothing is decided, and a closed side stays closed.
            let closed_before = point == "close";
            let problem = pair.recover(false).await.unwrap_err();
            assert_eq!(problem.reason, "ConnectionRefused", "{point}");
            if closed_before && crashes != writer {
                assert_eq!(pair.record(writer).await.is_closed(), Some(true));
            }
            pair.server(crashes).up();
            fault.resume.notify_one();
            let _ = task.await.unwrap();
            let recovered =
                pair.recover(false).await.unwrap_or_else(|problem| panic!("{point} {crashes}: {problem:?}"));
            let now = pair.writer().await;
            assert_eq!((recovered.writer, recovered.way_back), (now, true), "{point} {crashes}");
            changes += usize::from(now != writer);
            writer = now;
        }
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let log = load.end().await;
    settle(&pair, writer).await;
    check(&pair, &log, changes).await;
    eprintln!("12 crashes, {changes} changes of the writer, errors {:?}", log.errors);
}

async fn settle(pair: &Pair, writer: Side) {
    let (blue, green, epoch) = pair.claim().await;
    let (from, to) = if writer == Side::Blue { (&blue, &green) } else { (&green, &blue) };
    verdigris::postgres::stream::caught_up(from, to, epoch, Duration::from_secs(20)).await.unwrap();
}
