//! Nothing is switched without an approval, nor with one of another plan; an approval of the present plan counts.
use std::time::Duration;

use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, must, story};

#[test]
fn approval() {
    story("approval", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let migration = story.migrate(json!({})).await?;
        let first = migration.plan(LONG).await?;
        migration.condition("Approved", "False", &["NotApproved"], SHORT).await?;
        let moved = |seen: &verdigris_e2e::cluster::Seen| {
            !seen.is("BlueClosed", "False") || ["CuttingOver", "RollbackWindow"].contains(&seen.phase().as_str())
        };
        let stays = async |what: &str| match migration.until("moved", Duration::from_secs(8), moved).await {
            Ok(_) => must(false, format!("switched although {what}")),
            Err(_) => Ok(()),
        };
        stays("nobody approved").await?;

        let other = format!("sha256:{}", "0".repeat(64));
        migration.approve(&other).await?;
        let seen = migration.condition("Approved", "False", &["DigestMismatch"], SHORT).await?;
        let (_, _, message) = seen.condition("Approved").unwrap_or_default();
        must(message.contains(&first), format!("the message must say which digest to approve: {message}"))?;
        stays("another plan was approved").await?;

        // The plan changes under an approval: with the spec, for one.
        migration.patch(json!({"spec": {"writer": "Blue"}})).await?;
        migration.approve(&first).await?;
        migration.condition("Approved", "True", &["ApprovedInSpec"], SHORT).await?;
        migration.patch(json!({"spec": {"acknowledge": ["MaterializedView"]}})).await?;
        let changed = |seen: &verdigris_e2e::cluster::Seen| {
            seen.status().plan.and_then(|plan| plan.digest).is_some_and(|digest| digest != first)
        };
        let seen = migration.until("another plan", SHORT, changed).await?;
        let second = seen.status().plan.and_then(|plan| plan.digest).unwrap_or_default();
        migration.condition("Approved", "False", &["DigestMismatch"], SHORT).await?;
        migration.patch(json!({"spec": {"writer": "Green"}})).await?;
        stays("the approval is stale").await?;
        must(writers.ledger.report().reigns().len() == 1, "writers must never have left blue")?;

        migration.approve(&second).await?;
        migration.phase("RollbackWindow", SHORT).await?;
        writers.more(100, SHORT).await?;
        story.in_step(writers, &database.green_pod().await?, &database.blue_pod().await?).await?;
        Ok(())
    });
}
