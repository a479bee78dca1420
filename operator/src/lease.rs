//! Leader election by compare-and-swap on a Lease. The Lease only saves work: what makes a stale operator harmless is the
//! epoch in the databases (I6).
use std::time::{Duration, Instant};

use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
    jiff::Timestamp,
};
use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
};

/// Name of the Lease.
pub const NAME: &str = "verdigris-leader";
/// How long a leader may be silent.
pub const TTL: Duration = Duration::from_secs(15);
/// How often it is renewed, or tried for.
pub const RETRY: Duration = Duration::from_secs(2);

/// What a try came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// This process leads until then, by its own clock.
    Leader {
        /// Not a moment longer.
        until: Instant,
    },
    /// Another one leads.
    Follower,
}

/// One candidate.
pub struct Elector {
    api: Api<Lease>,
    identity: String,
    /// The record of another holder and when we first saw it: expiry counts by our clock alone.
    seen: Option<(String, Instant)>,
}

impl Elector {
    /// A candidate. `client` should not retry by itself: a retried call may outlive the Lease.
    pub fn new(client: Client, namespace: &str, identity: String) -> Self {
        Self { api: Api::namespaced(client, namespace), identity, seen: None }
    }

    /// Renews or tries to take the Lease: one read and at most one write that carries the version read.
    ///
    /// # Errors
    /// When the API server does, or does not answer in time.
    pub async fn step(&mut self) -> Result<Role, super::kubernetes::Error> {
        // Taken before the write, so that the term is never overstated.
        let until = Instant::now() + TTL;
        let Some(mut lease) = super::kubernetes::call("reading the Lease", self.api.get_opt(NAME)).await? else {
            return self.create(until).await;
        };
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        let spec = lease.spec.get_or_insert_default();
        let holder = spec.holder_identity.clone().filter(|h| !h.is_empty());
        if holder.as_ref().is_some_and(|h| *h != self.identity) && self.alive(version) {
            return Ok(Role::Follower);
        }
        let now = MicroTime(Timestamp::now());
        if holder.as_ref() != Some(&self.identity) {
            spec.lease_transitions = Some(spec.lease_transitions.unwrap_or(0) + 1);
            spec.acquire_time = Some(now.clone());
        }
        spec.holder_identity = Some(self.identity.clone());
        spec.lease_duration_seconds = Some(i32::try_from(TTL.as_secs()).unwrap_or(15));
        spec.renew_time = Some(now);
        match super::kubernetes::call("writing the Lease", self.api.replace(NAME, &PostParams::default(), &lease)).await
        {
            Ok(_) => Ok(Role::Leader { until }),
            Err(error) if error.is_conflict() => Ok(Role::Follower),
            Err(error) => Err(error),
        }
    }

    /// Gives the Lease up, so that the next one need not wait for its end.
    pub async fn release(&mut self) {
        let Ok(Some(mut lease)) = super::kubernetes::call("reading the Lease", self.api.get_opt(NAME)).await else {
            return;
        };
        let spec = lease.spec.get_or_insert_default();
        if spec.holder_identity.as_ref() == Some(&self.identity) {
            spec.holder_identity = Some(String::new());
            let written =
                super::kubernetes::call("releasing the Lease", self.api.replace(NAME, &PostParams::default(), &lease))
                    .await;
            if let Err(error) = written {
                tracing::info!(%error, "the Lease was not released; it expires by itself");
            }
        }
    }

    fn alive(&mut self, version: String) -> bool {
        match &self.seen {
            Some((old, at)) if *old == version => at.elapsed() < TTL,
            _ => {
                self.seen = Some((version, Instant::now()));
                true
            }
        }
    }

    async fn create(&self, until: Instant) -> Result<Role, super::kubernetes::Error> {
        let now = MicroTime(Timestamp::now());
        let lease = Lease {
            metadata: ObjectMeta { name: Some(NAME.into()), ..ObjectMeta::default() },
            spec: Some(LeaseSpec {
                holder_identity: Some(self.identity.clone()),
                lease_duration_seconds: Some(i32::try_from(TTL.as_secs()).unwrap_or(15)),
                acquire_time: Some(now.clone()),
                renew_time: Some(now),
                lease_transitions: Some(1),
                ..LeaseSpec::default()
            }),
        };
        match super::kubernetes::call("making the Lease", self.api.create(&PostParams::default(), &lease)).await {
            Ok(_) => Ok(Role::Leader { until }),
            Err(super::kubernetes::Error::Api { source, .. }) if matches!(source.as_ref(), kube::Error::Api(s) if s.is_already_exists()) => {
                Ok(Role::Follower)
            }
            Err(error) => Err(error),
        }
    }
}
