//! 15 to 15, nothing to migrate, nobody asked: the same road with the shortest manifest.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, must, story};

#[test]
fn same_version() {
    story("same_version", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let migration = story
            .migrate(json!({"spec": {
                "green": {"provision": {"statefulSet": {"image": "postgres:15"}}},
                "migrations": null,
                "cutover": {"policy": "Automatic"},
            }}))
            .await?;
        let seen = migration.phase("RollbackWindow", LONG).await?;
        must(!seen.phases.iter().any(|phase| phase == "RollingBack"), "nobody asked to go back")?;
        migration.condition("RollbackAvailable", "True", &[], SHORT).await?;
        writers.more(200, SHORT).await?;
        let reigns = writers.ledger.report().reigns();
        must(reigns.len() == 2, format!("writes must have moved exactly once: {reigns:?}"))?;
        story.in_step(writers, &database.green_pod().await?, &database.blue_pod().await?).await?;
        Ok(())
    });
}
