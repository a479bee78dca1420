//! A connection that is tried from one server to the other: how each failure looks, and that nothing is left behind.
use tokio_postgres::Client;
use verdigris::{
    observe::preflight as observe,
    postgres::connect::{Secret, Target},
};
use verdigris_core::{fact::Fact, preflight::Outcome};
use verdigris_crds::Side;

use crate::{
    MAJORS,
    server::{PASSWORD, Server},
    world,
};

async fn outcome(from: &Client, to: &Target) -> Outcome {
    match observe::attempt(from, world::names().run(), to).await {
        Fact::Known(attempt) => attempt.outcome,
        Fact::Unknown(problem) => panic!("{problem:?}"),
    }
}

pub async fn leaves_nothing(server: &Server) {
    let client = server.client("postgres").await;
    for (what, sql) in [
        ("subscription", "SELECT count(*) FROM pg_subscription"),
        ("origin", "SELECT count(*) FROM pg_replication_origin"),
        ("slot", "SELECT count(*) FROM pg_replication_slots"),
        ("role", "SELECT count(*) FROM pg_roles WHERE rolname ~ '^verdigris_'"),
        ("open transaction", "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"),
    ] {
        let count: i64 = client.query_one(sql, &[]).await.unwrap().get(0);
        assert_eq!(count, 0, "{what} left on {}", server.major);
    }
}

#[tokio::test]
async fn servers_of_every_version_connect_and_each_refusal_is_told_apart() {
    for major in MAJORS {
        let (here, there) = (Server::start(major), Server::start(major));
        let (from, admin) = (here.client("postgres").await, there.client("postgres").await);
        let sound = there.target(Side::Green, "postgres");
        assert_eq!(outcome(&from, &sound).await, Outcome::Connected, "{major}");
        let with = |change: &dyn Fn(&mut Target)| {
            let mut target = sound.clone();
            change(&mut target);
            target
        };
        let wrong = with(&|target| target.password = Secret::new("wrong"));
        assert_eq!(outcome(&from, &wrong).await, Outcome::PasswordRejected, "{major}");
        let nobody = with(&|target| target.user = "no body".into());
        assert_eq!(outcome(&from, &nobody).await, Outcome::PasswordRejected, "{major}");
        let nowhere = with(&|target| target.database = "no such".into());
        assert_eq!(outcome(&from, &nowhere).await, Outcome::NoSuchDatabase, "{major}");
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert_eq!(outcome(&from, &with(&|target| target.port = closed)).await, Outcome::Refused, "{major}");
        let unnamed = with(&|target| target.host = "no-such-host.invalid".into());
        assert_eq!(outcome(&from, &unnamed).await, Outcome::NameUnknown, "{major}");
        admin
            .batch_execute(&format!("CREATE ROLE plain LOGIN PASSWORD '{}'", PASSWORD.replace('\'', "''")))
            .await
            .unwrap();
        let plain = with(&|target| target.user = "plain".into());
        assert_eq!(outcome(&from, &plain).await, Outcome::Other, "{major}");
        admin.batch_execute("ALTER ROLE plain REPLICATION").await.unwrap();
        assert_eq!(outcome(&from, &plain).await, Outcome::Connected, "{major}");
        let hba: String = admin.query_one("SHOW hba_file", &[]).await.unwrap().get(0);
        let reject = format!(
            "COPY (SELECT 'host all plain all reject' UNION ALL SELECT 'host all all all scram-sha-256') TO '{hba}'"
        );
        admin.batch_execute(&reject).await.unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while outcome(&from, &plain).await != Outcome::HbaRejected {
            assert!(std::time::Instant::now() < deadline, "{major}: pg_hba.conf was not read again");
        }
        leaves_nothing(&here).await;
        leaves_nothing(&there).await;
        secrets_stay_secret(&here).await;
    }
}

/// The servers log every statement; the one with the password must not be there, nor its error's context.
async fn secrets_stay_secret(server: &Server) {
    let log = server.log();
    assert!(log.contains("statement:"), "the log shows statements");
    for part in ["CREATE SUBSCRIPTION \"", "pa\\'ss", "pa'ss"] {
        assert!(!log.contains(part), "{part} stands in the log of {}:\n{log}", server.major);
    }
}

#[tokio::test]
async fn an_address_that_does_not_answer_is_no_answer_within_the_limit() {
    let server = Server::start(17);
    let client = server.client("postgres").await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target { port: silent.local_addr().unwrap().port(), ..server.target(Side::Green, "postgres") };
    let started = std::time::Instant::now();
    assert_eq!(outcome(&client, &target).await, Outcome::NoAnswer);
    assert!(started.elapsed() < std::time::Duration::from_secs(25));
    leaves_nothing(&server).await;
    assert_eq!(
        outcome(&client, &server.target(Side::Green, "postgres")).await,
        Outcome::Connected,
        "the session is of use still"
    );
}

#[tokio::test]
async fn a_role_that_may_not_subscribe_is_unknown_not_connected() {
    let server = Server::start(18);
    let client = server.client("postgres").await;
    client.batch_execute("CREATE ROLE app; SET ROLE app").await.unwrap();
    let tried = observe::attempt(&client, world::names().run(), &server.target(Side::Green, "postgres")).await;
    assert!(tried.known().is_none(), "{tried:?}");
}
