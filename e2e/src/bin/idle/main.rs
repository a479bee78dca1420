//! What an idle operator costs: 20 finished objects, 3 that wait for something that is missing, and 2 that wait for approval on
//! real databases under a small load, so that every figure of their status could change. The API server's audit log of so many
//! minutes is counted, each kind of object by itself, and the memory of each replica is read.
//!
//! `idle [MINUTES]` (10), on a cluster whose API server's audit log lies here. Ends with an error if anything but the Lease was written.
mod audit;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use audit::Requests;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use verdigris_e2e::{
    cluster::{Blue, Database, Kubectl, LONG, Migration, Operator, enter, is_foreign},
    ledger::{Ledger, Load, Writers},
};

const FINISHED: usize = 20;
const MISSING: usize = 3;
const APPROVALS: usize = 2;
/// Transactions a second on each blue.
const RATE: u32 = 5;
/// Namespace of the objects without databases; those with one have a namespace each, with a number behind it.
const NAMESPACE: &str = "idle";
/// Where the operator and its Lease are.
const OPERATOR: &str = "verdigris-system";

fn main() -> Result<()> {
    ensure!(!is_foreign(), "the audit log that this counts is the test cluster's own: unset VERDIGRIS_KUBECONFIG");
    enter()?;
    let minutes = std::env::args().nth(1).map_or(Ok(10), |text| text.parse()).context("idle [MINUTES]")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let outcome = measure(minutes).await;
        clean().await;
        outcome
    })
}

/// A migration that waits for its approval while its database is written to.
struct Waiting {
    migration: Migration,
    writers: Writers,
}

async fn measure(minutes: u64) -> Result<()> {
    Operator::install(&[]).await?;
    clean().await;
    let kubectl = Kubectl::new(NAMESPACE);
    kubectl.run(&["create", "namespace", NAMESPACE]).await?;
    finished(&kubectl).await?;
    for n in 1..=MISSING {
        kubectl.apply(&manifest(&format!("waits-{n}")).to_string()).await?;
    }
    for n in 1..=MISSING {
        kubectl.wait(&format!("dbmig/waits-{n}"), "condition=Stalled", Duration::from_secs(60)).await?;
    }
    let mut waiting = Vec::new();
    for n in 1..=APPROVALS {
        waiting.push(approval(&format!("{NAMESPACE}-{n}")).await?);
    }

    let since = jiff::Timestamp::now();
    println!(
        "{FINISHED} finished objects, {MISSING} that wait for what is missing, {APPROVALS} that wait for approval with {RATE} transactions/s each:"
    );
    println!("idle for {minutes} min from {since}");
    let before: Vec<usize> = waiting.iter().map(|w| w.writers.ledger.totals().0).collect();
    let memory = memory(Duration::from_secs(minutes * 60)).await?;
    let requests = Requests::since(since)?;
    let written: Vec<usize> =
        waiting.iter().zip(&before).map(|(w, before)| w.writers.ledger.totals().0 - before).collect();
    println!("writes that the databases acknowledged meanwhile: {written:?}");
    for (n, w) in (1..).zip(&waiting) {
        let (seen, errors) = (w.migration.seen(), w.writers.ledger.errors());
        println!("  {NAMESPACE}-{n}: phase {}, lag in status {:?}, errors {errors:?}", seen.phase(), seen.status().lag);
    }
    requests.print(minutes, &groups());
    println!("memory of each replica, MiB (now, most):");
    for (pod, now, most) in &memory {
        println!("  {pod}: {:.1}, {:.1}", mebibytes(*now), mebibytes(*most));
    }
    for w in waiting {
        ensure!(w.migration.seen().phase() == "AwaitingApproval", "{} must still wait for approval", w.migration.name);
        w.writers.stop().await;
    }
    let enough = usize::try_from(u64::from(RATE) * minutes * 60 / 2)?;
    ensure!(written.iter().all(|count| *count > enough), "the databases were hardly written to: {written:?}");
    let beyond = requests.writes_but_the_lease();
    ensure!(beyond == 0, "{beyond} writes beyond the Lease");
    println!("no write but the Lease: 1 passed, 0 failed");
    Ok(())
}

/// Kinds of objects, by the namespaces that they are in.
fn groups() -> Vec<(String, Vec<String>)> {
    let databases = (1..=APPROVALS).map(|n| format!("{NAMESPACE}-{n}")).collect();
    vec![
        (format!("{APPROVALS} objects that wait for approval, under load"), databases),
        (
            format!("{FINISHED} finished objects and {MISSING} that wait for what is missing"),
            vec![NAMESPACE.to_owned()],
        ),
        ("the operator itself: its Lease".to_owned(), vec![OPERATOR.to_owned()]),
        // Lists and watches over all namespaces.
        ("the cluster".to_owned(), vec![String::new()]),
    ]
}

