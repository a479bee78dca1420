//! Plain PostgreSQL servers on loopback, for proving the harness itself. No Kubernetes, no operator.
use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::process::Command;

use crate::pg::Target;

/// One running server; stopped and removed when dropped.
pub struct Server {
    bin: PathBuf,
    root: PathBuf,
    port: u16,
}

impl Server {
    /// Initialises and starts a server of `major` with programs from `VERDIGRIS_PG_BINS`.
    ///
    /// # Errors
    /// No such programs, or they fail; what they said is in the error.
    pub async fn start(major: u16, name: &str) -> Result<Self> {
        let bins = std::env::var("VERDIGRIS_PG_BINS").context(
            "VERDIGRIS_PG_BINS is not set: it names the folder that holds <major>/bin (e2e/cluster/pg-servers.sh prints one)",
        )?;
        let bin = Path::new(&bins).join(major.to_string()).join("bin");
        ensure!(bin.join("postgres").exists(), "{} has no postgres", bin.display());
        let root = std::env::temp_dir().join(format!("verdigris-e2e-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&root)?;
        std::os::unix::fs::chown(&root, Some(UID), Some(UID)).ok();
        let server = Self { bin, root, port: free_port()? };
        let (data, log) = (server.root.join("data"), server.root.join("log"));
        let (data, log) = (data.to_string_lossy().into_owned(), log.to_string_lossy().into_owned());
        server
            .tool(
                "initdb",
                &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
            )
            .await?;
        let settings = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c wal_level=logical -c shared_buffers=64MB",
            server.port
        );
        server.tool("pg_ctl", &["-D", &data, "-w", "-l", &log, "-o", &settings, "start"]).await?;
        Ok(server)
    }

    /// Its database `postgres`, as superuser.
    pub fn admin(&self) -> Target {
        Target {
            host: "127.0.0.1".into(),
            port: self.port,
            user: "postgres".into(),
            password: String::new(),
            database: "postgres".into(),
        }
    }

    /// Copies everything of `from` into this server's database of the same name, by `pg_dump`.
    ///
    /// # Errors
    /// A tool fails.
    pub async fn copy_from(&self, from: &Target) -> Result<()> {
        let file = self.root.join("dump").to_string_lossy().into_owned();
        let port = from.port.to_string();
        self.tool("pg_dump", &["-h", &from.host, "-p", &port, "-U", "postgres", "-Fc", "-f", &file, &from.database])
            .await?;
        let port = self.port.to_string();
        let to = ["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-d", &from.database, "--exit-on-error", &file];
        self.tool("pg_restore", &to).await
    }

    async fn tool(&self, program: &str, arguments: &[&str]) -> Result<()> {
        // stdout goes to a file: a server started by pg_ctl would keep a pipe open for ever.
        let out = std::fs::File::create(self.root.join(format!("{program}.out")))?;
        let status = command(&self.bin.join(program))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .status()
            .await
            .with_context(|| format!("starting {program}"))?;
        if !status.success() {
            let said = std::fs::read_to_string(self.root.join(format!("{program}.out"))).unwrap_or_default();
            bail!("{program} {}: {status}: {said}", arguments.join(" "));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = command(&self.bin.join("pg_ctl")).into_std();
        let data = self.root.join("data");
        stop.arg("-D").arg(data).args(["-m", "immediate", "-w", "stop"]).stdout(Stdio::null()).stderr(Stdio::null());
        stop.status().ok();
        std::fs::remove_dir_all(&self.root).ok();
    }
}

/// PostgreSQL refuses to run as root: then this one, which owns nothing.
const UID: u32 = 65534;

fn command(program: &Path) -> Command {
    let root = std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    let uid = UID.to_string();
    command.args(["--reuid", &uid, "--regid", &uid, "--clear-groups"]).arg(program).current_dir("/");
    command
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
