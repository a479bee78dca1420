//! What was found, as users read it: in the condition, the plan and the docs. No secret, DSN or row content (I10).
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Longest message of a condition, in bytes.
const SUMMARY_BYTES: usize = 1024;

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What it means for the run.
    pub severity: Severity,
    /// Stable CamelCase word; part of the API.
    pub reason: String,
    /// What it is about, such as `table shop.public.log on blue`.
    pub subject: String,
    /// What is wrong, and where.
    pub message: String,
    /// The exact command, SQL or YAML that mends it; empty for a note that asks nothing.
    pub remedy: String,
}

/// What a finding means for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// The run cannot go on.
    Blocker,
    /// The run goes on once the user mends it or acknowledges the reason.
    Question,
    /// Good to know.
    Note,
}

impl Severity {
    /// `Blocker`, `Question` or `Note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocker => "Blocker",
            Self::Question => "Question",
            Self::Note => "Note",
        }
    }
}

/// Whether the run may go on, and one message of at most 1 KiB that names what is in the way and what to do. Findings of
/// one reason are told by the first of them and their number.
pub fn summary(findings: &[Finding]) -> (bool, String) {
    let open: Vec<&Finding> = findings.iter().filter(|finding| finding.severity != Severity::Note).collect();
    if open.is_empty() {
        let notes = match findings.len() {
            0 => "Nothing is in the way.".into(),
            number => format!("Nothing is in the way; {}.", count(number, "note")),
        };
        return (true, notes);
    }
    let mut text = format!("{}: ", heading(&open));
    let mut told = 0;
    for group in open.chunk_by(|one, next| one.reason == next.reason) {
        let left = count(open.len() - told, "finding");
        let tail = format!("And {left} more; the report lists all, with remedies.");
        let room = SUMMARY_BYTES.saturating_sub(text.len() + tail.len());
        let Some(part) = parts(group).into_iter().find(|part| part.len() <= room) else {
            text.push_str(&tail);
            return (false, text);
        };
        text.push_str(&part);
        told += group.len();
    }
    (false, text.trim_end().to_string())
}

/// Everything that was found, as text: for the report that users read.
pub fn report(findings: &[Finding]) -> String {
    let mut text = format!("{}\n", summary(findings).1);
    for finding in findings {
        let _ = write!(
            text,
            "\n{} {}\n  {}\n  {}\n",
            finding.severity.as_str(),
            finding.reason,
            finding.subject,
            finding.message
        );
        for line in finding.remedy.lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

fn heading(open: &[&Finding]) -> String {
    let blockers = open.iter().filter(|finding| finding.severity == Severity::Blocker).count();
    let questions = open.len() - blockers;
    match (blockers, questions) {
        (0, _) => format!("{} to mend or acknowledge", count(questions, "question")),
        (_, 0) => count(blockers, "blocker"),
        (_, _) => format!("{} and {} to mend or acknowledge", count(blockers, "blocker"), count(questions, "question")),
    }
}

/// How a group of one reason may be told, longest first.
fn parts(group: &[&Finding]) -> Vec<String> {
    let Some(first) = group.first() else { return vec![] };
    let more = if group.len() > 1 { format!("And {} more of this reason. ", group.len() - 1) } else { String::new() };
    let short = format!("{}: {} {more}", first.reason, first.message);
    let long =
        command(&first.remedy).map(|command| format!("{}: {} Mend {command} {more}", first.reason, first.message));
    long.into_iter().chain([short]).collect()
}

/// A remedy that is one command, or SQL that may stand on one line: where it is run and what. One that is right under a condition
/// alone is told only together with that, in the report.
fn command(remedy: &str) -> Option<String> {
    if remedy.lines().any(|line| line.starts_with("-- only if")) {
        return None;
    }
    let comment = |line: &&str| line.starts_with("--") || line.starts_with('#');
    let lines: Vec<&str> = remedy.lines().filter(|line| !comment(line)).collect();
    let place = remedy.lines().next().and_then(|line| line.strip_prefix("-- ")).filter(|line| line.starts_with("on "));
    match (place, lines.as_slice()) {
        (Some(place), [rest @ .., _]) if rest.iter().all(|line| line.ends_with(';') && !line.contains("--")) => {
            Some(format!("{place}: `{}`", lines.join(" ")))
        }
        (None, [line]) if line.starts_with("kubectl ") => Some(format!("run `{line}`")),
        _ => None,
    }
}

/// `1 blocker`, `2 blockers`.
fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
