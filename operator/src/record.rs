//! Status and events: written only where something changed, so that an idle system costs the API server nothing.
use kube::{
    Api, Resource,
    api::{Patch, PatchParams},
    runtime::events::{Event, EventType},
};
use serde_json::json;
use verdigris_core::{decide::Decision, observation::Observation, plan::Plan, status};
use verdigris_crds::{DatabaseMigration, DatabaseMigrationStatus, Phase, Side};

use crate::{
    context::Context,
    kubernetes::{Error, call, labels},
    metrics::Migration,
};

/// Writes the status if it differs from the one written last, and an event where phase or reason changed.
///
/// # Errors
/// When the API server does.
pub async fn status(
    context: &Context,
    object: &DatabaseMigration,
    plan: &Plan,
    status: &DatabaseMigrationStatus,
    decision: &Decision,
) -> Result<(), Error> {
    let same = plan.previous == *status;
    if same || (object.meta().deletion_timestamp.is_some() && !has_finalizer(object)) {
        return Ok(());
    }
    events(context, object, plan, status, decision).await;
    write(context, plan, status).await
}

fn has_finalizer(object: &DatabaseMigration) -> bool {
    object.meta().finalizers.iter().flatten().any(|f| f == labels::FINALIZER)
}

async fn write(context: &Context, plan: &Plan, status: &DatabaseMigrationStatus) -> Result<(), Error> {
    let api: Api<DatabaseMigration> = Api::namespaced(context.client.clone(), &plan.namespace);
    let body = json!({
        "apiVersion": DatabaseMigration::api_version(&()), "kind": DatabaseMigration::kind(&()), "status": status,
    });
    context.metrics.status_writes.inc();
    let params = PatchParams::apply(labels::STATUS_MANAGER).force();
    match call(
        format!("writing the status of {}", plan.key()),
        api.patch_status(&plan.name, &params, &Patch::Apply(&body)),
    )
    .await
    {
        // Gone meanwhile: there is nobody left to tell.
        Err(Error::Api { source, .. }) if matches!(source.as_ref(), kube::Error::Api(s) if s.is_not_found()) => Ok(()),
        other => other.map(|_| ()),
    }
}

async fn events(
    context: &Context,
    object: &DatabaseMigration,
    plan: &Plan,
    now: &DatabaseMigrationStatus,
    decision: &Decision,
) {
    for told in status::events(&plan.previous, now, decision.phase) {
        let event = Event {
            type_: if told.normal { EventType::Normal } else { EventType::Warning },
            reason: told.reason,
            note: Some(told.note.chars().take(1000).collect()),
            action: decision.phase.as_str().to_owned(),
            secondary: None,
        };
        if let Err(error) = context.recorder.publish(&event, &object.object_ref(&())).await {
            tracing::debug!(%error, "an event was not written");
        }
    }
}

/// Exact figures for metrics; status holds rounded ones.
pub fn figures(context: &Context, plan: &Plan, observation: &Observation) {
    let labels = Migration::of(&plan.namespace, &plan.name);
    let metrics = &context.metrics;
    // A figure that cannot be seen does not stand still.
    if observation.stream.known().and_then(Option::as_ref).is_none() {
        metrics.no_stream(&labels);
    }
    if let Some(Some(stream)) = observation.stream.known()
        && let Some(lag) = stream.lag_bytes
    {
        metrics.lag_bytes.get_or_create(&labels).set(lag);
    }
    // Of each side by itself: a slot keeps WAL before there is a stream, and when the other side is down.
    for (side, facts) in [(Side::Blue, &observation.blue), (Side::Green, &observation.green)] {
        metrics.retained(&labels, side, facts.retained_bytes);
    }
    if let Some(Some(clone)) = observation.clone.known() {
        metrics.copied_bytes.get_or_create(&labels).set(clone.done_bytes);
    }
    if let Some(block) = observation.report.as_ref().and_then(|r| r.write_block_ms) {
        #[allow(clippy::cast_precision_loss, reason = "milliseconds of a switchover are far below 2^52")]
        metrics.write_block_seconds.get_or_create(&labels).set(block as f64 / 1000.0);
    }
}

/// Phases in which uninstalling the operator would leave something unsafe.
pub fn under_way(phase: Phase) -> bool {
    !phase.is_terminal() && !matches!(phase, Phase::Pending | Phase::Preflight)
}
