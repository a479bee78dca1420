//! One file a subject. A rule reads facts and adds findings; it never decides what to do next.
mod connectivity;
mod database;
mod databases;
mod extensions;
mod green;
mod leftovers;
mod migrations;
mod others;
mod owners;
mod pods;
mod pooler;
mod replication;
mod sequences;
mod server;
mod service;
mod sources;
mod tables;
mod volumes;

use verdigris_crds::Side;

pub use self::{
    databases::{choose_database, create_database, is_candidate},
    owners::{FIELD_MANAGER, MARKS},
};
pub(crate) use pooler::shares_port;

use super::{Facts, Finding, Reason, Request, ServerFacts, Stage, text};
use crate::fact::Fact;

/// Findings of one kind that are listed one by one; the rest is counted.
const LISTED: usize = 20;

/// Every rule.
pub(super) fn all(stage: Stage, request: &Request, facts: &Facts) -> Vec<Finding> {
    let remake = green::remake(request, &facts.kubernetes);
    let mut report = Report { request, remake, findings: Vec::new() };
    service::check(&mut report, stage, &facts.kubernetes);
    pods::check(&mut report, stage, facts);
    sources::check(&mut report, &facts.kubernetes);
    volumes::check(&mut report, stage, facts);
    let blue = server::reachable(&mut report, Side::Blue, &facts.blue);
    if let Some(blue) = blue {
        side(&mut report, Side::Blue, blue);
        databases::blue(&mut report, blue);
        others::check(&mut report, facts, blue);
        migrations::check(&mut report, blue);
        pooler::check(&mut report, facts, blue);
    }
    if stage == Stage::WithGreen {
        let green = server::reachable(&mut report, Side::Green, &facts.green);
        if let Some(green) = green {
            side(&mut report, Side::Green, green);
            database::emptiness(&mut report, green);
        }
        if let (Some(blue), Some(green)) = (blue, green) {
            server::pair(&mut report, blue, green);
            databases::pair(&mut report, blue, green);
            extensions::pair(&mut report, blue, green);
            connectivity::check(&mut report, &facts.connectivity);
        }
    }
    report.findings
}

/// What is asked of both sides alike, and of the database that moves on blue.
fn side(report: &mut Report, side: Side, facts: &ServerFacts) {
    server::check(report, side, facts);
    replication::check(report, side, facts);
    let Some(database) = database::known(report, side, facts) else { return };
    leftovers::database(report, side, database);
    database::triggers(report, side, database);
    if side == Side::Blue {
        tables::check(report, database);
        database::large_objects(report, database);
        sequences::check(report, database);
        extensions::blue(report, database);
    }
}

/// Where rules put what they find.
pub(super) struct Report<'a> {
    /// Whose preflight it is.
    pub request: &'a Request,
    /// Commands that take away a green of the operator's, which makes it anew then; empty where it makes none.
    pub remake: String,
    findings: Vec<Finding>,
}

impl Report<'_> {
    /// Adds one finding.
    pub fn add(
        &mut self,
        reason: Reason,
        subject: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.findings.push(Finding {
            severity: reason.severity(),
            reason: reason.as_str().into(),
            subject: subject.into(),
            message: message.into(),
            remedy: remedy.into(),
        });
    }

    /// The value of a fact; or a finding that says why it is not known.
    pub fn need<'f, T>(&mut self, fact: &'f Fact<T>, reason: Reason, subject: &str) -> Option<&'f T> {
        match fact {
            Fact::Known(value) => Some(value),
            Fact::Unknown(problem) => {
                let message = format!(
                    "{} could not be read: {} ({}).",
                    text::capital(subject),
                    problem.message.trim_end_matches('.'),
                    problem.reason
                );
                self.add(reason, subject, message, reason.mend());
                None
            }
        }
    }

    /// One finding for each of the first items, and one that counts the rest.
    pub fn each<T>(&mut self, reason: Reason, items: &[T], rest: &str, one: impl Fn(&T) -> (String, String, String)) {
        for item in items.iter().take(LISTED) {
            let (subject, message, remedy) = one(item);
            self.add(reason, subject, message, remedy);
        }
        if items.len() > LISTED {
            let more = items.len() - LISTED;
            let message = format!("{} in all; {more} are not listed one by one.", items.len());
            self.add(reason, format!("~ and {more} more"), message, rest);
        }
    }
}
