//! The plan as a document to read, and its digest to approve. It covers spec, SQL checksums, both catalogs and findings
//! (those of preflight as they were when the run began); never sizes, lag or time, so that it changes only when what is approved changes.
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{observation::Observation, plan::Plan, preflight::Finding};

/// Digest and YAML text of the plan as the observation shows it.
pub fn document(plan: &Plan, obs: &Observation) -> (String, String) {
    let mut spec = serde_json::to_value(&plan.spec).unwrap_or_default();
    // Switches that say when, not what: turning one must not void an approval.
    if let Some(map) = spec.as_object_mut() {
        for field in ["writer", "suspend", "budget"] {
            map.remove(field);
        }
        if let Some(cutover) = map.get_mut("cutover").and_then(|c| c.as_object_mut()) {
            cutover.remove("approvedPlan");
        }
        if let Some(rollback) = map.get_mut("rollback").and_then(|c| c.as_object_mut()) {
            rollback.remove("windowSeconds");
        }
    }
    let migrations = obs.migrations.known();
    let catalogs = obs.catalogs.known().and_then(Option::as_ref);
    let body = json!({
        "database": obs.database.known(),
        "versions": { "blue": obs.blue.version.as_deref().map(major), "green": obs.green.version.as_deref().map(major) },
        "spec": spec,
        "migrations": migrations.map(|m| &m.applied),
        "findings": findings(obs),
        "greenOnlyTables": migrations.map(|m| m.green_only),
        "catalogs": catalogs.map(|c| json!({ "blue": c.blue_cloned, "green": c.green_planned })),
        "reversibility": "Lossless",
    });
    let canonical = body.to_string();
    let digest = format!("sha256:{}", hex(&Sha256::digest(canonical.as_bytes())));
    let text = verdigris_crds::yaml::to_string(&body).unwrap_or(canonical);
    (digest, text)
}

/// What whoever approves must know: of preflight, when the run began, then of the migrations.
pub fn findings(obs: &Observation) -> Vec<&Finding> {
    let migrations = obs.migrations.known().map(|m| &m.findings);
    [obs.noted.known(), migrations].into_iter().flatten().flatten().collect()
}

/// The first ten hexadecimal digits of the SHA-256 of a text: enough to tell sets of files apart in a name.
pub fn short(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes())).chars().take(10).collect()
}

/// SHA-256 of a text in hexadecimal digits.
pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}
