//! Real servers for the mover's tests: own directory, own port, fsync off, ended and removed when dropped.
#![allow(dead_code)]
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock};

use tokio_postgres::{Client, NoTls};
use verdigris::mover::Settings;
use verdigris_core::names::Names;
use verdigris_crds::Side;

/// Directory with `<major>/bin`: `VERDIGRIS_PG_BINS`, or where the repository's own script unpacks them.
pub fn bins() -> PathBuf {
    static BINS: OnceLock<PathBuf> = OnceLock::new();
    BINS.get_or_init(|| {
        if let Some(dir) = std::env::var_os("VERDIGRIS_PG_BINS") {
            return dir.into();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../e2e/cluster/pg-servers.sh");
        let output = Command::new(&script).arg("--where").output().expect("pg-servers.sh runs");
        String::from_utf8(output.stdout).expect("a path").trim().into()
    })
    .clone()
}

/// PostgreSQL refuses root: as root, servers run as nobody.
fn command(major: u32, program: &str) -> Command {
    let path = bins().join(major.to_string()).join("bin").join(program);
    assert!(path.is_file(), "{} is missing: run e2e/cluster/pg-servers.sh, or set VERDIGRIS_PG_BINS", path.display());
    if !root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(path);
    command
}

fn root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    output.stdout.starts_with(b"0")
}

fn must(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("runs");
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A directory of this test process, made on first use.
fn scratch() -> PathBuf {
    let dir = std::env::temp_dir().join(format!("verdigris-mover-test-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a scratch directory");
    if root() {
        must(Command::new("chown").arg("nobody:nogroup").arg(&dir));
    }
    dir
}

/// A cluster made by initdb, once for each major; servers start from copies of it.
fn template(major: u32) -> PathBuf {
    static MADE: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    let dir = scratch().join(format!("template-{major}"));
    let mut made = MADE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !made.contains(&major) {
        let mut initdb = command(major, "initdb");
        must(initdb.arg("-D").arg(&dir).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]));
        made.push(major);
    }
    dir
}

pub struct Server {
    pub major: u32,
    pub port: u16,
    dir: PathBuf,
}

