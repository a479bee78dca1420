//! The operator dies at every fault point of the switchover; whoever comes next reads the two databases and finishes, or
//! puts back. Clients write all the time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod support;

use std::sync::Arc;
use std::time::Duration;

use support::Pair;
use support::faults::StopAt;
use support::ledger::{Load, check};
use verdigris::postgres::faults;
use verdigris_crds::Side;

/// Runs a switchover until it reaches a point, and drops it there: its sessions end, nothing else is said.
async fn kill_at(pair: &Arc<Pair>, from: Side, point: &str) {
    let fault = Arc::new(StopAt::new(point));
    let (pair, hook) = (pair.clone(), fault.clone());
    let mut task = tokio::spawn(async move { pair.switch_with(from, hook.as_ref()).await });
    tokio::select! {
        () = fault.reached.notified() => task.abort(),
        end = &mut task => panic!("{point} was never reached: {end:?}"),
        () = tokio::time::sleep(Duration::from_secs(30)) => panic!("{point} was not reached in time"),
    }
    assert!(task.await.unwrap_err().is_cancelled());
}

async fn every_point(blue: u32, green: u32) {
    let mut pair = Pair::streaming(blue, green).await;
    pair.poolers = true;
    let pair = Arc::new(pair);
    let load = Load::start(&pair, 4);
    let (mut writer, mut changes) = (Side::Blue, 0);
    for abort in [false, true] {
        for point in faults::points() {
            let point = point.to_string();
            kill_at(&pair, writer, &point).await;
            let recovered = pair.recover(abort).await.unwrap_or_else(|problem| panic!("{point}: {problem:?}"));
            let now = pair.writer().await;
            assert_eq!((now, pair.route.to()), (recovered.writer, recovered.writer), "{point}");
            assert!(recovered.way_back, "{point}: no way back");
            pair.nobody_waits(&point);
            changes += usize::from(now != writer);
            writer = now;
        }
    }
    assert!(changes > 10, "the writer moved {changes} times");
    let log = load.end().await;
    let (blue, green, epoch) = pair.claim().await;
    let (from, to) = if writer == Side::Blue { (&blue, &green) } else { (&green, &blue) };
    verdigris::postgres::stream::caught_up(from, to, epoch, Duration::from_secs(20)).await.unwrap();
    check(&pair, &log, changes).await;
    eprintln!(
        "{blue:?} {green:?}: {} kills, {changes} changes of the writer, {} acknowledged",
        faults::points().len() * 2,
        log.acks.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_point_15_and_17() {
    every_point(15, 17).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_point_18_and_18() {
    every_point(18, 18).await;
}
