//! How each fault is made and mended. What lasts, lasts until the run rests, at most [`LASTS`].
//!
//! Each returns how it was seen that it is there: a fault that was not felt is an error, not a passed cell.
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{Fault, rest::rests};
use crate::{
    cluster::{Database, GROUP, Kubectl, Migration, Node},
    pg::Target,
};

/// Longest outage: past the budget of writers (5 s).
const LASTS: Duration = Duration::from_secs(7);

/// Where a fault strikes.
pub(super) struct Place<'a> {
    pub kubectl: &'a Kubectl,
    pub database: &'a mut Database,
    pub migration: &'a Migration,
    pub node: Node,
    pub blue: Target,
    pub green: Target,
    /// Whether the writer goes back.
    pub back: bool,
}

/// Pods of the sides.
const PODS: [&str; 2] = ["shop-blue-0", "shop-green-0"];

impl Place<'_> {
    /// Makes it. How it was seen, for what does not last.
    pub async fn make(&mut self, fault: Fault) -> Result<String> {
        let namespace = &self.kubectl.namespace;
        let [blue, green] = PODS;
        match fault {
            // Done by whoever holds the process.
            Fault::OperatorKilled | Fault::OperatorFrozen => Ok(String::new()),
            Fault::BlueCrashed => crash(self.node, namespace, blue, &self.blue).await,
            Fault::GreenCrashed => crash(self.node, namespace, green, &self.green).await,
            Fault::KubeletFrozen | Fault::ApiServerFrozen | Fault::KubeProxyFrozen => {
                self.node.pause(component(fault)).await?;
                Ok(String::new())
            }
            // In both pods: a stream goes to the other side's Service, so that only the server's end sees the client's address.
            Fault::SidesCut => {
                self.node.cut(namespace, blue, &self.green.host).await?;
                self.node.cut(namespace, green, &self.blue.host).await?;
                Ok(String::new())
            }
            Fault::OperatorFromBlue => {
                self.node.cut_group(namespace, GROUP, &self.blue.host).await.map(|()| String::new())
            }
            Fault::OperatorFromGreen => {
                self.node.cut_group(namespace, GROUP, &self.green.host).await.map(|()| String::new())
            }
            Fault::SelectorMoved => self.move_selector().await,
            Fault::SecretRotated => {
                self.database.rotate(&[self.blue.clone(), self.green.clone()]).await?;
                Ok("new password on both sides".into())
            }
            Fault::Deleted => {
                let name = &self.migration.name;
                self.kubectl.run(&["delete", "databasemigration", name, "--wait=false"]).await?;
                Ok("deletion accepted".into())
            }
            Fault::Suspended => self.wish(json!({"spec": {"suspend": true}})).await,
            Fault::WishTakenBack if self.back => self.wish(json!({"spec": {"writer": "Green"}})).await,
            Fault::WishTakenBack => self.wish(json!({"spec": {"cutover": {"approvedPlan": null}}})).await,
        }
    }

    /// What lasts: until the run rests, or long enough. How it was seen.
    pub async fn last(&self, fault: Fault) -> Result<String> {
        let rested = self.migration.until("at rest", LASTS, |seen| rests(seen, fault, self.back));
        let began = tokio::time::Instant::now();
        // Whether it rested meanwhile or not is looked at later.
        drop(rested.await);
        let seen = self.felt(fault, began).await;
        self.mend(fault).await?;
        Ok(format!("{}, {} ms", seen?, began.elapsed().as_millis()))
    }

    /// Cuts must have dropped something; it may take a moment until anybody speaks.
    async fn felt(&self, fault: Fault, began: tokio::time::Instant) -> Result<String> {
        let namespace = &self.kubectl.namespace;
        loop {
            let dropped = match fault {
                Fault::SidesCut => {
                    let [blue, green] = PODS;
                    self.node.dropped_in(namespace, blue).await? + self.node.dropped_in(namespace, green).await?
                }
                Fault::OperatorFromBlue | Fault::OperatorFromGreen => self.node.dropped_by_group(namespace).await?,
                _ => return Ok(format!("{} stopped", component(fault))),
            };
            if dropped > 0 {
                return Ok(format!("{dropped} packets dropped"));
            }
            ensure!(began.elapsed() < LASTS * 4, "the cut met no packet: nothing was tried");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Mends it; safe to call twice.
    async fn mend(&self, fault: Fault) -> Result<()> {
        match fault {
            Fault::KubeletFrozen | Fault::ApiServerFrozen | Fault::KubeProxyFrozen => {
                self.node.resume(component(fault)).await
            }
            Fault::SidesCut => {
                for pod in PODS {
                    self.node.mend(&self.kubectl.namespace, pod).await?;
                }
                Ok(())
            }
            _ => self.node.mend_group(&self.kubectl.namespace).await,
        }
    }

    /// What a human does once the run rests, so that it can go on.
    pub async fn amend(&self, fault: Fault, rest: &str) -> Result<()> {
        match fault {
            _ if ["RolledBack", "gone"].contains(&rest) => Ok(()),
            Fault::Suspended => self.migration.patch(json!({"spec": {"suspend": false}})).await,
            Fault::SelectorMoved if rest.contains("SelectorContested") => {
                give_back(self.kubectl, if self.back { "shop-db-green" } else { "shop-db" }).await
            }
            _ => Ok(()),
        }
    }

    async fn wish(&self, patch: serde_json::Value) -> Result<String> {
        self.migration.patch(patch.clone()).await?;
        Ok(format!("accepted {patch}"))
    }

    /// As another manager does it: the whole selector of the other side.
    async fn move_selector(&self) -> Result<String> {
        let now = self.kubectl.value("service/shop-db", "{.spec.selector.app}").await?;
        let to = if now == "shop-db" { "shop-db-green" } else { "shop-db" };
        self.kubectl.patch("service/shop-db", &json!({"spec": {"selector": {"app": to}}})).await?;
        Ok(format!("from {now} to {to}"))
    }
}

/// The client Service selects that side, and the selector is the operator's: the command that its message gives.
pub(super) async fn give_back(kubectl: &Kubectl, app: &str) -> Result<()> {
    let service = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "shop-db", "namespace": kubectl.namespace}, "spec": {"selector": {"app": app}}});
    let arguments = ["apply", "--server-side", "--force-conflicts", "--field-manager=verdigris-traffic", "-f", "-"];
    kubectl.feed(&arguments, &service.to_string()).await.map(drop)
}

/// A session that was open before must have ended.
async fn crash(node: Node, namespace: &str, pod: &str, side: &Target) -> Result<String> {
    let witness = side.session().await?;
    node.crash_postgres(namespace, pod).await?;
    let ended = async {
        while !witness.is_closed() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended)
        .await
        .context("the server did not crash: a session lives on")?;
    Ok("sessions ended".into())
}

fn component(fault: Fault) -> &'static str {
    match fault {
        Fault::KubeletFrozen => "kubelet",
        Fault::KubeProxyFrozen => "kube-proxy",
        _ => "kube-apiserver",
    }
}