/// An object that names what does not exist.
fn manifest(name: &str) -> Value {
    json!({"apiVersion": "verdigris.dev/v1alpha1", "kind": "DatabaseMigration", "metadata": {"name": name}, "spec": {
        "service": {"name": name},
        "blue": {"workload": {"kind": "StatefulSet", "name": name}, "adminSecretRef": {"name": name}},
        "green": {"selector": {"app": format!("{name}-green")}}}})
}

/// Objects with the status that the operator writes at the end of a run; it is away meanwhile.
async fn finished(kubectl: &Kubectl) -> Result<()> {
    let operator = Kubectl::new(OPERATOR);
    operator.run(&["scale", "deployment/verdigris", "--replicas=0"]).await?;
    operator.run(&["wait", "--for=delete", "pod", "-l", "app.kubernetes.io/name=verdigris", "--timeout=60s"]).await?;
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let status =
        json!({"status": {"observedGeneration": 1, "phase": "Succeeded", "conditions": [{"type": "Reconciling",
        "status": "False", "reason": "Completed", "message": "The run is over.", "lastTransitionTime": now}]}})
        .to_string();
    for n in 1..=FINISHED {
        let name = format!("done-{n}");
        kubectl.apply(&manifest(&name).to_string()).await?;
        kubectl.run(&["patch", "dbmig", &name, "--subresource", "status", "--type", "merge", "-p", &status]).await?;
    }
    operator.run(&["scale", "deployment/verdigris", "--replicas=2"]).await?;
    operator.run(&["rollout", "status", "deployment/verdigris", "--timeout=120s"]).await.map(drop)
}

/// A small shop, cloned and streaming, with writers that go on.
async fn approval(namespace: &str) -> Result<Waiting> {
    let kubectl = Kubectl::new(namespace);
    kubectl.run(&["create", "namespace", namespace]).await?;
    let database = Database::blue(&kubectl, Blue::default()).await?;
    let load = Load { rate: RATE, clients: 2, ..Load::default() };
    let writers = Writers::start(&database.clients(), load, Arc::new(Ledger::new(None)?));
    let migration = Migration::apply(&kubectl, json!({})).await?;
    migration.plan(LONG).await?;
    Ok(Waiting { migration, writers })
}

/// Resident memory of each replica over this time, asked of the kubelet twice a minute: at the end, and the most.
async fn memory(period: Duration) -> Result<Vec<(String, u64, u64)>> {
    let (kubectl, end) = (Kubectl::new(OPERATOR), Instant::now() + period);
    let node = kubectl.run(&["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"]).await?;
    let path = format!("/api/v1/nodes/{node}/proxy/stats/summary");
    let mut all: Vec<(String, u64, u64)> = Vec::new();
    loop {
        let summary: Value = serde_json::from_str(&kubectl.run(&["get", "--raw", &path]).await?)?;
        let pods = summary.get("pods").and_then(Value::as_array).into_iter().flatten();
        for pod in pods {
            let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let now = pod.pointer("/containers/0/memory/rssBytes").and_then(Value::as_u64);
            let (name, Some(now)) = (text("/podRef/name"), now) else { continue };
            if text("/podRef/namespace") != OPERATOR {
                continue;
            }
            match all.iter_mut().find(|(known, _, _)| known == name) {
                Some(entry) => (entry.1, entry.2) = (now, entry.2.max(now)),
                None => all.push((name.to_owned(), now, now)),
            }
        }
        if Instant::now() >= end {
            ensure!(all.len() == 2, "the kubelet tells the memory of {} replicas instead of 2", all.len());
            return Ok(all);
        }
        sleep_until(end.min(Instant::now() + Duration::from_secs(30))).await;
    }
}

#[allow(clippy::cast_precision_loss, reason = "for display")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Nothing is left, whatever came of it.
async fn clean() {
    for namespace in groups().into_iter().take(2).flat_map(|(_, all)| all) {
        let kubectl = Kubectl::new(&namespace);
        kubectl.run(&["delete", "databasemigrations", "--all", "--timeout=120s"]).await.ok();
        kubectl.run(&["delete", "namespace", &namespace, "--ignore-not-found", "--timeout=120s"]).await.ok();
    }
}
