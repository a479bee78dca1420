//! Facts about the database that moves, on one side.
use serde::{Deserialize, Serialize};

use crate::fact::Fact;

/// The database that moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseFacts {
    /// Its name.
    pub name: String,
    /// Tables, partitioned and foreign tables and materialized views of users.
    pub tables: Fact<Vec<Table>>,
    /// Triggers of users that are enabled ALWAYS or REPLICA.
    pub triggers: Fact<Vec<Trigger>>,
    /// Event triggers of users that are enabled ALWAYS or REPLICA.
    pub event_triggers: Fact<Vec<EventTrigger>>,
    /// Number of large objects.
    pub large_objects: Fact<i64>,
    /// Sequences of users.
    pub sequences: Fact<Vec<Sequence>>,
    /// Extensions installed here.
    pub extensions: Fact<Vec<Extension>>,
    /// Publications whose names begin with `verdigris_`.
    pub publications: Fact<Vec<String>>,
    /// Records of a run.
    pub leftover: Fact<Leftover>,
    /// Objects of users, as `kind schema.name`: the first twenty and their number.
    pub objects: Fact<Objects>,
}

/// A relation of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: TableKind,
    /// It is unlogged.
    pub unlogged: bool,
    /// Size with TOAST in bytes, as VACUUM or ANALYZE saw it last.
    pub bytes: i64,
    /// How updates and deletes name a row.
    pub identity: Identity,
    /// A unique index that could be the identity: not partial, not deferrable, all columns NOT NULL.
    pub candidate: Option<String>,
    /// Columns whose type has no equality, so that FULL cannot find the row.
    pub no_equality: Vec<String>,
}

/// What a relation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TableKind {
    /// A table, or a partition that holds rows.
    Table,
    /// A partitioned table: its partitions hold the rows.
    Partitioned,
    /// A foreign table.
    Foreign,
    /// A materialized view.
    MaterializedView,
}

/// How updates and deletes name a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Identity {
    /// By primary key or a unique index.
    Key,
    /// By the whole row.
    Full,
    /// Not at all.
    Missing,
}

/// A trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// Schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Enabled ALWAYS; else REPLICA.
    pub always: bool,
}

/// An event trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventTrigger {
    /// Its name.
    pub name: String,
    /// Enabled ALWAYS; else REPLICA.
    pub always: bool,
}

/// A sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sequence {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Type, such as `bigint`.
    pub data_type: String,
    /// Last number handed out; absent: none yet.
    pub last: Option<i64>,
    /// First number.
    pub start: i64,
    /// Step.
    pub increment: i64,
    /// Lowest number.
    pub minimum: i64,
    /// Highest number.
    pub maximum: i64,
    /// Numbers that a session takes at once.
    pub cache: i64,
    /// Starts again at its end.
    pub cycles: bool,
}

/// An installed extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// An extension on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailableExtension {
    /// Its name.
    pub name: String,
    /// Version that `CREATE EXTENSION` installs.
    pub default_version: String,
}

/// What runs left behind in a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leftover {
    /// The schema `verdigris` exists.
    pub schema: bool,
    /// The record in it.
    pub record: Option<LeftoverRecord>,
    /// Number of triggers `verdigris_gate` and event triggers `verdigris_ddl`.
    pub triggers: i64,
}

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftoverRecord {
    /// Its run.
    pub run: String,
    /// Its `DatabaseMigration`, as `namespace/name`.
    pub migration: String,
    /// The side is closed.
    pub closed: bool,
    /// How and when it ended.
    pub tombstone: Option<String>,
}

/// Objects of users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Objects {
    /// How many.
    pub count: i64,
    /// The first twenty.
    pub first: Vec<String>,
}
