//! A pooler in front of the client Service: its clients are held while the writer moves, so that they see no error.
use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::{LocalRef, rules};
use crate::schema;

/// The pooler that clients go through.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Pooler {
    /// PgBouncer.
    pub pg_bouncer: PgBouncer,
}

/// Pods of PgBouncer whose databases lead to the client Service.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct PgBouncer {
    /// Labels that select its pods, in the migration's namespace.
    #[schemars(schema_with = "schema::labels")]
    #[x_kube(validation = rules::labels("pooler.pgBouncer.selector"))]
    pub selector: BTreeMap<String, String>,
    /// Secret with the keys `username` and `password` of one of its `admin_users`.
    pub admin_secret_ref: LocalRef,
    /// Port on which its pods listen.
    #[serde(default = "port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
}

fn port() -> i32 {
    6432
}
