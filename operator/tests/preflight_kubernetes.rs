//! What preflight sees of the API server, against one that answers from a table: the objects as a real one shows them,
//! what is not there, what may not be read, and an answer that never comes. No value of a Secret gets out.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use verdigris::observe::preflight::{Cluster, kubernetes};
use verdigris_core::preflight::{FieldOwner, KubernetesFacts, Maker};
use verdigris_crds::{DatabaseMigration, yaml};

const MIGRATION: &str = "
apiVersion: verdigris.dev/v1alpha1
kind: DatabaseMigration
metadata: {name: orders-42, namespace: shop, uid: aaaa, creationTimestamp: '2026-11-21T03:00:00Z'}
spec:
  service: {name: orders-db}
  blue: {workload: {kind: StatefulSet, name: orders-blue}, adminSecretRef: {name: orders-admin}}
  green: {selector: {app: orders-green}, provision: {statefulSet: {image: 'postgres:17'}}}
  migrations: [{name: order-status, sql: {configMapRef: {name: orders-0042}}}]
";

/// Answers by path and label selector; what is not in it is not found.
type World = BTreeMap<String, (u16, Value)>;

async fn answer(State(world): State<Arc<World>>, uri: Uri) -> Response {
    let selector = uri.query().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("labelSelector=")));
    let key =
        selector.map_or_else(|| uri.path().to_string(), |selector| format!("{}?{}", uri.path(), decode(selector)));
    let Some((code, body)) = world.get(&key) else { return status(404, "NotFound") };
    match code {
        0 => std::future::pending().await,
        200 => said(200, body),
        code => status(*code, "Refused"),
    }
}

fn decode(text: &str) -> String {
    text.replace("%3D", "=").replace("%2C", ",").replace("%2F", "/")
}

fn status(code: u16, reason: &str) -> Response {
    let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code, "message": "secret words"});
    said(code, &body)
}

fn said(code: u16, body: &Value) -> Response {
    (StatusCode::from_u16(code).unwrap(), [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

async fn look(world: World) -> KubernetesFacts {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer).with_state(Arc::new(world));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = kube::Client::try_from(kube::Config::new(format!("http://{address}").parse().unwrap())).unwrap();
    let migration: DatabaseMigration = yaml::from_str(MIGRATION).unwrap();
    kubernetes(&Cluster { client, namespace: "shop", migration: &migration }).await
}

fn list(items: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items})
}

fn pod(name: &str, app: &str, ready: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"app": app},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": app, "uid": "u", "controller": true}]},
        "spec": {"containers": [], "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": format!("data-{name}")}}]},
        "status": {"phase": "Running", "podIP": "10.0.0.1", "conditions": [{"type": "Ready", "status": ready}]},
    })
}

fn service() -> Value {
    json!({
        "metadata": {
            "name": "orders-db",
            "labels": {"app.kubernetes.io/instance": "orders", "kustomize.toolkit.fluxcd.io/name": "shop"},
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"spec\":{\"selector\":{\"app\":\"orders-blue\"}}}"},
            "managedFields": [
                {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {"f:status": {}}},
                {"manager": "kustomize-controller", "operation": "Apply", "fieldsV1": {"f:spec": {"f:ports": {}, "f:selector": {}}}},
                {"manager": "kubectl-client-side-apply", "operation": "Update", "fieldsV1": {"f:spec": {"f:selector": {"f:app": {}}}}},
            ],
        },
        "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.7", "selector": {"app": "orders-blue"}, "ports": [{"port": 5432}]},
    })
}

fn stateful_set() -> Value {
    json!({
        "metadata": {"name": "orders-blue"},
        "spec": {"replicas": 1, "serviceName": "x", "selector": {}, "template": {},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "20Gi"}}}}]},
    })
}

