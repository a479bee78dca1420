//! `DatabaseMigration.spec`: what a user asks for. Every optional field says its default.
#![allow(clippy::duplicated_attributes, reason = "print columns repeat their keys")]
mod frozen;
mod places;
mod pooler;
mod rules;
mod side;
mod switch;
mod work;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

pub use places::*;
pub use pooler::*;
pub use side::*;
pub use switch::*;
pub use work::*;

use crate::schema;
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
    derive = "PartialEq",
    doc = "One bounded run that moves one PostgreSQL database from blue to green. Running again is a new object.",
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Step", type_ = "string", json_path = ".status.step"),
    printcolumn(name = "Progress", type_ = "string", json_path = ".status.progress"),
    printcolumn(name = "Lag", type_ = "integer", json_path = ".status.lag.bytes"),
    printcolumn(name = "Writer", type_ = "string", json_path = ".status.writer"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(
        name = "Reason",
        type_ = "string",
        priority = 1,
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(
        name = "Approved",
        type_ = "string",
        priority = 1,
        json_path = r#".status.conditions[?(@.type=="Approved")].status"#
    ),
    printcolumn(
        name = "Write-Block",
        type_ = "integer",
        priority = 1,
        json_path = ".status.writeBlock.measuredMilliseconds"
    ),
    printcolumn(name = "Rollback-Until", type_ = "string", priority = 1, json_path = ".status.rollback.until"),
    printcolumn(name = "Versions", type_ = "string", priority = 1, json_path = ".status.plan.versions"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = rules::name(),
    validation = rules::service_is_not_ours(),
    validation = rules::green_is_not_blue(),
    validation = frozen::frozen("service"),
    validation = frozen::frozen("pooler"),
    validation = frozen::frozen("blue"),
    validation = frozen::frozen("green"),
    validation = frozen::frozen("databases"),
    validation = frozen::frozen("clone"),
    validation = frozen::frozen("checks"),
    validation = frozen::frozen_cutover(),
    validation = frozen::frozen_migrations(),
    validation = frozen::window_grows(),
    validation = frozen::no_way_back(),
    validation = frozen::no_second_try()
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::disjoint())]
pub struct DatabaseMigrationSpec {
    /// Which side shall write. `Blue` before the cutover: do not switch yet. `Blue` in the rollback window: roll back.
    #[serde(default)]
    pub writer: Side,
    /// Stop at the next safe point. Status says where it stopped.
    #[serde(default)]
    pub suspend: bool,
    /// The Service that clients use; its selector is what moves them.
    pub service: ServiceRef,
    /// A pooler that clients go through to that Service. It holds them while the writer moves, so that they see no error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooler: Option<Pooler>,
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
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".to_string()]))]
    pub migrations: Vec<Migration>,
    /// SQL assertions on green before the cutover, beside the built-in checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".to_string()]))]
    pub checks: Vec<Check>,
    /// When and how the writer moves.
    #[serde(default)]
    pub cutover: Cutover,
    /// How long, and how, the way back is kept open.
    #[serde(default)]
    pub rollback: Rollback,
    /// Reasons of findings that the user accepts, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::reasons")]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub acknowledge: Vec<String>,
    /// What this migration may cost blue.
    #[serde(default)]
    pub budget: Budget,
}
