//! A user's SQL assertion that fails holds an automatic cutover back; when the data is right, it goes on by itself.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, must, story};

#[test]
fn failing_check() {
    story("failing_check", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let checks = json!([
            {"name": "always", "sql": {"query": "SELECT 1", "expected": "1"}},
            {"name": "one-row", "sql": {"query": "SELECT count(*) FROM shop.empty", "expected": "1"}},
        ]);
        let migration = story.migrate(json!({"spec": {"checks": checks, "cutover": {"policy": "Automatic"}}})).await?;
        let seen = migration.condition("Verified", "False", &["ChecksFailed"], LONG).await?;
        let (_, _, message) = seen.condition("Verified").unwrap_or_default();
        must(message.contains("one-row"), format!("the message must name the check: {message}"))?;
        let result = |seen: &verdigris_e2e::cluster::Seen, name: &str| {
            seen.status().checks.into_iter().find(|check| check.name == name).map(|check| check.result)
        };
        must(result(&seen, "one-row").as_deref() == Some("Failed"), "status.checks must say Failed")?;
        must(seen.is("BlueClosed", "False"), "nothing is closed while a check fails")?;

        database.clients().run("INSERT INTO shop.empty VALUES (1)").await?;
        let seen = migration.until("in the window", LONG, |seen| seen.phase() == "RollbackWindow").await?;
        must(result(&seen, "one-row").as_deref() == Some("Passed"), "status.checks must say Passed")?;
        writers.more(100, SHORT).await?;
        story.in_step(writers, &database.green_pod().await?, &database.blue_pod().await?).await?;
        Ok(())
    });
}
