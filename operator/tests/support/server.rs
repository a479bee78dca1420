//! One PostgreSQL server: own directory, own port, fsync off, ended and removed when dropped. Missing binaries fail.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock};

use tokio_postgres::{Client, NoTls};
use verdigris::postgres::connect::{Secret, Target};
use verdigris_crds::Side;

/// Of every superuser in tests: needs quoting everywhere.
pub const PASSWORD: &str = "pa'ss \\ word\"";

fn bins() -> PathBuf {
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

fn root() -> bool {
    Command::new("id").arg("-u").output().expect("id runs").stdout == b"0\n"
}

/// A program of a major; as root, servers run as nobody, for PostgreSQL refuses root.
pub fn program(major: u32, name: &str) -> Command {
    let path = bins().join(major.to_string()).join("bin").join(name);
    assert!(path.is_file(), "{} is missing: run e2e/cluster/pg-servers.sh, or set VERDIGRIS_PG_BINS", path.display());
    let mut command = if root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(path);
        command
    } else {
        Command::new(path)
    };
    command.env("PGPASSWORD", PASSWORD).current_dir("/");
    command
}

pub fn must(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {out}{err}");
    out.into_owned()
}

fn scratch() -> PathBuf {
    let dir = std::env::temp_dir().join(format!("verdigris-postgres-test-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a scratch directory");
    if root() {
        must(Command::new("chown").arg("nobody:nogroup").arg(&dir));
    }
    dir
}

/// Servers that live, and majors of which a cluster was made by initdb: servers start from copies. The last one to end
/// takes everything away.
static LIVING: Mutex<(usize, Vec<u32>)> = Mutex::new((0, Vec::new()));

/// The directory of a new server.
fn place(major: u32, port: u16, copy: bool) -> PathBuf {
    let mut living = LIVING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (template, dir) = (scratch().join(format!("template-{major}")), scratch().join(format!("{major}-{port}")));
    if copy && !living.1.contains(&major) {
        let file = scratch().join(format!("password-{major}"));
        std::fs::write(&file, PASSWORD).expect("writes");
        let mut initdb = program(major, "initdb");
        initdb.arg("-D").arg(&template).args(["-U", "postgres", "-A", "scram-sha-256", "--no-sync", "-E", "UTF8"]);
        must(initdb.arg("--locale=C").arg(format!("--pwfile={}", file.display())));
        living.1.push(major);
    }
    if copy {
        must(Command::new("cp").arg("-a").arg(template).arg(&dir));
    }
    living.0 += 1;
    dir
}

fn gone(dir: &Path) {
    let mut living = LIVING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let _ = std::fs::remove_dir_all(dir);
    living.0 -= 1;
    if living.0 == 0 {
        living.1.clear();
        let _ = std::fs::remove_dir_all(scratch());
    }
}

/// A port that nobody listens on. Another process may take it before we do: then another is tried.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

pub struct Server {
    pub major: u32,
    pub port: u16,
    dir: PathBuf,
}

impl Server {
    pub fn start(major: u32) -> Self {
        for _ in 0..5 {
            let port = free_port();
            let me = Self { major, port, dir: place(major, port, true) };
            if me.try_up() {
                return me;
            }
        }
        panic!("a server of {major} does not start: see above");
    }

    /// A physical standby of a server, streaming.
    pub fn standby_of(primary: &Self) -> Self {
        let port = free_port();
        let me = Self { major: primary.major, port, dir: place(primary.major, port, false) };
        let mut copy = program(primary.major, "pg_basebackup");
        copy.args([
            "-h",
            "127.0.0.1",
            "-U",
            "postgres",
            "-p",
            &primary.port.to_string(),
            "-R",
            "-c",
            "fast",
            "--no-sync",
        ]);
        must(copy.arg("-D").arg(&me.dir));
        me.up();
        me
    }

    pub fn up(&self) {
        assert!(self.try_up(), "the server does not start: see above");
    }

    fn start_command(&self) -> Command {
        let options = format!(
            "-c port={} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c wal_level=logical \
             -c max_wal_senders=10 -c max_replication_slots=10 -c max_worker_processes=12 -c max_prepared_transactions=5 \
             -c shared_buffers=16MB -c shared_preload_libraries=pg_stat_statements -c wal_retrieve_retry_interval=100ms -c autovacuum=off -c log_statement=all",
            self.port
        );
        let mut start = program(self.major, "pg_ctl");
        start.arg("-D").arg(&self.dir).args(["-w", "-t", "30", "-o", &options, "-l"]).arg(self.dir.join("log"));
        start.arg("start");
        start
    }

    fn try_up(&self) -> bool {
        let output = self.start_command().stdin(Stdio::null()).output().expect("pg_ctl runs");
        if !output.status.success() {
            eprintln!("{}\n{}", String::from_utf8_lossy(&output.stderr), self.log());
        }
        output.status.success()
    }

    /// As a crash: nothing is written any more.
    pub fn kill(&self) {
        let _ = program(self.major, "pg_ctl").arg("-D").arg(&self.dir).args(["-m", "immediate", "stop"]).output();
    }

    /// Restarts the server with its `base` on a tmpfs of `size`, in a mount namespace of its own: when its processes end, so
    /// does the mount. WAL, transaction status and the control file stay where they are, so that what finds no room is an
    /// error of a statement, never a crash.
    pub fn base_on_tmpfs(&self, size: &str) {
        self.kill();
        let base = self.dir.join("base");
        let template = self.dir.join("base-template");
        std::fs::rename(&base, &template).expect("renames");
        std::fs::create_dir(&base).expect("a directory");
        let script = "mount -t tmpfs -o \"$1\" tmpfs \"$2\" && cp -a \"$3/.\" \"$2\" && shift 3 && exec \"$@\"";
        let start = self.start_command();
        let mut all = Command::new("unshare");
        all.args(["--mount", "--propagation", "private", "--", "sh", "-c", script, "sh", size])
            .arg(&base)
            .arg(&template);
        must(all.arg(start.get_program()).args(start.get_args()).current_dir("/"));
    }

    /// Another size for that tmpfs, while the server runs.
    pub fn resize_base(&self, size: &str) {
        let file = std::fs::read_to_string(self.dir.join("postmaster.pid")).expect("a server that runs");
        let pid = file.lines().next().expect("a pid").to_owned();
        let mut remount = Command::new("nsenter");
        remount.args(["--mount", "--target", &pid, "--", "mount", "-o", &format!("remount,{size}")]);
        must(remount.arg(self.dir.join("base")));
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    pub fn target(&self, side: Side, database: &str) -> Target {
        Target {
            side,
            host: "127.0.0.1".into(),
            port: self.port,
            database: database.into(),
            user: "postgres".into(),
            password: Secret::new(PASSWORD),
        }
    }

    /// A plain client session.
    pub async fn client(&self, database: &str) -> Client {
        self.try_client(database, "test").await.expect("connects")
    }

    pub async fn try_client(&self, database: &str, application: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(self.port).user("postgres").password(PASSWORD).dbname(database);
        let (client, connection) = config.application_name(application).connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// psql, stopping at the first error.
    pub fn psql(&self, major: u32, database: &str, args: &[&str], sql: &str) -> String {
        let file = scratch().join(format!("sql-{}-{}", self.port, uuid::Uuid::new_v4()));
        std::fs::write(&file, sql).expect("writes");
        let mut psql = program(major, "psql");
        psql.args([
            "-X",
            "-q",
            "-h",
            "127.0.0.1",
            "-U",
            "postgres",
            "-v",
            "ON_ERROR_STOP=1",
            "-p",
            &self.port.to_string(),
        ]);
        must(psql.args(args).arg("-d").arg(connection(database)).arg("-f").arg(file))
    }

    /// pg_dump of a program's major, schema only or with data.
    pub fn dump(&self, major: u32, database: &str, args: &[&str]) -> String {
        let mut dump = program(major, "pg_dump");
        dump.args(["-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string(), "-N", "verdigris"]);
        must(dump.args(["--no-publications", "--no-subscriptions"]).args(args).arg("-d").arg(connection(database)))
    }
}

/// A database name as a connection string, for names that look like one.
fn connection(database: &str) -> String {
    format!("dbname='{}'", database.replace('\\', "\\\\").replace('\'', "\\'"))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        gone(&self.dir);
    }
}
