//! Can every sequence be set ahead for the switch?
use verdigris_crds::Side;

use super::{Reason, Report, text};
use crate::preflight::{DatabaseFacts, Sequence};

pub(super) fn check(report: &mut Report, facts: &DatabaseFacts) {
    let database = facts.name.as_str();
    let Some(sequences) = report.need(
        &facts.sequences,
        Reason::SequencesUnknown,
        &format!("sequences of {} on blue", text::show(database)),
    ) else {
        return;
    };
    let (mut exhausted, mut near) = (Vec::new(), Vec::new());
    for sequence in sequences {
        let (left, lead) = (left(sequence), lead(sequence));
        // One lead for the cutover, one for the way back.
        if left < 2 * lead {
            exhausted.push(sequence.clone());
        } else if left / 100 < lead {
            near.push(sequence.clone());
        }
    }
    let rest = "SELECT * FROM pg_sequences ORDER BY 1, 2;";
    let line = |found: &Sequence| {
        let name = format!("{}.{}.{}", text::show(database), text::show(&found.schema), text::show(&found.name));
        let limit = if left(found) < 2 * lead(found) { 2 * lead(found) } else { 100 * lead(found) };
        let message = format!(
            "Sequence {name} ({}) has fewer than {limit} numbers left; the switch sets it ahead by {}.",
            found.data_type,
            lead(found)
        );
        (format!("sequence {name} on blue"), message, text::sql(Side::Blue, database, &wider(found)))
    };
    report.each(Reason::SequenceExhausted, &exhausted, rest, line);
    report.each(Reason::SequenceNearEnd, &near, rest, line);
}

fn wider(found: &Sequence) -> String {
    let name = text::qualified(&found.schema, &found.name);
    let up = found.increment > 0;
    let bound = if up { "MAXVALUE 9223372036854775807" } else { "MINVALUE -9223372036854775808" };
    let at_bound = if up { found.maximum == i64::MAX } else { found.minimum == i64::MIN };
    match (found.data_type.as_str(), at_bound) {
        ("bigint", true) => {
            format!("ALTER SEQUENCE {name} RESTART WITH …;  -- no type is wider: begin where no number is in use")
        }
        ("bigint", false) => format!("ALTER SEQUENCE {name} {bound};"),
        (_, _) => {
            format!("ALTER SEQUENCE {name} AS bigint {bound};  -- and the column that it fills, if that is narrower")
        }
    }
}

/// Numbers that it can still hand out, by value; one that cycles has its whole range.
fn left(sequence: &Sequence) -> i128 {
    let (low, high) = (i128::from(sequence.minimum), i128::from(sequence.maximum));
    let at = i128::from(sequence.last.unwrap_or(sequence.start));
    match (sequence.cycles, sequence.increment > 0) {
        (true, _) => high - low,
        (false, true) => high - at,
        (false, false) => at - low,
    }
}

/// By how much the switch sets it ahead: as `verdigris.sequences` computes it.
fn lead(sequence: &Sequence) -> i128 {
    i128::from(sequence.increment).abs() * (10 * i128::from(sequence.cache)).max(1000)
}
