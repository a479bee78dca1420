//! Moves the client Service outside a switchover: where another manager set it elsewhere, or a crash came between.
use verdigris_core::{
    fact::{Fact, Problem},
    observation::Observation,
    plan::Plan,
    presume,
    record::{self, Record},
};
use verdigris_crds::Side;

use super::{apply, client_service};
use crate::{
    context::Context,
    kubernetes::workloads,
    observe::{places, sessions},
    postgres::{error::Reason, state},
};

/// Points the Service at `to`, if clients can write there still.
pub(super) async fn service(
    context: &Context,
    plan: &Plan,
    observation: &Observation,
    to: Side,
) -> Result<(), Problem> {
    // Its version before anything else: whoever moves the writer after this makes it old.
    let service = client_service(context, plan).await?;
    let selector = places::find(context, plan).await?.selector(to, plan)?;
    // Never to a side without a ready pod: a Service without endpoints sends poolers into long pauses (I8).
    let pods = workloads::pods(&context.client, &plan.namespace, &selector).await.map_err(|e| e.problem())?;
    if !pods.iter().any(workloads::is_ready) {
        return Err(Problem::transient(
            "NoReadyEndpoints",
            format!("{to} has no ready pod; the Service is left as it is until it has one."),
        ));
    }
    still_wanted(context, plan, observation, to).await?;
    apply(context, plan, &service, &selector).await
}

/// The look that asked for it may be from before another process moved the writer, or ended the run.
async fn still_wanted(context: &Context, plan: &Plan, observation: &Observation, to: Side) -> Result<(), Problem> {
    let Some(database) = observation.database.known() else {
        return Err(Problem::transient("DatabaseUnknown", "The name of the database is not known yet."));
    };
    let there = record(context, plan, to, database).await;
    let other = match &there {
        Fact::Known(None) => record(context, plan, to.other(), database).await,
        // Whoever is open is so because the other one is closed: that one need not be reached.
        _ => Fact::Known(None),
    };
    presume::point(to, &there, &other).map_err(|what| {
        let why = format!("The Service is not moved to {}: {what}. {}", to.lower(), Reason::Outdated.remedy());
        Problem::transient(Reason::Outdated.as_str(), why)
    })
}

async fn record(context: &Context, plan: &Plan, side: Side, database: &str) -> Fact<Option<Record>> {
    let target = match sessions::target(context, plan, side, database).await {
        Ok(target) => target,
        Err(problem) => return Fact::Unknown(problem),
    };
    match sessions::open(&target, plan, 0, "observe").await {
        Ok(session) => match state::observe(&session).await {
            Fact::Known(found) => Fact::Known(record::sort(found, plan.names.run()).0),
            unknown @ Fact::Unknown(_) => unknown,
        },
        // A database that is not there has no record.
        Err(error) if error.sqlstate.as_deref() == Some("3D000") => Fact::Known(None),
        Err(error) => Fact::Unknown(error.problem()),
    }
}
