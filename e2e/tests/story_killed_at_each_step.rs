//! The operator is killed at every step of the switchover, there and back, under load: each time the next process goes on or
//! puts everything back by what the databases say, and nothing is lost, doubled or written on two sides.
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use verdigris_e2e::cluster::{Database, LONG, Migration, Outside, Process, SHORT, Story, must, story};

/// One migration after the other on the same blue: each gives one switchover there and one back.
struct Runs<'a> {
    story: &'a Story,
    operator: Outside,
    number: u32,
    switches: usize,
    migration: Option<Migration>,
}

/// What a process came to.
enum End {
    Hit,
    /// The switchover was over without meeting the point; the process goes on.
    Over(Process),
}

impl Runs<'_> {
    /// A migration in which a switchover is wanted: the present one, or a new one with a green of its own.
    async fn wanted(&mut self) -> Result<&Migration> {
        let phase = self.migration.as_ref().map(|migration| migration.seen().phase()).unwrap_or_default();
        if phase == "RollbackWindow"
            && let Some(migration) = &self.migration
        {
            migration.roll_back().await?;
        }
        if self.migration.is_none() || phase == "RolledBack" {
            self.number += 1;
            let name = format!("run{}", self.number);
            let migration = self
                .story
                .migrate(json!({"metadata": {"name": name, "labels": self.operator.labels()}, "spec": {
                    "green": {"selector": {"app": format!("shop-db-{name}")}, "provision": {"statefulSet": {"name": format!("shop-{name}")}}},
                    "cutover": {"policy": "Automatic"}}}))
                .await?;
            self.migration = Some(migration);
        }
        self.migration.as_ref().ok_or_else(|| anyhow::anyhow!("no migration"))
    }

    /// Runs a process with this fault point until it is met, or the switchover under way is over.
    async fn until_hit(&mut self, point: &str) -> Result<End> {
        let mut process = self.operator.start(Some(point)).await?;
        let migration = self.wanted().await?;
        let back = migration.seen().is("BlueClosed", "True");
        let goal = if back { "RolledBack" } else { "RollbackWindow" };
        // Not by `phase`: until the run before has let go, the new one stalls for it, and goes on by itself.
        let over = migration.until(goal, LONG, |seen| seen.phase() == goal);
        tokio::select! {
            hit = process.hit(LONG) => hit.map(|()| End::Hit),
            over = over => { over?; Ok(End::Over(process)) }
        }
    }
}

#[test]
fn killed_at_each_step() {
    story("killed_at_each_step", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 300)?;
        let operator = Outside::beside(&story.kubectl.namespace, story.results().join("outside.log"))?;
        let mut runs = Runs { story: &story, operator, number: 0, switches: 0, migration: None };
        let outcome = every_point(&mut runs, &database).await;
        runs.operator.hand_over().await?;
        outcome?;
        writers.more(200, SHORT).await?;
        let reigns = writers.ledger.report().reigns().len();
        must(reigns == runs.switches + 1, format!("{} switchovers, but {reigns} reigns", runs.switches))?;
        let green = database.pod(&format!("app=shop-db-run{}", runs.number)).await?;
        story.frozen(writers, &database.blue_pod().await?, &green).await?;
        Ok(())
    });
}

async fn every_point(runs: &mut Runs<'_>, database: &Database) -> Result<()> {
    let points = runs.operator.points().await?;
    must(points.len() > 20, format!("the operator must name its fault points: {points:?}"))?;
    // The way back from a closed `from` is taken only where `to` could not open: not in these runs.
    for point in points.iter().filter(|point| !point.starts_with("reopen")) {
        let mut tries = 0;
        loop {
            match runs.until_hit(point).await? {
                End::Hit => break println!("killed at {point}"),
                End::Over(process) => {
                    process.kill().await?;
                    runs.switches += 1;
                    tries += 1;
                    // A point may be met in one direction only, or never where there is nothing to do; two full rounds tell.
                    must(tries <= 3, format!("{point} was never met"))?;
                }
            }
        }
    }
    // To the end of the round, so that blue writes and green stands still.
    let last = runs.operator.start(None).await?;
    while runs.migration.as_ref().is_none_or(|migration| migration.seen().phase() != "RolledBack") {
        let migration = runs.wanted().await?;
        let goal = if migration.seen().is("BlueClosed", "True") { "RolledBack" } else { "RollbackWindow" };
        migration.phase(goal, LONG).await?;
        runs.switches += 1;
    }
    must(database.clients().value("SELECT 1").await?.is_some(), "clients are served")?;
    tokio::time::timeout(Duration::from_secs(10), last.kill()).await?
}
