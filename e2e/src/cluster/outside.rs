//! The operator as a process of this machine, in the cluster's network: started in a moment, with a fault point armed.
//!
//! It looks after the migrations that carry its label, which the installed one leaves alone. Nothing here looks into the
//! program: it is started, and ends.
use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::{Kubectl, enter::root, operator};

/// Exit code of a process that a fault point ended.
const FAULT: i32 = 137;

/// Label of the migrations that the installed operator leaves to one outside.
pub(super) const SHARD: &str = "verdigris.dev/shard";

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
        ensure!(program().exists(), "{} is missing: build the operator, or set VERDIGRIS_BIN", program().display());
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

    /// Names of all fault points, as the program says them.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn points(&self) -> Result<Vec<String>> {
        let output = Command::new(program()).arg("steps").output().await?;
        let text = String::from_utf8(output.stdout)?;
        // A line is the step's number in the protocol and its name.
        Ok(text.lines().filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect())
    }

    /// Starts it; with a fault point, it ends itself there.
    ///
    /// # Errors
    /// It cannot be started.
    pub async fn start(&mut self, fault: Option<&str>) -> Result<Process> {
        // The one before is dead, as this machine knows; so its Lease need not be waited for.
        self.kubectl.run(&["delete", "lease", operator::LEASE, "--ignore-not-found"]).await?;
        self.started += 1;
        let log = std::fs::File::options().append(true).open(&self.log)?;
        let mut command = Command::new(program());
        command
            .args(["controller", "--test-faults", "--image", &operator::image(), "--listen", "127.0.0.1:0"])
            .args(["--lease-namespace", &self.kubectl.namespace, "--identity", &format!("outside-{}", self.started)])
            .args(["--watch-namespace", &self.kubectl.namespace, "--watch-selector", SHARD])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        if let Some(fault) = fault {
            command.env("VERDIGRIS_FAULT", format!("{fault}:exit"));
        }
        Ok(Process { child: command.spawn().context("starting the operator")? })
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

    /// Kills it without a word.
    ///
    /// # Errors
    /// It cannot be killed.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.context("killing the operator")
    }
}

fn program() -> PathBuf {
    std::env::var_os("VERDIGRIS_BIN").map_or_else(|| root().join("target/debug/verdigris"), PathBuf::from)
}
