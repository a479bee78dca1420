//! The demo: a live PostgreSQL 15 under write load becomes 17 with a new schema, and goes back without losing a row.
//!
//! It uses what a user would use (helm, kubectl, the client Service) and judges by the harness's own ledger and comparison.
//! Sizes: DEMO_ROWS (2000000), DEMO_RATE (400 transactions/s). DEMO_NAMESPACE (shop) is deleted first if an earlier demo left it;
//! on a cluster of the user's own only if a demo made it.
mod report;
mod view;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use report::Report;
use verdigris_e2e::{
    cluster::{Blue, Database, Kubectl, Migration, Operator, enter, make_namespace, must_own_namespace},
    ledger::{Ledger, Load, Writers},
    pg::told,
    verify::{Other, settle, verify},
};
use view::View;

fn main() -> Result<()> {
    enter()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(demo())
}

async fn demo() -> Result<()> {
    let began = std::time::Instant::now();
    let rows = setting("DEMO_ROWS", 2_000_000)?;
    let rate = setting("DEMO_RATE", 400)?;
    let namespace = std::env::var("DEMO_NAMESPACE").unwrap_or_else(|_| "shop".into());
    let kubectl = Kubectl::new(&namespace);
    must_own_namespace(&kubectl).await?;
    say("Installing the operator with helm, from charts/verdigris, in namespace verdigris-system");
    Operator::install(&[]).await?;
    clean(&kubectl).await?;
    say(&format!("Starting PostgreSQL 15 (blue) in namespace {namespace} and filling a shop with about {rows} rows"));
    let blue = Blue { rows, storage: "10Gi", buffers: "256MB", ..Blue::default() };
    let database = Database::blue(&kubectl, blue).await?;

    let ledger = Arc::new(Ledger::new(Some(std::path::Path::new("/tmp/verdigris-demo-ledger.txt")))?);
    let load = Load { rate, accounts: (rows / 20).max(100), ..Load::default() };
    say(&format!(
        "Starting {} writers at {rate} transactions/s through Service shop-db; each remembers what it was promised",
        load.clients
    ));
    let writers = Writers::start(&database.clients(), load, ledger.clone());
    writers.more(300, Duration::from_secs(30)).await?;

    say("kubectl apply -f e2e/manifests/migration.yaml");
    let migration = Migration::apply(&kubectl, serde_json::json!({})).await?;
    let view = View::new(&migration, ledger.clone());
    let mut report = Report::default();

    let digest = view.during(migration.plan(Duration::from_secs(1800))).await?;
    show_plan(&kubectl, &migration, &digest).await;
    say(&format!(
        "Approving it: kubectl -n {namespace} patch dbmig shop --type merge -p '{{\"spec\":{{\"cutover\":{{\"approvedPlan\":\"{digest}\"}}}}}}'"
    ));
    let from = ledger.now();
    migration.approve(&digest).await?;
    view.during(migration.phase("RollbackWindow", Duration::from_secs(300))).await?;
    view.during(writers.more(500, Duration::from_secs(60))).await?;
    report.cutover = ledger.report().gap(from, ledger.now());
    writers.more(200, Duration::from_secs(60)).await?;

    say("Green serves. Writing what only the new schema can hold, through the same Service");
    report.new_rows = deliveries(&database).await?;
    writers.stop().await;
    let (blue_pod, green_pod) = (database.blue_pod().await?, database.green_pod().await?);
    say("Writers pause; comparing every row of both sides by direct SQL");
    settle(&green_pod, &blue_pod, Duration::from_secs(60)).await?;
    let after_cutover = verify(&ledger, &green_pod, &blue_pod, Other::InStep).await?;
    say(&format!("After the cutover: {after_cutover}"));

    let writers = Writers::start(&database.clients(), Load { first: 100, ..load }, ledger.clone());
    writers.more(1000, Duration::from_secs(60)).await?;
    say(&format!(
        "Rolling back: kubectl -n {namespace} patch dbmig shop --type merge -p '{{\"spec\":{{\"writer\":\"Blue\"}}}}'"
    ));
    let from = ledger.now();
    migration.roll_back().await?;
    view.during(migration.phase("RolledBack", Duration::from_secs(300))).await?;
    view.during(writers.more(500, Duration::from_secs(60))).await?;
    report.rollback = ledger.report().gap(from, ledger.now());
    writers.more(200, Duration::from_secs(60)).await?;
    writers.stop().await;
    let since = ledger.report().reigns().last().map(|(_, since)| *since).context("nothing was acknowledged")?;
    say("Writers end; comparing every row of both sides once more");
    let after_rollback = verify(&ledger, &blue_pod, &green_pod, Other::FrozenAt(since)).await?;
    say(&format!("After the rollback: {after_rollback}"));

    report.verdicts = vec![("cutover", after_cutover), ("rollback", after_rollback)];
    report.print(&ledger, &namespace, &migration.seen(), began.elapsed());
    report.check(&ledger)
}

fn setting(name: &str, default: u32) -> Result<u32> {
    match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name}={text} is not a number")),
        Err(_) => Ok(default),
    }
}

fn say(text: &str) {
    println!("• {text}");
}

/// What an earlier demo left goes first.
async fn clean(kubectl: &Kubectl) -> Result<()> {
    let namespace = kubectl.namespace.as_str();
    if kubectl.run(&["get", "namespace", namespace]).await.is_ok() {
        say(&format!("Deleting namespace {namespace} of an earlier demo"));
        // Without the kind installed there is nothing to delete.
        kubectl.run(&["delete", "databasemigrations", "--all", "--timeout=120s"]).await.ok();
        kubectl.run(&["delete", "namespace", namespace, "--timeout=120s"]).await?;
    }
    make_namespace(kubectl).await
}

async fn show_plan(kubectl: &Kubectl, migration: &Migration, digest: &str) {
    let plan = migration.seen().status().plan.unwrap_or_default();
    say(&format!("Everything is proved. The plan, {digest}:"));
    let object = format!("configmap/{}", plan.config_map.clone().unwrap_or_default());
    let text = kubectl.value(&object, "{.data.plan\\.yaml}").await.unwrap_or_else(|error| error.to_string());
    for line in text.lines() {
        println!("    {line}");
    }
    say(&format!(
        "{} tables, {} MiB, PostgreSQL {}",
        plan.tables.map_or_else(|| "?".into(), |n| n.to_string()),
        plan.bytes.map_or_else(|| "?".into(), |n| (n >> 20).to_string()),
        plan.versions.unwrap_or_default()
    ));
}

/// Rows of the table that the migration made, written as the application would.
async fn deliveries(database: &Database) -> Result<usize> {
    let client = database.clients().connect("demo").await.map_err(told)?;
    let mut written = 0;
    for order in 1..=100_i64 {
        client.query_one("SELECT shop.deliver($1)", &[&order]).await.map_err(told)?;
        client
            .execute("UPDATE shop.\"order\" SET delivered_at = now() WHERE id = $1", &[&order])
            .await
            .map_err(told)?;
        written += 1;
    }
    ensure!(written == 100, "the new schema takes no writes");
    Ok(written)
}
