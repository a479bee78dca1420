//! Clones between real servers: every common kind of object arrives, rows are equal, green is closed from birth.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod support_mover;

use support_mover::{DATABASE, Pair, RUN, names, text};
use tokio_postgres::Client;
use verdigris::mover::{Command, progress};

const EVERYTHING: &str = include_str!("support_mover/everything.sql");

/// Rows of every carried table as text, in order: independent of the mover's own hashes.
async fn contents(client: &Client) -> Vec<(String, String)> {
    client.batch_execute("SET TimeZone = 'UTC'; SET extra_float_digits = 3; SET search_path = ''").await.unwrap();
    let mut all = Vec::new();
    for row in
        client.query("SELECT name FROM verdigris.tables WHERE carried ORDER BY name COLLATE \"C\"", &[]).await.unwrap()
    {
        let name: String = row.get(0);
        let sql = format!(
            "SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\"), '')) || count(*) FROM ONLY {name} t"
        );
        all.push((name, text(client, &sql).await));
    }
    all
}

/// What exists, in words that are the same on every major.
async fn objects(client: &Client) -> String {
    let mut all = String::new();
    for sql in [
        "SELECT c.oid::regclass, relkind, relrowsecurity, relreplident, pg_get_userbyid(relowner), (SELECT string_agg(concat_ws('/', grantee::regrole, privilege_type, is_grantable), ' ' ORDER BY grantee::regrole::text COLLATE \"C\", privilege_type) FROM aclexplode(relacl) WHERE privilege_type <> 'MAINTAIN'), relispopulated, obj_description(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'verdigris')",
        "SELECT indexrelid::regclass, pg_get_indexdef(indexrelid), indisvalid, indisreplident, indisprimary FROM pg_index WHERE indexrelid >= 16384 AND indrelid::regclass::text !~ 'verdigris|pg_toast'",
        "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE contype <> 'n' AND connamespace::regnamespace::text NOT IN ('verdigris', 'pg_catalog', 'information_schema') AND conparentid = 0",
        "SELECT tgrelid::regclass, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgname <> 'verdigris_gate'",
        "SELECT polrelid::regclass, polname, pg_get_expr(polqual, polrelid) FROM pg_policy",
        "SELECT evtname, evtenabled FROM pg_event_trigger WHERE evtname <> 'verdigris_ddl'",
        "SELECT pubname FROM pg_publication WHERE pubname !~ '^verdigris'",
        "SELECT stxname, stxkeys FROM pg_statistic_ext",
        "SELECT rolname, rolsuper, rolcanlogin, rolconnlimit, CASE WHEN NOT rolsuper THEN rolpassword END, rolconfig FROM pg_authid LEFT JOIN LATERAL (SELECT setconfig AS rolconfig FROM pg_db_role_setting WHERE setrole = pg_authid.oid AND setdatabase = 0) s ON true WHERE rolname !~ '^pg_'",
        "SELECT roleid::regrole, member::regrole FROM pg_auth_members WHERE member::regrole::text !~ '^pg_'",
        "SELECT setrole::regrole, setconfig FROM pg_db_role_setting WHERE setdatabase <> 0",
        "SELECT (SELECT string_agg(concat_ws('/', grantee::regrole, privilege_type, is_grantable), ' ' ORDER BY grantee::regrole::text COLLATE \"C\", privilege_type) FROM aclexplode(datacl) WHERE privilege_type <> 'MAINTAIN'), pg_get_userbyid(datdba), datcollate, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()",
        "SELECT defaclrole::regrole, (SELECT string_agg(concat_ws('/', grantee::regrole, privilege_type, is_grantable), ' ' ORDER BY grantee::regrole::text COLLATE \"C\", privilege_type) FROM aclexplode(defaclacl) WHERE privilege_type <> 'MAINTAIN') FROM pg_default_acl",
    ] {
        let lines = text(client, sql).await;
        let mut lines: Vec<&str> = lines.lines().collect();
        lines.sort_unstable();
        all.push_str(&lines.join("\n"));
        all.push_str("\n--\n");
    }
    all
}

