//! 15 to 17 with a new schema under load, and back: every promise of the main road, judged by ledger and comparison.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, must, must_be_closed, story};

#[test]
fn happy_path() {
    story("happy_path", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 300)?;
        writers.more(100, SHORT).await?;
        let migration = story.migrate(json!({})).await?;
        let digest = migration.plan(LONG).await?;
        let seen = migration.seen();
        for kind in ["PreflightPassed", "Cloned", "SchemaMigrated", "InSync", "Verified"] {
            must(seen.is(kind, "True"), format!("{kind} must be true before approval is asked for"))?;
        }
        must(seen.is("BlueClosed", "False"), "blue must be open before the cutover")?;
        migration.approve(&digest).await?;
        let seen = migration.phase("RollbackWindow", SHORT).await?;
        must(seen.is("Ready", "True"), "Ready as soon as the cutover is verified")?;
        writers.more(300, SHORT).await?;
        migration.condition("RollbackAvailable", "True", &["WindowOpen"], SHORT).await?;

        // What the migrations made is there, and belongs to the application.
        let green = database.green_pod().await?;
        let owner = "SELECT tableowner FROM pg_tables WHERE schemaname = 'shop' AND tablename = 'delivery'";
        must(green.value(owner).await?.as_deref() == Some("app"), "the new table must belong to the database's owner")?;
        let version = database.clients().value("SELECT current_setting('server_version_num')::int / 10000").await?;
        must(version.as_deref() == Some("17"), "clients must be on 17")?;
        database.clients().run("SELECT shop.deliver(1)").await?;

        let blue = database.blue_pod().await?;
        let reigns = writers.ledger.report().reigns().len();
        must(reigns == 2, format!("writes must have moved exactly once, but {reigns} servers acknowledged in turn"))?;
        must_be_closed(&blue).await?;
        story.in_step(writers, &green, &blue).await?;
        story.no_secret_told(&database).await
    });
}
