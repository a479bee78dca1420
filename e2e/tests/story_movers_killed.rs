//! Each kind of mover is killed without a word in the middle of its work (copying, migrating, comparing): another pod takes it up, and
//! nothing is lost. What it does is held back by a lock meanwhile, so that it is surely under way.
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::time::{Instant, sleep};
use verdigris_e2e::{
    cluster::{Blue, Database, Green, LONG, Node, SHORT, Story, is_foreign, must, story},
    pg::{Target, told},
};

/// The smallest table: it is copied and compared last.
const LAST: &str = "shop.empty";
/// What the migration alters.
const ALTERED: &str = "shop.\"order\"";

#[test]
fn movers_killed() {
    story("movers_killed", |story| async move {
        if is_foreign() {
            println!("movers_killed: another cluster offers no way to kill a process");
            return Ok(());
        }
        // Large enough that its other tables take longer to copy than this story takes to lock one.
        let database = Database::blue(&story.kubectl, Blue { rows: 200_000, ..Blue::default() }).await?;
        database.existing_green(Green { image: "postgres:17" }).await?;
        let (blue, green) = (database.blue_pod().await?, database.green_pod().await?);
        let writers = story.writers(&database, 100)?;
        let migration = story
            .migrate(json!({"spec": {"clone": {"workers": 1}, "green": {"provision": null}, "cutover": {"policy": "Automatic"}}}))
            .await?;

        asked("the schema is on green", LONG, || yes(&green, format!("SELECT to_regclass('{LAST}') IS NOT NULL")))
            .await?;
        let last = lock(&blue, LAST, "ACCESS EXCLUSIVE").await?;
        killed(&story, "clone", &blue, LAST).await?;
        // The copy begins again, with a slot that waits for every older transaction.
        drop(last);
        // A reader stops the migration, not the stream; it is there long before the migration's pod.
        migration.condition("Cloned", "True", &["CopyComplete"], LONG).await?;
        let held = lock(&green, ALTERED, "ACCESS SHARE").await?;
        killed(&story, "migrate", &green, ALTERED).await?;
        drop(held);
        // Not before: what the operator asks of blue would wait for it too.
        migration.until("comparing", LONG, |seen| seen.phase() == "Verifying").await?;
        let last = lock(&blue, LAST, "ACCESS EXCLUSIVE").await?;
        killed(&story, "compare", &blue, LAST).await?;
        drop(last);

        migration.phase("RollbackWindow", LONG).await?;
        writers.more(100, SHORT).await?;
        story.in_step(writers, &green, &blue).await.map(drop)
    });
}

/// Waits until the mover waits for the table, and kills it. Seen by another pod of the same Job.
async fn killed(story: &Story, kind: &str, side: &Target, table: &str) -> Result<()> {
    // The operator's own looks wait for the table too.
    let waits = format!(
        "SELECT count(*) > 0 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE relation = '{table}'::regclass AND NOT granted AND application_name LIKE '%/mover'"
    );
    let there = async || Ok(!pods(story, kind).await?.is_empty() && yes(side, waits.clone()).await?);
    asked(&format!("{kind} waits for {table}"), LONG, there).await?;
    let pods = pods(story, kind).await?;
    must(pods.len() == 1, format!("one mover of {kind}, not {pods:?}"))?;
    let pod = pods.first().context("no pod")?;
    Node::ours()?.kill(&story.kubectl.namespace, pod, "verdigris").await?;
    println!("killed {pod}");
    asked(&format!("another pod of {kind}"), LONG, async || Ok(pods_but(story, kind, pod).await? > 0)).await
}

async fn pods_but(story: &Story, kind: &str, but: &str) -> Result<usize> {
    Ok(pods(story, kind).await?.iter().filter(|pod| *pod != but).count())
}

async fn pods(story: &Story, kind: &str) -> Result<Vec<String>> {
    let path = "jsonpath={.items[*].metadata.name}";
    let found = story.kubectl.run(&["get", "pods", "-l", &format!("job-name=shop-{kind}"), "-o", path]).await?;
    Ok(found.split_whitespace().map(str::to_owned).collect())
}

/// Held until the session is dropped.
async fn lock(side: &Target, table: &str, mode: &str) -> Result<tokio_postgres::Client> {
    let session = side.session().await?;
    session
        .batch_execute(&format!("BEGIN; SET LOCAL lock_timeout = '60s'; LOCK TABLE {table} IN {mode} MODE"))
        .await
        .map_err(told)?;
    Ok(session)
}

async fn yes(target: &Target, question: String) -> Result<bool> {
    Ok(target.value(&question).await?.as_deref() == Some("t"))
}

/// Asks until the answer is yes.
async fn asked<F: Future<Output = Result<bool>>>(what: &str, deadline: Duration, ask: impl Fn() -> F) -> Result<()> {
    let end = Instant::now() + deadline;
    while !ask().await.unwrap_or(false) {
        ensure!(Instant::now() < end, "not within {} s: {what}", deadline.as_secs());
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}
