//! The book says what the code does: every reason has an entry, every link leads somewhere, every path and test that the
//! architecture names is there. Tables that repeat the code (steps, metrics, rights) are compared with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod reasons;
mod tables;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Files below a folder whose names end so.
fn below(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources(folder: &str) -> String {
    below(folder, ".rs").iter().map(|path| fs::read_to_string(path).unwrap() + "\n").collect()
}

/// Code between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Targets of Markdown links.
fn links(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let slug = |title: &str| {
        let kept = title.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
    };
    text.lines().filter(|line| line.starts_with('#')).map(|line| slug(line.trim_start_matches('#').trim())).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut pages = below("docs", ".md");
    pages.extend(["README.md", "e2e/cluster/README.md"].map(|page| root().join(page)));
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text).iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            let there = anchor.is_empty() || anchors(&fs::read_to_string(&target).unwrap()).contains(anchor);
            assert!(there, "{}: {link} has no such heading", page.display());
        }
    }
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = links(&read("docs/src/SUMMARY.md"));
    let folder = root().join("docs/src");
    for page in below("docs/src", ".md") {
        let name = page.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        assert!(name == "SUMMARY.md" || summary.contains(&name), "{name} is not in docs/src/SUMMARY.md");
    }
    let records = read("docs/src/adr.md");
    for record in below("docs/adr", ".md") {
        let name = record.file_name().unwrap().to_string_lossy().into_owned();
        assert!(records.matches(&name).count() == 2, "{name} is not in the table and the text of docs/src/adr.md");
    }
}

#[test]
fn what_the_architecture_names_is_there() {
    let text = ["operator", "crds", "e2e/src", "e2e/tests"].map(sources).concat();
    for page in ["docs/src/architecture.md", "docs/src/architecture-contracts.md", "README.md", "docs/src/adr.md"] {
        let prose: String = read(page).split("```").step_by(2).collect::<Vec<_>>().concat();
        for word in code(&prose) {
            let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
            let path =
                plain && word.contains('/') && word.split('/').next().is_some_and(|first| root().join(first).is_dir());
            assert!(!path || root().join(word).exists(), "{page} names {word}, which does not exist");
            if word.starts_with("story_") {
                assert!(root().join(format!("e2e/tests/{word}.rs")).exists(), "{page} names the story {word}");
            }
        }
    }
    for line in read("docs/src/architecture.md").lines().filter(|line| line.starts_with("| I")) {
        let cell = line.split('|').nth(3).unwrap_or_default();
        for test in code(cell).filter(|test| !test.starts_with("story_")) {
            assert!(text.contains(&format!("fn {test}(")), "docs/src/architecture.md names the test {test}");
        }
    }
}
