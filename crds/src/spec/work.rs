//! What is done to the data: clone, migrations, checks.
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::{LocalRef, rules};
use crate::schema;

/// The database to move.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Its name on both sides.
    #[x_kube(validation = rules::identifier("databases.name"))]
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Role that owns what migrations make. Default: the owner of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    #[x_kube(validation = rules::identifier("databases.migrationRole"))]
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
    #[schemars(length(min = 1, max = 63), regex(pattern = schema::LABEL))]
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

/// A SQL assertion, run on green before the cutover in a read-only transaction.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Its name in status and messages.
    #[schemars(length(min = 1, max = 63), regex(pattern = schema::LABEL))]
    pub name: String,
    /// The question and its answer.
    pub sql: CheckSql,
}

/// A question and its answer.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct CheckSql {
    /// A query that returns one row with one column. It has 60 seconds; all checks together have 120.
    #[schemars(length(min = 1, max = 10000))]
    pub query: String,
    /// That value as text.
    #[schemars(length(max = 1000))]
    pub expected: String,
}
