//! Actions, one function each. An action does what it says or reports why not; whether it is wanted was decided before.
mod databases;
mod ends;
mod failure;
mod point;
mod pooler;
mod roles;
mod router;

use k8s_openapi::api::core::v1::Service;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::json;
use verdigris_core::{
    action::{Action, JobKind},
    decide::{Decision, Verdict},
    fact::Problem,
    observation::{JobFacts, Observation},
    plan::Plan,
};
use verdigris_crds::{DatabaseMigration, Side};

use crate::{
    context::Context,
    kubernetes::{Error, call, jobs, labels, services, sources, workloads},
    mover,
    observe::{
        places::{self, Places},
        sessions,
    },
};

/// Performs the actions of a decision in order; the first that fails ends it. Whether poolers let their clients go on stands beside that:
/// it is tried whatever failed, and where it fails only the end of a run waits for it.
///
/// # Errors
/// What was in the way, as users read it.
pub async fn perform(
    context: &Context,
    object: &DatabaseMigration,
    plan: &Plan,
    observation: &Observation,
    decision: &Decision,
) -> Result<(), Problem> {
    let Verdict::Act(actions) = &decision.verdict else { return Ok(()) };
    // The way out for an object whose surroundings are gone: tried all the same.
    let forced = observation.object.deleting && observation.object.force_finalize;
    let (mut failed, mut held) = (None, None);
    for action in actions {
        let resume = *action == Action::ResumePoolers;
        if !resume && (failed.is_some() || held.is_some() && action.ends() && !forced) {
            continue;
        }
        let name = format!("{action:?}").chars().take(80).collect::<String>();
        tracing::info!(migration = plan.key(), phase = decision.phase.as_str(), action = name, "acting");
        let outcome = one(context, object, plan, observation, action).await;
        *if resume { &mut held } else { &mut failed } = outcome.err();
    }
    failed.or(held).map_or(Ok(()), Err)
}

async fn one(
    context: &Context,
    object: &DatabaseMigration,
    plan: &Plan,
    observation: &Observation,
    action: &Action,
) -> Result<(), Problem> {
    let (client, namespace, name) = (&context.client, &plan.namespace, &plan.name);
    let problem = |e: Error| e.problem();
    match action {
        Action::AddFinalizer => finalizer(context, plan, true).await,
        Action::RemoveFinalizer => finalizer(context, plan, false).await,
        Action::MakeSideServices => make_side_services(context, object, plan).await,
        Action::AdoptSelector => adopt_selector(context, plan).await,
        Action::ProvisionGreen => provision(context, object, plan).await,
        Action::StartJob { kind, key } => start_job(context, object, plan, observation, *kind, key).await,
        Action::SuspendJob { kind } => jobs::suspend(client, namespace, name, *kind, true).await.map_err(problem),
        Action::DeleteJob { kind } => jobs::delete(client, namespace, name, *kind).await.map_err(problem),
        Action::WritePlan { digest, body } => {
            sources::write_plan(client, object, plan.plan_config_map(), digest, body).await.map_err(problem)
        }
        Action::CarryRoles => roles::carry(context, plan, observation).await,
        Action::PointService { to } => point::service(context, plan, observation, *to).await,
        Action::InstallBlue
        | Action::Claim
        | Action::Recover
        | Action::ResumePoolers
        | Action::StartForward
        | Action::StopForward
        | Action::ResumeForward
        | Action::ReviveStream { .. }
        | Action::ForgetErrors { .. }
        | Action::Switchover { .. }
        | Action::Finish { .. }
        | Action::Undo { .. }
        | Action::DropSlots { .. }
        | Action::ExtendWindow { .. } => databases::perform(context, plan, observation, action).await,
    }
}

async fn finalizer(context: &Context, plan: &Plan, wanted: bool) -> Result<(), Problem> {
    let api: Api<DatabaseMigration> = Api::namespaced(context.client.clone(), &plan.namespace);
    let what = format!("finalizer of {}", plan.key());
    let Some(fresh) = call(&what, api.get_opt(&plan.name)).await.map_err(|e| e.problem())? else { return Ok(()) };
    let mut all = fresh.metadata.finalizers.clone().unwrap_or_default();
    let before = all.len();
    all.retain(|f| f != labels::FINALIZER);
    if wanted {
        all.push(labels::FINALIZER.to_owned());
    }
    if all.len() == before {
        return Ok(());
    }
    // The version read goes with it: two writers of the list must not undo each other.
    let patch = json!({ "metadata": { "finalizers": all, "resourceVersion": fresh.metadata.resource_version } });
    call(&what, api.patch(&plan.name, &PatchParams::default(), &Patch::Merge(patch))).await.map_err(|e| e.problem())?;
    Ok(())
}

