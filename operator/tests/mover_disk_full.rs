//! A green without room for the copy, on a real disk that is full: movers stop and say so, blue can be left clean, and with
//! room the clone goes on to its end.
//!
//! Green's `base` lies on a small tmpfs in a mount namespace of that server alone: when its processes end, so does the mount,
//! whatever becomes of the test. Needs root, or the right to make mounts; without it the test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod support_mover;

use std::time::Duration;

use support_mover::{DATABASE, Pair, names, text};
use uuid::Uuid;
use verdigris::mover::Command;
use verdigris::observe::databases;
use verdigris::postgres::connect::{Purpose, Session};
use verdigris::postgres::error::Reason;
use verdigris::postgres::{cleanup, state};
use verdigris_core::observation::CloneFacts;
use verdigris_crds::Side;

/// Three databases that every server has and the new one take 30 of these MiB.
const SMALL: &str = "size=48m";
const LARGE: &str = "size=512m";
/// About 40 MB, and a small table that is copied first or last.
const SCHEMA: &str = "CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1);
CREATE TABLE large (id int PRIMARY KEY, v text); INSERT INTO large SELECT g, repeat(md5(g::text), 12) FROM generate_series(1, 90000) g;";

async fn session(pair: &Pair, side: Side) -> Session {
    let server = if side == Side::Blue { &pair.blue } else { &pair.green };
    let purpose = Purpose::ours(&names(), 0, "test", Duration::from_secs(60));
    Session::open(&server.target(side, DATABASE), &purpose).await.unwrap()
}

/// The copy as the operator sees it.
async fn seen(pair: &Pair) -> CloneFacts {
    let (blue, green) = (session(pair, Side::Blue).await, session(pair, Side::Green).await);
    let facts = databases::green(&green, Some((&blue, true))).await;
    facts.clone.known().cloned().flatten().expect("a clone that began")
}

/// What is left on blue, by catalog.
async fn left(pair: &Pair) -> String {
    let sql = "SELECT 'slot ' || slot_name FROM pg_replication_slots UNION ALL SELECT 'publication ' || pubname FROM pg_publication
        UNION ALL SELECT 'role ' || rolname FROM pg_roles WHERE rolname LIKE 'verdigris%'
        UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname LIKE 'verdigris%'
        UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE 'verdigris%'";
    text(&pair.blue().await, sql).await
}

async fn full() -> Pair {
    let pair = Pair::with(15, 17, SCHEMA).await;
    pair.green.base_on_tmpfs(SMALL);
    Command::Clone(pair.settings.clone())
        .run()
        .await
        .expect("a lasting failure that is recorded ends the mover in peace");
    pair
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_movers_and_room_lets_them_go_on() {
    let pair = full().await;
    let facts = seen(&pair).await;
    let told = pair.failures().await;
    let problem = facts.failure.clone().unwrap_or_else(|| panic!("{facts:?}; {told}"));
    assert_eq!((problem.reason.as_str(), problem.transient, facts.finished), ("DiskFull", false, false));
    for word in ["green", "no space is left", "53100", "larger volume"] {
        assert!(problem.message.contains(word), "{word}: {}", problem.message);
    }
    // Another mover leaves at once: nothing is begun anew, neither the clone nor blue's slot, and nothing is said again.
    let blue = pair.blue().await;
    let state = async || {
        let slot = text(&blue, "SELECT slot_name, restart_lsn, catalog_xmin FROM pg_replication_slots").await;
        slot + &text(&pair.green().await, "SELECT id, started_at FROM verdigris.clone").await + &pair.failures().await
    };
    let before = state().await;
    Command::Clone(pair.settings.clone()).run().await.unwrap();
    assert_eq!(state().await, before);

    // A larger volume, and the Job deleted: the operator forgets the failure on both sides and starts another mover.
    pair.green.resize_base(LARGE);
    for client in [&blue, &pair.green().await] {
        client.execute("DELETE FROM verdigris.failure", &[]).await.unwrap();
    }
    Command::Clone(pair.settings.clone()).run().await.unwrap();
    let facts = seen(&pair).await;
    assert!(facts.finished && facts.failure.is_none(), "{facts:?}; {}", pair.failures().await);
    let content = "SELECT count(*), sum(hashtext(l::text)) FROM large l";
    assert_eq!(text(&pair.green().await, content).await, text(&blue, content).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn blue_is_left_clean_although_green_is_full() {
    let pair = full().await;
    assert!(left(&pair).await.contains("slot "), "there is something to clean: {}", left(&pair).await);
    let (blue, green) = (session(&pair, Side::Blue).await, session(&pair, Side::Green).await);
    let epoch = state::claim(&[&blue, &green], &names(), Uuid::new_v4()).await.unwrap();
    // Whether green has the few pages that its own end takes is chance; blue's end must not depend on it.
    let ended = cleanup::before_cutover(&blue, &green, &names(), epoch).await;
    if let Err(error) = &ended {
        assert_eq!((error.reason, error.place.side), (Reason::DiskFull, Side::Green), "{error:?}");
    }
    assert_eq!(left(&pair).await, "", "{ended:?}");
    let still = pair.blue().await.batch_execute("INSERT INTO small VALUES (2)").await;
    assert!(still.is_ok(), "blue writes on: {still:?}");

    // With room green's end comes too.
    pair.green.resize_base(LARGE);
    cleanup::before_cutover(&blue, &green, &names(), epoch).await.unwrap();
    let closed = pair.green().await.batch_execute("INSERT INTO small VALUES (3)").await.unwrap_err();
    assert_eq!(closed.code().map(|code| code.code()), Some("25006"), "{closed:?}");
    let tombstone = text(&pair.green().await, "SELECT tombstone FROM verdigris.state").await;
    assert!(tombstone.contains("ended before it moved the writers"), "{tombstone}");
}
