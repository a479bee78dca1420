//! Preflight: from facts to findings, all at once. Pure, so that a stranger can predict it from a transcript.
//!
//! `check` never passes over a fact that is unknown: it becomes a finding of its own (I7). Rooms: `facts` (what was seen),
//! `rules` (one file a subject), `reason` (stable words, source of the docs), `finding` (what users read).
mod facts;
mod finding;
mod reason;
mod rules;
mod text;

use verdigris_crds::DatabaseMigrationSpec;

pub use self::{
    facts::*,
    finding::{Finding, Severity, report, summary},
    reason::Reason,
    rules::{FIELD_MANAGER, MARKS, choose_database, create_database, is_candidate},
};
pub(crate) use rules::shares_port;

/// Whose preflight it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// The run, as in `Names::run`.
    pub run: String,
    /// What is asked for.
    pub spec: DatabaseMigrationSpec,
}

/// How much there is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Green is not there yet: blue and Kubernetes alone.
    BeforeGreen,
    /// Both sides.
    WithGreen,
}

/// Everything that is to be said about `facts`, most severe first, in an order that depends on nothing else.
pub fn check(stage: Stage, request: &Request, facts: &Facts) -> Vec<Finding> {
    let mut findings = rules::all(stage, request, facts);
    for finding in &mut findings {
        if finding.severity == Severity::Question && request.spec.acknowledge.contains(&finding.reason) {
            finding.severity = Severity::Note;
            finding.message.push_str(" Acknowledged.");
        }
    }
    findings.sort();
    findings.dedup();
    findings
}
