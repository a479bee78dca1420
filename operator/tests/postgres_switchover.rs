//! The switchover on real servers, there and back, under load.
#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]
mod support;

use std::sync::Arc;
use std::time::Duration;

use support::Pair;
use support::ledger::{Load, check, gaps};
use verdigris_crds::Side;

async fn there_and_back(blue: u32, green: u32) {
    let pair = Arc::new(Pair::streaming(blue, green).await);
    let load = Load::start(&pair, 4);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut reports = Vec::new();
    for from in [Side::Blue, Side::Green] {
        let report = pair.switch(from).await.unwrap();
        assert_eq!((pair.writer().await, pair.route.to()), (from.other(), from.other()));
        assert!(report.block_milliseconds.is_some_and(|block| block < 2_000), "{report:?}");
        tokio::time::sleep(Duration::from_millis(300)).await;
        reports.push(report);
    }
    let log = load.end().await;
    let (blue_session, green_session, epoch) = pair.claim().await;
    verdigris::postgres::stream::caught_up(&blue_session, &green_session, epoch, Duration::from_secs(20))
        .await
        .unwrap();
    check(&pair, &log, 2).await;
    eprintln!(
        "{blue}→{green}: block {:?} ms, gaps {:?}",
        reports.iter().map(|r| r.block_milliseconds).collect::<Vec<_>>(),
        gaps(&log)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moves_15_to_17_and_back() {
    there_and_back(15, 17).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moves_16_to_18_and_back() {
    there_and_back(16, 18).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moves_18_to_18_and_back() {
    there_and_back(18, 18).await;
}
