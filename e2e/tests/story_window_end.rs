//! The end of the window: green serves alone, blue stays closed and says how to open it, nothing else is left.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, must, must_be_closed, must_be_open, story, without_traces};

#[test]
fn window_end() {
    story("window_end", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let migration = story.cut_over(json!({"spec": {"rollback": {"windowSeconds": 25}}})).await?;
        let seen = migration.until("with an end of the window", SHORT, |seen| {
            seen.status().rollback.is_some_and(|rollback| rollback.until.is_some())
        });
        let until = seen.await?.status().rollback.and_then(|rollback| rollback.until);
        // It grows, and only that.
        migration.patch(json!({"spec": {"rollback": {"windowSeconds": 30}}})).await?;
        migration
            .until("with a longer window", SHORT, |seen| seen.status().rollback.and_then(|r| r.until) > until)
            .await?;
        let shorter = migration.patch(json!({"spec": {"rollback": {"windowSeconds": 10}}})).await;
        must(shorter.is_err(), "a window must never shrink")?;
        writers.more(100, SHORT).await?;
        let (blue, green) = (database.blue_pod().await?, database.green_pod().await?);
        story.in_step(writers, &green, &blue).await?;

        let seen = migration.condition("Succeeded", "True", &["Completed"], LONG).await?;
        must(seen.is("RollbackAvailable", "False"), "there is no way back any more")?;
        must_be_open(&green).await?;
        must_be_closed(&blue).await?;
        without_traces(&green, &["schema verdigris"], SHORT).await?;
        without_traces(&blue, &["schema", "trigger verdigris_gate", "event trigger", "setting"], SHORT).await?;
        let tombstone = blue.value("SELECT tombstone FROM verdigris.state").await?.unwrap_or_default();
        must(tombstone.contains("shop"), format!("blue must say which migration closed it: {tombstone:?}"))?;
        let back = migration.patch(json!({"spec": {"writer": "Blue"}})).await;
        must(back.is_err(), "after the window there is no way back in this run")?;
        // Nothing of ours is left to do, so nothing holds the object.
        migration.delete(SHORT).await
    });
}