async fn everything_arrives(from: u32, to: u32) {
    let pair = Pair::with(from, to, EVERYTHING).await;
    let blue = pair.blue().await;
    let rows = contents(&blue).await;
    Command::Clone(pair.settings.clone()).run().await.unwrap();
    assert_eq!(pair.failures().await, "");
    let green = pair.green().await;
    assert_eq!(contents(&green).await, rows);
    similar_asserts(&objects(&green).await, &objects(&blue).await);

    let progress = progress(&green).await.known().cloned().unwrap();
    assert!(
        progress.finished_at.is_some() && progress.done_items == progress.total_items && progress.stage.is_none(),
        "{progress:?}"
    );
    assert!(progress.total_bytes > 0 && progress.done_bytes == progress.total_bytes, "{progress:?}");
    assert_eq!(
        text(&green, "SELECT uid, side, closed, turn, epoch, runner FROM verdigris.state").await,
        format!("({RUN},green,t,1,1,)")
    );
    assert_eq!(text(&green, "SELECT name FROM verdigris.ungated").await, "");
    let refused = green.batch_execute("INSERT INTO \"Odd schema\".owner VALUES (5000)").await.unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "25006");
    // Of an unlogged table what was there when it was cloned; nothing carries what comes later.
    assert_eq!(text(&green, "SELECT i FROM \"Odd schema\".scratch").await, "(1)");
    // Sequences lead by their margin; one with no room for it stands exactly where blue's is; descending ones lead downwards.
    let leads = "SELECT name, last FROM verdigris.sequences WHERE name ~ 'counter|down|small$|untouched' ORDER BY name";
    let there = format!(
        "(\"\"\"Odd schema\"\".counter\",{})\n(\"\"\"Odd schema\"\".down\",-1001)\n(\"\"\"Odd schema\"\".small\",95)\n(\"\"\"Odd schema\"\".untouched\",)",
        96 + 5000
    );
    assert_eq!(text(&green, leads).await, there);
    // No password, hash or token in a log.
    for log in [pair.green.log(), pair.blue.log()] {
        assert!(log.contains("verdigris.session"), "statements are logged");
        assert!(!log.contains("SCRAM-SHA-256$") && !log.contains("$1 = 'verdigris.runner'"));
    }
    let slot = text(&blue, "SELECT slot_name, active, database FROM pg_replication_slots").await;
    assert_eq!(slot, format!("({},f,\"{}\")", names().stream(0, 1), DATABASE.replace('"', "\"\"")));
    assert_eq!(text(&green, "SELECT count(*) FROM verdigris.snapshot").await, "(0)");
}

fn similar_asserts(got: &str, want: &str) {
    for (got, want) in got.lines().zip(want.lines()) {
        assert_eq!(got, want);
    }
    assert_eq!(got.lines().count(), want.lines().count());
}

