//! Where things are: the client Service, blue, green.
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules;
use crate::schema;

/// The Service that clients use.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRef {
    /// Name of a ClusterIP Service in the migration's namespace.
    #[schemars(length(min = 1, max = 63), regex(pattern = schema::LABEL))]
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
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::OBJECT_NAME))]
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
    #[schemars(schema_with = "schema::labels")]
    #[x_kube(validation = rules::labels("blue.selector"))]
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
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::OBJECT_NAME))]
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
    #[schemars(schema_with = "schema::labels")]
    #[x_kube(validation = rules::labels("green.selector"))]
    pub selector: BTreeMap<String, String>,
    /// Secret with `username` and `password` of a superuser of green; of a new one, as blue's pod template gives them. Default: blue's.
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
    /// A StatefulSet like blue's, with other labels, other image and an empty volume for each volume claim template.
    pub stateful_set: ProvisionStatefulSet,
}

/// A StatefulSet made after blue's.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ProvisionStatefulSet {
    /// Name of the StatefulSet. Default: the migration's name with `-green`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 52), regex(pattern = schema::LABEL))]
    pub name: Option<String>,
    /// Image of the PostgreSQL container.
    #[schemars(length(min = 1, max = 500), regex(pattern = r"^[^\s]+$"))]
    pub image: String,
    /// Size of the volume of each volume claim template. Default: blue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::size")]
    #[x_kube(validation = rules::size("green.provision.statefulSet.storage"))]
    pub storage: Option<Quantity>,
    /// Server settings, given as `-c name=value`; they win over blue's. `wal_level=logical` is given where nobody says another.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::parameters")]
    #[x_kube(validation = rules::parameters())]
    pub parameters: BTreeMap<String, String>,
}
