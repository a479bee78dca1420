//! Everything a decision may look at. Gathered by the shell, each part as `Fact` where it can fail; nothing here is derived.
use serde::{Deserialize, Serialize};

use crate::{
    fact::{Fact, Problem},
    preflight::Finding,
    record::{Epoch, Record},
};
use verdigris_crds::Side;

/// What was seen in one look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observation {
    /// The object itself.
    pub object: ObjectFacts,
    /// Findings of preflight; read only while blue carries no record of ours.
    pub preflight: Option<Fact<PreflightResult>>,
    /// Name of the database that moves, once it is known.
    pub database: Fact<String>,
    /// Blue as Kubernetes and its own record show it.
    pub blue: SideFacts,
    /// Green likewise.
    pub green: SideFacts,
    /// The client Service.
    pub service: Fact<ServiceFacts>,
    /// Which pods are blue and which green is known: from our Services, or from the spec and the client Service.
    pub sides_known: bool,
    /// Our Jobs, by kind.
    pub jobs: Jobs,
    /// The copy, from green's records. `Known(None)`: not begun.
    pub clone: Fact<Option<CloneFacts>>,
    /// The migrations, from green's records.
    pub migrations: Fact<MigrationFacts>,
    /// The stream into the closed side. `Known(None)`: there is none.
    pub stream: Fact<Option<StreamFacts>>,
    /// The last full comparison.
    pub comparison: Fact<Option<ComparisonFacts>>,
    /// Users' checks, run for this look. Empty unless everything before them holds.
    pub checks: Vec<CheckFacts>,
    /// Digest that the plan ConfigMap carries. `Known(None)`: there is none.
    pub plan: Fact<Option<String>>,
    /// What the plan consists of, once migrations are classified.
    pub catalogs: Fact<Option<CatalogFacts>>,
    /// The epoch that this process holds on the run, if any.
    pub epoch: Option<Epoch>,
    /// Why the last attempt to move the writer ended early, and when it may be tried again (seconds since 1970).
    pub last_attempt: Option<AttemptFacts>,
    /// The last finished switchover, from the new writer's records.
    pub report: Option<ReportFacts>,
    /// What a migration job of ours cannot find or read, such as a missing ConfigMap.
    pub sources: Fact<Vec<SourceFacts>>,
}

/// The object's own state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectFacts {
    /// It is being deleted.
    pub deleting: bool,
    /// It carries our finalizer.
    pub finalizer: bool,
    /// Annotation `verdigris.dev/force-finalize: "true"`.
    pub force_finalize: bool,
}

/// Result of preflight, all findings at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreflightResult {
    /// Everything that was found, acknowledged ones as notes.
    pub findings: Vec<Finding>,
    /// Whether green was part of it.
    pub with_green: bool,
}

/// One side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SideFacts {
    /// Its workload is there and a pod is ready.
    pub ready: Fact<bool>,
    /// Its workload exists.
    pub exists: Fact<bool>,
    /// Our record there; `Known(None)`: none.
    pub record: Fact<Option<Record>>,
    /// Server version such as `15.19`.
    pub version: Option<String>,
    /// Things of this run that should not be there any more, or not yet: streams of other turns, an armed gate.
    pub leftovers: Vec<String>,
    /// Our Service for this side exists.
    pub service: bool,
}

/// The client Service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceFacts {
    /// The side its selector names, if it is exactly one.
    pub points_at: Option<Side>,
    /// We are an Apply owner of `spec.selector`.
    pub ours: bool,
    /// The last manager that set the selector away from us, if one did.
    pub reverted_by: Option<String>,
}

/// Our Jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Jobs {
    /// Copies blue.
    pub clone: JobFacts,
    /// Runs migrations.
    pub migrate: JobFacts,
    /// Compares.
    pub compare: JobFacts,
}

/// One Job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobFacts {
    /// Not there.
    #[default]
    Absent,
    /// There, with pods or about to have some.
    Running {
        /// What the Job was made for; another key means it is an old one.
        key: String,
        /// Its pods are stopped by us.
        suspended: bool,
    },
    /// All is done.
    Finished {
        /// What the Job was made for.
        key: String,
    },
    /// It gave up.
    Failed {
        /// What the Job was made for.
        key: String,
        /// Kubernetes' reason, such as `BackoffLimitExceeded`.
        reason: String,
    },
}