fn migrations() -> Value {
    let object = |name: &str, uid: &str, at: &str, more: Value| {
        let mut object: Value = serde_json::to_value(yaml::from_str::<DatabaseMigration>(MIGRATION).unwrap()).unwrap();
        object["metadata"] =
            json!({"name": name, "namespace": "shop", "uid": uid, "creationTimestamp": at, "finalizers": more});
        object
    };
    json!([
        object("orders-42", "aaaa", "2026-11-21T03:00:00Z", json!([])),
        object("older", "bbbb", "2026-11-21T02:59:59Z", json!(["verdigris.dev/protection"])),
        object("same-second", "aaab", "2026-11-21T03:00:00Z", json!([])),
    ])
}

fn world() -> World {
    let core = "/api/v1/namespaces/shop";
    let slices = json!([{"metadata": {"name": "s", "labels": {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}},
        "addressType": "IPv4", "endpoints": [
            {"addresses": ["10.0.0.1"], "conditions": {"ready": true}}, {"addresses": ["10.0.0.2"], "conditions": {"ready": false}}]}]);
    let secret = json!({"metadata": {"name": "orders-admin"}, "data": {"username": "cG9zdGdyZXM=", "password": "aHVudGVyMg==", "empty": ""}});
    let mut world = World::new();
    let mut put = |path: String, value: Value| world.insert(path, (200, value));
    put(format!("{core}/services/orders-db"), service());
    put(
        format!("{core}/pods?app=orders-blue"),
        list(json!([pod("orders-blue-0", "orders-blue", "True"), pod("orders-blue-1", "orders-blue", "False")])),
    );
    put(format!("{core}/pods?app=orders-green"), list(json!([])));
    put(format!("{core}/secrets/orders-admin"), secret);
    put(
        format!("{core}/configmaps/orders-0042"),
        json!({"metadata": {"name": "orders-0042"}, "data": {"1.sql": "SELECT 'secret words'"}}),
    );
    put(
        format!("{core}/persistentvolumeclaims/data-orders-42-green-0"),
        json!({"metadata": {"name": "data-orders-42-green-0"},
        "spec": {"resources": {"requests": {"storage": "10Gi"}}}, "status": {"capacity": {"storage": "11Gi"}}}),
    );
    put("/apis/apps/v1/namespaces/shop/statefulsets/orders-blue".into(), stateful_set());
    put(
        "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?kubernetes.io/service-name=orders-db".into(),
        list(slices),
    );
    put("/apis/verdigris.dev/v1alpha1/namespaces/shop/databasemigrations".into(), list(migrations()));
    world
}

#[tokio::test]
async fn objects_are_seen_as_they_are() {
    let facts = look(world()).await;
    let service = facts.service.known().unwrap().as_ref().unwrap();
    let owner = |manager: &str, operation: &str, index| FieldOwner {
        manager: manager.into(),
        operation: operation.into(),
        index,
    };
    assert_eq!(
        service.selector_owners,
        [owner("kustomize-controller", "Apply", 1), owner("kubectl-client-side-apply", "Update", 2)]
    );
    assert!(service.applied_selector && service.managed && !service.headless);
    assert_eq!(service.marks.keys().collect::<Vec<_>>(), ["kustomize.toolkit.fluxcd.io/name"]);
    assert_eq!(service.slices.known().unwrap()[0].ready, 1);
    let blue = facts.workload.known().unwrap().as_ref().unwrap();
    assert_eq!((blue.replicas, blue.claims[0].bytes), (1, Some(20 << 30)));
    assert_eq!(facts.green_workload.known(), Some(&None));
    let claim = &facts.green_claims.known().unwrap()[0];
    assert_eq!((claim.name.as_str(), claim.bytes), ("data-orders-42-green-0", Some(11 << 30)));
    let pods = facts.pods.known().unwrap();
    assert_eq!(
        pods.iter().map(|pod| (pod.name.as_str(), pod.ready)).collect::<Vec<_>>(),
        [("orders-blue-0", true), ("orders-blue-1", false)]
    );
    assert_eq!(pods[0].owner.as_ref().unwrap().name, "orders-blue");
    let others = facts.migrations.known().unwrap();
    let seen: Vec<_> = others.iter().map(|other| (other.name.as_str(), other.older, other.finalizer)).collect();
    assert_eq!(seen, [("older", true, true), ("same-second", false, false)]);
    assert_eq!(others[0].green.as_deref(), Some("older-green"));
}

