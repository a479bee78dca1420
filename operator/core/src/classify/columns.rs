//! Columns by number: a name tells nothing about lineage.
use super::Found;
use super::catalog::{Column, Table};

/// Columns of a carried table, before and after.
pub fn compare(old: &Table, new: &Table, found: &mut Found) {
    for was in &old.columns {
        let subject = format!("table {} column {}", old.name, was.name);
        match new.columns.iter().find(|is| is.num == was.num) {
            Some(is) => changed(&subject, was, is, found),
            None if new.columns.iter().any(|is| is.name == was.name) => {
                found.add("ColumnDropped", subject, "it was dropped and made again under its name");
            }
            None => found.add("ColumnDropped", subject, "it was dropped"),
        }
    }
    for is in new.columns.iter().filter(|is| old.columns.iter().all(|was| was.num != is.num)) {
        added(old, is, found);
    }
}

fn changed(subject: &str, was: &Column, is: &Column, found: &mut Found) {
    if is.name != was.name {
        found.add("ColumnRenamed", subject.into(), format!("it is {} now", is.name));
    }
    if is.kind != was.kind {
        found.add("TypeChanged", subject.into(), format!("it was {} and is {}", was.kind, is.kind));
    }
    if is.required && !was.required {
        found.add("ConstraintAdded", subject.into(), "it is NOT NULL now: a row that blue accepts may stop the stream");
    }
    if !is.required && was.required {
        found.add("ConstraintDropped", subject.into(), "it is no longer NOT NULL: blue may refuse what green accepts");
    }
    if is.identity != was.identity {
        found.add("IdentityChanged", subject.into(), "it became, or is no longer, an identity column");
    }
    let generated = !was.generated.is_empty() || !is.generated.is_empty();
    if is.generated != was.generated || (generated && is.default != was.default) {
        found.add("GeneratedChanged", subject.into(), "it is generated in another way, or no longer");
    } else if is.default != was.default {
        found.add("DefaultChanged", subject.into(), "its default is another one");
    }
}

/// Whether apply fills a new column by itself, and what blue sends can still find its row.
fn lossless(old: &Table, is: &Column) -> Result<(), (&'static str, &'static str)> {
    if !is.identity.is_empty() {
        return Err(("IdentityChanged", "it is new and an identity column"));
    }
    if !is.generated.is_empty() {
        return Ok(());
    }
    if old.identity == "f" {
        return Err((
            "ReplicaIdentityChanged",
            "it is new, and the table is identified by all of its columns (REPLICA IDENTITY FULL)",
        ));
    }
    if is.required && is.default.is_none() {
        return Err((
            "ConstraintAdded",
            "it is new, NOT NULL, and has no default: every insert of blue would stop the stream",
        ));
    }
    if is.domain {
        return Err((
            "ConstraintAdded",
            "it is new, and its type is a domain, which may refuse the value that the stream leaves there",
        ));
    }
    Ok(())
}

fn added(old: &Table, is: &Column, found: &mut Found) {
    if let Err((reason, what)) = lossless(old, is) {
        found.add(reason, format!("table {} column {}", old.name, is.name), what);
    }
}

/// The table after, less what is known to be lossless: what is left must equal the table before.
pub fn without_lossless(old: &Table, new: &Table) -> Table {
    let mut rest = new.clone();
    rest.columns.retain(|is| old.columns.iter().any(|was| was.num == is.num) || lossless(old, is).is_err());
    rest.indexes.retain(|is| old.indexes.iter().any(|was| was.oid == is.oid) || is.unique);
    rest.functions.retain(|is| old.functions.iter().any(|was| was.oid == is.oid));
    rest.filled = old.filled;
    rest
}
