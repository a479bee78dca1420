//! A table that appears while blue is copied, after the snapshot was taken: the run names it and waits until it is gone; never a
//! silent gap.
use anyhow::Result;
use serde_json::json;
use tokio::time::{Instant, sleep};
use verdigris_e2e::{
    cluster::{Blue, Database, LONG, SHORT, must, story, without_traces},
    verify::same_content,
};

#[test]
fn table_during_clone() {
    story("table_during_clone", |story| async move {
        let database = Database::blue(&story.kubectl, Blue { rows: 200_000, ..Blue::default() }).await?;
        let (blue, app) = (database.blue_pod().await?, database.clients());
        let migration = story.migrate(json!({"spec": {"clone": {"workers": 1}}})).await?;
        migration.until("cloning", LONG, |seen| seen.phase() == "Cloning").await?;
        let end = Instant::now() + LONG;
        while !born(&database).await? {
            must(Instant::now() < end, "the schema never came to green")?;
            sleep(std::time::Duration::from_millis(20)).await;
        }
        app.run("CREATE TABLE shop.appeared (id int PRIMARY KEY); INSERT INTO shop.appeared VALUES (1)").await?;

        let over =
            |seen: &verdigris_e2e::cluster::Seen| seen.phase() == "AwaitingApproval" || seen.is("Stalled", "True");
        let seen = migration.until("told", LONG, over).await?;
        must(seen.phase() != "AwaitingApproval", "approval was asked for although a table is not on green")?;
        let (_, reason, message) = seen.condition("Stalled").unwrap_or_default();
        must(reason == "SchemaDrift", format!("a table that is missed is schema drift, not {reason}"))?;
        must(message.contains("shop.appeared"), format!("it is named, not: {message}"))?;
        app.run("DROP TABLE shop.appeared").await?;
        migration.until("provable again", LONG, |seen| seen.phase() == "AwaitingApproval").await?;
        same_content(&blue, &database.green_pod().await?).await?;
        migration.delete(SHORT).await?;
        without_traces(&blue, &[], SHORT).await
    });
}

/// Whether green has the schema: it appears whole, and after the snapshot was taken.
async fn born(database: &Database) -> Result<bool> {
    // The database itself is made by the clone.
    let Ok(green) = database.green_pod().await else { return Ok(false) };
    let there = green.value("SELECT to_regclass('shop.empty') IS NOT NULL").await;
    Ok(there.ok().flatten().as_deref() == Some("t"))
}
