//! What the API server says: one call a fact, each with a deadline.
use std::{collections::BTreeMap, future::Future, time::Duration};

use k8s_openapi::api::{
    apps::v1::StatefulSet,
    core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Secret, Volume},
};
use kube::{
    Api, Client, ResourceExt,
    api::{ListParams, ObjectMeta},
};
use verdigris_core::{
    fact::{Fact, Problem},
    preflight::{
        ClaimFacts, ClaimTemplate, ConfigMapFacts, KubernetesFacts, OtherMigration, Owner, PodFacts, SecretFacts,
        VolumeFacts, WorkloadFacts, not_asked,
    },
};
use verdigris_crds::{DatabaseMigration, Side, quantity};

use super::service;
use crate::kubernetes::labels;

/// Longest wait for one call.
const DEADLINE: Duration = Duration::from_secs(15);

type Labels = BTreeMap<String, String>;

/// Where to look.
#[derive(Clone)]
pub struct Cluster<'a> {
    /// Client of the API server.
    pub client: Client,
    /// Namespace of the migration.
    pub namespace: &'a str,
    /// The migration.
    pub migration: &'a DatabaseMigration,
}

impl Cluster<'_> {
    pub(super) fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), self.namespace)
    }

    /// Name of green's StatefulSet, if the operator makes it.
    fn green(&self) -> Option<String> {
        green_name(self.migration)
    }
}

fn green_name(migration: &DatabaseMigration) -> Option<String> {
    let made = &migration.spec.green.provision.as_ref()?.stateful_set;
    Some(made.name.clone().unwrap_or_else(|| format!("{}-green", migration.name_any())))
}

/// Everything that the API server knows.
pub async fn kubernetes(cluster: &Cluster<'_>) -> KubernetesFacts {
    let spec = &cluster.migration.spec;
    let service = service::service(cluster).await;
    let selected = service.known().and_then(|service| Some(service.as_ref()?.selector.clone()));
    let selectors: Vec<Labels> = [spec.blue.selector.clone(), selected, Some(spec.green.selector.clone())]
        .into_iter()
        .flatten()
        .filter(|selector| !selector.is_empty())
        .collect();
    let pods = pods(cluster, &selectors).await;
    let blue = workload(cluster, &spec.blue.workload.name).await;
    let green_workload = match cluster.green() {
        Some(name) => workload(cluster, &name).await,
        None => Fact::Known(None),
    };
    let green_claims = claims(cluster, blue.known().and_then(Option::as_ref), &pods).await;
    KubernetesFacts {
        service,
        workload: blue,
        green_workload,
        green_claims,
        pods,
        secrets: secrets(cluster).await,
        config_maps: config_maps(cluster).await,
        migrations: migrations(cluster).await,
    }
}

/// One call with a deadline.
pub(super) async fn call<T>(what: &str, future: impl Future<Output = Result<T, kube::Error>>) -> Result<T, Problem> {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(kube::Error::Api(status))) if status.code == 403 => {
            Err(Problem::permanent("Forbidden", format!("the operator may not read {what}: install the chart's roles")))
        }
        Ok(Err(kube::Error::Api(status))) => {
            let message = format!("the API server refused to show {what} ({} {})", status.code, status.reason);
            Err(Problem {
                reason: "ApiServerRefused".into(),
                message,
                transient: status.code >= 500 || status.code == 429,
            })
        }
        Ok(Err(_)) => {
            Err(Problem::transient("ApiServerUnreachable", format!("the API server did not answer for {what}")))
        }
        Err(_) => {
            Err(Problem::transient("ApiServerTimeout", format!("the API server did not answer in time for {what}")))
        }
    }
}

pub(super) fn fact<T>(result: Result<T, Problem>) -> Fact<T> {
    match result {
        Ok(value) => Fact::Known(value),
        Err(problem) => Fact::Unknown(problem),
    }
}

pub(super) fn owners(meta: &ObjectMeta) -> Vec<Owner> {
    let references = meta.owner_references.iter().flatten();
    references
        .map(|owner| Owner {
            kind: owner.kind.clone(),
            name: owner.name.clone(),
            controller: owner.controller == Some(true),
        })
        .collect()
}

async fn workload(cluster: &Cluster<'_>, name: &str) -> Fact<Option<WorkloadFacts>> {
    let what = format!("StatefulSet {name}");
    let found = call(&what, cluster.api::<StatefulSet>().get_opt(name)).await;
    fact(found.map(|found| {
        let found = found?;
        let maker = labels::maker(&found.metadata, &cluster.migration.metadata);
        let spec = found.spec.unwrap_or_default();
        let claims = spec.volume_claim_templates.unwrap_or_default();
        let claims: Vec<_> =
            claims.iter().map(|claim| ClaimTemplate { name: claim.name_any(), bytes: asked(claim) }).collect();
        let volumes = spec.template.spec.iter().flat_map(|pod| pod.volumes.iter().flatten());
        // A claim template takes the place of a volume of its name.
        let own = |volume: &&Volume| !claims.iter().any(|claim| claim.name == volume.name);
        let volumes = volumes.filter(own).map(self::volume).collect();
        Some(WorkloadFacts { name: name.to_owned(), replicas: spec.replicas.unwrap_or(1), claims, volumes, maker })
    }))
}

/// A volume by the field that is set beside its name.
fn volume(volume: &Volume) -> VolumeFacts {
    let fields = serde_json::to_value(volume).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default();
    let kind = fields.into_iter().map(|(field, _)| field).find(|field| field != "name").unwrap_or_default();
    VolumeFacts { name: volume.name.clone(), kind }
}