#[tokio::test]
async fn what_a_green_would_share_is_seen_and_whose_green_it_is() {
    let mut world = world();
    let sets = "/apis/apps/v1/namespaces/shop/statefulsets";
    let blue = world.get_mut(&format!("{sets}/orders-blue")).unwrap();
    blue.1["spec"]["template"] = json!({"spec": {"containers": [], "volumes": [
        {"name": "data", "persistentVolumeClaim": {"claimName": "never-mounted"}},
        {"name": "archive", "nfs": {"server": "nas", "path": "/wal"}},
        {"name": "run", "emptyDir": {}},
        {"name": "new", "inventedLater": {}},
    ]}});
    let green = |labels: Value| {
        (
            200,
            json!({"metadata": {"name": "orders-42-green", "labels": labels}, "spec": {"selector": {}, "serviceName": "x", "template": {}}}),
        )
    };
    let name = format!("{sets}/orders-42-green");
    for (labels, maker) in [
        (json!({"verdigris.dev/migration": "orders-42", "verdigris.dev/run": "aaaa"}), Maker::ThisRun),
        (json!({"verdigris.dev/migration": "orders-42", "verdigris.dev/run": "bbbb"}), Maker::EarlierRun),
        (json!({"app": "theirs"}), Maker::Others),
    ] {
        world.insert(name.clone(), green(labels));
        let facts = look(world.clone()).await;
        let blue = facts.workload.known().unwrap().as_ref().unwrap();
        let seen: Vec<_> = blue.volumes.iter().map(|volume| (volume.name.as_str(), volume.kind.as_str())).collect();
        assert_eq!(seen, [("archive", "nfs"), ("run", "emptyDir"), ("new", "")], "a claim template wins over a volume");
        assert_eq!((blue.maker, facts.green_workload.known().unwrap().as_ref().unwrap().maker), (Maker::Others, maker));
    }
}

#[tokio::test]
async fn of_secrets_and_config_maps_only_the_names_of_keys_are_kept() {
    let facts = look(world()).await;
    assert_eq!(
        facts.secrets[0].keys.known().unwrap().as_deref(),
        Some(&["password".to_string(), "username".to_string()][..])
    );
    assert_eq!(facts.config_maps[0].keys.known().unwrap().as_deref(), Some(&["1.sql".to_string()][..]));
    let text = serde_json::to_string(&facts).unwrap();
    for secret in ["hunter2", "aHVudGVyMg", "secret words"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_known_to_be_absent() {
    let facts = look(World::new()).await;
    assert_eq!(facts.service.known(), Some(&None));
    assert_eq!(facts.workload.known(), Some(&None));
    assert_eq!(facts.secrets[0].keys.known(), Some(&None));
    assert_eq!(facts.config_maps[0].keys.known(), Some(&None));
    // A list is never "not found" but where the definition is not installed.
    assert!(facts.migrations.known().is_none());
}

#[tokio::test]
async fn what_may_not_be_read_is_unknown_and_says_so_without_the_servers_words() {
    let mut refused = world();
    refused.values_mut().for_each(|answer| answer.0 = 403);
    let facts = look(refused).await;
    for problem in
        [facts.service.problem(), facts.workload.problem(), facts.secrets[0].keys.problem(), facts.migrations.problem()]
    {
        let problem = problem.unwrap();
        assert_eq!((problem.reason.as_str(), problem.transient), ("Forbidden", false));
        assert!(!problem.message.contains("secret words"), "{problem:?}");
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_unknown() {
    let mut silent = world();
    silent.get_mut("/api/v1/namespaces/shop/services/orders-db").unwrap().0 = 0;
    let facts = look(silent).await;
    assert_eq!(facts.service.problem().unwrap().reason, "ApiServerTimeout");
}
