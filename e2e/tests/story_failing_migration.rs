//! A migration file that fails: named with line and SQLSTATE, blue untouched; corrected, it goes on without a new clone.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, Migration, SHORT, Seen, must, must_be_closed, story};

/// Waits until the failure is told with file, line and this SQLSTATE.
async fn says(migration: &Migration, state: &str) -> anyhow::Result<Seen> {
    let told = |seen: &Seen| seen.condition("Stalled").filter(|(is, _, text)| is == "True" && text.contains(state));
    let seen = migration.until(&format!("stalled for {state}"), LONG, |seen| told(seen).is_some()).await?;
    let (_, reason, message) = told(&seen).unwrap_or_default();
    must(reason == "StatementFailed", format!("not for this reason: {reason}"))?;
    for word in ["02_second.sql", "3"] {
        must(message.contains(word), format!("the message must name {word}: {message}"))?;
    }
    Ok(seen)
}

#[test]
fn failing_migration() {
    story("failing_migration", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let first = ("01_first.sql", "CREATE TABLE shop.first (id int PRIMARY KEY);");
        let broken = "CREATE TABLE shop.second (id int PRIMARY KEY);\n\nALTER TABEL shop.second ADD COLUMN c int;\n";
        story.files("shop-0042", &[first, ("02_second.sql", broken)]).await?;
        let migration = story.migrate(json!({})).await?;
        says(&migration, "42601").await?;
        // Corrected, and wrong again in another way.
        let bad = broken.replace("TABEL shop.second", "TABLE shop.nowhere");
        story.files("shop-0042", &[first, ("02_second.sql", &bad)]).await?;
        let seen = says(&migration, "42P01").await?;
        must(seen.is("SchemaMigrated", "False"), "SchemaMigrated must be false")?;
        must(seen.is("Cloned", "True"), "the clone stands")?;
        let cloned =
            seen.status().steps.into_iter().find(|step| step.name == "Clone").and_then(|step| step.finished_at);

        // Blue writes on, green is closed, and the failed file left nothing.
        writers.more(100, SHORT).await?;
        must_be_closed(&database.green_pod().await?).await?;
        let second = "SELECT count(*) FROM pg_tables WHERE schemaname = 'shop' AND tablename = 'second'";
        must(
            database.green_pod().await?.value(second).await?.as_deref() == Some("0"),
            "a failed file is undone whole",
        )?;
        let new = "SELECT count(*) FROM pg_tables WHERE schemaname = 'shop' AND tablename IN ('first', 'second')";
        must(database.blue_pod().await?.value(new).await?.as_deref() == Some("0"), "migrations never run on blue")?;

        let good = bad.replace("shop.nowhere", "shop.second");
        story.files("shop-0042", &[first, ("02_second.sql", &good)]).await?;
        let seen = migration.until("migrated", LONG, |seen| seen.is("SchemaMigrated", "True")).await?;
        let again = seen.status().steps.into_iter().find(|step| step.name == "Clone").and_then(|step| step.finished_at);
        must(cloned.is_some() && cloned == again, "the corrected file must go on without a new clone")?;
        let digest = migration.plan(LONG).await?;
        migration.approve(&digest).await?;
        migration.phase("RollbackWindow", SHORT).await?;
        writers.more(100, SHORT).await?;
        story.in_step(writers, &database.green_pod().await?, &database.blue_pod().await?).await?;
        Ok(())
    });
}
