//! Status and events: written only where something changed, so that an idle system costs the API server nothing.
use kube::{
    Api, Resource,
    api::{Patch, PatchParams},
    runtime::events::{Event, EventType},
};
use serde_json::json;
use verdigris_core::{decide::Decision, fact::Fact, observation::Observation, plan::Plan};
use verdigris_crds::{ConditionType, DatabaseMigration, DatabaseMigrationStatus, Phase};

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
    status: &DatabaseMigrationStatus,
    decision: &Decision,
) {
    for condition in &status.conditions {
        let old = plan.previous.conditions.iter().find(|c| c.type_ == condition.type_);
        let changed = old.is_none_or(|o| {
            o.status != condition.status || (condition.type_ == "Stalled" && o.reason != condition.reason)
        });
        let Some(normal) = worth(&condition.type_, &condition.status) else { continue };
        if !changed {
            continue;
        }
        let reason = if condition.type_ == "Stalled" {
            condition.reason.clone()
        } else {
            format!("{}{}", condition.type_, if condition.status == "True" { "" } else { "Lost" })
        };
        let event = Event {
            type_: if normal { EventType::Normal } else { EventType::Warning },
            reason,
            note: Some(condition.message.chars().take(1000).collect()),
            action: decision.phase.as_str().to_owned(),
            secondary: None,
        };
        if let Err(error) = context.recorder.publish(&event, &object.object_ref(&())).await {
            tracing::debug!(%error, "an event was not written");
        }
    }
}

/// Which changes of conditions are events: promises kept are normal, what needs a human is a warning.
fn worth(kind: &str, status: &str) -> Option<bool> {
    let kind: ConditionType = kind.parse().ok()?;
    match (kind, status) {
        (ConditionType::Stalled, "True") => Some(false),
        (ConditionType::Stalled | ConditionType::Reconciling | ConditionType::Ready, _) => None,
        (_, "True") => Some(true),
        _ => None,
    }
}

/// Exact figures for metrics; status holds rounded ones.
pub fn figures(context: &Context, plan: &Plan, observation: &Observation) {
    let labels = Migration::of(&plan.namespace, &plan.name);
    let metrics = &context.metrics;
    if observation.stream == Fact::Known(None) {
        metrics.no_stream(&labels);
    }
    if let Some(Some(stream)) = observation.stream.known() {
        if let Some(lag) = stream.lag_bytes {
            metrics.lag_bytes.get_or_create(&labels).set(lag);
        }
        if let Some(retained) = stream.retained_bytes {
            metrics.retained_bytes.get_or_create(&labels).set(retained);
        }
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
