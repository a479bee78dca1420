//! Ends of a run that were decided before a switchover closed or opened a side, and come after it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod support;

use std::sync::Arc;

use support::Pair;
use support::faults::StopAt;
use support::pair::traces;
use verdigris::postgres::cleanup;
use verdigris::postgres::error::Reason;
use verdigris_crds::Side;

/// Everything of ours on both sides but sessions.
async fn left(pair: &Pair) -> Vec<String> {
    let mut all = traces(&pair.blue, &pair.database).await;
    all.extend(traces(&pair.green, &pair.database).await);
    all.retain(|line| !line.starts_with("session"));
    all
}

/// What ends a run was decided on a look, and a look may be older than a close.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_was_decided_before_the_close_changes_nothing() {
    let pair = Arc::new(Pair::streaming(15, 17).await);
    let refused =
        |end: Result<(), verdigris::postgres::error::Error>| assert_eq!(end.unwrap_err().reason, Reason::Outdated);
    let to = Side::Green;
    for point in ["close", "open"] {
        let fault = Arc::new(StopAt::new(point));
        let (moving, hook) = (pair.clone(), fault.clone());
        let attempt = tokio::spawn(async move { moving.switch_with(Side::Blue, hook.as_ref()).await });
        fault.reached.notified().await;
        attempt.abort();
        assert!(attempt.await.unwrap_err().is_cancelled());
        let before = left(&pair).await;
        let (blue, green, epoch) = pair.claim().await;
        refused(cleanup::before_cutover(&blue, &green, &pair.names, epoch).await);
        refused(cleanup::after_cutover(&blue, &green, &pair.names, epoch).await);
        if point == "close" {
            refused(cleanup::after_cutover(&green, &blue, &pair.names, epoch).await);
        }
        assert_eq!(left(&pair).await, before, "{point}");
        // Nothing was taken away that recovery needs.
        assert_eq!(pair.recover(false).await.unwrap().writer, to, "{point}");
        assert_eq!((pair.writer().await, pair.route.to()), (to, to), "{point}");
        pair.client(to).await.batch_execute("UPDATE accounts SET balance = 1 WHERE id = 1").await.unwrap();
        if point == "close" {
            pair.switch(Side::Green).await.unwrap();
        }
    }
}
