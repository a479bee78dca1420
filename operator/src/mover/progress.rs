//! Progress of the clone as the operator shows it. Reads only.
use tokio_postgres::Client;
use verdigris_core::fact::{Fact, Problem};

use super::error::Error;
use super::{clone, failure, session};

/// Where the clone stands. Times are seconds since 1970 by green's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Kind of work under way: copy, compare, verdict, key, index, `foreign_key`, other, refresh, sequences, vacuum.
    pub stage: Option<String>,
    /// Bytes of work done, over all stages that have a size.
    pub done_bytes: i64,
    /// Bytes of work in all.
    pub total_bytes: i64,
    /// Items of work done.
    pub done_items: i64,
    /// Items of work in all.
    pub total_items: i64,
    /// When the snapshot was taken and the schema made. Absent: not begun.
    pub started_at: Option<i64>,
    /// When the last item was done.
    pub finished_at: Option<i64>,
    /// How often the snapshot was lost and the clone began again.
    pub restarts: i32,
    /// What is in the way. Not transient: movers have stopped, and go on when its row is deleted.
    pub failure: Option<Problem>,
}

/// Reads progress from green's database. A database without our records has a clone that did not begin; what was in the way
/// of beginning is read from blue by `failure::read(blue, clone::STEP)`.
pub async fn progress(green: &Client) -> Fact<Progress> {
    match read(green).await {
        Ok(progress) => Fact::Known(progress),
        Err(error) => Fact::Unknown(error.problem()),
    }
}

async fn read(green: &Client) -> Result<Progress, Error> {
    let there = session::one(
        green,
        "looking for records",
        "SELECT pg_catalog.to_regclass('verdigris.clone') IS NOT NULL AS there",
        &[],
    )
    .await?;
    if !session::column::<bool>(&there, "there")? {
        return Ok(Progress::default());
    }
    let row = session::one(green, "reading progress", include_str!("sql/progress.sql"), &[]).await?;
    Ok(Progress {
        stage: session::column(&row, "stage")?,
        done_bytes: session::column(&row, "done_bytes")?,
        total_bytes: session::column(&row, "total_bytes")?,
        done_items: session::column(&row, "done_items")?,
        total_items: session::column(&row, "total_items")?,
        started_at: session::column(&row, "started_at")?,
        finished_at: session::column(&row, "finished_at")?,
        restarts: session::column::<Option<i32>>(&row, "restarts")?.unwrap_or_default(),
        failure: failure::read(green, clone::STEP).await?,
    })
}
