//! Who reconciles what, when: watches, leadership, and one bounded loop of observe, decide, act an object.
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::{batch::v1::Job, core::v1::ConfigMap};
use kube::{
    Api, Resource, ResourceExt,
    runtime::{
        Controller, PredicateConfig, WatchStreamExt,
        controller::{Action as Requeue, Config, Error as Ended},
        reflector::{self, ObjectRef},
        watcher,
    },
};
use verdigris_core::{
    action::Action,
    decide::{Decision, Verdict, Wait, decide},
    fact::Problem,
    names::Names,
    plan::Plan,
    status,
};
use verdigris_crds::DatabaseMigration;

use crate::{act, context::Context, kubernetes, metrics::Outcome, observe, record, scope::Scope};

/// Rounds of observe, decide and act in one reconcile; more of them come with the next one.
const ROUNDS: usize = 12;

/// Objects that are worked on at the same time: nearly all of that is waiting for databases, and one that does not answer must
/// not keep another's switchover waiting.
const AT_ONCE: u16 = 64;

/// Runs until leadership ends, or until the process is asked to stop and what is under way has ended.
pub async fn run(context: Arc<Context>, scope: Scope) {
    let client = context.client.clone();
    let (store, writer) = reflector::store();
    let (memory, last, asked_to_stop) = (context.clone(), context.clone(), context.clone());
    let asked_for = reflector::reflector(writer, watcher(scope.api::<DatabaseMigration>(&client), scope.watched()))
        .inspect_ok(move |event| {
            if let watcher::Event::Delete(object) = event {
                memory.gone(&object.namespace().unwrap_or_default(), &object.name_any(), object.uid().as_deref());
            }
        })
        .applied_objects()
        .predicate_filter(asked, PredicateConfig::default());
    let controller = Controller::for_stream(asked_for, store.clone());
    let ours = watcher::Config::default().labels("app.kubernetes.io/managed-by=verdigris");
    controller
        .owns(scope.api::<Job>(&client), ours)
        // A corrected migration file goes on at once.
        .watches(scope.api::<ConfigMap>(&client), watcher::Config::default(), move |map: ConfigMap| {
            let (namespace, name) = (map.namespace(), map.name_any());
            store
                .state_filter(|m| {
                    m.namespace() == namespace && m.spec.migrations.iter().any(|x| x.sql.config_map_ref.name == name)
                })
                .into_iter()
                .map(|m| ObjectRef::from_obj(m.as_ref()))
                .collect::<Vec<_>>()
        })
        .with_config(Config::default().concurrency(AT_ONCE).debounce(Duration::from_millis(100)))
        .graceful_shutdown_on(async move { asked_to_stop.stopped().await })
        .run(reconcile, failed, context)
        .for_each(|result| {
            if let Err(error) = result {
                // Its deletion may have come while the watch was broken.
                if let Ended::ObjectNotFound(object) = &error {
                    let uid = object.extra.uid.as_deref();
                    last.gone(object.namespace.as_deref().unwrap_or_default(), &object.name, uid);
                }
                tracing::debug!(%error, "a reconcile ended early");
            }
            std::future::ready(())
        })
        .await;
}

/// What of an object others set: a change of status alone, which is our own, does not wake us.
#[allow(clippy::unnecessary_wraps, reason = "it is a predicate of kube's")]
fn asked(object: &DatabaseMigration) -> Option<u64> {
    let meta = object.meta();
    let mut hasher = DefaultHasher::new();
    (meta.generation, &meta.labels, &meta.annotations, &meta.finalizers).hash(&mut hasher);
    meta.deletion_timestamp.is_some().hash(&mut hasher);
    Some(hasher.finish())
}

#[allow(clippy::needless_pass_by_value, reason = "the controller hands it over like this")]
fn failed(object: Arc<DatabaseMigration>, error: &kubernetes::Error, context: Arc<Context>) -> Requeue {
    context.metrics.reconciles.get_or_create(&Outcome { result: "error".into() }).inc();
    tracing::warn!(
        migration = object.name_any(),
        namespace = object.namespace(),
        reason = error.problem().reason,
        "reconcile failed: {}",
        error.problem().message
    );
    Requeue::requeue(Duration::from_secs(5))
}

async fn reconcile(object: Arc<DatabaseMigration>, context: Arc<Context>) -> Result<Requeue, kubernetes::Error> {
    let api: Api<DatabaseMigration> = Api::namespaced(context.client.clone(), &object.namespace().unwrap_or_default());
    let mut object = object;
    for _ in 0..ROUNDS {
        let plan = plan(&object);
        if over(&object, &plan) {
            context.over(&plan);
            return Ok(Requeue::await_change());
        }
        let observation = Box::pin(observe::look(&context, &object, &plan)).await;
        let now = k8s_openapi::jiff::Timestamp::now().as_second();
        let decision = decide(&plan, &observation, now);
        tracing::debug!(migration = plan.key(), ?decision, "decided");
        // Checks that were cut short by our own end are no news.
        if context.is_stopping() && waits_for_checks(&decision) {
            return Ok(Requeue::await_change());
        }
        // A look may take minutes, for checks do: the writer moves for nothing but what is asked for now.
        if moves_the_writer(&decision) {
            let Some(fresh) = again(&context, &api, &plan, &object).await? else { return Ok(Requeue::await_change()) };
            if asked(&fresh) != asked(&object) {
                object = fresh;
                continue;
            }
        }
        record::figures(&context, &plan, &observation);
        let view = status::view(&plan, &observation, &decision, now);
        record::status(&context, &object, &plan, &view, &decision).await?;
        if context.is_stopping() {
            return Ok(Requeue::await_change());
        }
        let done = act::perform(&context, &object, &plan, &observation, &decision).await;
        context.metrics.reconciles.get_or_create(&Outcome { result: "success".into() }).inc();
        if let Err(problem) = done {
            let written = Plan { previous: view, ..plan };
            return failed_work(&context, &object, &written, &decision, &problem).await;
        }
        context.went_on(&plan, &decision);
        if let Some(requeue) = next(&decision) {
            return Ok(requeue);
        }
        let Some(fresh) = again(&context, &api, &plan, &object).await? else { return Ok(Requeue::await_change()) };
        object = fresh;
    }
    Ok(Requeue::requeue(Duration::from_millis(200)))
}

