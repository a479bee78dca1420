//! Deleted while it clones and again before the switch: blue is as it was, green is kept and stays closed, writers notice nothing.
use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, Seen, must, must_be_closed, must_be_open, story, without_traces};

#[test]
fn delete_before() {
    story("delete_before", |story| async move {
        let database = story.shop().await?;
        let blue = database.blue_pod().await?;
        let writers = story.writers(&database, 100)?;
        let selector = story.kubectl.value("service/shop-db", "{.spec.selector}").await?;

        let migration = story.migrate(json!({})).await?;
        migration.until("cloning", LONG, |seen| seen.phase() == "Cloning").await?;
        migration.delete(SHORT).await?;
        without_traces(&blue, &[], SHORT).await?;

        // Green is kept. Another object of that name does not take it for its own.
        let migration = story.migrate(json!({})).await?;
        let told = |seen: &Seen| seen.condition("PreflightPassed").map(|(_, _, text)| text).unwrap_or_default();
        let earlier = "shop-green exists already and was made for an earlier migration of this name";
        migration.until("refused for that green", SHORT, |seen| told(seen).contains(earlier)).await?;
        migration.delete(SHORT).await?;
        without_traces(&blue, &[], SHORT).await?;

        // So the second run needs one of its own.
        let own = json!({"metadata": {"name": "again"}, "spec": {"green": {
            "selector": {"app": "shop-db-again"}, "provision": {"statefulSet": {"name": "shop-again"}}}}});
        let migration = story.migrate(own).await?;
        migration.plan(LONG).await?;
        migration.delete(SHORT).await?;
        without_traces(&blue, &[], SHORT).await?;
        must_be_open(&blue).await?;
        // Whoever is led to a green that is left gets an error there, never a write that blue does not have.
        let green = database.pod("app=shop-db-again").await?;
        must_be_closed(&green).await?;
        let tombstone = green.value("SELECT tombstone FROM verdigris.state").await?.unwrap_or_default();
        must(tombstone.contains("To open this side on purpose"), format!("green must say so: {tombstone:?}"))?;
        writers.more(100, SHORT).await?;
        let report = writers.stop().await.report();
        must(report.reigns().len() == 1, "writers must never have left blue")?;
        must(report.errors.is_empty(), format!("writers must not have noticed: {:?}", report.errors))?;
        for green in ["shop-green", "shop-again"] {
            story.kubectl.run(&["get", "statefulset", green]).await?;
        }
        let now = story.kubectl.value("service/shop-db", "{.spec.selector}").await?;
        must(now == selector, format!("the Service must select what it selected: {now}"))
    });
}
