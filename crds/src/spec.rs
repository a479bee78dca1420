//! `DatabaseMigration.spec`: what a user asks for. Every optional field says its default.
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::status::DatabaseMigrationStatus;

/// Moves one PostgreSQL database from blue to green: clone, migrate, verify, switch, and keep the way back open.
/// One object is one bounded run; running again is a new object.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "verdigris.dev",
    version = "v1alpha1",
    kind = "DatabaseMigration",
    plural = "databasemigrations",
    singular = "databasemigration",
    shortname = "dbmig",
    category = "verdigris",
    namespaced,
    status = "DatabaseMigrationStatus",
    derive = "PartialEq"
)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseMigrationSpec {
    /// Which side shall write. `Blue` before the cutover: do not switch yet. `Blue` in the rollback window: roll back.
    #[serde(default)]
    pub writer: Side,
    /// Stop at the next safe point. Status says where it stopped.
    #[serde(default)]
    pub suspend: bool,
    /// The Service that clients use; its selector is what moves them.
    pub service: ServiceRef,
    /// The database as it is today.
    pub blue: Blue,
    /// The database as it shall be.
    pub green: Green,
    /// The database to move. Default: the only one of blue that allows connections, `postgres` aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1))]
    pub databases: Vec<Database>,
    /// How blue is copied.
    #[serde(default)]
    pub clone: CloneOptions,
    /// Schema migrations, in order; run on green only, never on blue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub migrations: Vec<Migration>,
    /// SQL assertions on green before the cutover, beside the built-in checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub checks: Vec<Check>,
    /// When and how the writer moves.
    #[serde(default)]
    pub cutover: Cutover,
    /// How long, and how, the way back is kept open.
    #[serde(default)]
    pub rollback: Rollback,
    /// Reasons of findings that the user accepts, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub acknowledge: Vec<String>,
    /// What this migration may cost blue.
    #[serde(default)]
    pub budget: Budget,
}

/// One of the two sides. Fixed for the life of a migration.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Where the data comes from.
    Blue,
    /// Where it goes to.
    #[default]
    Green,
}

impl Side {
    /// The other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Blue => Self::Green,
            Self::Green => Self::Blue,
        }
    }

    /// `blue` or `green`, as it stands in names of objects.
    pub fn lower(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Blue => "Blue",
            Self::Green => "Green",
        })
    }
}

/// The Service that clients use.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRef {
    /// Name of a ClusterIP Service in the migration's namespace.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Who owns `spec.selector`. `Adopt`: it exists, and this operator becomes its only owner.
    #[serde(default)]
    pub ownership: Ownership,
}

/// Who owns the selector of the client Service.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ownership {
    /// The Service exists without a selector in Git or Helm; the operator owns that field.
    #[default]
    Adopt,
}

/// Name of an object in the migration's namespace.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct LocalRef {
    /// Its `metadata.name`.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// The database as it is today.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Blue {
    /// The workload whose pods are blue.
    pub workload: Workload,
    /// Labels that select blue's pods. Default: what the Service selects when the migration starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<BTreeMap<String, String>>,
    /// Secret with the keys `username` and `password` of a superuser of blue.
    pub admin_secret_ref: LocalRef,
    /// Port of PostgreSQL in the pods.
    #[serde(default = "port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
}

/// A workload in the migration's namespace.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Workload {
    /// Its kind.
    pub kind: WorkloadKind,
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// Kinds of workload that can be blue.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkloadKind {
    /// `apps/v1` StatefulSet.
    StatefulSet,
}

/// The database as it shall be.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Green {
    /// Labels that select green's pods, and none of blue's.
    pub selector: BTreeMap<String, String>,
    /// Secret with the keys `username` and `password` of a superuser of green. Default: blue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_secret_ref: Option<LocalRef>,
    /// Port of PostgreSQL in the pods.
    #[serde(default = "port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
    /// How to make green. Absent: green exists and is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provision: Option<Provision>,
}

fn port() -> i32 {
    5432
}

/// How to make green.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Provision {
    /// A StatefulSet like blue's, with other labels, other image and empty volumes.
    pub stateful_set: ProvisionStatefulSet,
}

/// A StatefulSet made after blue's.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ProvisionStatefulSet {
    /// Name of the StatefulSet. Default: the migration's name with `-green`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 52))]
    pub name: Option<String>,
    /// Image of the PostgreSQL container.
    #[schemars(length(min = 1, max = 500))]
    pub image: String,
    /// Size of each data volume. Default: blue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Quantity>,
    /// Server settings, given as `-c name=value`; they win over blue's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

/// The database to move.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Its name on both sides.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Role that owns what migrations make. Default: the owner of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub migration_role: Option<String>,
}

/// How blue is copied.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct CloneOptions {
    /// Movers that copy at the same time.
    #[serde(default = "workers")]
    #[schemars(range(min = 1, max = 32))]
    pub workers: i32,
}

fn workers() -> i32 {
    2
}

impl Default for CloneOptions {
    fn default() -> Self {
        Self { workers: workers() }
    }
}

/// A set of SQL files.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Migration {
    /// Its name in history, status and messages.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Where the SQL is.
    pub sql: SqlSource,
    /// Longest wait for a lock, in seconds.
    #[serde(default = "lock_timeout")]
    #[schemars(range(min = 1, max = 3600))]
    pub lock_timeout_seconds: i32,
    /// Longest run of one statement, in seconds.
    #[serde(default = "statement_timeout")]
    #[schemars(range(min = 1, max = 604_800))]
    pub statement_timeout_seconds: i32,
}

fn lock_timeout() -> i32 {
    5
}

fn statement_timeout() -> i32 {
    1800
}

/// Where SQL is.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct SqlSource {
    /// A ConfigMap whose keys are SQL files, run in the order of their names.
    pub config_map_ref: LocalRef,
}

/// A SQL assertion, run on green before the cutover by a role that cannot write.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Its name in status and messages.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// The question and its answer.
    pub sql: CheckSql,
}

/// A question and its answer.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct CheckSql {
    /// A query that returns one row with one column.
    #[schemars(length(min = 1, max = 10000))]
    pub query: String,
    /// That value as text.
    #[schemars(length(max = 1000))]
    pub expected: String,
}

/// When and how the writer moves.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
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
    /// WAL that our slots may retain on the side that writes; past it the slot is dropped and the run fails.
    #[serde(default = "retained_wal")]
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
