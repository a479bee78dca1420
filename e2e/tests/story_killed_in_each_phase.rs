//! The leading operator is killed once in every phase; the other replica takes over and nothing is lost.
use std::{collections::BTreeSet, time::Duration};

use serde_json::json;
use verdigris_e2e::cluster::{LONG, Migration, SHORT, Story, must, story_alone};

/// Phases of one run there and back that last long enough to be seen.
const PHASES: [&str; 8] = [
    "Preflight",
    "Provisioning",
    "Cloning",
    "Migrating",
    "CatchingUp",
    "AwaitingApproval",
    "RollbackWindow",
    "RolledBack",
];

/// Kills the leader at every new phase until `last` is reached.
async fn kill_until(
    story: &Story,
    migration: &Migration,
    killed: &mut BTreeSet<String>,
    last: &str,
) -> anyhow::Result<()> {
    loop {
        let before = killed.clone();
        let fresh = |seen: &verdigris_e2e::cluster::Seen| !seen.phase().is_empty() && !before.contains(&seen.phase());
        let seen = migration.until("in a new phase", LONG, fresh).await?;
        let phase = seen.phase();
        must(!seen.is("Stalled", "True"), format!("stalled in {phase}: {:?}", seen.condition("Stalled")))?;
        killed.insert(phase.clone());
        let pod = story.operator.kill_leader().await?;
        println!("killed {pod} in {phase}");
        if phase == last {
            return Ok(());
        }
    }
}

#[test]
fn killed_in_each_phase() {
    story_alone("killed_in_each_phase", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 300)?;
        let migration = story.migrate(json!({})).await?;
        let mut killed = BTreeSet::new();
        kill_until(&story, &migration, &mut killed, "AwaitingApproval").await?;
        let digest = migration.plan(LONG).await?;
        migration.approve(&digest).await?;
        kill_until(&story, &migration, &mut killed, "RollbackWindow").await?;
        writers.more(200, SHORT).await?;
        migration.roll_back().await?;
        kill_until(&story, &migration, &mut killed, "RolledBack").await?;
        migration.phase("RolledBack", LONG).await?;
        for phase in PHASES {
            must(killed.contains(phase), format!("never seen in {phase}; seen: {:?}", migration.seen().phases))?;
        }
        writers.more(200, Duration::from_secs(30)).await?;
        let reigns = writers.ledger.report().reigns();
        must(reigns.len() == 3, format!("writes must have gone to blue, green, blue: {reigns:?}"))?;
        story.frozen(writers, &database.blue_pod().await?, &database.green_pod().await?).await?;
        Ok(())
    });
}
