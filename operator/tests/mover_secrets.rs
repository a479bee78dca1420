//! What monitoring can read (members of `pg_read_all_stats`): no password and no verifier, neither while the statement that
//! holds one runs nor afterwards. A lock on the catalog that the statement changes holds it while we look.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod support_mover;

use std::time::{Duration, Instant};

use support_mover::{DATABASE, Pair, Server, migrate, names, text};
use tokio_postgres::Client;
use verdigris::mover::Command;
use verdigris::postgres::connect::{Purpose, Session};
use verdigris::postgres::stream::{self, Address};
use verdigris::postgres::{prepare, roles, state};
use verdigris_crds::Side;

const SCHEMA: &str = "CREATE ROLE monitor IN ROLE pg_read_all_stats; SET ROLE \"Shop owner\"; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)";

/// What looks like a password or a verifier.
const SECRET: &str = "'SCRAM-SHA-256\\$|password\\M *=? *''|password='";

/// Reads as monitoring does: statements of others that look like a secret.
async fn read(server: &Server, view: &str) -> String {
    let client = server.client("postgres").await;
    client.batch_execute("SET ROLE monitor").await.unwrap();
    text(&client, &format!("SELECT query FROM {view} WHERE query ~* {SECRET}")).await
}

const ACTIVITY: &str = "(SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()) a";

/// Holds whatever changes a shared catalog, until it is dropped.
async fn hold(server: &Server, catalog: &str) -> Client {
    let client = server.client("postgres").await;
    client.batch_execute(&format!("BEGIN; LOCK TABLE {catalog} IN EXCLUSIVE MODE")).await.unwrap();
    client
}

/// Waits until a statement waits for that lock, looks at what can be read of it, and lets it go.
async fn look(server: &Server, catalog: &str, lock: Client) {
    let begun = Instant::now();
    let waits = format!("SELECT count(*) FROM pg_locks WHERE relation = '{catalog}'::regclass AND NOT granted");
    while text(&lock, &waits).await == "(0)" {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing waits for {catalog}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(read(server, ACTIVITY).await, "");
    lock.batch_execute("COMMIT").await.unwrap();
}

/// The servers as they are before anything of ours: what made the pair is forgotten.
async fn forget(pair: &Pair) {
    let role = "DO $$ BEGIN CREATE ROLE monitor IN ROLE pg_read_all_stats; EXCEPTION WHEN duplicate_object THEN END $$";
    for server in [&pair.blue, &pair.green] {
        let client = server.client("postgres").await;
        client.batch_execute(role).await.unwrap();
        client
            .batch_execute(
                "CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SET pg_stat_statements.track_utility = off",
            )
            .await
            .unwrap();
        client.query_one("SELECT pg_stat_statements_reset() IS NULL", &[]).await.unwrap();
    }
}

async fn nothing_left(pair: &Pair) {
    for server in [&pair.blue, &pair.green] {
        assert_eq!(read(server, "pg_stat_statements").await, "");
        assert_eq!(read(server, ACTIVITY).await, "");
        // What is looked at does show such things of others.
        let other = server.client("postgres").await;
        other.batch_execute("ALTER ROLE monitor PASSWORD 'seen'").await.unwrap();
        assert_eq!(read(server, ACTIVITY).await, "(\"ALTER ROLE monitor PASSWORD 'seen'\")");
        assert_eq!(read(server, "pg_stat_statements").await, "(\"ALTER ROLE monitor PASSWORD 'seen'\")");
    }
}

async fn session(server: &Server, side: Side) -> Session {
    let purpose = Purpose::ours(&names(), 0, "test", Duration::from_secs(60));
    Session::open(&server.target(side, DATABASE), &purpose).await.unwrap()
}

async fn monitoring_reads_no_secret(from: u32, to: u32) {
    let pair = Pair::with(from, to, SCHEMA).await;
    forget(&pair).await;
    // The roles of blue, with their verifiers.
    let lock = hold(&pair.green, "pg_authid").await;
    let clone = tokio::spawn(Command::Clone(pair.settings.clone()).run());
    look(&pair.green, "pg_authid", lock).await;
    clone.await.unwrap().unwrap();
    assert_eq!(pair.failures().await, "");
    let green = pair.green().await;
    let verifier = "SELECT starts_with(rolpassword, 'SCRAM-SHA') FROM pg_authid WHERE rolname = 'Shop owner'";
    assert_eq!(text(&green, verifier).await, "(t)");
    // The migrator role, for the first time; its password is no more than a verifier to the server.
    let lock = hold(&pair.green, "pg_authid").await;
    let migrate = tokio::spawn(migrate(pair.settings.clone(), &[("a.sql", "CREATE TABLE made (id int)")]));
    look(&pair.green, "pg_authid", lock).await;
    migrate.await.unwrap();
    assert_eq!(text(&green, "SELECT state FROM verdigris.migration").await, "(Applied)");
    // The replication role on blue, and the subscription on green.
    let (here, there) = (session(&pair.blue, Side::Blue).await, session(&pair.green, Side::Green).await);
    let epoch = state::claim(&[&here, &there], &names(), uuid::Uuid::new_v4()).await.unwrap();
    prepare::role(&here, &names(), epoch).await.unwrap();
    let (on_blue, on_green) = (hold(&pair.blue, "pg_authid").await, hold(&pair.green, "pg_subscription").await);
    let address = Address { host: "127.0.0.1".into(), port: pair.blue.port };
    let subscribe = tokio::spawn(async move {
        stream::create_forward(&there, &here, &names(), epoch, &address, &names().stream(0, 1)).await.unwrap();
    });
    look(&pair.blue, "pg_authid", on_blue).await;
    look(&pair.green, "pg_subscription", on_green).await;
    subscribe.await.unwrap();
    // A role whose password changed on blue since.
    pair.blue().await.batch_execute("ALTER ROLE \"Shop owner\" PASSWORD 'another'").await.unwrap();
    forget(&pair).await;
    let (here, there) = (session(&pair.blue, Side::Blue).await, session(&pair.green, Side::Green).await);
    let on_green = hold(&pair.green, "pg_authid").await;
    let carry = tokio::spawn(async move { roles::carry(&here, &there, epoch).await.unwrap() });
    look(&pair.green, "pg_authid", on_green).await;
    assert_eq!(carry.await.unwrap(), ["role \"Shop owner\""]);
    nothing_left(&pair).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_15_to_17() {
    monitoring_reads_no_secret(15, 17).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_16_to_18() {
    monitoring_reads_no_secret(16, 18).await;
}
