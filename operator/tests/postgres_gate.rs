//! The gate and the guard on real servers of every major: what a closed side refuses, and what a stale operator cannot do.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod support;

use std::time::Duration;

use support::Server;
use support::pair::UID;
use tokio_postgres::Client;
use uuid::Uuid;
use verdigris::observe;
use verdigris::postgres::connect::{Purpose, Secret, Session, Target};
use verdigris::postgres::error::Reason;
use verdigris::postgres::sql::Sql;
use verdigris::postgres::{arm, disarm, prepare, state, stream};
use verdigris_core::names::Names;
use verdigris_core::preflight::{Finding, Severity};
use verdigris_core::record::Epoch;
use verdigris_crds::Side;

const SCHEMA: &str = "
CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g, 'x' FROM generate_series(1, 10) g;
CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE); INSERT INTO child VALUES (1, 1);
CREATE TABLE p (id int, d int) PARTITION BY LIST (d); CREATE TABLE p0 PARTITION OF p FOR VALUES IN (0);
CREATE VIEW v AS SELECT * FROM t; CREATE UNLOGGED TABLE u (id int); CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t;
CREATE VIEW w AS SELECT 1 AS id; CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (NEW.id, 'w'); RETURN NEW; END $$;
CREATE TRIGGER put INSTEAD OF INSERT ON w FOR EACH ROW EXECUTE FUNCTION put();
CREATE SCHEMA \"O'dd \"\"S\"; CREATE TABLE \"O'dd \"\"S\".\"Tä ble\" (id int);
";

/// Everything that must be refused on a closed side.
const REFUSED: &[&str] = &[
    "INSERT INTO t VALUES (11, 'y')",
    "UPDATE t SET v = 'y' WHERE id = 1",
    "UPDATE t SET v = 'y' WHERE false",
    "DELETE FROM t WHERE id = 2",
    "TRUNCATE child",
    "TRUNCATE t CASCADE",
    "INSERT INTO p VALUES (1, 0)",
    "INSERT INTO p0 VALUES (1, 0)",
    "TRUNCATE p",
    "UPDATE v SET v = 'y'",
    "INSERT INTO w VALUES (12)",
    "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d",
    "MERGE INTO t USING (SELECT 1 AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = 'y'",
    "DO $$ BEGIN INSERT INTO t VALUES (13, 'y'); END $$",
    "SET session_replication_role = replica; INSERT INTO t VALUES (14, 'y')",
    "INSERT INTO u VALUES (1)",
    "INSERT INTO \"O'dd \"\"S\".\"Tä ble\" VALUES (1)",
    "BEGIN; SAVEPOINT s; INSERT INTO t VALUES (15, 'y'); COMMIT",
    "PREPARE q AS INSERT INTO t VALUES (16, 'y'); EXECUTE q",
    "CREATE TABLE n (id int)",
    "CREATE TABLE n AS SELECT 1 AS id",
    "SELECT 1 AS id INTO n",
    "ALTER TABLE t ADD COLUMN c int",
    "ALTER TABLE t DISABLE TRIGGER verdigris_gate",
    "DROP TRIGGER verdigris_gate ON t",
    "DROP TABLE child",
    "CREATE INDEX ON t (v)",
    "REFRESH MATERIALIZED VIEW m",
];

struct Side1 {
    server: Server,
    session: Session,
    names: Names,
    epoch: Epoch,
}

impl Side1 {
    /// An open side with the gate armed.
    async fn armed(major: u32) -> Self {
        let server = Server::start(major);
        server.client("postgres").await.batch_execute(SCHEMA).await.unwrap();
        let names = Names::new(UID);
        let purpose = Purpose::ours(&names, 0, "test", Duration::from_secs(10));
        let session = Session::open(&server.target(Side::Blue, "postgres"), &purpose).await.unwrap();
        state::install_open(&session, &names, "shop/orders-42", &[]).await.unwrap();
        state::install_open(&session, &names, "shop/orders-42", &[]).await.unwrap();
        let epoch = state::claim(&[&session], &names, Uuid::new_v4()).await.unwrap();
        arm::arm(&session, epoch).await.unwrap();
        Self { server, session, names, epoch }
    }

    async fn client(&self) -> Client {
        self.server.client("postgres").await
    }

