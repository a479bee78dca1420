//! The clone: schema by green's own tools, rows by COPY under one snapshot of blue, compared under the same snapshot.
//!
//! Any number of movers run it at once. Single-handed steps are done under an advisory lock on green; the rest is a queue in
//! `verdigris.work` on green, whose items are marked done in the transaction of their work. This room never reads the epoch:
//! it checks the clone's id.
mod birth;
mod compare;
mod copy;
mod enter;
mod globals;
mod post;
mod queue;
mod snapshot;
mod toc;
mod worker;

use super::error::Error;
use super::settings::Settings;
use super::{failure, session};
use tokio_postgres::Client;
use verdigris_core::action::JobKind;
use verdigris_crds::Side;

/// What failures of this room are recorded under.
pub const STEP: &str = JobKind::Clone.as_str();

/// Works until the clone is finished, or until a lasting failure is recorded (by us or another mover): both are `Ok`.
pub async fn run(settings: &Settings) -> Result<(), Error> {
    if failure::lasting(settings, STEP).await? {
        tracing::warn!(
            "a lasting failure of the clone is recorded: nothing is done until its row in verdigris.failure is deleted"
        );
        return Ok(());
    }
    let Err(error) = attempt(settings).await else { return Ok(()) };
    failure::settle(settings, STEP, error).await
}

async fn attempt(settings: &Settings) -> Result<(), Error> {
    let chief = Chief::wait(settings).await?;
    let Some(joined) = enter::enter(settings, &chief).await? else { return Ok(()) };
    drop(chief);
    let clone = joined.clone;
    worker::work(settings, joined).await?;
    let green = session::open(settings, Side::Green).await?;
    session::execute(&green, "finishing the clone on green", include_str!("../sql/clone_finish.sql"), &[&clone])
        .await?;
    let blue = session::open(settings, Side::Blue).await?;
    failure::forget(&blue, STEP).await
}

/// The one mover that does single-handed steps: it holds an advisory lock on green until it is dropped or dies.
pub struct Chief {
    /// Session in a database of green that is not the one to move.
    pub green: Client,
}

impl Chief {
    async fn wait(settings: &Settings) -> Result<Self, Error> {
        let green = session::open_in(settings, Side::Green, settings.maintenance()).await?;
        session::quiet(&green).await?;
        let sql = "SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 0))";
        session::one(&green, "waiting for the other movers", sql, &[&settings.names().prefix()]).await?;
        Ok(Self { green })
    }
}
