//! `/healthz`, `/readyz`, `/metrics`.
use axum::{Router, extract::State, http::StatusCode, routing::get};
use tokio::sync::watch;

use crate::metrics::Metrics;

#[derive(Clone)]
struct Shared {
    metrics: Metrics,
    ready: watch::Receiver<bool>,
}

/// Serves until the process ends. Ready means: the API server answered the Lease once.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    address: std::net::SocketAddr,
    metrics: Metrics,
    ready: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let app = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(|State(shared): State<Shared>| async move { shared.metrics.text() }))
        .with_state(Shared { metrics, ready });
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, app).await
}

async fn readyz(State(shared): State<Shared>) -> StatusCode {
    if *shared.ready.borrow() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
