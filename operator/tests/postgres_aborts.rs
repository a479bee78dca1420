//! What stops a switchover before anything is closed: everything is as it was, and clients have noticed at most a wait.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use support::Pair;
use support::faults::{RefuseAt, StopAt};
use support::pair::traces;
use verdigris::postgres::switchover::{self, Stop};
use verdigris_core::switchover::{Region, Step};
use verdigris_crds::Side;

/// Blue writes, the stream runs, and nothing of the attempt is left.
async fn as_it_was(pair: &Pair, context: &str) {
    assert_eq!((pair.writer().await, pair.route.to()), (Side::Blue, Side::Blue), "{context}");
    pair.nobody_waits(context);
    let (forward, names) = (pair.names.stream(0, 0), &pair.names);
    let mine = |line: &String| line.starts_with("slot") || line.starts_with("subscription");
    let blue: Vec<String> = traces(&pair.blue, &pair.database).await.into_iter().filter(mine).collect();
    let green: Vec<String> = traces(&pair.green, &pair.database).await.into_iter().filter(mine).collect();
    assert_eq!(blue, [format!("slot {forward}")], "{context}");
    assert_eq!(green, [format!("subscription {forward}")], "{context}");
    let insert = "INSERT INTO items (a, b) VALUES (1, 'after')";
    pair.client(Side::Blue).await.batch_execute(insert).await.unwrap();
    let error = pair.client(Side::Green).await.batch_execute(insert).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "25006", "{context}");
    assert!(!names.run().is_empty());
}

