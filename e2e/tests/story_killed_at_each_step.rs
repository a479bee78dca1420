//! The operator is killed at every step of the switchover, there and back, under load: each time the next process goes on or
//! puts everything back by what the databases say, and nothing is lost, doubled or written on two sides.
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use verdigris_e2e::cluster::{Database, Runs, SHORT, must, story};

#[test]
fn killed_at_each_step() {
    story("killed_at_each_step", |story| async move {
        let database = story.shop().await?;
        let writers = story.writers(&database, 300)?;
        let mut runs = Runs::new(&story, json!({}))?;
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
    // The way back from a closed `from` is taken only where `to` could not open: not in these runs. Poolers have a story of their own.
    let met = |point: &&String| !point.starts_with("reopen") && !point.contains("-poolers");
    for point in points.iter().filter(met) {
        runs.kill_at(point).await?;
    }
    let last = runs.to_the_end().await?;
    must(database.clients().value("SELECT 1").await?.is_some(), "clients are served")?;
    tokio::time::timeout(Duration::from_secs(10), last.kill()).await?
}
