//! What was found, as users read it: in the condition, the plan and the docs. No secret, DSN or row content (I10).
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

/// Whether the run may go on, and one message of at most 1 KiB that names what is in the way and what to do.
pub fn summary(findings: &[Finding]) -> (bool, String) {
    let open: Vec<&Finding> = findings.iter().filter(|finding| finding.severity != Severity::Note).collect();
    if open.is_empty() {
        let notes = findings.len();
        return (
            true,
            if notes == 0 {
                "Nothing is in the way.".into()
            } else {
                format!("Nothing is in the way; {}.", count(notes, "note"))
            },
        );
    }
    let blockers = open.iter().filter(|finding| finding.severity == Severity::Blocker).count();
    let questions = open.len() - blockers;
    let mut text = match (blockers, questions) {
        (0, _) => format!("{} to mend or acknowledge", count(questions, "question")),
        (_, 0) => count(blockers, "blocker"),
        (_, _) => format!("{} and {} to mend or acknowledge", count(blockers, "blocker"), count(questions, "question")),
    };
    text.push_str(": ");
    let mut left = open.len();
    for finding in &open {
        let part = format!("{}: {} ", finding.reason, one_line(&finding.message));
        let tail = format!("And {left} more. The plan lists all, with remedies.");
        if text.len() + part.len() + tail.len() > SUMMARY_BYTES && left < open.len() {
            text.push_str(&tail);
            return (false, text);
        }
        let first = open.first().map_or("", |first| first.remedy.as_str());
        if left == open.len() && open.len() == 1 && text.len() + part.len() + first.len() + 10 <= SUMMARY_BYTES {
            return (false, format!("{text}{part}Remedy: {}", one_line(first)));
        }
        text.push_str(&part);
        left -= 1;
    }
    text.truncate(floor(&text, SUMMARY_BYTES));
    (false, text.trim_end().to_string())
}

/// `1 blocker`, `2 blockers`.
pub(super) fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// Comments of a remedy end at the line's end; on one line they would swallow the command, so they are left out.
fn one_line(text: &str) -> String {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("--") && !line.starts_with('#') && !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

fn floor(text: &str, bytes: usize) -> usize {
    (0..=bytes.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}
