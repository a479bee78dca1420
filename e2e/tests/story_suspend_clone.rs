//! Suspended while movers copy: they end and leave nothing on blue, not even a session that waits for a lock; resumed, the copy
//! begins again, says so, and is whole.
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::time::{Instant, sleep};
use verdigris_e2e::{
    cluster::{Blue, Database, LONG, SHORT, Story, must, story},
    pg::{Target, told},
};

/// The smallest table: it is copied last.
const LAST: &str = "shop.empty";
/// Movers end when they are told to, not when Kubernetes kills them after its thirty seconds.
const AT_ONCE: Duration = Duration::from_secs(20);
/// What selects the movers' pods.
const MOVERS: &str = "job-name=shop-clone";

#[test]
fn suspend_clone() {
    story("suspend_clone", |story| async move {
        // Large enough that its other tables take longer to copy than this story takes to lock one.
        let database = Database::blue(&story.kubectl, Blue { rows: 200_000, ..Blue::default() }).await?;
        let blue = database.blue_pod().await?;
        let writers = story.writers(&database, 100)?;
        let migration = story.migrate(json!({"spec": {"clone": {"workers": 1}}})).await?;
        migration.until("cloning", LONG, |seen| seen.phase() == "Cloning").await?;
        asked("the schema is on green", LONG, || born(&database)).await?;

        let holder = blue.session().await?;
        let lock = format!("BEGIN; SET LOCAL lock_timeout = '20s'; LOCK TABLE {LAST} IN ACCESS EXCLUSIVE MODE");
        holder.batch_execute(&lock).await.map_err(told).context("locking a table before it is copied")?;
        let waiting = format!("SELECT count(*) > 0 FROM pg_locks WHERE relation = '{LAST}'::regclass AND NOT granted");
        asked("a mover waits for the lock (or the copy was over before it)", LONG, || yes(&blue, &waiting)).await?;
        let seen = migration.seen();
        must(seen.phase() == "Cloning", format!("a copy that waits is in phase Cloning, not {}", seen.phase()))?;
        let pods = addresses(&story).await?;
        must(pods.len() == 1, format!("one mover runs, not {pods:?}"))?;
        let theirs = format!("client_addr IN ('{}')", pods.join("', '"));
        let sessions = format!("SELECT count(*) > 0 FROM pg_stat_activity WHERE {theirs}");
        must(yes(&blue, &sessions).await?, "the mover's sessions are seen on blue by their address")?;

        migration.patch(json!({"spec": {"suspend": true}})).await?;
        migration.phase("Suspended", SHORT).await?;
        let suspended = story.kubectl.value("job/shop-clone", "{.spec.suspend}").await?;
        must(suspended == "true", format!("the Job is suspended, not {suspended:?}"))?;
        asked("the movers' pods are gone", AT_ONCE, async || Ok(addresses(&story).await?.is_empty())).await?;
        let none = format!("SELECT count(*) = 0 FROM pg_stat_activity WHERE {theirs}");
        asked("no session of theirs is left on blue", AT_ONCE, || yes(&blue, &none)).await?;
        must(
            yes(&blue, "SELECT count(*) > 0 FROM pg_locks WHERE mode = 'AccessExclusiveLock'").await?,
            "still locked",
        )?;
        holder.batch_execute("ROLLBACK").await.map_err(told)?;
        writers.more(50, SHORT).await?;

        migration.patch(json!({"spec": {"suspend": false}})).await?;
        let seen = migration.condition("Cloned", "True", &["CopyComplete"], LONG).await?;
        let (_, _, message) = seen.condition("Cloned").unwrap_or_default();
        must(message.contains("began again 1 time"), format!("a copy that began again says so, not: {message}"))?;
        migration.plan(LONG).await?;
        must(writers.ledger.report().reigns().len() == 1, "writers must never have left blue")?;
        story.in_step(writers, &blue, &database.green_pod().await?).await?;
        Ok(())
    });
}

/// Whether green has the schema: it appears whole, before the first row is copied.
async fn born(database: &Database) -> Result<bool> {
    // The database itself is made by the clone.
    let Ok(green) = database.green_pod().await else { return Ok(false) };
    Ok(yes(&green, &format!("SELECT to_regclass('{LAST}') IS NOT NULL")).await.unwrap_or(false))
}

async fn addresses(story: &Story) -> Result<Vec<String>> {
    let path = "jsonpath={.items[*].status.podIP}";
    let found = story.kubectl.run(&["get", "pods", "-l", MOVERS, "-o", path]).await?;
    Ok(found.split_whitespace().map(str::to_owned).collect())
}

async fn yes(target: &Target, question: &str) -> Result<bool> {
    Ok(target.value(question).await?.as_deref() == Some("t"))
}

/// Asks until the answer is yes.
async fn asked<F: Future<Output = Result<bool>>>(what: &str, deadline: Duration, ask: impl Fn() -> F) -> Result<()> {
    let end = Instant::now() + deadline;
    while !ask().await? {
        ensure!(Instant::now() < end, "not within {} s: {what}", deadline.as_secs());
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
