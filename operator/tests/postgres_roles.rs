//! Roles that changed on blue after the clone are on green as they are on blue, password and all, on every pair of versions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod support;

use support::{Server, pair::Pair};
use tokio_postgres::{Config, NoTls};
use verdigris::postgres::{error::Reason, roles};
use verdigris_crds::Side;

/// Logs in with a password.
async fn login(server: &Server, role: &str, password: &str) -> Result<(), String> {
    let mut config = Config::new();
    config.host("127.0.0.1").port(server.port).user(role).password(password).dbname("postgres");
    let error = match config.connect(NoTls).await {
        Ok((_, connection)) => return drop_connection(connection),
        Err(error) => error,
    };
    Err(error.code().map_or_else(|| error.to_string(), |code| code.code().to_owned()))
}

fn drop_connection<T>(connection: T) -> Result<(), String> {
    drop(connection);
    Ok(())
}

const ROLES: &str = "CREATE ROLE app LOGIN PASSWORD 'one'; CREATE ROLE readers; CREATE ROLE same LOGIN PASSWORD 'same'";

const CHANGES: &str = "ALTER ROLE app PASSWORD 'two' CONNECTION LIMIT 7 VALID UNTIL '2199-05-04 03:02:01+02';
    ALTER ROLE readers LOGIN CREATEROLE; CREATE ROLE \"Re'port\\ing\" LOGIN NOINHERIT BYPASSRLS PASSWORD 'three';
    CREATE ROLE nobody NOLOGIN; GRANT readers TO app WITH ADMIN OPTION; GRANT pg_read_all_data TO \"Re'port\\ing\";
    CREATE ROLE verdigris_other LOGIN; GRANT readers TO verdigris_other; ALTER ROLE postgres CONNECTION LIMIT 90";

/// What blue's roles are, but for the verifier, which is compared by logging in.
const ATTRIBUTES: &str = "SELECT string_agg(concat_ws('/', rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit,
      nullif(rolvaliduntil, 'infinity'), rolpassword IS NOT NULL), E'\n' ORDER BY rolname COLLATE \"C\")
    FROM pg_authid WHERE rolname !~ '^(pg_|verdigris_|postgres)'";

const MEMBERS: &str = "SELECT string_agg(concat_ws('/', member::regrole, roleid::regrole, admin_option), E'\n' ORDER BY member::regrole::text COLLATE \"C\", roleid::regrole::text COLLATE \"C\")
    FROM (SELECT member, roleid, bool_or(admin_option) AS admin_option FROM pg_auth_members WHERE member::regrole::text !~ '^(pg_|verdigris_)' GROUP BY 1, 2) m";

async fn text(server: &Server, sql: &str) -> String {
    let client = server.client("postgres").await;
    client.batch_execute("SET TimeZone = 'UTC'").await.unwrap();
    client.query_one(sql, &[]).await.unwrap().get(0)
}

async fn carried(blue: u32, green: u32) {
    let pair = Pair::streaming(blue, green).await;
    for server in [&pair.blue, &pair.green] {
        let admin = server.client("postgres").await;
        admin.batch_execute(ROLES).await.unwrap();
    }
    let admin = pair.blue.client("postgres").await;
    let (here, there, epoch) = pair.claim().await;
    // Two verifiers of one password differ: nobody but the server can tell that they mean the same.
    assert_eq!(roles::missing(&here, &there).await.unwrap(), ["role app", "role same"]);
    roles::carry(&here, &there, epoch).await.unwrap();
    assert_eq!(roles::carry(&here, &there, epoch).await.unwrap(), [] as [&str; 0]);
    admin.batch_execute(CHANGES).await.unwrap();
    pair.green.client("postgres").await.batch_execute("CREATE ROLE local_only LOGIN").await.unwrap();
    assert_eq!(login(&pair.green, "app", "one").await, Ok(()));
    assert_eq!(
        roles::missing(&here, &there).await.unwrap(),
        [
            "membership of \"Re'port\\ing\" in pg_read_all_data",
            "membership of app in readers",
            "role \"Re'port\\ing\"",
            "role app",
            "role nobody",
            "role readers"
        ]
    );
    assert_eq!(roles::carry(&here, &there, epoch).await.unwrap().len(), 6);
    pair.green.client("postgres").await.batch_execute("DROP ROLE local_only").await.unwrap();
    assert_eq!(text(&pair.green, ATTRIBUTES).await, text(&pair.blue, ATTRIBUTES).await, "{blue} -> {green}");
    assert_eq!(text(&pair.green, MEMBERS).await, text(&pair.blue, MEMBERS).await, "{blue} -> {green}");
    assert_eq!(text(&pair.green, "SELECT rolconnlimit::text FROM pg_roles WHERE rolname = 'postgres'").await, "-1");
    for (role, password, answer) in [
        ("app", "one", Err("28P01".into())),
        ("app", "two", Ok(())),
        ("Re'port\\ing", "three", Ok(())),
        ("same", "same", Ok(())),
    ] {
        assert_eq!(login(&pair.green, role, password).await, answer, "{blue} -> {green}: {role} {password}");
    }
    // A right is lessened, a password withdrawn.
    admin
        .batch_execute("REVOKE ADMIN OPTION FOR readers FROM app; ALTER ROLE app PASSWORD NULL VALID UNTIL 'infinity'")
        .await
        .unwrap();
    roles::carry(&here, &there, epoch).await.unwrap();
    assert_eq!(text(&pair.green, MEMBERS).await, text(&pair.blue, MEMBERS).await, "{blue} -> {green}");
    assert_eq!(text(&pair.green, ATTRIBUTES).await, text(&pair.blue, ATTRIBUTES).await, "{blue} -> {green}");
    assert_eq!(login(&pair.green, "app", "two").await, Err("28P01".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pair_of_versions() {
    for (blue, green) in [(15, 15), (15, 17), (16, 18), (18, 18)] {
        carried(blue, green).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_operator_carries_nothing() {
    let pair = Pair::streaming(15, 16).await;
    let (here, there, epoch) = pair.claim().await;
    pair.claim().await;
    pair.blue.client("postgres").await.batch_execute("CREATE ROLE app LOGIN PASSWORD 'one'").await.unwrap();
    let (blue, green) = (pair.session(Side::Blue).await, pair.session(Side::Green).await);
    let error = roles::carry(&blue, &green, epoch).await.unwrap_err();
    assert_eq!(error.reason, Reason::StaleEpoch, "{error:?}");
    assert_eq!(roles::missing(&blue, &green).await.unwrap(), ["role app"]);
    drop((here, there));
}
