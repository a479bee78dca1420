//! Servers are restarted under way, blue while green waits for its approval and green in the window: PostgreSQL turns the other
//! side's subscription off for it, and the run turns it on again; nothing is lost, and the way back stays open.
use anyhow::Result;
use serde_json::json;
use verdigris_e2e::cluster::{LONG, SHORT, Story, must, story};

/// What a subscriber's log says of it.
const TURNED_OFF: &str = "has been disabled because of an error";

#[test]
fn restarts() {
    story("restarts", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let migration = story.migrate(json!({})).await?;
        let digest = migration.plan(LONG).await?;

        restart(&story, "shop-blue-0").await?;
        writers.more(50, SHORT).await?;
        turned_off(&story, "shop-green-0").await?;
        migration.approve(&digest).await?;
        migration.phase("RollbackWindow", LONG).await?;

        restart(&story, "shop-green-0").await?;
        writers.more(50, SHORT).await?;
        turned_off(&story, "shop-blue-0").await?;
        migration.roll_back().await?;
        migration.phase("RolledBack", LONG).await?;
        writers.more(50, SHORT).await?;
        let reigns = writers.ledger.report().reigns();
        must(reigns.len() == 5, format!("blue, blue, green, green, blue, each at an address of its own: {reigns:?}"))?;
        story.frozen(writers, &database.blue_pod().await?, &database.green_pod().await?).await.map(drop)
    });
}

/// As a drained node does it: the pod goes in good order, and comes again with its volume.
async fn restart(story: &Story, pod: &str) -> Result<()> {
    story.kubectl.run(&["delete", "pod", pod]).await?;
    let there = ["wait", "--for=create", &format!("pod/{pod}"), "--timeout=60s"];
    story.kubectl.run(&there).await?;
    story.kubectl.run(&["wait", "--for=condition=Ready", &format!("pod/{pod}"), "--timeout=80s"]).await.map(drop)
}

/// Else the story would prove nothing.
async fn turned_off(story: &Story, pod: &str) -> Result<()> {
    let log = story.kubectl.run(&["logs", pod]).await?;
    must(log.contains(TURNED_OFF), format!("{pod} has not turned its subscription off"))
}
