//! Tables of the book that repeat the code: steps, metrics, rights, stories.
use std::{fmt::Write as _, fs, path::Path};

use crate::{below, read, root};

#[test]
fn steps_are_those_of_the_code() {
    let code = read("operator/core/src/switchover/steps.rs");
    let steps = code.lines().filter_map(|line| {
        let (_, rest) = line.strip_prefix("    ")?.split_once(", \"")?;
        let (id, rest) = rest.split_once("\", \"")?;
        Some(format!("| {id} | `{}` ", rest.strip_suffix("\";")?))
    });
    let page = read("docs/src/cutover.md");
    let rows: Vec<&str> =
        page.lines().filter(|line| line.starts_with("| ") && line.split('`').nth(1).is_some()).collect();
    let mut at = 0;
    for step in steps {
        let found = rows[at..].iter().position(|row| row.starts_with(&step));
        at += 1 + found.unwrap_or_else(|| panic!("docs/src/cutover.md lacks {step}, or has it at another place"));
    }
    assert!(at > 20, "no step was found");
}

#[test]
fn metrics_are_those_of_the_code() {
    let page = read("docs/src/operations.md");
    let code = read("operator/src/metrics.rs");
    let calls: Vec<_> = code.split("registry.register").skip(1).filter_map(|rest| rest.split_once('"')).collect();
    assert!(!calls.is_empty(), "no metric was found");
    for (_, rest) in calls {
        let name = rest.split('"').next().unwrap();
        assert!(page.contains(&format!("| `verdigris_{name}")), "docs/src/operations.md lacks verdigris_{name}");
    }
}

#[test]
fn rights_are_those_of_the_chart() {
    let page = read("docs/src/security.md");
    let chart = read("charts/verdigris/templates/_helpers.tpl");
    let list = |line: &str, key: &str| {
        line.split_once(key)
            .and_then(|(_, rest)| rest.split(']').next())
            .map(|inner| inner.trim_start_matches('[').to_owned())
    };
    let lines: Vec<&str> = chart.lines().collect();
    let rules: Vec<_> =
        lines.windows(2).filter_map(|pair| Some((list(pair[0], "resources: ")?, list(pair[1], "verbs: ")?))).collect();
    assert!(!rules.is_empty(), "no rule was found");
    for (resource, verbs) in rules {
        assert!(
            page.contains(&format!("| `{resource}` | {verbs} |")),
            "docs/src/security.md lacks {resource}: {verbs}"
        );
    }
}

/// The page `docs/src/tests.md` with its last table made anew: each story with the sentence on top of its file, and the
/// changes of code that it catches.
fn tests_page() -> String {
    const HEAD: &str = "| story | what it proves | changes of code that it catches |\n|---|---|---|\n";
    let old = read("docs/src/tests.md");
    let mut page = old.split_once(HEAD).expect("the page has the table of stories").0.to_owned() + HEAD;
    let patches = below("e2e/mutations", ".patch");
    for path in below("e2e/tests", ".rs") {
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()?.strip_prefix("story_")) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        let doc: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
        let sentence = doc.join(" ");
        let breaks: Vec<String> = patches.iter().filter_map(|patch| breaks(patch, name)).collect();
        writeln!(page, "| `{name}` | {sentence} | {} |", breaks.join("; ")).unwrap();
    }
    page
}

/// What a patch takes away, if it is one against this story.
fn breaks(patch: &Path, story: &str) -> Option<String> {
    let text = fs::read_to_string(patch).unwrap();
    let after = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(|rest| rest.trim().to_owned());
    let name = patch.file_stem()?.to_str()?.to_owned();
    (after("Story:")? == story).then(|| format!("`{name}`: {}", after("Breaks:").unwrap_or_default()))
}

#[test]
fn the_page_of_tests_is_fresh() {
    let path = root().join("docs/src/tests.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, tests_page()).unwrap();
    }
    assert!(
        read("docs/src/tests.md") == tests_page(),
        "docs/src/tests.md is stale: UPDATE=1 cargo test -p verdigris-core --test docs"
    );
}
