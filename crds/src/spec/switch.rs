//! When the writer moves, how long the way back stays open, what the run may cost.
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules;
use crate::schema;

/// When and how the writer moves.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::approval())]
pub struct Cutover {
    /// `Manual`: wait for `approvedPlan`. `Automatic`: switch when everything is proved.
    #[serde(default)]
    pub policy: CutoverPolicy,
    /// The approval: the digest of the plan that was read, as `status.plan.digest` shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^sha256:[0-9a-f]{64}$"))]
    pub approved_plan: Option<String>,
    /// Largest lag of green, in bytes of WAL, at which a cutover starts.
    #[serde(default = "max_lag")]
    #[schemars(schema_with = "schema::size")]
    #[x_kube(validation = rules::size("cutover.maxLagBytes"))]
    pub max_lag_bytes: Quantity,
    /// Writers never wait longer for us, in milliseconds: past it everything is put back.
    #[serde(default = "max_write_block")]
    #[schemars(range(min = 1000, max = 60000))]
    pub max_write_block_milliseconds: i32,
}

fn max_lag() -> Quantity {
    Quantity("1Mi".into())
}

fn max_write_block() -> i32 {
    5000
}

impl Default for Cutover {
    fn default() -> Self {
        Self {
            policy: CutoverPolicy::default(),
            approved_plan: None,
            max_lag_bytes: max_lag(),
            max_write_block_milliseconds: max_write_block(),
        }
    }
}

/// Who decides that the writer moves.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CutoverPolicy {
    /// The operator, when everything is proved.
    Automatic,
    /// A human or a pipeline, by the digest of the plan.
    #[default]
    Manual,
}

/// How long the way back is kept open.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    /// Length of the window in seconds. It may grow while the window is open, never shrink.
    #[serde(default = "window")]
    #[schemars(range(min = 0, max = 2_592_000))]
    pub window_seconds: i64,
}

fn window() -> i64 {
    86_400
}

impl Default for Rollback {
    fn default() -> Self {
        Self { window_seconds: window() }
    }
}

/// What this migration may cost blue.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// WAL that our slots may retain on the side that writes; past it our slots are dropped: before the cutover the run fails, in the window the way back ends.
    #[serde(default = "retained_wal")]
    #[schemars(schema_with = "schema::size")]
    #[x_kube(validation = rules::size("budget.retainedWal"))]
    pub retained_wal: Quantity,
}

fn retained_wal() -> Quantity {
    Quantity("20Gi".into())
}

impl Default for Budget {
    fn default() -> Self {
        Self { retained_wal: retained_wal() }
    }
}
