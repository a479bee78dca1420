//! The SQL files themselves: what changes something is guarded, and every file says what it does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
use std::path::{Path, PathBuf};

/// Files that change something without a guard of their own, and why that is right.
const UNGUARDED: &[(&str, &str)] = &[
    ("install/10_schema.sql", "makes the guard"),
    ("install/20_gate.sql", "makes the guard"),
    ("install/30_coverage.sql", "in the transaction that makes the guard"),
    ("install/35_objects.sql", "in the transaction that makes the guard"),
    ("install/40_work.sql", "in the transaction that makes the guard"),
    ("state/findings.sql", "in the transaction that makes the guard"),
    ("state/insert.sql", "in the transaction that makes the guard"),
    ("state/note.sql", "a note for humans"),
    ("arm/born_closed.sql", "in the transaction that makes the guard"),
    ("arm/disarm.sql", "the guard is put before it: arm::guarded"),
    ("arm/disarm_ddl.sql", "the guard is put before it: arm::guarded"),
    ("arm/unpublish.sql", "the guard is put before it: arm::guarded"),
    ("claim/unblock.sql", "makes room for the epoch that guards ask for"),
    ("claim/end_older.sql", "ends older epochs only"),
    ("cleanup/closed.sql", "the guard is put before it: arm::guarded"),
    ("cleanup/publications.sql", "the guard is put before it: arm::guarded"),
    ("cleanup/roles.sql", "the guard is put before it: arm::guarded"),
    ("cleanup/schema.sql", "the guard is put before it: arm::guarded"),
    ("cleanup/settings.sql", "the guard is put before it: arm::guarded"),
    ("cleanup/slots.sql", "by hand, or where no records are left"),
    ("cleanup/subscriptions.sql", "the guard is put before it: arm::guarded"),
    ("cleanup/tombstone.sql", "the guard is put before it: arm::guarded"),
    ("cleanup/triggers.sql", "by hand"),
    ("cleanup/unpublish.sql", "by hand"),
    ("roles/statements.sql", "words what another side is told behind a guard; changes nothing"),
    ("stream/refresh.sql", "cannot run in a transaction: the guard is a message before it"),
    ("switchover/close.sql", "in the transaction of the hold, which begins with the guard"),
    ("switchover/marker.sql", "behind a hold, which begins with the guard"),
];

/// Words that change something.
const CHANGES: &[&str] = &[
    "insert into",
    "update verdigris",
    "delete from",
    "alter ",
    "create ",
    "drop ",
    "pg_terminate_backend",
    "setval",
    "pg_drop_replication_slot",
    "pg_create_logical",
    "pg_replication_slot_advance",
    "grant ",
    "truncate ",
];

fn files(dir: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, all) } else { all.push(path) }
    }
}

#[test]
fn what_changes_something_is_guarded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/postgres/sql");
    let mut all = Vec::new();
    files(&root, &mut all);
    assert!(all.len() > 60, "{}", all.len());
    let mut unguarded = Vec::new();
    for file in &all {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(file).unwrap();
        let title = text.lines().next().unwrap();
        assert!(title.starts_with("-- ") && title.len() > 15, "{name} does not say what it does");
        let code: String =
            text.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n").to_lowercase();
        let changes = CHANGES.iter().any(|word| code.contains(word));
        let first = code.trim_start().trim_start_matches("begin;").trim_start();
        let guarded = first.starts_with("select verdigris.guard(:epoch, :'holder');")
            || (code.contains("epoch = $") && code.contains("holder = $"));
        if changes && !guarded {
            unguarded.push(name);
        }
    }
    unguarded.sort();
    let mut known: Vec<&str> = UNGUARDED.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(unguarded, known);
}