/// The object as it is now; `None`: it is gone, or another one has its name.
async fn again(
    context: &Context,
    api: &Api<DatabaseMigration>,
    plan: &Plan,
    object: &DatabaseMigration,
) -> Result<Option<Arc<DatabaseMigration>>, kubernetes::Error> {
    let fresh = kubernetes::call(format!("reading {}", plan.key()), api.get_opt(&plan.name)).await?;
    let fresh = fresh.filter(|fresh| fresh.meta().uid == object.meta().uid);
    if fresh.is_none() {
        context.gone(&plan.namespace, &plan.name, object.uid().as_deref());
    }
    Ok(fresh.map(Arc::new))
}

fn moves_the_writer(decision: &Decision) -> bool {
    matches!(&decision.verdict, Verdict::Act(actions) if actions.iter().any(|action| matches!(action, Action::Switchover { .. })))
}

fn waits_for_checks(decision: &Decision) -> bool {
    matches!(&decision.verdict, Verdict::Wait(wait) if wait.reason == "ChecksPending")
}

/// After a wait: when to look again. After an action: look again at once.
fn next(decision: &Decision) -> Option<Requeue> {
    match &decision.verdict {
        Verdict::Done { .. } => Some(Requeue::await_change()),
        Verdict::Wait(wait) => Some(Requeue::requeue(Duration::from_secs(u64::from(wait.recheck_seconds.max(1))))),
        Verdict::Act(_) => None,
    }
}

/// Work that could not be done: what is in the way stands in the conditions, written once, until the work is done or other work
/// is due. It is tried again after a pause that grows.
async fn failed_work(
    context: &Context,
    object: &DatabaseMigration,
    written: &Plan,
    decision: &Decision,
    problem: &Problem,
) -> Result<Requeue, kubernetes::Error> {
    let tries = context.failed(written, decision);
    let pause = crate::retry::pause(problem.transient, tries);
    tracing::warn!(
        migration = written.key(),
        reason = problem.reason,
        tries,
        pause_seconds = pause.as_secs(),
        "{}",
        problem.message
    );
    let mut shown = decision.clone();
    shown.verdict = Verdict::Wait(Wait {
        reason: problem.reason.clone(),
        message: problem.message.clone(),
        stalled: !problem.transient,
        until: None,
        recheck_seconds: 5,
    });
    let now = k8s_openapi::jiff::Timestamp::now().as_second();
    let view = status::with_problem(written, &shown, now);
    record::status(context, object, written, &view, &shown).await?;
    Ok(Requeue::requeue(pause))
}

/// A finished object costs nothing: no database is asked and nothing is written.
fn over(object: &DatabaseMigration, plan: &Plan) -> bool {
    let finalizer = object.finalizers().iter().any(|f| f == kubernetes::labels::FINALIZER);
    let seen = plan.previous.observed_generation == Some(plan.generation);
    let done = plan
        .previous
        .conditions
        .iter()
        .any(|c| c.type_ == "Reconciling" && c.status == "False" && c.reason == "Completed");
    !finalizer && plan.last_phase().is_terminal() && seen && done
        || (object.meta().deletion_timestamp.is_some() && !finalizer)
}

/// What an object asks for.
pub fn plan(object: &DatabaseMigration) -> Plan {
    Plan {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        generation: object.meta().generation.unwrap_or_default(),
        names: Names::new(&object.uid().unwrap_or_default()),
        spec: object.spec.clone(),
        previous: object.status.clone().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use kube::core::ObjectMeta;
    use verdigris_crds::{DatabaseMigrationStatus, yaml};

    use super::*;

    #[test]
    fn what_others_set_wakes_us_and_our_own_status_does_not() {
        let spec = "service: {name: db}
blue: {workload: {kind: StatefulSet, name: db-blue}, adminSecretRef: {name: admin}}
green: {selector: {app: db-green}}";
        let mut object = DatabaseMigration::new("shop", yaml::from_str(spec).unwrap());
        object.metadata.generation = Some(1);
        let before = asked(&object);
        object.status = Some(DatabaseMigrationStatus { phase: Some("Cloning".into()), ..Default::default() });
        object.metadata.resource_version = Some("2".into());
        object.metadata.managed_fields = Some(Vec::new());
        assert_eq!(asked(&object), before, "status, and what comes with writing it");
        let one = || Some([("a".to_owned(), "b".to_owned())].into());
        let changes: [fn(&mut ObjectMeta, _); 5] = [
            |m, _| m.generation = Some(2),
            |m, one| m.annotations = one,
            |m, one| m.labels = one,
            |m, _| m.finalizers = Some(vec!["x".into()]),
            |m, _| m.deletion_timestamp = Some(status_time()),
        ];
        for (n, change) in changes.iter().enumerate() {
            let mut other = object.clone();
            change(&mut other.metadata, one());
            assert_ne!(asked(&other), before, "change {n}");
        }
    }

    fn status_time() -> k8s_openapi::apimachinery::pkg::apis::meta::v1::Time {
        k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(k8s_openapi::jiff::Timestamp::UNIX_EPOCH)
    }
}
