//! The Service as the switchover sees it: read a version, apply the selector with that version, wait until it holds.
use std::time::{Duration, Instant};

use verdigris_core::{fact::Problem, plan::Plan};
use verdigris_crds::Side;

use crate::{
    context::Context,
    kubernetes::{Error, services, workloads},
    observe::places,
    postgres::router::{RouteError, Router, Version},
};

/// How often the endpoint slices are looked at.
const POLL: Duration = Duration::from_millis(20);

/// The client Service of one migration.
pub struct ServiceRouter<'a> {
    context: &'a Context,
    plan: &'a Plan,
}

impl<'a> ServiceRouter<'a> {
    /// The client Service of this migration.
    pub fn new(context: &'a Context, plan: &'a Plan) -> Self {
        Self { context, plan }
    }

    async fn selector(&self, to: Side) -> Result<services::Selector, RouteError> {
        let places = places::find(self.context, self.plan).await.map_err(RouteError::Failed)?;
        places.selector(to, self.plan).map_err(RouteError::Failed)
    }
}

fn failed(error: &Error) -> RouteError {
    if error.is_conflict() { RouteError::Conflict } else { RouteError::Failed(error.problem()) }
}

impl Router for ServiceRouter<'_> {
    async fn read(&self) -> Result<Version, RouteError> {
        let service = super::client_service(self.context, self.plan).await.map_err(RouteError::Failed)?;
        let version = service.metadata.resource_version;
        version.map(Version).ok_or_else(|| {
            RouteError::Failed(Problem::transient("ServiceUnread", "The Service has no resourceVersion."))
        })
    }

    /// The whole selector in one apply that carries the version read before: a stale flip meets a conflict.
    async fn apply(&self, version: &Version, to: Side) -> Result<(), RouteError> {
        let selector = self.selector(to).await?;
        let (namespace, name) = (&self.plan.namespace, &self.plan.spec.service.name);
        services::apply_selector(&self.context.client, namespace, name, &version.0, &selector)
            .await
            .map_err(|e| failed(&e))
    }

    /// Until the Service's ready endpoints are pods of `to` and no others.
    async fn settled(&self, to: Side, limit: Duration) -> Result<(), RouteError> {
        let selector = self.selector(to).await?;
        let (client, namespace, name) = (&self.context.client, &self.plan.namespace, &self.plan.spec.service.name);
        let pods = workloads::pods(client, namespace, &selector).await.map_err(|e| failed(&e))?;
        let wanted: Vec<String> = pods.iter().filter_map(|p| p.status.as_ref()?.pod_ip.clone()).collect();
        let until = Instant::now() + limit;
        loop {
            let ready = services::ready_addresses(client, namespace, name).await.map_err(|e| failed(&e))?;
            if !ready.is_empty() && ready.iter().all(|a| wanted.contains(a)) {
                return Ok(());
            }
            if Instant::now() > until {
                let message = format!("The endpoint slices of Service {namespace}/{name} do not show {to}'s pods yet.");
                return Err(RouteError::Failed(Problem::transient("EndpointsNotSettled", message)));
            }
            tokio::time::sleep(POLL).await;
        }
    }
}
