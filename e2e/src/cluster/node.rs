//! The repository's own node, broken on purpose and one thing at a time: what `e2e/cluster/fault.sh` can do. Another cluster offers no
//! way to do it.
use anyhow::{Context, Result, ensure};

use super::{enter::scripts, foreign::is_foreign, kubectl::program};

/// The node.
#[derive(Clone, Copy, Debug)]
pub struct Node;

impl Node {
    /// The node, if it is this repository's.
    ///
    /// # Errors
    /// `VERDIGRIS_KUBECONFIG` names somebody else's cluster.
    pub fn ours() -> Result<Self> {
        ensure!(!is_foreign(), "faults are for the repository's own node: unset VERDIGRIS_KUBECONFIG");
        Ok(Self)
    }

    /// Freezes a component, such as `kubelet`, `kube-proxy` or `kube-apiserver`.
    ///
    /// # Errors
    /// There is none of that name.
    pub async fn pause(self, component: &str) -> Result<()> {
        self.fault(&["pause", component]).await
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// There is none of that name.
    pub async fn resume(self, component: &str) -> Result<()> {
        self.fault(&["resume", component]).await
    }

    /// PostgreSQL in a pod crashes: one of its processes is killed, and its postmaster ends all others and recovers from WAL, as after
    /// a power cut of the process. The container goes on, so that no back-off of the kubelet is waited for.
    ///
    /// # Errors
    /// There is no such pod, or no server in it.
    pub async fn crash_postgres(self, namespace: &str, pod: &str) -> Result<()> {
        self.fault(&["crash-child", namespace, pod, "postgres"]).await
    }

    /// Kills the oldest process of that name in a pod.
    ///
    /// # Errors
    /// There is no such pod, or no such process in it.
    pub async fn kill(self, namespace: &str, pod: &str, program: &str) -> Result<()> {
        self.fault(&["crash", namespace, pod, program]).await
    }

    /// No packet between a pod and an address.
    ///
    /// # Errors
    /// There is no such pod.
    pub async fn cut(self, namespace: &str, pod: &str, address: &str) -> Result<()> {
        self.fault(&["cut", namespace, pod, address]).await
    }

    /// Takes that back.
    ///
    /// # Errors
    /// Nothing was cut there.
    pub async fn mend(self, namespace: &str, pod: &str) -> Result<()> {
        self.fault(&["mend", namespace, pod]).await
    }

    /// Packets that this dropped so far.
    ///
    /// # Errors
    /// Nothing was cut there.
    pub async fn dropped_in(self, namespace: &str, pod: &str) -> Result<u64> {
        let said = program(&script(), &["dropped", namespace, pod], "").await?;
        Ok(said.trim().parse()?)
    }

    /// No packet of the processes of a group of the node to an address: the writers, which reach the same address, are not touched.
    ///
    /// # Errors
    /// nft fails.
    pub async fn cut_group(self, name: &str, group: u32, address: &str) -> Result<()> {
        let table = table(name);
        let rules = format!(
            "add table inet {table}; add chain inet {table} out {{ type filter hook output priority 0; }}; \
             add rule inet {table} out meta skgid {group} ip daddr {address} counter drop"
        );
        program("nft", &[&rules], "").await.map(drop)
    }

    /// Packets that this dropped so far.
    ///
    /// # Errors
    /// Nothing was cut.
    pub async fn dropped_by_group(self, name: &str) -> Result<u64> {
        let said = program("nft", &["list", "table", "inet", &table(name)], "").await?;
        let mut words = said.split_whitespace();
        words.find(|word| *word == "packets");
        Ok(words.next().context("no counter")?.parse()?)
    }

    /// Takes that back.
    ///
    /// # Errors
    /// Nothing was cut.
    pub async fn mend_group(self, name: &str) -> Result<()> {
        program("nft", &["delete", "table", "inet", &table(name)], "").await.map(drop)
    }

    /// Everything that may stand still goes on, and nothing is cut off: a run that was broken off may have left it so, and pods get
    /// addresses of others that are gone.
    pub async fn mend_all(self) {
        for component in ["kubelet", "kube-apiserver", "kube-proxy"] {
            self.resume(component).await.ok();
        }
        let tables = program("nft", &["list", "tables"], "").await.unwrap_or_default();
        for table in tables.lines().filter_map(|line| line.strip_prefix("table inet cut_")) {
            program("nft", &["delete", "table", "inet", &format!("cut_{table}")], "").await.ok();
        }
    }

    async fn fault(self, arguments: &[&str]) -> Result<()> {
        program(&script(), arguments, "").await.map(drop)
    }
}

fn script() -> String {
    scripts().join("fault.sh").to_string_lossy().into_owned()
}

/// Table of the packets that are dropped on the node itself.
fn table(name: &str) -> String {
    format!("cut_{}", name.replace('-', "_"))
}
