//! The admin console of a pooler, against a double of it: what is asked, what is understood, and how soon silence is noticed.
#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]
mod support;

use std::time::{Duration, Instant};

use support::console::Console as Double;
use verdigris::postgres::pooler::Console;

/// Milliseconds until the kernel asks the other end of our connection to `port` whether it is there; `None`: it never does.
fn next_question(port: u16) -> Option<u64> {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let remote = format!("0100007F:{port:04X}");
    let ours = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let timer = ours.filter(|line| line.get(2) == Some(&remote.as_str())).find_map(|line| line.get(5).copied())?;
    let (kind, ticks) = timer.split_once(':')?;
    // 2: keepalive, in hundredths of a second.
    (kind == "02").then(|| u64::from_str_radix(ticks, 16).unwrap() * 10)
}

fn config(rows: &[(&'static str, &'static str)]) -> Double {
    let rows = rows.iter().map(|(key, value)| vec![*key, *value, "", "no"]).collect();
    Double::answering(&[("SHOW CONFIG", (vec!["key", "value", "default", "changeable"], rows))])
}

#[tokio::test]
async fn several_processes_behind_a_port_are_seen() {
    for (value, shares) in [("0", false), ("1", true)] {
        let pod = config(&[("pool_mode", "transaction"), ("so_reuseport", value)]).listen().await;
        let settings = Console::open(&pod).await.unwrap().settings().await.unwrap();
        assert_eq!((settings.shares_port, settings.mode.as_str()), (shares, "transaction"));
    }
    // Releases before it had the setting.
    let pod = config(&[]).listen().await;
    assert!(!Console::open(&pod).await.unwrap().settings().await.unwrap().shares_port);
}

/// As release 1.18 words it: idle servers, those of other databases, and those that only cancel keep nobody waiting.
#[tokio::test]
async fn who_is_in_a_transaction_is_seen() {
    let columns = vec!["type", "user", "database", "state", "addr", "remote_pid", "tls"];
    let row = |database, state, pid| vec!["S", "app", database, state, "10.0.0.7", pid, ""];
    let rows = vec![
        row("orders", "active", "4711"),
        row("orders", "idle", "4712"),
        row("billing", "active", "4713"),
        row("orders_ro", "active", "4714"),
        row("orders", "active_cancel", "0"),
    ];
    let pod = Double::answering(&[("SHOW SERVERS", (columns, rows))]).listen().await;
    let console = Console::open(&pod).await.unwrap();
    assert_eq!(console.busy(&["orders".into(), "orders_ro".into()]).await.unwrap(), [4711, 4714]);
    assert!(console.busy(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_silent_pod_is_noticed_in_seconds() {
    let pod = Double::answering(&[]).listen().await;
    let config = pod.config();
    assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_secs(3)));
    assert_eq!(
        (config.get_keepalives_interval(), config.get_keepalives_retries()),
        (Some(Duration::from_secs(1)), Some(3))
    );
    // Sessions wait without a word for as long as clients are held.
    let console = Console::open(&pod).await.unwrap();
    assert!(next_question(pod.port).is_some_and(|soon| soon <= 1_000), "{:?}", next_question(pod.port));
    // Somebody is there, and does not answer.
    let began = Instant::now();
    let problem = console.databases().await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((problem.reason.as_str(), problem.transient), ("PoolerUnreachable", true), "{problem:?}");
    let pod = Double { silent: true, ..Double::default() }.listen().await;
    assert_eq!(Console::open(&pod).await.map(drop).unwrap_err().reason, "PoolerUnreachable");
}
