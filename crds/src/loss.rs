//! What a rollback would lose, as status states it: tables and numbers, never a row.
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::{schema, status::MESSAGE_MAX, words::words};

/// Most tables that are named.
pub const TABLES_MAX: usize = 50;

words! {
    /// How much is known of a loss: `status.rollback.loss.extent`.
    LossExtent {
        /// Every change that blue lacks was counted.
        Counted,
        /// So many were counted, and there are more.
        AtLeast,
        /// Nobody knows, which is not zero.
        Unknown,
    }
}

/// Writes of green that are not on blue: what whoever opened blue by hand now would lose. Absent while blue follows.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct LossStatus {
    /// `Counted`, `AtLeast` (there are more than those that are named), or `Unknown`, which is not zero.
    #[schemars(length(max = 63))]
    pub extent: String,
    /// Row changes that blue lacks. Absent: unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<i64>,
    /// The same by table, most changes first; fifty tables at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["table".to_string()]))]
    #[schemars(length(max = TABLES_MAX))]
    pub tables: Vec<TableLossStatus>,
    /// Tables that were counted and are not named, for there are too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_tables: Option<i64>,
    /// Place in green's WAL up to which blue has everything, such as `0/15E3F20`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub blue_has_until: Option<String>,
    /// When the first transaction that blue lacks was committed, by green's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub first_at: Option<Time>,
    /// Why it is not known, or not known whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MESSAGE_MAX))]
    pub why: Option<String>,
    /// When it was counted; of `Unknown`: since when that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub at: Option<Time>,
}

/// What would be lost of one table.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct TableLossStatus {
    /// Schema and name, quoted as in SQL.
    #[schemars(length(max = 300))]
    pub table: String,
    /// Rows inserted.
    pub inserts: i64,
    /// Rows updated.
    pub updates: i64,
    /// Rows deleted.
    pub deletes: i64,
    /// Times that it was truncated.
    pub truncates: i64,
}
