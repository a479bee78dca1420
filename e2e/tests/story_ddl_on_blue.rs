//! A table made on blue after the clone: logical replication would not carry it, so the run says so and waits until it is gone.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, must, story};

#[test]
fn ddl_on_blue() {
    story("ddl_on_blue", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 200)?;
        let migration = story.migrate(json!({})).await?;
        migration.plan(LONG).await?;
        database.clients().run("CREATE TABLE shop.late (id int PRIMARY KEY)").await?;
        let seen = migration.condition("Stalled", "True", &["SchemaDrift"], SHORT).await?;
        must(seen.is("BlueClosed", "False"), "nothing is closed")?;
        writers.more(50, SHORT).await?;
        database.clients().run("DROP TABLE shop.late").await?;
        migration.condition("Stalled", "False", &[], SHORT).await?;
        let digest = migration.plan(LONG).await?;
        migration.approve(&digest).await?;
        migration.phase("RollbackWindow", SHORT).await?;
        writers.more(100, SHORT).await?;
        story.in_step(writers, &database.green_pod().await?, &database.blue_pod().await?).await?;
        Ok(())
    });
}