/// What a claim asks for, in bytes.
fn asked(claim: &PersistentVolumeClaim) -> Option<i64> {
    let requests = claim.spec.as_ref()?.resources.as_ref()?.requests.as_ref()?;
    quantity::bytes(requests.get("storage")?)
}

/// The larger of what a claim has, and asks for.
fn capacity(claim: &PersistentVolumeClaim) -> Option<i64> {
    let has = claim.status.as_ref().and_then(|status| quantity::bytes(status.capacity.as_ref()?.get("storage")?));
    has.or_else(|| asked(claim))
}

/// Claims that green's pods would find, or that they use.
async fn claims(
    cluster: &Cluster<'_>,
    blue: Option<&WorkloadFacts>,
    pods: &Fact<Vec<PodFacts>>,
) -> Fact<Vec<ClaimFacts>> {
    let names: Vec<String> = match (cluster.green(), blue, pods) {
        (Some(green), Some(blue), _) => blue.claims.iter().map(|claim| format!("{}-{green}-0", claim.name)).collect(),
        (Some(_), None, _) => return Fact::Known(Vec::new()), // nothing to make green after: a finding of its own
        (None, _, Fact::Unknown(problem)) => return Fact::Unknown(problem.clone()),
        (None, _, Fact::Known(pods)) => {
            let green = &cluster.migration.spec.green.selector;
            let of_green = |pod: &&PodFacts| green.iter().all(|(key, value)| pod.labels.get(key) == Some(value));
            pods.iter().filter(of_green).flat_map(|pod| pod.claims.clone()).collect()
        }
    };
    let mut found = Vec::new();
    for name in names {
        let what = format!("PersistentVolumeClaim {name}");
        match call(&what, cluster.api::<PersistentVolumeClaim>().get_opt(&name)).await {
            Ok(Some(claim)) => found.push(ClaimFacts { name, bytes: capacity(&claim) }),
            Ok(None) => {}
            Err(problem) => return Fact::Unknown(problem),
        }
    }
    Fact::Known(found)
}

async fn pods(cluster: &Cluster<'_>, selectors: &[Labels]) -> Fact<Vec<PodFacts>> {
    let mut found = BTreeMap::new();
    for selector in selectors {
        let text = selector.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",");
        let params = ListParams::default().labels(&text);
        match call(&format!("pods {text}"), cluster.api::<Pod>().list(&params)).await {
            Ok(list) => found.extend(list.items.into_iter().map(|pod| (pod.name_any(), pod))),
            Err(problem) => return Fact::Unknown(problem),
        }
    }
    Fact::Known(found.into_values().filter(|pod| !is_over(pod)).map(pod).collect())
}

/// A pod that has ended serves nobody.
fn is_over(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

fn pod(pod: Pod) -> PodFacts {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let ready = conditions.clone().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    PodFacts {
        ready: ready && pod.metadata.deletion_timestamp.is_none(),
        ip: pod.status.as_ref().and_then(|status| status.pod_ip.clone()),
        owner: owners(&pod.metadata).into_iter().find(|owner| owner.controller),
        claims: volumes
            .filter_map(|volume| Some(volume.persistent_volume_claim.as_ref()?.claim_name.clone()))
            .collect(),
        in_recovery: not_asked(),
        name: pod.name_any(),
        labels: pod.metadata.labels.unwrap_or_default(),
    }
}

async fn secrets(cluster: &Cluster<'_>) -> Vec<SecretFacts> {
    let spec = &cluster.migration.spec;
    let blue = &spec.blue.admin_secret_ref.name;
    let mut wanted = vec![(Side::Blue, blue)];
    if let Some(green) = &spec.green.admin_secret_ref
        && green.name != *blue
    {
        wanted.push((Side::Green, &green.name));
    }
    let mut found = Vec::new();
    for (side, name) in wanted {
        let secret = call(&format!("Secret {name}"), cluster.api::<Secret>().get_opt(name)).await;
        let keys = secret.map(|secret| {
            let data = secret?.data.unwrap_or_default();
            Some(data.into_iter().filter(|(_, value)| !value.0.is_empty()).map(|(key, _)| key).collect())
        });
        found.push(SecretFacts { side, name: name.clone(), keys: fact(keys) });
    }
    found
}

async fn config_maps(cluster: &Cluster<'_>) -> Vec<ConfigMapFacts> {
    let mut found = Vec::new();
    for migration in &cluster.migration.spec.migrations {
        let name = &migration.sql.config_map_ref.name;
        let map = call(&format!("ConfigMap {name}"), cluster.api::<ConfigMap>().get_opt(name)).await;
        let keys = map.map(|map| Some(map?.data.unwrap_or_default().into_keys().collect()));
        found.push(ConfigMapFacts { migration: migration.name.clone(), name: name.clone(), keys: fact(keys) });
    }
    found
}

async fn migrations(cluster: &Cluster<'_>) -> Fact<Vec<OtherMigration>> {
    let list = call("DatabaseMigrations", cluster.api::<DatabaseMigration>().list(&ListParams::default())).await;
    let age =
        |object: &DatabaseMigration| (object.metadata.creation_timestamp.clone().map(|time| time.0), object.uid());
    let mine = cluster.migration.uid();
    fact(list.map(|list| {
        let others = list.items.into_iter().filter(|other| other.uid() != mine);
        others
            .map(|other| OtherMigration {
                name: other.name_any(),
                service: other.spec.service.name.clone(),
                blue: other.spec.blue.workload.name.clone(),
                green: green_name(&other),
                phase: other.status.as_ref().and_then(|status| status.phase.clone()),
                finalizer: other.finalizers().iter().any(|finalizer| finalizer.starts_with("verdigris.dev/")),
                older: age(&other) < age(cluster.migration),
            })
            .collect()
    }))
}
