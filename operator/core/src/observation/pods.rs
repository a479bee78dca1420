//! Pods of a Job of movers as Kubernetes shows them: what they wait for, and what the last ones said when they ended.
use serde::{Deserialize, Serialize};

use crate::fact::Problem;

/// Pods of one Job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodFacts {
    /// Since when the Job may have pods. Times are seconds since 1970.
    pub since: i64,
    /// Pods that have not ended, as the Job counts them.
    pub active: i32,
    /// Since when the first of those that run now runs.
    pub running_since: Option<i64>,
    /// Pods that do not run yet.
    pub waiting: Vec<WaitingPod>,
    /// Pods that failed, the last one first.
    pub ended: Vec<EndedPod>,
}

/// A pod that does not run yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingPod {
    /// Its name.
    pub pod: String,
    /// When it was made.
    pub since: i64,
    /// What it waits for in Kubernetes' word, such as `ImagePullBackOff` or `Unschedulable`.
    pub reason: String,
    /// Kubernetes' own sentence.
    pub message: String,
}

/// A pod that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedPod {
    /// Its name.
    pub pod: String,
    /// When it began to run.
    pub began: i64,
    /// When it ended.
    pub at: i64,
    /// Kubernetes' word for it, such as `Error`, `OOMKilled` or `Evicted`.
    pub reason: String,
    /// Exit code of the mover, if it came to run.
    pub exit_code: Option<i32>,
    /// What the mover wrote to its termination message.
    pub told: Option<Problem>,
}