    async fn shut(&self) {
        let sql = Sql::new(include_str!("../src/postgres/sql/switchover/shut.sql")).guard(self.epoch).render();
        self.session.batch("shut", &sql).await.unwrap();
    }
}

async fn refuses(client: &Client, sql: &str, context: &str) {
    let error = client.batch_execute(sql).await.expect_err(sql);
    assert_eq!(error.code().map(|code| code.code()), Some("25006"), "{context}: {sql}: {error:?}");
}

async fn holes(major: u32) {
    let side = Side1::armed(major).await;
    let rows = "SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM child) + (SELECT count(*) FROM p)";
    let open = side.client().await;
    open.batch_execute("INSERT INTO p VALUES (0, 0); CREATE TABLE later (id int); DROP TABLE later").await.unwrap();
    let before: i64 = open.query_one(rows, &[]).await.unwrap().get(0);
    // Sessions that began before the close, with plans, snapshots and catalogs of before.
    let prepared = side.client().await;
    prepared.batch_execute("PREPARE q AS UPDATE t SET v = 'z' WHERE id = 3").await.unwrap();
    for _ in 0..10 {
        prepared.batch_execute("EXECUTE q").await.unwrap();
    }
    let mut snapshots = Vec::new();
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let client = side.client().await;
        client.batch_execute(&format!("BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM t")).await.unwrap();
        snapshots.push(client);
    }
    side.shut().await;
    refuses(&prepared, "EXECUTE q", &format!("{major}, prepared")).await;
    for client in &snapshots {
        refuses(client, "INSERT INTO t VALUES (99, 'y')", &format!("{major}, old snapshot")).await;
    }
    for sql in REFUSED {
        refuses(&side.client().await, sql, &major.to_string()).await;
    }
    let copy = side.client().await;
    let sink = copy.copy_in::<_, bytes::Bytes>("COPY t FROM STDIN").await.unwrap();
    let error = std::pin::pin!(sink).finish().await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "25006", "{major}: COPY");
    // Reading is free, and so is what changes no data of users.
    side.client().await.batch_execute("SELECT * FROM t FOR SHARE; SELECT * FROM v; ANALYZE t").await.unwrap();
    assert_eq!(side.client().await.query_one(rows, &[]).await.unwrap().get::<_, i64>(0), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_side_refuses_every_write_on_15_and_16() {
    tokio::join!(holes(15), holes(16));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_side_refuses_every_write_on_17_and_18() {
    tokio::join!(holes(17), holes(18));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_wait_for_a_hold_and_a_hold_for_writers() {
    let side = Side1::armed(16).await;
    let writer = side.client().await;
    writer.batch_execute("BEGIN; INSERT INTO t VALUES (20, 'y')").await.unwrap();
    let hold = side.client().await;
    let take = "BEGIN; SET LOCAL lock_timeout = '100ms'; LOCK TABLE verdigris.gate IN EXCLUSIVE MODE";
    assert_eq!(hold.batch_execute(take).await.unwrap_err().code().unwrap().code(), "55P03");
    hold.batch_execute("ROLLBACK").await.unwrap();
    writer.batch_execute("PREPARE TRANSACTION 'x'").await.unwrap();
    assert_eq!(hold.batch_execute(take).await.unwrap_err().code().unwrap().code(), "55P03", "a prepared writer");
    hold.batch_execute("ROLLBACK").await.unwrap();
    writer.batch_execute("COMMIT PREPARED 'x'").await.unwrap();
    hold.batch_execute(take).await.unwrap();
    writer.batch_execute("SET statement_timeout = '150ms'").await.unwrap();
    for sql in ["INSERT INTO t VALUES (21, 'y')", "CREATE TABLE made (id int)"] {
        assert_eq!(writer.batch_execute(sql).await.unwrap_err().code().unwrap().code(), "57014", "{sql}");
    }
    writer.batch_execute("SELECT * FROM t FOR UPDATE").await.unwrap();
    hold.batch_execute("COMMIT").await.unwrap();
    writer.batch_execute("INSERT INTO t VALUES (21, 'y')").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_operator_changes_nothing() {
    let side = Side1::armed(17).await;
    let (session, names, old) = (&side.session, &side.names, side.epoch);
    let new = state::claim(&[session], names, Uuid::new_v4()).await.unwrap();
    let twin = Epoch { number: new.number, holder: old.holder };
    for stale in [old, twin] {
        assert_eq!(prepare::blue(session, names, stale).await.unwrap_err().reason, Reason::StaleEpoch);
        assert_eq!(prepare::rotate_password(session, names, stale).await.unwrap_err().reason, Reason::StaleEpoch);
        assert_eq!(state::pin_catalog(session, stale).await.unwrap_err().reason, Reason::StaleEpoch);
        assert_eq!(stream::enable(session, stale, "s").await.unwrap_err().reason, Reason::StaleEpoch);
        assert_eq!(disarm::all(session, names, stale).await.unwrap_err().reason, Reason::StaleEpoch);
        assert_eq!(
            verdigris::postgres::cleanup::release(session, names, stale).await.unwrap_err().reason,
            Reason::StaleEpoch
        );
    }
    let mut left = support::pair::traces(&side.server, "postgres").await;
    left.retain(|line| !line.starts_with("session"));
    assert_eq!(left, ["event trigger verdigris_ddl", "schema verdigris", "trigger verdigris_gate"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_ends_whoever_holds_the_record() {
    let side = Side1::armed(15).await;
    let blocker = side.client().await;
    blocker.batch_execute("BEGIN; SELECT * FROM verdigris.state FOR UPDATE").await.unwrap();
    let began = std::time::Instant::now();
    let epoch = state::claim(&[&side.session], &side.names, Uuid::new_v4()).await.unwrap();
    assert!(epoch.number > side.epoch.number && began.elapsed() < Duration::from_secs(3));
    assert!(blocker.batch_execute("COMMIT").await.is_err(), "the blocker was ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_say_what_where_and_what_to_do_and_no_secret() {
    let server = Server::start(16);
    let names = Names::new(UID);
    let purpose = Purpose::plain(&names, "test", Duration::from_secs(5));
    let good = server.target(Side::Blue, "postgres");
    let cases = [
        (Target { port: 1, ..good.clone() }, Reason::ConnectionRefused),
        (Target { host: "no-such-host.invalid".into(), ..good.clone() }, Reason::HostUnknown),
        (Target { password: Secret::new("wr0ng-secret"), ..good.clone() }, Reason::AuthenticationFailed),
        (Target { database: "missing".into(), ..good.clone() }, Reason::DatabaseMissing),
    ];
    for (target, reason) in cases {
        let error = Session::open(&target, &purpose).await.unwrap_err();
        let text = format!("{error:?} {error} {:?} {target:?}", error.problem());
        assert_eq!(error.reason, reason, "{text}");
        assert!(!text.contains("wr0ng") && !text.contains("pa'ss"), "{text}");
        assert!(error.problem().message.contains(&format!("database {}", target.database)), "{text}");
    }
    let session = Session::open(&good, &purpose).await.unwrap();
    session.batch("make", "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (4711)").await.unwrap();
    let error = session.batch("cannot insert", "INSERT INTO public.t VALUES (4711)").await.unwrap_err();
    assert!(!format!("{error:?}{error}{:?}", error.problem()).contains("4711"), "row content stays in the database");
    assert_eq!(error.object.as_deref(), Some("public.t.t_pkey"));
}

#[tokio::test]
async fn what_preflight_said_is_recorded_once() {
    let server = Server::start(15);
    let names = Names::new(UID);
    let purpose = Purpose::ours(&names, 0, "test", Duration::from_secs(10));
    let session = Session::open(&server.target(Side::Blue, "postgres"), &purpose).await.unwrap();
    let finding = |reason: &str| Finding {
        severity: Severity::Note,
        reason: reason.into(),
        subject: "view \"d'ay\\\"".into(),
        message: "It is :'there'.".into(),
        remedy: "REFRESH …;\n-- $1 :x".into(),
    };
    let said = vec![finding("MaterializedView"), finding("SlotWalLimit")];
    state::install_open(&session, &names, "shop/orders-42", &said).await.unwrap();
    state::install_open(&session, &names, "shop/orders-42", &[finding("Other")]).await.unwrap();
    assert_eq!(observe::findings::recorded(&session).await.known(), Some(&said));
}
