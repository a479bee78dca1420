//! Every reason that a user may meet has an entry in the book, and every entry is of a reason that exists.
use std::{collections::BTreeSet, fs};

use verdigris_crds::Reason;

use crate::{below, code, read, sources};

/// Words in the core that look like reasons and are none: phases, sides, states, types of conditions, kinds of actions.
const OTHER_WORDS: &[&str] = &[
    "True",
    "False",
    "Unknown",
    "Ready",
    "Reconciling",
    "Stalled",
    "Succeeded",
    "Blue",
    "Green",
    "Passed",
    "Failed",
    "Error",
    "Lossless",
    "Pending",
    "Running",
    "Waiting",
    "Skipped",
    "Blocker",
    "Question",
    "Note",
];

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.len() > 2
        && text.chars().any(|c| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// The reasons that a page has a row for.
fn rows(page: &str) -> BTreeSet<String> {
    let first = |line: &str| line.strip_prefix("| ").and_then(|rest| rest.split('|').next()).map(str::to_owned);
    page.lines()
        .filter_map(first)
        .flat_map(|cell| code(&cell).map(str::to_owned).collect::<Vec<_>>())
        .filter(|w| is_word(w))
        .collect()
}

/// String literals that look like a reason, tests left out.
fn literals(text: &str) -> BTreeSet<String> {
    let before = text.split("#[cfg(test)]").next().unwrap_or_default();
    before
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .filter(|word| is_word(word) && !OTHER_WORDS.contains(word))
        .map(str::to_owned)
        .collect()
}

/// First arguments of `Problem::transient("…")` and its like.
fn problems(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for call in ["Problem::transient(", "Problem::permanent(", "Error::transient(", "Error::permanent("] {
        for rest in text.split(call).skip(1) {
            if let Some(literal) = rest.trim_start().strip_prefix('"') {
                found.extend(literal.split('"').next().filter(|word| is_word(word)).map(str::to_owned));
            }
        }
    }
    found
}

/// Every reason that a user may meet, preflight's aside: those have a generated page of their own.
fn reasons() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in below("operator/core/src", ".rs") {
        if !path.to_string_lossy().contains("/preflight/") && !path.ends_with("tests.rs") {
            found.extend(literals(&fs::read_to_string(path).unwrap()));
        }
    }
    found.extend(problems(&sources("operator/src")));
    for line in read("operator/src/postgres/reason.rs").lines() {
        if let Some((word, _)) = line.trim().split_once(", true, \"").or_else(|| line.trim().split_once(", false, \""))
        {
            found.insert(word.to_owned());
        }
    }
    found
}

#[test]
fn every_reason_has_an_entry() {
    let pages = ["troubleshooting.md", "troubleshooting-preflight.md", "reference/api.md"];
    let known: BTreeSet<String> = pages.iter().flat_map(|page| rows(&read(format!("docs/src/{page}")))).collect();
    let missing: Vec<_> = reasons().difference(&known).cloned().collect();
    assert!(missing.is_empty(), "no entry in docs/src/troubleshooting.md for {missing:?}");
}

#[test]
fn no_entry_speaks_of_a_reason_that_is_gone() {
    let text = sources("operator/core/src") + &sources("operator/src") + &sources("crds/src");
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let gone: Vec<_> =
        rows(&read("docs/src/troubleshooting.md")).into_iter().filter(|w| !words.contains(w.as_str())).collect();
    assert!(gone.is_empty(), "docs/src/troubleshooting.md speaks of {gone:?}, which the code does not know");
}

/// A word that is also a phase, or a state, is a reason where it stands as one.
fn stands_as_reason(text: &str, word: &str) -> bool {
    ["yes(", "no(", "\"True\", ", "\"False\", ", "\"Unknown\", "]
        .iter()
        .any(|before| text.contains(&format!("{before}\"{word}\"")))
}

#[test]
fn the_reference_has_no_reason_that_is_never_set() {
    let (set, text) = (reasons(), sources("operator/core/src"));
    let never: Vec<_> = Reason::ALL
        .iter()
        .map(|reason| reason.as_str())
        .filter(|word| !set.contains(*word) && !stands_as_reason(&text, word))
        .collect();
    assert!(Reason::ALL.len() > 30, "the list was not understood");
    assert!(never.is_empty(), "crds/src/conditions.rs promises {never:?}, and no code sets them");
}