async fn make_side_services(context: &Context, object: &DatabaseMigration, plan: &Plan) -> Result<(), Problem> {
    let places = places::find(context, plan).await?;
    for (side, selector) in [(Side::Blue, places.blue.as_ref()), (Side::Green, Some(&plan.spec.green.selector))] {
        let Some(selector) = selector else { continue };
        services::make_side(&context.client, object, side, selector, i32::from(places::port(plan, side)))
            .await
            .map_err(|e| e.problem())?;
    }
    Ok(())
}

async fn adopt_selector(context: &Context, plan: &Plan) -> Result<(), Problem> {
    let service = client_service(context, plan).await?;
    apply(context, plan, &service, &services::selector(&service)).await
}

/// Reads the client Service, which must exist.
async fn client_service(context: &Context, plan: &Plan) -> Result<Service, Problem> {
    let name = &plan.spec.service.name;
    let found = services::get(&context.client, &plan.namespace, name).await.map_err(|e| e.problem())?;
    found.ok_or_else(|| {
        Problem::permanent("ServiceMissing", format!("Service {}/{name} does not exist.", plan.namespace))
    })
}

async fn provision(context: &Context, object: &DatabaseMigration, plan: &Plan) -> Result<(), Problem> {
    let (Some(name), Some(provision)) = (plan.green_workload(), plan.spec.green.provision.as_ref()) else {
        return Ok(());
    };
    let pattern = &plan.spec.blue.workload.name;
    let blue =
        workloads::get(&context.client, &plan.namespace, pattern).await.map_err(|e| e.problem())?.ok_or_else(|| {
            Problem::permanent(
                "WorkloadMissing",
                format!("StatefulSet {}/{pattern} (spec.blue.workload) does not exist.", plan.namespace),
            )
        })?;
    workloads::provision(&context.client, object, &blue, &name, &provision.stateful_set).await.map_err(|e| e.problem())
}

async fn start_job(
    context: &Context,
    object: &DatabaseMigration,
    plan: &Plan,
    observation: &Observation,
    kind: JobKind,
    key: &str,
) -> Result<(), Problem> {
    let Some(database) = observation.database.known() else {
        return Err(Problem::transient("DatabaseUnknown", "The name of the database is not known yet."));
    };
    let volumes = match (kind, observation.sources.known()) {
        (JobKind::Migrate, Some(found)) => {
            Some(sources::migration_volume(&context.client, object, found).await.map_err(|e| e.problem())?)
        }
        _ => None,
    };
    // A suspended one goes on, and how often it began again is still counted.
    let goes_on = kind == JobKind::Clone && matches!(observation.jobs.clone, JobFacts::Running { .. });
    if !goes_on {
        forget_failure(context, plan, database, kind).await;
    }
    let Places { secrets, .. } = places::find(context, plan).await?;
    let mover = jobs::Mover {
        kind,
        key,
        image: &context.image,
        pull_policy: &context.pull_policy,
        database,
        secrets,
        volumes,
        environment: &context.mover_environment,
    };
    jobs::start(&context.client, object, &mover).await.map_err(|e| e.problem())
}

async fn apply(
    context: &Context,
    plan: &Plan,
    service: &Service,
    selector: &services::Selector,
) -> Result<(), Problem> {
    let version = service.metadata.resource_version.as_deref().unwrap_or_default();
    let name = &plan.spec.service.name;
    services::apply_selector(&context.client, &plan.namespace, name, version, selector).await.map_err(|e| e.problem())
}

/// A Job that starts again begins with a clean slate: what kept the last one from going on is forgotten on both sides.
async fn forget_failure(context: &Context, plan: &Plan, database: &str, kind: JobKind) {
    for side in [Side::Blue, Side::Green] {
        let Ok(target) = sessions::target(context, plan, side, database).await else { continue };
        let Ok(session) = sessions::open(&target, plan, 0, "admin").await else { continue };
        if let Err(error) = mover::failure::forget(session.client(), kind.as_str()).await {
            tracing::debug!(%error, "nothing to forget on {side}");
        }
    }
}
