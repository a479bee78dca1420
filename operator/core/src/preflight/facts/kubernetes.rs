//! Facts that the API server knows. Of Secrets only the names of their keys are kept.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use verdigris_crds::Side;

use crate::fact::Fact;

/// What the API server says. `Known(None)`: there is no such object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesFacts {
    /// The client Service.
    pub service: Fact<Option<ServiceFacts>>,
    /// Blue's StatefulSet.
    pub workload: Fact<Option<WorkloadFacts>>,
    /// A StatefulSet of the name that green shall get; read only if green is to be made.
    pub green_workload: Fact<Option<WorkloadFacts>>,
    /// Volume claims: those with the names that the pods of a provisioned green use, else those that green's pods use.
    pub green_claims: Fact<Vec<ClaimFacts>>,
    /// Pods that blue's, green's or the Service's selector matches.
    pub pods: Fact<Vec<PodFacts>>,
    /// The admin Secrets, one a side.
    pub secrets: Vec<SecretFacts>,
    /// ConfigMaps of migrations.
    pub config_maps: Vec<ConfigMapFacts>,
    /// Other migrations of the namespace.
    pub migrations: Fact<Vec<OtherMigration>>,
}

/// The client Service.
#[allow(clippy::struct_excessive_bools)] // each is one field of the object
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceFacts {
    /// `spec.type`.
    pub kind: String,
    /// `spec.clusterIP` is `None`.
    pub headless: bool,
    /// `spec.selector`.
    pub selector: BTreeMap<String, String>,
    /// `spec.publishNotReadyAddresses`.
    pub publishes_not_ready: bool,
    /// `metadata.managedFields` is there.
    pub managed: bool,
    /// Managers that own `f:spec.f:selector`.
    pub selector_owners: Vec<FieldOwner>,
    /// The annotation of kubectl's client-side apply holds a selector.
    pub applied_selector: bool,
    /// Labels and annotations by which deployment tools mark what is theirs.
    pub marks: BTreeMap<String, String>,
    /// `metadata.ownerReferences`.
    pub owners: Vec<Owner>,
    /// Its endpoint slices.
    pub slices: Fact<Vec<SliceFacts>>,
}

/// An entry of `managedFields`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldOwner {
    /// Name of the manager.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// Its place in `metadata.managedFields`.
    pub index: usize,
}

/// An owner reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Kind of the owner.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// It manages the object.
    pub controller: bool,
}

/// An endpoint slice of the client Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SliceFacts {
    /// Its name.
    pub name: String,
    /// Who manages it, by the label `endpointslice.kubernetes.io/managed-by`.
    pub managed_by: String,
    /// Ready endpoints in it.
    pub ready: usize,
}

/// A StatefulSet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadFacts {
    /// Its name.
    pub name: String,
    /// `spec.replicas`.
    pub replicas: i32,
    /// Volume claims of each pod.
    pub claims: Vec<ClaimTemplate>,
    /// Volumes that its pod template names; those of claim templates are not among them.
    pub volumes: Vec<VolumeFacts>,
    /// Who made it.
    pub maker: Maker,
}

/// Who made an object that one of our names leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Maker {
    /// This run.
    ThisRun,
    /// Another run, of an earlier migration of this name.
    EarlierRun,
    /// Anybody else.
    Others,
}

/// A volume of a pod template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VolumeFacts {
    /// Its name.
    pub name: String,
    /// Field of the template that says what it is, such as `emptyDir` or `hostPath`; empty: none that this release knows.
    pub kind: String,
}

/// A volume claim template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimTemplate {
    /// Its name.
    pub name: String,
    /// Size in bytes; absent: not readable.
    pub bytes: Option<i64>,
}

/// A volume claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimFacts {
    /// Its name.
    pub name: String,
    /// Capacity, or what it asks for, in bytes; absent: not readable.
    pub bytes: Option<i64>,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodFacts {
    /// Its name.
    pub name: String,
    /// Its address.
    pub ip: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// It is ready and not being deleted.
    pub ready: bool,
    /// Its controller.
    pub owner: Option<Owner>,
    /// Names of the volume claims that it uses.
    pub claims: Vec<String>,
    /// `pg_is_in_recovery()` there.
    pub in_recovery: Fact<bool>,
}

/// A Secret, without its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretFacts {
    /// Whose admin it names.
    pub side: Side,
    /// Its name.
    pub name: String,
    /// Names of its keys that are not empty.
    pub keys: Fact<Option<Vec<String>>>,
}

/// A ConfigMap of migrations, without its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMapFacts {
    /// Migration that names it.
    pub migration: String,
    /// Its name.
    pub name: String,
    /// Its keys.
    pub keys: Fact<Option<Vec<String>>>,
}

/// Another migration of the namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherMigration {
    /// Its name.
    pub name: String,
    /// Its client Service.
    pub service: String,
    /// Blue's StatefulSet.
    pub blue: String,
    /// Green's StatefulSet, if it makes one.
    pub green: Option<String>,
    /// Its phase, if it has one.
    pub phase: Option<String>,
    /// It carries our finalizer: it would leave something behind.
    pub finalizer: bool,
    /// It is older than this one; equal ages are told apart by UID.
    pub older: bool,
}
