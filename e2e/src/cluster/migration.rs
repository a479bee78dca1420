//! One `DatabaseMigration`: applied, patched, and watched as the API server tells it.
use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout_at},
};
use verdigris_crds::{DatabaseMigration, DatabaseMigrationStatus};

use super::Kubectl;

/// What was seen of the object: its last state, and every phase it went through.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The object as it was last, if it exists.
    pub object: Option<DatabaseMigration>,
    /// Phases in the order in which they were seen, without repeats in a row.
    pub phases: Vec<String>,
    /// Times the status was written.
    pub changes: u64,
}

impl Seen {
    /// Its status; empty before the first.
    pub fn status(&self) -> DatabaseMigrationStatus {
        self.object.as_ref().and_then(|object| object.status.clone()).unwrap_or_default()
    }

    /// Its phase; empty before the first status.
    pub fn phase(&self) -> String {
        self.status().phase.unwrap_or_default()
    }

    /// Status, reason and message of a condition.
    pub fn condition(&self, kind: &str) -> Option<(String, String, String)> {
        let found = self.status().conditions.into_iter().find(|c| c.type_ == kind)?;
        Some((found.status, found.reason, found.message))
    }

    /// Whether a condition has this status (`True`, `False`, `Unknown`).
    pub fn is(&self, kind: &str, status: &str) -> bool {
        self.condition(kind).is_some_and(|(is, _, _)| is == status)
    }

    fn take(&mut self, kind: &str, object: Value) {
        if kind == "DELETED" {
            self.object = None;
            return;
        }
        let Ok(object) = serde_json::from_value::<DatabaseMigration>(object) else { return };
        self.object = Some(object);
        self.changes += 1;
        let phase = self.phase();
        if !phase.is_empty() && self.phases.last() != Some(&phase) {
            self.phases.push(phase);
        }
    }

    fn describe(&self) -> String {
        let conditions: Vec<String> = self
            .status()
            .conditions
            .iter()
            .map(|c| format!("  {}={} {}: {}", c.type_, c.status, c.reason, c.message))
            .collect();
        format!("phases {:?}\n{}", self.phases, conditions.join("\n"))
    }
}

/// One object under watch.
pub struct Migration {
    kubectl: Kubectl,
    /// Its name.
    pub name: String,
    seen: watch::Receiver<Seen>,
    watcher: JoinHandle<()>,
}

impl Drop for Migration {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

impl Migration {
    /// `kubectl apply` of the base manifest with `difference` merged into it, and a watch on the object.
    ///
    /// # Errors
    /// The API server refuses it; its message is in the error.
    pub async fn apply(kubectl: &Kubectl, difference: Value) -> Result<Self> {
        let mut object: Value = verdigris_crds::yaml::from_str(include_str!("../../manifests/migration.yaml"))?;
        merge(&mut object, difference);
        let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        kubectl.apply(&object.to_string()).await?;
        let (sender, seen) = watch::channel(Seen::default());
        let watcher = tokio::spawn(follow(kubectl.clone(), name.clone(), sender));
        Ok(Self { kubectl: kubectl.clone(), name, seen, watcher })
    }

    /// What was seen so far.
    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Merges `patch` into the object, as `kubectl patch dbmig` does.
    ///
    /// # Errors
    /// The API server refuses it; its message is in the error.
    pub async fn patch(&self, patch: Value) -> Result<()> {
        self.kubectl.patch(&format!("databasemigration/{}", self.name), &patch).await
    }

    /// Waits until what is seen satisfies `wanted`.
    ///
    /// # Errors
    /// It does not within the deadline; the error tells phases and conditions.
    pub async fn until(&self, what: &str, deadline: Duration, wanted: impl Fn(&Seen) -> bool) -> Result<Seen> {
        let deadline = deadline.min(patience());
        let end = Instant::now() + deadline;
        let mut seen = self.seen.clone();
        loop {
            {
                let now = seen.borrow_and_update();
                if wanted(&now) {
                    return Ok(now.clone());
                }
            }
            match timeout_at(end, seen.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => bail!("the watch on {} ended while waiting for {what}", self.name),
                Err(_) => {
                    return Err(anyhow!(
                        "{}: not {what} in {} s: {}",
                        self.name,
                        deadline.as_secs(),
                        self.seen().describe()
                    ));
                }
            }
        }
    }