impl Server {
    pub fn start(major: u32) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let dir = scratch().join(format!("{major}-{port}"));
        must(Command::new("cp").arg("-a").arg(template(major)).arg(&dir));
        let options = format!(
            "-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c wal_level=logical \
             -c max_wal_senders=20 -c max_replication_slots=20 -c max_worker_processes=20 -c max_prepared_transactions=5 \
             -c shared_buffers=32MB -c wal_retrieve_retry_interval=100ms -c autovacuum=off"
        );
        let me = Self { major, port, dir };
        must(
            command(major, "pg_ctl")
                .arg("-D")
                .arg(&me.dir)
                .args(["-w", "-o", &options, "-l"])
                .arg(me.dir.join("log"))
                .arg("start"),
        );
        me
    }

    pub async fn open(&self, database: &str) -> Client {
        let conninfo = format!("host=127.0.0.1 port={} user=postgres dbname='{database}'", self.port);
        let (client, connection) = tokio_postgres::connect(&conninfo, NoTls).await.expect("connects");
        tokio::spawn(connection);
        client
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = command(self.major, "pg_ctl").arg("-D").arg(&self.dir).args(["-m", "immediate", "stop"]).output();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Blue and green, and the run between them.
pub struct Pair {
    pub blue: Server,
    pub green: Server,
    pub settings: Settings,
}

pub const RUN: &str = "0123456789ab";
pub const DATABASE: &str = "Shop \"1\"";

impl Pair {
    /// Blue with `schema` and our records, open; green an empty server.
    pub async fn with(blue: u32, green: u32, schema: &str) -> Self {
        let (blue, green) = (Server::start(blue), Server::start(green));
        let settings = Settings {
            run: RUN.into(),
            database: DATABASE.into(),
            blue_host: "127.0.0.1".into(),
            blue_port: blue.port,
            blue_user: "postgres".into(),
            blue_password: String::new(),
            green_host: "127.0.0.1".into(),
            green_port: green.port,
            green_user: "postgres".into(),
            green_password: String::new(),
            workers: 2,
            pg_bins: bins(),
        };
        let me = Self { blue, green, settings };
        let admin = me.blue.open("postgres").await;
        admin.batch_execute("CREATE ROLE \"Shop owner\" LOGIN PASSWORD 'secret'").await.expect("a role");
        admin
            .batch_execute(&format!("CREATE DATABASE {} OWNER \"Shop owner\"", ident(DATABASE)))
            .await
            .expect("a database");
        let client = me.blue.open(DATABASE).await;
        client.batch_execute(schema).await.expect("the schema");
        me.adopt().await;
        me
    }

    /// What the operator does on blue before a clone: records, publication.
    pub async fn adopt(&self) {
        let client = self.blue.open(DATABASE).await;
        for file in ["10_schema", "20_gate", "30_coverage", "40_work"] {
            let path = format!("{}/src/postgres/sql/install/{file}.sql", env!("CARGO_MANIFEST_DIR"));
            client.batch_execute(&std::fs::read_to_string(path).expect("a file")).await.expect("our records");
        }
        client
            .batch_execute(&format!(
                "INSERT INTO verdigris.state (uid, migration, side, system, timeline, closed) SELECT '{RUN}', 'shop/orders', 'blue', system_identifier, '00000001', false FROM pg_control_system();
                 INSERT INTO verdigris.excluded SELECT t.name, 'extension' FROM verdigris.tables t JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = t.rel AND d.deptype = 'e'
                   WHERE NOT EXISTS (SELECT FROM pg_extension x WHERE t.rel = ANY (x.extconfig));"
            ))
            .await
            .expect("our record");
        let row = client.query_one("SELECT coalesce(string_agg(', ' || name, ''), '') FROM verdigris.tables t WHERE carried AND name NOT IN (SELECT name FROM verdigris.excluded)", &[]).await.expect("tables");
        let list: String = row.get(0);
        let publication = names().publication(Side::Blue);
        client
            .batch_execute(&format!("CREATE PUBLICATION {publication} FOR TABLE verdigris.marker_blue{list}"))
            .await
            .expect("a publication");
    }

    /// Failures and notes that are recorded, on either side.
    pub async fn failures(&self) -> String {
        let mut all = String::new();
        for server in [&self.blue, &self.green] {
            let conninfo = format!("host=127.0.0.1 port={} user=postgres dbname='{DATABASE}'", server.port);
            let Ok((client, connection)) = tokio_postgres::connect(&conninfo, NoTls).await else { continue };
            tokio::spawn(connection);
            if text(&client, "SELECT to_regclass('verdigris.failure') IS NOT NULL").await == "(t)" {
                all += &text(&client, "SELECT step, reason, message, transient FROM verdigris.failure").await;
                all += &text(&client, "SELECT step, message FROM verdigris.note").await;
            }
        }
        all
    }

    pub async fn blue(&self) -> Client {
        self.blue.open(DATABASE).await
    }

    pub async fn green(&self) -> Client {
        self.green.open(DATABASE).await
    }
}

pub fn names() -> Names {
    Names::new(RUN)
}

pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The only column of the only row, as text.
pub async fn text(client: &Client, sql: &str) -> String {
    let row = client
        .query_one(&format!("SELECT coalesce((SELECT string_agg(q::text, E'\\n') FROM ({sql}) q), '')"), &[])
        .await;
    row.unwrap_or_else(|e| panic!("{sql}: {e:?}")).get(0)
}

/// A folder as the operator mounts it: files of one migration, in order.
pub fn folder(files: &[(&str, &str)]) -> PathBuf {
    use sha2::Digest;
    let dir = scratch().join(format!("plan-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(dir.join("0")).expect("a folder");
    let mut list = Vec::new();
    for (name, sql) in files {
        std::fs::write(dir.join("0").join(name), sql).expect("a file");
        let sha = format!("{:x}", sha2::Sha256::digest(sql.as_bytes()));
        list.push(serde_json::json!({"name": name, "path": format!("0/{name}"), "sha256": sha}));
    }
    let plan = serde_json::json!({"role": null, "migrations": [{"name": "m", "files": list, "lockTimeoutSeconds": 2, "statementTimeoutSeconds": 60}]});
    std::fs::write(dir.join("plan.json"), plan.to_string()).expect("a plan");
    dir
}
