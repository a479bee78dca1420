//! Migrations: run on green alone, while the stream into it is stopped, by a role that passes the gate; then what they did is
//! classified. Nothing in here touches blue, and nothing here decides what a finding means for the run.
mod classify;
mod file;
mod plan;
mod role;

use std::path::Path;

use tokio_postgres::Client;
use verdigris_core::{action::JobKind, fact::Problem};
use verdigris_crds::Side;

use super::error::Error;
use super::settings::Settings;
use super::{failure, session};
use plan::{Plan, Step};

/// What failures of this room are recorded under.
pub const STEP: &str = JobKind::Migrate.as_str();

/// What is in the way of migrations, if green's records say so. A failing file is not: that stands in the history.
pub async fn migrate_failure(green: &Client) -> Result<Option<Problem>, Problem> {
    let read = async {
        let sql = "SELECT pg_catalog.to_regclass('verdigris.failure') IS NOT NULL AS there";
        let there = session::one(green, "looking for records", sql, &[]).await?;
        if session::column(&there, "there")? { failure::read(green, STEP).await } else { Ok(None) }
    };
    read.await.map_err(|error: Error| error.problem())
}

/// Applies what is not applied yet, then classifies. `Ok` also where a file failed or a lasting failure is recorded.
pub async fn run(settings: &Settings, folder: &Path) -> Result<(), Error> {
    let Err(error) = attempt(settings, folder).await else { return Ok(()) };
    failure::settle(settings, STEP, error).await
}

async fn attempt(settings: &Settings, folder: &Path) -> Result<(), Error> {
    let plan = plan::read(folder).await?;
    let green = session::open(settings, Side::Green).await?;
    session::quiet(&green).await?;
    let sql = "SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 0))";
    session::one(&green, "waiting for another mover", sql, &[&settings.names().migrator_role()]).await?;
    if !ready(settings, &green).await? {
        return Ok(());
    }
    failure::forget(&green, STEP).await?;
    let history = plan::history(&green).await?;
    plan::agrees(&plan.steps, &history)?;
    classify::before(settings, &green, history.is_empty()).await?;
    let all = apply(settings, &green, &plan, &history).await;
    // Also what a file without a transaction left behind.
    session::batch(&green, "arming new tables", "SELECT verdigris.arm()").await?;
    role::lock_out(settings, &green).await?;
    if all? {
        classify::after(settings, &green).await?;
    }
    Ok(())
}

/// Whether there is anything to do: a finished clone of this run, not classified yet.
async fn ready(settings: &Settings, green: &Client) -> Result<bool, Error> {
    let row = session::one(green, "reading green's record", include_str!("../sql/clone_state.sql"), &[]).await?;
    let uid: String = session::column(&row, "uid")?;
    let side: String = session::column(&row, "side")?;
    if uid != settings.names().run() || side != "green" {
        return Err(Error::permanent("GreenIsNotOurs", format!("green's record says it is {side} of run {uid}")));
    }
    if session::column::<bool>(&row, "retired")? {
        return Err(Error::run_over());
    }
    if !session::column::<bool>(&row, "finished")? || !session::column::<bool>(&row, "closed")? {
        return Err(Error::transient(
            "CloneNotFinished",
            "green's clone is not finished, or green is open; migrations wait",
        ));
    }
    let sql = "SELECT EXISTS (SELECT FROM verdigris.classified) AS classified";
    let row = session::one(green, "looking for the classification", sql, &[]).await?;
    Ok(!session::column::<bool>(&row, "classified")?)
}

/// Runs the files that are not applied. `false`: one failed, and that is recorded.
async fn apply(settings: &Settings, green: &Client, plan: &Plan, history: &[plan::Applied]) -> Result<bool, Error> {
    let todo: Vec<&Step> =
        plan.steps.iter().filter(|step| !history.iter().any(|past| past.seq == step.seq && past.done)).collect();
    if todo.is_empty() {
        return Ok(true);
    }
    let migrator = role::make(settings, green, plan.role.as_deref()).await?;
    for step in todo {
        let begin = include_str!("../sql/migration_begin.sql");
        session::execute(green, "recording a migration", begin, &[&step.seq, &step.name, &step.file, &step.checksum])
            .await?;
        let Err(failed) =
            file::run(settings, &migrator, step, history.iter().find(|past| past.seq == step.seq)).await?
        else {
            continue;
        };
        tracing::error!(
            migration = step.name,
            file = step.file,
            line = failed.line,
            sqlstate = failed.code,
            "a file failed"
        );
        let sql = include_str!("../sql/migration_failed.sql");
        session::execute(green, "recording a failure", sql, &[&step.seq, &failed.line, &failed.code, &failed.object])
            .await?;
        failure::note(green, STEP, &format!("{} {}: {}", step.name, step.file, failed.words)).await;
        return Ok(false);
    }
    Ok(true)
}
