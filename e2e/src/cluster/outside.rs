//! The operator as a process of this machine, in the cluster's network: started in a moment, with a fault point armed.
//!
//! It looks after the migrations that carry its label, which the installed one leaves alone. Nothing here looks into the
//! program: it is started, and ends.
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::{Kubectl, enter::root, kubectl::program, operator};

/// Exit code of a process that a fault point ended.
const FAULT: i32 = 137;

/// Label of the migrations that the installed operator leaves to one outside.
pub(super) const SHARD: &str = "verdigris.dev/shard";

/// Group of its processes, so that their packets can be told from the writers'.
pub const GROUP: u32 = 64_999;

/// What a fault point does to the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It ends.
    Exit,
    /// It freezes, as by SIGSTOP.
    Stop,
}

/// An operator of one story's own, beside the installed one.
pub struct Outside {
    /// In the story's namespace: there it looks for migrations, and there is its Lease.
    kubectl: Kubectl,
    log: PathBuf,
    started: u32,
}

/// One process of it.
pub struct Process {
    child: Child,
}

impl Outside {
    /// For the migrations in this namespace that carry [`Self::labels`].
    ///
    /// # Errors
    /// There is no program to start.
    pub fn beside(namespace: &str, log: PathBuf) -> Result<Self> {
        ensure!(binary().exists(), "{} is missing: build the operator, or set VERDIGRIS_BIN", binary().display());
        if let Some(folder) = log.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::File::create(&log)?;
        Ok(Self { kubectl: Kubectl::new(namespace), log, started: 0 })
    }

    /// Labels of the migrations that it looks after.
    pub fn labels(&self) -> Value {
        json!({ SHARD: "outside" })
    }

    /// [`points`].
    ///
    /// # Errors
    /// The program does not answer.
    pub async fn points(&self) -> Result<Vec<String>> {
        points().await
    }

    /// Starts it; with a fault point, it ends itself there.
    ///
    /// # Errors
    /// It cannot be started.
    pub async fn start(&mut self, fault: Option<&str>) -> Result<Process> {
        self.start_with(fault.map(|point| (point, Effect::Exit))).await
    }

    /// Starts it, with a fault point and what shall happen there.
    ///
    /// # Errors
    /// It cannot be started.
    pub async fn start_with(&mut self, fault: Option<(&str, Effect)>) -> Result<Process> {
        // The one before is dead or frozen, as this machine knows; so its Lease need not be waited for.
        self.kubectl.run(&["delete", "lease", operator::LEASE, "--ignore-not-found"]).await?;
        self.join(fault)
    }

    /// Starts it beside another one, whose Lease it has to wait for.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn join(&mut self, fault: Option<(&str, Effect)>) -> Result<Process> {
        self.started += 1;
        let log = std::fs::File::options().append(true).open(&self.log)?;
        let mut command = Command::new(binary());
        command
            .args(["controller", "--test-faults", "--image", &operator::image(), "--listen", "127.0.0.1:0"])
            .args(["--lease-namespace", &self.kubectl.namespace, "--identity", &format!("outside-{}", self.started)])
            .args(["--watch-namespace", &self.kubectl.namespace, "--watch-selector", SHARD])
            .gid(GROUP)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        if let Some((point, effect)) = fault {
            let effect = if effect == Effect::Exit { "exit" } else { "stop" };
            command.env("VERDIGRIS_FAULT", format!("{point}:{effect}"));
        }
        Ok(Process { child: command.spawn().context("starting the operator")? })
    }

    /// Who holds its Lease.
    ///
    /// # Errors
    /// There is none.
    pub async fn leader(&self) -> Result<String> {
        self.kubectl.value(&format!("lease/{}", operator::LEASE), "{.spec.holderIdentity}").await
    }

    /// What it said.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Leaves its migrations to the installed operator.
    ///
    /// # Errors
    /// The API server does not answer.
    pub async fn hand_over(&self) -> Result<()> {
        self.kubectl.run(&["label", "databasemigrations", "--all", &format!("{SHARD}-")]).await.map(drop)
    }
}

impl Process {
    /// Waits until the fault point ended it.
    ///
    /// # Errors
    /// It ended for another reason, or has not at the deadline.
    pub async fn hit(&mut self, deadline: Duration) -> Result<()> {
        let status =
            tokio::time::timeout(deadline, self.child.wait()).await.context("the fault point was not met")??;
        ensure!(status.code() == Some(FAULT), "the operator ended with {status}, not at its fault point");
        Ok(())
    }

    /// Waits until the fault point froze it.
    ///
    /// # Errors
    /// It ended, or has not met the point at the deadline.
    pub async fn frozen(&mut self, deadline: Duration) -> Result<()> {
        let end = tokio::time::Instant::now() + deadline;
        loop {
            ensure!(self.child.try_wait()?.is_none(), "the operator ended instead of freezing at its fault point");
            if self.is_frozen()? {
                return Ok(());
            }
            ensure!(tokio::time::Instant::now() < end, "the fault point was not met");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Whether it is frozen now.
    ///
    /// # Errors
    /// It has ended.
    pub fn is_frozen(&self) -> Result<bool> {
        let pid = self.child.id().context("the operator has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The state follows the name, which stands in parentheses.
        Ok(stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')))
    }

    /// Lets a frozen one go on.
    ///
    /// # Errors
    /// It has ended.
    pub async fn thaw(&self) -> Result<()> {
        let pid = self.child.id().context("the operator has ended")?.to_string();
        program("kill", &["-CONT", &pid], "").await.map(drop)
    }

    /// Whether it ends by itself within this time.
    pub async fn ends(&mut self, within: Duration) -> bool {
        tokio::time::timeout(within, self.child.wait()).await.is_ok()
    }

    /// Kills it without a word.
    ///
    /// # Errors
    /// It cannot be killed.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.context("killing the operator")
    }
}

/// Names of all fault points, as the program says them.
///
/// # Errors
/// It does not answer.
pub async fn points() -> Result<Vec<String>> {
    let output = Command::new(binary()).arg("steps").output().await?;
    let text = String::from_utf8(output.stdout)?;
    // A line is the step's number in the protocol and its name.
    Ok(text.lines().filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect())
}

fn binary() -> PathBuf {
    std::env::var_os("VERDIGRIS_BIN").map_or_else(|| root().join("target/debug/verdigris"), PathBuf::from)
}