/// The copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloneFacts {
    /// Stage under way, as users read it: `copy`, `compare`, `index` …
    pub stage: String,
    /// Bytes copied.
    pub done_bytes: i64,
    /// Bytes to copy.
    pub total_bytes: i64,
    /// Tables to copy.
    pub tables: i64,
    /// When it began, seconds since 1970.
    pub started_at: i64,
    /// How often the snapshot was lost and all began again.
    pub restarts: i64,
    /// All stages are done, and the copy equals blue under the snapshot.
    pub finished: bool,
    /// What cannot work.
    pub failure: Option<Problem>,
}

/// The migrations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigrationFacts {
    /// Files applied.
    pub applied: Vec<AppliedFile>,
    /// The file that failed.
    pub failed: Option<FailedFile>,
    /// Everything is applied and what it did is classified.
    pub classified: bool,
    /// What it did, where that is not plainly lossless.
    pub findings: Vec<Finding>,
    /// Tables that exist on green only.
    pub green_only: i64,
    /// What a mover could not do.
    pub failure: Option<Problem>,
}

/// A file in the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppliedFile {
    /// Migration it belongs to.
    pub name: String,
    /// Key in the ConfigMap.
    pub file: String,
    /// SHA-256 of its text.
    pub checksum: String,
}

/// A file that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedFile {
    /// Which.
    pub file: AppliedFile,
    /// Stable reason, `StatementFailed` for the server's own errors.
    pub reason: String,
    /// Name, line, SQLSTATE and objects; no row content.
    pub message: String,
}

/// A migration as its ConfigMap holds it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceFacts {
    /// Name of the migration.
    pub name: String,
    /// Its files in order, with their checksums.
    pub files: Vec<AppliedFile>,
}

/// The stream into the closed side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamFacts {
    /// The side that receives.
    pub into: Side,
    /// The subscription is enabled.
    pub enabled: bool,
    /// We stopped it ourselves, for migrations.
    pub stopped: bool,
    /// Errors of apply since it was made.
    pub apply_errors: i64,
    /// WAL that is not confirmed yet, bytes.
    pub lag_bytes: Option<i64>,
    /// WAL that the slot retains, bytes.
    pub retained_bytes: Option<i64>,
    /// The slot is lost: what it needed is gone.
    pub slot_lost: bool,
    /// A marker made for this look came through.
    pub marker_seen: bool,
}

/// The last full comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonFacts {
    /// It ended, seconds since 1970 by green's clock; absent: under way.
    pub finished_at: Option<i64>,
    /// Whether it is younger than the last change of the schema.
    pub fresh: bool,
    /// All tables are equal.
    pub equal: bool,
    /// Tables compared.
    pub done: i64,
    /// Tables to compare.
    pub total: i64,
    /// Tables that differ, with the number of rows.
    pub different: Vec<String>,
}

/// One check of the user's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckFacts {
    /// Its name.
    pub name: String,
    /// What the query said, cut to 100 characters; or why it could not be asked.
    pub result: CheckResult,
}

/// Answer of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CheckResult {
    /// As expected.
    Passed,
    /// Something else.
    Failed,
    /// It could not be asked: SQLSTATE or a reason.
    Error(String),
}

/// What the plan consists of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogFacts {
    /// Fingerprint of blue's catalog now.
    pub blue_now: String,
    /// The same, under the snapshot of the clone.
    pub blue_cloned: String,
    /// Fingerprint of green's catalog now.
    pub green_now: String,
    /// The same, when migrations were classified.
    pub green_planned: String,
}

/// Why an attempt ended early.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptFacts {
    /// What was in the way.
    pub problem: Problem,
    /// Tries so far.
    pub tries: u32,
    /// Not before, seconds since 1970.
    pub not_before: i64,
}

/// The last finished switchover.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportFacts {
    /// To which side.
    pub to: Side,
    /// How long writers waited, ms.
    pub write_block_ms: i64,
    /// Writes that reached the closed side since; `None`: could not be counted.
    pub strays: Option<i64>,
}
