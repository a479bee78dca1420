//! The chart: it lints, renders with every set of values in `ci/`, a real API server accepts what it renders (unknown fields and
//! pods outside the restricted standard included), wrong values are refused, and rights stay as narrow as they are meant to be.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]
mod api_common;

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use api_common::{kubectl, must, root, script};

/// Version that templates are rendered for: the oldest that the chart accepts.
const KUBERNETES: &str = "1.33.0";

/// Runs the test cluster's helm: what it printed, or what it complained of.
fn helm(arguments: &[&str]) -> Result<Result<String, String>> {
    let output = Command::new(script("helm"))
        .args(arguments)
        .current_dir(root())
        .output()
        .context("start helm of the test cluster")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout) + &text(&output.stderr);
    Ok(if output.status.success() { Ok(said) } else { Err(said) })
}

fn render(namespace: &str, more: &[&str]) -> Result<Result<String, String>> {
    let mut arguments =
        vec!["template", "verdigris", "charts/verdigris", "-n", namespace, "--kube-version", KUBERNETES];
    arguments.extend_from_slice(more);
    helm(&arguments)
}

/// Objects of a rendered chart.
fn objects(text: &str) -> Result<Vec<Value>> {
    text.split("\n---\n")
        .map(|document| {
            verdigris_crds::yaml::from_str::<Value>(document.trim_start_matches("---\n")).context("a document")
        })
        .filter(|object| !matches!(object, Ok(Value::Null)))
        .collect()
}

fn values() -> Result<Vec<String>> {
    let mut files = Vec::new();
    for file in fs::read_dir(root().join("charts/verdigris/ci"))? {
        files.push(format!("charts/verdigris/ci/{}", file?.file_name().to_string_lossy()));
    }
    ensure!(files.len() >= 3, "only {files:?}");
    Ok(files)
}

/// A namespace that admits pods of the restricted standard only; it goes when this goes.
struct Namespace(String);

impl Namespace {
    fn make() -> Result<Self> {
        let namespace = Self(format!("chart-{}", std::process::id()));
        let labels: Value = ["enforce", "warn"]
            .map(|mode| (format!("pod-security.kubernetes.io/{mode}"), json!("restricted")))
            .into_iter()
            .collect::<serde_json::Map<_, _>>()
            .into();
        let object =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace.0, "labels": labels } });
        must(&["create", "-f", "-"], &object)?;
        Ok(namespace)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Err(error) = must(&["delete", "namespace", &self.0, "--wait=false"], &Value::Null) {
            eprintln!("left behind: namespace {}: {error:#}", self.0);
        }
    }
}

#[test]
fn it_lints() -> Result<()> {
    for file in values()? {
        let said = helm(&["lint", "--strict", "--kube-version", KUBERNETES, "charts/verdigris", "-f", &file])?;
        ensure!(said.is_ok(), "{file}: {said:?}");
    }
    Ok(())
}

#[test]
fn wrong_values_are_refused() -> Result<()> {
    for (set, says) in [
        ("replicas=two", "replicas"),
        ("replica=2", "replica"),
        ("image.digest=sha256:abc", "digest"),
        ("logFormat=xml", "logFormat"),
        ("watchNamespace=Shop", "watchNamespace"),
    ] {
        let said = render("default", &["--set", set])?;
        ensure!(said.as_ref().is_err_and(|said| said.contains(says)), "--set {set}: {said:?}");
    }
    Ok(())
}

#[test]
fn the_api_server_accepts_what_it_renders() -> Result<()> {
    let namespace = Namespace::make()?;
    for file in values()? {
        let mut arguments = vec!["-f", file.as_str()];
        // A Role needs its namespace.
        let watched = format!("watchNamespace={}", namespace.0);
        if file.ends_with("one-namespace.yaml") {
            arguments.extend(["--set", &watched]);
        }
        let rendered = render(&namespace.0, &arguments)?.map_err(|said| anyhow::anyhow!("{file}: {said}"))?;
        let mut pods = 0;
        for object in objects(&rendered)? {
            let name = format!("{file}: {} {}", object["kind"], object["metadata"]["name"]);
            let verdict = kubectl(
                &[
                    "apply",
                    "--server-side",
                    "--force-conflicts",
                    "--dry-run=server",
                    "--validate=strict",
                    "-n",
                    &namespace.0,
                    "-f",
                    "-",
                ],
                &object,
            )?;
            ensure!(verdict.is_ok(), "{name}: {verdict:?}");
            if let Some(spec) = object.pointer("/spec/template/spec") {
                pods += 1;
                restricted(&namespace.0, &name, spec)?;
            }
        }
        ensure!(pods > 0, "{file}: no pods");
    }
    Ok(())
}

/// The pod of a template is one that the restricted standard admits.
fn restricted(namespace: &str, name: &str, spec: &Value) -> Result<()> {
    let mut spec = spec.clone();
    if let Some(spec) = spec.as_object_mut() {
        // Judged here is the standard, not whether the account and the priority class are there already.
        spec.remove("serviceAccountName");
        spec.remove("priorityClassName");
        spec.insert("automountServiceAccountToken".into(), json!(false));
    }
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "judged", "namespace": namespace }, "spec": spec,
    });
    let verdict = kubectl(&["create", "--dry-run=server", "-f", "-"], &pod)?;
    ensure!(verdict.is_ok(), "{name}: {verdict:?}");
    Ok(())
}

/// Movers run the operator's image: a node must not take an older one of that name for them.
#[test]
fn movers_are_told_when_to_fetch_the_image() -> Result<()> {
    for policy in ["Always", "Never"] {
        let rendered = render("default", &["--set", &format!("image.pullPolicy={policy}")])?;
        let objects = objects(&rendered.map_err(|said| anyhow::anyhow!("{said}"))?)?;
        let deployment = objects.iter().find(|object| object["kind"] == "Deployment").context("a Deployment")?;
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        let told = json!({"name": "VERDIGRIS_IMAGE_PULL_POLICY", "value": policy});
        ensure!(container["imagePullPolicy"] == policy, "{container}");
        ensure!(container["env"].as_array().is_some_and(|all| all.contains(&told)), "{container}");
    }
    Ok(())
}

#[test]
fn rights_are_narrow() -> Result<()> {
    for set in ["watchNamespace=", "watchNamespace=shop"] {
        let rendered = render("default", &["--set", set])?.map_err(|said| anyhow::anyhow!("{said}"))?;
        let objects = objects(&rendered)?;
        let cluster_wide = objects.iter().any(|o| o["kind"] == "ClusterRoleBinding");
        ensure!(cluster_wide == set.ends_with('='), "{set}: a ClusterRoleBinding: {cluster_wide}");
        for role in objects.iter().filter(|o| o["kind"] == "Role" || o["kind"] == "ClusterRole") {
            for rule in role["rules"].as_array().into_iter().flatten() {
                ensure!(!rule.to_string().contains('*'), "{}: {rule}", role["metadata"]["name"]);
                ensure!(rule["resources"] != json!(["pods/exec"]), "{rule}");
                let secrets = rule["resources"].as_array().is_some_and(|all| all.contains(&json!("secrets")));
                ensure!(!secrets || rule["verbs"] == json!(["get"]), "Secrets are never listed: {rule}");
            }
        }
    }
    Ok(())
}
