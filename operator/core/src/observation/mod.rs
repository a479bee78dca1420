//! Everything a decision may look at. Gathered by the shell, each part as `Fact` where it can fail; nothing here is derived.
use serde::{Deserialize, Serialize};

mod backlog;
mod pods;
mod progress;

pub use backlog::*;
pub use pods::*;
pub use progress::*;

use crate::{
    fact::Fact,
    preflight::Finding,
    record::{Epoch, Foreign, Record},
};
use verdigris_crds::Side;

/// Reason of a fact that nobody has looked at in this look.
pub const NOT_READ: &str = "NotRead";

/// What was seen in one look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observation {
    /// The object itself.
    pub object: ObjectFacts,
    /// Findings of preflight; read only while blue carries no record of ours.
    pub preflight: Option<Fact<PreflightResult>>,
    /// What preflight had to say when the run began, from blue's records.
    pub noted: Fact<Vec<Finding>>,
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
    /// What the closed side has not applied. `Known(None)`: it was not counted: no error stopped the stream, or clients wait for us.
    pub backlog: Fact<Option<Backlog>>,
    /// The last full comparison.
    pub comparison: Fact<Option<ComparisonFacts>>,
    /// Users' checks, run for this look. Empty unless everything before them holds.
    pub checks: Vec<CheckFacts>,
    /// Digest that the plan ConfigMap carries. `Known(None)`: there is none.
    pub plan: Fact<Option<String>>,
    /// Roles and memberships of the side that writes that the other one has not, or has otherwise.
    pub roles: Fact<Vec<String>>,
    /// What the plan consists of, once migrations are classified.
    pub catalogs: Fact<Option<CatalogFacts>>,
    /// The epoch that this process holds on the run, if any.
    pub epoch: Option<Epoch>,
    /// Why the last attempt to move the writer ended early, and when it may be tried again (seconds since 1970).
    pub last_attempt: Option<AttemptFacts>,
    /// The last finished switchover, from the new writer's records.
    pub report: Option<ReportFacts>,
    /// Row changes on blue, since it was closed, that are not of the stream: all that there were until this look.
    pub strays: Fact<i64>,
    /// Databases of poolers that hold their clients for whoever asked, as `pod/name`. Empty where the object names no pooler.
    pub poolers: Fact<Vec<String>>,
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

impl Observation {
    /// What was seen of a side.
    pub fn side(&self, side: Side) -> &SideFacts {
        match side {
            Side::Blue => &self.blue,
            Side::Green => &self.green,
        }
    }

    /// The side that carries another run's record, if one does, and whose it is.
    pub fn foreign(&self) -> Option<(Side, &Foreign)> {
        [Side::Blue, Side::Green].into_iter().find_map(|side| Some((side, self.side(side).foreign.as_ref()?)))
    }
}

impl SideFacts {
    /// Our record, if it was seen.
    pub fn ours(&self) -> Option<&Record> {
        self.record.known().and_then(Option::as_ref)
    }
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
    /// Our record there; `Known(None)`: none of ours.
    pub record: Fact<Option<Record>>,
    /// Another run's record, where there is one instead of ours.
    pub foreign: Option<Foreign>,
    /// Server version such as `15.19`.
    pub version: Option<String>,
    /// Most WAL that a slot of this run retains there, bytes; `None`: there is none, or it could not be read.
    pub retained_bytes: Option<i64>,
    /// Things of this run that should not be there any more, or not yet: streams of other turns, an armed gate.
    pub leftovers: Vec<String>,
    /// Our Service for this side exists.
    pub service: bool,
}

impl SideFacts {
    /// The server answered in this look: what is known of its record is its own word.
    pub fn asked(&self) -> bool {
        self.version.is_some()
    }
}

/// The client Service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceFacts {
    /// It is there: one that is gone leads nobody anywhere.
    pub exists: bool,
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
        /// Its pods; `None`: not looked at, or they could not be seen. Nothing is decided by them but what is said.
        pods: Option<PodFacts>,
    },
    /// It is being deleted: it goes once its pods have ended, and no other one can be made before.
    Deleting {
        /// Since when, seconds since 1970.
        since: i64,
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
