//! A table of blue is under maintenance when a run begins, with the lock that VACUUM and CREATE INDEX CONCURRENTLY hold: the
//! status says that it is waited for; let go, the run goes on by itself, and nothing of its beginning is missing.
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;
use tokio::time::{Instant, sleep};
use verdigris_e2e::{
    cluster::{LONG, SHORT, must, story},
    pg::{Target, told},
};

/// Whether the table is in a publication.
const PUBLISHED: &str = "SELECT count(*) > 0 FROM pg_publication_rel WHERE prrelid = 'shop.empty'::regclass";
/// Whether somebody waits for its lock.
const WAITED_FOR: &str = "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'shop.empty'::regclass AND NOT granted";

#[test]
fn locked_table() {
    story("locked_table", |story| async move {
        let database = story.shop().await?;
        let blue = database.blue_pod().await?;
        let writers = story.writers(&database, 100)?;
        let holder = blue.session().await?;
        let lock = "BEGIN; LOCK TABLE shop.empty IN SHARE UPDATE EXCLUSIVE MODE";
        holder.batch_execute(lock).await.map_err(told).context("locking a table")?;
        let migration = story.migrate(json!({})).await?;
        let locked = |seen: &verdigris_e2e::cluster::Seen| {
            seen.condition("Reconciling").is_some_and(|(_, reason, _)| reason == "LockTimeout")
        };
        let seen = migration.until("waiting for a lock", SHORT, locked).await?;
        must(!seen.is("Stalled", "True"), "a lock passes by itself")?;
        must(!yes(&blue, PUBLISHED).await?, "it is not published while it is locked")?;
        let end = Instant::now() + SHORT;
        while !yes(&blue, WAITED_FOR).await? {
            must(Instant::now() < end, "it is not tried again")?;
            sleep(Duration::from_millis(50)).await;
        }
        must(!yes(&blue, "SELECT count(*) > 0 FROM pg_replication_slots").await?, "nothing is copied before")?;
        holder.batch_execute("ROLLBACK").await.map_err(told)?;
        migration.plan(LONG).await?;
        must(yes(&blue, PUBLISHED).await?, "it is published now")?;
        story.in_step(writers, &blue, &database.green_pod().await?).await.map(drop)
    });
}

async fn yes(target: &Target, question: &str) -> Result<bool> {
    Ok(target.value(question).await?.as_deref() == Some("t"))
}