#[tokio::test(flavor = "multi_thread")]
async fn from_15_to_15() {
    everything_arrives(15, 15).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_15_to_17() {
    everything_arrives(15, 17).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_16_to_18() {
    everything_arrives(16, 18).await;
}

/// A schema whose copy takes long enough to be killed in the middle: many tables, one of them slow to compare.
const MANY: &str = "DO $$ BEGIN FOR i IN 1..25 LOOP EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, v text); INSERT INTO t%s SELECT g, repeat(md5(g::text), 8) FROM generate_series(1, 5000) g; CREATE INDEX ON t%s (v)', i, i, i); END LOOP; END $$";

async fn wait_for(pair: &Pair, condition: &str) {
    let begun = std::time::Instant::now();
    loop {
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(60),
            "{condition} never came; {}",
            pair.failures().await
        );
        if let Ok(client) = pair.green.try_client(DATABASE, "test").await
            && client.query_one(&format!("SELECT ({condition})"), &[]).await.is_ok_and(|row| row.get(0))
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// A mover of its own: killing it drops every connection in the middle of whatever it does.
struct Mover(Option<tokio::runtime::Runtime>, tokio::task::JoinHandle<Result<(), verdigris::mover::Error>>);

impl Mover {
    fn start(pair: &Pair) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let task = runtime.spawn(Command::Clone(pair.settings.clone()).run());
        Self(Some(runtime), task)
    }

    fn kill(&mut self) {
        self.0.take().unwrap().shutdown_background();
    }

    async fn end(mut self) -> Result<(), verdigris::mover::Error> {
        let outcome = (&mut self.1).await.unwrap();
        self.kill();
        outcome
    }
}

async fn finished_and_equal(pair: &Pair) {
    let green = pair.green().await;
    assert_eq!(contents(&green).await, contents(&pair.blue().await).await);
    assert!(progress(&green).await.known().unwrap().finished_at.is_some(), "{}", pair.failures().await);
    assert_eq!(text(&green, "SELECT count(*) FROM verdigris.work WHERE done_at IS NULL").await, "(0)");
    assert_eq!(text(&green, "SELECT count(*) FROM pg_index WHERE NOT indisvalid").await, "(0)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_mover_costs_what_it_had_in_hand() {
    let pair = Pair::with(15, 17, MANY).await;
    for stage in ["copy", "compare", "index"] {
        let (mut one, other) = (Mover::start(&pair), Mover::start(&pair));
        // The other one is in, so the snapshot outlives the first.
        wait_for(&pair, &format!("SELECT (SELECT count(*) FROM verdigris.snapshot) >= 2 AND (SELECT count(*) FROM verdigris.work WHERE kind = '{stage}' AND done_at IS NOT NULL) >= 3")).await;
        one.kill();
        other.end().await.unwrap();
        finished_and_equal(&pair).await;
        let green = pair.green().await;
        assert_eq!(text(&green, "SELECT restarts FROM verdigris.clone").await, "(0)");
        drop(green);
        let admin = pair.green.client("postgres").await;
        admin.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", support_mover::ident(DATABASE))).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_are_killed_the_clone_starts_over_and_says_so() {
    let pair = Pair::with(16, 18, MANY).await;
    let mut one = Mover::start(&pair);
    wait_for(&pair, "SELECT count(*) FILTER (WHERE done_at IS NOT NULL) >= 3 FROM verdigris.work WHERE kind = 'copy'")
        .await;
    one.kill();
    starts_over(&pair).await;
}

/// As its pod runs it: SIGTERM ends it at once, and it leaves what a killed one leaves.
#[tokio::test(flavor = "multi_thread")]
async fn a_mover_that_is_asked_to_stop_is_a_killed_one_that_says_so() {
    let pair = Pair::with(16, 18, MANY).await;
    let mut one = process(&pair.settings);
    wait_for(&pair, "SELECT count(*) FILTER (WHERE done_at IS NOT NULL) >= 3 FROM verdigris.work WHERE kind = 'copy'")
        .await;
    let asked = std::time::Instant::now();
    let pid = one.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let ended = tokio::task::spawn_blocking(move || one.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code(), Some(verdigris::mover::STOPPED), "{ended}");
    assert!(asked.elapsed() < std::time::Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(pair.failures().await, "", "nothing is wrong with the clone");
    starts_over(&pair).await;
}

fn process(s: &verdigris::mover::Settings) -> std::process::Child {
    let ports = [s.blue_port, s.green_port].map(|port| port.to_string());
    std::process::Command::new(env!("CARGO_BIN_EXE_verdigris"))
        .args(["mover", "clone"])
        .args(["--run", &s.run, "--database", &s.database, "--blue-host", &s.blue_host, "--blue-port", &ports[0]])
        .args(["--blue-user", &s.blue_user, "--green-user", &s.green_user])
        .args(["--green-host", &s.green_host, "--green-port", &ports[1]])
        .env("VERDIGRIS_BLUE_PASSWORD", &s.blue_password)
        .env("VERDIGRIS_GREEN_PASSWORD", &s.green_password)
        .env("VERDIGRIS_PG_BINS", &s.pg_bins)
        .spawn()
        .unwrap()
}

/// The snapshot went with the last mover.
async fn starts_over(pair: &Pair) {
    // Rows that came meanwhile must be in the second copy.
    let blue = pair.blue().await;
    blue.batch_execute("INSERT INTO t1 VALUES (100000, 'late')").await.unwrap();
    let (one, other) = (Mover::start(pair), Mover::start(pair));
    one.end().await.unwrap();
    other.end().await.unwrap();
    finished_and_equal(pair).await;
    let green = pair.green().await;
    assert_eq!(text(&green, "SELECT restarts FROM verdigris.clone").await, "(1)");
    assert_eq!(
        text(&blue, "SELECT slot_name, active FROM pg_replication_slots").await,
        format!("({},f)", names().stream(0, 1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_copying_the_snapshot_is_not_needed_any_more() {
    let pair = Pair::with(15, 15, MANY).await;
    let mut one = Mover::start(&pair);
    wait_for(&pair, "SELECT NOT EXISTS (SELECT FROM verdigris.work WHERE kind = 'copy' AND done_at IS NULL)").await;
    one.kill();
    Mover::start(&pair).end().await.unwrap();
    finished_and_equal(&pair).await;
    let green = pair.green().await;
    assert_eq!(text(&green, "SELECT restarts FROM verdigris.clone").await, "(0)");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_recorded_and_left_alone() {
    let pair = Pair::with(15, 17, "CREATE TABLE t (id int PRIMARY KEY)").await;
    let admin = pair.green.client("postgres").await;
    let database = support_mover::ident(DATABASE);
    admin.batch_execute(&format!("CREATE DATABASE {database}")).await.unwrap();
    let green = pair.green().await;
    green.batch_execute("CREATE TABLE precious (i int)").await.unwrap();
    Command::Clone(pair.settings.clone()).run().await.unwrap();
    assert!(pair.failures().await.contains("GreenNotEmpty"), "{}", pair.failures().await);
    assert_eq!(text(&green, "SELECT to_regclass('precious')").await, "(precious)");
    drop(green);
    admin.batch_execute(&format!("DROP DATABASE {database} WITH (FORCE); ")).await.unwrap();
    admin
        .batch_execute(&format!(
            "CREATE DATABASE {database} TEMPLATE template0 ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'"
        ))
        .await
        .unwrap();
    let blue = pair.blue().await;
    let forget = "DELETE FROM verdigris.failure; DELETE FROM verdigris.note";
    blue.batch_execute(forget).await.unwrap();
    Command::Clone(pair.settings.clone()).run().await.unwrap();
    assert!(pair.failures().await.contains("EncodingDiffers"), "{}", pair.failures().await);
    // A table that nobody publishes would stand still on green: the clone waits for it to be added.
    admin.batch_execute(&format!("DROP DATABASE {database}")).await.unwrap();
    blue.batch_execute(&format!("{forget}; CREATE TABLE late (id int PRIMARY KEY)")).await.unwrap();
    Command::Clone(pair.settings.clone()).run().await.unwrap_err();
    assert!(pair.failures().await.contains("TableNotPublished"), "{}", pair.failures().await);
    blue.batch_execute(&format!(
        "ALTER PUBLICATION {} ADD TABLE late",
        names().publication(verdigris_crds::Side::Blue)
    ))
    .await
    .unwrap();
    Command::Clone(pair.settings.clone()).run().await.unwrap();
    finished_and_equal(&pair).await;
    assert_eq!(pair.failures().await, "");
}
