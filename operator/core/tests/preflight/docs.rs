//! The page `docs/src/troubleshooting-preflight.md` is generated from the reasons; it must not be edited by hand.
use std::{fmt::Write as _, path::Path};

use verdigris_core::preflight::Reason;

fn page() -> String {
    let mut page = String::from(
        "# Findings of preflight\n\n<!-- Generated: UPDATE=1 cargo test -p verdigris-core --test preflight -->\n\n\
         Preflight tells everything at once, in the condition `PreflightPassed` and, with the exact command that mends it, in \
         the plan.\n\n\
         - A **Blocker** must be mended.\n- A **Question** must be mended, or accepted by its reason in `spec.acknowledge`.\n\
         - A **Note** is good to know: it stands in the plan that you approve, and so do acknowledged Questions.\n\nWhat cannot be seen blocks: such reasons end in `Unknown`.\n\n\
         | reason | kind | what it means | what to do |\n|---|---|---|---|\n",
    );
    for reason in Reason::ALL {
        let (kind, doc) = (reason.severity().as_str(), reason.doc().trim());
        writeln!(page, "| `{}` | {kind} | {doc} | {} |", reason.as_str(), reason.mend()).unwrap();
    }
    page
}

#[test]
fn the_page_lists_every_reason() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/troubleshooting-preflight.md");
    crate::transcript::compare_file(&path, &page());
}

#[test]
fn reasons_are_words_of_the_api() {
    let mut seen = std::collections::BTreeSet::new();
    for reason in Reason::ALL {
        let word = reason.as_str();
        assert!(seen.insert(word), "{word} twice");
        assert!(word.starts_with(|c: char| c.is_ascii_uppercase()) && word.chars().all(|c| c.is_ascii_alphanumeric()));
        assert!(reason.doc().trim().ends_with('.') && reason.mend().ends_with('.'), "{word}");
        assert!(!reason.doc().contains('|') && !reason.mend().contains('|'), "{word}");
    }
}
