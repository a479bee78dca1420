//! What migrations did to a database, from its catalog before and after and the rows they changed: plainly lossless in both
//! directions, or a finding. Nothing slips through: a carried table whose catalog is not what it was, less what is known to be
//! lossless, always gets a finding, if need be `UnrecognisedChange`.
mod catalog;
mod columns;
mod remedy;
mod tables;

use crate::preflight::{Finding, Severity};

pub use catalog::{Catalog, Column, Constraint, Index, RowChanges, Rows, Table, Thing};
pub use remedy::REASONS;

/// Everything that is not plainly lossless, in a stable order. Pure.
pub fn classify(before: &Catalog, after: &Catalog, rows: &RowChanges) -> Vec<Finding> {
    let mut found = Found::default();
    for old in before.tables.iter().filter(|table| table.carried) {
        tables::carried(old, after, rows, &mut found);
    }
    for new in after.tables.iter().filter(|new| before.tables.iter().all(|old| old.oid != new.oid)) {
        tables::new(new, before, &mut found);
    }
    things("SequenceChanged", "sequence", &before.sequences, &after.sequences, &mut found);
    things("EnumChanged", "enum", &before.enums, &after.enums, &mut found);
    things("DomainChanged", "domain", &before.domains, &after.domains, &mut found);
    things("TypeChanged", "type", &before.composites, &after.composites, &mut found);
    things("ExtensionChanged", "extension", &before.extensions, &after.extensions, &mut found);
    for new in after.event_triggers.iter().filter(|new| !before.event_triggers.contains(new)) {
        found.add(
            "TriggerAdded",
            format!("event trigger {}", new.name),
            "it fires when the stream applies blue's changes",
        );
    }
    found.0.sort();
    found.0.dedup_by(|a, b| a.reason == b.reason && a.subject == b.subject);
    found.0
}

/// Findings on their way.
#[derive(Default)]
struct Found(Vec<Finding>);

impl Found {
    fn add(&mut self, reason: &str, subject: String, what: impl Into<String>) {
        let what = what.into();
        self.0.push(Finding {
            severity: Severity::Blocker,
            reason: reason.into(),
            message: format!("Migrations changed {subject}: {what}."),
            remedy: remedy::of(reason).into(),
            subject,
        });
    }
}

/// Objects that must stay as they are; new ones are welcome.
fn things(reason: &str, word: &str, before: &[Thing], after: &[Thing], found: &mut Found) {
    for old in before {
        let subject = format!("{word} {}", old.name);
        match after.iter().find(|new| new.oid == old.oid) {
            None => found.add(reason, subject, "it was dropped"),
            Some(new) if new.name != old.name => found.add(reason, subject, format!("it is {} now", new.name)),
            Some(new) if new.def != old.def => {
                found.add(reason, subject, format!("it was ({}) and is ({})", old.def, new.def));
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
