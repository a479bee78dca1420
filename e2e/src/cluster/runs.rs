//! One migration after the other on the same blue, each with one switchover there and one back, and an operator that ends itself at a
//! fault point of them.
use anyhow::Result;
use serde_json::{Value, json};

use super::{LONG, Migration, Outside, Process, Story, must};

/// Migrations of one story.
pub struct Runs<'a> {
    story: &'a Story,
    /// Who looks after them.
    pub operator: Outside,
    /// How many migrations there were.
    pub number: u32,
    /// How many switchovers there were.
    pub switches: usize,
    migration: Option<Migration>,
    spec: Value,
}

/// What a process came to.
enum End {
    Hit,
    /// The switchover was over without meeting the point; the process goes on.
    Over(Process),
}

impl<'a> Runs<'a> {
    /// None yet. `spec`: what each has beside a green of its own.
    ///
    /// # Errors
    /// There is no program to start.
    pub fn new(story: &'a Story, spec: Value) -> Result<Self> {
        let operator = Outside::beside(&story.kubectl.namespace, story.results().join("outside.log"))?;
        Ok(Self { story, operator, number: 0, switches: 0, migration: None, spec })
    }

    /// Starts a process that ends at that point, until it has.
    ///
    /// # Errors
    /// The point was never met.
    pub async fn kill_at(&mut self, point: &str) -> Result<()> {
        let mut tries = 0;
        loop {
            match self.until_hit(point).await? {
                End::Hit => {
                    println!("killed at {point}");
                    return Ok(());
                }
                End::Over(process) => {
                    process.kill().await?;
                    self.switches += 1;
                    tries += 1;
                    // A point may be met in one direction only, or never where there is nothing to do; two full rounds tell.
                    must(tries <= 3, format!("{point} was never met"))?;
                }
            }
        }
    }

    /// Until the switchover that was begun is over, whoever does it.
    ///
    /// # Errors
    /// It does not end.
    pub async fn rest(&self) -> Result<()> {
        let Some(migration) = &self.migration else { return Ok(()) };
        let rest = |phase: &str| matches!(phase, "RollbackWindow" | "RolledBack");
        migration.until("a switchover that is over", LONG, |seen| rest(&seen.phase())).await.map(drop)
    }

    /// To the end of the round, so that blue writes and green stands still; the process that did it goes on.
    ///
    /// # Errors
    /// A switchover does not end.
    pub async fn to_the_end(&mut self) -> Result<Process> {
        let last = self.operator.start(None).await?;
        while self.migration.as_ref().is_none_or(|migration| migration.seen().phase() != "RolledBack") {
            let migration = self.wanted().await?;
            let goal = if migration.seen().is("BlueClosed", "True") { "RolledBack" } else { "RollbackWindow" };
            migration.phase(goal, LONG).await?;
            self.switches += 1;
        }
        Ok(last)
    }

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
            let mut spec = self.spec.clone();
            if let Value::Object(fields) = &mut spec {
                let green = json!({"selector": {"app": format!("shop-db-{name}")}, "provision": {"statefulSet": {"name": format!("shop-{name}")}}});
                fields.extend([("green".into(), green), ("cutover".into(), json!({"policy": "Automatic"}))]);
            }
            let metadata = json!({"name": name, "labels": self.operator.labels()});
            self.migration = Some(self.story.migrate(json!({"metadata": metadata, "spec": spec})).await?);
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
