//! kubectl, run as a program, in one namespace.
use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::{
    io::AsyncWriteExt,
    process::Command,
    time::{Instant, sleep, timeout},
};

/// Longest run of one command.
const PATIENCE: Duration = Duration::from_secs(90);

/// kubectl for one namespace.
#[derive(Clone, Debug)]
pub struct Kubectl {
    /// The namespace.
    pub namespace: String,
}

impl Kubectl {
    /// kubectl for `namespace`.
    pub fn new(namespace: impl Into<String>) -> Self {
        Self { namespace: namespace.into() }
    }

    /// Output of a command.
    ///
    /// # Errors
    /// It fails; what it said is in the error.
    pub async fn run(&self, arguments: &[&str]) -> Result<String> {
        self.feed(arguments, "").await
    }

    /// Output of a command that reads `input`.
    ///
    /// # Errors
    /// It fails; what it said is in the error.
    pub async fn feed(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut all = vec!["--namespace", self.namespace.as_str()];
        all.extend(arguments);
        program("kubectl", &all, input).await
    }

    /// `kubectl apply` of manifests.
    ///
    /// # Errors
    /// The API server refuses one.
    pub async fn apply(&self, yaml: &str) -> Result<()> {
        self.feed(&["apply", "-f", "-"], yaml).await.map(drop)
    }

    /// `kubectl create` of manifests: unlike `apply`, it claims no field for a manifest that will be applied again.
    ///
    /// # Errors
    /// The API server refuses one.
    pub async fn create(&self, yaml: &str) -> Result<()> {
        self.feed(&["create", "-f", "-"], yaml).await.map(drop)
    }

    /// One object or list as JSON.
    ///
    /// # Errors
    /// It does not exist, or the API server does not answer.
    pub async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let mut all = vec!["get", "-o", "json"];
        all.extend(arguments);
        Ok(serde_json::from_str(&self.run(&all).await?)?)
    }

    /// One value; empty if it is not there.
    ///
    /// # Errors
    /// The object does not exist, or the API server does not answer.
    pub async fn value(&self, object: &str, jsonpath: &str) -> Result<String> {
        self.run(&["get", object, "-o", &format!("jsonpath={jsonpath}")]).await
    }

    /// Merges `patch` into an object.
    ///
    /// # Errors
    /// The API server refuses it; its message is in the error.
    pub async fn patch(&self, object: &str, patch: &Value) -> Result<()> {
        self.run(&["patch", object, "--type", "merge", "-p", &patch.to_string()]).await.map(drop)
    }

    /// Waits until an object has a condition.
    ///
    /// # Errors
    /// It has not within the deadline.
    pub async fn wait(&self, object: &str, condition: &str, deadline: Duration) -> Result<()> {
        let end = Instant::now() + deadline;
        let time = format!("--timeout={}s", deadline.as_secs());
        loop {
            // An object that does not exist yet is an error at once, not a wait.
            let waited = self.run(&["wait", object, &format!("--for={condition}"), &time]).await;
            match waited {
                Ok(_) => return Ok(()),
                Err(error) if error.to_string().contains("NotFound") && Instant::now() < end => {
                    sleep(Duration::from_millis(300)).await;
                }
                Err(error) => return Err(error.context(format!("waiting for {condition} of {object}"))),
            }
        }
    }
}

/// Runs a program and returns what it wrote to its output.
pub(super) async fn program(name: &str, arguments: &[&str], input: &str) -> Result<String> {
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{name} is not on PATH: run through e2e/cluster/exec.sh"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input closes it; that is no failure.
        stdin.write_all(input.as_bytes()).await.ok();
    }
    let line = format!("{name} {}", arguments.join(" "));
    let patience = if arguments.iter().any(|a| a.starts_with("--timeout=")) { PATIENCE * 10 } else { PATIENCE };
    let Ok(output) = timeout(patience, child.wait_with_output()).await else {
        bail!("{line}: no answer in {} s", patience.as_secs())
    };
    let output = output?;
    ensure!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Fills `${NAME}` places of a manifest.
///
/// # Errors
/// A place is left unfilled.
pub fn render(manifest: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut text = manifest.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("${{{name}}}"), value);
    }
    if let Some(at) = text.find("${") {
        let place: String = text.chars().skip(text.get(..at).map_or(0, |t| t.chars().count())).take(30).collect();
        bail!("nothing fills {place}");
    }
    Ok(text)
}
