//! Leader election against an API server that compares versions, as a real one does.
#![allow(missing_docs, clippy::pedantic, clippy::unwrap_used, reason = "a test that panics is a test that fails")]
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use verdigris::lease::{Elector, Role};

const TTL: Duration = Duration::from_millis(300);
type Store = Arc<Mutex<(u64, Option<Value>)>>;

fn refused(code: u16, reason: &str) -> Response {
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason, "code": code, "message": reason});
    (StatusCode::from_u16(code).unwrap(), Json(body)).into_response()
}

fn keep(store: &mut (u64, Option<Value>), mut lease: Value) -> Response {
    store.0 += 1;
    lease["metadata"]["resourceVersion"] = json!(store.0.to_string());
    store.1 = Some(lease.clone());
    Json(lease).into_response()
}

async fn read(State(store): State<Store>) -> Response {
    match &store.lock().unwrap().1 {
        Some(lease) => Json(lease.clone()).into_response(),
        None => refused(404, "NotFound"),
    }
}

async fn create(State(store): State<Store>, Json(lease): Json<Value>) -> Response {
    let mut store = store.lock().unwrap();
    if store.1.is_some() { refused(409, "AlreadyExists") } else { keep(&mut store, lease) }
}

async fn replace(State(store): State<Store>, Json(lease): Json<Value>) -> Response {
    let mut store = store.lock().unwrap();
    let version = store.0.to_string();
    if lease["metadata"]["resourceVersion"] == json!(version) {
        keep(&mut store, lease)
    } else {
        refused(409, "Conflict")
    }
}

async fn server() -> (kube::Client, Store) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = Store::default();
    let path = "/apis/coordination.k8s.io/v1/namespaces/ns/leases";
    let app = Router::new()
        .route(path, axum::routing::post(create))
        .route(&format!("{path}/verdigris-leader"), get(read).put(replace))
        .with_state(store.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut config = kube::Config::new(format!("http://{address}").parse().unwrap());
    config.default_retry = false;
    (kube::Client::try_from(config).unwrap(), store)
}

fn elector(client: &kube::Client, name: &str) -> Elector {
    Elector::new(client.clone(), "ns", name.to_owned()).with_ttl(TTL)
}

fn leads(role: Role) -> bool {
    matches!(role, Role::Leader { until } if until > Instant::now())
}

#[tokio::test]
async fn one_leads_until_it_gives_up() {
    let (client, store) = server().await;
    let (mut a, mut b) = (elector(&client, "a"), elector(&client, "b"));
    assert!(leads(a.step().await.unwrap()));
    assert!(!leads(b.step().await.unwrap()));
    assert!(leads(a.step().await.unwrap()), "the holder renews");
    a.release().await;
    assert!(leads(b.step().await.unwrap()), "a released Lease need not expire");
    assert_eq!(store.lock().unwrap().1.as_ref().unwrap()["spec"]["leaseTransitions"], 2);
}

#[tokio::test]
async fn a_silent_holder_is_followed_by_exactly_one() {
    let (client, _) = server().await;
    let (mut a, mut b, mut c) = (elector(&client, "a"), elector(&client, "b"), elector(&client, "c"));
    assert!(leads(a.step().await.unwrap()));
    assert!(!leads(b.step().await.unwrap()) && !leads(c.step().await.unwrap()));
    // Expiry counts by the candidate's own clock, from the last change that it saw.
    tokio::time::sleep(TTL + Duration::from_millis(50)).await;
    let (b, c) = tokio::join!(b.step(), c.step());
    assert_eq!([b.unwrap(), c.unwrap()].into_iter().filter(|r| leads(*r)).count(), 1);
    assert!(!leads(a.step().await.unwrap()), "the one that was silent finds another holder");
}
