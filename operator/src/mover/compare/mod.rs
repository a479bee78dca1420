//! The full comparison while the stream runs: hashes of buckets of rows on both sides, then the rows of those buckets that
//! differ, by key, with a marker in between, until each is settled or proved different. It never calls a table equal that it
//! could not settle; it repairs nothing. Before it, green's materialized views are filled anew.
mod settle;
mod table;

use std::collections::VecDeque;

use futures::future::try_join_all;
use tokio::sync::Mutex;
use tokio_postgres::Client;
use uuid::Uuid;
use verdigris_core::action::JobKind;
use verdigris_crds::Side;

use super::error::Error;
use super::hash::Hash;
use super::settings::Settings;
use super::{failure, matviews, session};
use table::Table;

/// What failures of this room are recorded under.
pub const STEP: &str = JobKind::Compare.as_str();

/// Compares every carried table once. `Ok` whatever it found: the result stands in `verdigris.comparison`.
pub async fn run(settings: &Settings) -> Result<(), Error> {
    let Err(error) = attempt(settings).await else { return Ok(()) };
    failure::settle(settings, STEP, error).await
}

/// A table's result.
pub struct Verdict {
    rows: i64,
    state: &'static str,
    differing: Option<i64>,
}

/// Sessions of one stream.
pub struct Sides {
    blue: Client,
    green: Client,
    hash: Hash,
}

async fn attempt(settings: &Settings) -> Result<(), Error> {
    let green = session::open(settings, Side::Green).await?;
    failure::forget(&green, STEP).await?;
    matviews::refresh_all(&green, STEP).await?;
    let blue = session::open(settings, Side::Blue).await?;
    let rows = session::all(&blue, "listing blue's tables", include_str!("../sql/compare_tables.sql"), &[]).await?;
    let mut tables = VecDeque::new();
    let mut names: Vec<String> = Vec::new();
    for row in rows {
        let table = Table { name: session::column(&row, "name")?, rel: session::column(&row, "rel")? };
        names.push(table.name.clone());
        tables.push_back(table);
    }
    let run = Uuid::new_v4();
    session::execute(&green, "beginning a comparison", include_str!("../sql/compare_begin.sql"), &[&run, &names])
        .await?;
    let tables = Mutex::new(tables);
    try_join_all((0..settings.workers.max(1)).map(|_| stream(settings, run, &tables))).await?;
    session::execute(&green, "finishing the comparison", include_str!("../sql/compare_finish.sql"), &[&run]).await?;
    Ok(())
}

async fn stream(settings: &Settings, run: Uuid, tables: &Mutex<VecDeque<Table>>) -> Result<(), Error> {
    let (blue, green) = (session::open(settings, Side::Blue).await?, session::open(settings, Side::Green).await?);
    let hash = Hash::agreed(&blue, &green).await?;
    let sides = Sides { blue, green, hash };
    loop {
        let Some(table) = tables.lock().await.pop_front() else { return Ok(()) };
        let verdict = table::compare(&sides, &table).await?;
        tracing::info!(
            table = table.name,
            state = verdict.state,
            rows = verdict.rows,
            differing = verdict.differing,
            "compared"
        );
        let sql = include_str!("../sql/compare_table.sql");
        session::execute(
            &sides.green,
            "recording a result",
            sql,
            &[&run, &table.name, &verdict.rows, &verdict.state, &verdict.differing],
        )
        .await?;
    }
}
