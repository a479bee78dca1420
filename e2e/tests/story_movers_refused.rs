//! Movers that Kubernetes refuses, and then movers that cannot do their work: the object says which, why and what to do, and the run goes on by itself.
#![allow(clippy::indexing_slicing, reason = "a test that panics is a test that fails")]
use anyhow::Result;
use serde_json::json;
use verdigris_e2e::cluster::{LONG, Migration, SHORT, Seen, Story, must, story};

/// Waits until the message of what the clone does holds all of these.
async fn says(migration: &Migration, words: &[&str]) -> Result<Seen> {
    let told = |seen: &Seen| {
        let (_, reason, text) = seen.condition("Cloned")?;
        words.iter().all(|word| reason == *word || text.contains(word)).then_some(())
    };
    migration.until(&format!("saying {words:?}"), LONG, |seen| told(seen).is_some()).await
}

/// Waits until Kubernetes has tried this often to make a pod, and was refused.
async fn refusals(story: &Story, wanted: u64) -> Result<()> {
    let end = tokio::time::Instant::now() + SHORT;
    loop {
        let events =
            story.kubectl.run(&["get", "events", "--field-selector", "reason=FailedCreate", "-o", "json"]).await?;
        let events: serde_json::Value = serde_json::from_str(&events)?;
        let times = events["items"].as_array().into_iter().flatten().map(|event| event["count"].as_u64().unwrap_or(1));
        let times: u64 = times.sum();
        if times >= wanted {
            return Ok(());
        }
        must(tokio::time::Instant::now() < end, format!("refused only {times} times"))?;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

/// Identity of the clone Job.
async fn job(story: &Story) -> Result<String> {
    story.kubectl.value("job/shop-clone", "{.metadata.uid}").await
}

#[test]
fn movers_refused() {
    story("movers_refused", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        // Room for blue and green, and for no mover.
        let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "two-pods"}, "spec": {"hard": {"pods": "2"}}});
        story.kubectl.apply(&quota.to_string()).await?;
        let migration = story.migrate(json!({"spec": {"clone": {"workers": 1}}})).await?;
        let refused = migration.condition("Stalled", "True", &["FailedCreate"], LONG).await?;
        let (_, _, message) = refused.condition("Stalled").unwrap_or_default();
        for word in ["shop-clone", "ResourceQuota", "describe job", "since 2"] {
            must(message.contains(word), format!("the message must name {word}: {message}"))?;
        }
        must(refused.phase() == "Cloning", format!("it stays in its phase, not {}", refused.phase()))?;
        must(refused.is("Reconciling", "False"), "stalled means that nothing is under way (kstatus)")?;
        let events = story.kubectl.run(&["describe", "job/shop-clone"]).await?;
        must(
            events.contains("exceeded quota: two-pods"),
            format!("where the message points to is the cause: {events}"),
        )?;
        let first = job(&story).await?;
        // Kubernetes tries on; nobody writes the same thing again.
        refusals(&story, 6).await?;
        let changes = migration.seen().changes;
        must(changes == refused.changes, format!("{} writes while nothing changed", changes - refused.changes))?;

        // A table that nobody publishes: a mover runs, cannot do its work, and says so without a place in green.
        database.clients().run("CREATE TABLE shop.late (id int PRIMARY KEY)").await?;
        story.kubectl.run(&["delete", "resourcequota", "two-pods"]).await?;
        let told = says(&migration, &["TableNotPublished", "shop.late", "the last one was pod story-"]).await;
        must(told.is_ok(), format!("the mover's last words must be in the message: {told:?}"))?;
        database.clients().run("DROP TABLE shop.late").await?;
        migration.until("mended", LONG, |seen| seen.phase() == "AwaitingApproval").await?;
        must(job(&story).await? == first, "the same Job goes on: nothing had to be deleted")?;
        let ready = migration.seen();
        must(
            ready.is("Cloned", "True") && ready.is("Stalled", "False"),
            "mended, nothing of it is left in the object",
        )?;
        story.no_secret_told(&database).await?;
        let report = writers.stop().await.report();
        must(report.errors.is_empty(), format!("writers must not have noticed: {:?}", report.errors))?;
        migration.delete(SHORT).await
    });
}
