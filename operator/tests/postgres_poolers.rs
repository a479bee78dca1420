//! Poolers in the path of a switchover, as the database side sees them: when they are told to hold their clients, and by whom these are let
//! go. The router is a double; what a console says is tested in `pooler_console`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::Pair;
use support::faults::{RefuseAt, StopAt};
use verdigris::postgres::recovery;
use verdigris::postgres::switchover::{self, Stop};
use verdigris_core::fact::Problem;
use verdigris_crds::Side;

/// A pooler that cannot be told is asked before anything is made for the attempt, there and back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_cannot_be_told_refuses_before_anything_is_made() {
    let mut pair = Pair::streaming(17, 18).await;
    pair.poolers = true;
    for from in [Side::Blue, Side::Green] {
        *pair.route.refuses.lock().unwrap() = Some(Problem::transient("PoolerMissing", "No pod runs."));
        // Were the step reached, the refusal would be its.
        let end = pair.switch_with(from, &RefuseAt::new("slot")).await;
        assert!(matches!(&end, Err(Stop::Aborted(problem)) if problem.reason == "PoolerMissing"), "{end:?}");
        assert_eq!((pair.writer().await, pair.route.to()), (from, from));
        pair.nobody_waits("refused");
        *pair.route.refuses.lock().unwrap() = None;
        pair.switch(from).await.unwrap();
    }
}

/// A pause would wait for it, and all other clients for the pause: it is waited for before, while nobody is held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_transaction_through_a_pooler_is_waited_for_before_anybody_is_held() {
    let mut pair = Pair::streaming(17, 18).await;
    (pair.poolers, pair.patience) = (true, Duration::from_secs(3));
    // It only reads: the gate knows nothing of it.
    let reader = pair.client(Side::Blue).await;
    let pid: i32 = reader.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    reader.batch_execute("BEGIN; SELECT count(*) FROM items").await.unwrap();
    let look = pair.client(Side::Blue).await;
    let old = async |seconds: f64| {
        let age =
            "SELECT extract(epoch FROM clock_timestamp() - xact_start)::float8 FROM pg_stat_activity WHERE pid = $1";
        while look.query_one(age, &[&pid]).await.unwrap().get::<_, f64>(0) < seconds {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // Older than a pause may take.
    old(4.0).await;
    *pair.route.busy.lock().unwrap() = vec![pid];
    let Err(Stop::Aborted(problem)) = pair.switch(Side::Blue).await else { panic!("not aborted") };
    assert_eq!(problem.reason, "PoolerBusy");
    for word in [format!("pid {pid}"), "role postgres".into(), "idle in transaction".into()] {
        assert!(problem.message.contains(&word), "{word}: {}", problem.message);
    }
    assert!(!problem.message.contains("items"), "{}", problem.message);
    let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
    assert_eq!(count(&pair.route.pauses), 0, "clients were held for it");
    assert_eq!((pair.writer().await, pair.route.to()), (Side::Blue, Side::Blue));
    // And it ends while it is waited for.
    pair.patience = Duration::from_secs(60);
    let asked = count(&pair.route.asked);
    let pair = Arc::new(pair);
    let moving = pair.clone();
    let task = tokio::spawn(async move { moving.switch(Side::Blue).await });
    while count(&pair.route.asked) < asked + 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(count(&pair.route.pauses), 0, "clients were held for it");
    reader.batch_execute("COMMIT").await.unwrap();
    task.await.unwrap().unwrap();
    assert_eq!(count(&pair.route.pauses), 1);
    pair.nobody_waits("moved");
}

/// An operator that was overtaken lets go whom it holds, and nobody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_operator_does_not_let_go_whom_its_successor_holds() {
    let mut pair = Pair::streaming(17, 18).await;
    (pair.poolers, pair.budget) = (true, Duration::from_secs(30));
    let pair = Arc::new(pair);
    let stopped_at = async |point: &str, holder| {
        let (fault, moving) = (Arc::new(StopAt::new(point)), pair.clone());
        let (hook, request) = (fault.clone(), switchover::Request { holder, ..pair.request(Side::Blue) });
        let task = tokio::spawn(async move { switchover::run(&request, &moving.route, hook.as_ref()).await });
        fault.reached.notified().await;
        assert!(pair.route.paused());
        (fault, task)
    };
    // Its successor has taken the epoch, and no more.
    let (fault, late) = stopped_at("pause-poolers", pair.holder).await;
    pair.claim().await;
    fault.resume.notify_one();
    let end = late.await.unwrap();
    assert!(matches!(end, Err(Stop::Overtaken(_))), "{end:?}");
    pair.nobody_waits("overtaken");
    // The successor has put everything right, and holds clients for an attempt of its own.
    let (fault, late) = stopped_at("pause-poolers", pair.holder).await;
    let holder = uuid::Uuid::new_v4();
    let request = switchover::Request { holder, ..pair.request(Side::Blue) };
    assert_eq!(recovery::run(&request, &pair.route).await.unwrap().writer, Side::Blue);
    pair.nobody_waits("recovered");
    let (next, successor) = stopped_at("pause-poolers", holder).await;
    fault.resume.notify_one();
    let end = late.await.unwrap();
    assert!(matches!(end, Err(Stop::Overtaken(_))), "{end:?}");
    assert!(pair.route.paused(), "the late one let go whom it does not hold");
    next.resume.notify_one();
    successor.await.unwrap().unwrap();
    pair.nobody_waits("moved");
    assert_eq!((pair.writer().await, pair.route.to()), (Side::Green, Side::Green));
}
