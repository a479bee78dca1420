//! The client Service: its shape, who owns its selector, and its endpoints.
use k8s_openapi::{
    api::{core::v1::Service, discovery::v1::EndpointSlice},
    apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry,
};
use kube::{
    ResourceExt,
    api::{ListParams, ObjectMeta},
};
use verdigris_core::{
    fact::Fact,
    preflight::{FieldOwner, MARKS, ServiceFacts, SliceFacts},
};

use super::kubernetes::{Cluster, call, fact, owners};

/// kubectl's memory of what was applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The client Service, if there is one.
pub(super) async fn service(cluster: &Cluster<'_>) -> Fact<Option<ServiceFacts>> {
    let name = cluster.migration.spec.service.name.as_str();
    let found = match call(&format!("Service {name}"), cluster.api::<Service>().get_opt(name)).await {
        Ok(Some(found)) => found,
        Ok(None) => return Fact::Known(None),
        Err(problem) => return Fact::Unknown(problem),
    };
    let spec = found.spec.clone().unwrap_or_default();
    Fact::Known(Some(ServiceFacts {
        kind: spec.type_.unwrap_or_else(|| "ClusterIP".into()),
        headless: spec.cluster_ip.as_deref() == Some("None"),
        selector: spec.selector.unwrap_or_default(),
        publishes_not_ready: spec.publish_not_ready_addresses == Some(true),
        managed: found.metadata.managed_fields.as_ref().is_some_and(|entries| !entries.is_empty()),
        selector_owners: selector_owners(&found.metadata),
        applied_selector: applied_selector(&found),
        marks: marks(&found.metadata),
        owners: owners(&found.metadata),
        slices: slices(cluster, name).await,
    }))
}

fn selector_owners(meta: &ObjectMeta) -> Vec<FieldOwner> {
    let entries = meta.managed_fields.iter().flatten().enumerate();
    let owning = entries.filter(|(_, entry)| owns_selector(entry));
    owning
        .map(|(index, entry)| FieldOwner {
            manager: entry.manager.clone().unwrap_or_default(),
            operation: entry.operation.clone().unwrap_or_default(),
            index,
        })
        .collect()
}

fn owns_selector(entry: &ManagedFieldsEntry) -> bool {
    entry.fields_v1.as_ref().and_then(|fields| fields.0.get("f:spec")?.get("f:selector")).is_some()
}

fn applied_selector(service: &Service) -> bool {
    let Some(text) = service.annotations().get(LAST_APPLIED) else { return false };
    // What cannot be read may hold a selector.
    serde_json::from_str::<serde_json::Value>(text)
        .map_or(true, |applied| applied.pointer("/spec/selector").is_some_and(|selector| !selector.is_null()))
}

fn marks(meta: &ObjectMeta) -> std::collections::BTreeMap<String, String> {
    let all = meta.labels.iter().flatten().chain(meta.annotations.iter().flatten());
    all.filter(|(key, _)| MARKS.iter().any(|(mark, _)| mark == key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

async fn slices(cluster: &Cluster<'_>, service: &str) -> Fact<Vec<SliceFacts>> {
    let params = ListParams::default().labels(&format!("kubernetes.io/service-name={service}"));
    let list =
        call(&format!("endpoint slices of Service {service}"), cluster.api::<EndpointSlice>().list(&params)).await;
    fact(list.map(|list| list.items.iter().map(slice).collect()))
}

fn slice(slice: &EndpointSlice) -> SliceFacts {
    // Absent means: unknown, and to be taken as ready, says the API.
    let ready = |conditions: &k8s_openapi::api::discovery::v1::EndpointConditions| conditions.ready.unwrap_or(true);
    SliceFacts {
        name: slice.name_any(),
        managed_by: slice.labels().get("endpointslice.kubernetes.io/managed-by").cloned().unwrap_or_default(),
        ready: slice.endpoints.iter().filter(|endpoint| endpoint.conditions.as_ref().is_none_or(ready)).count(),
    }
}