    /// Waits for a phase; a run that stalls or fails meanwhile is an error at once.
    ///
    /// # Errors
    /// Another end, or the deadline.
    pub async fn phase(&self, phase: &str, deadline: Duration) -> Result<Seen> {
        let over = |seen: &Seen| seen.phase() == phase || seen.is("Stalled", "True") || seen.phase() == "Failed";
        let seen = self.until(&format!("in phase {phase}"), deadline, over).await?;
        if seen.phase() != phase {
            bail!("{} should come to phase {phase}, but stalled: {}", self.name, seen.describe());
        }
        Ok(seen)
    }

    /// Waits for a condition with a status and, if given, one of these reasons.
    ///
    /// # Errors
    /// It does not come within the deadline.
    pub async fn condition(&self, kind: &str, status: &str, reasons: &[&str], deadline: Duration) -> Result<Seen> {
        let what = format!("{kind}={status} {}", reasons.join("|"));
        let fits = |(is, reason, _): (String, String, String)| {
            is == status && (reasons.is_empty() || reasons.contains(&reason.as_str()))
        };
        // A run that stalls for another reason will not come to this one by itself.
        let over = |seen: &Seen| {
            seen.condition(kind).is_some_and(fits) || kind == "Stalled" && status == "True" && seen.is(kind, status)
        };
        let seen = self.until(&what, deadline, over).await?;
        if !seen.condition(kind).is_some_and(fits) {
            bail!("{} should stall for {}, but: {}", self.name, reasons.join("|"), seen.describe());
        }
        Ok(seen)
    }

    /// The digest of the plan as it is now, once everything is proved.
    ///
    /// # Errors
    /// The run does not come to it within the deadline.
    pub async fn plan(&self, deadline: Duration) -> Result<String> {
        let seen = self.phase("AwaitingApproval", deadline).await?;
        if let Some(digest) = seen.status().plan.and_then(|plan| plan.digest) {
            return Ok(digest);
        }
        let seen = self.until("with a plan", deadline, |s| s.status().plan.is_some_and(|p| p.digest.is_some())).await?;
        seen.status().plan.and_then(|plan| plan.digest).context("no digest")
    }

    /// Approves a plan by its digest, as the docs say it.
    ///
    /// # Errors
    /// The API server refuses it.
    pub async fn approve(&self, digest: &str) -> Result<()> {
        self.patch(serde_json::json!({"spec": {"cutover": {"approvedPlan": digest}}})).await
    }

    /// Asks for a rollback.
    ///
    /// # Errors
    /// The API server refuses it.
    pub async fn roll_back(&self) -> Result<()> {
        self.patch(serde_json::json!({"spec": {"writer": "Blue"}})).await
    }

    /// `kubectl delete`, and waits until the object is gone.
    ///
    /// # Errors
    /// It is still there at the deadline.
    pub async fn delete(&self, deadline: Duration) -> Result<()> {
        self.kubectl.run(&["delete", "databasemigration", &self.name, "--wait=false"]).await?;
        self.until("gone", deadline, |seen| seen.object.is_none() && seen.changes > 0).await.map(drop)
    }
}

/// Longest wait for anything: where a story is meant to fail, `VERDIGRIS_STORY_PATIENCE` says how many seconds are enough.
fn patience() -> Duration {
    let said = std::env::var("VERDIGRIS_STORY_PATIENCE").ok().and_then(|seconds| seconds.parse().ok());
    said.map_or(Duration::MAX, Duration::from_secs)
}

/// Follows one object for as long as the receiver lives; a watch that ends is opened again.
async fn follow(kubectl: Kubectl, name: String, sender: watch::Sender<Seen>) {
    let path = format!(
        "/apis/verdigris.dev/v1alpha1/namespaces/{}/databasemigrations?watch=1&fieldSelector=metadata.name%3D{name}&timeoutSeconds=1800",
        kubectl.namespace
    );
    while !sender.is_closed() {
        let child = Command::new("kubectl")
            .args(["get", "--raw", &path])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        if let Ok(mut child) = child
            && let Some(out) = child.stdout.take()
        {
            let mut lines = BufReader::new(out).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let Ok(mut event) = serde_json::from_str::<Value>(&line) else { continue };
                let object = event.get_mut("object").map(Value::take).unwrap_or_default();
                let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
                sender.send_modify(|seen| seen.take(kind, object));
            }
        }
        // The API server may be restarting: not in a tight loop.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Merge as `kubectl patch --type merge` does it: objects by key, `null` removes, everything else replaces.
fn merge(into: &mut Value, patch: Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    into.remove(&key);
                } else {
                    merge(into.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (into, patch) => *into = patch,
    }
}
