//! `DatabaseMigration.status`: a view of what the databases say. Nothing is claimed that was not measured: absent, not 0.
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::{loss::LossStatus, schema, spec::Side};

/// Longest message in a condition or step, in characters. A longer one would make the API server refuse the whole status.
pub const MESSAGE_MAX: usize = 4096;

/// `text`, cut to `max` characters with an ellipsis if it is longer.
#[must_use]
pub fn clip(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

/// What is known about the run.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseMigrationStatus {
    /// Generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// For display only: decisions and scripts read conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub phase: Option<String>,
    /// The side that accepts client writes, as the databases said it last. Absent: nobody, or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::side")]
    pub writer: Option<Side>,
    /// Ready, Reconciling and Stalled as kstatus reads them, and one condition per promise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".to_string()]))]
    pub conditions: Vec<Condition>,
    /// The database that moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub database: Option<String>,
    /// What is going to happen, to read before it is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,
    /// The steps of the run, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".to_string()]))]
    #[schemars(length(max = 16))]
    pub steps: Vec<StepStatus>,
    /// The step under way, for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub step: Option<String>,
    /// Progress of that step, for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub progress: Option<String>,
    /// How far the stream is behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<LagStatus>,
    /// How long writers waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_block: Option<WriteBlockStatus>,
    /// Results of checks, built-in ones too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".to_string()]))]
    #[schemars(length(max = 100))]
    pub checks: Vec<CheckStatus>,
    /// The way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<RollbackStatus>,
    /// The last ten changes of phase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub history: Vec<HistoryEntry>,
}

/// The plan and what it speaks of.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct PlanStatus {
    /// Digest to approve; covers spec, SQL checksums, both catalogs and findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 71))]
    pub digest: Option<String>,
    /// ConfigMap that holds the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub config_map: Option<String>,
    /// Version of blue's server, such as `15.19`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub blue_version: Option<String>,
    /// Version of green's server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub green_version: Option<String>,
    /// Both versions, for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub versions: Option<String>,
    /// Tables that are carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<i64>,
    /// Their size on blue, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,
    /// Whether what green writes can be carried back: `Lossless` or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub reversibility: Option<String>,
}

/// One step.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct StepStatus {
    /// Name of the step, such as `Clone`.
    #[schemars(length(max = 127))]
    pub name: String,
    /// `Pending`, `Running`, `Waiting`, `Succeeded`, `Failed` or `Skipped`.
    #[schemars(length(max = 63))]
    pub state: String,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub finished_at: Option<Time>,
    /// What is done, in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<i64>,
    /// What is to be done, in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// `bytes`, `tables` or `files`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub unit: Option<String>,
    /// When it will be done at the pace of now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub eta: Option<Time>,
    /// Why it waits or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MESSAGE_MAX))]
    pub message: Option<String>,
}

/// How far the stream is behind. Bounds that hold still while the figures wobble: written at most once a minute unless phase or
/// conditions change, up where they are too low, down where they are far too high or after ten minutes. Metrics are exact.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct LagStatus {
    /// WAL that the receiving side has not confirmed is at most this, in bytes: a power of two, 256 KiB or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,
    /// WAL that the slot retains is at most this, in bytes: a power of two, 64 MiB or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retained_wal_bytes: Option<i64>,
    /// Since when these figures stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub changed_at: Option<Time>,
}

/// How long writers waited for the last switchover, in milliseconds.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct WriteBlockStatus {
    /// From the hold to the flipped Service, as measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_milliseconds: Option<i64>,
}

/// Result of one check.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct CheckStatus {
    /// Its name; built-in ones begin with `verdigris/`.
    #[schemars(length(max = 127))]
    pub name: String,
    /// `Passed`, `Failed` or `Error` (it could not be measured).
    #[schemars(length(max = 63))]
    pub result: String,
    /// What was seen, for a user's check: at most 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub observed: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub at: Option<Time>,
}

/// The way back.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct RollbackStatus {
    /// End of the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub until: Option<Time>,
    /// Lag of the reverse stream, in bytes of WAL; the bound that `lag.bytes` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse_lag_bytes: Option<i64>,
    /// Writes that reached blue after it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stray_writes: Option<i64>,
    /// Tables that exist on green only: their rows stay there on a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub green_only_tables: Option<i64>,
    /// What would be lost if blue were opened by hand now. Absent: blue follows green, and a rollback loses nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<LossStatus>,
}

/// One change of phase.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// When.
    #[schemars(schema_with = "schema::time")]
    pub at: Time,
    /// Phase before.
    #[schemars(length(max = 63))]
    pub from: String,
    /// Phase after.
    #[schemars(length(max = 63))]
    pub to: String,
    /// Reason of the condition that explains it.
    #[schemars(length(max = 63))]
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::clip;

    #[test]
    fn clip_counts_characters() {
        assert_eq!(clip("grün", 4), "grün");
        assert_eq!(clip("grüner", 4), "grü…");
        assert_eq!(clip("x", 0), "…");
    }
}
