//! The operator as users install it: through its chart. And how to kill it.
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result};

use super::{
    Kubectl,
    enter::{root, scripts},
    foreign::{self, BY, MADE, is_foreign},
    kubectl::program,
    outside::SHARD,
    turns,
};

/// Namespace of the operator.
pub const NAMESPACE: &str = "verdigris-system";
/// Name of the Helm release.
pub(super) const RELEASE: &str = "verdigris";
/// Name of the Lease that the leader holds.
pub(super) const LEASE: &str = "verdigris-leader";

/// The operator's installation.
#[derive(Clone, Debug)]
pub struct Operator {
    kubectl: Kubectl,
}

impl Operator {
    /// Installs the chart as stories need it: it leaves migrations to an operator beside it where their label says so.
    ///
    /// # Errors
    /// helm fails, or the operator does not become ready.
    pub async fn for_stories() -> Result<Self> {
        Self::install(&[&format!("watchSelector=!{SHARD}")]).await
    }

    /// Installs the chart, or upgrades it to these values (`name=value`, as helm's `--set` takes them).
    ///
    /// # Errors
    /// The cluster is somebody else's and in use, helm fails, or the operator does not become ready.
    pub async fn install(values: &[&str]) -> Result<Self> {
        let operator = Self { kubectl: Kubectl::new(NAMESPACE) };
        let chart = root().join("charts/verdigris").to_string_lossy().into_owned();
        let image = image();
        let (repository, tag) = image.rsplit_once(':').unwrap_or((&image, "latest"));
        let mut sets = vec![
            format!("image.repository={repository}"),
            format!("image.tag={tag}"),
            "image.pullPolicy=IfNotPresent".to_owned(),
        ];
        sets.extend(values.iter().map(|value| (*value).to_owned()));
        // A chart that changed since is another release, even if the values are the same.
        let note = format!("{};chart={:016x}", sets.join(";"), digest(Path::new(&chart))?);
        let _turn = turns::installing()?;
        foreign::must_own_operator(&operator.kubectl).await?;
        if operator.installed_as(&note).await {
            return Ok(operator);
        }
        let mut arguments =
            vec!["upgrade", "--install", RELEASE, &chart, "--namespace", NAMESPACE, "--create-namespace"];
        let label = format!("{MADE}={BY}");
        arguments.extend(["--reset-values", "--wait", "--timeout=120s", "--description", &note, "--labels", &label]);
        for set in &sets {
            arguments.extend(["--set", set]);
        }
        program("helm", &arguments, "").await.context("installing the chart")?;
        Ok(operator)
    }

    /// Whether the release stands as it was last installed, with exactly this chart and these values.
    async fn installed_as(&self, note: &str) -> bool {
        let arguments = ["status", RELEASE, "--namespace", NAMESPACE, "-o", "json"];
        let Ok(text) = program("helm", &arguments, "").await else { return false };
        let Ok(status) = serde_json::from_str::<serde_json::Value>(&text) else { return false };
        let ready = self.kubectl.value("deployment/verdigris", "{.status.readyReplicas}").await.unwrap_or_default();
        !ready.is_empty()
            && status.pointer("/info/status").and_then(|s| s.as_str()) == Some("deployed")
            && status.pointer("/info/description").and_then(|s| s.as_str()) == Some(note)
    }

    /// Pod that leads now.
    ///
    /// # Errors
    /// Nobody leads within a minute.
    pub async fn leader(&self) -> Result<String> {
        let end = tokio::time::Instant::now() + Duration::from_secs(60);
        loop {
            // Empty where nobody leads, an error where there is no Lease yet: both pass.
            let holder =
                self.kubectl.value(&format!("lease/{LEASE}"), "{.spec.holderIdentity}").await.unwrap_or_default();
            if let Some((pod, _)) = holder.split_once('_') {
                return Ok(pod.to_owned());
            }
            anyhow::ensure!(
                tokio::time::Instant::now() < end,
                "nobody holds the Lease {NAMESPACE}/{LEASE}: {holder:?}"
            );
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Kills the leader's process without a word (SIGKILL): its Lease has to run out. A cluster that is not this repository's
    /// node offers no way to do that; there it is killed as [`Self::kill_leader`] does.
    ///
    /// # Errors
    /// There is no living leader within a minute, or it cannot be killed.
    pub async fn crash_leader(&self) -> Result<String> {
        if is_foreign() {
            return self.kill_leader().await;
        }
        let fault = scripts().join("fault.sh").to_string_lossy().into_owned();
        self.end_leader(async |pod| program(&fault, &["crash", NAMESPACE, pod, "verdigris"], "").await).await
    }

    /// Kills the leader as `kubectl delete pod --force` does: it is told to end, gives its Lease up, and has two seconds for it.
    /// Another replica takes over.
    ///
    /// # Errors
    /// There is no living leader within a minute, or it cannot be deleted.
    pub async fn kill_leader(&self) -> Result<String> {
        self.end_leader(async |pod| {
            self.kubectl.run(&["delete", "pod", pod, "--force", "--grace-period=0", "--wait=false"]).await
        })
        .await
    }

    async fn end_leader(&self, end: impl AsyncFn(&str) -> Result<String>) -> Result<String> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        loop {
            let pod = self.leader().await?;
            match end(&pod).await {
                Ok(_) => return Ok(pod),
                // The Lease still names the one that was killed last, whose pod is gone or has no process: the next one is waited for.
                Err(error) if dead(&error) && tokio::time::Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Logs of all operator pods, for a failure's dump.
    pub async fn logs(&self) -> String {
        let arguments =
            ["logs", "--prefix", "--all-containers", "--tail=2000", "-l", "app.kubernetes.io/name=verdigris"];
        self.kubectl.run(&arguments).await.unwrap_or_else(|error| error.to_string())
    }

    /// `helm uninstall`.
    ///
    /// # Errors
    /// helm refuses; its message is in the error.
    pub async fn uninstall(&self) -> Result<()> {
        program("helm", &["uninstall", RELEASE, "--namespace", NAMESPACE, "--wait", "--timeout=60s"], "")
            .await
            .map(drop)
    }
}

/// Whether nothing could be killed because nothing lives there.
fn dead(error: &anyhow::Error) -> bool {
    let said = error.to_string();
    said.contains("NotFound") || said.contains("no verdigris in pod")
}

/// Of every file below a folder, names included; the same as long as nothing changes.
fn digest(folder: &Path) -> Result<u64> {
    let mut paths =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.sort();
    let mut hasher = DefaultHasher::new();
    for path in paths {
        path.file_name().hash(&mut hasher);
        if path.is_dir() { digest(&path)? } else { hash(&std::fs::read(&path)?) }.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Image of the operator: what the cluster's scripts load, or what `VERDIGRIS_IMAGE` names.
pub(super) fn image() -> String {
    std::env::var("VERDIGRIS_IMAGE").unwrap_or_else(|_| "verdigris:dev".into())
}
