//! The leading operator is killed in every phase, in some without a word; the other replica takes over and nothing is lost.
use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::json;
use verdigris_e2e::{
    cluster::{LONG, Migration, SHORT, Seen, Story, must, story_alone},
    ledger::Writers,
};

/// Phases of a run there and back.
const PHASES: [&str; 11] = [
    "Preflight",
    "Provisioning",
    "Cloning",
    "CatchingUp",
    "Migrating",
    "Verifying",
    "AwaitingApproval",
    "CuttingOver",
    "RollbackWindow",
    "RollingBack",
    "RolledBack",
];

/// Those in which it has no time to give its Lease up, so that the other replica has to find out.
const CRASHES: [&str; 4] = ["Cloning", "CuttingOver", "RollbackWindow", "RollingBack"];

/// One migration after the other on the same blue. What was over before the leader
/// could be killed in it is met in a later run.
struct Kills<'a> {
    story: &'a Story,
    missing: BTreeSet<&'static str>,
}

impl Kills<'_> {
    /// There and back once, with a kill in every phase that none has met yet.
    async fn there_and_back(&mut self, run: usize, writers: &Writers) -> Result<()> {
        let name = format!("run{run}");
        let migration = self
            .story
            .migrate(json!({"metadata": {"name": name}, "spec": {
                "green": {"selector": {"app": format!("shop-db-{name}")}, "provision": {"statefulSet": {"name": format!("shop-{name}")}}}}}))
            .await?;
        self.until(&migration, "AwaitingApproval").await?;
        let digest = migration.plan(LONG).await?;
        migration.approve(&digest).await?;
        self.until(&migration, "RollbackWindow").await?;
        writers.more(200, SHORT).await?;
        migration.roll_back().await?;
        self.until(&migration, "RolledBack").await?;
        migration.phase("RolledBack", LONG).await?;
        writers.more(200, SHORT).await
    }

    /// Kills the leader in every missing phase up to `last`.
    async fn until(&mut self, migration: &Migration, last: &str) -> Result<()> {
        loop {
            let missing = self.missing.clone();
            // The run before may still be letting go of blue: for that the next one stalls, and goes on by itself.
            let fits = |seen: &Seen| missing.contains(seen.phase().as_str()) || seen.phase() == last;
            let seen = migration.until(&format!("on its way to {last}"), LONG, fits).await?;
            let phase = seen.phase();
            if self.missing.remove(phase.as_str()) {
                let operator = &self.story.operator;
                let crash = CRASHES.contains(&phase.as_str());
                let pod = if crash { operator.crash_leader().await? } else { operator.kill_leader().await? };
                println!("{} {pod} in {phase}", if crash { "crashed" } else { "killed" });
            }
            if phase == last {
                return Ok(());
            }
        }
    }
}

#[test]
fn killed_in_each_phase() {
    story_alone("killed_in_each_phase", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 100)?;
        let mut kills = Kills { story: &story, missing: PHASES.into() };
        let mut runs = 0;
        while !kills.missing.is_empty() {
            runs += 1;
            must(runs <= 4, format!("never met in four runs: {:?}", kills.missing))?;
            kills.there_and_back(runs, &writers).await?;
        }
        let reigns = writers.ledger.report().reigns();
        must(reigns.len() == 1 + 2 * runs, format!("{runs} times there and back, but {reigns:?}"))?;
        let green = database.pod(&format!("app=shop-db-run{runs}")).await?;
        story.frozen(writers, &database.blue_pod().await?, &green).await.map(drop)
    });
}
