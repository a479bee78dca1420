//! The role that a connection is tried with: no password of a human's gets into the other server's files, and nothing stays.
use std::{fs, path::Path, time::Duration};

use verdigris::{
    observe::preflight as observe,
    postgres::connect::{Purpose, Session},
};
use verdigris_core::{
    fact::Fact,
    preflight::{Attempt, Outcome},
};
use verdigris_crds::Side;

use crate::{
    MAJORS,
    connect::leaves_nothing,
    server::{PASSWORD, Server},
    world::names,
};

async fn tried(from: &Server, to: &Server) -> Fact<Attempt> {
    let purpose = Purpose::plain(&names(), "preflight", Duration::from_secs(10));
    let session = Session::open(&to.target(Side::Blue, "postgres"), &purpose).await.unwrap();
    observe::probe(&from.client("postgres").await, &session, &names()).await
}

fn outcome(tried: &Fact<Attempt>) -> Option<Outcome> {
    tried.known().map(|attempt| attempt.outcome)
}

/// Files of a server, WAL above all, that hold these bytes.
fn holding(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, bytes));
        } else if fs::read(&path).is_ok_and(|text| text.windows(bytes.len()).any(|part| part == bytes)) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn the_password_that_a_try_leaves_behind_is_nobodys() {
    for major in MAJORS {
        let (from, to) = (Server::start(major), Server::start(major));
        let admin = to.client("postgres").await;
        // The role must get in where CONNECT is not everybody's.
        admin.batch_execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC").await.unwrap();
        for _ in 0..2 {
            let tried = tried(&from, &to).await;
            assert_eq!(outcome(&tried), Some(Outcome::Connected), "{major}: {tried:?}");
        }
        leaves_nothing(&from).await;
        leaves_nothing(&to).await;
        let acl = "SELECT count(*) FROM pg_database, aclexplode(datacl) WHERE grantee <> 0 AND grantee <> datdba";
        assert_eq!(admin.query_one(acl, &[]).await.unwrap().get::<_, i64>(0), 0, "{major}: a grant is left");
        for server in [&from, &to] {
            let client = server.client("postgres").await;
            client.batch_execute("CHECKPOINT").await.unwrap();
            let folder: String = client.query_one("SHOW data_directory", &[]).await.unwrap().get(0);
            let escaped = PASSWORD.replace('\\', "\\\\").replace('\'', "\\'");
            for password in [PASSWORD, &escaped] {
                let found = holding(Path::new(&folder), password.as_bytes());
                assert!(found.is_empty(), "{major}: the admin's password is in {found:?}");
            }
            // The search finds what is there: the connection string of the try, in WAL.
            let user = format!("user='{}'", names().probe());
            let wal = holding(&Path::new(&folder).join("pg_wal"), user.as_bytes());
            assert_eq!(wal.is_empty(), server.port == to.port, "{major}: {wal:?}");
        }
        for server in [&from, &to] {
            assert!(!server.log().contains("SCRAM-SHA-256$"), "{major}: the verifier is in the log");
        }
    }
}

#[tokio::test]
async fn what_a_preflight_that_died_left_goes_with_the_next_and_not_while_it_lives() {
    for major in MAJORS {
        let (from, to) = (Server::start(major), Server::start(major));
        let admin = to.client("postgres").await;
        let roles = async || -> i64 {
            let count = "SELECT count(*) FROM pg_roles WHERE rolname ~ '^verdigris_'";
            admin.query_one(count, &[]).await.unwrap().get(0)
        };
        let left = "CREATE ROLE verdigris_aaaabbbbcccc_probe LOGIN REPLICATION; GRANT CONNECT ON DATABASE postgres TO verdigris_aaaabbbbcccc_probe; \
            CREATE ROLE verdigris_aaaabbbbcccc_replication";
        admin.batch_execute(&format!("{left}; CREATE ROLE {}", names().probe())).await.unwrap();
        // Its maker lives: it holds the lock.
        let maker = to.client("postgres").await;
        maker.batch_execute("SELECT pg_advisory_lock(1987208296)").await.unwrap();
        let problem = tried(&from, &to).await.problem().cloned().unwrap();
        assert!(problem.transient && problem.reason == "LockTimeout", "{major}: {problem:?}");
        assert_eq!(roles().await, 3, "{major}");
        maker.batch_execute("SELECT pg_advisory_unlock(1987208296)").await.unwrap();
        assert_eq!(outcome(&tried(&from, &to).await), Some(Outcome::Connected), "{major}");
        assert_eq!(roles().await, 1, "{major}: a role of streams is no leftover of a try");
    }
}

#[tokio::test]
async fn a_role_of_a_try_is_no_leftover_and_pg_hba_conf_judges_it() {
    let (from, to) = (Server::start(17), Server::start(17));
    let admin = to.client("postgres").await;
    admin
        .batch_execute("CREATE ROLE verdigris_aaaabbbbcccc_probe; CREATE ROLE verdigris_aaaabbbbcccc_x")
        .await
        .unwrap();
    let seen = observe::server(&admin, verdigris_core::preflight::not_asked()).await;
    assert_eq!(seen.roles.known().unwrap(), &["verdigris_aaaabbbbcccc_x"]);
    let hba: String = admin.query_one("SHOW hba_file", &[]).await.unwrap().get(0);
    let only = format!("COPY (SELECT 'host all postgres all scram-sha-256') TO '{hba}'");
    admin.batch_execute(&only).await.unwrap();
    admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while outcome(&tried(&from, &to).await) != Some(Outcome::HbaRejected) {
        assert!(std::time::Instant::now() < deadline, "a line for the admin alone lets no stream in");
    }
    admin.batch_execute("DROP ROLE verdigris_aaaabbbbcccc_x").await.unwrap();
    leaves_nothing(&to).await;
}