fn aborted(end: Result<switchover::Report, Stop>) -> String {
    match end {
        Err(Stop::Aborted(problem)) => problem.reason,
        other => panic!("not aborted: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_at_any_step_before_the_close_puts_everything_back() {
    let mut pair = Pair::streaming(15, 17).await;
    pair.poolers = true;
    for step in Step::ALL.iter().filter(|step| matches!(step.region(), Region::Before | Region::Held)) {
        if *step == Step::Claim {
            continue;
        }
        let reason = aborted(pair.switch_with(Side::Blue, &RefuseAt::new(step.as_str())).await);
        assert_eq!(reason, "Injected", "{step}");
        as_it_was(&pair, &step.to_string()).await;
    }
    // Closed already, and a standby said no: blue opens again.
    let reason = aborted(pair.switch_with(Side::Blue, &RefuseAt::new("close-standbys")).await);
    assert_eq!(reason, "Injected");
    as_it_was(&pair, "reopened").await;
    pair.switch(Side::Blue).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_writer_keeps_the_hold_away() {
    let mut pair = Pair::streaming(16, 18).await;
    pair.patience = Duration::from_millis(1);
    let writer = pair.client(Side::Blue).await;
    writer.batch_execute("BEGIN; INSERT INTO items (a) VALUES (7)").await.unwrap();
    let Err(Stop::Aborted(problem)) = pair.switch(Side::Blue).await else { panic!("not aborted") };
    assert_eq!(problem.reason, "LockTimeout");
    // Who it is, and never what it said.
    for word in ["pid ", "role postgres", "application 'test'", "idle in transaction"] {
        assert!(problem.message.contains(word), "{word}: {}", problem.message);
    }
    assert!(!problem.message.contains("INSERT"), "{}", problem.message);
    writer.batch_execute("COMMIT").await.unwrap();
    as_it_was(&pair, "hold").await;
    writer.batch_execute("BEGIN; INSERT INTO items (a) VALUES (8); PREPARE TRANSACTION 'forgotten'").await.unwrap();
    assert_eq!(aborted(pair.switch(Side::Blue).await), "NotAllowed");
    writer.batch_execute("ROLLBACK PREPARED 'forgotten'").await.unwrap();
    // One on the other side has passed the gate, as a migration does: committed later, it writes whoever is closed.
    let runner = pair.client(Side::Green).await;
    runner.batch_execute("UPDATE verdigris.state SET runner = 'token'; SET verdigris.runner = 'token'").await.unwrap();
    runner
        .batch_execute("BEGIN; INSERT INTO items (id, a) VALUES (100000, 9); PREPARE TRANSACTION 'left'")
        .await
        .unwrap();
    runner.batch_execute("UPDATE verdigris.state SET runner = NULL").await.unwrap();
    assert_eq!(aborted(pair.switch(Side::Blue).await), "NotAllowed");
    runner.batch_execute("ROLLBACK PREPARED 'left'").await.unwrap();
    pair.switch(Side::Blue).await.unwrap();
}

/// Runs a switchover and does something when it reaches a point.
async fn meanwhile<F, T>(pair: &Arc<Pair>, point: &str, act: F) -> (Result<switchover::Report, Stop>, T)
where
    F: Future<Output = T>,
{
    let fault = Arc::new(StopAt::new(point));
    let (moving, hook) = (pair.clone(), fault.clone());
    let task = tokio::spawn(async move { moving.switch_with(Side::Blue, hook.as_ref()).await });
    fault.reached.notified().await;
    let out = act.await;
    fault.resume.notify_one();
    (task.await.unwrap(), out)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_never_wait_longer_than_the_budget() {
    let mut pair = Pair::streaming(17, 17).await;
    pair.budget = Duration::from_millis(1_500);
    let pair = Arc::new(pair);
    // Apply waits for a lock on green, so the drain does not end.
    let lock = pair.client(Side::Green).await;
    // A session that only reads green is left alone.
    let (end, writer) = meanwhile(&pair, "linger", async {
        lock.batch_execute("BEGIN; LOCK TABLE items IN SHARE MODE").await.unwrap();
        let client = pair.client(Side::Blue).await;
        client.batch_execute("INSERT INTO items (a) VALUES (1)").await.unwrap();
        tokio::spawn(async move {
            let mut worst = Duration::ZERO;
            for _ in 0..300 {
                let began = Instant::now();
                client.batch_execute("INSERT INTO items (a) VALUES (2)").await.unwrap();
                worst = worst.max(began.elapsed());
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            worst
        })
    })
    .await;
    assert_eq!(aborted(end), "DrainTooSlow");
    lock.batch_execute("COMMIT").await.unwrap();
    let worst = writer.await.unwrap();
    assert!(worst > Duration::from_millis(300) && worst < Duration::from_millis(1_700), "waited {worst:?}");
    as_it_was(&pair, "drain").await;
    // We freeze in the hold: the server ends it without us.
    let (end, ()) = meanwhile(&pair, "coverage", async {
        let began = Instant::now();
        pair.client(Side::Blue).await.batch_execute("INSERT INTO items (a) VALUES (3)").await.unwrap();
        assert!(began.elapsed() < Duration::from_millis(2_500), "waited {:?}", began.elapsed());
    })
    .await;
    aborted(end);
    as_it_was(&pair, "frozen").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_not_carried_refuses_the_switchover_and_is_kept() {
    let pair = Arc::new(Pair::streaming(15, 18).await);
    let client = pair.client(Side::Blue).await;
    let (end, ()) = meanwhile(&pair, "linger", async {
        client.batch_execute("CREATE TABLE late (id int PRIMARY KEY); INSERT INTO late VALUES (1)").await.unwrap();
    })
    .await;
    let Err(Stop::Aborted(problem)) = end else { panic!("not aborted: {end:?}") };
    assert_eq!(problem.reason, "NotCovered");
    assert!(problem.message.contains("late"), "{}", problem.message);
    as_it_was(&pair, "late table").await;
    client.batch_execute("DROP TABLE late; ALTER TABLE items ENABLE TRIGGER USER").await.unwrap();
    // ENABLE TRIGGER USER has turned ALWAYS into ORIGIN, silently: it is armed again.
    pair.switch(Side::Blue).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sequence_that_is_restarted_meanwhile_does_not_collide() {
    let pair = Arc::new(Pair::streaming(16, 17).await);
    for point in ["ceilings", "linger"] {
        let client = pair.client(Side::Blue).await;
        let (end, ()) = meanwhile(&pair, point, async {
            client
                .batch_execute(
                    "TRUNCATE items RESTART IDENTITY; INSERT INTO items (a) SELECT g FROM generate_series(1, 20) g",
                )
                .await
                .unwrap();
        })
        .await;
        end.unwrap();
        let insert = "INSERT INTO items (a) SELECT g FROM generate_series(1, 50) g";
        pair.client(Side::Green).await.batch_execute(insert).await.unwrap();
        pair.switch(Side::Green).await.unwrap();
        pair.client(Side::Blue).await.batch_execute(insert).await.unwrap();
    }
}

/// `setval(…, false)` and `RESTART WITH`: no number was given out, and the next one is not the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sequence_that_stands_far_ahead_uncalled_is_led() {
    let pair = Arc::new(Pair::streaming(16, 17).await);
    for (point, sql) in [
        ("claim", "ALTER SEQUENCE ticket RESTART WITH 700000; ALTER SEQUENCE down RESTART WITH -700000"),
        ("linger", "SELECT setval('ticket', 900000, false); SELECT setval('down', -900000, false)"),
    ] {
        // A switchover ends every session of clients.
        let blue = pair.client(Side::Blue).await;
        let (end, ()) = meanwhile(&pair, point, async { blue.batch_execute(sql).await.unwrap() }).await;
        end.unwrap();
        let green = pair.client(Side::Green).await;
        let row = green.query_one("SELECT nextval('ticket'), nextval('down'), nextval('cached')", &[]).await.unwrap();
        let (up, down): (i64, i64) = (row.get(0), row.get(1));
        let far = if point == "claim" { 700_000 } else { 900_000 };
        assert!(up >= far && down <= -far, "{point}: {up}, {down}");
        pair.switch(Side::Green).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_to_stop_is_heard_until_the_close() {
    let pair = Arc::new(Pair::streaming(18, 18).await);
    for (point, moves) in [("arm", false), ("hold", false), ("proof", false), ("close", true)] {
        let request = pair.request(Side::Blue);
        let (abort, fault) = (request.abort.clone(), Arc::new(StopAt::new(point)));
        let (moving, hook) = (pair.clone(), fault.clone());
        let task = tokio::spawn(async move { switchover::run(&request, &moving.route, hook.as_ref()).await });
        fault.reached.notified().await;
        abort.ask();
        fault.resume.notify_one();
        let end = task.await.unwrap();
        if moves {
            end.unwrap();
            assert_eq!(pair.writer().await, Side::Green);
        } else {
            assert_eq!(aborted(end), "AbortAsked", "{point}");
            as_it_was(&pair, point).await;
        }
    }
}

/// Blue cannot log in to green any more: the attempt to go back says that its stream does not run, not that a rival is at work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_back_that_cannot_connect_says_so() {
    let mut pair = Pair::streaming(15, 17).await;
    pair.budget = Duration::from_secs(1);
    pair.switch(Side::Blue).await.unwrap();
    let green = pair.client(Side::Green).await;
    let roles = "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname LIKE 'verdigris%' AND rolreplication";
    let role: String = green.query_one(roles, &[]).await.unwrap().get(0);
    let cut = format!("ALTER ROLE {role} NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_replication");
    green.batch_execute(&cut).await.unwrap();
    let end = pair.switch(Side::Green).await;
    let Err(Stop::Aborted(problem)) = end else { panic!("not aborted: {end:?}") };
    assert_eq!(problem.reason, "NotSettled");
    assert!(problem.message.contains("does not start"), "{}", problem.message);
    assert_eq!((pair.writer().await, pair.route.to()), (Side::Green, Side::Green));
    // A process that starts now settles the rest all the same, so that nothing waits for the stream: deletion above all.
    let recovered = pair.recover(false).await.unwrap();
    assert_eq!((recovered.writer, recovered.way_back), (Side::Green, false));
    assert!(recovered.stopped.is_some_and(|why| why.message.contains("does not start")));
    green.batch_execute(&format!("ALTER ROLE {role} LOGIN")).await.unwrap();
    assert!(pair.recover(false).await.unwrap().way_back);
    pair.switch(Side::Green).await.unwrap();
}

/// Freezes or wakes a process of ours.
fn signal(what: &str, pid: i32) {
    let done = std::process::Command::new("kill").args([what, &pid.to_string()]).status().unwrap();
    assert!(done.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_lags_keeps_the_side_open_that_it_follows() {
    let pair = Arc::new(Pair::streaming(17, 18).await);
    let standbys = [support::Server::standby_of(&pair.blue), support::Server::standby_of(&pair.green)];
    for (standby, point) in standbys.iter().zip(["sequences", "sequences"]) {
        let receiver = "SELECT pid FROM pg_stat_wal_receiver WHERE status = 'streaming'";
        let client = standby.client("postgres").await;
        let pid = loop {
            match client.query_opt(receiver, &[]).await.unwrap() {
                Some(row) => break row.get::<_, i32>(0),
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        let (end, ()) = meanwhile(&pair, point, async { signal("-STOP", pid) }).await;
        assert_eq!(aborted(end), "StandbyTooSlow");
        // And it is seen before anything begins.
        let early = aborted(pair.switch(Side::Blue).await);
        signal("-CONT", pid);
        assert_eq!(early, "StandbyTooSlow");
        as_it_was(&pair, "standby").await;
    }
    pair.switch(Side::Blue).await.unwrap();
}
