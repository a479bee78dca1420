//! Tables: those that are carried must be what they were, less what is lossless; new ones must stay apart from them.
use super::catalog::{Catalog, Constraint, Index, RowChanges, Table, Thing};
use super::{Found, columns};

/// One carried table.
pub fn carried(old: &Table, after: &Catalog, rows: &RowChanges, found: &mut Found) {
    let subject = format!("table {}", old.name);
    if let Some(rows) = rows.get(&old.oid) {
        let what = format!(
            "rows inserted {}, updated {}, deleted {}, truncated {} times",
            rows.inserted, rows.updated, rows.deleted, rows.truncated
        );
        found.add("RowsChanged", subject.clone(), what);
    }
    let Some(new) = after.tables.iter().find(|new| new.oid == old.oid) else {
        let again = after.tables.iter().any(|new| new.name == old.name);
        return if again {
            found.add("TableRebuilt", subject, "it was dropped and made again under its name");
        } else {
            found.add("TableDropped", subject, "it was dropped");
        };
    };
    let known = found.0.len();
    if new.name != old.name {
        found.add("TableRenamed", subject.clone(), format!("it is {} now", new.name));
    }
    if new.owner != old.owner {
        found.add(
            "OwnerChanged",
            subject.clone(),
            format!("it belonged to {} and belongs to {}", old.owner, new.owner),
        );
    }
    if new.security != old.security || new.policies != old.policies {
        found.add("PolicyChanged", subject.clone(), "its row level security or a policy is another one");
    }
    if new.parents != old.parents {
        found.add("PartitionAdded", subject.clone(), "it was attached to, or detached from, another table");
    }
    columns::compare(old, new, found);
    constraints(old, new, found);
    identity(old, new, found);
    indexes(old, new, found);
    triggers(&subject, old, new, found);
    functions(&subject, old, new, found);
    if found.0.len() == known && *old != columns::without_lossless(old, new) {
        found.add("UnrecognisedChange", subject, "its catalog entries differ in a way that this version does not know");
    }
}

/// A table that was not there before.
pub fn new(new: &Table, before: &Catalog, found: &mut Found) {
    let subject = format!("table {}", new.name);
    if !new.parents.is_empty() {
        found.add(
            "PartitionAdded",
            subject.clone(),
            "it is new, and a partition or child of another table, so rows that are carried may land in it",
        );
    }
    let points_at = |constraint: &&Constraint| {
        constraint.target.is_some_and(|target| before.tables.iter().any(|old| old.oid == target && old.carried))
    };
    if let Some(key) = new.constraints.iter().find(points_at).filter(|_| new.filled) {
        found.add(
            "ConstraintAdded",
            subject,
            format!("it is new, holds rows, and its foreign key {} points at a carried table: what blue deletes there slips past it", key.name),
        );
    }
}

/// The replica identity: which columns tell rows apart.
fn identity(old: &Table, new: &Table, found: &mut Found) {
    let index = |table: &Table| table.indexes.iter().find(|i| i.identity).map(|i| i.oid);
    if new.identity != old.identity || index(new) != index(old) {
        found.add("ReplicaIdentityChanged", format!("table {}", old.name), "its replica identity is another one");
    }
}

fn constraints(old: &Table, new: &Table, found: &mut Found) {
    let subject = |c: &Constraint| format!("table {} constraint {}", old.name, c.name);
    let word = |c: &Constraint| if c.kind == "p" { "PrimaryKeyChanged" } else { "ConstraintAdded" };
    for was in &old.constraints {
        match new.constraints.iter().find(|is| is.oid == was.oid) {
            None if was.kind == "p" => found.add("PrimaryKeyChanged", subject(was), "the primary key was dropped"),
            None => found.add("ConstraintDropped", subject(was), format!("{} was dropped", was.def)),
            Some(is) if is.validated && !was.validated => {
                found.add("ConstraintAdded", subject(was), "it was validated");
            }
            Some(_) => {}
        }
    }
    for is in new.constraints.iter().filter(|is| old.constraints.iter().all(|was| was.oid != is.oid)) {
        found.add(word(is), subject(is), format!("{} is new", is.def));
    }
}

fn indexes(old: &Table, new: &Table, found: &mut Found) {
    let subject = |i: &Index| format!("table {} index {}", old.name, i.name);
    for was in old.indexes.iter().filter(|was| new.indexes.iter().all(|is| is.oid != was.oid)) {
        found.add("IndexDropped", subject(was), "it was dropped");
    }
    for is in new.indexes.iter().filter(|is| is.unique && old.indexes.iter().all(|was| was.oid != is.oid)) {
        found.add("UniqueIndexAdded", subject(is), "it is new and unique: a row that blue accepts may stop the stream");
    }
}

fn triggers(subject: &str, old: &Table, new: &Table, found: &mut Found) {
    for (was, is, word) in [(&old.triggers, &new.triggers, "trigger"), (&old.rules, &new.rules, "rule")] {
        for thing in is.iter().filter(|thing| was.iter().all(|old| old.oid != thing.oid)) {
            found.add("TriggerAdded", format!("{subject} {word} {}", thing.name), format!("{} is new", thing.def));
        }
        for thing in was.iter().filter(|thing| !is.contains(thing)) {
            found.add("TriggerChanged", format!("{subject} {word} {}", thing.name), "it was changed or dropped");
        }
    }
}

fn functions(subject: &str, old: &Table, new: &Table, found: &mut Found) {
    let changed = |was: &&Thing| new.functions.iter().any(|is| is.oid == was.oid && is != *was);
    for was in old.functions.iter().filter(changed) {
        found.add(
            "FunctionChanged",
            format!("{subject} function {}", was.name),
            "a default, generated column, constraint or index of the table calls it, and it was replaced",
        );
    }
}
