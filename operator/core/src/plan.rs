//! What is wanted: the object's spec and its identity. No fact of the world stands in here.
use verdigris_crds::{DatabaseMigrationSpec, DatabaseMigrationStatus, Phase, quantity::bytes};

use crate::names::Names;

/// One run, as its object asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// Names of what we make in the databases.
    pub names: Names,
    /// The spec.
    pub spec: DatabaseMigrationSpec,
    /// The status written last: for display (since when, which phase before) and for knowing that a run is over.
    pub previous: DatabaseMigrationStatus,
}

impl Plan {
    /// `namespace/name`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Phase written last.
    pub fn last_phase(&self) -> Phase {
        self.previous.phase.as_deref().and_then(|p| p.parse().ok()).unwrap_or(Phase::Pending)
    }

    /// Name of green's StatefulSet, if we make it.
    pub fn green_workload(&self) -> Option<String> {
        let made = &self.spec.green.provision.as_ref()?.stateful_set;
        Some(made.name.clone().unwrap_or_else(|| format!("{}-green", self.name)))
    }

    /// Name of the ConfigMap that holds the plan to read.
    pub fn plan_config_map(&self) -> String {
        format!("{}-plan", self.name)
    }

    /// Whether the user accepts findings of that reason (`spec.acknowledge`).
    pub fn acknowledges(&self, reason: &str) -> bool {
        self.spec.acknowledge.iter().any(|accepted| accepted == reason)
    }

    /// `spec.cutover.maxLagBytes` in bytes.
    pub fn max_lag_bytes(&self) -> i64 {
        bytes(&self.spec.cutover.max_lag_bytes).unwrap_or(1 << 20)
    }

    /// `spec.budget.retainedWal` in bytes.
    pub fn retained_wal_bytes(&self) -> i64 {
        bytes(&self.spec.budget.retained_wal).unwrap_or(20 << 30)
    }
}
