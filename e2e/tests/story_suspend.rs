//! Suspended, a run stops at the next safe point and says where; resumed, it goes on from there.
use std::time::Duration;

use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, must, story};

#[test]
fn suspend() {
    story("suspend", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let migration = story.migrate(json!({"spec": {"suspend": true}})).await?;
        migration.phase("Suspended", SHORT).await?;
        migration.patch(json!({"spec": {"suspend": false}})).await?;
        // Again in the middle of the work.
        migration.until("cloning", LONG, |seen| seen.phase() == "Cloning").await?;
        migration.patch(json!({"spec": {"suspend": true}})).await?;
        migration.phase("Suspended", SHORT).await?;
        migration.patch(json!({"spec": {"suspend": false}})).await?;
        let digest = migration.plan(LONG).await?;
        // And where everything is proved: an approval must not switch a suspended run.
        migration.patch(json!({"spec": {"suspend": true, "cutover": {"approvedPlan": digest}}})).await?;
        let seen = migration.phase("Suspended", SHORT).await?;
        let (_, _, message) = seen.condition("Ready").unwrap_or_default();
        must(!message.is_empty(), "a suspended run says where it stopped")?;
        let moved = migration.until("moved", Duration::from_secs(8), |seen| !seen.is("BlueClosed", "False")).await;
        must(moved.is_err(), "a suspended run must not be switched")?;
        must(writers.ledger.report().reigns().len() == 1, "writers must never have left blue")?;
        migration.patch(json!({"spec": {"suspend": false}})).await?;
        migration.phase("RollbackWindow", SHORT).await?;
        writers.more(100, SHORT).await?;
        story.in_step(writers, &database.green_pod().await?, &database.blue_pod().await?).await?;
        Ok(())
    });
}
