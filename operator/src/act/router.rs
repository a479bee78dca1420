//! The Service as the switchover sees it: read a version, apply the selector with that version, wait until it holds.
use std::time::{Duration, Instant};

use verdigris_core::{fact::Problem, plan::Plan};
use verdigris_crds::Side;

use crate::{
    context::Context,
    kubernetes::{services, workloads},
    observe::places,
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

    /// The Service as it is now: its version goes into the apply.
    ///
    /// # Errors
    /// When it cannot be read or does not exist.
    pub async fn current(&self) -> Result<k8s_openapi::api::core::v1::Service, Problem> {
        super::client_service(self.context, self.plan).await
    }

    /// Applies the selector of a side to exactly the Service that was read: a stale flip meets a conflict.
    ///
    /// # Errors
    /// `Conflict` when it changed since.
    pub async fn select(&self, service: &k8s_openapi::api::core::v1::Service, to: Side) -> Result<(), Problem> {
        let selector = self.selector(to).await?;
        services::apply_selector(&self.context.client, service, &selector).await.map_err(|e| e.problem())?;
        Ok(())
    }

    async fn selector(&self, to: Side) -> Result<services::Selector, Problem> {
        places::find(self.context, self.plan).await?.selector(to, self.plan)
    }

    /// Waits until the Service's ready endpoints are pods of `to` and no others.
    ///
    /// # Errors
    /// `EndpointsNotSettled` after `limit`.
    pub async fn endpoints(&self, to: Side, limit: Duration) -> Result<(), Problem> {
        let selector = self.selector(to).await?;
        let pods = workloads::pods(&self.context.client, &self.plan.namespace, &selector).await.map_err(|e| e.problem())?;
        let wanted: Vec<String> = pods.iter().filter_map(|p| p.status.as_ref()?.pod_ip.clone()).collect();
        let until = Instant::now() + limit;
        loop {
            let ready = services::ready_addresses(&self.context.client, &self.plan.namespace, &self.plan.spec.service.name).await;
            let ready = ready.map_err(|e| e.problem())?;
            if !ready.is_empty() && ready.iter().all(|a| wanted.contains(a)) {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(Problem::transient(
                    "EndpointsNotSettled",
                    format!("The endpoint slices of Service {}/{} do not show {to}'s pods yet.", self.plan.namespace, self.plan.spec.service.name),
                ));
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

impl crate::postgres::switchover::Router for ServiceRouter<'_> {}
