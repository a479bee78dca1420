//! A table or an index made on blue after the clone: logical replication would not carry it, so the run names it and waits until it is gone.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, must, story};

#[test]
fn ddl_on_blue() {
    story("ddl_on_blue", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let migration = story.migrate(json!({})).await?;
        migration.plan(LONG).await?;
        for (harm, named, mend) in [
            ("CREATE TABLE shop.late (id int PRIMARY KEY)", "table shop.late", "DROP TABLE shop.late"),
            // No column changes: green would take what blue refuses.
            ("CREATE UNIQUE INDEX once ON shop.customer (id, email)", "index shop.once", "DROP INDEX shop.once"),
        ] {
            database.clients().run(harm).await?;
            let seen = migration.condition("Stalled", "True", &["SchemaDrift"], SHORT).await?;
            let (_, _, message) = seen.condition("Stalled").unwrap_or_default();
            must(message.contains(named), format!("{harm}: {named} is not named in: {message}"))?;
            must(seen.is("BlueClosed", "False"), "nothing is closed")?;
            writers.more(50, SHORT).await?;
            database.clients().run(mend).await?;
            migration.condition("Stalled", "False", &[], SHORT).await?;
        }
        let digest = migration.plan(LONG).await?;
        migration.approve(&digest).await?;
        migration.phase("RollbackWindow", SHORT).await?;
        writers.more(100, SHORT).await?;
        story.in_step(writers, &database.green_pod().await?, &database.blue_pod().await?).await?;
        Ok(())
    });
}
