//! Who reconciles what, when: watches, leadership, and one bounded loop of observe, decide, act an object.
use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use k8s_openapi::api::{batch::v1::Job, core::v1::ConfigMap};
use kube::{
    Api, Resource, ResourceExt,
    runtime::{
        Controller,
        controller::{Action as Requeue, Config},
        reflector::ObjectRef,
        watcher,
    },
};
use verdigris_core::{
    decide::{Decision, Verdict, decide},
    names::Names,
    plan::Plan,
    status,
};
use verdigris_crds::DatabaseMigration;

use crate::{act, context::Context, kubernetes, metrics::Outcome, observe, record};

/// Rounds of observe, decide and act in one reconcile; more of them come with the next one.
const ROUNDS: usize = 12;

/// Runs until leadership ends. One namespace, or all of them.
pub async fn run(context: Arc<Context>, namespace: Option<String>) {
    let client = context.client.clone();
    let all = |namespace: &Option<String>| match namespace {
        Some(namespace) => Api::<DatabaseMigration>::namespaced(client.clone(), namespace),
        None => Api::<DatabaseMigration>::all(client.clone()),
    };
    let controller = Controller::new(all(&namespace), watcher::Config::default().any_semantic());
    let store = controller.store();
    let (jobs, maps) = match &namespace {
        Some(namespace) => {
            (Api::<Job>::namespaced(client.clone(), namespace), Api::<ConfigMap>::namespaced(client.clone(), namespace))
        }
        None => (Api::<Job>::all(client.clone()), Api::<ConfigMap>::all(client.clone())),
    };
    let ours = watcher::Config::default().labels("app.kubernetes.io/managed-by=verdigris");
    controller
        .owns(jobs, ours)
        // A corrected migration file goes on at once.
        .watches(maps, watcher::Config::default(), move |map: ConfigMap| {
            let (namespace, name) = (map.namespace(), map.name_any());
            store
                .state_filter(|m| {
                    m.namespace() == namespace && m.spec.migrations.iter().any(|x| x.sql.config_map_ref.name == name)
                })
                .into_iter()
                .map(|m| ObjectRef::from_obj(m.as_ref()))
                .collect::<Vec<_>>()
        })
        .with_config(Config::default().concurrency(4).debounce(Duration::from_millis(100)))
        .run(reconcile, failed, context)
        .for_each(|result| async move {
            if let Err(error) = result {
                tracing::debug!(%error, "a reconcile ended early");
            }
        })
        .await;
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
            context.forget(plan.names.run());
            return Ok(Requeue::await_change());
        }
        let observation = observe::look(&context, &object, &plan).await;
        let now = k8s_openapi::jiff::Timestamp::now().as_second();
        let decision = decide(&plan, &observation, now);
        tracing::debug!(migration = plan.key(), ?decision, "decided");
        let view = status::view(&plan, &observation, &decision, now);
        record::figures(&context, &plan, &observation);
        record::status(&context, &object, &plan, view, &decision).await?;
        let done = act::perform(&context, &object, &plan, &observation, &decision).await;
        context.metrics.reconciles.get_or_create(&Outcome { result: "success".into() }).inc();
        if let Some(requeue) = next(&decision, done, &context, &object, &plan).await? {
            return Ok(requeue);
        }
        match kubernetes::call(format!("reading {}", plan.key()), api.get_opt(&plan.name)).await? {
            Some(fresh) if fresh.meta().uid == object.meta().uid => object = Arc::new(fresh),
            _ => return Ok(Requeue::await_change()),
        }
    }
    Ok(Requeue::requeue(Duration::from_millis(200)))
}

/// After a wait: when to look again. After an action: look again at once, or later if it could not be done.
async fn next(
    decision: &Decision,
    done: Result<(), verdigris_core::fact::Problem>,
    context: &Context,
    object: &DatabaseMigration,
    plan: &Plan,
) -> Result<Option<Requeue>, kubernetes::Error> {
    match (&decision.verdict, done) {
        (Verdict::Done { .. }, _) => Ok(Some(Requeue::await_change())),
        (Verdict::Wait(wait), _) => {
            Ok(Some(Requeue::requeue(Duration::from_secs(u64::from(wait.recheck_seconds.max(1))))))
        }
        (Verdict::Act(_), Ok(())) => Ok(None),
        (Verdict::Act(_), Err(problem)) => {
            record::problem(context, object, plan, decision, &problem).await?;
            Ok(Some(Requeue::requeue(crate::retry::pause(problem.transient))))
        }
    }
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
