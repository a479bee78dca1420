//! A table that appears while blue is copied: it is carried whole, or the run says what it misses; never a silent gap.
use serde_json::json;
use verdigris_e2e::{
    cluster::{Blue, Database, LONG, SHORT, must, story, without_traces},
    verify::same_content,
};

#[test]
fn table_during_clone() {
    story("table_during_clone", |story| async move {
        let database = Database::blue(&story.kubectl, Blue { rows: 200_000, ..Blue::default() }).await?;
        let (blue, app) = (database.blue_pod().await?, database.clients());
        let migration = story.migrate(json!({})).await?;
        migration.until("cloning", LONG, |seen| seen.phase() == "Cloning").await?;
        app.run("CREATE TABLE shop.appeared (id int PRIMARY KEY); INSERT INTO shop.appeared VALUES (1)").await?;
        let seen = migration
            .until("told or carried", LONG, |seen| seen.phase() == "AwaitingApproval" || seen.is("Stalled", "True"))
            .await?;
        if seen.phase() == "AwaitingApproval" {
            let green = database.green_pod().await?;
            let there = green.value("SELECT count(*) FROM shop.appeared").await?;
            must(there.as_deref() == Some("1"), "approval was asked for although a table is not on green")?;
            same_content(&blue, &green).await?;
        } else {
            let (_, reason, _) = seen.condition("Stalled").unwrap_or_default();
            must(reason == "SchemaDrift", format!("a table that is missed is schema drift, not {reason}"))?;
            app.run("DROP TABLE shop.appeared").await?;
            migration.until("provable again", LONG, |seen| seen.phase() == "AwaitingApproval").await?;
        }
        migration.delete(SHORT).await?;
        without_traces(&blue, &[], SHORT).await
    });
}
