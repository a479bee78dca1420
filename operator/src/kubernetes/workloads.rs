//! Pods and StatefulSets of both sides. Blue's are only read; green's is made once from blue's.
use k8s_openapi::api::{
    apps::v1::{StatefulSet, StatefulSetSpec},
    core::v1::{Container, PersistentVolumeClaim, Pod},
};
use kube::{
    Api, Client,
    api::{ListParams, ObjectMeta, PostParams},
};
use verdigris_core::{
    fact::Problem,
    provision::{self, Start},
};
use verdigris_crds::{DatabaseMigration, ProvisionStatefulSet};

use super::{Error, call, labels, services::Selector};

/// Reads a StatefulSet.
///
/// # Errors
/// When the API server does.
pub async fn get(client: &Client, namespace: &str, name: &str) -> Result<Option<StatefulSet>, Error> {
    let api: Api<StatefulSet> = Api::namespaced(client.clone(), namespace);
    call(format!("StatefulSet {namespace}/{name}"), api.get_opt(name)).await
}

/// Pods behind a selector, those that are ending left out.
///
/// # Errors
/// When the API server does.
pub async fn pods(client: &Client, namespace: &str, selector: &Selector) -> Result<Vec<Pod>, Error> {
    let all = with_ending(client, namespace, selector).await?;
    Ok(all.into_iter().filter(|p| p.metadata.deletion_timestamp.is_none()).collect())
}

/// Pods behind a selector, those that are ending too.
///
/// # Errors
/// When the API server does.
pub async fn with_ending(client: &Client, namespace: &str, selector: &Selector) -> Result<Vec<Pod>, Error> {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let text = selector.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",");
    let list = call(format!("pods {text} in {namespace}"), api.list(&ListParams::default().labels(&text))).await?;
    Ok(list.items)
}

/// Whether a pod is ready.
pub fn is_ready(pod: &Pod) -> bool {
    pod.status.iter().flat_map(|s| s.conditions.iter().flatten()).any(|c| c.type_ == "Ready" && c.status == "True")
}

/// Makes green's StatefulSet after blue's: other labels, other image, empty volume claims, one replica.
///
/// # Errors
/// When blue's StatefulSet cannot serve as a pattern, or the API server refuses.
pub async fn provision(
    client: &Client,
    owner: &DatabaseMigration,
    blue: &StatefulSet,
    name: &str,
    wanted: &ProvisionStatefulSet,
) -> Result<(), Error> {
    let namespace = owner.metadata.namespace.clone().unwrap_or_default();
    let set = green(owner, blue, name, wanted).map_err(Error::Problem)?;
    let api: Api<StatefulSet> = Api::namespaced(client.clone(), &namespace);
    match call(format!("making StatefulSet {namespace}/{name}"), api.create(&PostParams::default(), &set)).await {
        Err(Error::Api { source, .. }) if matches!(source.as_ref(), kube::Error::Api(s) if s.is_already_exists()) => {
            Ok(())
        }
        other => other.map(|_| ()),
    }
}

/// Green's StatefulSet, from blue's and what the user asks for.
fn green(
    owner: &DatabaseMigration,
    blue: &StatefulSet,
    name: &str,
    wanted: &ProvisionStatefulSet,
) -> Result<StatefulSet, Problem> {
    let pattern =
        blue.spec.clone().ok_or_else(|| Problem::permanent("WorkloadEmpty", "Blue's StatefulSet has no spec."))?;
    let selector = owner.spec.green.selector.clone();
    let mut template = pattern.template.clone();
    let port = owner.spec.blue.port;
    let meta = template.metadata.get_or_insert_default();
    meta.labels = Some(selector.clone());
    let Some(pod) = template.spec.as_mut() else {
        return Err(Problem::permanent("WorkloadEmpty", "Blue's StatefulSet has no pod template."));
    };
    let only = pod.containers.len() == 1;
    let Some(container) = pod.containers.iter_mut().find(|c| only || listens_on(c, port)) else {
        return Err(Problem::permanent(
            "ContainerUnknown",
            format!(
                "Blue's StatefulSet has several containers and none of them names containerPort {port}, so the one to give another image is unknown; name the port in blue's container."
            ),
        ));
    };
    container.image = Some(wanted.image.clone());
    let args = provision::arguments(
        &Start {
            command: container.command.as_deref().unwrap_or_default(),
            args: container.args.as_deref().unwrap_or_default(),
            environment: &container.env.iter().flatten().map(|one| one.name.as_str()).collect::<Vec<_>>(),
        },
        &wanted.parameters,
    );
    if !args.is_empty() {
        container.args = Some(args);
    }
    Ok(StatefulSet {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: owner.metadata.namespace.clone(),
            // No owner reference: losing the migration object must not lose data.
            labels: Some(labels::of_green(owner)),
            ..ObjectMeta::default()
        },
        spec: Some(StatefulSetSpec {
            replicas: Some(1),
            selector: k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector {
                match_labels: Some(selector),
                ..Default::default()
            },
            template,
            volume_claim_templates: pattern
                .volume_claim_templates
                .map(|v| v.into_iter().map(|c| claim(c, wanted)).collect()),
            service_name: Some(super::services::side_name(
                owner.metadata.name.as_deref().unwrap_or_default(),
                verdigris_crds::Side::Green,
            )),
            pod_management_policy: pattern.pod_management_policy,
            min_ready_seconds: pattern.min_ready_seconds,
            ..StatefulSetSpec::default()
        }),
        status: None,
    })
}

fn listens_on(container: &Container, port: i32) -> bool {
    container.ports.iter().flatten().any(|p| p.container_port == port)
}

fn claim(old: PersistentVolumeClaim, wanted: &ProvisionStatefulSet) -> PersistentVolumeClaim {
    let mut spec = old.spec.unwrap_or_default();
    // Bound to nothing of blue's: an empty volume of the same class.
    spec.volume_name = None;
    spec.data_source = None;
    spec.data_source_ref = None;
    if let Some(storage) = &wanted.storage {
        spec.resources
            .get_or_insert_default()
            .requests
            .get_or_insert_default()
            .insert("storage".into(), storage.clone());
    }
    PersistentVolumeClaim {
        metadata: ObjectMeta { name: old.metadata.name, labels: None, ..ObjectMeta::default() },
        spec: Some(spec),
        status: None,
    }
}
