//! Facts about the run itself, as green's and blue's records show them.
use serde::{Deserialize, Serialize};

use crate::{fact::Problem, preflight::Finding, record::Lsn};
use verdigris_crds::Side;

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
#[allow(clippy::struct_excessive_bools, reason = "each is one fact of its own")]
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
    /// Place in the WAL of the side that writes up to which the closed one has everything.
    pub applied: Option<Lsn>,
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
    /// What kept the last one from its end.
    pub failure: Option<Problem>,
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
    /// NULL, which no text equals.
    Null,
    /// It could not be asked: SQLSTATE or a reason.
    Error(String),
}

impl CheckResult {
    /// What the one value of an answer comes to.
    pub fn of(answer: Option<&str>, expected: &str) -> Self {
        match answer {
            None => Self::Null,
            Some(answer) if answer == expected => Self::Passed,
            Some(_) => Self::Failed,
        }
    }
}

/// What the plan consists of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogFacts {
    /// Fingerprint of blue's catalog now.
    pub blue_now: String,
    /// The same, under the snapshot of the clone.
    pub blue_cloned: String,
    /// Objects of blue that came, went or changed since the clone, the first ten.
    pub blue_changed: Vec<String>,
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
    /// How long writers waited, ms. Absent: not measured, for a recovery finished it.
    pub write_block_ms: Option<i64>,
}
