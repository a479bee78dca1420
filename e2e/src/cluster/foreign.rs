//! A cluster that is not this repository's own (`VERDIGRIS_KUBECONFIG`): what somebody else made there is left alone.
//!
//! What the harness makes carries a label. Anything else that would be in its way is refused before the cluster is changed,
//! and so is what cannot be read. On the repository's own cluster nothing is asked.
use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{
    Kubectl,
    kubectl::program,
    operator::{NAMESPACE, RELEASE},
};

/// Label of the namespaces that the harness makes, and of its Helm release.
pub(super) const MADE: &str = "verdigris.dev/made-by";
/// Its value.
pub(super) const BY: &str = "e2e";

/// Whether the cluster is somebody else's.
pub fn is_foreign() -> bool {
    std::env::var_os("VERDIGRIS_KUBECONFIG").is_some_and(|path| !path.is_empty())
}

/// Makes a namespace that says who made it.
///
/// # Errors
/// It exists already, or the API server refuses it.
pub async fn make_namespace(kubectl: &Kubectl) -> Result<()> {
    let metadata = json!({"name": kubectl.namespace, "labels": {MADE: BY}});
    kubectl.create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}).to_string()).await
}

/// Refuses a namespace of somebody else's, which the caller would empty and delete.
///
/// # Errors
/// It exists and was not made here, or it cannot be read.
pub async fn must_own_namespace(kubectl: &Kubectl) -> Result<()> {
    if !is_foreign() {
        return Ok(());
    }
    let name = kubectl.namespace.as_str();
    let found = kubectl.run(&["get", "namespace", name, "--ignore-not-found", "-o", "json"]).await?;
    ensure!(
        found.trim().is_empty() || made_here(&serde_json::from_str(&found).context("a namespace")?),
        "namespace {name} exists on the cluster that VERDIGRIS_KUBECONFIG names, and no demo made it: it has no label \
         {MADE}={BY}. Nothing was changed. Name another one, as in DEMO_NAMESPACE=verdigris-demo"
    );
    Ok(())
}

/// Refuses a cluster on which somebody else uses Verdigris: the harness installs, kills and removes an operator that looks after
/// every namespace.
///
/// # Errors
/// There is a release that was not made here, or a migration elsewhere, or that cannot be read.
pub(super) async fn must_own_operator(kubectl: &Kubectl) -> Result<()> {
    if !is_foreign() {
        return Ok(());
    }
    let (filter, others) = (format!("^{RELEASE}$"), format!("{MADE}!={BY}"));
    let arguments =
        ["list", "--all", "--namespace", NAMESPACE, "--filter", &filter, "--selector", &others, "-o", "json"];
    let found: Vec<Value> =
        serde_json::from_str(&program("helm", &arguments, "").await?).context("the list of releases")?;
    ensure!(
        found.is_empty(),
        "the Helm release {RELEASE} in namespace {NAMESPACE} of the cluster that VERDIGRIS_KUBECONFIG names was not made by demo or \
         stories: it has no label {MADE}={BY}. Nothing was changed. Use a cluster without Verdigris, or uninstall that release first"
    );
    let definition = "databasemigrations.verdigris.dev";
    if kubectl.run(&["get", "crd", definition, "--ignore-not-found", "-o", "name"]).await?.trim().is_empty() {
        return Ok(());
    }
    let path = "jsonpath={.items[*].metadata.namespace}";
    let used = kubectl.run(&["get", definition, "--all-namespaces", "-o", path]).await?;
    let label = format!("{MADE}={BY}");
    let ours = kubectl.run(&["get", "namespaces", "-l", &label, "-o", "jsonpath={.items[*].metadata.name}"]).await?;
    let ours: BTreeSet<&str> = ours.split_whitespace().collect();
    let theirs: BTreeSet<&str> = used.split_whitespace().filter(|namespace| !ours.contains(namespace)).collect();
    ensure!(
        theirs.is_empty(),
        "the cluster that VERDIGRIS_KUBECONFIG names holds migrations that neither demo nor stories made, in {theirs:?}: the \
         operator that would be installed looks after these too. Nothing was changed. Use another cluster"
    );
    Ok(())
}

fn made_here(namespace: &Value) -> bool {
    namespace.pointer("/metadata/labels").and_then(|labels| labels.get(MADE)).and_then(Value::as_str) == Some(BY)
}
