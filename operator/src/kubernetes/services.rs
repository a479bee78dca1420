//! The client Service and one Service of ours a side. The client Service is only ever changed in `spec.selector`.
use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::{Service, ServicePort, ServiceSpec},
    api::discovery::v1::EndpointSlice,
    apimachinery::pkg::util::intstr::IntOrString,
};
use kube::{
    Api, Client,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use serde_json::json;
use verdigris_core::{names::Names, observation::ServiceFacts};
use verdigris_crds::{DatabaseMigration, Side};

use super::{Error, call, labels};

/// Labels that select pods.
pub type Selector = BTreeMap<String, String>;

/// Name of our Service of a side.
pub fn side_name(migration: &str, side: Side) -> String {
    format!("{migration}-{}", side.lower())
}

/// Reads a Service.
///
/// # Errors
/// When the API server does.
pub async fn get(client: &Client, namespace: &str, name: &str) -> Result<Option<Service>, Error> {
    let api: Api<Service> = Api::namespaced(client.clone(), namespace);
    call(format!("Service {namespace}/{name}"), api.get_opt(name)).await
}

/// `spec.selector` of a Service; empty where there is none.
pub fn selector(service: &Service) -> Selector {
    service.spec.as_ref().and_then(|s| s.selector.clone()).unwrap_or_default()
}

/// How clients reach a Service: its cluster address, or its name where it has none, and the port that leads to `target`.
pub fn way_in(service: &Service, target: u16) -> (String, u16) {
    let spec = service.spec.as_ref();
    let address = spec.and_then(|s| s.cluster_ip.clone()).filter(|ip| !ip.is_empty() && ip != "None");
    // A headless Service is only a name: its ports are not translated.
    let Some(address) = address else {
        let metadata = &service.metadata;
        let (name, namespace) = (metadata.name.as_deref(), metadata.namespace.as_deref());
        return (format!("{}.{}.svc", name.unwrap_or_default(), namespace.unwrap_or_default()), target);
    };
    let ports = spec.and_then(|s| s.ports.as_deref()).unwrap_or_default();
    let leads = |p: &&ServicePort| match &p.target_port {
        Some(IntOrString::Int(port)) => *port == i32::from(target),
        Some(IntOrString::String(_)) => false,
        None => p.port == i32::from(target),
    };
    // A target named in the pod cannot be seen from here: the first port is what most Services have only one of.
    let port = ports.iter().find(leads).or(ports.first()).and_then(|p| u16::try_from(p.port).ok());
    (address, port.unwrap_or(target))
}

/// Whether we are the one that applies `spec.selector`.
pub fn ours(service: &Service) -> bool {
    owners(service).iter().any(|(manager, operation)| manager == labels::TRAFFIC_MANAGER && operation == "Apply")
}

fn owners(service: &Service) -> Vec<(String, String)> {
    service
        .metadata
        .managed_fields
        .iter()
        .flatten()
        .filter(|f| f.fields_v1.as_ref().is_some_and(|v| v.0.pointer("/f:spec/f:selector").is_some()))
        .map(|f| (f.manager.clone().unwrap_or_default(), f.operation.clone().unwrap_or_default()))
        .collect()
}

/// The client Service as decisions look at it.
pub fn facts(service: &Service, blue: Option<&Selector>, green: &Selector) -> ServiceFacts {
    let now = selector(service);
    let points_at = if Some(&now) == blue {
        Some(Side::Blue)
    } else if &now == green {
        Some(Side::Green)
    } else {
        None
    };
    let reverted_by = points_at
        .is_none()
        .then(|| owners(service).into_iter().map(|(m, _)| m).find(|m| m != labels::TRAFFIC_MANAGER))
        .flatten();
    ServiceFacts { exists: true, points_at, ours: ours(service), reverted_by }
}

/// Makes our Service of a side, idempotent.
///
/// # Errors
/// `NameTaken` where somebody else's Service has its name, or what the API server says.
pub async fn make_side(
    client: &Client,
    owner: &DatabaseMigration,
    side: Side,
    selector: &Selector,
    port: i32,
) -> Result<(), Error> {
    let namespace = owner.metadata.namespace.clone().unwrap_or_default();
    let name = side_name(owner.metadata.name.as_deref().unwrap_or_default(), side);
    let there = get(client, &namespace, &name).await?;
    if let Some(there) = &there {
        labels::require_ours(
            "Service",
            &there.metadata,
            Names::new(owner.metadata.uid.as_deref().unwrap_or_default()).run(),
        )?;
    }
    let service = Service {
        metadata: labels::meta(owner, name.clone(), "side"),
        spec: Some(ServiceSpec {
            selector: Some(selector.clone()),
            // Our own way to a side must not depend on whether clients may use it.
            publish_not_ready_addresses: Some(true),
            ports: Some(vec![ServicePort {
                name: Some("postgres".into()),
                port,
                target_port: Some(IntOrString::Int(port)),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    };
    let api: Api<Service> = Api::namespaced(client.clone(), &namespace);
    let what = format!("making Service {namespace}/{name}");
    if there.is_none() {
        let params = PostParams { field_manager: Some(labels::MANAGER.into()), ..PostParams::default() };
        return call(what, api.create(&params, &service)).await.map(drop);
    }
    call(what, api.patch(&name, &PatchParams::apply(labels::MANAGER).force(), &Patch::Apply(&service))).await.map(drop)
}

/// Applies the whole selector in one server-side apply that carries the version read before: a stale flip meets a conflict.
///
/// # Errors
/// `Api` with a conflict when the Service changed since it had that version.
pub async fn apply_selector(
    client: &Client,
    namespace: &str,
    name: &str,
    version: &str,
    selector: &Selector,
) -> Result<(), Error> {
    let body = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": name, "namespace": namespace, "resourceVersion": version },
        "spec": { "selector": selector },
    });
    let api: Api<Service> = Api::namespaced(client.clone(), namespace);
    let params = PatchParams::apply(labels::TRAFFIC_MANAGER).force();
    call(format!("setting the selector of Service {namespace}/{name}"), api.patch(name, &params, &Patch::Apply(&body)))
        .await?;
    Ok(())
}

/// Addresses of the Service's ready endpoints.
///
/// # Errors
/// When the API server does.
pub async fn ready_addresses(client: &Client, namespace: &str, service: &str) -> Result<Vec<String>, Error> {
    let api: Api<EndpointSlice> = Api::namespaced(client.clone(), namespace);
    let params = ListParams::default().labels(&format!("kubernetes.io/service-name={service}"));
    let slices = call(format!("endpoint slices of Service {namespace}/{service}"), api.list(&params)).await?;
    Ok(slices
        .items
        .into_iter()
        .flat_map(|s| s.endpoints)
        .filter(|e| e.conditions.as_ref().and_then(|c| c.ready).unwrap_or(true))
        .flat_map(|e| e.addresses)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(spec: serde_json::Value) -> Service {
        let object = json!({"metadata": {"name": "db", "namespace": "shop"}, "spec": spec});
        serde_json::from_value(object).unwrap_or_default()
    }

    fn way(spec: serde_json::Value) -> (String, u16) {
        way_in(&service(spec), 5432)
    }

    #[test]
    fn the_way_in_is_the_port_that_leads_to_the_server() {
        let two = json!([{"port": 9187, "targetPort": 9187}, {"port": 6432, "targetPort": 5432}]);
        assert_eq!(way(json!({"clusterIP": "10.0.0.7", "ports": two})), ("10.0.0.7".to_owned(), 6432));
        let same = json!([{"port": 9187}, {"port": 5432}]);
        assert_eq!(way(json!({"clusterIP": "10.0.0.7", "ports": same})), ("10.0.0.7".to_owned(), 5432));
        let named = json!([{"port": 15432, "targetPort": "postgres"}]);
        assert_eq!(way(json!({"clusterIP": "fd00::7", "ports": named})), ("fd00::7".to_owned(), 15432));
    }

    #[test]
    fn a_headless_service_is_its_name_and_the_pods_port() {
        let ports = json!([{"port": 6432, "targetPort": 6432}]);
        assert_eq!(way(json!({"clusterIP": "None", "ports": ports})), ("db.shop.svc".to_owned(), 5432));
        assert_eq!(way(json!({})), ("db.shop.svc".to_owned(), 5432));
    }
}
