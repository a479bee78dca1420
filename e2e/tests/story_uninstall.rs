//! The chart refuses to go while a migration is under way, and goes when none is.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, Operator, SHORT, must, story_alone};

#[test]
fn uninstall() {
    story_alone("uninstall", |story| async move {
        let database = story.shop().await?;
        let migration = story.migrate(json!({})).await?;
        migration.plan(LONG).await?;
        let refused = story.operator.uninstall().await;
        must(refused.is_err(), "helm must refuse to uninstall while a migration is under way")?;
        // It lives on after the refusal.
        let digest = migration.plan(SHORT).await?;
        migration.approve(&digest).await?;
        migration.phase("RollbackWindow", LONG).await?;
        migration.delete(SHORT).await?;
        story.operator.uninstall().await?;
        let left = story.kubectl.run(&["get", "crd", "databasemigrations.verdigris.dev", "-o", "name"]).await;
        must(left.is_ok(), "the kind and its objects outlive the release")?;
        must(database.clients().value("SELECT 1").await?.is_some(), "clients are served without the operator")?;
        Operator::for_stories().await.map(drop)
    });
}
