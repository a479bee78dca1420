//! The Service as the switchover sees it: read a version, apply the selector with that version, wait until it holds.
use std::time::Duration;

use futures::{StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use verdigris_core::{fact::Problem, plan::Plan};
use verdigris_crds::Side;

use super::pooler::Poolers;
use crate::{
    context::Context,
    kubernetes::{Error, services, workloads},
    observe::{places, sessions},
    postgres::{
        connect::Target,
        router::{RouteError, Router, Version},
        state,
    },
};

/// How often the endpoint slices, and then the way through the Service, are looked at.
const POLL: Duration = Duration::from_millis(20);

/// Longest wait for the way through the Service once its endpoints are right. The node's proxy follows them by itself; meanwhile
/// writers linger on the closed side, and past this they are better off with one more reconnect.
const PROBE: Duration = Duration::from_secs(1);

/// Looks through the Service under way at the same time.
const LOOKS: usize = 4;

/// The client Service of one migration.
pub struct ServiceRouter<'a> {
    context: &'a Context,
    plan: &'a Plan,
    database: &'a str,
    poolers: Poolers<'a>,
}

impl<'a> ServiceRouter<'a> {
    /// The client Service of this migration, which is of this database.
    pub fn new(context: &'a Context, plan: &'a Plan, database: &'a str) -> Self {
        Self { context, plan, database, poolers: Poolers::new(context, plan, database) }
    }

    async fn selector(&self, to: Side) -> Result<services::Selector, RouteError> {
        let places = places::find(self.context, self.plan).await.map_err(RouteError::Failed)?;
        places.selector(to, self.plan).map_err(RouteError::Failed)
    }

    /// Until the Service's ready endpoints are pods of `to` and no others.
    async fn endpoints(&self, to: Side, until: Instant) -> Result<(), RouteError> {
        let selector = self.selector(to).await?;
        let (client, namespace, name) = (&self.context.client, &self.plan.namespace, &self.plan.spec.service.name);
        let pods = workloads::pods(client, namespace, &selector).await.map_err(|e| failed(&e))?;
        let wanted: Vec<String> = pods.iter().filter_map(|p| p.status.as_ref()?.pod_ip.clone()).collect();
        loop {
            let ready = services::ready_addresses(client, namespace, name).await.map_err(|e| failed(&e))?;
            if !ready.is_empty() && ready.iter().all(|a| wanted.contains(a)) {
                return Ok(());
            }
            if Instant::now() > until {
                let message = format!("The endpoint slices of Service {namespace}/{name} do not show {to}'s pods yet.");
                return Err(RouteError::Failed(Problem::transient("EndpointsNotSettled", message)));
            }
            sleep(POLL).await;
        }
    }

    /// How a client reaches the database: through the client Service, with the credentials of `to`.
    async fn through(&self, to: Side) -> Result<Target, Problem> {
        let target = sessions::target(self.context, self.plan, to, self.database).await?;
        let service = super::client_service(self.context, self.plan).await?;
        let (host, port) = services::way_in(&service, target.port);
        Ok(Target { host, port, ..target })
    }

    /// Until a new connection through the Service meets `to`: endpoints change a moment before the node's proxy does. The next
    /// look does not wait for the one before, so that none of the time is ours.
    async fn probe(&self, target: &Target, to: Side, until: Instant) -> Result<(), Problem> {
        let mut seen = Problem::transient("ServiceProbe", "The Service does not answer.");
        let mut looks = FuturesUnordered::new();
        let mut next = interval(POLL);
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = sleep_until(until) => return Err(seen),
                _ = next.tick(), if looks.len() < LOOKS => looks.push(self.look(target)),
                Some(met) = looks.next() => match met {
                    Ok(Some(side)) if side == to => return Ok(()),
                    Ok(_) => seen.message = format!("The Service still leads to {}.", to.other()),
                    Err(problem) => seen = problem,
                }
            }
        }
    }

    /// The side that a new connection meets, by the record there.
    async fn look(&self, target: &Target) -> Result<Option<Side>, Problem> {
        let session = sessions::open(target, self.plan, 0, "probe").await.map_err(|error| error.problem())?;
        Ok(state::read(&session).await.map_err(|error| error.problem())?.map(|record| record.side))
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

    async fn ready(&self) -> Result<(), RouteError> {
        self.poolers.ready().await.map_err(RouteError::Failed)
    }

    async fn busy(&self) -> Result<Vec<i32>, RouteError> {
        self.poolers.busy().await.map_err(RouteError::Failed)
    }

    async fn pause(&self, limit: Duration) -> Result<(), RouteError> {
        self.poolers.pause(limit).await.map_err(RouteError::Failed)
    }

    async fn resume(&self) -> Result<(), RouteError> {
        self.poolers.resume().await.map_err(RouteError::Failed)
    }

    /// Until new connections meet `to`. That the endpoints are right must be seen; that the node's proxy has followed is looked
    /// at for a moment only: an operator that cannot reach the Service itself must not keep clients waiting.
    async fn settled(&self, to: Side, limit: Duration) -> Result<(), RouteError> {
        let began = Instant::now();
        let (target, endpoints) = tokio::join!(self.through(to), self.endpoints(to, began + limit));
        endpoints?;
        let endpoints_ms = began.elapsed().as_millis();
        let until = (began + limit).min(Instant::now() + PROBE);
        let probed = match target {
            Ok(target) => self.probe(&target, to, until).await,
            Err(problem) => Err(problem),
        };
        let (migration, all_ms) = (self.plan.key(), began.elapsed().as_millis());
        match probed {
            Ok(()) => tracing::info!(migration, endpoints_ms, all_ms, "the Service leads to {to}"),
            Err(problem) => {
                let reason = &problem.reason;
                tracing::warn!(
                    migration,
                    endpoints_ms,
                    reason,
                    "not seen through the Service yet: {}",
                    problem.message
                );
            }
        }
        Ok(())
    }
}
